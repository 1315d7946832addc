"""The engine: what a holder of keys does, written once for every home."""
