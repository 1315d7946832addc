r"""Variables as the text of a `.env` file.

Programs disagree about such files, so this reads only what they agree on and
refuses the rest by its line, instead of guessing at a secret:

- `NAME=value`, perhaps with `export ` before it. Blanks around the name and at
  the ends of an unquoted value do not count. Empty lines, and lines whose first
  character is `#`, say nothing.
- `'…'` holds the text as it is; `"…"` knows `\n`, `\r`, `\t`, `\"`, `\\` and `\$`.
  Both may span lines. Behind the closing quote only a comment may follow.
- An unquoted value may hold neither quotes at its start nor ` #`, with which a
  comment begins for some programs and for others not.

Nothing is expanded: `$NAME` is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom.errors import InputError

if TYPE_CHECKING:
    from strongroom.environments.models import VariableDict

_SILENT: Final = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_HEAD: Final = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<name>[^=\s]+)[ \t]*=[ \t]*")
_SINGLE: Final = re.compile(r"'(?P<text>[^']*)'")
_DOUBLE: Final = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"', re.DOTALL)
_MAYBE_COMMENT: Final = re.compile(r"(?:\A|[ \t])#")
_END: Final = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}
_HINT: Final = "write NAME='value' with single quotes around a value that is not plain"


class Line(NamedTuple):
    """A variable of the text."""

    name: str
    value: str

    def __repr__(self) -> str:
        return "Line([secret])"


def parse_dotenv(text: str, *, what: str) -> list[Line]:
    """Read the variables of a `.env` text, in order; a name may come again.

    Args:
        what: What the text is, for errors.

    Raises:
        InputError: A line of another form; told by its number, never repeated.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    position, found = 0, list[Line]()
    while position < len(text):
        silent = _SILENT.match(text, position)
        if silent is not None:
            position = silent.end()
            continue
        head = _HEAD.match(text, position)
        if head is None:
            raise _wrong_line(text, position, what=what, reason="is not of the form NAME=value")
        value, position = _read_value(text, head.end(), what=what)
        found.append(Line(head["name"], value))
    return found


def format_lines(variables: Iterable[VariableDict]) -> str:
    """Return `NAME=value` lines with the values exactly as they are."""
    return "".join(f"{row['name']}={row['value']}\n" for row in variables)


def _read_value(text: str, start: int, *, what: str) -> tuple[str, int]:
    quote = text[start : start + 1]
    if quote not in {"'", '"'}:
        return _read_bare(text, start, what=what)
    found = (_SINGLE if quote == "'" else _DOUBLE).match(text, start)
    end = None if found is None else _END.match(text, found.end())
    if found is None or end is None:
        raise _wrong_line(
            text, start, what=what, reason="has a quote that does not close the value"
        )
    value = found["text"]
    if quote == "'":
        return value, end.end()
    if any(one[1] not in _ESCAPED for one in _ESCAPE.finditer(value)):
        raise _wrong_line(
            text, start, what=what, reason="has an escape sequence that not all programs read alike"
        )
    return _ESCAPE.sub(lambda one: _ESCAPED[one[1]], value), end.end()


def _read_bare(text: str, start: int, *, what: str) -> tuple[str, int]:
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    value = text[start:end].strip(" \t")
    if _MAYBE_COMMENT.search(value):
        raise _wrong_line(text, start, what=what, reason="contains a # that may begin a comment")
    return value, end + 1


def _wrong_line(text: str, position: int, *, what: str, reason: str) -> InputError:
    number = text.count("\n", 0, position) + 1
    return InputError(f"line {number} of {what} {reason}", hint=_HINT)
