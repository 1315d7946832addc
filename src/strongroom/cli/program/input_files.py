"""Reading a file that the command line names."""

from __future__ import annotations

from pathlib import Path

from strongroom.cli.program.stdin import INPUT_BYTES_MAX
from strongroom.errors import LocalFileError, TooLargeError


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
