"""Who else may read or write the files: those of the local folder, the listing, the database."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from strongroom.cli.doctor.findings import Finding, Verdict
from strongroom.errors import LocalFileError
from strongroom.home.files import Folder
from strongroom.home.listing import has_listing
from strongroom.home.paths import LISTING_NAME
from strongroom.store.sqlite.sides import sides_of_others, user_of, what_helps

FILES: Final = "files"
DATABASE: Final = "database"

_GROUP_AND_OTHERS: Final = 0o077
_GROUP: Final = 0o070
_OTHERS: Final = 0o007
_MAY_REPLACE: Final = 0o022
# What SQLite keeps beside a database.
_SIDES: Final = ("", "-wal", "-shm", "-journal")


def local_files(folder: Path) -> Iterator[Finding]:
    """Find local files that are not private; they hold the Secret Key."""
    if not os.path.lexists(folder):
        yield Finding(FILES, Verdict.SKIPPED, f"there is no folder {folder}")
        return
    yield from _private(folder, "chmod 700")
    if folder.is_dir() and not folder.is_symlink():
        for path in sorted(folder.iterdir()):
            yield from _private(path, "chmod 600")


def listing(folder: Folder) -> Iterator[Finding]:
    """Find out why programs that are written for `op` do not see our accounts."""
    unseen = "programs that look there for accounts do not see those of this computer"
    try:
        if has_listing(folder) is None:
            detail = f"{folder.path / LISTING_NAME} is another program's, and is left as it is"
            yield Finding(FILES, Verdict.NOTE, f"{detail}: {unseen}")
    except LocalFileError as error:
        # Nothing of ours is there to be lost.
        yield Finding(FILES, Verdict.NOTE, f"{error.message}: {unseen}", error.hint or "")


def _private(path: Path, cure: str) -> Iterator[Finding]:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        yield Finding(FILES, Verdict.PROBLEM, f"{path} is a symbolic link", "remove it")
    elif status.st_uid != os.geteuid():
        yield Finding(FILES, Verdict.PROBLEM, f"{path} belongs to another user", "move it away")
    elif status.st_mode & _GROUP_AND_OTHERS:
        detail = f"{path} is open to other users"
        yield Finding(FILES, Verdict.PROBLEM, detail, f"close it: {cure} {path}")


def databases(paths: Iterable[Path]) -> Iterator[Finding]:
    """Find databases that anybody may read or write, or put another one in the place of."""
    for path in paths:
        if not path.exists():
            hint = "check the address of the account"
            yield Finding(DATABASE, Verdict.PROBLEM, f"there is no database at {path}", hint)
            continue
        for side in _SIDES:
            yield from _closed(Path(f"{path}{side}"))
        yield from _left(path)
        yield from _folder(path.parent)


def _closed(path: Path) -> Iterator[Finding]:
    if not path.exists():
        return
    mode = path.stat().st_mode
    if mode & _OTHERS:
        detail = f"{path} is open to every user of this computer"
        yield Finding(DATABASE, Verdict.PROBLEM, detail, f"close it: chmod o= {path}")
    elif mode & _GROUP:
        # Several people of one computer may share an account in this way.
        yield Finding(DATABASE, Verdict.NOTE, f"{path} is open to its group")


def _left(path: Path) -> Iterator[Finding]:
    """Find what somebody left beside a database that keeps its owner from writing it."""
    for side in sides_of_others(path):
        detail = f"{side} belongs to {user_of(side)}, and the database's owner, {user_of(path)}, "
        detail += "cannot write it"
        yield Finding(DATABASE, Verdict.PROBLEM, detail, what_helps(path, side=side))


def _folder(folder: Path) -> Iterator[Finding]:
    mode = folder.stat().st_mode
    if mode & stat.S_ISVTX:
        return  # as in /tmp: nobody replaces the files of others
    if mode & _OTHERS & _MAY_REPLACE:
        detail = f"every user of this computer can replace files in {folder}"
        yield Finding(DATABASE, Verdict.PROBLEM, detail, f"close it: chmod o-w {folder}")
    elif mode & _MAY_REPLACE:
        yield Finding(DATABASE, Verdict.NOTE, f"its group can replace files in {folder}")
