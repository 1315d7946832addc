r"""What a runner of GitHub Actions is told: masks for its log, and lines for the files of a step.

A command is one line of a step's output. In what it says `%`, `\r` and `\n` are written `%25`,
`%0D` and `%0A` (the runner's ActionCommand.cs). The runner itself masks also what JSON, Base64
and addresses make of a value.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from typing import Final

from strongroom.errors import LocalFileError

_MASK: Final = b"::add-mask::"


def mask_commands(secrets: Iterable[bytes]) -> bytes:
    """Return the commands after which the log shows none of these secrets.

    A log is masked line by line, so each line of a secret is a mask as well. White space at the
    ends of a line is no part of it, since programs cut it off; nothing else is left of some
    lines, and the runner takes no such mask.

    Args:
        secrets: None of them is empty.
    """
    masks: set[bytes] = set()
    for secret in secrets:
        lines = secret.replace(b"\r", b"\n").split(b"\n")
        masks.update((secret, *(line.strip() for line in lines)))
    return b"".join(_MASK + _escape(one) + b"\n" for one in sorted(masks) if one.strip())


def append_whole(path: str, raw: bytes, *, what: str) -> None:
    """Append lines to a file that is there already, all or nothing.

    Where somebody left its last line without an end, that line is ended first: what follows would
    become a part of it, and each line of a secret one of its own, which the runner reads.

    Args:
        what: Which file it is, for errors.

    Raises:
        LocalFileError: It is not there, is no regular file, or cannot be written.
    """
    try:
        # Without O_NONBLOCK a pipe under this name would hang us before the check.
        flags = os.O_RDWR | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(path, flags)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                message = f"{what} is not a regular file"
                raise LocalFileError(message)
            _append(descriptor, raw)
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        message = f"{what} could not be written: {reason}"
        raise LocalFileError(message) from None


def _append(descriptor: int, raw: bytes) -> None:
    before = os.fstat(descriptor).st_size
    has_end = before == 0 or os.pread(descriptor, 1, before - 1) == b"\n"
    rest = memoryview(raw if has_end else b"\n" + raw)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except BaseException:
        os.ftruncate(descriptor, before)
        raise


def _escape(text: bytes) -> bytes:
    return text.replace(b"%", b"%25").replace(b"\r", b"%0D").replace(b"\n", b"%0A")
