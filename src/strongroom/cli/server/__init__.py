"""`strongroom server …`."""
