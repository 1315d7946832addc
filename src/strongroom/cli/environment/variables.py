r"""Variables as the command line names them: statements, `.env` files, JSON.

`NAME[[word]]=value`, with the words `masked`, `unmasked` and `delete`:

- A new variable without a word is not masked, and a known one stays as it is.
- `NAME[masked]` and `NAME[unmasked]` alone leave the value; `NAME[delete]` removes it.
- `NAME=-` takes the value from standard input, so that it is in no process list.
- `\` makes `=`, `[` and `\` in names ordinary characters; values have no escapes.

A `.env` text is read by the rules that programs share, or by those of one program that
the user names (`environments/dialects.py`).

A file or standard input that names no variable is an error unless `--empty` asks for
it: the program that should have written it may have failed.

Errors count statements and never repeat one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from strongroom.cli.item.assignments import (
    DELETE,
    STANDARD_INPUT,
    count_statement,
    split_statement,
    unescape,
)
from strongroom.cli.program.files import parse_json, read_limited
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.passwords import ask_value
from strongroom.cli.program.stdin import NAMES
from strongroom.environments.dialects import Dialect
from strongroom.environments.dotenv import parse_dotenv
from strongroom.environments.models import VariableEdit
from strongroom.environments.rules import name_faults
from strongroom.errors import InputError

_WORDS: Final = {"masked": True, "unmasked": False}
_NO_VALUE_HINT: Final = (
    "write NAME=value without blanks around the =, or NAME=- to read the value from standard input"
)

_EMPTY_HINT: Final = "add --empty if you want none"


def take_edits(
    invocation: Invocation,
    statements: Sequence[str],
    env_file: str | None,
    *,
    masked: bool,
    empty: bool = False,
    dialect: str | None = None,
) -> list[VariableEdit]:
    """Return the changes that a command line names: those of the file first.

    Args:
        statements: With the `-` that stands for a file on standard input.
        env_file: A `.env` or JSON file, or `-`.
        masked: Whether everything that is set is masked unless a word says otherwise.
        empty: Whether file or standard input may name no variable at all.
        dialect: For which program a `.env` text is written, by its name.

    Raises:
        InputError: A malformed statement or file, which is not repeated, or one
            that is empty without leave.
    """
    texts = [text for text in statements if text not in NAMES]
    piped = len(texts) != len(statements)
    if piped and env_file not in {None, *NAMES}:
        message = "variables can come from a file or from standard input, but not from both"
        raise InputError(message, hint="leave out --env-file or the -")
    if dialect is not None and not piped and env_file is None:
        message = "--dialect says how a .env file is read, and there is none"
        raise InputError(message, hint="add --env-file FILE, or - for standard input")
    # All statements are read before anything is taken from standard input.
    parsed = [parse_statement(text, position) for position, text in enumerate(texts, start=1)]
    edits: list[VariableEdit] = []
    if piped or env_file is not None:
        raw, what = _take_file(invocation, env_file if env_file not in NAMES else None)
        read_as = Dialect(dialect or Dialect.COMMON)
        edits = parse_variables(_text_of(raw, what), what=what, dialect=read_as)
        _check_some(edits, what, empty=empty)
    edits += [_with_input(one, lambda what: ask_value(invocation.input, what)) for one in parsed]
    return [_masked(edit) if masked else edit for edit in edits]


def check_replacement(edits: Sequence[VariableEdit], *, empty: bool) -> None:
    """Refuse a replacement of all variables that sets none, unless that is asked for.

    Raises:
        InputError: All variables would go.
    """
    if not empty and all(edit.remove for edit in edits):
        message = "--replace without new variables would remove every variable"
        raise InputError(message, hint=f"name the new variables, or {_EMPTY_HINT}")


def parse_statement(text: str, position: int = 1) -> VariableEdit:
    """Read one statement.

    Args:
        position: Its place in the command line, for errors.

    Raises:
        InputError: No name, an unknown word, or neither value nor word.
    """
    target, word, value = split_statement(text)
    name, counted = unescape(target), count_statement(position)
    word = None if word is None else word.lower()
    if name_faults([name]):
        message = f"{counted} names no variable"
        raise InputError(message, hint="write NAME=value; a name has no =, NUL or line end")
    if word not in {None, DELETE, *_WORDS}:
        message = f"{counted} has an unknown word in brackets"
        hint = f"use {', '.join(_WORDS)} or {DELETE}; write a bracket in a name as \\["
        raise InputError(message, hint=hint)
    if value is None and word is None:
        message = f"{counted} has neither a value nor a word in brackets"
        raise InputError(message, hint=_NO_VALUE_HINT)
    if value is not None and word == DELETE:
        message = f"{counted} both sets a variable and removes it"
        raise InputError(message, hint="write NAME[delete] without a value")
    mask = None if word is None else _WORDS.get(word)
    return VariableEdit(name, value, mask, remove=word == DELETE)


def parse_variables(
    text: str, *, what: str, dialect: Dialect = Dialect.COMMON
) -> list[VariableEdit]:
    """Read a `.env` text, or the JSON of `op environment read --format json`.

    Raises:
        InputError: Neither; told by line or place, never repeated.
    """
    if text.lstrip("\ufeff \t\r\n").startswith("["):
        return _parse_json(text, what=what)
    lines = parse_dotenv(text, what=what, dialect=dialect)
    return [VariableEdit(line.name, line.value) for line in lines]


def _parse_json(text: str, *, what: str) -> list[VariableEdit]:
    rows = parse_json(text.lstrip("\ufeff"), what=what)
    for position, row in enumerate(rows, start=1):
        if not _is_variable(row):
            message = f"element {position} of {what} is not a variable"
            hint = 'write {"name": "NAME", "value": "…", "masked": true}'
            raise InputError(message, hint=hint)
    return [VariableEdit(row["name"], row["value"], row.get("masked")) for row in rows]


def _is_variable(row: Any) -> bool:
    if not isinstance(row, dict):
        return False
    texts = isinstance(row.get("name"), str) and isinstance(row.get("value"), str)
    return texts and isinstance(row.get("masked", False), bool)


def _take_file(invocation: Invocation, path: str | None) -> tuple[bytes, str]:
    """Return the bytes of a file, or without one those of standard input, and what they are."""
    if path is None:
        return invocation.input.take("the variables"), "standard input"
    return read_limited(Path(path), what="the file"), f"the file {path}"


def _text_of(raw: bytes, what: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        # The exception would carry the bytes, which hold secrets.
        message = f"{what} is not UTF-8"
        raise InputError(message) from None


def _check_some(edits: Sequence[VariableEdit], what: str, *, empty: bool) -> None:
    if not edits and not empty:
        message = f"{what} names no variable"
        raise InputError(message, hint=f"check the program that wrote them, or {_EMPTY_HINT}")


def _with_input(edit: VariableEdit, take_input: Callable[[str], str]) -> VariableEdit:
    if edit.value != STANDARD_INPUT:
        return edit
    value = take_input(f'the value of "{edit.name}"')
    return msgspec.structs.replace(edit, value=value)


def _masked(edit: VariableEdit) -> VariableEdit:
    keeps = edit.remove or edit.masked is not None
    return edit if keeps else msgspec.structs.replace(edit, masked=True)
