"""Copies of a database while others work on it, and the way back.

Rules:

1. Pages are copied by SQLite, inside one transaction, whoever else reads or
   writes meanwhile. Source: https://www.sqlite.org/backup.html.
2. What was copied is checked, not what lies there: that may change meanwhile.
3. A database that is there keeps its file: its whole content is replaced by one
   transaction, so that every process that has it open goes on with the new one,
   and who is killed half way leaves the old content or the new.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from strongroom.errors import (
    InputError,
    StoreBusyError,
    StoreError,
    StoreForeignError,
    StoreMissingError,
)
from strongroom.ids import NO_ACCOUNT, AccountId, ContainerId, format_id
from strongroom.store.sqlite.copies import (
    SIDES,
    check_no_sides,
    check_not_same,
    check_place,
    explained,
    publish,
    staged,
)
from strongroom.store.sqlite.errors import translated
from strongroom.store.sqlite.files import file_at, file_uri
from strongroom.store.sqlite.readers import open_to_read
from strongroom.store.sqlite.schema import check_ours, check_untouched, upgrade
from strongroom.store.sqlite.sides import clear_at_start, may_use, share_sides
from strongroom.store.waiting import repeat_while_busy

# As long as a write waits for others (`store.sqlite`).
_WAIT_SECONDS: Final = 30.0


def backup(source: Path, target: Path, *, replace: bool = False) -> None:
    """Write a consistent copy of a database to another file, while others use it.

    The copy is one file with mode 0600, of the same version as the database.

    Args:
        replace: Whether a file of that name may be replaced.

    Raises:
        LocalFileError: There is such a file, or it cannot be written.
        InputError: It is the database itself or stands beside it.
        StoreError: And its kinds: the database cannot be read, or has something
            in its schema that is not ours.
    """
    with translated(source):
        file_at(source)
        check_untouched(source)
    with explained(target):
        check_place(source, target, replace=replace)
    with staged(target) as copy:
        with translated(source):
            # Whoever may only read it can meet a change by somebody else.
            repeat_while_busy(partial(_copy_from, source, copy=copy), _WAIT_SECONDS)
            with closing(_connect(copy, "mode=ro")) as made:
                _check_integrity(made, source)
        with explained(target):
            publish(copy, target, replace=replace)


def restore(
    source: Path, target: Path, *, account: AccountId = NO_ACCOUNT, force: bool = False
) -> list[Gone]:
    """Replace the content of a database by that of a backup; make the file if there is none.

    A backup of an older release is brought up to date on the way; it stays as
    it is itself.

    Args:
        account: The account that the backup must hold, empty if none is known.
        force: Whether accounts may be missing from the backup: `account`, and
            those that the database holds now.

    Returns:
        The containers in use that the backup does not have.

    Raises:
        InputError: The backup lacks an account, or is the database itself.
        LocalFileError: The file cannot be made.
        StoreForeignError: Backup or database is not ours, damaged, or has
            something in its schema that is not ours.
        StoreOlderError: It was made before version 1 of the formats was final.
        StoreNewerError: Backup or database was written by a newer release.
        StoreBusyError: Others held the write lock until the deadline.
        StoreError: And its other kinds. All or nothing was changed: nothing, unless a disk
            failed or was full.
    """
    exists = _check_restore(source, target)
    with staged(target) as copy:
        with translated(source), closing(_connect(source, _options(source))) as connection:
            check_ours(connection, source)
            _copy(connection, target=copy, name=source)
            _prepare(copy, source=source)
        if not force:
            _check_accounts(
                source=source, copy=copy, account=account, target=target if exists else None
            )
        gone = _list_gone(copy=copy, target=target) if exists else []
        if exists:
            with translated(target):
                _overwrite(copy, target)
        else:
            with explained(target):
                publish(copy, target, replace=False)
    return gone


class Gone(NamedTuple):
    """A container that a restore took away: its kind as the formats number it, and its id."""

    kind: int
    id: ContainerId


# -- parts -----------------------------------------------------------------------------


def _check_restore(source: Path, target: Path) -> bool:
    """Refuse what can be no backup or no place for it; return whether there is a database."""
    with translated(source):
        _need_backup(source)
        check_untouched(source)
    with explained(target):
        check_not_same(source, target)
        exists = target.exists()
        if not exists:
            check_no_sides(target)
    if exists:
        with translated(target):
            file_at(target)
            check_untouched(target)
    return exists


def _need_backup(source: Path) -> None:
    try:
        file_at(source)
    except StoreMissingError:
        message = f"there is no backup at {source}"
        raise StoreMissingError(message, hint="check the name of the backup") from None


def _connect(path: Path, options: str = "mode=rw") -> sqlite3.Connection:
    uri = file_uri(path, options)
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_WAIT_SECONDS)
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


def _copy_from(source: Path, *, copy: Path) -> None:
    """Copy a database in use."""
    with _opened(source) as connection:
        _copy(connection, target=copy, name=source)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database in use, of this or an older release, and leave nothing beside it."""
    if not may_use(path):
        with _opened_to_read(path) as connection:
            yield connection
        return
    clear_at_start(path)
    with ExitStack() as stack:
        # Opened to read only, a connection leaves even the WAL of a newer release as it is.
        looking = _connect(path, "mode=ro")
        stack.callback(looking.close)
        check_ours(looking, path)
        # Closed last, it empties the WAL; the other one could not.
        connection = stack.enter_context(closing(_connect(path)))
        share_sides(path, file_at(path))
        looking.close()
        yield connection


