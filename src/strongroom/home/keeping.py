"""Keeping a state folder up to date while a client works.

Rules:

1. What moved is stored after the use case that saw it, but at most once a
   minute, and at the end: a program that is killed has lost a minute at most,
   and one that reads a changing item again and again does not write at each.
2. Where nothing moved nothing is read or written.
3. The files are written in a thread where the runtime has one. What is stored
   is a copy, because tasks go on meanwhile.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import Final

from strongroom.client.view.marks import Marks
from strongroom.clock import Clock
from strongroom.home.state import StateFile
from strongroom.runtime import Runtime

# Each write costs two syncs of the disk.
KEEP_EVERY_MS: Final = 60 * 1000

# A client is released wherever its last user ends, which may be in the middle of another client's
# storing in the same thread, at a step of Python's garbage collector. The lock of the folder would
# then wait for itself; what the released client has not stored yet is given up instead.
_storing = threading.local()


class StateKeeper:
    """Stores what one client sees into its state folder.

    Implements `client.marks.Keeper`.
    """

    def __init__(self, state: StateFile, marks: Marks, *, seed: bytes, clock: Clock) -> None:
        """Take marks as `StateFile.open` has returned them."""
        self._state = state
        self._marks = marks
        self._seed = seed
        self._clock = clock
        self._stored = marks.copy()
        self._stored_at: int | None = None

    async def keep(self, runtime: Runtime) -> None:
        """Store what was seen, if something moved and the last time is a minute ago."""
        if self._is_time() and self._has_moved():
            self._stored_at = self._clock()
            seen = self._marks.copy()
            await runtime.call(partial(self._store, seen))

    def close(self) -> None:
        """Store what was seen, if something moved."""
        if self._has_moved() and not getattr(_storing, "now", False):
            self._store(self._marks.copy())

    def _is_time(self) -> bool:
        if self._stored_at is None:
            return True
        # A clock that went back must not put it off for long.
        return not 0 <= self._clock() - self._stored_at < KEEP_EVERY_MS

    def _has_moved(self) -> bool:
        seen, stored = self._marks, self._stored
        return bool(seen.news) or (seen.pin, seen.head, seen.containers) != (
            stored.pin,
            stored.head,
            stored.containers,
        )

    def _store(self, seen: Marks) -> None:
        _storing.now = True
        try:
            self._state.merge(seen, seed=self._seed)
        finally:
            _storing.now = False
        self._stored = seen
        self._marks.forget_news(seen)
