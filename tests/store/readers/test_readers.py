"""Who may not write a file reads it, and leaves nothing beside it."""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from strongroom.errors import StoreBusyError
from strongroom.store.sqlite import readers
from strongroom.store.sqlite.store import SqliteStore
from strongroom.sync import SyncClient
from support.homes import login, make_home
from support.sqlite_files import count, put
from support.users import (
    ANA,
    BOB,
    EVE,
    NEEDS_ROOT,
    TEAM,
    as_user,
    kill_while_open,
    names,
    read_once,
    refused,
    write_once,
)

pytestmark = NEEDS_ROOT


FOLDERS = {"of the team": 0o2770, "for all to read": 0o755, "for all to write": 0o1777}


@pytest.mark.parametrize("mode", FOLDERS.values(), ids=FOLDERS.keys())
@pytest.mark.parametrize("uid", [BOB, EVE])
def test_a_reader_leaves_nothing(path, mode, uid):
    """Somebody who may only read the file reads it, and the owner goes on writing."""
    path.chmod(0o644)
    path.parent.chmod(mode | 0o005)
    assert as_user(lambda: read_once(path), uid)() == 1
    assert names(path) == [path.name]
    as_user(lambda: write_once(path, b"second"))()
    assert as_user(lambda: read_once(path), uid)() == 2


def test_a_reader_beside_a_writer(path, writer):
    """A reader sees what waits in the WAL, then what is in the file, and leaves nothing."""
    assert as_user(lambda: read_once(path), BOB)() == 2
    for end in ("-wal", "-shm"):
        assert Path(f"{path}{end}").stat().st_uid == ANA
    writer()
    assert names(path) == [path.name]
    assert as_user(lambda: read_once(path), BOB)() == 2
    assert names(path) == [path.name]


def test_an_open_reader_follows(path):
    """A reader that stays open sees each change, whether a writer is there or was."""
    asked, told = os.pipe(), os.pipe()

    def work():
        store = SqliteStore.open(path)
        seen, tokens = [], []
        while os.read(asked[0], 1) == b".":
            for _ in range(100):  # a change of a moment ago is waited for, as the transport does
                with contextlib.suppress(StoreBusyError):
                    seen.append(store.read(count))
                    tokens.append(store.change_token())
                    break
                time.sleep(0.005)
            os.write(told[1], b".")
        return seen, [store.change_token() == tokens[-1], len(set(tokens))]

    def ask():
        os.write(asked[1], b".")
        os.read(told[0], 1)

    answer = as_user(work, BOB)
    ask()
    for name in (b"second", b"third"):
        as_user(lambda name=name: write_once(path, name))()
        ask()
    os.write(asked[1], b"!")
    assert answer() == [[1, 2, 3], [True, 3]]
    assert names(path) == [path.name]


def test_a_killed_reader(path):
    """A reader that was killed left nothing."""
    kill_while_open(path, BOB)
    assert names(path) == [path.name]
    as_user(lambda: write_once(path, b"second"))()


def test_a_killed_writer(path):
    """What a killed writer committed is read, though nobody is there who writes."""
    kill_while_open(path, ANA, lambda store: store.write(put(b"second")))
    assert as_user(lambda: read_once(path), BOB)() == 2
    assert as_user(lambda: read_once(path))() == 2
    assert names(path) == [path.name]


def test_a_token(folder):
    """A token of a user who may only read resolves secrets, and the owner's client still writes."""
    home = make_home(folder)
    vault = home.run(home.owner().vaults.create("team"))["id"]
    home.run(home.owner().items.create(vault, login("login", password="old")))
    token = home.token(vault)
    home.close()
    os.chown(home.path, ANA, TEAM)
    home.path.chmod(0o640)

    def reads():
        client = SyncClient.authenticate(token, "test", "v1")
        seen = []
        for _ in range(2):
            seen.append(client.secrets.resolve("op://team/login/password"))
            os.write(told[1], b".")
            os.read(go_on[0], 1)
        return seen

    def writes():
        owner = home.owner()
        [item] = home.run(owner.items.list(vault))
        found = home.run(owner.items.get(vault, item["id"]))
        found["fields"][0]["value"] = "new"
        home.run(owner.items.put(found))
        home.close()

    told, go_on = os.pipe(), os.pipe()
    assert home.by_token(token)  # a child of another user may be unable to import anything
    SyncClient.authenticate(token, "test", "v1").secrets.resolve("op://team/login/password")
    home.close()
    answer = as_user(reads, BOB)
    os.read(told[0], 1)
    assert names(home.path) == [home.path.name]
    as_user(writes)()
    os.write(go_on[1], b"..")
    assert answer() == ["old", "new"]
    assert names(home.path) == [home.path.name]


