"""What a fork must not split.

SQLite keeps a table of its locks per process. A child that inherits it counts
on locks that only its parent has, on whichever connection, and its writes are
lost. So no connection is open while a process forks; parent and child open
their own when they next need them.
Source: https://www.sqlite.org/howtocorrupt.html section 2.6.
"""

from __future__ import annotations

import os
import threading
from typing import Protocol
from weakref import WeakSet


class Forkable(Protocol):
    """A holder of connections."""

    def pause(self) -> None:
        """Let no other thread use the connections, and close them."""

    def go_on(self) -> None:
        """Let threads use them again."""

    def go_on_alone(self) -> None:
        """Do the same in a child, where the other threads are gone."""


class _Forks:
    """Every holder of this process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._holders: WeakSet[Forkable] = WeakSet()
        self._paused: list[Forkable] = []

    def add(self, holder: Forkable) -> None:
        """Pause a holder at every fork from now on; waits for one that is under way."""
        with self._lock:
            self._holders.add(holder)

    def before(self) -> None:
        """Pause every holder, and keep new ones from appearing."""
        self._lock.acquire()
        for holder in list(self._holders):
            self._paused.append(holder)
            holder.pause()

    def after_in_parent(self) -> None:
        """Go on."""
        for holder in self._take():
            holder.go_on()
        self._lock.release()

    def after_in_child(self) -> None:
        """Go on with fresh locks: who waited for the old ones is gone."""
        self._lock = threading.RLock()
        for holder in self._take():
            holder.go_on_alone()

    def _take(self) -> list[Forkable]:
        paused, self._paused = self._paused, []
        return paused


_forks = _Forks()
os.register_at_fork(
    before=_forks.before,
    after_in_parent=_forks.after_in_parent,
    after_in_child=_forks.after_in_child,
)

close_at_forks = _forks.add
