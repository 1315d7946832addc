"""A database of ana that her team shares."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from strongroom.store.sqlite.store import SqliteStore
from support.sqlite_files import put
from support.users import ANA, TEAM, as_user


@pytest.fixture
def folder():
    """A folder that ana's team may write, in which files get its group."""
    base = Path(tempfile.mkdtemp())
    base.chmod(0o755)
    made = base / "data"
    made.mkdir()
    os.chown(made, ANA, TEAM)
    made.chmod(0o2770)
    yield made
    subprocess.run(["umount", made], check=False, capture_output=True)
    shutil.rmtree(base)


@pytest.fixture
def path(folder):
    """A database of ana that her team may read, with one row."""
    made = folder / "strongroom.db"

    def work():
        store = SqliteStore.create(made)
        store.write(put(b"first"))
        store.close()
        os.chown(made, -1, TEAM)
        made.chmod(0o640)

    as_user(work)()
    return made


@pytest.fixture
def writer(path):
    """A process of ana that has the file open, with a change that waits in the WAL."""
    ready, go_on = os.pipe(), os.pipe()

    def work():
        store = SqliteStore.open(path)
        store.write(put(b"second"))
        os.write(ready[1], b".")
        os.read(go_on[0], 1)
        store.close()

    answer = as_user(work)
    os.read(ready[0], 1)
    ended = []

    def end():
        if not ended:
            ended.append(os.write(go_on[1], b"."))
            answer()

    yield end
    end()
    for one in (*ready, *go_on):
        os.close(one)
