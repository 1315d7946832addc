"""Where a credential becomes an engine, and an address a transport: the one place that chooses."""
