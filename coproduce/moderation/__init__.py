"""Moderation: reading what people wrote, making it safe, and looking after those who read."""
