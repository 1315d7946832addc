"""Making, unlocking, joining and restoring an account."""
