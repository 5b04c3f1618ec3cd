"""The HTTP kit: one endpoint, requests, replies, rendering, forms. Knows no feature."""
