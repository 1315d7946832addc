"""Environments: their variables, documents and rules, and `.env` text. No I/O, no keys."""
