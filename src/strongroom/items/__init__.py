"""Items: their documents, rules and field look-up. No I/O, no keys."""
