"""Carrying a program's output to where it belongs, with its secrets concealed on the way."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import threading
import time
from contextlib import suppress
from typing import Final

from strongroom.delivery.masking import Masker

# What may be the beginning of a secret waits so long for the rest: long enough for a program that
# writes it in pieces, and too short for a person to notice at a prompt.
IDLE_SECONDS: Final = 0.1
# A program that it has started and left behind may hold the output open for ever; so long after
# its own end, and until what it had written is carried, we read on.
DRAIN_SECONDS: Final = 1.0
# As much as a pipe takes on Linux without a privilege.
PIPE_BYTES: Final = 1024 * 1024
# One read: fits the caches of processors, and is searched once for every secret.
_READ_BYTES: Final = 256 * 1024
_MILLISECONDS: Final = 1000
_GONE: Final = frozenset({errno.EPIPE, errno.EIO})


def write_all(target: int, data: bytes) -> None:
    """Write everything, also where the target does not block."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(target, view) :]
        except BlockingIOError:
            poller = select.poll()
            poller.register(target, select.POLLOUT)
            poller.poll()


class Pump(threading.Thread):
    """Carries one stream until it ends.

    Attributes:
        failure: Why the target could not be written, if it was not only that its reader has gone.
    """

    def __init__(self, *, source: int, target: int, masker: Masker, goes_on: bool = False) -> None:
        """Make it ready.

        Args:
            source: Where it reads; its own, and closed at the end.
            target: Where it writes.
            masker: What conceals on the way.
            goes_on: Whether it reads on, for nobody, where the target is gone: a terminal has other
                ends than this one, so its program would wait for ever.
        """
        super().__init__(daemon=True)
        self.failure: OSError | None = None
        self._goes_on = goes_on
        self._is_broken = False
        self._source = source
        self._target = target
        self._masker = masker
        self._wake, self._waker = os.pipe()
        self._poller = select.poll()
        self._poller.register(source, select.POLLIN)
        self._poller.register(self._wake, select.POLLIN)

    def run(self) -> None:
        """Carry until the end; a target that is gone closes the source, as in a pipe."""
        with suppress(OSError):
            self._carry()
            self._put_out(self._masker.flush())
        os.close(self._source)

    def close(self) -> None:
        """Close what it has, in a process that was forked before it began."""
        for descriptor in (self._source, self._wake, self._waker):
            os.close(descriptor)

    def finish(self) -> None:
        """The program has ended: carry what is there, and wait no longer than that takes."""
        os.close(self._waker)
        self.join()
        os.close(self._wake)

    def _put_out(self, data: bytes) -> None:
        if self._is_broken:
            return
        try:
            write_all(self._target, data)
        except OSError as error:
            self.failure = None if error.errno in _GONE else error
            self._is_broken = True
            if not self._goes_on:
                raise

    def _carry(self) -> None:
        while True:
            events = self._poller.poll(IDLE_SECONDS * _MILLISECONDS if self._masker.holds else None)
            if not events:
                self._put_out(self._masker.flush())
            elif any(descriptor == self._source for descriptor, _ in events):
                data = self._next_bytes()
                if not data:
                    return
                self._put_out(self._masker.feed(data))
            else:
                self._drain()
                return

    def _drain(self) -> None:
        """Read on for a moment; then only what a pipe can have held by then."""
        end = time.monotonic() + DRAIN_SECONDS
        left = PIPE_BYTES
        self._poller.unregister(self._wake)
        while left > 0:
            wait = end - time.monotonic()
            if not self._poller.poll(max(0.0, wait) * _MILLISECONDS):
                return
            data = self._next_bytes()
            if not data:
                return
            left -= len(data) if wait <= 0 else 0
            self._put_out(self._masker.feed(data))

    def _next_bytes(self) -> bytes:
        """Return the next bytes; nothing at the end, which a terminal tells as an error."""
        try:
            return os.read(self._source, _READ_BYTES)
        except OSError as error:
            if error.errno == errno.EIO:
                return b""
            raise


def make_pipe() -> tuple[int, int]:
    """Return both ends of a pipe, as large as it may be."""
    reading, writing = os.pipe()
    set_size = getattr(fcntl, "F_SETPIPE_SZ", None)
    if set_size is not None:
        with suppress(OSError):  # a limit of the system for all of a user's pipes
            fcntl.fcntl(writing, set_size, PIPE_BYTES)
    return reading, writing
