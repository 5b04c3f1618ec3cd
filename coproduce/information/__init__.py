"""The pages that say who runs this, what is held, and how to stay safe.."""
