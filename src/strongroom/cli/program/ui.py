"""What the program prints, and how.

Rules (docs/reference/cli.md):

1. Data goes to stdout. Everything else goes to stderr, and on success nothing
   does: several clients take any line there for a failure.
2. An error is one line, `[ERROR] YYYY/MM/DD HH:MM:SS message`; clients cut its
   first 28 characters. Objects to choose among, as whom a refused command
   acted, and a hint follow, each on a line of its own.
3. Human output shows control characters as blanks, because a title may come
   from somebody else and a terminal obeys escape sequences. Values that were
   asked for by name are written as they are.
4. Secrets stand in no error. An unexpected exception is named by its class
   only; `--debug` adds where it came from, never a value.
5. `--debug` is the one thing that writes to stderr on success.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from strongroom.errors import InputError, LocalFileError, ResolveError, StrongroomError

EXIT_OK: Final = 0
EXIT_FAILURE: Final = 1
# A fault of our own; the one number that asks for a bug report.
EXIT_INTERNAL: Final = 2
EXIT_INTERRUPTED: Final = 130

ENCODINGS: Final = {
    "utf-8": "utf-8",
    "shift_jis": "shift_jis",
    "shift-jis": "shift_jis",
    "sjis": "shift_jis",
    "gbk": "gbk",
}


class Output:
    """Standard output in one encoding and one format."""

    def __init__(self, *, encoding: str = "utf-8", format: str = "human-readable") -> None:  # noqa: A002  (the flag's own word)
        self._encoding = encoding
        self.format = format

    @property
    def wants_json(self) -> bool:
        """Whether the output is JSON."""
        return self.format == "json"

    def write(self, text: str) -> None:
        """Write text exactly as it is."""
        try:
            # A path need not be text; what it has besides stays as it is.
            raw = text.encode(self._encoding, "surrogateescape")
        except UnicodeEncodeError:
            # The exception would carry the text, which may be a secret.
            message = f"the output holds characters that {self._encoding} does not have"
            raise InputError(message, hint="use --encoding utf-8") from None
        self.write_bytes(raw)

    def write_bytes(self, raw: bytes) -> None:
        """Write bytes exactly as they are.

        Raises:
            LocalFileError: Standard output is closed, or its disk is full.
            BrokenPipeError: Its reader has gone.
        """
        if sys.stdout is None:
            message = "standard output is closed"
            raise LocalFileError(message)
        try:
            sys.stdout.flush()
            sys.stdout.buffer.write(raw)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            abandon_output()
            reason = os.strerror(error.errno or 0).lower()
            message = f"standard output could not be written: {reason}"
            raise LocalFileError(message) from None

    def line(self, text: str) -> None:
        """Write one line."""
        self.write(f"{text}\n")

    def json(self, value: object) -> None:
        """Write a JSON value, indented as `op` does."""
        self.line(json.dumps(value, indent=2, ensure_ascii=False))

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write columns under a header; nothing at all if there are no rows."""
        lines = [[printable(cell) for cell in row] for row in rows]
        if not lines:
            return
        lines.insert(0, list(header))
        widths = [max(len(row[column]) for row in lines) for column in range(len(header))]
        padded = (
            "    ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in lines
        )
        self.line("\n".join(padded))

    def block(self, pairs: Mapping[str, str]) -> None:
        """Write `Name:  value` lines with the values aligned."""
        for name, value in pairs.items():
            self.line(f"{name + ':':<{BLOCK_COLUMN}}{printable(value)}".rstrip())


BLOCK_COLUMN: Final = 21


def abandon_output() -> None:
    """Send what standard output still holds nowhere.

    It cannot be written; Python's own flush at exit would fail again, print a
    traceback and change the exit code.
    """
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def printable(text: str) -> str:
    """Replace what a terminal would obey instead of show (rule 3)."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)


def several(*, noun: str, name: str, places: Mapping[str, str]) -> str:
    """Return the text for a name that several objects have, in the form that `op` has for items.

    Args:
        name: As it may be shown.
        places: What to say of where each stands, by id.
    """
    lines = (
        f'\n\t* for the {noun} "{name}"{where}: {printable(one)}' for one, where in places.items()
    )
    start = f'More than one {noun} matches "{name}". Try again and specify the {noun} by its ID: '
    return start + "".join(lines)


def place_error(error: StrongroomError, where: str) -> StrongroomError:
    """Return an error whose text begins with where it is: a variable, a line of a file."""
    placed = type(error)(
        f"{where}: {error.message}",
        hint=error.hint,
        candidates=error.candidates,
        reference=error.reference,
        tag=error.tag,
    )
    placed.acting = error.acting
    return placed


def join_errors(
    errors: Sequence[StrongroomError], message: str, *, told_max: int | None = None
) -> StrongroomError:
    """Return one error that tells several, each on a line; one alone is told as it is.

    Args:
        message: What they have in common; their number goes before it.
        told_max: How many are told; the others are counted.
    """
    if len(errors) == 1:
        return errors[0]
    lines = [f"\n\t* {one.message}" for one in errors[:told_max]]
    if len(lines) < len(errors):
        lines.append(f"\n\t* and {len(errors) - len(lines)} more")
    hints, tags = {one.hint for one in errors}, {one.tag for one in errors}
    return ResolveError(
        f"{len(errors)} {message}:{''.join(lines)}",
        hint=hints.pop() if len(hints) == 1 else None,
        tag=tags.pop() if len(tags) == 1 else None,
    )


def report(error: StrongroomError) -> int:
    """Print a typed error; return its exit code."""
    write_error(error.message)
    for one in error.candidates:
        # Texts that name them with their places have done it already.
        if one not in error.message:
            write_stderr(f"\t* {printable(one)}\n")
    if error.acting is not None:
        write_stderr(f"acting as: {printable(error.acting)}\n")
    if error.hint is not None:
        write_stderr(f"hint: {error.hint}\n")
    return error.exit_code


def report_unexpected(error: BaseException, *, debug: bool) -> int:
    """Print that something of ours broke, without any value (rule 4)."""
    write_error(f"internal error ({type(error).__name__}); please report it")
    if debug:
        for line in _frames(error):
            write_stderr(f"{line}\n")
    else:
        write_stderr("hint: --debug shows where it happened, without values\n")
    return EXIT_INTERNAL


def write_error(message: str) -> None:
    """Print the error line (rule 2)."""
    now = time.strftime("%Y/%m/%d %H:%M:%S")
    write_stderr(f"[ERROR] {now} {message}\n")


def write_debug(message: str) -> None:
    """Print a line for somebody who looks for a fault: what is done, never a secret."""
    now = time.strftime("%Y/%m/%d %H:%M:%S")
    write_stderr(f"[DEBUG] {now} {printable(message)}\n")


def write_stderr(text: str) -> None:
    """Write to standard error; where that is closed or full nothing else fails for it.

    What a command does, and how it ends, must not hang on who listens.
    """
    with suppress(OSError, ValueError):
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()


def _frames(error: BaseException) -> list[str]:
    """Name each frame of an exception and of what caused it: places, no values."""
    lines: list[str] = []
    current: BaseException | None = error
    while current is not None:
        lines.append(type(current).__name__)
        trace = current.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            lines.append(f"  {code.co_filename}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        current = current.__cause__ or current.__context__
    return lines
