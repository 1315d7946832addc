"""From a person's session or a token to an engine: the one door of every program."""
