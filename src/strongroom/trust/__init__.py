"""Who may sign what: the rules of verification, without keys and without I/O.

The client refuses with them what it reads; the service refuses with the same
rules what it would store. Source: specs/formats.md sections 4 to 8.
"""
