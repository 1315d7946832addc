"""The only place that asks the operating system for random bytes."""

from __future__ import annotations

import os


def make_bytes(count: int) -> bytes:
    """Return `count` unpredictable bytes."""
    return os.urandom(count)


def make_index(size: int) -> int:
    """Return an unbiased integer from 0 to `size` - 1."""
    import secrets  # a millisecond of a program's start, and few programs draw indexes

    return secrets.randbelow(size)
