r"""Assignment statements: `[section.]field[[type]]=value`.

- `\` makes `.`, `=`, `[` and `\` in names ordinary characters; values have no escapes.
- Without a type a new field is concealed, and a known one keeps its type.
- `field[type]` without a value changes the type only; `field[delete]` removes it.
- `field[address.city]=value` sets one part of an address and leaves the others.
- `field=-` takes the value from standard input, so that it is in no process list.

Errors count statements and never repeat one: a blank behind `=` makes a
statement of the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from strongroom.cli.program.shapes import ASSIGNMENT_TYPES
from strongroom.errors import InputError
from strongroom.items.rows import ADDRESS, ADDRESS_PARTS
from strongroom.secret import Secret

DELETE: Final = "delete"
FILE: Final = "file"
STANDARD_INPUT: Final = "-"

_NO_VALUE_HINT: Final = (
    "write field=value without blanks around the =, or field=- to read the value from "
    "standard input"
)
# 1st, 2nd, 3rd; but 11th, 12th, 13th.
_ENDINGS: Final = {1: "st", 2: "nd", 3: "rd"}
_TEENS: Final = range(11, 14)
_ESCAPABLE: Final = frozenset(".=[]\\")
_TYPE: Final = re.compile(r"\[([A-Za-z.]+)\]\Z")
_PART: Final = "address."


class Assignment(NamedTuple):
    """One statement; `field_type` is the SDK's word, `delete`, or `file`: its value is a path.

    Attributes:
        part: Of an address, if the value is only that.
    """

    section: str | None
    field: str
    field_type: str | None
    value: Secret[str] | None
    position: int = 1
    part: str | None = None

    @property
    def name(self) -> str:
        """The field as the user named it, for the prompt that asks for its value."""
        return self.field if self.section is None else f"{self.section}.{self.field}"

    @property
    def counted(self) -> str:
        """The statement by its place, for errors."""
        return count_statement(self.position)


def parse_assignment(text: str, position: int = 1) -> Assignment:
    """Read one statement.

    Args:
        position: Its place in the command line, for errors.

    Raises:
        InputError: No field name, more than one section, an unknown type, or
            neither value nor type.
    """
    target, word, value = split_statement(text)
    names = [unescape(part) for part in _split_unescaped(target, mark=".")]
    field = names[-1].strip()
    # A file without a name has its own.
    unnamed = not field and (word or "").lower() != FILE
    if unnamed or len(names) > 2 or (len(names) == 2 and not names[0].strip()):  # noqa: PLR2004
        message = f"{count_statement(position)} is not of the form [section.]field[[type]]=value"
        raise InputError(message, hint="write a dot inside a name as \\.")
    if value is None and word is None:
        message = f"{count_statement(position)} has neither a value nor a type"
        raise InputError(message, hint=_NO_VALUE_HINT)
    field_type, part = (None, None) if word is None else _parse_type(word, position)
    if part is not None and value is None:
        message = f"{count_statement(position)} names a part of an address, but has no value"
        raise InputError(message, hint=_NO_VALUE_HINT)
    return Assignment(
        section=names[0].strip() if len(names) > 1 else None,
        field=field,
        field_type=field_type,
        value=None if value is None else Secret(value),
        position=position,
        part=part,
    )


def split_statement(text: str) -> tuple[str, str | None, str | None]:
    """Return what stands before the brackets, the word in them, and the value behind the `=`."""
    target, value = _split_value(text)
    target, word = _split_type(target)
    return target, word, value


def parse_assignments(texts: Sequence[str], take_input: Callable[[str], str]) -> list[Assignment]:
    """Read all statements of a command line; one of them may take standard input.

    Args:
        take_input: Reads the value; its argument says what for.

    Raises:
        InputError: A malformed statement, two values for one field, or a second `field=-`.
    """
    # All are read before the first asks for its value.
    parsed = [parse_assignment(text, position) for position, text in enumerate(texts, start=1)]
    _check_doubles(parsed)
    return [_with_input(one, take_input) for one in parsed]


def _check_doubles(parsed: Sequence[Assignment]) -> None:
    """Refuse two values for one name: only one of them could be kept."""
    first: dict[tuple[str | None, ...], Assignment] = {}
    for one in parsed:
        if one.value is None or one.field_type in (DELETE, FILE):
            continue
        known = first.setdefault((one.section, one.field, one.part), one)
        if known is not one:
            raise set_twice(one, first=known)


def set_twice(again: Assignment, *, first: Assignment) -> InputError:
    """Return the refusal of a second value for one field."""
    return InputError(f"{again.counted} sets the same field as {first.counted}")


def _with_input(assignment: Assignment, take_input: Callable[[str], str]) -> Assignment:
    # Exposed to see whether it is the one value that means standard input.
    if (
        assignment.value is None
        or assignment.field_type == FILE
        or assignment.value.expose() != STANDARD_INPUT
    ):
        return assignment
    return assignment._replace(value=Secret(take_input(f'the value of "{assignment.name}"')))


def _split_value(text: str) -> tuple[str, str | None]:
    parts = _split_unescaped(text, mark="=", most=1)
    return parts[0], parts[1] if len(parts) > 1 else None


def _split_type(target: str) -> tuple[str, str | None]:
    found = _TYPE.search(target)
    if found is None or _is_escaped(target, found.start()):
        return target, None
    return target[: found.start()], found[1]


def _split_unescaped(text: str, *, mark: str, most: int = -1) -> list[str]:
    """Split at `mark` where no backslash stands before it."""
    parts: list[str] = []
    start = 0
    for position, character in enumerate(text):
        if most == len(parts):
            break
        if character == mark and not _is_escaped(text, position):
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _is_escaped(text: str, position: int) -> bool:
    # Without a slice, which would make a long statement's reading quadratic.
    start = position
    while start and text[start - 1] == "\\":
        start -= 1
    return (position - start) % 2 == 1


def unescape(text: str) -> str:
    """Return a name without the backslashes that made its characters ordinary."""
    out, position = [], 0
    while position < len(text):
        if text[position] == "\\" and text[position + 1 : position + 2] in _ESCAPABLE:
            position += 1
        out.append(text[position])
        position += 1
    return "".join(out)


def count_statement(position: int) -> str:
    """Name a statement by its place, for errors."""
    ending = "th"
    if position % 100 not in _TEENS:
        ending = _ENDINGS.get(position % 10, ending)
    return f"the {position}{ending} assignment"


def _parse_type(word: str, position: int) -> tuple[str, str | None]:
    """Return what a word in brackets means, and the part of an address."""
    lowered = word.lower()
    part = lowered.removeprefix(_PART)
    if part != lowered and part in ADDRESS_PARTS:
        return ADDRESS, part
    if lowered in (DELETE, FILE):
        return lowered, None
    if lowered not in ASSIGNMENT_TYPES:
        message = f"{count_statement(position)} has an unknown type"
        parts = (f"{_PART}{one}" for one in ADDRESS_PARTS)
        known = ", ".join([*ASSIGNMENT_TYPES, *parts, FILE, DELETE])
        raise InputError(message, hint=f"use one of: {known}")
    return ASSIGNMENT_TYPES[lowered], None
