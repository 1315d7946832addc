"""The only place that asks the operating system for random bytes."""

from __future__ import annotations

import os
import secrets


def make_bytes(count: int) -> bytes:
    """Return `count` unpredictable bytes."""
    return os.urandom(count)


def make_index(size: int) -> int:
    """Return an unbiased integer from 0 to `size` - 1."""
    return secrets.randbelow(size)
