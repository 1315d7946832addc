"""Private files: modes, links, atomic replacement, and whose fault it is."""

import errno
import fcntl
import multiprocessing
import os
import stat
import threading
from pathlib import Path

import pytest

from strongroom.errors import LocalFileError
from strongroom.home.files import (
    FILE_BYTES_MAX,
    Folder,
    check_folder,
    create_file,
    load_file,
    replace_file,
    write_parts,
)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "home")


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_modes(folder):
    """The folder is made with 0700 and a file with 0600, whatever the umask says."""
    before = os.umask(0)
    try:
        folder.store("a", b"x")
    finally:
        os.umask(before)
    assert _mode(folder.path) == 0o700
    assert _mode(folder.path / "a") == 0o600


def test_round_trip(folder):
    """What was stored is loaded again, and the newest content wins."""
    folder.store("a", b"one")
    folder.store("a", b"two")
    assert folder.load("a") == b"two"
    assert folder.names() == ["a"]


def test_absence(folder):
    """A missing folder or file is no error: there is nothing yet."""
    assert folder.load("a") is None
    assert folder.names() == []
    assert folder.remove("a") is False
    folder.store("b", b"")
    assert folder.load("a") is None


def test_remove(folder):
    """A removed file is gone, and its removal is reported once."""
    folder.store("a", b"x")
    assert folder.remove("a") is True
    assert folder.remove("a") is False


def test_link_as_file(folder, tmp_path):
    """A symbolic link in place of a file is refused by name, not followed."""
    folder.store("other", b"x")
    (tmp_path / "target").write_bytes(b"stolen")
    (folder.path / "a").symlink_to(tmp_path / "target")
    with pytest.raises(LocalFileError, match="a is a symbolic link") as caught:
        folder.load("a")
    assert caught.value.hint


def test_store_over_link(folder, tmp_path):
    """Replacing a link replaces the link; what it points to keeps its content."""
    folder.store("other", b"x")
    target = tmp_path / "target"
    target.write_bytes(b"theirs")
    (folder.path / "a").symlink_to(target)
    folder.store("a", b"ours")
    assert target.read_bytes() == b"theirs"
    assert folder.load("a") == b"ours"


def test_link_as_folder(tmp_path):
    """A symbolic link in place of the folder is refused."""
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "home").symlink_to(tmp_path / "real")
    with pytest.raises(LocalFileError, match="symbolic link"):
        Folder(tmp_path / "home").load("a")
    with pytest.raises(LocalFileError, match="symbolic link"):
        Folder(tmp_path / "home").store("a", b"x")


def test_open_folder(folder):
    """A folder that others may enter is refused, with the command that closes it."""
    folder.store("a", b"x")
    folder.path.chmod(0o750)
    with pytest.raises(LocalFileError, match="open to other users") as caught:
        folder.load("a")
    assert "chmod 700" in caught.value.hint


def test_open_file(folder):
    """A file that others may read is refused, with the command that closes it."""
    folder.store("a", b"x")
    (folder.path / "a").chmod(0o640)
    with pytest.raises(LocalFileError, match="open to other users") as caught:
        folder.load("a")
    assert "chmod 600" in caught.value.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_foreign_folder(folder):
    """A folder of another user is refused even where root could use it."""
    folder.store("a", b"x")
    os.chown(folder.path, 12345, -1)
    with pytest.raises(LocalFileError, match="belongs to another user"):
        folder.load("a")


def test_pipe_as_file(folder):
    """A pipe in place of a file is refused at once instead of being waited for."""
    folder.store("b", b"x")
    os.mkfifo(folder.path / "a", 0o600)
    with pytest.raises(LocalFileError, match="not a regular file"):
        folder.load("a")


def test_file_as_folder(tmp_path):
    """A file in place of the folder is an error that names it."""
    (tmp_path / "home").write_text("x")
    with pytest.raises(LocalFileError, match="home"):
        Folder(tmp_path / "home").load("a")


def test_size_limit(folder):
    """A file one byte over the limit is refused; one at the limit is read."""
    folder.store("a", b"x")
    os.truncate(folder.path / "a", FILE_BYTES_MAX)
    assert len(folder.load("a")) == FILE_BYTES_MAX
    os.truncate(folder.path / "a", FILE_BYTES_MAX + 1)
    with pytest.raises(LocalFileError, match="larger than"):
        folder.load("a")


