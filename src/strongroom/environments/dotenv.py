r"""Variables as the text of a `.env` file.

Programs disagree about such files, so this reads only what they agree on and
refuses the rest by its line, instead of guessing at a secret. Whoever knows for which
program a file was written names its dialect; then that program's rules hold
(`dialects` has them, and what was measured). Without one:

- `NAME=value`, perhaps with `export ` before it, without blanks beside the `=`. Names
  are of ASCII letters, digits, `_`, `.` and `-`, and do not begin with a digit. Empty
  lines, and lines whose first character is `#`, say nothing. A later line of the same
  name wins.
- `'…'` holds the text as it is; `"…"` knows `\n` alone. Both may span lines. Behind the
  closing quote only a comment may follow.
- What stands in no quotes is taken as it is, and has no `#`, no `$`, no blanks at its
  ends and no backtick at its start.

Nothing is expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from strongroom.environments.dialects import RULES, Dialect, NotReadError, Rules
from strongroom.errors import InputError

if TYPE_CHECKING:
    from strongroom.environments.models import VariableDict

# Docker reads a line into a buffer of 64 KiB, in which its end has to have a place too.
DOCKER_LINE_BYTES_MAX: Final = 64 * 1024 - 1

_MARK: Final = "\ufeff"
_SILENT: Final = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_HEAD: Final = re.compile(r"[ \t]*(?P<export>export[ \t]+)?(?P<name>[^=\s]+)[ \t]*=")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_DOCKER_NAME: Final = re.compile(r"[^=\s]+")
_END: Final = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")

_FORM: Final = "is not of the form NAME=value"
_QUOTED_HINT: Final = "write NAME='value' with single quotes around a value that is not plain"
_HINTS: Final = {
    Dialect.COMMON: f"{_QUOTED_HINT}, or name the program that the file is for with --dialect",
    Dialect.PYTHON: _QUOTED_HINT,
    Dialect.NODE: _QUOTED_HINT,
    Dialect.DOCKER: "write NAME=value on one line; Docker takes quotes as part of the value",
}


class Line(NamedTuple):
    """A variable of the text."""

    name: str
    value: str

    def __repr__(self) -> str:
        return "Line([secret])"


def parse_dotenv(text: str, *, what: str, dialect: Dialect = Dialect.COMMON) -> list[Line]:
    """Read the variables of a `.env` text, in order; a name may come again.

    Args:
        what: What the text is, for errors.
        dialect: As which program reads it.

    Raises:
        InputError: A line that is read differently elsewhere, or as it can hardly be
            meant; told by its number and the reason, never repeated.
    """
    reader = _Reader(text, what=what, dialect=dialect)
    rules = RULES.get(dialect)
    return reader.read_docker() if rules is None else reader.read(rules)


def format_lines(variables: Iterable[VariableDict]) -> str:
    """Return `NAME=value` lines with the values exactly as they are."""
    return "".join(f"{row['name']}={row['value']}\n" for row in variables)


class _Reader:
    """One text on its way; refusals name the line on which a variable begins."""

    def __init__(self, text: str, *, what: str, dialect: Dialect) -> None:
        self._text = text
        self._what = what
        self._dialect = dialect

    def read(self, rules: Rules) -> list[Line]:
        """Read a text with quotes."""
        if self._text.startswith(_MARK) and not rules.skips_mark:
            reason = "begins with a byte order mark, which some programs take as part of the name"
            raise self._refused(0, reason)
        self._text = self._text.removeprefix(_MARK).replace("\r\n", "\n")
        if "\r" in self._text:
            reason = "contains a carriage return that is not part of a line end"
            raise self._refused(self._text.index("\r"), reason)
        position, found = 0, list[Line]()
        while position < len(self._text):
            silent = rules.silent.match(self._text, position)
            if silent is not None:
                position = silent.end()
                continue
            try:
                head = self._read_head(position, rules)
                value, position = self._read_value(head, rules)
            except NotReadError as error:
                raise self._refused(position, str(error)) from None
            found.append(Line(head["name"], value))
        return found

    def read_docker(self) -> list[Line]:
        """Read a text as Docker does: each line as it is, without quotes."""
        position, found = 0, list[Line]()
        for line in self._text.split("\n"):
            shown = line if position else line.removeprefix(_MARK)
            try:
                _check_docker_length(line)
                content = shown.removesuffix("\r").lstrip(" \t")
                if content and not content.startswith("#"):
                    found.append(_read_docker_line(content))
            except NotReadError as error:
                raise self._refused(position, str(error)) from None
            position += len(line) + 1
        return found

    def _read_head(self, position: int, rules: Rules) -> re.Match[str]:
        if self._text.startswith("#", position):
            message = "is a comment without a line end, which some programs take for a variable"
            raise NotReadError(message)
        if _SILENT.match(self._text, position):
            message = "begins with blanks that some programs take as part of the next name"
            raise NotReadError(message)
        head = _HEAD.match(self._text, position)
        if head is None:
            raise NotReadError(_FORM)
        known = rules.head.match(self._text, position)
        if known is None or known.end() != head.end():
            message = "has blanks around its name that not all programs read alike"
            raise NotReadError(message)
        if not _NAME.fullmatch(head["name"]):
            message = "has a name that not all programs read alike"
            raise NotReadError(message)
        return head

    def _read_value(self, head: re.Match[str], rules: Rules) -> tuple[str, int]:
        text = self._text
        blanks = rules.blanks.match(text, head.end())
        start = head.end() if blanks is None else blanks.end()
        quote = rules.quotes.get(text[start : start + 1])
        if quote is None:
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            value = rules.read_bare(text[head.end() : end])
            if head["export"] and not value and not rules.exports_nothing:
                message = "exports an empty value, which Node.js reads under another name"
                raise NotReadError(message)
            return value, end + 1
        found = quote.body.match(text, start)
        end_of_line = None if found is None else _END.match(text, found.end())
        if found is None or end_of_line is None:
            message = "has a quote that does not close the value"
            raise NotReadError(message)
        return quote.read(found["text"]), end_of_line.end()

    def _refused(self, position: int, reason: str) -> InputError:
        number = self._text.count("\n", 0, position) + 1
        message = f"line {number} of {self._what} {reason}"
        return InputError(message, hint=_HINTS[self._dialect])


def _check_docker_length(line: str) -> None:
    if len(line.encode()) > DOCKER_LINE_BYTES_MAX:
        message = f"has more than {DOCKER_LINE_BYTES_MAX} bytes, at which Docker stops"
        raise NotReadError(message)


def _read_docker_line(content: str) -> Line:
    name, equals, value = content.partition("=")
    if not equals:
        message = "names no value, so that Docker would take one from its own environment"
        raise NotReadError(message)
    if not _DOCKER_NAME.fullmatch(name):
        raise NotReadError(_FORM)
    return Line(name, value)
