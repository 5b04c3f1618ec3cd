"""coproduce: people whom services fail say what happened, and change it together."""

__version__ = "0.1.0"
