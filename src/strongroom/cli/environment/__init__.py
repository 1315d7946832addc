"""`op environment`."""
