"""The tables: one schema, one set of SQL statements, a driver per database."""
