"""What a variable may be. All faults are told at once, by place, never by name or value.

Source: specs/formats.md section 9. A name in an error could be the rest of a
value that a blank cut off, so places stand for names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from strongroom.environments.models import VariableShape
from strongroom.errors import InputError

# As many as an item has fields: an environment is read whole by every program that starts.
VARIABLES_MAX: Final = 1_000
# File systems stop at 255 too, and no shell or process wants a longer name.
VARIABLE_NAME_CHARACTERS_MAX: Final = 255
# Linux gives a process at most 128 KiB for `NAME=value` and a NUL, in bytes; the longest name
# takes 1,020 of them.
VARIABLE_VALUE_BYTES_MAX: Final = 120 * 1024

Document = dict[str, Any]

_PREFIX: Final = "the environment cannot be stored: "
# `=` ends a name in every process; a NUL ends the text; a line end would begin another variable
# where names and values are written as lines.
_NOT_IN_NAMES: Final = {
    "=": "an equals sign",
    "\0": "a NUL",
    "\n": "a line end",
    "\r": "a line end",
}


def check_variables(variables: Sequence[Document]) -> None:
    """Refuse variables that cannot be stored, or given to a process.

    Raises:
        InputError: With every fault in its message, never a name or a value.
    """
    faults = _shape_faults(variables) or [
        *_count_faults(variables),
        *_size_faults(variables),
        *name_faults([row["name"] for row in variables]),
    ]
    if faults:
        raise InputError(_PREFIX + "; ".join(faults))


def name_faults(names: Iterable[str]) -> list[str]:
    """Return why names are not those of an environment; readers ask too."""
    faults: list[str] = []
    first: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if not name:
            faults.append(f"variable {position} has no name")
        found = {word for character, word in _NOT_IN_NAMES.items() if character in name}
        faults += [f"the name of variable {position} holds {word}" for word in sorted(found)]
        if first.setdefault(name, position) != position:
            faults.append(f"variable {position} has the name of variable {first[name]}")
    return faults


def _shape_faults(variables: Sequence[Document]) -> list[str]:
    """Return why variables have another shape than readers expect; places, never values."""
    try:
        msgspec.convert(list(variables), list[VariableShape])
        msgspec.json.encode(list(variables))
    except msgspec.ValidationError as error:
        return [f"a part of it has the wrong type ({error})"]
    except (UnicodeEncodeError, TypeError):
        # Neither error is quoted: both hold what was to be written.
        return ["a text contains half of a character (a lone surrogate), or something is no JSON"]
    return []


def _count_faults(variables: Sequence[Document]) -> list[str]:
    if len(variables) > VARIABLES_MAX:
        return [f"it has {len(variables)} variables, at most {VARIABLES_MAX} are possible"]
    return []


def _size_faults(variables: Sequence[Document]) -> list[str]:
    faults: list[str] = []
    for position, row in enumerate(variables, start=1):
        if len(row["name"]) > VARIABLE_NAME_CHARACTERS_MAX:
            most = VARIABLE_NAME_CHARACTERS_MAX
            faults.append(f"the name of variable {position} has more than {most} characters")
        if len(row["value"].encode()) > VARIABLE_VALUE_BYTES_MAX:
            most = VARIABLE_VALUE_BYTES_MAX
            faults.append(f"the value of variable {position} has more than {most} bytes")
        if "\0" in row["value"]:
            faults.append(f"the value of variable {position} holds a NUL")
    return faults
