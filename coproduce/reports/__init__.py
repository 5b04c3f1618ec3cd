"""Safe numbers: atoms, publications, the documents made from them, and the intruder who tests them."""
