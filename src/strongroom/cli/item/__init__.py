"""`op item`."""
