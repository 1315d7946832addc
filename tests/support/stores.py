"""The stores on which the service is tested: by the protocol of each, and nothing beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from strongroom.store.protocol import WRITE_WAIT_SECONDS, Row, Store, Transaction, Work
from strongroom.store.sqlite.store import SqliteStore

T = TypeVar("T")

# A second driver is tested by its name here.
STORES: Final[dict[str, Callable[[Path], Store]]] = {"sqlite": SqliteStore.open}


def open_store(path: Path, name: str = "sqlite") -> Store:
    """Open a database; what it gives shows the protocol alone."""
    return _OnlyStore(STORES[name](path))


class _OnlyTransaction:
    def __init__(self, whole: Transaction) -> None:
        self._whole = whole

    async def all(self, sql: str, **parameters: object) -> list[Row]:
        return await self._whole.all(sql, **parameters)

    async def one(self, sql: str, **parameters: object) -> Row | None:
        return await self._whole.one(sql, **parameters)

    async def run(self, sql: str, **parameters: object) -> int:
        return await self._whole.run(sql, **parameters)


class _OnlyStore:
    def __init__(self, whole: Store) -> None:
        self._whole = whole

    def read(self, work: Work[T]) -> T:
        return self._whole.read(lambda transaction: work(_OnlyTransaction(transaction)))

    def write(self, work: Work[T], *, wait_seconds: float = WRITE_WAIT_SECONDS) -> T:
        def narrowed(transaction: Transaction) -> Any:
            return work(_OnlyTransaction(transaction))

        return self._whole.write(narrowed, wait_seconds=wait_seconds)

    def change_token(self) -> object:
        return self._whole.change_token()

    def close(self) -> None:
        self._whole.close()