@contextmanager
def _opened_to_read(path: Path) -> Iterator[sqlite3.Connection]:
    connection, way, _ = open_to_read(path, _WAIT_SECONDS)
    with closing(connection), way.checked():
        yield connection


def _options(path: Path) -> str:
    """Return how to open a backup: also in a place where nothing can be written beside it."""
    in_use = any(Path(f"{path}{side}").exists() for side in SIDES)
    return "mode=ro" if in_use else "mode=ro&immutable=1"


def _copy(source: sqlite3.Connection, *, target: Path, name: Path) -> None:
    """Copy a database into an empty file, which is then complete without a WAL."""
    with closing(_connect(target)) as connection:
        _transfer(source, connection, name)
        connection.execute("PRAGMA journal_mode=DELETE")


def _transfer(source: sqlite3.Connection, target: sqlite3.Connection, name: Path) -> None:
    """Replace all pages of one database by those of another, in one transaction."""
    deadline = time.monotonic() + _WAIT_SECONDS

    def go_on(status: int, _remaining: int, _total: int) -> None:
        # Python repeats a step that met a lock, for ever if nobody stops it.
        locked = status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if locked and time.monotonic() >= deadline:
            message = f"the database {name} is in use by another process"
            raise StoreBusyError(message, hint="try again; nothing was written")

    source.backup(target, pages=-1, progress=go_on)


def _overwrite(copy: Path, target: Path) -> None:
    clear_at_start(target)
    with closing(_connect(copy)) as source, closing(_connect(target)) as connection:
        check_ours(connection, target)
        connection.execute("PRAGMA journal_mode=WAL")
        share_sides(target, file_at(target))
        connection.execute("PRAGMA synchronous=FULL")
        _match_pages(source, connection)
        _transfer(source, connection, target)
        # The new content fills the WAL; whoever still reads the old one makes it stay there.
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _match_pages(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Give the copy the database's page size, without which nothing can be replaced in a WAL."""
    sizes = [one.execute("PRAGMA page_size").fetchone()[0] for one in (source, target)]
    if sizes[0] != sizes[1]:
        source.execute(f"PRAGMA page_size={sizes[1]}")
        source.execute("VACUUM")


def _prepare(copy: Path, *, source: Path) -> None:
    """Check the copy of a backup, and bring it up to date: what was copied, not what lies there."""
    with closing(_connect(copy)) as connection:
        _check_integrity(connection, source)
        upgrade(connection, source)


def _check_integrity(connection: sqlite3.Connection, path: Path) -> None:
    rows = connection.execute("PRAGMA integrity_check(1)").fetchall()
    if rows != [("ok",)]:
        message = f"the database {path} is damaged"
        raise StoreForeignError(message, hint="use an undamaged backup")


def _check_accounts(*, source: Path, copy: Path, account: AccountId, target: Path | None) -> None:
    needed = {account} - {b""} | (set() if target is None else list_accounts(target))
    missing = sorted(needed - list_accounts(copy))
    if missing:
        message = f"the backup {source} does not hold the account {format_id(missing[0])}"
        raise InputError(
            message, hint="use another backup, or restore this one anyway with --force"
        )


def _list_gone(*, copy: Path, target: Path) -> list[Gone]:
    try:
        before = _list_containers(target)
    except StoreError:
        return []  # what is damaged is restored all the same
    return sorted(before - _list_containers(copy))


def _list_containers(path: Path) -> set[Gone]:
    with translated(path), _opened(path) as connection:
        rows = connection.execute("SELECT kind, id FROM containers WHERE deleted_ms = 0")
        return {Gone(*row) for row in rows}


def list_accounts(path: Path) -> set[AccountId]:
    """Return the ids of the accounts in a database, in use or not.

    Raises:
        StoreError: It cannot be read, or is not ours.
    """
    with translated(path), _opened(path) as connection:
        return {row[0] for row in connection.execute("SELECT id FROM accounts")}
