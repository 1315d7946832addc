"""Between the classes of the SDK and the engine: checks, calls, answers, failures."""
