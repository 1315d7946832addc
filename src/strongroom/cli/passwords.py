"""Asking for passwords: on the terminal, or from standard input, never in argv."""

from __future__ import annotations

import getpass

from strongroom.cli.stdin import Input
from strongroom.errors import InputError, InvalidPasswordError
from strongroom.secret import Secret


def ask_password(standard_input: Input, *, prompt: str) -> Secret[str]:
    """Return the password: typed where a person sits, else the first line of standard input.

    Raises:
        InvalidPasswordError: Nothing came, or not UTF-8.
    """
    if standard_input.is_terminal:
        return _type(prompt)
    return read_password(standard_input)


def ask_new_password(standard_input: Input) -> Secret[str]:
    """Return a new password, typed twice.

    Raises:
        InputError: There is no terminal, or the two differ.
    """
    if not standard_input.is_terminal:
        message = "a new password is asked for on a terminal"
        raise InputError(message, hint="use --password-stdin to pipe it in")
    first, second = _type("Enter a password: "), _type("Enter it again: ")
    # Exposed to compare what the same person typed twice.
    if first.expose() != second.expose():
        message = "the two passwords differ"
        raise InvalidPasswordError(message, hint="try again")
    return first


def read_password(standard_input: Input) -> Secret[str]:
    """Return the first line of standard input.

    Raises:
        InvalidPasswordError: Nothing came.
    """
    line = standard_input.take_text("the password", line=True)
    if not line:
        message = "expected the password on stdin but none found"
        raise InvalidPasswordError(message, hint="pipe it in, or run the command on a terminal")
    return Secret(line)


def ask_value(standard_input: Input, what: str) -> str:
    """Return a field's value: typed unseen where a person sits, else all of standard input."""
    if standard_input.is_terminal:
        # Exposed to become a part of the item.
        return _type(f"Enter {what}: ").expose()
    return standard_input.take_text(what)


def _type(prompt: str) -> Secret[str]:
    # getpass writes to the terminal itself, not to standard error.
    return Secret(getpass.getpass(prompt))
