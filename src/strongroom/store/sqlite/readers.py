"""How a database is read by somebody who may not write it.

SQLite makes two files beside a database, even to read it. Made by somebody who
may not write the database they would stay, and whoever may write it could not
write them. So a reader makes none, and reads in one of two ways (ADR 0022):

1. Changes wait in a `-wal`: together with the `-shm` of those who write, which
   is opened to read only. Source: https://www.sqlite.org/wal.html, "Read-Only
   Databases".
2. Nothing waits: the file alone, without locks (`immutable`). What was read
   counts if the file has the same stamp afterwards, and is read again if not.

The second is right because a writer changes the file itself only in a
checkpoint, during which the WAL is not empty: a file beside an empty one is
whole, and it stays so until a write, which moves its time. That time has to be
this kernel's, which is so on the file systems below; elsewhere we refuse.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final, NamedTuple, Protocol, TypeVar

from strongroom.errors import StoreBusyError, StoreReadOnlyError
from strongroom.store.sqlite.errors import is_refused, translated
from strongroom.store.sqlite.files import file_at, file_uri
from strongroom.store.sqlite.schema import check_ours, check_untouched
from strongroom.store.sqlite.sides import may, path_of, size_of, user_of
from strongroom.store.waiting import repeat_while_busy

T = TypeVar("T")

# File systems of this kernel, where a write by anybody moves the time that everybody sees. On
# nfs, cifs, 9p, virtiofs or fuse somebody else's kernel writes, and ours may not know it yet.
_LOCAL: Final = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "bcachefs", "f2fs", "zfs", "tmpfs", "ramfs"}
    | {"overlay", "squashfs", "erofs", "iso9660", "udf", "vfat", "exfat", "ntfs3"}
)
_MOUNTS: Final = Path("/proc/self/mountinfo")
_OCTAL: Final = re.compile(r"\\([0-7]{3})")

# Two writes within one tick of the kernel's clock (10 ms at the most) have one time.
_TICK_NS: Final = 20_000_000
# Some file systems keep whole seconds, FAT every other one.
_SECOND_NS: Final = 1_000_000_000
_SECONDS_NS: Final = 3 * _SECOND_NS


class FileStamp(NamedTuple):
    """What is another one after every write into a file."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int


def stamp_of(path: Path) -> FileStamp:
    """Return the stamp of a file.

    Raises:
        StoreMissingError: There is none.
    """
    found = file_at(path)
    return FileStamp(
        found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    )


class Way(Protocol):
    """One of the two ways in which a connection reads."""

    def is_current(self) -> bool:
        """Tell whether the connection sees all that there is."""

    def checked(self) -> AbstractContextManager[None]:
        """Let what is read inside count, and what fails, only if that was certain.

        Raises:
            StoreBusyError: It was not; the next read may be.
        """


class Alone:
    """The file alone, as it was under one stamp."""

    def __init__(self, path: Path, stamp: FileStamp) -> None:
        self._path = path
        self._stamp = stamp

    def is_current(self) -> bool:
        """Tell whether the file is as it was, and nothing waits beside it."""
        return stamp_of(self._path) == self._stamp and not size_of(path_of(self._path, "-wal"))

    @contextmanager
    def checked(self) -> Iterator[None]:
        """Refuse what was read of a file that was changed meanwhile."""
        try:
            yield
        except Exception:
            if stamp_of(self._path) == self._stamp:
                raise
        else:
            if stamp_of(self._path) == self._stamp:
                return
        message = f"the database {self._path} was changed while it was read"
        raise StoreBusyError(message, hint="try again")


class Beside:
    """The file with the `-wal` and `-shm` of others; SQLite follows what they write."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_current = True

    def is_current(self) -> bool:
        """Tell whether SQLite was never refused what it needs."""
        return self._is_current

    @contextmanager
    def checked(self) -> Iterator[None]:
        """Open anew if the `-shm` would have to be written: its writer was killed, say."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if not is_refused(error):
                raise
            self._is_current = False
            raise _closed_meanwhile(self._path) from None


def open_to_read(path: Path, wait_seconds: float) -> tuple[sqlite3.Connection, Way, int]:
    """Open a database that this user may not write, and make nothing beside it.

    Args:
        wait_seconds: How long to wait for somebody who is writing into the file.

    Returns:
        The connection; the way in which it reads; the version of the database.

    Raises:
        StoreBusyError: Somebody wrote into the file until then.
        StoreReadOnlyError: It cannot be read without the right to write; the message says why.
        StoreError: And its other kinds, as a store's `open`.
    """
    _check_place(path)

    def once() -> tuple[sqlite3.Connection, Way, int]:
        with translated(path):
            return _open_once(path)

    return repeat_while_busy(once, wait_seconds)


