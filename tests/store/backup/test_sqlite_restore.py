"""The way back from a backup: in one transaction, into a database in use, or not at all."""

import os
import resource
import signal
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from strongroom.errors import (
    InputError,
    LocalFileError,
    StoreBusyError,
    StoreError,
    StoreForeignError,
    StoreMissingError,
    StoreNewerError,
)
from strongroom.store.schema import SCHEMA_VERSION
from strongroom.store.sqlite import backup as sqlite_backup
from strongroom.store.sqlite import copies as sqlite_copies
from strongroom.store.sqlite.backup import backup, restore
from strongroom.store.sqlite.store import SqliteStore
from support.children import fork
from support.releases import NEXT_VERSION, become_next
from support.sqlite_backups import ONE, THREE, TWO, accounts, ask, damage, files, names, put

PUT_USER = """INSERT INTO users VALUES (:account, :id, :email, :salt, 1, 1, 1, 1, :seed, :salt)"""


def put_user(number, size=2000):
    async def work(session):
        name = number.to_bytes(16, "big")
        more = {"salt": b"", "seed": os.urandom(size), "email": str(number)}
        await session.run(PUT_USER, account=ONE, id=name, **more)

    return work


@pytest.fixture
def kept(tmp_path, store, path):
    """A backup of it, in a folder of its own."""
    folder = tmp_path / "kept"
    folder.mkdir()
    backup(path, folder / "copy.db")
    return folder / "copy.db"


# -- restore ---------------------------------------------------------------------------


def test_restore(path, store, kept):
    """The database has the backup's content again, in the same file, for whoever has it open."""
    store.write(put(TWO))
    for number in range(200):
        store.write(put_user(number))
    token, inode = store.change_token(), path.stat().st_ino
    restore(kept, path, account=ONE, force=True)
    assert store.change_token() != token
    assert store.read(names) == {ONE}
    assert ask(path, "SELECT count(*) FROM users") == [(0,)]
    assert path.stat().st_ino == inode
    store.write(put(THREE))
    store.close()
    assert accounts(path) == {ONE, THREE}
    assert set(files(path.parent)) == {"strongroom.db"}


def test_restore_of_more(path, store, tmp_path):
    """A backup that is larger than the database is restored as well."""
    for number in range(200):
        store.write(put_user(number))
    backup(path, tmp_path / "copy.db")
    ask(path, "DELETE FROM users")
    ask(path, "VACUUM")
    restore(tmp_path / "copy.db", path)
    assert accounts(path) == {ONE}
    assert ask(path, "SELECT count(*) FROM users") == [(200,)]


