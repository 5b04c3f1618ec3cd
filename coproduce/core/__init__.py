"""Shared vocabulary and plumbing. Knows no feature and no HTTP."""
