"""`op run`: a program with its secrets in variables."""