def test_restore_of_a_missing_file(path, store, kept):
    """A database that is gone is made again, for its owner only."""
    store.close()
    path.unlink()
    restore(kept, path, account=ONE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert accounts(path) == {ONE}
    assert set(files(path.parent)) == {"strongroom.db"}


@pytest.mark.parametrize("side", ["-wal", "-journal"])
def test_left_over_wal(path, store, kept, side):
    """Nothing is made beside the WAL of a database that is gone: it would be applied to it."""
    store.close()
    path.unlink()
    Path(f"{path}{side}").write_bytes(b"left over")
    with pytest.raises(LocalFileError, match="is left from a database"):
        restore(kept, path)
    assert set(files(path.parent)) == {f"strongroom.db{side}"}


def test_restore_leaves_the_backup_alone(tmp_path, path, monkeypatch):
    """A backup of an older release is brought up to date on the way; itself it stays as it is."""
    source = tmp_path / "old" / "copy.db"
    source.parent.mkdir()
    SqliteStore.create(source).close()
    before = source.read_bytes()
    become_next(put=monkeypatch.setattr)
    for _ in range(2):  # a missing file, then one that is there
        restore(source, path)
        assert ask(path, "PRAGMA user_version") == [(NEXT_VERSION,)]
    assert files(source.parent) == {"copy.db": before}


def test_backup_without_the_account(path, store, kept):
    """A backup that lacks the account is refused, unless that is wanted."""
    with pytest.raises(InputError, match="does not hold the account"):
        restore(kept, path, account=TWO)
    restore(kept, path, account=TWO, force=True)
    assert store.read(names) == {ONE}


def test_backup_without_another_account(path, store, kept):
    """A backup that lacks an account that the database holds is refused likewise."""
    store.write(put(TWO))
    with pytest.raises(InputError, match="does not hold the account"):
        restore(kept, path, account=ONE)
    assert store.read(names) == {ONE, TWO}
    restore(kept, path, account=ONE, force=True)
    assert store.read(names) == {ONE}


def newer(path):
    ask(path, f"PRAGMA user_version={SCHEMA_VERSION + 1}")


def foreign(path):
    path.write_bytes(b"dear diary\n" * 500)


SPOILED = {
    newer: StoreNewerError,
    foreign: StoreForeignError,
    damage: StoreForeignError,
    Path.unlink: StoreMissingError,
}


@pytest.mark.parametrize(("spoil", "error"), SPOILED.items(), ids=lambda one: one.__name__)
def test_backups_that_are_refused(path, store, kept, spoil, error):
    """A backup that is newer, damaged or none at all changes nothing, even by force."""
    store.write(put(TWO))
    spoil(kept)
    with pytest.raises(error):
        restore(kept, path, force=True)
    assert store.read(names) == {ONE, TWO}
    assert not [name for name in files(path.parent) if name.startswith(".")]


@pytest.mark.parametrize("spoil", [newer, foreign], ids=lambda one: one.__name__)
def test_databases_that_are_refused(path, store, kept, spoil):
    """A file that is newer or not ours is not replaced, even by force."""
    store.close()
    spoil(path)
    before = files(path.parent)
    with pytest.raises((StoreNewerError, StoreForeignError)):
        restore(kept, path, force=True)
    assert files(path.parent) == before


def test_restore_of_itself(path, store):
    """The database is no backup of itself."""
    with pytest.raises(InputError, match="itself"):
        restore(path, path)


def test_restore_into_a_pipe(path, store, kept):
    """A pipe at the database's place is refused, and nobody waits for its other end."""
    pipe = path.with_name("pipe")
    os.mkfifo(pipe)
    with pytest.raises(StoreForeignError):
        restore(kept, pipe, force=True)


def test_damaged_inside(path, store, kept):
    """A database that is damaged inside is whole again afterwards."""
    store.close()
    damage(path)
    restore(kept, path, force=True)
    assert accounts(path) == {ONE}


def test_busy(path, store, kept, monkeypatch):
    """A database that another one is writing is refused when the wait is over, unchanged."""
    store.write(put(TWO))
    monkeypatch.setattr(sqlite_backup, "_WAIT_SECONDS", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError):
            restore(kept, path, force=True)
    assert store.read(names) == {ONE, TWO}


def test_no_room_for_a_restore(path, store, kept):
    """Without room for the new content the database keeps the old one."""
    store.write(put(TWO))
    store.close()

    def work():
        most = kept.stat().st_size // 2
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with pytest.raises(StoreError):
            restore(kept, path, force=True)

    fork(work)()
    assert accounts(path) == {ONE, TWO}


def test_another_page_size(path, store, kept):
    """A backup with pages of another size is restored: somebody may have rewritten it."""
    with closing(sqlite3.connect(kept, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size=4096")
        connection.execute("VACUUM")
    assert ask(kept, "PRAGMA page_size") == [(4096,)]
    store.write(put_user(1))
    restore(kept, path)
    assert store.read(names) == {ONE}
    assert ask(path, "PRAGMA page_size") == [(16_384,)]


def test_backup_with_a_wal(path, store, tmp_path):
    """A plain database may serve as a backup, with what waits in its WAL."""
    other = tmp_path / "other.db"
    busy = SqliteStore.create(other)
    busy.write(put(ONE, TWO))
    assert Path(f"{other}-wal").stat().st_size
    restore(other, path)
    assert store.read(names) == {ONE, TWO}
    busy.close()


def test_backup_in_a_read_only_folder(path, store, kept):
    """A backup is restored from a place where nothing can be written."""
    if os.getuid() != 0:
        kept.parent.chmod(0o500)
    ask(kept, "PRAGMA journal_mode=WAL")
    before = files(kept.parent)
    restore(kept, path)
    assert files(kept.parent) == before
    kept.parent.chmod(0o700)


def test_restore_while_others_work(path, store, kept):
    """Others read and write on while the database is restored again and again, without errors."""
    errors, running = [], threading.Event()
    running.set()

    def write():
        number = 0
        while running.is_set():
            number += 1
            try:
                store.write(put_user(number, size=100))
            except StoreError as error:
                errors.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    for _ in range(10):
        restore(kept, path)
        assert store.read(names) == {ONE}
    running.clear()
    thread.join()
    assert errors == []
    assert accounts(path) == {ONE}


def test_temporary_names_end():
    """A temporary name fits where the longest name of a file does."""
    target = Path("/nowhere") / ("ü" * 127)
    name = f".{target.name[: sqlite_copies._NAME_CHARACTERS]}.{'0' * 16}-journal"
    assert len(name.encode()) <= 255
