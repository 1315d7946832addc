"""Finding the program that a command names, and why one cannot be run; as shells do it."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping, Sequence
from typing import Final

# What a shell answers for a command that it cannot run, for one that it cannot find, and above
# which a signal ended one.
CANNOT_RUN: Final = 126
NOT_FOUND: Final = 127
SIGNAL_BASE: Final = 128

_DEFAULT_PATH: Final = os.fsencode(os.defpath)


class CannotRunError(Exception):
    """The program was not started; the text says why, and holds no value.

    Attributes:
        exit_code: 127 if there is no such program, else 126.
        hint: What to do about it.
    """

    def __init__(self, message: str, *, exit_code: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.hint = hint


def find_program(name: str, variables: Mapping[bytes, bytes]) -> bytes:
    """Return the path of a program: looked for on the PATH that it will have.

    Raises:
        CannotRunError: There is none, or none that may be run.
    """
    raw = os.fsencode(name)
    if b"/" in raw:
        return raw
    denied = False
    for folder in variables.get(b"PATH", _DEFAULT_PATH).split(b":") if raw else ():
        path = os.path.join(folder, raw)  # noqa: PTH118  (bytes, which paths need not be text for)
        try:
            is_file = stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
        except (OSError, ValueError):
            continue
        if is_file and os.access(path, os.X_OK):
            return path
        denied = denied or is_file
    raise cannot_run(name, errno.EACCES if denied else errno.ENOENT, variables)


def cannot_run(name: str, number: int, variables: Mapping[bytes, bytes]) -> CannotRunError:
    """Return the error for a program that the system did not start.

    Args:
        name: As the command line has it.
        number: The system's reason (`errno`).
        variables: What the program was to be given; names and sizes of them may be told.
    """
    message = f"cannot run {name}: {os.strerror(number)}"
    if number == errno.E2BIG and variables:
        sizes = {one: len(one) + len(value) + 2 for one, value in variables.items()}
        largest = max(sizes, key=lambda one: sizes[one])
        message += (
            f"; its {len(sizes)} variables have {sum(sizes.values())} bytes, "
            f"of which {os.fsdecode(largest)} has {sizes[largest]}"
        )
        hint = "give large values to the program as files: `op read --out-file`"
        return CannotRunError(message, exit_code=CANNOT_RUN, hint=hint)
    return CannotRunError(message, exit_code=NOT_FOUND if number == errno.ENOENT else CANNOT_RUN)


def words_of(words: Sequence[str]) -> list[bytes]:
    """Return the arguments of a program as the system takes them."""
    return [os.fsencode(word) for word in words]
