"""How much one answer reads before it ends early and the rest is asked for anew.

The number of things in a request is limited where the request is checked. What
they make the service read is not known before it is read: an object has some
hundred bytes or nine megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable

from strongroom.limits import ANSWER_BYTES_MAX, ANSWER_ROWS_MAX
from strongroom.store.protocol import Row


class Budget:
    """Counts what was read for one answer."""

    __slots__ = ("_bytes", "_rows")

    def __init__(self) -> None:
        self._rows = 0
        self._bytes = 0

    @property
    def is_spent(self) -> bool:
        """Whether nothing more is to be begun; what was begun is answered whole."""
        return self._rows >= ANSWER_ROWS_MAX or self._bytes >= ANSWER_BYTES_MAX

    def count(self, rows: Iterable[Row]) -> None:
        """Count rows that were read, and the bytes in them."""
        for row in rows:
            self._rows += 1
            for value in row:
                if isinstance(value, bytes):
                    self._bytes += len(value)
