"""Asking for passwords: on the terminal, or from standard input, never in argv."""

from __future__ import annotations

import getpass
from typing import Final

from strongroom.cli.program.stdin import Input
from strongroom.errors import InputError, InvalidPasswordError
from strongroom.limits import PASSWORD_CHARACTERS_MIN
from strongroom.secret import Secret

# Said before it is typed twice.
_NEEDS: Final = f"at least {PASSWORD_CHARACTERS_MIN} characters"


def unlock_prompt(*, email: str, url: str) -> str:
    """Return what asks for the password that unlocks an account."""
    return f"Enter the password for {email} at {url}: "


def ask_password(standard_input: Input, *, prompt: str) -> Secret[str]:
    """Return the password: typed where a person sits, else the first line of standard input.

    Raises:
        InvalidPasswordError: Nothing came, or not UTF-8.
    """
    if standard_input.is_terminal:
        return _type(prompt)
    return read_password(standard_input)


def new_prompt(whose: str = "") -> str:
    """Return what asks for a new password, and says how long it has to be.

    Args:
        whose: ` for ADDRESS`, where several are asked for.
    """
    return f"Enter a new password{whose} ({_NEEDS}): "


def ask_new_password(standard_input: Input, *, prompt: str) -> Secret[str]:
    """Return a new password, typed twice.

    Raises:
        InputError: There is no terminal, or the two differ.
    """
    check_terminal(standard_input)
    return type_twice(prompt)


def type_twice(prompt: str) -> Secret[str]:
    """Return a new password, typed twice on the terminal, wherever standard input comes from.

    Raises:
        InvalidPasswordError: The two differ.
    """
    first, second = _type(prompt), _type("Enter it again: ")
    # Exposed to compare what the same person typed twice.
    if first.expose() != second.expose():
        message = "the two passwords differ"
        raise InvalidPasswordError(message, hint="try again")
    return first


def check_terminal(standard_input: Input) -> None:
    """Refuse to take a new password from a pipe unless that was asked for.

    Raises:
        InputError: There is no terminal.
    """
    if not standard_input.is_terminal:
        message = "a new password can be asked for on a terminal only"
        raise InputError(message, hint="use --password-stdin to pipe it in")


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


def read_passwords(standard_input: Input) -> tuple[Secret[str], Secret[str]]:
    """Return the present and the new password: the first two lines of standard input.

    Raises:
        InvalidPasswordError: One of them did not come.
    """
    present, new = standard_input.take_lines("the two passwords", count=2)
    if not (present and new):
        message = "expected the current and the new password on stdin, one per line"
        raise InvalidPasswordError(message, hint="pipe them in, or run the command on a terminal")
    return Secret(present), Secret(new)


def ask_value(standard_input: Input, what: str) -> str:
    """Return a field's value: typed unseen where a person sits, else all of standard input.

    Raises:
        InputError: Nothing came, not even a line end: whatever was to make the value failed.
    """
    if standard_input.is_terminal:
        # Exposed to become a part of the item.
        return _type(f"Enter {what}: ").expose()
    return standard_input.take_text(what, needed=True)


def _type(prompt: str) -> Secret[str]:
    # getpass writes to the terminal itself, not to standard error.
    return Secret(getpass.getpass(prompt))
