"""Ids: 16 raw bytes inside, 26 characters of base32 outside.

Source: specs/formats.md section 1. RFC 4648 base32, lower case, no padding;
the two spare bits of the last character are zero and every other spelling is
refused, so one id has exactly one text.
"""

from __future__ import annotations

import re
from base64 import b32decode, b32encode
from typing import Final

from strongroom.errors import InvalidIdError

ID_BYTES: Final = 16
ID_CHARACTERS: Final = 26

# What a reference part must look like to be tried as an id first.
ID_PATTERN: Final = re.compile(r"[a-z2-7]{26}")

# How the ids of accounts begin that `strongroom.testing` makes, and of no others: 10 bytes, so
# that no random id ever begins so, and 6 bytes remain.
THROW_AWAY_TEXT: Final = "throwawayaccount"
_THROW_AWAY: Final = b32decode(THROW_AWAY_TEXT.upper())

_PADDING: Final = "======"
# Ids are written for every row of a list. Two characters at a time, looked up by their ten bits,
# take a third of the time of `b32encode`.
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_SPARE_BITS: Final = 2
_SHIFTS: Final = tuple(range(120, -1, -10))


def format_id(value: bytes) -> str:
    """Write the 16 bytes of an id as its 26 characters; other bytes, of damaged files, as well."""
    if len(value) != ID_BYTES:
        return b32encode(value).decode("ascii").rstrip("=").lower()
    bits = int.from_bytes(value, "big") << _SPARE_BITS
    return "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])


def parse_id(text: str) -> bytes:
    """Read the canonical spelling of an id.

    Raises:
        InvalidIdError: Wrong length or alphabet (layer `spelling`), or spare
            bits that are not zero (layer `spare-bits`).
    """
    if ID_PATTERN.fullmatch(text) is None:
        message = f"an ID has {ID_CHARACTERS} characters from a-z and 2-7"
        raise InvalidIdError(message, layer="spelling")
    value = b32decode(text.upper() + _PADDING)
    if format_id(value) != text:
        message = "this is a second spelling of another ID: its last character is wrong"
        raise InvalidIdError(message, layer="spare-bits")
    return value


def throw_away_id(random: bytes) -> bytes:
    """Return the id of a throw-away account, made of the 16 bytes of a random id."""
    return _THROW_AWAY + random[len(_THROW_AWAY) :]


def is_throw_away(account: bytes) -> bool:
    """Tell whether an account was made by `strongroom.testing`."""
    return account.startswith(_THROW_AWAY)
