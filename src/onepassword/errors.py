"""Exceptions of the SDK surface.

They belong to the one tree of `strongroom.errors`: each is an `Exception` with
`code`, `message` and often `hint`. Two of them keep the SDK's own names.
"""

from __future__ import annotations

from typing import NoReturn

from strongroom.errors import (
    DesktopAppNotFoundError,
    DesktopSessionExpiredException,
    InvalidArgumentError,
    RateLimitExceededException,
)

__all__ = [
    "DesktopAppNotFoundError",
    "DesktopSessionExpiredException",
    "InvalidArgumentError",
    "RateLimitExceededException",
    "raise_typed_exception",
]


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