def _open_once(path: Path) -> tuple[sqlite3.Connection, Way, int]:
    way = _look(path)
    is_beside = isinstance(way, Beside)
    with way.checked():
        check_untouched(path)
        connection = _connect(path, "readonly_shm=1" if is_beside else "immutable=1")
        try:
            with _taking_back(path) if is_beside else nullcontext():
                version = check_ours(connection, path)
            connection.execute("PRAGMA query_only=ON")
        except BaseException:
            connection.close()
            raise
    return connection, way, version


def _connect(path: Path, options: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        file_uri(path, f"mode=ro&{options}"),
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=0,
    )
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


def _look(path: Path) -> Way:
    """Return how a file can be read now."""
    stamp, now = stamp_of(path), time.time_ns()
    journal = path_of(path, "-journal")
    if size_of(journal):
        message = f"the database {path} has an unfinished change in {journal}"
        hint = "open it once as a user who may write it and its folder"
        raise StoreReadOnlyError(message, hint=hint)
    if size_of(path_of(path, "-wal")):
        _check_sides(path)
        return Beside(path)
    # The stamp came first: who wrote since then has moved it, if the clock has.
    grain = _TICK_NS if stamp.changed_ns % _SECOND_NS else _SECONDS_NS
    if abs(now - stamp.changed_ns) < grain:
        message = f"the database {path} was changed a moment ago"
        raise StoreBusyError(message, hint="try again")
    return Alone(path, stamp)


def _check_sides(path: Path) -> None:
    for end in ("-wal", "-shm"):
        side = path_of(path, end)
        if may(os.R_OK, side):
            continue
        try:
            owner = user_of(side)
        except FileNotFoundError:
            raise _without(path, end) from None
        message = f"the database {path} has changes in its -wal, and this user cannot read {side}"
        message += f" of {owner}"
        hint = "give it the group and mode of the database; chmod g+s on the folder makes that last"
        raise StoreReadOnlyError(message, hint=hint)


def _without(path: Path, end: str) -> StoreBusyError | StoreReadOnlyError:
    """Return the error for a side file that is not there: for good, or removed just now."""
    removed_ns = path_of(path).parent.stat().st_mtime_ns
    if abs(time.time_ns() - removed_ns) < _SECONDS_NS:
        return _closed_meanwhile(path)
    message = f"the database {path} has changes in its -wal, and the {end} to read them is missing"
    hint = "open it once as a user who may write it and its folder"
    return StoreReadOnlyError(message, hint=hint)


def _closed_meanwhile(path: Path) -> StoreBusyError:
    message = f"the database {path} was closed by its last writer just now"
    return StoreBusyError(message, hint="try again")


@contextmanager
def _taking_back(path: Path) -> Iterator[None]:
    """Remove the `-wal` that SQLite makes if its owner's went away since we looked.

    It is empty, and nobody who could write the database could write it.
    """
    try:
        yield
    finally:
        wal = path_of(path, "-wal")
        with suppress(FileNotFoundError):
            found = wal.stat()
            ours = found.st_uid == os.geteuid() != path.stat().st_uid
            if ours and not found.st_size:
                wal.unlink()
                raise _closed_meanwhile(path)


# -- where it lies -------------------------------------------------------------------------


def _check_place(path: Path) -> None:
    """Refuse a file whose changes, or whose `-wal`, cannot be seen for certain from here."""
    real = path_of(path)
    point, kind = _mount_of(real)
    if point == real:
        message = f"the database {path} is mounted without its folder, where its -wal is"
        raise StoreReadOnlyError(message, hint="mount the folder, not the file")
    if kind not in _LOCAL:
        message = (
            f"the database {path} cannot be read without the right to write it: it is on {kind}"
        )
        message += ", where changes by others can show late"
        hint = "read a backup on a local disk, or give this user the right to write the file"
        raise StoreReadOnlyError(message, hint=hint)


def _mount_of(path: Path) -> tuple[Path, str]:
    """Return where the file system of a path is mounted, and its kind."""
    best, kind = Path("/"), "an unknown file system"
    places = {path, *path.parents}
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return best, kind
    for line in lines:
        head, _, tail = line.partition(" - ")
        point = Path(_OCTAL.sub(lambda found: chr(int(found[1], 8)), head.split(" ")[4]))
        # A later line lies over an earlier one.
        if point in places and len(point.parts) >= len(best.parts):
            best, kind = point, tail.split(" ")[0]
    return best, kind
