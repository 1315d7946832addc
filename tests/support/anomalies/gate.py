"""A gate in front of what is beneath a use case: it counts the calls, and fails the n-th."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")

# Kinds of failure. What each is for one seam, an exception of SQLite or of the operating system,
# the seam knows.
FULL, BROKEN, BUSY = "no room", "a broken disk", "busy"

# Stands in every text of an injected error, since the texts of drivers quote what they like.
CANARY = "canary-of-the-driver"


@dataclass(frozen=True)
class Failure:
    """One way in which a call fails.

    Attributes:
        done: Whether the call does its work, and says afterwards that it failed.
        lasts: Whether all later calls fail, too, until the use case has ended.
        undoes: Whether a store that can do so undoes the transaction by itself.
    """

    name: str
    kind: str
    done: bool = False
    lasts: bool = False
    undoes: bool = False


NO_ROOM = Failure("no room", FULL)
NO_ROOM_ANY_MORE = Failure("no room any more", FULL, lasts=True)
ONE_ERROR = Failure("one error", BROKEN, undoes=True)
DONE_AND_DENIED = Failure("done, then an error", BROKEN, done=True)
DEAD = Failure("a dead disk", BROKEN, lasts=True)
HELD = Failure("held by another", BUSY)
FAILURES = (NO_ROOM, NO_ROOM_ANY_MORE, ONE_ERROR, DONE_AND_DENIED, DEAD, HELD)

# Returns the exception of a failing call, `None` where this one cannot fail so; does nothing.
Errors = Callable[[Failure], Exception | None]


@dataclass(frozen=True)
class Call:
    """One call, and in which ways it can fail."""

    name: str
    ways: tuple[Failure, ...]


@dataclass
class Gate:
    """What the calls of a use case go through."""

    calls: list[Call] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    _failure: Failure | None = None
    _nth: int = 0
    _look: Callable[[], None] | None = None
    _is_armed: bool = False

    @contextmanager
    def armed(
        self,
        failure: Failure | None = None,
        nth: int = 0,
        *,
        look: Callable[[], None] | None = None,
    ) -> Iterator[None]:
        """Count the calls of a block.

        Args:
            failure: How the n-th of them fails; without it, all pass.
            look: Called before each call: what a process leaves that is killed there.
        """
        self.calls, self.failed = [], []
        self._failure, self._nth, self._look, self._is_armed = failure, nth, look, True
        try:
            yield
        finally:
            self._is_armed = False

    def call(self, name: str, errors: Errors, do: Callable[[], T]) -> T:
        """Let one call pass, or fail."""
        if not self._is_armed:
            return do()
        ways = tuple(failure for failure in FAILURES if errors(failure) is not None)
        self.calls.append(Call(name, ways))
        if self._look is not None:
            self._is_armed = False
            self._look()
            self._is_armed = True
        error = self._error(errors)
        if error is None:
            return do()
        self.failed.append(name)
        if self._failure is not None and self._failure.done:
            do()
        raise error

    @property
    def undoes(self) -> bool:
        """Whether the failure of just now undoes a transaction."""
        return self._failure is not None and self._failure.undoes

    def _error(self, errors: Errors) -> Exception | None:
        failure, number = self._failure, len(self.calls)
        if failure is None:
            return None
        # From its first failure on, if that lasts; the first is the n-th or none.
        is_due = number == self._nth or (failure.lasts and bool(self.failed))
        return errors(failure) if is_due else None


GATE = Gate()


def is_injected(error: Exception) -> bool:
    """Tell whether an error is the gate's."""
    return CANARY in str(error)


def gated(name: str, errors: Errors, do: Callable[..., T]) -> Callable[..., T]:
    """Return a function behind the gate."""

    def call(*args: Any, **options: Any) -> T:
        return GATE.call(name, errors, lambda: do(*args, **options))

    return call
