"""Time as a value that callers pass in.

Rules take `now` as an argument; only wiring asks the computer. Times are int64
Unix milliseconds UTC (specs/formats.md section 1).
"""

from __future__ import annotations

import time
from collections.abc import Callable

# Returns the current Unix time in milliseconds.
Clock = Callable[[], int]


def system_clock() -> int:
    """Return the computer's time in milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000
