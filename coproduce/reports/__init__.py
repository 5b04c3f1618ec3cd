"""Safe numbers: atoms, publications, documents made from them, and the intruder."""
