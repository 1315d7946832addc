"""What fails at a place: a database, a local file, an agent, a server."""

from __future__ import annotations

import errno
from typing import Final

from strongroom.errors.base import StrongroomError

# How an operating system says that a disk is full, or a user's share of it.
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_SIGN_IN_HINT: Final = (
    "run `eval $(op signin)` in this shell; a program that `op run` starts needs --keep-token"
)


class StoreError(StrongroomError):
    """The database failed in a way that has no better name."""

    code = "store"
    http_status = 503


class StoreMissingError(StoreError):
    """No database at that address."""

    code = "store_missing"
    http_status = 404


class StoreForeignError(StoreError):
    """A file that is not a Strongroom database, or a damaged one; it was not changed."""

    code = "store_foreign"


class StoreOlderError(StoreError):
    """A database from before version 1 of the formats was final; it was not changed."""

    code = "store_older"


class StoreNewerError(StoreError):
    """A database of a newer release; it was not changed."""

    code = "store_newer"


class StoreReadOnlyError(StoreError):
    """A database that this user may not write."""

    code = "store_read_only"


class StoreFullError(StoreError):
    """No room left. The last change is not seen now, but may be there after a crash, as a whole."""

    code = "store_full"
    http_status = 507


class StoreBusyError(StoreError):
    """Another process held the write lock until the deadline; nothing was written."""

    code = "store_busy"


class UnreachableError(StrongroomError):
    """A server that was not reached, or did not answer as a Strongroom server does."""

    code = "unreachable"
    http_status = 503


class LocalFileError(StrongroomError):
    """A local file (device, session, state, objects) that is missing, unsafe or damaged."""

    code = "local_file"


class SignedOutError(StrongroomError):
    """No credential: neither a session nor a token."""

    code = "signed_out"
    http_status = 401


def signed_out(hint: str = _SIGN_IN_HINT) -> SignedOutError:
    """Return the error that clients know by its text."""
    message = "You are not currently signed in. Please run `op signin --help` for instructions"
    return SignedOutError(message, hint=hint)


class DesktopAppNotFoundError(StrongroomError, FileNotFoundError):
    """No desktop agent on this computer; programs know it as `FileNotFoundError`."""

    code = "desktop_app_not_found"
    http_status = 503


class DesktopSessionExpiredException(StrongroomError):  # noqa: N818  (the SDK's name)
    """The approval on the desktop has ended and was not renewed."""

    code = "desktop_session_expired"
    http_status = 401
    sdk_name = "DesktopSessionExpired"


class RateLimitExceededException(StrongroomError):  # noqa: N818  (the SDK's name)
    """The server asks this caller to wait before the next request."""

    code = "rate_limited"
    http_status = 429
    sdk_name = "RateLimitExceeded"
