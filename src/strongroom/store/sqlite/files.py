"""What stands at a path before a connection uses it: refused, made, or taken back.

A file is looked at through SQLite and never through a descriptor of our own:
closing that one would drop the locks of every connection that this process has
on the file. Source: https://www.sqlite.org/howtocorrupt.html section 2.2.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path
from typing import Final

from strongroom.errors import (
    StoreForeignError,
    StoreMissingError,
    StoreNewerError,
    StoreOlderError,
)
from strongroom.store.schema import APPLICATION_ID, FIRST_VERSION, SCHEMA_VERSION

_OWNER_ONLY: Final = 0o600


def file_at(path: Path) -> os.stat_result:
    """Return what the system knows of the file.

    Raises:
        StoreMissingError: There is none.
        StoreForeignError: It is a folder, a pipe or a device.
    """
    try:
        found = os.stat(path)  # noqa: PTH116  (on the path of every read; pathlib's costs twice)
    except FileNotFoundError:
        message = f"there is no database at {path}"
        hint = "check the address of the account or token"
        raise StoreMissingError(message, hint=hint) from None
    if not stat.S_ISREG(found.st_mode):
        message = f"{path} is not a file"
        raise StoreForeignError(message)
    return found


def file_uri(path: Path, options: str) -> str:
    """Return SQLite's name of a file, whatever characters the path has."""
    return f"{path.absolute().as_uri()}?{options}"


def check_identity(connection: sqlite3.Connection, path: Path) -> int:
    """Return the version of a database; refuse one that this release does not read.

    Raises:
        StoreForeignError: Another application's.
        StoreOlderError: Made before version 1 of the formats was final.
        StoreNewerError: A newer release's.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    # Versions begin with 1, and come in the same transaction as the application's name.
    if application != APPLICATION_ID or version < 1:
        message = f"{path} is not a Strongroom database"
        raise StoreForeignError(message, hint="check the address; the file was not changed")
    if version < FIRST_VERSION:
        message = f"{path} was made by a release from before version 1 of the format was final"
        hint = "create the account again: no release reads this file; it was not changed"
        raise StoreOlderError(message, hint=hint)
    if version > SCHEMA_VERSION:
        message = f"{path} was written by a newer release of Strongroom"
        raise StoreNewerError(message, hint="update strongroom; the file was not changed")
    found: int = version
    return found


def make_file(path: Path) -> bool:
    """Make an empty file that only its owner may read; return whether there was none."""
    if path.exists():
        if not file_at(path).st_size:
            path.chmod(_OWNER_ONLY)
        return False
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ONLY))
    return True


def is_unfinished(path: Path) -> bool:
    """Tell whether a file is empty, or what a crash left of one in the making.

    Once made, a database uses a WAL and has no journal.
    """
    return not file_at(path).st_size or Path(f"{path}-journal").exists()


def take_back(path: Path, connection: sqlite3.Connection) -> None:
    """Remove the empty file that this process made, unless another one has filled it by now."""
    connection.execute("PRAGMA journal_mode=MEMORY")  # the disk may be full
    connection.execute("BEGIN EXCLUSIVE")
    if file_at(path).st_size:
        return
    for end in ("", "-journal", "-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
