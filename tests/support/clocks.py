"""A clock that a test sets."""

from __future__ import annotations

from dataclasses import dataclass

DAY = 24 * 60 * 60 * 1000


@dataclass
class SetClock:
    """Stands still until a test moves it."""

    now: int = 1_800_000_000_000

    def __call__(self) -> int:
        """Return the time in milliseconds."""
        return self.now
