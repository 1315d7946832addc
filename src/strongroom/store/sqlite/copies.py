"""Where a copy of a database may stand, and how it gets there.

A file appears under its name whole and on the disk, or not at all. None is put
beside a WAL or journal that is not its own: SQLite would apply that to it.
Source: https://www.sqlite.org/howtocorrupt.html section 1.4.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from strongroom.crypto.public.randomness import make_bytes
from strongroom.errors import InputError, LocalFileError
from strongroom.errors.places import NO_ROOM

SIDES: Final = ("-wal", "-shm", "-journal")
_OWNER_ONLY: Final = 0o600
# A temporary name keeps so much of the own one, since names end at 255 bytes.
_NAME_CHARACTERS: Final = 48


def check_place(source: Path, target: Path, *, replace: bool) -> None:
    """Refuse a place for a backup that would harm the database or another file.

    Raises:
        InputError: It is the database itself, or a name that SQLite uses beside it.
        LocalFileError: There is a file that may not be replaced, or its WAL.
    """
    check_not_same(source, target)
    beside = {Path(f"{source}{side}").absolute() for side in SIDES}
    if target.absolute() in beside:
        message = f"{target} belongs to the database beside it"
        raise InputError(message, hint="choose another name")
    check_no_sides(target)
    if target.is_symlink() or target.exists():
        if not replace:
            message = f"{target} exists already"
            raise LocalFileError(message, hint="choose another name, or replace it with --force")
        if not stat.S_ISREG(target.lstat().st_mode):
            message = f"{target} is not a regular file"
            raise LocalFileError(message, hint="choose another name")


def check_not_same(source: Path, target: Path) -> None:
    """Refuse one file under two names."""
    if target.exists() and target.samefile(source):
        message = f"{target} is the database itself"
        raise InputError(message, hint="choose another file")


def check_no_sides(target: Path) -> None:
    """Refuse a place where a new file would meet a WAL or journal of another one."""
    for side in SIDES:
        if Path(f"{target}{side}").exists():
            message = (
                f"{target}{side} is left from a database that is gone, or belongs to one in use"
            )
            hint = "move it away if no process uses it, or choose another name"
            raise LocalFileError(message, hint=hint)


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Make an empty file beside another one, for this user only; it is gone afterwards."""
    name = f".{target.name[:_NAME_CHARACTERS]}.{make_bytes(8).hex()}"
    copy = target.absolute().with_name(name)
    try:
        with explained(target):
            os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_RDWR, _OWNER_ONLY))
        yield copy
    finally:
        for side in ("", *SIDES):
            # What cannot be removed is no reason to deny what was done, or to hide why it was not.
            with suppress(OSError):
                Path(f"{copy}{side}").unlink()


def publish(copy: Path, target: Path, *, replace: bool) -> None:
    """Give a finished copy its name, durably."""
    # Nobody else has it open, so closing a descriptor drops nobody's locks.
    _sync(copy)
    # Opened first: once the copy has its name, as little as can be may fail.
    folder = os.open(target.absolute().parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if not replace:
            _claim(copy, target)
        copy.replace(target)
        os.fsync(folder)
    finally:
        os.close(folder)


def _claim(copy: Path, target: Path) -> None:
    """Take a name that nobody has: unlike a rename, this never drops another file."""
    try:
        target.hardlink_to(copy)
    except FileExistsError:
        raise
    except OSError:
        # Sticks and shares have no links: an empty file holds the name for a moment.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an operating system error into one that names the file and what to do."""
    try:
        yield
    except FileExistsError:
        message = f"{path} exists already"
        raise LocalFileError(message, hint="choose another name") from None
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else "unknown reason"
        message = f"{path} could not be written: {reason}"
        full = error.errno in NO_ROOM
        hint = "free space and try again" if full else "check the disk and the folder's owner"
        raise LocalFileError(message, hint=hint) from None
