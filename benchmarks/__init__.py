"""How fast, how small and how linear the product is; see docs/performance.md. Never asserts."""