def test_failed_replacement_keeps_the_old(folder, monkeypatch):
    """A write that fails half way leaves the old content and no rubbish."""
    folder.store("a", b"old")

    def fail(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(LocalFileError, match="no space left"):
        folder.store("a", b"new")
    monkeypatch.undo()
    assert folder.load("a") == b"old"
    assert [path.name for path in folder.path.iterdir()] == ["a"]


def test_replacement_is_synced(folder, monkeypatch):
    """Both the new file and its folder are flushed to the disk before a store returns."""
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (synced.append(os.fstat(fd).st_mode), real(fd))[1])
    folder.store("a", b"x")
    assert [stat.S_ISDIR(mode) for mode in synced] == [False, True]


def test_lock_excludes(folder):
    """Two holders of the lock follow each other: no update is lost."""
    folder.store("count", b"0")

    def add():
        for _ in range(20):
            with folder.locked():
                folder.store("count", b"%d" % (int(folder.load("count")) + 1))

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert folder.load("count") == b"60"


def test_lock_outlives_no_fork(folder):
    """A child that is forked while the lock is held does not go on holding it."""
    context = multiprocessing.get_context("fork")
    reading, writing = context.Pipe(duplex=False)
    with folder.locked():
        child = context.Process(target=reading.recv, daemon=True)
        child.start()
    taken = threading.Event()

    def take():
        with folder.locked():
            taken.set()

    threading.Thread(target=take, daemon=True).start()
    assert taken.wait(timeout=20)
    writing.send(None)
    child.join()


def test_create_refuses_existing(tmp_path):
    """A new file never takes the place of one that is there."""
    path = tmp_path / "kit.txt"
    create_file(path, b"one")
    with pytest.raises(LocalFileError, match="exists already"):
        create_file(path, b"two")
    assert path.read_bytes() == b"one"
    assert _mode(path) == 0o600


def test_create_refuses_dangling_link(tmp_path):
    """A link that points nowhere does not lead a new file there."""
    path = tmp_path / "kit.txt"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LocalFileError):
        create_file(path, b"x")
    assert not (tmp_path / "elsewhere").exists()


def test_replace_file_has_its_own_mode(tmp_path):
    """A file has the mode that was asked for, whatever stood there before."""
    path = tmp_path / "out"
    replace_file(path, b"one", mode=0o640)
    assert _mode(path) == 0o640
    replace_file(path, b"two", mode=0o600)
    assert (_mode(path), path.read_bytes()) == (0o600, b"two")


def test_replace_file_follows_links(tmp_path):
    """A user's own link stays a link; its target gets the content."""
    target = tmp_path / "target"
    target.write_bytes(b"old")
    (tmp_path / "link").symlink_to(target)
    replace_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert target.read_bytes() == b"new"


def test_load_file_limit(tmp_path):
    """A file of the user's choice is read up to the limit, through links; past it, refused."""
    path = tmp_path / "a"
    path.write_bytes(b"x" * 10)
    (tmp_path / "link").symlink_to(path)
    assert load_file(tmp_path / "link", bytes_max=10) == b"x" * 10
    with pytest.raises(LocalFileError, match="more than 9 bytes"):
        load_file(path, bytes_max=9)


