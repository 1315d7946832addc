"""The command `core`."""
