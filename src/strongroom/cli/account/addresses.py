"""What can be said of an account's address before anybody types a password."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote

from strongroom.addresses import SCHEME, format_file_address, parse_file_address
from strongroom.cli.program.files import absolute
from strongroom.errors import InputError, LocalFileError, StoreForeignError, StoreReadOnlyError
from strongroom.home.files import check_folder

# Where SQLite keeps its name and the application's; https://www.sqlite.org/fileformat.html 1.3
_SQLITE: Final = b"SQLite format 3\0"
_APPLICATION: Final = slice(68, 72)
_OURS: Final = b"SRDB"
_HEADER_BYTES: Final = 100


def parse_address(url: str) -> Path:
    """Return the file of an address; one that is only spelled wrongly is told how.

    Raises:
        InputError: It is no address of a file.
    """
    try:
        return parse_file_address(url)
    except InputError as error:
        meant = _meant(url)
        if meant is None:
            raise
        raise InputError(error.message, hint=f"write it as {meant}") from None


def address_of(database: str) -> str:
    """Return the address of a database that is named by its path or by its address.

    Raises:
        InputError: It is no address of a file.
    """
    named = "://" in database
    url = database if named else format_file_address(PurePosixPath(absolute(database)))
    parse_address(url)
    return url


def check_database(path: Path) -> None:
    """Refuse a place where no database can be made or used.

    Raises:
        LocalFileError: Its folder is missing or cannot be written, or it is no file.
        StoreForeignError: There is a file, and it is not ours.
        StoreReadOnlyError: This user may not write it.
    """
    check_folder(path.parent)
    if not path.exists():
        return
    if not path.is_file():
        message = f"{path} is not a regular file"
        raise LocalFileError(message, hint="choose another address")
    if not os.access(path, os.R_OK | os.W_OK):
        message = f"the database {path} cannot be opened by this user"
        raise StoreReadOnlyError(message, hint="check its mode, or choose another address")
    with path.open("rb") as file:
        start = file.read(_HEADER_BYTES)
    ours = start.startswith(_SQLITE) and start[_APPLICATION] == _OURS
    if start and not ours:
        message = f"{path} exists already and is not a Strongroom database"
        raise StoreForeignError(message, hint="choose another address; the file was not changed")


def _meant(url: str) -> str | None:
    """Return the address that somebody meant: a bare path, or one that is not percent-encoded."""
    path = unquote(url.removeprefix(SCHEME))
    if "://" in path or not (url.startswith(SCHEME) or "/" in path):
        return None
    if not url.startswith(SCHEME):
        path = str(absolute(url))
    try:
        meant = format_file_address(PurePosixPath(path))
        parse_file_address(meant)
    except (InputError, UnicodeEncodeError):
        return None
    return meant