@pytest.mark.parametrize("name", ["/dev/zero", "folder", "pipe"])
def test_load_file_of_another_kind(tmp_path, name):
    """A device, a folder and a pipe are refused without being read."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LocalFileError, match="not a regular file"):
        load_file(tmp_path / name, bytes_max=10)


def _store_parts(path, *parts, replace=False, mode=0o600):
    with write_parts(path, mode=mode, replace=replace) as write:
        for part in parts:
            write(part)


def test_write_parts(tmp_path):
    """A file that is written in parts has its name, mode and content at the end, and not before."""
    path = tmp_path / "a"
    with write_parts(path, mode=0o640, replace=False) as write:
        write(b"one")
        assert not path.exists()
        write(b"two")
    assert (path.read_bytes(), _mode(path)) == (b"onetwo", 0o640)
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("replace", [False, True])
def test_write_parts_that_breaks_off(tmp_path, replace):
    """What breaks off leaves nothing new, and what was there as it was."""
    path = tmp_path / "a"
    if replace:
        path.write_bytes(b"old")
    parts = iter([b"x", None])  # nobody writes nothing
    with pytest.raises(TypeError):
        _store_parts(path, *parts, replace=replace)
    assert [one.read_bytes() for one in tmp_path.iterdir()] == ([b"old"] if replace else [])


def test_write_parts_overwrites_only_when_asked(tmp_path):
    """A file that is there, or comes meanwhile, is replaced only where that was asked for."""
    path = tmp_path / "a"
    refused = pytest.raises(LocalFileError, match="exists already")
    with refused, write_parts(path, replace=False) as write:
        write(b"x")
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs"
    path.chmod(0o644)
    _store_parts(path, b"new", replace=True)
    assert (path.read_bytes(), _mode(path)) == (b"new", 0o600)
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_write_parts_through_links_and_devices(tmp_path):
    """Links are followed where a file is replaced, and devices are written to."""
    path = tmp_path / "a"
    path.write_bytes(b"old")
    (tmp_path / "link").symlink_to(path)
    _store_parts(tmp_path / "link", b"new", replace=True)
    assert (path.read_bytes(), (tmp_path / "link").is_symlink()) == (b"new", True)
    _store_parts(tmp_path / "null", b"", replace=False)
    _store_parts(Path(os.devnull), b"x", replace=True)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_write_parts_without_links(tmp_path, monkeypatch):
    """On a file system without hard links a new file gets its name all the same, and only once."""

    def refuse(*_, **__):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    _store_parts(tmp_path / "a", b"x")
    assert (tmp_path / "a").read_bytes() == b"x"
    with pytest.raises(LocalFileError, match="exists already"):
        _store_parts(tmp_path / "a", b"y")
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"x"]


def test_write_parts_nowhere(tmp_path):
    """A folder that is not there is told with the file's name."""
    with pytest.raises(LocalFileError, match="could not be written: no such file"):
        _store_parts(tmp_path / "none" / "a", b"x")


def test_load_file_that_is_missing(tmp_path):
    """A file that is not there is named."""
    with pytest.raises(LocalFileError, match=r"there is no file .*nowhere"):
        load_file(tmp_path / "nowhere", bytes_max=10)


def test_check_folder(tmp_path):
    """A folder must be there; a file is none."""
    check_folder(tmp_path)
    (tmp_path / "file").touch()
    for name in ("none", "file"):
        with pytest.raises(LocalFileError, match="does not exist") as caught:
            check_folder(tmp_path / name)
        assert caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_check_closed_folder(tmp_path):
    """A folder that this user cannot write is refused."""
    tmp_path.chmod(0o500)
    with pytest.raises(LocalFileError, match="cannot be written"):
        check_folder(tmp_path)


@pytest.mark.parametrize("refused", [fcntl.LOCK_EX, fcntl.LOCK_UN], ids=["taking", "giving back"])
def test_lock_that_fails(folder, monkeypatch, refused):
    """A lock that cannot be taken is a typed error; in no case does it stay taken."""
    genuine = fcntl.flock

    def flock(descriptor, operation):
        if operation == refused:
            raise OSError(errno.EIO, "refused")
        genuine(descriptor, operation)

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", flock)
        if refused == fcntl.LOCK_EX:
            with pytest.raises(LocalFileError, match="could not be locked"), folder.locked():
                pass
        else:
            with folder.locked():
                pass
    with (folder.path / ".lock").open("rb") as file:
        genuine(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "free space and try again"),
        (errno.EDQUOT, "free space and try again"),
        (errno.EIO, "check the disk and the file's owner"),
        (errno.ENOENT, "check the path: each folder in it must exist"),
        (errno.ENOTDIR, "check the path: what stands before a / must be a folder"),
        (errno.EISDIR, "name a file, not a folder"),
    ],
)
def test_hint_of_a_failed_write(folder, monkeypatch, number, hint):
    """Each reason has its advice, also where what was begun cannot be removed."""

    def refuse(*_args, **_options):
        raise OSError(number, "refused")

    for name in ("fsync", "unlink"):
        monkeypatch.setattr(os, name, refuse)
    with pytest.raises(LocalFileError) as caught:
        folder.store("file", b"data")
    assert caught.value.message.endswith(os.strerror(number).lower())
    assert caught.value.hint == hint
