"""Asking and telling on the terminal itself, so that neither output stream is touched."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_YES = frozenset({"y", "yes"})


def tell(line: str) -> None:
    """Write a line to the terminal itself, if there is one."""
    with suppress(OSError), Path("/dev/tty").open("wb", buffering=0) as terminal:
        terminal.write(f"{line}\n".encode())


def ask(question: str, *, default: bool = False, above: Sequence[str] = ()) -> bool:
    """Return whether somebody said yes; nobody does where there is no terminal.

    Args:
        default: What Enter alone means.
        above: Lines to show before the question.
    """
    choice = "[Y/n]" if default else "[y/N]"
    try:
        with Path("/dev/tty").open("r+b", buffering=0) as terminal:
            terminal.write("".join(f"{line}\n" for line in above).encode())
            terminal.write(f"{question} {choice} ".encode())
            answer = terminal.readline()
    except OSError:
        return False
    # An end of input is no Enter: whoever is gone has not agreed.
    word = answer.decode(errors="replace").strip().lower()
    return word in _YES or (default and answer.endswith(b"\n") and not word)