def test_an_open_reader_after_a_killed_writer(path):
    """A reader that began with a dead writer's WAL follows those who come after."""

    def work():
        store = SqliteStore.open(path)
        seen = [store.read(count)]
        for _ in range(3):
            os.write(told[1], b".")
            os.read(go_on[0], 1)
            seen.append(store.read(count))
        return seen

    told, go_on = os.pipe(), os.pipe()
    kill_while_open(path, ANA, lambda store: store.write(put(b"second")))
    answer = as_user(work, BOB)
    os.read(told[0], 1)
    as_user(lambda: write_once(path, b"third"))()
    os.write(go_on[1], b".")
    os.read(told[0], 1)
    kill_while_open(path, ANA, lambda store: store.write(put(b"fourth")))
    os.write(go_on[1], b".")
    os.read(told[0], 1)
    as_user(lambda: write_once(path, b"fifth"))()
    os.write(go_on[1], b".")
    assert answer() == [2, 3, 4, 5]


@pytest.mark.parametrize("killed", [False, True])
def test_root(path, killed):
    """Root that reads a user's file leaves nothing that the user cannot write."""
    if killed:
        pid = os.fork()
        if pid == 0:
            SqliteStore.open(path).read(count)
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(pid, 0)
        assert len(names(path)) == 3
    else:
        assert read_once(path) == 1
    as_user(lambda: write_once(path, b"second"))()
    assert names(path) == [path.name]


def test_a_reader_writes_nothing(path):
    """A write of a reader is refused with the reason, and one with the right given since works."""
    told = as_user(lambda: refused(lambda: write_once(path, b"no")), BOB)()
    assert "can only be read by this user" in told
    assert f"ask user {ANA} for the right" in told

    def work():
        store = SqliteStore.open(path)
        refused(lambda: store.write(put(b"no")))
        os.write(ready[1], b".")
        os.read(given[0], 1)
        store.write(put(b"second"))
        return store.read(count)

    ready, given = os.pipe(), os.pipe()
    answer = as_user(work, BOB)
    os.read(ready[0], 1)
    path.chmod(0o660)
    os.write(given[1], b".")
    assert answer() == 2


def test_a_symbolic_link(path, tmp_path):
    """What waits beside the file counts, not what is beside a link to it."""
    link = path.parent.parent / "link.db"
    link.symlink_to(path)
    kill_while_open(path, ANA, lambda store: store.write(put(b"second")))
    assert as_user(lambda: read_once(link), BOB)() == 2


def test_a_start_of_who_may_write(path, monkeypatch):
    """Who may write the file asks two things for this, and does not even load the other way."""
    asked = []

    def noted(name, genuine):
        def call(where, *args, **options):
            asked.append((name, str(where)))
            return genuine(where, *args, **options)

        return call

    path.chmod(0o600)
    monkeypatch.setattr(os, "access", noted("access", os.access))
    monkeypatch.setattr(os, "stat", noted("stat", os.stat))
    monkeypatch.setattr(os.path, "realpath", noted("realpath", os.path.realpath))
    monkeypatch.setitem(sys.modules, readers.__name__, None)
    SqliteStore.open(path).close()
    files = [one for one in asked if not one[1].startswith(os.fspath(Path(sys.prefix)))]
    assert files == [("stat", str(path)), ("access", str(path)), ("stat", f"{path}-wal")]
