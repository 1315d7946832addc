"""What the core says instead of an answer: JSON with `name` and `message`."""

from __future__ import annotations

import json
from bisect import bisect_right
from itertools import accumulate
from typing import Final

from strongroom.errors import StrongroomError

# A wrapper reads the failures of a desktop library byte by byte, one call for each: ASCII alone
# comes through whole, and a long one overflows its stack.
FAILURE_BYTES_MAX: Final = 8 * 1024
_CUT: Final = " [cut]"


class CoreError(Exception):
    """A call of the core that failed.

    Attributes:
        msg: The failure as the wrappers read it: ASCII JSON of at most 8 KiB, an
            object with the texts `name` and `message`.
    """

    def __init__(self, name: str, *, message: str) -> None:
        self.msg = write_failure(name, message=message)
        super().__init__(self.msg)


def describe(error: Exception) -> CoreError:
    """Return the failure of a call for whatever ended it.

    An error that is not of our tree is a fault of our own; its text may hold anything, so its
    kind alone is told.
    """
    if isinstance(error, StrongroomError):
        return CoreError(error.sdk_name, message=error.message)
    message = f"an internal error of Strongroom occurred: {type(error).__name__}"
    return CoreError(StrongroomError.sdk_name, message=message)


def write_failure(name: str, *, message: str) -> str:
    """Write a failure; a message for which there is no room is cut at its end."""
    text = json.dumps({"name": name, "message": message})
    if len(text) <= FAILURE_BYTES_MAX:
        return text
    room = FAILURE_BYTES_MAX - len(json.dumps({"name": name, "message": _CUT}))
    ends = list(accumulate(len(json.dumps(character)) - 2 for character in message[:room]))
    return json.dumps({"name": name, "message": message[: bisect_right(ends, room)] + _CUT})
