"""Time as a value that callers pass in.

Rules take `now` as an argument; only wiring asks the computer. Times are int64
Unix milliseconds UTC (specs/formats.md section 1).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from strongroom.errors import InputError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001

_LAST_MS: Final = 253_402_300_799_999  # 9999-12-31T23:59:59.999

# RFC 3339 text: the time that stands still for a throw-away account (`opening.token_clock`).
TEST_CLOCK_VARIABLE: Final = "STRONGROOM_TEST_CLOCK"

# Returns the current Unix time in milliseconds.
Clock = Callable[[], int]


def system_clock() -> int:
    """Return the computer's time in milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def parse_time(text: str) -> int:
    """Read RFC 3339 text in UTC as milliseconds.

    Raises:
        InputError: Another text.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment < _EPOCH:
        message = "write a time like 2026-01-02T03:04:05Z"
        raise InputError(message)
    return int((moment - _EPOCH).total_seconds() * 1000)


def naive_time(milliseconds: int) -> datetime:
    """Return a time as the SDKs do: naive, and meant as UTC.

    A signed time may lie beyond the year 9999, where there is no such value;
    it is given as the last moment that has one.
    """
    if not 0 <= milliseconds <= _LAST_MS:
        milliseconds = max(0, min(milliseconds, _LAST_MS))
    return _NAIVE_EPOCH + timedelta(0, 0, milliseconds * 1000)


def format_time(milliseconds: int) -> str:
    """Write a time as RFC 3339 in UTC with six digits, as the SDKs do; see `naive_time`."""
    # Written for every row of a list: `strftime` would take three times as long.
    return naive_time(milliseconds).isoformat("T", "microseconds") + "Z"
