"""The tables of a file: made, brought up to date, and never anybody else's.

Making and upgrading are one transaction under the write lock: whoever comes
second, in this process or another, finds it done; whoever is killed in the
middle leaves the file as it was.

A trigger or a view that somebody put into a file would work inside our own
statements, and another index or default would change what they mean. So the
text of `sqlite_schema` is compared with the one that this release makes.
Source: https://www.sqlite.org/security.html section 1.2.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.randomness import make_bytes
from strongroom.errors import StoreForeignError, StoreReadOnlyError
from strongroom.ids import ID_BYTES
from strongroom.store.schema import (
    APPLICATION_ID,
    FIRST_VERSION,
    MIGRATIONS,
    SCHEMA_DIGESTS,
    SCHEMA_VERSION,
)
from strongroom.store.sqlite.files import check_identity, file_uri

# Pages of 16 KiB: sealed details fit without overflow pages (measured in bench/).
_PAGE_BYTES: Final = 16_384
_SECRET_BYTES: Final = 32
# Bytes, because whoever changed a name may have written anything into it.
_SCHEMA: Final = """SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB),
    CAST(sql AS BLOB) FROM sqlite_schema ORDER BY 1, 2"""
# Room for every name of ours; a longer one is somebody's message.
_NAME_CHARACTERS_MAX: Final = 40
_PUT_INSTALLATION: Final = "INSERT INTO installation (id, secret) VALUES (?, ?)"


@contextmanager
def transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    """Commit what is done inside, or undo all of it."""
    try:
        # Inside, too: who is interrupted just after it must not leave it open.
        connection.execute(begin)
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
            check_ours(connection, path)
            return
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        _migrate(connection, FIRST_VERSION - 1)
        connection.execute(_PUT_INSTALLATION, (make_bytes(ID_BYTES), make_bytes(_SECRET_BYTES)))


def upgrade(connection: sqlite3.Connection, path: Path) -> None:
    """Bring a database of an older release to this one's version.

    Raises:
        StoreReadOnlyError: This user may not write it, so it stays as it is.
        StoreNewerError: Another process made it newer than this release by now.
        StoreForeignError: Its tables are not those of its version.
    """
    try:
        with transaction(connection, "BEGIN IMMEDIATE"):
            # Asked under the lock: another process may have done it while this one waited.
            version = check_ours(connection, path)
            if version < SCHEMA_VERSION:
                _migrate(connection, version)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
            raise
        raise older_than_this(path) from None


def older_than_this(path: Path) -> StoreReadOnlyError:
    """Return the error for who cannot write a database that has to be brought up to date."""
    message = f"the database {path} was written by an older release, and this user cannot update it"
    hint = "open it once as the user who owns the file; that updates it"
    return StoreReadOnlyError(message, hint=hint)


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    for statements in MIGRATIONS[version - FIRST_VERSION + 1 :]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


# -- whose tables they are ---------------------------------------------------------------


def check_untouched(path: Path) -> None:
    """Refuse a file by what it says itself, and leave no trace beside it.

    An immutable connection takes no lock and makes no side file. It also
    ignores what waits in a WAL, so `check_ours` asks once more.

    Raises:
        StoreForeignError: Not a Strongroom database, or changed by somebody.
        StoreOlderError: It was made before version 1 of the formats was final.
        StoreNewerError: A newer release wrote it.
    """
    uri = file_uri(path, "mode=ro&immutable=1")
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        # The first page may name a size that the file reaches only when somebody else's
        # checkpoint ends; with this flag SQLite does not compare the two.
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("PRAGMA trusted_schema=OFF")
        version = check_identity(connection, path)
        try:
            _check_schema(connection, path, version)
        except StoreForeignError:
            # Beside a WAL the file alone may be half of an upgrade.
            if not Path(f"{path}-wal").exists():
                raise


def check_ours(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of a database whose tables, indexes and nothing else are ours.

    Raises:
        StoreForeignError: Another application's, or something in its schema
            was added, changed or taken away; the message names it.
        StoreOlderError: Made before version 1 of the formats was final.
        StoreNewerError: A newer release's.
    """
    version = check_identity(connection, path)
    _check_schema(connection, path, version)
    return version


def _check_schema(connection: sqlite3.Connection, path: Path, version: int) -> None:
    rows = read_schema(connection)
    if digest_schema(rows) != SCHEMA_DIGESTS[version - FIRST_VERSION]:
        message = f"the database {path} is not as Strongroom made it: {_difference(rows, version)}"
        hint = "find out who changed it, and restore a backup to another place"
        raise StoreForeignError(message, hint=hint)


def digest_schema(rows: list[tuple[bytes | None, ...]]) -> str:
    """Return the hash of what `sqlite_schema` says, in the order of its statement."""
    return sha256(repr(rows).encode()).hex()


def read_schema(connection: sqlite3.Connection) -> list[tuple[bytes | None, ...]]:
    """Return what `sqlite_schema` says: type, name, table and text of everything in it."""
    return connection.execute(_SCHEMA).fetchall()


def _difference(found: list[tuple[bytes | None, ...]], version: int) -> str:
    """Name the first thing that is not ours."""
    with closing(sqlite3.connect(":memory:")) as model:
        for statements in MIGRATIONS[: version - FIRST_VERSION + 1]:
            for statement in statements:
                model.execute(statement)
        ours = {row[:2]: row for row in read_schema(model)}
    for row in found:
        known = ours.pop(row[:2], None)
        if known != row:
            return f"{_named(row)} {'was added' if known is None else 'was changed'}"
    missing = next(iter(ours.values()), None)
    return f"{_named(missing)} is missing" if missing else "an entry of its schema occurs twice"


def _named(row: tuple[bytes | None, ...]) -> str:
    kind, name = (ascii((part or b"").decode(errors="replace"))[1:-1] for part in row[:2])
    return f'{kind[:_NAME_CHARACTERS_MAX]} "{name[:_NAME_CHARACTERS_MAX]}"'
