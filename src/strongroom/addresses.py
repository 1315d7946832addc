"""The address of an account's home.

Source: specs/formats.md section 2. A file address is `file://` and an absolute
percent-encoded path, without host or query.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlsplit

from strongroom.errors import InputError

SCHEME: Final = "file://"

# Another address of a token's home; the token's pin still holds (specs/formats.md section 2).
URL_VARIABLE: Final = "STRONGROOM_URL"
# The folder in which programs with a token remember what they have seen (section 14). It stands
# here and not in `home`, so that a program without one loads nothing to find that out.
STATE_VARIABLE: Final = "STRONGROOM_STATE"

# What one path may have on the systems we run on (PATH_MAX on Linux).
PATH_CHARACTERS_MAX: Final = 4096

_PORTS: Final = {"https": 443, "http": 80}
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
# A host name (RFC 1123, up to 253 characters), an IPv4 or an IPv6 address, in lower case.
_HOST: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*|(?=.*:)[0-9a-f:.]{2,45}"
)


class ServerAddress(NamedTuple):
    """Where a server is reached, as it is dialled and signed."""

    is_tls: bool
    host: str
    port: int


def parse_file_address(url: str) -> Path:
    """Return the database file that an address names.

    Raises:
        InputError: Not a file address, or one with a host, query or relative path.
    """
    if is_server_address(url):
        message = "this needs the database file itself: an address that begins with file://"
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


def is_server_address(url: str) -> bool:
    """Return whether an address is a server's."""
    return url.startswith(("https://", "http://"))


def parse_server_address(url: str) -> ServerAddress:
    """Return the server that an address names: `https://`, a host and perhaps a port, no more.

    `http://` is for this computer alone.

    Raises:
        InputError: Not such an address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    host = parts.hostname or ""
    rest = (parts.path, parts.query, parts.fragment, parts.username, parts.password)
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host) or rest[0] not in ("", "/"):
        host = ""
    if not host or any(rest[1:]):
        message = "the address of a server must be https:// and a host, with a port if need be"
        raise InputError(message, hint="for example https://secrets.example.org")
    if parts.scheme == "http" and host not in _LOOPBACK:
        message = "an address of another computer must begin with https://"
        raise InputError(message, hint="http:// is for 127.0.0.1, ::1 and localhost only")
    return ServerAddress(parts.scheme == "https", host, port or _PORTS[parts.scheme])


def format_file_address(path: PurePosixPath) -> str:
    """Return the address of a database file."""
    return SCHEME + quote(str(path))


def _encode(path: str) -> str:
    """Return the canonical address of a path, empty if it has none."""
    try:
        return format_file_address(PurePosixPath(path))
    except UnicodeEncodeError:
        return ""
