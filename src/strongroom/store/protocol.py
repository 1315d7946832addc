"""What a service asks of a database, whichever it is: a store, and transactions on it.

Statements are portable SQL with `:name` parameters, and a test has PostgreSQL
prepare every one of them. Methods of a transaction are coroutines because one
driver waits for a network; the SQLite driver never suspends, so its callers may
drive them without an event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, Protocol, TypeVar

T = TypeVar("T")

# One row: values in the order of the statement's columns.
Row = Sequence[Any]

# Long enough for hundreds of queued writers, short enough that a stuck one is noticed.
WRITE_WAIT_SECONDS: Final = 30.0


class Transaction(Protocol):
    """Statements that take effect together, or not at all.

    It is used by one task at a time, and no longer than the work that it was
    given to. A statement that fails ends the work: its error is not caught, or
    only where nothing was written since.
    """

    async def all(self, sql: str, **parameters: object) -> list[Row]:
        """Return every row.

        Raises:
            IntegrityError: A value is of another kind than its column.
        """

    async def one(self, sql: str, **parameters: object) -> Row | None:
        """Return the first row, or `None`.

        Raises:
            IntegrityError: A value is of another kind than its column.
        """

    async def run(self, sql: str, **parameters: object) -> int:
        """Change rows; return how many."""


Work = Callable[[Transaction], Coroutine[Any, Any, T]]


class Store(Protocol):
    """One database.

    1. Threads: every method may be called from any thread, and blocks the one
       that calls it. Reads do not wait for writes.
    2. Cancellation: work that has begun ends, with its result or its error. What
       nobody waits for any more is stored all the same, so whoever is cancelled
       asks what became of it.
    3. Durability: what `write` has returned survives the loss of power. Work
       that raises leaves nothing behind, nor does a process that is killed in it;
       of a commit that fails there is all or nothing.
    4. Isolation: work sees one state of the database, and writes follow one
       another.
    """

    def read(self, work: Work[T]) -> T:
        """Run work that changes nothing on one consistent state.

        Raises:
            StoreBusyError: It could not be read at once; the caller decides how to wait.
            StoreError: And its kinds.
        """

    def write(self, work: Work[T], *, wait_seconds: float = WRITE_WAIT_SECONDS) -> T:
        """Run work in one transaction, which is durable when this returns.

        Args:
            wait_seconds: How long other writers may take before this one.

        Raises:
            StoreBusyError: Others wrote until then; nothing was written.
            StoreError: And its kinds. Where the disk failed or was full, or nobody can say
                whether a commit arrived, the work may have been stored all the same, as a
                whole; whoever is told so looks before repeating it.
        """

    def change_token(self) -> object:
        """Return what stays equal while nobody, this store included, commits anything.

        Raises:
            StoreBusyError: As for `read`.
        """

    def close(self) -> None:
        """Release connections, after the work that uses them."""
