"""Copies of a database in use, and the way back: whole, checked, and never over another file."""

import os
import resource
import shutil
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

ONE, TWO, THREE = (bytes([number]) * 16 for number in (1, 2, 3))
PUT = "INSERT INTO accounts (id, created_ms) VALUES (:id, 0)"
PUT_USER = """INSERT INTO users VALUES (:account, :id, :email, :salt, 1, 1, 1, 1, :seed, :salt)"""


def put(*names):
    async def work(session):
        for name in names:
            await session.run(PUT, id=name)

    return work


def put_user(number, size=2000):
    async def work(session):
        name = number.to_bytes(16, "big")
        more = {"salt": b"", "seed": os.urandom(size), "email": str(number)}
        await session.run(PUT_USER, account=ONE, id=name, **more)

    return work


async def names(session):
    return {row[0] for row in await session.all("SELECT id FROM accounts")}


def ask(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(sql).fetchall()
        connection.commit()
    return rows


def accounts(path):
    """Return the accounts of a sound file."""
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]
    return {row[0] for row in ask(path, "SELECT id FROM accounts")}


def files(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "strongroom.db"


@pytest.fixture
def store(path):
    """A database with the account ONE."""
    made = SqliteStore.create(path)
    made.write(put(ONE))
    yield made
    made.close()


@pytest.fixture
def kept(tmp_path, store, path):
    """A backup of it, in a folder of its own."""
    folder = tmp_path / "kept"
    folder.mkdir()
    backup(path, folder / "copy.db")
    return folder / "copy.db"


# -- backup ----------------------------------------------------------------------------


def test_backup(path, store, tmp_path):
    """A backup holds what was written by then, in one file that only its owner may read."""
    before = os.umask(0)
    try:
        backup(path, tmp_path / "copy.db")
    finally:
        os.umask(before)
    store.write(put(TWO))
    (tmp_path / "alone").mkdir()
    (tmp_path / "copy.db").rename(tmp_path / "alone" / "copy.db")
    copy = tmp_path / "alone" / "copy.db"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    # Not marked as one that needs a WAL: read also where nothing can be written beside it.
    assert copy.read_bytes()[18:20] == b"\1\1"
    assert accounts(copy) == {ONE}
    assert list(files(copy.parent)) == ["copy.db"]
    opened = SqliteStore.open(copy)
    assert opened.read(names) == {ONE}
    opened.close()


def test_backup_leaves_nothing_beside(path, store, tmp_path):
    """Neither a temporary file nor a WAL stays behind, and the database is as it was."""
    store.close()
    before = files(tmp_path)
    backup(path, tmp_path / "copy.db")
    assert set(files(tmp_path)) == {"strongroom.db", "copy.db"}
    assert files(tmp_path)["strongroom.db"] == before["strongroom.db"]


def write_pairs(path, stop):
    """Write two accounts per transaction until the parent says stop; return how many."""
    own, number = SqliteStore.open(path), 0
    os.set_blocking(stop, False)
    while True:
        try:
            os.read(stop, 1)
        except BlockingIOError:
            number += 1
            own.write(put(b"a%015d" % number, b"b%015d" % number))
            continue
        own.close()
        return number


def check_pairs(copies):
    """Each copy holds whole transactions, and no fewer than the one before."""
    most = -1
    for copy in copies:
        found = accounts(copy)
        left, right = ({name[1:] for name in found if name[:1] == one} for one in (b"a", b"b"))
        assert left == right
        assert len(left) >= most
        most = len(left)
    assert most > 0


def copy_while_writing(path, folder):
    """Make copies while another process writes; return them."""
    stop = os.pipe()
    child = fork(lambda: write_pairs(path, stop[0]))
    copies = [folder / f"{number}.db" for number in range(12)]
    try:
        for copy in copies:
            sqlite_backup.backup(path, copy)
    finally:
        os.write(stop[1], b"x")
        written = child()
        for end in stop:
            os.close(end)
    assert written > 0
    return copies


def test_backup_while_others_write(path, store, tmp_path):
    """A copy that is made while another process writes holds whole transactions only."""
    store.close()
    check_pairs(copy_while_writing(path, tmp_path))


def test_the_test_notices_a_plain_copy(path, store, tmp_path, monkeypatch):
    """MUTANT: copying the file as it lies there loses what waits in the WAL, or tears it."""
    store.close()
    monkeypatch.setattr(
        sqlite_backup, "_copy", lambda _source, target, name: shutil.copyfile(name, target)
    )
    with pytest.raises((AssertionError, StoreError, sqlite3.Error)):
        check_pairs(copy_while_writing(path, tmp_path))


def test_backup_of_an_older_release(tmp_path, path, store, monkeypatch):
    """A file of an older release is copied as it is, before anything is brought up to date."""
    store.close()
    before = path.read_bytes()
    become_next(put=monkeypatch.setattr)
    backup(path, tmp_path / "copy.db")
    assert ask(tmp_path / "copy.db", "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    assert path.read_bytes() == before


def test_existing_file(path, store, tmp_path):
    """An existing file is replaced only when that is asked for."""
    target = tmp_path / "copy.db"
    target.write_bytes(b"precious")
    with pytest.raises(LocalFileError, match="exists already"):
        backup(path, target)
    assert target.read_bytes() == b"precious"
    backup(path, target, replace=True)
    assert accounts(target) == {ONE}


def test_file_that_appears_meanwhile(path, store, tmp_path, monkeypatch):
    """A file that appears while the copy is made is not replaced either."""
    target = tmp_path / "copy.db"
    genuine = sqlite_backup.publish

    def late(copy, name, *, replace):
        target.write_bytes(b"precious")
        genuine(copy, name, replace=replace)

    monkeypatch.setattr(sqlite_backup, "publish", late)
    with pytest.raises(LocalFileError, match="exists already"):
        backup(path, target)
    assert target.read_bytes() == b"precious"


@pytest.mark.parametrize("taken", [False, True])
def test_disks_without_links(path, store, tmp_path, monkeypatch, taken):
    """Where the disk knows no links, a new name is taken, and an existing one is not."""
    target = tmp_path / "copy.db"

    def refuse(self, other):
        if taken:
            target.write_bytes(b"precious")
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    if taken:
        with pytest.raises(LocalFileError, match="exists already"):
            backup(path, target)
        assert target.read_bytes() == b"precious"
    else:
        backup(path, target)
        assert accounts(target) == {ONE}


def the_database(path):
    return path


def a_link_to_it(path):
    link = path.with_name("link.db")
    link.symlink_to(path)
    return link


def its_wal(path):
    return Path(f"{path}-wal")


def its_journal(path):
    return Path(f"{path}-journal")


def beside_a_wal(path):
    path.with_name("other.db-wal").write_bytes(b"left over")
    return path.with_name("other.db")


def a_folder(path):
    path.with_name("folder").mkdir()
    return path.with_name("folder")


def a_pipe(path):
    os.mkfifo(path.with_name("pipe"))
    return path.with_name("pipe")


def a_long_name(path):
    return path.with_name("n" * 300)


def in_no_folder(path):
    return path.parent / "no" / "copy.db"


PLACES = (
    the_database,
    a_link_to_it,
    its_wal,
    its_journal,
    beside_a_wal,
    a_folder,
    a_pipe,
    a_long_name,
    in_no_folder,
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_places_that_are_refused(path, store, place):
    """No backup takes a place where it would harm a database, even if it may replace files."""
    store.close()
    target = place(path)
    before = files(path.parent)
    with pytest.raises((InputError, LocalFileError)):
        backup(path, target, replace=True)
    assert files(path.parent) == before


def damage(path):
    """Spoil the middle of a database."""
    raw = bytearray(path.read_bytes())
    for page in range(2, len(raw) // 16_384):
        raw[page * 16_384 : page * 16_384 + 64] = b"\xff" * 64
    path.write_bytes(raw)


def test_damaged_database(path, store, tmp_path):
    """A damaged database gives no backup, and the one that was there stays."""
    target = tmp_path / "copy.db"
    backup(path, target)
    store.close()
    before = target.read_bytes()
    damage(path)
    with pytest.raises(StoreForeignError, match="damaged"):
        backup(path, target, replace=True)
    assert target.read_bytes() == before
    assert set(files(tmp_path)) == {"strongroom.db", "copy.db"}


def test_missing_database(tmp_path):
    """Without a database there is no backup, and none is made."""
    with pytest.raises(StoreMissingError):
        backup(tmp_path / "no.db", tmp_path / "copy.db")
    assert files(tmp_path) == {}


@pytest.mark.parametrize("most", [0, 40_000, 300_000])
def test_no_room_for_a_backup(path, store, tmp_path, most):
    """Without room there is an error and no file."""
    store.close()
    before = set(files(tmp_path))

    def work():
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with pytest.raises(StoreError):
            backup(path, tmp_path / "copy.db")

    fork(work)()
    assert set(files(tmp_path)) - {"strongroom.db-shm", "strongroom.db-wal"} == before


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
