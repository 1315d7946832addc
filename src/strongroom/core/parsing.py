"""Reading what a wrapper sent, with the texts of the SDK's own core for what cannot be read.

Those texts end in a line and a column of the message, in bytes. None of them
quotes the message, which holds tokens and secrets.
"""

from __future__ import annotations

import re
from typing import Final, TypeVar

import msgspec

from strongroom.errors import InputError, TooLargeError
from strongroom.sdk.texts import MESSAGE_LIMIT, OVERSIZED_TEXT

T = TypeVar("T")

_BYTE: Final = re.compile(r"\(byte ([0-9]+)\)")
_MISSING: Final = re.compile(r"required field `(\w+)`")
_PATH: Final = re.compile(r" - at `\$\.?([^`]*)`")


def read_message(text: str, decoder: msgspec.json.Decoder[T], *, bytes_max: int | None = None) -> T:
    """Read a message.

    Args:
        bytes_max: How long it may be, if not 50 MiB of UTF-8 as all that a wrapper sends.

    Raises:
        TooLargeError: It is longer.
        InputError: No JSON.
        msgspec.ValidationError: JSON of another form; `explain` says which.
    """
    try:
        raw = text.encode()
    except UnicodeEncodeError as error:
        raise _no_json("expected value", text[: error.start].encode() + b"?") from None
    if len(raw) > (MESSAGE_LIMIT if bytes_max is None else bytes_max):
        raise TooLargeError(OVERSIZED_TEXT)
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as error:
        reason = str(error)
    except (UnicodeDecodeError, RecursionError):
        reason = ""
    if not raw.strip() or "truncated" in reason:
        raise _no_json("EOF while parsing a value", raw)
    found = _BYTE.search(reason)
    upto = raw if found is None else raw[: int(found[1]) + 1]
    raise _no_json("trailing characters" if "trailing" in reason else "expected value", upto)


def explain(error: msgspec.ValidationError) -> str:
    """Return what is wrong with the form of a message, by key and never by value."""
    text = str(error)
    found = _PATH.search(text)
    place = found[1] if found is not None else ""
    missing = _MISSING.search(text)
    if missing is not None:
        return f"{f'{place}.' if place else ''}{missing[1]} is missing"
    return f"{place or 'the whole'} has the wrong type or value"


def place_of_end(text: str) -> str:
    """Return where a message ends, as the SDK's texts have it."""
    return _line_and_column(text.encode())


def _line_and_column(raw: bytes) -> str:
    line_end = b"\n"
    return f"at line {raw.count(line_end) + 1} column {len(raw) - raw.rfind(line_end) - 1}"


def _no_json(problem: str, upto: bytes) -> InputError:
    return InputError(f"{problem} {_line_and_column(upto)}")
