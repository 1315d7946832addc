"""Standard input, read only where a command line says so.

Many programs start `op` with a pipe on standard input that they never write to
or never close; a read without need would hang for ever. The rules are in
docs/reference/cli.md; each command asks `take` at most once.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import BinaryIO, Final

from strongroom.errors import InputError, TooLargeError

# More than any item (8 MiB of details), and an end for a stream that has none.
INPUT_BYTES_MAX: Final = 16 * 1024 * 1024
NAMES: Final = frozenset({"-", "", "/dev/stdin"})


class Input:
    """Standard input of this program."""

    def __init__(self, stream: BinaryIO | None = None) -> None:
        self._stream = stream
        self._taken = False

    @property
    def is_terminal(self) -> bool:
        """Whether a person sits there; a closed standard input counts as none."""
        try:
            return self._stream is None and sys.stdin is not None and sys.stdin.isatty()
        except ValueError:
            return False

    @property
    def is_usable(self) -> bool:
        """Whether something may come: not a terminal, not closed, not `/dev/null`."""
        if self._stream is not None:
            return True
        if sys.stdin is None or self.is_terminal:
            return False
        try:
            return not os.path.samestat(os.fstat(sys.stdin.fileno()), Path(os.devnull).stat())
        except (OSError, ValueError):
            return hasattr(sys.stdin, "buffer")

    def take(self, what: str, *, line: bool = False) -> bytes:
        """Read everything, or the first line only.

        Args:
            what: What it is for, for errors.

        Raises:
            InputError: It was taken before, or a terminal stands there.
            TooLargeError: More than any command takes.
        """
        self._begin(what)
        raw = self._read_raw(line=line)
        if len(raw) > INPUT_BYTES_MAX:
            message = f"{what} on standard input has more than {INPUT_BYTES_MAX} bytes"
            raise TooLargeError(message)
        return raw

    def _begin(self, what: str) -> None:
        if self._taken:
            message = f"standard input cannot give {what} too; it is already used"
            raise InputError(
                message, hint="only one part of a command can come from standard input"
            )
        if self.is_terminal:
            message = f"expected {what} on stdin but none found"
            raise InputError(message, hint="pipe it in")
        self._taken = True

    def take_stream(self, what: str) -> BinaryIO:
        """Return the stream itself, for content that has no end in sight.

        Raises:
            InputError: As `take`.
        """
        self._begin(what)
        return self._source()

    def take_lines(self, what: str, *, count: int) -> list[str]:
        """Read so many lines as UTF-8; a line that does not come is empty.

        Raises:
            InputError: As `take_text`.
        """
        # Each line in turn: whoever writes them may keep the pipe open.
        raw = [self.take(what, line=True), *(self._read_raw(line=True) for _ in range(count - 1))]
        return [_decode(line, what) for line in raw]

    def take_text(self, what: str, *, line: bool = False, needed: bool = False) -> str:
        """Read as `take`, as UTF-8, without the line end that `echo` adds.

        Args:
            what: What it is for, for errors.
            line: Only the first line.
            needed: Not a single byte is an error; an empty line is none.

        Raises:
            InputError: As `take`, or not UTF-8, or nothing where something is needed.
        """
        raw = self.take(what, line=line)
        if needed and not raw:
            message = f"expected {what} on stdin but none found"
            raise InputError(message, hint="write an empty line for an empty value")
        return _decode(raw, what)

    def _source(self) -> BinaryIO:
        if self._stream is not None:
            return self._stream
        if sys.stdin is None:
            message = "standard input is closed"
            raise InputError(message)
        return sys.stdin.buffer

    def _read_raw(self, *, line: bool) -> bytes:
        stream = self._source()
        # A line is enough for a password; its writer may keep the pipe open.
        return stream.readline(INPUT_BYTES_MAX + 1) if line else stream.read(INPUT_BYTES_MAX + 1)


def _decode(raw: bytes, what: str) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        # The exception would carry the bytes, which may be a secret.
        message = f"{what} on standard input is not UTF-8"
        raise InputError(message) from None
    return text.removesuffix("\n").removesuffix("\r")


def take_names(standard_input: Input, name: str | None, *, what: str) -> list[str]:
    """Return the one that an argument names, or those that standard input does.

    Raises:
        InputError: As `take_specifiers`.
    """
    return take_specifiers(standard_input, what) if name is None or name in NAMES else [name]


def take_edited(
    standard_input: Input, name: str | None, *, what: str, new_name: str | None
) -> list[str]:
    """Return what a command changes, as `take_names`; several cannot get one new name.

    Raises:
        InputError: As `take_specifiers`, or several and a new name.
    """
    names = take_names(standard_input, name, what=what)
    if new_name is not None and len(names) > 1:
        message = "only one at a time can get a new name, but standard input names several"
        raise InputError(message, hint="name one, or leave out --name")
    return names


def take_specifiers(standard_input: Input, what: str) -> list[str]:
    """Read names or ids: one per line, or JSON objects that have an `id`.

    Raises:
        InputError: Nothing came, or an object without id.
    """
    text = standard_input.take_text(what).strip()
    found = _from_json(text) if text.startswith(("{", "[")) else text.splitlines()
    specifiers = [line.strip() for line in found if line.strip()]
    if not specifiers:
        message = f"expected {what} on stdin but none found"
        raise InputError(message, hint="name it, or pipe in names or IDs, one per line")
    return specifiers


def _from_json(text: str) -> list[str]:
    decoder, position, found = json.JSONDecoder(), 0, list[object]()
    try:
        # Several objects may follow each other without commas, as `op item get -` prints them.
        while position < len(text):
            value, position = decoder.raw_decode(text, position)
            found.extend(value if isinstance(value, list) else [value])
            while position < len(text) and text[position].isspace():
                position += 1
    except (ValueError, RecursionError):
        message = "standard input holds damaged JSON"
        raise InputError(message) from None
    if not all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in found):
        message = "standard input holds a JSON object without an ID"
        raise InputError(message)
    return [one["id"] for one in found if isinstance(one, dict)]
