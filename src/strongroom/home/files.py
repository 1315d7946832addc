"""Private files: written whole or not at all, read by their owner only.

Rules (specs/formats.md section 14):

1. Our files stand in one folder with mode 0700 that belongs to this user; each
   has mode 0600. Anything else is refused, never repaired.
2. Symbolic links are refused, for the folder and for the files.
3. A file is replaced atomically: a new file beside it, fsync, rename, fsync of
   the folder. A crash leaves the old content or the new one.
4. The folder is opened once per operation and used through its descriptor, so
   nobody can put another folder in its place between check and use.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from strongroom.crypto.public.randomness import make_bytes
from strongroom.errors import LocalFileError
from strongroom.errors.places import NO_ROOM
from strongroom.home.making import made, made_whole

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
# The largest is a state file: 100 bytes for each of 100,000 containers, in base64.
FILE_BYTES_MAX: Final = 32 * 1024 * 1024

_OTHERS: Final = 0o077
_LOCK_NAME: Final = ".lock"
_OPEN: Final = os.O_CLOEXEC | os.O_NOFOLLOW
_HINTS: Final = {
    **dict.fromkeys(NO_ROOM, "free space and try again"),
    errno.ENOENT: "check the path: each folder in it must exist",
    errno.ENOTDIR: "check the path: what stands before a / must be a folder",
    errno.EISDIR: "name a file, not a folder",
}


@dataclass(frozen=True, slots=True)
class Folder:
    """One private folder; it is made at the first write."""

    path: Path

    def load(self, name: str) -> bytes | None:
        """Return a file's content, or `None` if there is no such file.

        Raises:
            LocalFileError: The folder or the file is not private, is a
                symbolic link, is too large, or cannot be read.
        """
        with self._opened(make=False) as folder:
            if folder is None:
                return None
            with _explained(self.path / name, "read"):
                return _load(folder, name, self.path / name)

    def store(self, name: str, data: bytes) -> None:
        """Make or replace a file, atomically and durably.

        Raises:
            LocalFileError: The folder is not private, or the disk refused.
        """
        with self._opened(make=True) as folder, _explained(self.path / name, "written"):
            assert folder is not None, "a folder that may be made is always there"
            _replace(name, data, mode=FILE_MODE, folder=folder)

    def remove(self, name: str) -> bool:
        """Remove a file; return whether there was one."""
        with self._opened(make=False) as folder:
            if folder is None:
                return False
            with _explained(self.path / name, "removed"):
                try:
                    os.unlink(name, dir_fd=folder)
                except FileNotFoundError:
                    return False
        return True

    def has_leftovers(self, name: str) -> bool:
        """Tell whether a `store` of this name was killed, or is under way just now."""
        with self._opened(make=False) as folder:
            return folder is not None and bool(self._leftovers(folder, name))

    def sweep(self, name: str) -> None:
        """Remove what a killed `store` of this name left; all who store it hold the lock."""
        with self._opened(make=False) as folder:
            if folder is None:
                return
            for leftover in self._leftovers(folder, name):
                with _explained(self.path / leftover, "removed"), suppress(FileNotFoundError):
                    os.unlink(leftover, dir_fd=folder)

    def _leftovers(self, folder: int, name: str) -> list[str]:
        with _explained(self.path, "listed"):
            names = os.listdir(folder)
        return [one for one in names if one.startswith(_temporary(name))]

    def names(self) -> list[str]:
        """Return the names of the files, sorted; those that begin with a dot are ours alone."""
        with self._opened(make=False) as folder:
            if folder is None:
                return []
            with _explained(self.path, "listed"):
                names = os.listdir(folder)  # noqa: PTH208  (by descriptor, rule 4)
                return sorted(name for name in names if not name.startswith("."))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold this folder's lock: read, merge and write belong together."""
        with self._opened(make=True) as folder:
            assert folder is not None, "a folder that may be made is always there"
            with _explained(self.path / _LOCK_NAME, "locked"):
                flags = os.O_RDWR | os.O_CREAT | _OPEN
                descriptor = os.open(_LOCK_NAME, flags, FILE_MODE, dir_fd=folder)
            try:
                with _explained(self.path / _LOCK_NAME, "locked"):
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                # Closing alone would not release it while a child that was forked meanwhile has
                # the descriptor, too.
                with suppress(OSError):
                    fcntl.flock(descriptor, fcntl.LOCK_UN)
                os.close(descriptor)

    @contextmanager
    def _opened(self, *, make: bool) -> Iterator[int | None]:
        with _explained(self.path, "opened"):
            descriptor = _open_folder(self.path, make=make)
        if descriptor is None:
            yield None
            return
        try:
            _check_folder(descriptor, self.path)
            yield descriptor
        finally:
            os.close(descriptor)


def load_file(path: Path, *, bytes_max: int) -> bytes:
    """Return the content of a file of the user's own choice; links are followed.

    Raises:
        LocalFileError: It cannot be read, is a device, pipe or folder, or is too large.
    """
    with _explained(path, "read"):
        try:
            # Without O_NONBLOCK a pipe under this name would hang us before the check.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            message = f"there is no file {path}"
            raise LocalFileError(message, hint="check its name") from None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                message = f"{path} is not a regular file"
                raise LocalFileError(message, hint="check its name")
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read(bytes_max + 1)
        finally:
            os.close(descriptor)
    if len(content) > bytes_max:
        message = f"{path} has more than {bytes_max} bytes"
        raise LocalFileError(message, hint="check its name")
    return content


