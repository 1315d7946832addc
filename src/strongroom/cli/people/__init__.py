"""`op user` and `op group`."""
