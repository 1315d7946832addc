"""`op inject`: templates with secret references, filled in."""
