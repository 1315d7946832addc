"""Connections to one file: two for who may write it, one for who may not."""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING

from strongroom.store.schema import SCHEMA_VERSION
from strongroom.store.sqlite.files import file_uri
from strongroom.store.sqlite.schema import check_ours, older_than_this, upgrade
from strongroom.store.sqlite.sides import share_sides

if TYPE_CHECKING:
    from pathlib import Path

    from strongroom.store.sqlite.readers import Way

_numbers = count()
_unusable: list[Connections] = []


class Connections:
    """The connections of one process to one file. Replaced whole."""

    __slots__ = ("file", "number", "pid", "reader", "schema", "way", "writer")

    def __init__(
        self,
        *,
        reader: sqlite3.Connection,
        writer: sqlite3.Connection | None,
        file: tuple[int, int],
        way: Way | None = None,
    ) -> None:
        self.reader = reader
        # None for who may not write the file.
        self.writer = writer
        self.file = file
        # How it is read by who may not write it.
        self.way = way
        # SQLite's number of the schema under which the one that writes was checked.
        self.schema = -1
        self.number = next(_numbers)
        self.pid = os.getpid()

    @property
    def in_transaction(self) -> bool:
        """Whether work is under way."""
        held = (self.reader, self.writer)
        return any(one is not None and one.in_transaction for one in held)

    @property
    def is_current(self) -> bool:
        """Whether they see all that there is; SQLite looks itself where it has its files."""
        return self.way is None or self.way.is_current()

    def close(self) -> None:
        """Close both; the one that writes is the last, since it empties the WAL."""
        if self.pid != os.getpid():
            # Inherited by a fork in the middle of a transaction: kept alive, since closing it
            # would work on the parent's file with locks that this process does not have.
            _unusable.append(self)
            return
        self.reader.close()
        if self.writer is not None:
            self.writer.close()


def connect_to_write(path: Path, found: os.stat_result, wait_seconds: float) -> Connections:
    """Open a database that this user may write, and bring it up to date.

    Args:
        found: What the system knows of the file.
        wait_seconds: How long another process may hold it.
    """
    with ExitStack() as opened:
        # Opened to read only, a connection leaves even the WAL of a newer release as it is.
        reader = raw_connection(path, wait_seconds, "ro")
        opened.callback(reader.close)
        version = check_ours(reader, path)
        reader.execute("PRAGMA query_only=ON")
        writer = raw_connection(path, wait_seconds)
        opened.callback(writer.close)
        writer.execute("PRAGMA journal_mode=WAL")
        if version < SCHEMA_VERSION:
            upgrade(writer, path)
        # A read never waits inside SQLite: it runs on the caller's thread.
        set_wait(reader, 0)
        opened.pop_all()
    share_sides(path, found)
    return Connections(reader=reader, writer=writer, file=(found.st_dev, found.st_ino))


def connect_to_read(path: Path, found: os.stat_result, wait_seconds: float) -> Connections:
    """Open a database that this user may not write; as `connect_to_write`."""
    # Most programs may write the file: they start without this.
    from strongroom.store.sqlite.readers import open_to_read

    reader, way, version = open_to_read(path, wait_seconds)
    if version < SCHEMA_VERSION:
        reader.close()
        raise older_than_this(path)
    return Connections(reader=reader, writer=None, file=(found.st_dev, found.st_ino), way=way)


def raw_connection(path: Path, wait_seconds: float, mode: str = "rw") -> sqlite3.Connection:
    """Open one connection, which waits so long for others."""
    connection = sqlite3.connect(
        file_uri(path, f"mode={mode}"),
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


def set_wait(connection: sqlite3.Connection, wait_seconds: float) -> None:
    """Let a connection wait so long for others from now on."""
    connection.execute(f"PRAGMA busy_timeout={int(wait_seconds * 1000)}")
