"""The address of an account's home.

Source: specs/formats.md section 2. A file address is `file://` and an absolute
percent-encoded path, without host or query.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import quote, unquote

from strongroom.errors import InputError

SCHEME: Final = "file://"

# Another address of a token's home; the token's pin still holds (specs/formats.md section 2).
URL_VARIABLE: Final = "STRONGROOM_URL"
# The folder in which programs with a token remember what they have seen (section 14). It stands
# here and not in `home`, so that a program without one loads nothing to find that out.
STATE_VARIABLE: Final = "STRONGROOM_STATE"

# What one path may have on the systems we run on (PATH_MAX on Linux).
PATH_CHARACTERS_MAX: Final = 4096


def parse_file_address(url: str) -> Path:
    """Return the database file that an address names.

    Raises:
        InputError: Not a file address, or one with a host, query or relative path.
    """
    if url.startswith(("https://", "http://")):
        message = "this release has no server transport yet; only file:/// addresses work"
        raise InputError(message)
    path = unquote(url.removeprefix(SCHEME))
    # One file has one address: no host, no query, and the path encoded in the canonical way.
    if not path.startswith("/") or "\0" in path or _encode(path) != url:
        message = "an account's address must be file:// and an absolute path"
        raise InputError(message, hint="for example file:///home/ana/strongroom.db")
    if len(path) > PATH_CHARACTERS_MAX:
        message = f"a path has at most {PATH_CHARACTERS_MAX} characters"
        raise InputError(message)
    return Path(path)


def format_file_address(path: PurePosixPath) -> str:
    """Return the address of a database file."""
    return SCHEME + quote(str(path))


def _encode(path: str) -> str:
    """Return the canonical address of a path, empty if it has none."""
    try:
        return format_file_address(PurePosixPath(path))
    except UnicodeEncodeError:
        return ""
