"""`strongroom demo`."""
