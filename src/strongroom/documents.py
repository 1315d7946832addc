"""Documents: the JSON that is sealed.

Source: specs/formats.md section 9. UTF-8, an object at the top, at most 1 MiB
(overview) or 8 MiB (details), depth at most 32.
"""

from __future__ import annotations

from typing import Any

import msgspec

from strongroom.errors import IntegrityError, InvalidItemError, TooLargeError
from strongroom.limits import DOCUMENT_DEPTH_MAX

# JSON that some author sealed, with keys that nobody here may know.
Document = dict[str, Any]

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(dict[str, Any])


def encode_document(document: dict[str, Any], *, bytes_max: int, what: str) -> bytes:
    """Write a document.

    Raises:
        TooLargeError: Over `bytes_max` bytes, or nested deeper than 32.
        InvalidItemError: A text that has no UTF-8.
    """
    if _depth(document, DOCUMENT_DEPTH_MAX) < 0:
        message = f"the {what} is nested deeper than {DOCUMENT_DEPTH_MAX} levels"
        raise TooLargeError(message, tag="itemStatusTooBig")
    try:
        raw = _encoder.encode(document)
    except UnicodeEncodeError:
        # Without its cause: the driver's message would quote the text.
        message = f"the {what} contains half of a character (a lone surrogate)"
        raise InvalidItemError(message, tag="itemValidationError") from None
    if len(raw) > bytes_max:
        message = f"the {what} has {len(raw)} bytes, but at most {bytes_max} are allowed"
        raise TooLargeError(message, tag="itemStatusTooBig")
    return raw


def parse_document(raw: bytes, *, what: str) -> dict[str, Any]:
    """Read a document that was opened.

    Raises:
        IntegrityError: Its author sealed something that is not one.
    """
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        message = f"{what} does not hold a document"
        raise IntegrityError(message, layer="document") from None


def text_of(document: dict[str, Any], key: str) -> str:
    """Return a text of a document, empty if its author wrote something else there."""
    value = document.get(key)
    return value if isinstance(value, str) else ""


def breaks_lines(text: str) -> bool:
    """Return whether a text cannot stand on one line: it holds a NUL or what ends a line.

    Such a title would show as two rows of a list, or as less than it is.
    """
    return "\0" in text or len(f"{text}.".splitlines()) > 1


def _depth(value: object, left: int) -> int:
    """Return the levels that are left below `value`, negative if there are too many."""
    if left < 0:
        return left
    if isinstance(value, dict):
        return min((_depth(child, left - 1) for child in value.values()), default=left - 1)
    if isinstance(value, list):
        return min((_depth(child, left - 1) for child in value), default=left - 1)
    return left
