"""Vaults: their documents. No I/O, no keys."""
