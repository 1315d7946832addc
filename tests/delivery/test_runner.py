"""What a runner of GitHub Actions is told."""

import errno
import os

import pytest

from strongroom.delivery.runner import append_whole, mask_commands
from strongroom.errors import LocalFileError

MASKS = {
    "one line": ([b"abc"], ["abc"]),
    "several, each once": ([b"b", b"a", b"b"], ["a", "b"]),
    "lines": ([b"one\n two\r\n\n \n"], ["one%0A two%0D%0A%0A %0A", "one", "two"]),
    "the marks of commands": ([b"5%0A::x"], ["5%250A::x"]),
    "nothing to conceal": ([b" \n\t"], []),
    "other than ASCII": (["ü\u2028x".encode()], ["ü\u2028x"]),
}


@pytest.mark.parametrize(("secrets", "masks"), MASKS.values(), ids=MASKS.keys())
def test_masks(secrets, masks):
    """A secret is masked whole and line by line, on one line of output each, and none is blank."""
    lines = mask_commands(secrets).decode().removesuffix("\n").split("\n")
    assert sorted(line for line in lines if line) == sorted(f"::add-mask::{one}" for one in masks)


def test_append(tmp_path):
    """What was in the file stays, and the text comes behind it."""
    file = tmp_path / "env"
    file.write_bytes(b"A=1\n")
    append_whole(str(file), b"B=2\n", what="the file")
    assert file.read_bytes() == b"A=1\nB=2\n"


def test_append_all_or_nothing(tmp_path, monkeypatch):
    """A disk that is full in the middle of the text leaves the file as it was."""
    file = tmp_path / "env"
    file.write_bytes(b"A=1\n")
    write, room = os.write, [3]

    def write_some(descriptor, data):
        if not room[0]:
            raise OSError(errno.ENOSPC, "full")
        size = write(descriptor, data[: room[0]])
        room[0] -= size
        return size

    monkeypatch.setattr(os, "write", write_some)
    with pytest.raises(LocalFileError, match="the file could not be written: no space left"):
        append_whole(str(file), b"B=secret\n", what="the file")
    assert file.read_bytes() == b"A=1\n"


def test_append_to_no_file(tmp_path):
    """A file that is not there is none of a runner's, and is not made."""
    with pytest.raises(LocalFileError, match="no such file"):
        append_whole(str(tmp_path / "env"), b"x", what="the file")
    assert list(tmp_path.iterdir()) == []


def test_append_behind_a_line_without_an_end(tmp_path):
    """A last line that somebody did not end is ended: no line of ours becomes a part of it."""
    file = tmp_path / "env"
    file.write_bytes(b"A=1")
    append_whole(str(file), b"B<<end\nLD_PRELOAD=x\nend\n", what="the file")
    assert file.read_bytes() == b"A=1\nB<<end\nLD_PRELOAD=x\nend\n"


def test_append_that_is_interrupted(tmp_path, monkeypatch):
    """Ctrl-C in the middle of the text leaves the file as it was, too."""
    file = tmp_path / "env"
    file.write_bytes(b"A=1\n")
    write = os.write

    def write_some(descriptor, data):
        if len(data) < len(b"B=secret\n"):
            raise KeyboardInterrupt
        return write(descriptor, data[:3])

    monkeypatch.setattr(os, "write", write_some)
    with pytest.raises(KeyboardInterrupt):
        append_whole(str(file), b"B=secret\n", what="the file")
    assert file.read_bytes() == b"A=1\n"


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to(os.devnull)])
def test_append_to_what_is_no_file(tmp_path, make):
    """What a pipe or a device swallows would count as exported."""
    make(tmp_path / "env")
    with pytest.raises(LocalFileError, match="the file is not a regular file"):
        append_whole(str(tmp_path / "env"), b"x", what="the file")
