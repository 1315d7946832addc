"""`op service-account`."""
