"""How many files and sockets a core may have open."""

from __future__ import annotations

import resource
from contextlib import suppress


def raise_limit() -> None:
    """Take as many descriptors as the system lets this process have.

    Each client holds four on its account's file. The usual soft limit of 1,024, which is there
    for programs that use `select`, ends at 250 clients of all peers together, and one peer may
    have 1,000.
    """
    with suppress(OSError, ValueError):  # a system that has another limit than it tells
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
