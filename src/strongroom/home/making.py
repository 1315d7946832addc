"""Making a file that is durable before anybody can take it for complete."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

# In memory at once, where a file has to be copied.
_COPIED_BYTES: Final = 1024 * 1024
# Where Linux has a name for each open file, by which one without a name gets one.
_DESCRIPTORS: Final = "/proc/self/fd"
# Of a file system that has no files without a name, and of an old kernel.
_NO_UNNAMED: Final = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT})


@contextmanager
def made(name: str, *, mode: int, folder: int) -> Iterator[BinaryIO]:
    """Make a file that is durable when the block ends.

    Args:
        folder: Its descriptor.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    with _completed(os.open(name, flags, mode, dir_fd=folder), mode=mode) as file:
        yield file


@contextmanager
def made_whole(name: str, *, mode: int, folder: int) -> Iterator[BinaryIO]:
    """Make a file as `made`; where the system can, it has no name before it is whole.

    A process that is killed meanwhile leaves nothing of it then.
    """
    unnamed = _open_unnamed(mode=mode, folder=folder)
    if unnamed is None:
        with made(name, mode=mode, folder=folder) as file:
            yield file
        return
    # The descriptor keeps it while it has no name.
    with os.fdopen(os.dup(unnamed), "rb") as whole:
        with _completed(unnamed, mode=mode) as file:
            yield file
        _give_first_name(whole, name, folder=folder, mode=mode)


def _open_unnamed(*, mode: int, folder: int) -> int | None:
    """Make a file that has no name yet, where system and file system have such files."""
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not Path(_DESCRIPTORS).is_dir():
        return None
    try:
        return os.open(".", flag | os.O_RDWR | os.O_CLOEXEC, mode, dir_fd=folder)
    except OSError as error:
        if error.errno in _NO_UNNAMED:
            return None
        raise


def _give_first_name(whole: BinaryIO, name: str, *, folder: int, mode: int) -> None:
    own = f"{_DESCRIPTORS}/{whole.fileno()}"
    try:
        os.link(own, name, dst_dir_fd=folder, follow_symlinks=True)
    except (PermissionError, NotImplementedError):
        # A system that gives no second name: a file with a name is made of it.
        whole.seek(0)
        with made(name, mode=mode, folder=folder) as file:
            while part := whole.read(_COPIED_BYTES):
                file.write(part)


@contextmanager
def _completed(descriptor: int, *, mode: int) -> Iterator[BinaryIO]:
    with os.fdopen(descriptor, "wb") as file:
        # The umask may have taken bits away that the caller asked for.
        os.fchmod(descriptor, mode)
        yield file
        file.flush()
        os.fsync(descriptor)
