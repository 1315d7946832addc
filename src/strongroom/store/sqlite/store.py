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
8. Who may not write the file leaves nothing beside it (`store.sqlite.readers`),
   and what others left there does not keep out who may (`store.sqlite.sides`).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final, TypeVar

from strongroom.coroutines import drive
from strongroom.errors import StoreBusyError, StoreError, StoreReadOnlyError
from strongroom.store.protocol import WRITE_WAIT_SECONDS, Work
from strongroom.store.sqlite.connections import (
    Connections,
    connect_to_read,
    connect_to_write,
    raw_connection,
    set_wait,
)
from strongroom.store.sqlite.errors import is_refused, translated
from strongroom.store.sqlite.files import (
    check_identity,
    file_at,
    is_unfinished,
    make_file,
    take_back,
)
from strongroom.store.sqlite.forks import close_at_forks
from strongroom.store.sqlite.rows import SqliteTransaction
from strongroom.store.sqlite.schema import check_ours, check_untouched, initialise
from strongroom.store.sqlite.schema import transaction as _transaction
from strongroom.store.sqlite.sides import (
    clear_at_start,
    clear_sides,
    may,
    path_of,
    why_not_written,
)

T = TypeVar("T")

# A read runs on the caller's thread, maybe an event loop's: it waits for another thread's read
# less than people or pings notice, then the caller decides.
_READ_WAIT_SECONDS: Final = 0.01


class SqliteStore:
    """One database file, opened.

    Use `open` for a file that is there and `create` for a new one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: Connections | None = None
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
            StoreReadOnlyError: This user may not read it; or may not write it,
                and it cannot be read without, or is of an older release.
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
            StoreFullError: No room; a file that was made for it is gone again.
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
            if held.way is None:
                return _read(held, work)
            with held.way.checked():
                return _read(held, work)

    def write(self, work: Work[T], *, wait_seconds: float = WRITE_WAIT_SECONDS) -> T:
        """Run `work` in one transaction that is durable when this returns.

        Args:
            wait_seconds: How long other writers, in this process or another,
                may take before this one.

        Raises:
            StoreBusyError: Others held the lock until the deadline.
            StoreNewerError: A newer release has come to the file.
            StoreForeignError: Somebody has changed its schema.
            StoreFullError: No room.
            StoreReadOnlyError: This user may not write it; the message says why.
            StoreError: And its other kinds. Without room, and where the disk failed, nothing
                is to be seen now; after a crash it may be there all the same, as a whole.
        """
        deadline = time.monotonic() + wait_seconds
        with translated(self._path), self._turn(self._write_lock, wait_seconds):
            try:
                return self._write(work, deadline)
            except sqlite3.OperationalError as error:
                if not is_refused(error):
                    raise
            # Somebody else's side files are in the way, or were when the file was opened.
            self._let_go()
            clear_sides(self._path)
            return self._write(work, deadline)

    def _write(self, work: Work[T], deadline: float) -> T:
        held = self._connections(_left(deadline))
        if held.writer is None and may(os.W_OK, self._path):
            self._let_go()  # the right was given since
            held = self._connections(_left(deadline))
        writer = held.writer
        if writer is None:
            text, hint = why_not_written(self._path) or ("cannot be written by this user", None)
            message = f"the database {self._path} {text}"
            raise StoreReadOnlyError(message, hint=hint)
        set_wait(writer, _left(deadline))
        with _transaction(writer, "BEGIN IMMEDIATE"):
            self._check_writable(writer, held)
            return drive(work(SqliteTransaction(writer)))

    def _let_go(self) -> None:
        """Let the next one who asks connect anew; the caller has the write lock."""
        held, self._open = self._open, None
        # Who reads just now keeps its connection, until it has read.
        if held is not None and self._read_lock.acquire(blocking=False):
            try:
                held.close()
            finally:
                self._read_lock.release()

    def change_token(self) -> tuple[int, int]:
        """Return what stays equal while nobody, this store included, committed anything.

        SQLite's number is good for one connection only, so the connections' own
        number is part of it.

        Raises:
            StoreBusyError: As for `read`.
        """
        with translated(self._path), self._turn(self._read_lock, _READ_WAIT_SECONDS):
            held = self._connections(0)
            with nullcontext() if held.way is None else held.way.checked():
                (version,) = held.reader.execute("PRAGMA data_version").fetchone()
            return held.number, version

    def close(self) -> None:
        """Close the connections, after the work that uses them."""
        self._closed = True
        with self._read_lock, self._write_lock:
            held, self._open = self._open, None
            if held is not None:
                held.close()

    def _check_writable(self, writer: sqlite3.Connection, held: Connections) -> None:
        """Look again, under the lock: a newer release or a stranger may have come (rule 6)."""
        check_identity(writer, self._path)
        (schema,) = writer.execute("PRAGMA schema_version").fetchone()
        if schema != held.schema:
            check_ours(writer, self._path)
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

    def _connections(self, wait_seconds: float) -> Connections:
        # A reader and a writer may find at once that new connections are needed.
        with self._turn(self._connect_lock, max(wait_seconds, _READ_WAIT_SECONDS)):
            return self._usable(wait_seconds)

    def _usable(self, wait_seconds: float) -> Connections:
        held = self._open
        if self._closed:
            message = f"the database {self._path} was closed"
            raise StoreError(message, hint="open a new client")
        if held is not None and held.pid != os.getpid():
            message = f"the process was forked while it was using the database {self._path}"
            raise StoreError(message, hint="fork first, then open a client in the child")
        if held is not None and held.file == self._identity() and held.is_current:
            return held
        self._open = fresh = self._connect(wait_seconds)
        return fresh

    def _identity(self) -> tuple[int, int]:
        """Return what tells the file at the path from another one put there (rule 5)."""
        found = file_at(self._path)
        return found.st_dev, found.st_ino

    def _connect(self, wait_seconds: float) -> Connections:
        found = file_at(self._path)
        if not may(os.W_OK, self._path):
            return connect_to_read(self._path, found, wait_seconds)
        check_untouched(self._path)
        clear_at_start(self._path)
        try:
            return connect_to_write(self._path, found, wait_seconds)
        except sqlite3.OperationalError as error:
            # Nothing can be made beside it.
            if not is_refused(error) or may(os.W_OK | os.X_OK, path_of(self._path).parent):
                raise
        return connect_to_read(self._path, found, wait_seconds)

    # -- making a database ------------------------------------------------------------

    def _make_tables(self) -> None:
        if file_at(self._path).st_size:
            check_untouched(self._path)
        if is_unfinished(self._path):
            with closing(raw_connection(self._path, WRITE_WAIT_SECONDS)) as connection:
                initialise(connection, self._path)

    def _take_back(self) -> None:
        """Remove the file again, so that an error leaves none."""
        with (
            suppress(sqlite3.Error, StoreError, OSError),
            closing(raw_connection(self._path, 0)) as connection,
        ):
            take_back(self._path, connection)


def _read(held: Connections, work: Work[T]) -> T:
    with _transaction(held.reader, "BEGIN"):
        return drive(work(SqliteTransaction(held.reader)))


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())
