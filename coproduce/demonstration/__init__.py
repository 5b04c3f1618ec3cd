"""A whole instance with invented services and invented answers, for newcomers and for tests."""
