"""Somebody who sits at a terminal: types, reads what it shows, changes the size of its window."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

SECONDS_MAX = 30
ROWS, COLUMNS = 24, 80


def _control() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Typist:
    """A terminal of its own, and the program that was started on it as the first one."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        error: Path | None = None,
        controlling: bool = True,
    ) -> None:
        """Start a program.

        Args:
            words: Its name and arguments.
            environment: Its variables.
            folder: Its folder.
            error: A file for its standard error, if that is not the terminal.
            controlling: Whether the terminal is that of its session, so that keys make signals.
        """
        self._leader, follower = pty.openpty()
        self.resize(ROWS, COLUMNS)
        self.shown = b""
        with (error or Path(os.devnull)).open("wb") as file:
            self.child = subprocess.Popen(
                words,
                env=dict(environment) | {"TERM": "xterm"},
                cwd=folder,
                stdin=follower,
                stdout=follower,
                stderr=follower if error is None else file,
                start_new_session=True,
                preexec_fn=_control if controlling else None,  # noqa: PLW1509  (no threads here)
            )
        # It keeps the terminal there for us, also when the program has gone.
        self._follower = follower
        self._ends: tuple[int, ...] = (self._leader, follower)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        self.hang_up()

    def hang_up(self) -> None:
        """Close the terminal, as somebody closes a window."""
        ends, self._ends = self._ends, ()
        for end in ends:
            os.close(end)

    def type(self, text: str) -> None:
        """Type some keys."""
        os.write(self._leader, text.encode())

    def wait_for(self, text: str | bytes) -> bytes:
        """Read until a text has come since the last one that was waited for; return all of it.

        Raises:
            AssertionError: It did not come.
        """
        wanted = text.encode() if isinstance(text, str) else text
        end = time.monotonic() + SECONDS_MAX
        while wanted not in self.shown:
            assert self._read(end - time.monotonic()), f"{wanted!r} did not come: {self.shown!r}"
        before, found, self.shown = self.shown.partition(wanted)
        return before + found

    def wait(self) -> int:
        """Wait until the program ends; return its code.

        Raises:
            AssertionError: It did not end.
        """
        end = time.monotonic() + SECONDS_MAX
        while self.child.poll() is None:
            assert time.monotonic() < end, f"it does not end: {self.shown!r}"
            self._read(0.02)
        while self._read(0):
            pass
        return self.child.returncode

    def resize(self, rows: int, columns: int) -> None:
        """Change the size of the window."""
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._leader, termios.TIOCSWINSZ, size)

    @property
    def settings(self) -> list[object]:
        """How the terminal is set: echo, signals by keys, and so on."""
        return termios.tcgetattr(self._follower)

    def _read(self, seconds: float) -> bytes:
        if not select.select([self._leader], [], [], max(0.0, seconds))[0]:
            return b""
        data = os.read(self._leader, 65536)
        self.shown += data
        return data
