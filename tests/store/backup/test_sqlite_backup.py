"""Copies of a database in use: whole, checked, and never over another file."""

import errno
import os
import resource
import shutil
import signal
import sqlite3
import stat
from pathlib import Path

import pytest

from strongroom.errors import (
    InputError,
    LocalFileError,
    StoreError,
    StoreForeignError,
    StoreMissingError,
)
from strongroom.store.schema import SCHEMA_VERSION
from strongroom.store.sqlite import backup as sqlite_backup
from strongroom.store.sqlite.backup import backup
from strongroom.store.sqlite.store import SqliteStore
from support.children import fork
from support.releases import become_next
from support.sqlite_backups import ONE, TWO, accounts, ask, damage, files, names, put

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


def test_rests_that_cannot_be_removed(path, store, tmp_path, monkeypatch):
    """What cannot be cleared away denies no backup that was made, and hides no reason."""

    def refuse(_path, **_options):
        raise OSError(errno.EIO, "refused")

    monkeypatch.setattr(Path, "unlink", refuse)
    backup(path, tmp_path / "copy.db")
    assert accounts(tmp_path / "copy.db") == accounts(path)
    monkeypatch.setattr(os, "fsync", lambda _descriptor: refuse(path))
    with pytest.raises(LocalFileError, match="could not be written"):
        backup(path, tmp_path / "other.db")


def test_hint_of_a_full_disk(path, store, tmp_path, monkeypatch):
    """A full disk is told as such, with what helps."""

    def refuse(_descriptor):
        raise OSError(errno.ENOSPC, "refused")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(LocalFileError) as caught:
        backup(path, tmp_path / "copy.db")
    assert caught.value.hint == "free space and try again"
    assert not (tmp_path / "copy.db").exists()
