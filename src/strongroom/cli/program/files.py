"""Files that the command line names: read up to a limit, written for their owner alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final, NamedTuple

from strongroom.cli.program.asking import ask
from strongroom.cli.program.stdin import INPUT_BYTES_MAX
from strongroom.errors import InputError, LocalFileError, TooLargeError
from strongroom.home.files import create_file, replace_file

_MODE_MAX: Final = 0o777


class _DoubleKeyError(Exception):
    """An object of a JSON text names a key twice."""


def absolute(path: str) -> Path:
    """Return a path of the command line, from the root.

    Raises:
        LocalFileError: It begins in the current folder, and that is gone.
    """
    try:
        return Path(os.path.abspath(path))  # noqa: PTH100  (resolve() would follow links)
    except FileNotFoundError:
        message = "the current folder is gone"
        raise LocalFileError(message, hint="go to another one: cd ~") from None


def read_limited(path: Path, *, what: str) -> bytes:
    """Return the bytes of a file, at most as many as standard input may have.

    Args:
        what: What it is, for errors.

    Raises:
        LocalFileError: It cannot be read.
        TooLargeError: More than any command takes.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(INPUT_BYTES_MAX + 1)
    except OSError:
        message = f"{what} {path} cannot be read"
        raise LocalFileError(message, hint="check its name and permissions") from None
    if len(raw) > INPUT_BYTES_MAX:
        message = f"{what} {path} has more than {INPUT_BYTES_MAX} bytes"
        raise TooLargeError(message)
    return raw


def parse_json(text: str, *, what: str) -> Any:
    """Return what a JSON text says; a fault is told by its place, never quoted.

    Args:
        what: What it is, for errors.

    Raises:
        InputError: Not JSON, nested too deep, a number of thousands of digits, or an object
            names a key twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_without_doubles)
    except json.JSONDecodeError as error:
        message = f"{what} is not JSON: line {error.lineno}, column {error.colno}"
    except _DoubleKeyError:
        message = f"{what} has an object that names a key twice"
    except ValueError:
        message = f"{what} has a number that is too long"
    except RecursionError:
        message = f"{what} is nested too deep"
    raise InputError(message)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _DoubleKeyError
    return dict(pairs)


def parse_mode(text: str) -> int:
    """Read an octal file mode.

    Raises:
        InputError: Not one.
    """
    try:
        mode = int(text, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= _MODE_MAX:
        message = f'invalid argument "{text}" for "--file-mode" flag'
        raise InputError(message, hint="for example 0600")
    return mode


class OutFile(NamedTuple):
    """A file to be written: where, its mode if it is new, whether to take another one's place."""

    path: Path
    mode: int
    force: bool


def take_out_file(*, path: str | None, mode: str, force: bool) -> OutFile | None:
    """Read `--out-file`, `--file-mode` and `--force`; nothing for standard output.

    Raises:
        InputError: The mode is none.
        LocalFileError: There is such a file, and nobody said yes to its replacement.
    """
    number = parse_mode(mode)
    if path is None:
        return None
    found = OutFile(absolute(path), number, force)
    _check_overwrite(found)
    return found


def _check_overwrite(target: OutFile) -> None:
    """Ask before a file is overwritten; where nobody can be asked, refuse."""
    path = target.path
    if target.force or not path.is_file():
        return
    if not ask(f"{path} exists already. Overwrite it?"):
        message = f"{path} exists already"
        raise LocalFileError(message, hint="use --force to overwrite it")


def write_secret_file(target: OutFile, data: bytes) -> None:
    """Write a file that may hold secrets; without `--force` a new one never follows a link."""
    if target.force or target.path.exists():
        replace_file(target.path, data, mode=target.mode)
    else:
        create_file(target.path, data, mode=target.mode)
