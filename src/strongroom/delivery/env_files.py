r"""The text of a `.env` file, as `op run` reads it. No input, no output.

- `NAME=value`, perhaps with `export ` before it; blanks around name and value are no part of
  them. Names are of ASCII letters, digits, `_`, `.` and `-`, and do not begin with a digit.
- `#` begins a comment where a line begins, and behind white space in a value without quotes.
- `'…'` is the text as it is, `"…"` the text with `\n`, `\r`, `\t` and its escapes; both may
  span lines. Behind the closing quote only a comment may follow.
- Without quotes and in `"…"`, `$NAME`, `${NAME}` and `${NAME:-default}` are the variable of an
  earlier line, else of the environment, and `\` makes the next character an ordinary one: `\$`
  is a dollar. Names are matched exactly, else without regard to capitals. One that is not set
  is an error; the default stands in for it, and may be empty. Another `$` is a dollar.
- A later line of a name wins.

References are not read here (`embedded` does it afterwards): what a secret contains is never
read as part of the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NoReturn

from strongroom.delivery.grammar import NAME, QUERY_CHARACTERS
from strongroom.environments.dotenv import Line
from strongroom.errors import InputError

_MARK: Final = "\ufeff"
_SILENT: Final = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_HEAD: Final = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<name>[^=\s]+)[ \t]*=[ \t]*")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_SINGLE: Final = re.compile(r"'(?P<text>[^']*)'")
_DOUBLE: Final = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"', re.DOTALL)
_COMMENT: Final = re.compile(r"[ \t]#.*\Z")
_END: Final = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_VARIABLE: Final = (
    rf"\$(?:(?P<plain>{NAME})"
    rf"|\{{[ \t]*(?P<braced>{NAME})[ \t]*(?::-(?P<default>[^}}]*))?\}})"
)
_EXPANDED: Final = re.compile(rf"\\(?P<escaped>.)|{_VARIABLE}", re.DOTALL)
_IN_REFERENCE: Final = re.compile(_VARIABLE)
_UNNAMED: Final = re.sub(r"\?P<[a-z]+>", "?:", _VARIABLE)
# Of a value that is a reference from end to end, and of one within a longer value.
_WHOLE: Final = re.compile(rf"op://(?:[ {QUERY_CHARACTERS}]|{_UNNAMED})+")
_BARE: Final = re.compile(rf"op://(?:[{QUERY_CHARACTERS}]|{_UNNAMED})+")
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}

_FORM: Final = "is not of the form NAME=value"
_COMMENT_OR_VALUE: Final = "has a # where its value begins"
_QUOTE: Final = "has a quote that does not close the value"
_HINT: Final = (
    "write NAME='value' with single quotes around a value that is not plain; "
    "a $ in other values is written \\$"
)
_NOT_SET_HINT: Final = (
    "set it, or write ${{{name}:-default}} for a default; a $ that is no variable is written \\$"
)


class _NotSetError(Exception):
    """A variable that is named and not set; the text is its name."""


def parse_env_file(text: str, *, what: str, environment: Mapping[str, str]) -> list[Line]:
    """Read the variables of a text, in their order; a name may come again.

    Args:
        what: What the text is, for errors.
        environment: What `$NAME` means where no earlier line says it.

    Raises:
        InputError: A line that has another form, or names a variable that is not set; told by
            its number and the reason, never repeated.
    """
    return _Reader(text, what=what, environment=environment).read()


def expand_references(value: str, environment: Mapping[str, str]) -> str:
    """Expand the variables within the references of a value, and nothing else.

    Raises:
        InputError: One is not set; the message names it.
    """
    if "$" not in value:
        return value
    known = _Known(environment)
    reference = _WHOLE if _WHOLE.fullmatch(value) else _BARE
    try:
        return reference.sub(lambda one: _IN_REFERENCE.sub(known.replace, one[0]), value)
    except _NotSetError as error:
        message = f"its reference names the variable {error}, which is not set"
        hint = f"set it, or write ${{{error}:-default}} for a default"
        raise InputError(message, hint=hint) from None


class _Known(dict[str, str]):
    """Variables, found by their names, else without regard to capitals."""

    def find(self, name: str) -> str | None:
        """Return the value of a variable, if one is meant beyond doubt."""
        if name in self:
            return self[name]
        found = [value for other, value in self.items() if other.lower() == name.lower()]
        return found[0] if len(found) == 1 else None

    def replace(self, found: re.Match[str]) -> str:
        """Return what stands for a variable in a text.

        Raises:
            _NotSetError: It is not set, and has no default.
        """
        name = found["plain"] or found["braced"]
        value = self.find(name)
        if value is None:
            value = found["default"]
        if value is None:
            raise _NotSetError(name)
        return value


class _Reader:
    """One text on its way; refusals name the line on which a variable begins."""

    def __init__(self, text: str, *, what: str, environment: Mapping[str, str]) -> None:
        self._text = text.removeprefix(_MARK).replace("\r\n", "\n")
        self._what = what
        self._known = _Known(environment)

    def read(self) -> list[Line]:
        """Read all lines."""
        position, found = 0, list[Line]()
        while position < len(self._text):
            silent = _SILENT.match(self._text, position)
            if silent is not None:
                position = silent.end()
                continue
            head = _HEAD.match(self._text, position)
            if head is None or not _NAME.fullmatch(head["name"]):
                self._stop_at(position, _FORM)
            try:
                value, end = self._read_value(head.end(), line=position)
            except _NotSetError as error:
                reason = f"names the variable {error}, which is not set"
                self._stop_at(position, reason, hint=_NOT_SET_HINT.format(name=error))
            self._known[head["name"]] = value
            found.append(Line(head["name"], value))
            position = end
        return found

    def _read_value(self, start: int, *, line: int) -> tuple[str, int]:
        text = self._text
        quote = text[start : start + 1]
        if quote not in {"'", '"'} or not quote:
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            if quote == "#":
                self._stop_at(line, _COMMENT_OR_VALUE)
            return self._expand(_COMMENT.sub("", text[start:end]).strip(" \t"), {}), end + 1
        body = (_SINGLE if quote == "'" else _DOUBLE).match(text, start)
        rest = None if body is None else _END.match(text, body.end())
        if body is None or rest is None:
            self._stop_at(line, _QUOTE)
        value = body["text"] if quote == "'" else self._expand(body["text"], _ESCAPES)
        return value, rest.end()

    def _expand(self, text: str, escapes: Mapping[str, str]) -> str:
        """Fill in variables, and take the backslash off what it stands before."""

        def replace(found: re.Match[str]) -> str:
            escaped = found["escaped"]
            return self._known.replace(found) if escaped is None else escapes.get(escaped, escaped)

        return _EXPANDED.sub(replace, text)

    def _stop_at(self, position: int, reason: str, *, hint: str = _HINT) -> NoReturn:
        number = self._text.count("\n", 0, position) + 1
        message = f"line {number} of {self._what} {reason}"
        raise InputError(message, hint=hint)
