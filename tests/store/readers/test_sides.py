"""What others left beside a file keeps nobody out who may write it."""

import os
import sqlite3
from pathlib import Path

import pytest

from strongroom.errors import StoreForeignError
from strongroom.store import waiting
from strongroom.store.sqlite import readers
from strongroom.store.sqlite.backup import backup, restore
from strongroom.store.sqlite.store import SqliteStore
from support.sqlite_files import COUNT, count, put
from support.users import (
    ANA,
    BOB,
    EVE,
    NEEDS_ROOT,
    TEAM,
    as_user,
    kill_while_open,
    leave,
    names,
    read_once,
    refused,
    write_once,
)

pytestmark = NEEDS_ROOT


LEFT = {"of the team": (TEAM, 0o640), "of the reader alone": (BOB, 0o600)}


@pytest.mark.parametrize(("group", "mode"), LEFT.values(), ids=LEFT.keys())
def test_leftovers_are_cleared(path, group, mode):
    """Side files that a reader left do not keep the owner from writing, and are gone then."""
    leave(path, group=group, mode=mode)
    assert as_user(lambda: read_once(path), EVE if mode & 4 else BOB)() == 1
    as_user(lambda: write_once(path, b"second"))()
    assert names(path) == [path.name]
    assert as_user(lambda: read_once(path))() == 2


def test_leftovers_while_open(path):
    """Leftovers in use are named when a write fails, and do not stop it when they are free."""
    ready, go_on, ended = os.pipe(), os.pipe(), os.pipe()

    def old():
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        connection.execute(COUNT).fetchone()
        os.write(ready[1], b".")
        os.read(go_on[0], 1)
        connection.close()

    def work():
        store = SqliteStore.open(path)
        told = refused(lambda: store.write(put(b"no")))
        os.write(go_on[1], b".")
        os.read(ended[0], 1)
        store.write(put(b"second"))
        return [told, store.read(count)]

    answer_old = as_user(old, BOB)
    os.read(ready[0], 1)
    answer = as_user(work)
    answer_old()
    os.write(ended[1], b".")
    told, rows = answer()
    assert f"{path}-wal belongs to user {BOB}" in told
    assert f"stop the programs of user {BOB}" in told
    assert rows == 2


def test_leftovers_in_a_sticky_folder(path):
    """Where the owner cannot remove what somebody left, the error says who can."""
    os.chown(path.parent, 0, TEAM)
    path.parent.chmod(0o3770)
    leave(path)
    told = as_user(lambda: refused(lambda: write_once(path, b"no")))()
    assert f"user {BOB} or root can remove it" in told
    assert as_user(lambda: read_once(path))() == 1


@pytest.mark.parametrize(("group", "mode"), LEFT.values(), ids=LEFT.keys())
def test_backups_beside_leftovers(path, group, mode):
    """The owner makes a backup, and puts it back, whatever a reader left."""
    copy = path.parent / "copy.db"
    leave(path, group=group, mode=mode)
    as_user(lambda: backup(path, copy))()
    as_user(lambda: write_once(path, b"second"))()
    leave(path, group=group, mode=mode)
    as_user(lambda: restore(copy, path, force=True))()
    assert names(path) == [copy.name, path.name]
    assert as_user(lambda: read_once(path))() == 1


def test_what_waits_is_not_removed(path):
    """A WAL of somebody else in which changes wait stays, and the error says what to do."""
    kill_while_open(path, ANA, lambda store: store.write(put(b"second")))
    wal = Path(f"{path}-wal")
    os.chown(wal, BOB, BOB)
    wal.chmod(0o600)
    before = wal.read_bytes()
    told = as_user(lambda: refused(lambda: write_once(path, b"no")))()
    assert f"{wal} belongs to user {BOB}" in told
    assert f"{wal} holds changes, so do not remove it" in told
    assert wal.read_bytes() == before
    assert read_once(path) == 2  # root empties it, and gives what it makes to the owner
    as_user(lambda: write_once(path, b"third"))()


def test_an_unreadable_wal_of_a_writer_stays(path):
    """An empty WAL that the owner cannot read is not removed where its owner may commit."""
    path.chmod(0o660)
    leave(path, group=BOB, mode=0o600)
    told = as_user(lambda: refused(lambda: write_once(path, b"no")))()
    assert f"{path}-wal belongs to user {BOB}" in told
    assert len(names(path)) == 3


def test_leftovers_of_another_application(path, tmp_path):
    """Beside a file that is not ours nothing is removed."""
    path.unlink()

    def work():
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE accounts (text)")
        connection.close()

    as_user(work)()
    path.chmod(0o640)
    leave(path)

    def opened():
        with pytest.raises(StoreForeignError):
            SqliteStore.open(path)

    as_user(opened)()
    assert len(names(path)) == 3


def test_side_files_get_the_databases_group(path):
    """In a folder that does not hand its group on, the group of the file reads what waits."""
    os.chown(path.parent, ANA, ANA)
    path.parent.chmod(0o755)
    kill_while_open(path, ANA, lambda store: store.write(put(b"second")))
    for end in ("-wal", "-shm"):
        assert Path(f"{path}{end}").stat().st_gid == TEAM
    assert as_user(lambda: read_once(path), BOB)() == 2


def test_side_files_closed_to_the_reader(path, writer):
    """A reader that cannot see what waits is told which file, of whom, and what to do."""
    wal = Path(f"{path}-wal")
    os.chown(wal, -1, ANA)
    told = as_user(lambda: refused(lambda: read_once(path)), BOB)()
    assert f"this user cannot read {wal} of user {ANA}" in told
    assert "chmod g+s" in told


def test_a_lost_shm(path):
    """A WAL in which changes wait is not passed over because its `-shm` is missing."""
    kill_while_open(path, ANA, lambda store: store.write(put(b"second")))
    Path(f"{path}-shm").unlink()
    os.utime(path.parent, (0, 0))  # or its last writer might be removing both just now
    told = as_user(lambda: refused(lambda: read_once(path)), BOB)()
    assert "the -shm to read them is missing" in told
    assert len(names(path)) == 2


def test_an_unfinished_change(path):
    """A journal beside the file is not passed over."""
    Path(f"{path}-journal").write_bytes(b"x")
    told = as_user(lambda: refused(lambda: read_once(path)), BOB)()
    assert f"unfinished change in {path}-journal" in told


def test_the_wal_went_away_meanwhile(path, monkeypatch):
    """A reader that made a WAL, because the owner's went away since it looked, removes it."""
    genuine, looks = readers._look, []

    def late(where):
        looks.append(where)
        return readers.Beside(where) if len(looks) == 1 else genuine(where)

    monkeypatch.setattr(readers, "_look", late)
    with monkeypatch.context() as patched:
        patched.setattr(waiting, "_RETRY_SECONDS", 0.03)
        assert as_user(lambda: read_once(path), BOB)() == 1
    assert names(path) == [path.name]
