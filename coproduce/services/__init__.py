"""The directory: providers, the services they run, and the areas they serve."""
