r"""References within the values of variables. No input, no output.

- A value that is a reference from its first character to its last is one; names in it may
  have blanks.
- `{{ op://… }}` is a reference anywhere in a value, also with blanks in its names.
- Elsewhere a bare reference begins with `op://`, unless a letter, a digit or one of `-`, `+`,
  `\` and `.` stands before it, and goes on over letters, digits, `-`, `_`, `.` and `/`, behind
  its first `?` also over `?`, `=` and `&`, as in templates.
- `{{ "text" }}` is the text, untouched but for `\"`, which is a quotation mark.

What is filled in is not searched again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from strongroom.references import SCHEME

_WHOLE: Final = re.compile(r"op://[A-Za-z0-9_. /-]*(?:\?[A-Za-z0-9_./?=&-]*)?")
_FIND: Final = re.compile(
    r"\{\{[ \t]*(?P<enclosed>op://[^{}\n]*?)[ \t]*\}\}"
    r'|\{\{[ \t]*"(?P<literal>(?:\\"|[^"])*)"[ \t]*\}\}'
    r"|(?<![A-Za-z0-9+\\.-])(?P<bare>op://[A-Za-z0-9_./-]*(?:\?[A-Za-z0-9_./?=&-]*)?)"
)


class Named(NamedTuple):
    """A reference as it is written; nobody has looked yet whether it is well-formed."""

    reference: str


Pieces = tuple[str | Named, ...]


def split_value(value: str) -> Pieces:
    """Return the texts and references of a value, in their order."""
    if _WHOLE.fullmatch(value):
        return (Named(value),)
    if SCHEME not in value and "{{" not in value:
        return (value,)
    pieces: list[str | Named] = []
    position = 0
    for found in _FIND.finditer(value):
        pieces.append(value[position : found.start()])
        literal, reference = found["literal"], found["enclosed"] or found["bare"]
        pieces.append(literal.replace('\\"', '"') if literal is not None else Named(reference))
        position = found.end()
    pieces.append(value[position:])
    return tuple(piece for piece in pieces if piece != "")


def references_of(pieces: Pieces) -> list[str]:
    """Return the references among pieces."""
    return [piece.reference for piece in pieces if isinstance(piece, Named)]


def fill(pieces: Pieces, values: Mapping[str, str]) -> str:
    """Return the text with every reference replaced by its value.

    Args:
        values: By reference; there is one for each.
    """
    return "".join(piece if isinstance(piece, str) else values[piece.reference] for piece in pieces)