def check_folder(path: Path) -> None:
    """Refuse a folder in which no file can be made, before something depends on it.

    Raises:
        LocalFileError: It does not exist, or this user may not write there.
    """
    if not path.is_dir():
        message = f"the folder {path} does not exist"
        raise LocalFileError(message, hint="create it first, or choose another place")
    if not os.access(path, os.W_OK | os.X_OK):
        message = f"the folder {path} cannot be written by this user"
        raise LocalFileError(message, hint="check its mode, or choose another place")


def create_file(path: Path, data: bytes, *, mode: int = FILE_MODE) -> None:
    """Write a new file, whole and durably; one that exists is never touched.

    Raises:
        LocalFileError: There is a file or link of this name, or the disk refused.
    """
    with write_parts(path, mode=mode, replace=False) as write:
        write(data)


def replace_file(path: Path, data: bytes, *, mode: int = FILE_MODE) -> None:
    """Make or replace a file of the user's own choice, atomically.

    Links are followed; devices and pipes (`/dev/null`) are written to. The file
    is a new one: it belongs to this user and has the mode that is asked for,
    whosever and however open the one before it was.

    Raises:
        LocalFileError: The disk refused.
    """
    with write_parts(path, mode=mode, replace=True) as write:
        write(data)


@contextmanager
def write_parts(
    path: Path, *, mode: int = FILE_MODE, replace: bool
) -> Iterator[Callable[[bytes], object]]:
    """Write a file of the user's own choice part by part; what is yielded writes a part.

    It gets its name when the block ends without an error: a reader never sees
    a part of it, and where the system can write a file without a name (Linux), a
    process that is killed meanwhile leaves nothing of it. Links, owner, mode and
    devices as for `replace_file`.

    Args:
        replace: Whether a file that exists is replaced; otherwise it is never touched.

    Raises:
        LocalFileError: There is a file of this name, or the disk refused.
    """
    with _explained(path, "written"), ExitStack() as opened:
        real = path.resolve() if replace else path
        if replace:
            with suppress(FileNotFoundError):
                status = real.stat()
                if not stat.S_ISREG(status.st_mode):
                    yield opened.enter_context(real.open("wb")).write
                    return
        folder = os.open(real.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        opened.callback(os.close, folder)
        temporary = f"{_temporary(real.name)}{make_bytes(8).hex()}"
        opened.callback(_forget, temporary, folder)
        with made_whole(temporary, mode=mode, folder=folder) as file:
            yield file.write
        if replace:
            os.replace(temporary, real.name, src_dir_fd=folder, dst_dir_fd=folder)
        else:
            _give_name(temporary=temporary, name=real.name, folder=folder, path=path)
        os.fsync(folder)


def _give_name(*, temporary: str, name: str, folder: int, path: Path) -> None:
    try:
        try:
            os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except (PermissionError, NotImplementedError):
            # A file system without links: the name is taken first, then given.
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN
            os.close(os.open(name, flags, FILE_MODE, dir_fd=folder))
            os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except FileExistsError:
        message = f"{path} exists already"
        raise LocalFileError(message, hint="choose another name") from None


def _forget(name: str, folder: int) -> None:
    # Where even that fails, the first error says more.
    with suppress(OSError):
        os.unlink(name, dir_fd=folder)


def _open_folder(path: Path, *, make: bool) -> int | None:
    if make:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            path.mkdir(mode=FOLDER_MODE)
    try:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | _OPEN)
    except FileNotFoundError:
        return None


def _check_folder(descriptor: int, path: Path) -> None:
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid():
        message = f"the folder {path} belongs to another user"
        raise LocalFileError(message, hint="set STRONGROOM_HOME to a folder of your own")
    if status.st_mode & _OTHERS:
        message = f"the folder {path} is open to other users"
        raise LocalFileError(message, hint=f"close it: chmod 700 {path}")


def _load(folder: int, name: str, path: Path) -> bytes | None:
    try:
        # Without O_NONBLOCK a pipe under this name would hang us before the check.
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | _OPEN, dir_fd=folder)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        _check_file(os.fstat(descriptor), path)
        return file.read()


def _check_file(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        message = f"{path} is not a regular file"
        raise LocalFileError(message, hint="move it away and try again")
    if status.st_uid != os.geteuid():
        message = f"{path} belongs to another user"
        raise LocalFileError(message, hint="move it away and try again")
    if status.st_mode & _OTHERS:
        message = f"{path} is open to other users"
        raise LocalFileError(message, hint=f"close it: chmod 600 {path}")
    if status.st_size > FILE_BYTES_MAX:
        message = f"{path} is larger than any file that Strongroom writes"
        raise LocalFileError(message, hint="move it away and try again")


def _replace(name: str, data: bytes, *, mode: int, folder: int) -> None:
    temporary = f"{_temporary(name)}{make_bytes(8).hex()}"
    try:
        _write(temporary, data, mode=mode, folder=folder)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        _forget(temporary, folder)
        raise
    os.fsync(folder)


def _temporary(name: str) -> str:
    """Return how the names begin under which a file is written first."""
    return f".{name[:64]}."


def _write(name: str, data: bytes, *, mode: int, folder: int) -> None:
    with made(name, mode=mode, folder=folder) as file:
        file.write(data)


@contextmanager
def _explained(path: Path, what: str) -> Iterator[None]:
    """Turn an operating system error into one that names the file and what to do."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ELOOP or (error.errno == errno.ENOTDIR and path.is_symlink()):
            message = f"{path} is a symbolic link"
            raise LocalFileError(message, hint="remove the link and try again") from None
        reason = os.strerror(error.errno) if error.errno else "unknown reason"
        message = f"{path} could not be {what}: {reason.lower()}"
        known = _HINTS.get(error.errno or 0)
        hint = "check the disk and the file's owner" if known is None else known
        raise LocalFileError(message, hint=hint) from None
