"""`op read`, with a quick path for the plain form."""
