"""Making the tables of a file, and bringing those of an older release up to date.

Either is one transaction under the write lock: whoever comes second, in this
process or another, finds it done; whoever is killed in the middle leaves the
file as it was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from strongroom.crypto.randomness import make_bytes
from strongroom.errors import StoreReadOnlyError
from strongroom.ids import ID_BYTES
from strongroom.store.schema import APPLICATION_ID, FIRST_VERSION, MIGRATIONS, SCHEMA_VERSION
from strongroom.store.sqlite_files import check_identity

# Pages of 16 KiB: sealed details fit without overflow pages (measured in bench/).
_PAGE_BYTES: Final = 16_384
_SECRET_BYTES: Final = 32
_PUT_INSTALLATION: Final = "INSERT INTO installation (id, secret) VALUES (?, ?)"


@contextmanager
def transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    """Commit what is done inside, or undo all of it."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def initialise(connection: sqlite3.Connection, path: Path) -> None:
    """Turn an empty file into a database, or check the one that is there."""
    connection.execute(f"PRAGMA page_size={_PAGE_BYTES}")
    with transaction(connection, "BEGIN IMMEDIATE"):
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables:
            check_identity(connection, path)
            return
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        _migrate(connection, FIRST_VERSION - 1)
        connection.execute(_PUT_INSTALLATION, (make_bytes(ID_BYTES), make_bytes(_SECRET_BYTES)))


def upgrade(connection: sqlite3.Connection, path: Path) -> None:
    """Bring a database of an older release to this one's version.

    Raises:
        StoreReadOnlyError: This user may not write it, so it stays as it is.
        StoreNewerError: Another process made it newer than this release by now.
    """
    try:
        with transaction(connection, "BEGIN IMMEDIATE"):
            # Asked under the lock: another process may have done it while this one waited.
            version = check_identity(connection, path)
            if version < SCHEMA_VERSION:
                _migrate(connection, version)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
            raise
        message = f"the database {path} is of an older release, and this user cannot write it"
        hint = "open it once as its owner, which brings it up to date"
        raise StoreReadOnlyError(message, hint=hint) from None


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    for statements in MIGRATIONS[version - FIRST_VERSION + 1 :]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
