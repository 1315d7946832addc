"""The service behind HTTP: routes, limits and the program that listens."""
