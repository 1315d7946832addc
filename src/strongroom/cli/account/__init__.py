"""`op account`, `op signin`, `op signout`, `op whoami`."""
