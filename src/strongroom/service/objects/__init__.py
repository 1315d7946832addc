"""Access records, objects, their revisions and files."""
