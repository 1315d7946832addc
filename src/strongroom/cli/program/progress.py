"""How far a long transfer is: one line on the terminal, and nothing anywhere else."""

from __future__ import annotations

import sys
from typing import Final

from strongroom.cli.program.ui import printable

# Below this a bar would be gone before anybody has seen it.
SHOWN_BYTES_MIN: Final = 16 * 1024 * 1024
_WIDTH: Final = 30
_MIB: Final = 1024 * 1024
_ERASE: Final = "\r\x1b[K"


class Progress:
    """A bar on standard error, if a person looks at it and the transfer is long."""

    def __init__(self, what: str, total: int) -> None:
        self._what = printable(what)
        self._total = total
        self._drawn = ""
        self._wanted = total >= SHOWN_BYTES_MIN and _is_terminal()

    def show(self, done: int) -> None:
        """Draw how far it is; at the end the line is gone."""
        if not self._wanted:
            return
        if done >= self._total:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()
            self._wanted = False
            return
        filled = _WIDTH * done // self._total
        bar = "#" * filled + "." * (_WIDTH - filled)
        text = f"{self._what} [{bar}] {done // _MIB} of {self._total // _MIB} MiB"
        if text != self._drawn:
            self._drawn = text
            sys.stderr.write(f"{_ERASE}{text}")
            sys.stderr.flush()


def _is_terminal() -> bool:
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except ValueError:
        return False
