r"""References within the values of variables. No input, no output.

- A value that is a reference from its first character to its last is one; names in it may
  have blanks.
- `{{ op://… }}` is a reference anywhere in a value, also with blanks in its names.
- Elsewhere a reference is bare (`grammar`).
- `{{ "text" }}` is the text, untouched but for `\"`, which is a quotation mark.

What is filled in is not searched again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from strongroom.delivery.grammar import BARE_BEGINS, PATH_CHARACTERS, QUERY_CHARACTERS
from strongroom.references import SCHEME

_QUERY: Final = rf"(?:\?[{QUERY_CHARACTERS}]*)?"
_WHOLE: Final = re.compile(rf"op://[ {PATH_CHARACTERS}]*{_QUERY}")
_FIND: Final = re.compile(
    r"\{\{[ \t]*(?P<enclosed>op://[^{}\n]*?)[ \t]*\}\}"
    r'|\{\{[ \t]*"(?P<literal>(?:\\"|[^"])*)"[ \t]*\}\}'
    rf"|{BARE_BEGINS}(?P<bare>op://[{PATH_CHARACTERS}]*{_QUERY})"
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
