"""Times and durations as people write and read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from strongroom.errors import InputError
from strongroom.limits import INTEGER_MAX

_UNIT_MS: Final = {
    "s": 1_000,
    "m": 60 * 1_000,
    "h": 60 * 60 * 1_000,
    "d": 24 * 60 * 60 * 1_000,
    "w": 7 * 24 * 60 * 60 * 1_000,
}
_PART: Final = re.compile(r"(\d{1,15})([a-zA-Z]*)")

_STEPS: Final = (
    ("year", 365 * 24 * 3600),
    ("month", 30 * 24 * 3600),
    ("week", 7 * 24 * 3600),
    ("day", 24 * 3600),
    ("hour", 3600),
    ("minute", 60),
)


def parse_duration(text: str, *, flag: str) -> int:
    """Return the milliseconds of `90d`, `1h30m` and the like.

    Raises:
        InputError: In the words that clients of `op` know.
    """
    total, position = 0, 0
    while position < len(text):
        part = _PART.match(text, position)
        if part is None:
            raise _wrong_duration(text, flag=flag, reason="invalid duration")
        if not part[2]:
            raise _wrong_duration(text, flag=flag, reason="missing unit in duration")
        if part[2] not in _UNIT_MS:
            raise _wrong_duration(text, flag=flag, reason=f'unknown unit "{part[2]}" in duration')
        total += int(part[1]) * _UNIT_MS[part[2]]
        position = part.end()
    if not 0 < total <= INTEGER_MAX:
        raise _wrong_duration(text, flag=flag, reason="invalid duration")
    return total


def json_time(text: str) -> str:
    """Cut the engine's time to whole seconds, as `op` prints it."""
    return re.sub(r"\.\d+Z$", "Z", text)


class TimeStyle(NamedTuple):
    """How human output shows times."""

    now_ms: int
    iso: bool

    def show(self, text: str) -> str:
        """Show a time: `6 months ago`, or RFC 3339 if asked."""
        if self.iso:
            return json_time(text)
        try:
            then = datetime.fromisoformat(text).timestamp()
        except ValueError:
            return text
        seconds = self.now_ms // 1000 - int(then)
        for name, size in _STEPS:
            count = seconds // size
            if count >= 1:
                return f"{count} {name}{'s' if count > 1 else ''} ago"
        return "now"


def format_ms(milliseconds: int) -> str:
    """Write Unix milliseconds as RFC 3339 in whole seconds."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return moment.isoformat().replace("+00:00", "Z")


def _wrong_duration(text: str, *, flag: str, reason: str) -> InputError:
    message = f'invalid argument "{text}" for "{flag}" flag: time: {reason} "{text}"'
    return InputError(message, hint="for example 90d, 12h, 1h30m")
