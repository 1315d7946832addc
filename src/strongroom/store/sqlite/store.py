"""The SQLite driver: one file, many processes.

Rules:

1. WAL with `synchronous=FULL`: a commit that returned survives power loss.
2. Reads use one connection, writes another, so a read never waits for our own
   write. Each is used by one thread at a time.
3. Writes take the lock at BEGIN and wait for it up to a deadline, which counts
   from the call. A write that did not commit changed nothing.
4. No connection is open while the process forks (`store.sqlite.forks`).
5. When another file was put at the path, it is opened anew: a write to the old
   one would be acknowledged and lost.
   Source: https://www.sqlite.org/howtocorrupt.html section 2.4.
6. A file that is not ours, older than every release, or newer is left alone:
   nothing is written into it, nothing appears beside it, and its WAL stays as it
   is. Ours is one with our tables and indexes and nothing beside them, now and
   whenever something is written (`store.sqlite.schema`).
7. A file of an older release is brought up to date when it is opened
   (`store.sqlite.schema`).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Final, TypeVar

from strongroom.coroutines import drive
from strongroom.errors import StoreBusyError, StoreError
from strongroom.store.protocol import WRITE_WAIT_SECONDS, Work
from strongroom.store.schema import SCHEMA_VERSION
from strongroom.store.sqlite.errors import translated
from strongroom.store.sqlite.files import (
    check_identity,
    file_at,
    file_uri,
    is_unfinished,
    make_file,
    take_back,
)
from strongroom.store.sqlite.forks import close_at_forks
from strongroom.store.sqlite.rows import SqliteTransaction
from strongroom.store.sqlite.schema import check_ours, check_untouched, initialise, upgrade
from strongroom.store.sqlite.schema import transaction as _transaction

T = TypeVar("T")

# A read runs on the caller's thread, maybe an event loop's: it waits for another thread's read
# less than people or pings notice, then the caller decides.
_READ_WAIT_SECONDS: Final = 0.01

_numbers = count()
_unusable: list[_Connections] = []


class _Connections:
    """The two connections of one process to one file. Replaced whole."""

    __slots__ = ("file", "number", "pid", "reader", "schema", "writer")

    def __init__(
        self, *, reader: sqlite3.Connection, writer: sqlite3.Connection, file: tuple[int, int]
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.file = file
        # SQLite's number of the schema under which the one that writes was checked.
        self.schema = -1
        self.number = next(_numbers)
        self.pid = os.getpid()

    @property
    def in_transaction(self) -> bool:
        """Whether work is under way."""
        return self.reader.in_transaction or self.writer.in_transaction

    def close(self) -> None:
        """Close both; the one that writes is the last, since it empties the WAL."""
        if self.pid != os.getpid():
            # Inherited by a fork in the middle of a transaction: kept alive, since closing it
            # would work on the parent's file with locks that this process does not have.
            _unusable.append(self)
            return
        self.reader.close()
        self.writer.close()


class SqliteStore:
    """One database file, opened.

    Use `open` for a file that is there and `create` for a new one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: _Connections | None = None
        self._closed = False
        self._new_locks()
        close_at_forks(self)

    @classmethod
    def open(cls, path: Path, *, wait_seconds: float = WRITE_WAIT_SECONDS) -> SqliteStore:
        """Open an existing database.

        Args:
            wait_seconds: How long another process may hold the whole file, as
                it does while it recovers or closes it.

        Raises:
            StoreBusyError: It was held longer than that.
            StoreMissingError: There is no such file.
            StoreForeignError: It is not a Strongroom database, damaged, or has
                something in its schema that is not ours.
            StoreOlderError: It was made before version 1 of the formats was final.
            StoreNewerError: A newer release wrote it.
            StoreReadOnlyError: This user may not read it, or its folder cannot
                be written; or it is of an older release and cannot be written.
        """
        store = cls(path)
        with translated(path), store._read_lock, store._write_lock:
            store._open = store._connect(wait_seconds)
        return store

    @classmethod
    def create(cls, path: Path) -> SqliteStore:
        """Open a database and make it first where there is none yet.

        The file has mode 0600. An existing Strongroom database is opened as it is.

        Raises:
            StoreFullError: No room; nothing was written.
            StoreError: And its kinds, as for `open`.
        """
        store = cls(path)
        with translated(path), store._read_lock, store._write_lock:
            made = make_file(path)
            try:
                store._make_tables()
            except BaseException:
                if made:
                    store._take_back()
                raise
            store._open = store._connect(WRITE_WAIT_SECONDS)
        return store

    @property
    def path(self) -> Path:
        """The database file."""
        return self._path

    def read(self, work: Work[T]) -> T:
        """Run `work` on one consistent snapshot; nothing waits for a writer.

        Raises:
            StoreBusyError: Another process is recovering or closing the file, or
                another thread reads at length; almost at once, so that the
                caller decides how to wait.
        """
        with translated(self._path), self._turn(self._read_lock, _READ_WAIT_SECONDS):
            held = self._connections(0)
            with _transaction(held.reader, "BEGIN"):
                return drive(work(SqliteTransaction(held.reader)))

    def write(self, work: Work[T], *, wait_seconds: float = WRITE_WAIT_SECONDS) -> T:
        """Run `work` in one transaction that is durable when this returns.

        Args:
            wait_seconds: How long other writers, in this process or another,
                may take before this one.

        Raises:
            StoreBusyError: Others held the lock until the deadline.
            StoreNewerError: A newer release has come to the file.
            StoreForeignError: Somebody has changed its schema.
            StoreFullError: No room; nothing was written.
        """
        deadline = time.monotonic() + wait_seconds
        with translated(self._path), self._turn(self._write_lock, wait_seconds):
            held = self._connections(_left(deadline))
            _set_wait(held.writer, _left(deadline))
            with _transaction(held.writer, "BEGIN IMMEDIATE"):
                self._check_writable(held)
                return drive(work(SqliteTransaction(held.writer)))

    def change_token(self) -> tuple[int, int]:
        """Return what stays equal while nobody, this store included, committed anything.

        SQLite's number is good for one connection only, so the connections' own
        number is part of it.

        Raises:
            StoreBusyError: As for `read`.
        """
        with translated(self._path), self._turn(self._read_lock, _READ_WAIT_SECONDS):
            held = self._connections(0)
            (version,) = held.reader.execute("PRAGMA data_version").fetchone()
            return held.number, version

    def close(self) -> None:
        """Close the connections, after the work that uses them."""
        self._closed = True
        with self._read_lock, self._write_lock:
            held, self._open = self._open, None
            if held is not None:
                held.close()

    def _check_writable(self, held: _Connections) -> None:
        """Look again, under the lock: a newer release or a stranger may have come (rule 6)."""
        check_identity(held.writer, self._path)
        (schema,) = held.writer.execute("PRAGMA schema_version").fetchone()
        if schema != held.schema:
            check_ours(held.writer, self._path)
            held.schema = schema

    # -- forks (`store.sqlite.forks` calls these) ---------------------------------

    def pause(self) -> None:
        """Let no other thread use the connections, and close them."""
        self._read_lock.acquire()
        self._write_lock.acquire()
        # In the middle of a transaction of this very thread there is nothing right to do: the
        # parent goes on with it, and the child is told (`_connections`).
        if self._open is not None and not self._open.in_transaction:
            self._open.close()
            self._open = None

    def go_on(self) -> None:
        """Let threads use them again."""
        self._write_lock.release()
        self._read_lock.release()

    def go_on_alone(self) -> None:
        """Do the same in a child, where the other threads are gone."""
        self._new_locks()

    def _new_locks(self) -> None:
        # Reentrant, so that a fork inside a transaction does not wait for itself.
        self._read_lock = threading.RLock()
        self._write_lock = threading.RLock()
        self._connect_lock = threading.RLock()

    # -- connections ----------------------------------------------------------------

    @contextmanager
    def _turn(self, lock: threading.RLock, wait_seconds: float) -> Iterator[None]:
        """Hold a lock, unless another thread of this process holds it too long."""
        if not lock.acquire(timeout=wait_seconds):
            message = f"the database {self._path} is in use by another thread"
            raise StoreBusyError(message, hint="try again; nothing was written")
        try:
            yield
        finally:
            lock.release()

    def _connections(self, wait_seconds: float) -> _Connections:
        # A reader and a writer may find at once that new connections are needed.
        with self._turn(self._connect_lock, max(wait_seconds, _READ_WAIT_SECONDS)):
            return self._usable(wait_seconds)

    def _usable(self, wait_seconds: float) -> _Connections:
        held = self._open
        if self._closed:
            message = f"the database {self._path} was closed"
            raise StoreError(message, hint="open a new client")
        if held is not None and held.pid != os.getpid():
            message = f"the process was forked while it was using the database {self._path}"
            raise StoreError(message, hint="fork first, then open a client in the child")
        if held is not None and held.file == self._identity():
            return held
        self._open = fresh = self._connect(wait_seconds)
        return fresh

    def _identity(self) -> tuple[int, int]:
        """Return what tells the file at the path from another one put there (rule 5)."""
        found = file_at(self._path)
        return found.st_dev, found.st_ino

    def _connect(self, wait_seconds: float) -> _Connections:
        file = self._identity()
        check_untouched(self._path)
        with ExitStack() as opened:
            # Opened to read only, a connection leaves even the WAL of a newer release as it is.
            reader = self._raw_connection(wait_seconds, "ro")
            opened.callback(reader.close)
            version = check_ours(reader, self._path)
            reader.execute("PRAGMA query_only=ON")
            writer = self._raw_connection(wait_seconds)
            opened.callback(writer.close)
            writer.execute("PRAGMA journal_mode=WAL")
            if version < SCHEMA_VERSION:
                upgrade(writer, self._path)
            # A read never waits inside SQLite: it runs on the caller's thread.
            _set_wait(reader, 0)
            opened.pop_all()
        return _Connections(reader=reader, writer=writer, file=file)

    def _raw_connection(self, wait_seconds: float, mode: str = "rw") -> sqlite3.Connection:
        connection = sqlite3.connect(
            file_uri(self._path, f"mode={mode}"),
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=wait_seconds,
        )
        try:
            connection.execute("PRAGMA synchronous=FULL")
            # What stands in the schema of a file calls no function of ours.
            connection.execute("PRAGMA trusted_schema=OFF")
        except BaseException:
            connection.close()
            raise
        return connection

    # -- making a database ------------------------------------------------------------

    def _make_tables(self) -> None:
        if file_at(self._path).st_size:
            check_untouched(self._path)
        if is_unfinished(self._path):
            with closing(self._raw_connection(WRITE_WAIT_SECONDS)) as connection:
                initialise(connection, self._path)

    def _take_back(self) -> None:
        """Remove the file again: an error says that nothing was written."""
        with (
            suppress(sqlite3.Error, StoreError, OSError),
            closing(self._raw_connection(0)) as connection,
        ):
            take_back(self._path, connection)


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())


def _set_wait(connection: sqlite3.Connection, wait_seconds: float) -> None:
    connection.execute(f"PRAGMA busy_timeout={int(wait_seconds * 1000)}")
