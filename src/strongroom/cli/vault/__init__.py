"""`op vault`."""
