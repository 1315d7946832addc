"""Users of this computer who share one database: what they do, and what they leave."""

import os
import signal
import sqlite3
from pathlib import Path

import pytest

from strongroom.errors import StoreReadOnlyError
from strongroom.store.sqlite.store import SqliteStore
from support.children import fork
from support.sqlite_files import COUNT, count, put

ANA, BOB, EVE, TEAM = 2001, 2002, 2003, 3000

NEEDS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="needs root to become other users")


def as_user(work, uid=ANA):
    """Start work as a user of the team, or as one who is not."""
    return fork(work, uid=uid, groups=() if uid == EVE else (TEAM,))


def read_once(path):
    """Open, count, close."""
    store = SqliteStore.open(path)
    try:
        return store.read(count)
    finally:
        store.close()


def write_once(path, name):
    """Open, write, close."""
    store = SqliteStore.open(path)
    try:
        store.write(put(name))
    finally:
        store.close()


def refused(work):
    """Return the message and the hint of a refusal."""
    with pytest.raises(StoreReadOnlyError) as caught:
        work()
    return f"{caught.value.message}; {caught.value.hint}"


def names(path):
    return sorted(one.name for one in path.parent.iterdir())


def leave(path, uid=BOB, *, group=TEAM, mode=0o640):
    """Leave beside a database what a reader of an earlier release did."""

    def work():
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        connection.execute(COUNT).fetchone()
        connection.close()

    as_user(work, uid)()
    for end in ("-wal", "-shm"):
        side = Path(f"{path}{end}")
        assert side.stat().st_uid == uid
        os.chown(side, -1, group)
        side.chmod(mode)


def kill_while_open(path, uid, work=lambda _store: None):
    """Open the database as a user, do something, and be killed."""
    pid = os.fork()
    if pid == 0:
        os.setgroups([TEAM])
        os.setgid(uid)
        os.setuid(uid)
        store = SqliteStore.open(path)
        store.read(count)
        work(store)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
