"""Accounts under a pseudonym: signing in, roles, and the keys that only their owner opens."""
