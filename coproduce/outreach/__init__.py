"""Posters, printed forms and invitation cards: other roads into the same record."""
