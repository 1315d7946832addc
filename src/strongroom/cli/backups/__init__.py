"""`strongroom backup` and `strongroom restore`."""
