"""Reading where nothing can be written: closed folders, mounts, other file systems."""

import stat
import subprocess
import time

import pytest

from strongroom.store.sqlite import readers
from strongroom.store.sqlite.backup import backup
from strongroom.store.sqlite.store import SqliteStore
from support.children import fork
from support.sqlite_files import count
from support.users import BOB, NEEDS_ROOT, as_user, names, read_once, refused, write_once

pytestmark = NEEDS_ROOT


def mount_read_only(folder):
    for options in (["--bind"], ["-o", "remount,bind,ro"]):
        source = [folder] if options == ["--bind"] else []
        done = subprocess.run(
            ["mount", *options, *source, folder], check=False, capture_output=True
        )
        if done.returncode:
            pytest.skip("this computer lets no test mount anything")


@pytest.fixture(params=["a folder of mode 0555", "a read-only mount"])
def closed(request, path):
    """Return who reads, in a folder that takes no new file from them."""

    def close():
        if request.param == "a read-only mount":
            mount_read_only(path.parent)
            return as_root
        path.parent.chmod(0o555)
        return lambda work: as_user(work, BOB)

    def as_root(work):
        return fork(work)

    path.chmod(0o664)
    return close


def test_a_closed_folder(path, closed):
    """A file in a folder that takes no files is read, and a write is refused with the reason."""
    start = closed()
    assert start(lambda: read_once(path))() == 1
    told = start(lambda: refused(lambda: write_once(path, b"no")))()
    assert "is mounted read-only" in told or "must create files in its folder" in told
    assert names(path) == [path.name]


def test_a_closed_folder_beside_a_writer(path, writer, closed):
    """It is read as well while somebody else has it open, and what waits in the WAL is seen."""
    start = closed()
    assert start(lambda: read_once(path))() == 2


def test_a_mount_whose_outside_writes(path):
    """A container's read-only mount shows what is written outside, by whom it was, at once."""
    inside = path.parent.parent / "inside"
    inside.mkdir()
    for arguments in (["--bind", path.parent, inside], ["-o", "remount,bind,ro", inside]):
        if subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode:
            pytest.skip("this computer lets no test mount anything")
    try:
        store = SqliteStore.open(inside / path.name)
        assert store.read(count) == 1
        as_user(lambda: write_once(path, b"second"))()
        time.sleep(0.05)
        assert store.read(count) == 2
        store.close()
        assert names(path) == [path.name]
    finally:
        subprocess.run(["umount", inside], check=True)


def test_a_file_mounted_alone(path):
    """A file that is mounted without its folder is refused, since its WAL is elsewhere."""
    for arguments in (["--bind", path, path], ["-o", "remount,bind,ro", path]):
        if subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode:
            pytest.skip("this computer lets no test mount anything")
    try:
        assert "mounted without its folder" in refused(lambda: read_once(path))
    finally:
        subprocess.run(["umount", path], check=True)


@pytest.mark.parametrize("kind", ["nfs4", "fuse.sshfs", "virtiofs", None])
def test_other_file_systems(path, monkeypatch, kind):
    """Where changes by others may be seen late, or the kind is unknown, a reader is refused."""
    mounts = path.parent.parent / "mountinfo"
    if kind is not None:
        place = str(path.parent).replace("a", "\\141")
        mounts.write_text(f"1 0 0:1 / / rw - ext4 a rw\n2 1 0:2 / {place} ro - {kind} b ro\n")
    monkeypatch.setattr(readers, "_MOUNTS", mounts)
    told = as_user(lambda: refused(lambda: read_once(path)), BOB)()
    assert (kind or "an unknown file system") in told
    assert as_user(lambda: read_once(path))() == 1


def test_a_backup_by_a_reader(path, closed):
    """Who may only read the file backs it up, and leaves nothing beside it."""
    start = closed()
    stick = path.parent.parent / "stick"
    stick.mkdir()
    stick.chmod(0o777)
    start(lambda: backup(path, stick / "copy.db"))()
    assert names(path) == [path.name]
    assert read_once(stick / "copy.db") == 1
    assert stat.S_IMODE((stick / "copy.db").stat().st_mode) == 0o600


def test_a_backup_as_it_was_copied(path):
    """A backup that was never opened is read where nothing can be written beside it."""
    copy = path.parent / "copy.db"
    as_user(lambda: backup(path, copy))()
    copy.chmod(0o644)
    assert as_user(lambda: read_once(copy), BOB)() == 1
    assert names(path) == [copy.name, path.name]
