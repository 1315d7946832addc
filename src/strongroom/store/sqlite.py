"""The SQLite driver: one file, many processes.

Rules:

1. WAL with `synchronous=FULL`: a commit that returned survives power loss.
2. Reads use one connection, writes another, so a read never waits for our own
   write. Each is used by one thread at a time.
3. Writes take the lock at BEGIN and wait for it up to a deadline. A write that
   did not commit changed nothing.
4. After `fork` the child keeps the inherited connections open but unused and
   opens its own: closing them would touch the parent's locks.
   Source: https://www.sqlite.org/howtocorrupt.html section 2.6.
5. When another file was put at the path, it is opened anew: a write to the old
   one would be acknowledged and lost. Source: the same page, section 2.4.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from strongroom.coroutines import drive
from strongroom.errors import StoreError, StoreForeignError, StoreMissingError, StoreNewerError
from strongroom.store.schema import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION
from strongroom.store.session import Row
from strongroom.store.sqlite_errors import translated

T = TypeVar("T")

# Pages of 16 KiB: sealed details fit without overflow pages (measured in bench/).
_PAGE_BYTES: Final = 16_384
# Long enough for hundreds of queued writers, short enough that a stuck one is noticed.
WRITE_WAIT_SECONDS: Final = 30.0

_inherited: list[_Connections] = []


class SqliteSession:
    """Statements on one connection. Its coroutines never suspend."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def all(self, sql: str, **parameters: object) -> list[Row]:
        """Return every row."""
        return self._connection.execute(sql, parameters).fetchall()

    async def one(self, sql: str, **parameters: object) -> Row | None:
        """Return the first row, or `None`."""
        row: Row | None = self._connection.execute(sql, parameters).fetchone()
        return row

    async def run(self, sql: str, **parameters: object) -> int:
        """Change rows; return how many."""
        return self._connection.execute(sql, parameters).rowcount


Work = Callable[[SqliteSession], Coroutine[Any, Any, T]]


class _Connections:
    """The two connections of one process to one file, each with its lock. Replaced whole."""

    __slots__ = ("file", "pid", "read_lock", "reader", "write_lock", "writer")

    def __init__(
        self, reader: sqlite3.Connection, writer: sqlite3.Connection, file: tuple[int, int]
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.file = file
        self.pid = os.getpid()
        self.read_lock = threading.Lock()
        self.write_lock = threading.Lock()


class SqliteStore:
    """One database file, opened.

    Use `open` for a file that is there and `create` for a new one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: _Connections | None = None

    @classmethod
    def open(cls, path: Path, *, wait_seconds: float = WRITE_WAIT_SECONDS) -> SqliteStore:
        """Open an existing database.

        Args:
            wait_seconds: How long another process may hold the whole file, as
                it does while it recovers or closes it.

        Raises:
            StoreBusyError: It was held longer than that.
            StoreMissingError: There is no such file.
            StoreForeignError: It is not a Strongroom database, or damaged.
            StoreNewerError: A newer release wrote it.
            StoreReadOnlyError: This user may not read it, or its folder cannot be written.
        """
        store = cls(path)
        with translated(path):
            store._open = store._connect(wait_seconds)
        return store

    @classmethod
    def create(cls, path: Path) -> SqliteStore:
        """Open a database and make it first where there is none yet.

        The file has mode 0600. An existing Strongroom database is opened as it is.
        """
        with translated(path):
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            store = cls(path)
            connection = store._raw_connection(WRITE_WAIT_SECONDS)
            try:
                _initialise(connection, path)
            finally:
                connection.close()
            store._open = store._connect(WRITE_WAIT_SECONDS)
        return store

    @property
    def path(self) -> Path:
        """The database file."""
        return self._path

    def read(self, work: Work[T]) -> T:
        """Run `work` on one consistent snapshot; nothing waits for a writer.

        Raises:
            StoreBusyError: Another process is recovering or closing the file;
                at once, so that the caller decides how to wait.
        """
        with translated(self._path):
            held = self._connections(0)
            with held.read_lock, _transaction(held.reader, "BEGIN"):
                return drive(work(SqliteSession(held.reader)))

    def write(self, work: Work[T], *, wait_seconds: float = WRITE_WAIT_SECONDS) -> T:
        """Run `work` in one transaction that is durable when this returns.

        Args:
            wait_seconds: How long other writers may take before this one.

        Raises:
            StoreBusyError: Another process held the lock until the deadline.
            StoreFullError: No room; nothing was written.
        """
        with translated(self._path):
            held = self._connections(wait_seconds)
            with held.write_lock:
                _set_wait(held.writer, wait_seconds)
                with _transaction(held.writer, "BEGIN IMMEDIATE"):
                    return drive(work(SqliteSession(held.writer)))

    def change_token(self) -> tuple[int, int]:
        """Return what stays equal while nobody, this store included, committed anything.

        SQLite's number is good for one connection only, so the connection is part of it.
        """
        with translated(self._path):
            held = self._connections(0)
            with held.read_lock:
                (version,) = held.reader.execute("PRAGMA data_version").fetchone()
            return id(held), version

    def close(self) -> None:
        """Close the connections that this process opened."""
        held, self._open = self._open, None
        if held is not None and held.pid == os.getpid():
            held.reader.close()
            held.writer.close()

    def _connections(self, wait_seconds: float) -> _Connections:
        held = self._open
        if held is None:
            message = f"the database {self._path} was closed"
            raise StoreError(message, hint="open a new client")
        if held.pid != os.getpid():
            _inherited.append(held)  # kept alive on purpose (rule 4)
        elif held.file == self._identity():
            return held
        self._open = fresh = self._connect(wait_seconds)
        return fresh

    def _identity(self) -> tuple[int, int]:
        """Return what tells the file at the path from another one put there (rule 5)."""
        try:
            found = os.stat(self._path)  # noqa: PTH116  (on the path of every read; pathlib's costs twice)
        except FileNotFoundError:
            message = f"there is no database at {self._path}"
            hint = "check the address of the account or token"
            raise StoreMissingError(message, hint=hint) from None
        return found.st_dev, found.st_ino

    def _connect(self, wait_seconds: float) -> _Connections:
        file = self._identity()
        reader = self._raw_connection(wait_seconds)
        _check_identity(reader, self._path)
        reader.execute("PRAGMA query_only=ON")
        writer = self._raw_connection(wait_seconds)
        writer.execute("PRAGMA journal_mode=WAL")
        # A read never waits inside SQLite: it runs on the caller's thread, maybe an event loop's.
        _set_wait(reader, 0)
        return _Connections(reader, writer, file)

    def _raw_connection(self, wait_seconds: float) -> sqlite3.Connection:
        uri = f"{self._path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, timeout=wait_seconds
        )
        connection.execute("PRAGMA synchronous=FULL")
        return connection


def _set_wait(connection: sqlite3.Connection, wait_seconds: float) -> None:
    connection.execute(f"PRAGMA busy_timeout={int(wait_seconds * 1000)}")


def _initialise(connection: sqlite3.Connection, path: Path) -> None:
    """Turn an empty file into a database, or check the one that is there."""
    connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
    with _transaction(connection, "BEGIN IMMEDIATE"):
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables:
            _check_identity(connection, path)
            return
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        for statements in MIGRATIONS:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def _check_identity(connection: sqlite3.Connection, path: Path) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        message = f"{path} is not a Strongroom database"
        raise StoreForeignError(message, hint="it was not changed")
    if version > SCHEMA_VERSION:
        message = f"{path} was written by a newer release of Strongroom"
        raise StoreNewerError(message, hint="update strongroom; the file was not changed")


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
