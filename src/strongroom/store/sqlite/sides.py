"""The files that SQLite keeps beside a database: whose they are, and when they go.

Whoever uses a database makes a `-wal` and a `-shm`, which get its mode but not
its owner. If somebody who may only read it made them (earlier releases did, and
other programs do), or somebody whose own group they got, those who may write
the database cannot write them. Rules:

1. What we make gets the group of the database.
2. Side files that this user cannot write are removed where it is certain that
   nothing waits in them and nobody uses them: under SQLite's exclusive lock.
3. What cannot be removed is named, with its owner.
"""

from __future__ import annotations

import os
import pwd
import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from strongroom.store.sqlite.files import file_uri

_SIDES: Final = ("-wal", "-shm")
_GROUP: Final = 0o060
_MAY_WRITE: Final = 0o022
# With the user who acts, not the one who called a set-user-id program.
_AS_ACTING: Final = os.access in os.supports_effective_ids


def may(what: int, path: Path) -> bool:
    """Ask the kernel, which knows modes, lists and mounts, whether this user may do something."""
    return os.access(path, what, effective_ids=_AS_ACTING)


def may_use(path: Path) -> bool:
    """Ask whether this user may write a database, and has or may make what is beside it."""
    beside = all(path_of(path, end).exists() for end in _SIDES)
    return may(os.W_OK, path) and (beside or may(os.W_OK | os.X_OK, path_of(path).parent))


def path_of(path: Path, end: str = "") -> Path:
    """Return where a file beside a database is: beside what a link leads to."""
    return Path(os.path.realpath(path) + end)


def size_of(path: Path) -> int:
    """Return the size of a file, nothing if there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def user_of(path: Path) -> str:
    """Return the name of a file's owner, for a message."""
    number = path.stat().st_uid
    try:
        return f"user {pwd.getpwuid(number).pw_name}"
    except KeyError:
        return f"user {number}"


def closed_sides(path: Path) -> list[Path]:
    """Return the side files that this user may not both read and write."""
    sides = [path_of(path, end) for end in _SIDES]
    return [side for side in sides if side.exists() and not may(os.R_OK | os.W_OK, side)]


def sides_of_others(path: Path) -> list[Path]:
    """Return the side files that the owner of a database cannot write, by their modes."""
    database, found = path_of(path).stat(), []
    for side in (path_of(path, end) for end in _SIDES):
        with suppress(FileNotFoundError):
            made = side.stat()
            shared = made.st_gid == database.st_gid and made.st_mode & stat.S_IWGRP
            if made.st_uid != database.st_uid and not shared and not made.st_mode & stat.S_IWOTH:
                found.append(side)
    return found


def share_sides(path: Path, found: os.stat_result) -> None:
    """Give the side files that this user made the group of a database that a group may open.

    Args:
        found: What the system knows of the database.
    """
    if not stat.S_IMODE(found.st_mode) & _GROUP:
        return
    for end in _SIDES:
        # Others may close the database meanwhile, and a list of rights may forbid it.
        with suppress(OSError):
            side = path_of(path, end)
            made = side.stat()
            if made.st_gid != found.st_gid and made.st_uid == os.geteuid():
                os.chown(side, -1, found.st_gid)


def clear_at_start(path: Path) -> None:
    """Remove what somebody else left, before a connection that writes meets it; one call."""
    try:
        found = os.stat(f"{path}-wal")  # noqa: PTH116  (at every start)
    except FileNotFoundError:
        return
    if found.st_uid != os.geteuid():
        clear_sides(path)


def clear_sides(path: Path) -> bool:
    """Remove side files that this user cannot write, if nothing waits in them and nobody uses them.

    Returns:
        Whether all are gone that were in the way; false if none were.
    """
    closed, wal = closed_sides(path), path_of(path, "-wal")
    if not closed or (wal in closed and size_of(wal)):
        return False
    with suppress(OSError, sqlite3.Error):
        if wal in closed and not may(os.R_OK, wal) and not _take_unreadable(path, wal=wal):
            return False
        # Only who shares the file with nobody gets this lock, and nobody joins while it is held.
        with closing(sqlite3.connect(file_uri(path, "mode=rw"), uri=True, timeout=0)) as alone:
            alone.execute("PRAGMA locking_mode=EXCLUSIVE")
            alone.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            closed = closed_sides(path)
            if wal in closed and size_of(wal):
                return False
            for side in closed:
                side.unlink(missing_ok=True)
        return not closed_sides(path)
    return False


def _take_unreadable(path: Path, *, wal: Path) -> bool:
    """Remove an empty WAL that SQLite could not even open, if its owner never writes into it."""
    database, made = path_of(path).stat(), wal.stat()
    # Nobody but the owner and root may write the database, so nobody else commits.
    if database.st_mode & _MAY_WRITE or made.st_uid in {0, database.st_uid}:
        return False
    wal.unlink()
    return True


def why_not_written(path: Path) -> tuple[str, str] | None:
    """Return why this user cannot write a database, or not open it, and what helps.

    Nothing if it is not for want of a right.
    """
    try:
        return _why(path_of(path))
    except OSError:
        return None


def _why(path: Path) -> tuple[str, str] | None:
    if not may(os.R_OK, path):
        return "cannot be opened by this user", "check the modes of the file and its folder"
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return "is mounted read-only", "write it where it is mounted for writing"
    if not may(os.W_OK, path):
        hint = f"ask {user_of(path)} for the right to write the file and its folder"
        return "can only be read by this user", hint
    closed = closed_sides(path)
    if closed:
        return _of_others(path, side=closed[0])
    if not may(os.W_OK | os.X_OK, path.parent):
        hint = f"ask {user_of(path.parent)} for the right to write the folder {path.parent}"
        return "cannot be written by this user: SQLite must create files in its folder", hint
    return None


def _of_others(path: Path, *, side: Path) -> tuple[str, str]:
    owner = user_of(side)
    text = f"cannot be written: {side} belongs to {owner}, and this user cannot write it"
    return text, what_helps(path, side=side)


def what_helps(path: Path, *, side: Path) -> str:
    """Return what to do about a side file that those who write the database cannot write."""
    owner, wal = user_of(side), path_of(path, "-wal")
    if size_of(wal) and not may(os.W_OK, wal):
        return (
            f"{wal} holds changes, so do not remove it: {owner} or root must open the database once"
        )
    folder = side.parent.stat()
    sticky = folder.st_mode & stat.S_ISVTX and os.geteuid() not in {0, folder.st_uid}
    if sticky or not may(os.W_OK | os.X_OK, side.parent):
        return f"{owner} or root can remove it when no program uses the database"
    return (
        f"stop the programs of {owner} that use the database; the next write then removes the file"
    )
