"""Exceptions of the SDK surface.

Two keep the SDK's own names. Everything else that fails is an error of
`strongroom.errors`: an `Exception` with `code`, `message` and often `hint`.
"""

from __future__ import annotations

from typing import NoReturn

from strongroom.errors import InputError, LocalFileError

__all__ = [
    "DesktopAppNotFoundError",
    "DesktopSessionExpiredException",
    "InvalidArgumentError",
    "RateLimitExceededException",
    "raise_typed_exception",
]


class DesktopSessionExpiredException(Exception):
    """The approval on the desktop has ended and was not renewed."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class RateLimitExceededException(Exception):
    """The server asks this caller to wait before the next request."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class DesktopAppNotFoundError(LocalFileError, FileNotFoundError):
    """No desktop agent on this computer; programs know it as `FileNotFoundError`."""


class InvalidArgumentError(InputError):
    """An argument of the wrong type.

    Attributes:
        msg: The SDK's text for this situation.
    """

    def __init__(self, message: str, *, msg: str, hint: str | None = None) -> None:
        super().__init__(f"{msg}: {message}", hint=hint)
        self.msg = msg


_CLASSES: dict[object, type[Exception]] = {
    "DesktopSessionExpired": DesktopSessionExpiredException,
    "RateLimitExceeded": RateLimitExceededException,
}


def raise_typed_exception(e: Exception) -> NoReturn:
    """Raise the exception that an error record of the SDK's protocol stands for.

    The record is the JSON text in the attribute `msg`: an object with `name`
    and `message`. An exception without such a record is raised again as it is.
    """
    import json

    try:
        record = json.loads(getattr(e, "msg", ""))
    except (TypeError, ValueError):
        raise e from None
    if not isinstance(record, dict) or not isinstance(record.get("message"), str):
        raise e
    raise _CLASSES.get(record.get("name"), Exception)(record["message"])
