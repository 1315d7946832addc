"""Pre-authentication encoding: the one way in which parts become signed bytes.

Source: specs/formats.md section 1, after PASETO and DSSE. `PAE(p1, …, pn)` is
the count as LE64, then for each part its length as LE64 and its bytes; no two
lists of parts have the same encoding.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from strongroom.errors import IntegrityError

_WORD: Final = 8
_read_word: Final = Struct("<Q").unpack_from

Part = bytes | str | int


def pae(*parts: Part) -> bytes:
    """Encode parts: bytes as they are, text as UTF-8, integers as LE64."""
    out = [len(parts).to_bytes(_WORD, "little")]
    for part in parts:
        if isinstance(part, int):
            raw = part.to_bytes(_WORD, "little")
        elif isinstance(part, str):
            raw = part.encode()
        else:
            raw = part
        out.append(len(raw).to_bytes(_WORD, "little"))
        out.append(raw)
    return b"".join(out)


def parse_pae(body: bytes) -> list[bytes]:
    """Split an encoding into its parts.

    Raises:
        IntegrityError: A count or length that the bytes do not hold, or bytes
            left over.
    """
    end = len(body)
    # Each part has a length word, so a count beyond this is false: refuse it before any work.
    if end < _WORD or (count := _read_word(body, 0)[0]) > (end - _WORD) // _WORD:
        raise _malformed()
    parts: list[bytes] = []
    position = _WORD
    for _ in range(count):
        start = position + _WORD
        if start > end:
            raise _malformed()
        position = start + _read_word(body, position)[0]
        if position > end:
            raise _malformed()
        parts.append(body[start:position])
    if position != end:
        raise _malformed()
    return parts


def _malformed() -> IntegrityError:
    return IntegrityError("signed data is malformed", layer="form")
