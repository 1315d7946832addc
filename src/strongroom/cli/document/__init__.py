"""`op document`."""
