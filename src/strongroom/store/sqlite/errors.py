"""From SQLite's result codes to our errors.

Source: https://www.sqlite.org/rescode.html. Driver errors are raised anew
without their cause: parameters of a statement must not reach a traceback.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from strongroom.errors import (
    StoreBusyError,
    StoreError,
    StoreForeignError,
    StoreFullError,
    StoreMissingError,
    StoreReadOnlyError,
)
from strongroom.errors.places import NO_ROOM
from strongroom.store.sqlite.sides import why_not_written

_PRIMARY_CODE: Final = 0xFF  # extended codes keep the primary one in their low byte

# A commit that fails at its very end, for want of room too, may come back when the WAL is recovered
# after a crash, so nothing is promised of it.
_UNKNOWN: Final = "before you repeat the last change, look whether it was stored"

_ERRORS: Final[dict[int, tuple[type[StoreError], str, str]]] = {
    sqlite3.SQLITE_BUSY: (
        StoreBusyError,
        "is in use by another process",
        "try again; nothing was written",
    ),
    sqlite3.SQLITE_LOCKED: (
        StoreBusyError,
        "is in use by another connection",
        "try again; nothing was written",
    ),
    sqlite3.SQLITE_FULL: (StoreFullError, "has no room left", f"free space; {_UNKNOWN}"),
    sqlite3.SQLITE_READONLY: (
        StoreReadOnlyError,
        "cannot be written by this user",
        "check the modes of the file and its folder",
    ),
    sqlite3.SQLITE_PERM: (StoreReadOnlyError, "cannot be opened by this user", "check its mode"),
    sqlite3.SQLITE_CANTOPEN: (
        StoreReadOnlyError,
        "cannot be opened by this user",
        "check the modes of the file and its folder",
    ),
    sqlite3.SQLITE_NOTADB: (StoreForeignError, "is not a database", "it was not changed"),
    sqlite3.SQLITE_CORRUPT: (StoreForeignError, "is damaged", "restore a backup"),
    sqlite3.SQLITE_IOERR: (
        StoreError,
        "could not be read or written: the disk failed",
        f"check the disk; {_UNKNOWN}",
    ),
}

# What SQLite says when a right is missing: to the file, to what is beside it, or to the folder.
_REFUSED: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN})


def is_refused(error: sqlite3.Error) -> bool:
    """Tell whether SQLite was not let at a file."""
    return getattr(error, "sqlite_errorcode", -1) & _PRIMARY_CODE in _REFUSED


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn driver and system errors into typed ones that name the file."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", -1) & _PRIMARY_CODE
        kind, text, hint = _ERRORS.get(code, (StoreError, "could not be used", ""))
        if code in _REFUSED:
            text, hint = why_not_written(path) or (text, hint)
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        message = f"the database {path} {text} ({name})"
        raise kind(message, hint=hint or None) from None
    except UnicodeDecodeError:
        # The driver could not even read SQLite's own message, which quotes a damaged schema.
        message = f"the database {path} is damaged"
        raise StoreForeignError(message, hint="restore a backup") from None
    except FileNotFoundError:
        message = f"there is no folder for the database {path}"
        raise StoreMissingError(message) from None
    except PermissionError:
        message = f"the database {path} cannot be opened by this user"
        raise StoreReadOnlyError(
            message, hint="check the modes of the file and its folder"
        ) from None
    except OSError as error:
        if error.errno in NO_ROOM:
            _, text, hint = _ERRORS[sqlite3.SQLITE_FULL]
            message = f"the database {path} {text} ({error.strerror})"
            raise StoreFullError(message, hint=hint) from None
        message = f"the database {path} could not be used ({error.strerror})"
        raise StoreError(message) from None
