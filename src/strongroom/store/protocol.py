"""What a statement needs from a database, whichever it is.

Statements are portable SQL with `:name` parameters. Methods are coroutines
because one driver waits for a network; the SQLite driver never suspends, so
its callers may drive them without an event loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

# One row: values in the order of the statement's columns.
Row = Sequence[Any]


class Transaction(Protocol):
    """One transaction."""

    async def all(self, sql: str, **parameters: object) -> list[Row]:
        """Return every row."""

    async def one(self, sql: str, **parameters: object) -> Row | None:
        """Return the first row, or `None`."""

    async def run(self, sql: str, **parameters: object) -> int:
        """Change rows; return how many."""
