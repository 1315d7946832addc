"""How far long work is: one line on the terminal, and nothing anywhere else."""

from __future__ import annotations

import sys
from typing import Final, NamedTuple

from strongroom.cli.program.ui import printable, write_stderr

# Below this a bar would be gone before anybody has seen it.
SHOWN_BYTES_MIN: Final = 16 * 1024 * 1024
# About a second, too: an item takes half a millisecond to be read, verified and opened.
SHOWN_ITEMS_MIN: Final = 2_000
_WIDTH: Final = 30
_ERASE: Final = "\r\x1b[K"


class Unit(NamedTuple):
    """What is counted.

    Attributes:
        size: How many of what is counted make one that is shown.
        shown_min: From so many on a bar is shown.
    """

    name: str
    size: int
    shown_min: int


MIB: Final = Unit("MiB", 1024 * 1024, SHOWN_BYTES_MIN)
ITEMS: Final = Unit("items", 1, SHOWN_ITEMS_MIN)


class Progress:
    """A bar on standard error, if a person looks at it and the work is long."""

    def __init__(self, what: str, total: int, *, unit: Unit = MIB) -> None:
        self._what = printable(what)
        self._total = total
        self._unit = unit
        self._drawn = ""
        self._wanted = total >= unit.shown_min and _is_terminal()

    def show(self, done: int) -> None:
        """Draw how far it is; at the end the line is gone."""
        if not self._wanted:
            return
        if done >= self._total:
            write_stderr(_ERASE)
            self._wanted = False
            return
        name, size, _ = self._unit
        filled = _WIDTH * done // self._total
        bar = "#" * filled + "." * (_WIDTH - filled)
        text = f"{self._what} [{bar}] {done // size} of {self._total // size} {name}"
        if text != self._drawn:
            self._drawn = text
            write_stderr(f"{_ERASE}{text}")


def _is_terminal() -> bool:
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except ValueError:
        return False
