"""Files of older releases are brought up to date when they are opened: once, and whole."""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from strongroom.errors import (
    StoreBusyError,
    StoreError,
    StoreForeignError,
    StoreNewerError,
    StoreReadOnlyError,
)
from strongroom.store import sqlite_schema
from strongroom.store.schema import MIGRATIONS, SCHEMA_VERSION
from strongroom.store.sqlite import SqliteStore
from support.children import fork

FIXTURE = Path(__file__).parents[1] / "upgrade" / "v1" / "strongroom.db"
NOBODY = 65534
COUNT = "SELECT count(*) FROM accounts"
NEW_TABLES = ("invites", "keyset_ends", "audit")


@pytest.fixture
def path(tmp_path):
    """A file of schema version 1."""
    copied = tmp_path / "strongroom.db"
    shutil.copyfile(FIXTURE, copied)
    return copied


def ask(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(sql).fetchall()
        connection.commit()
    return rows


def state(path):
    """Return version and tables of a file, which must be sound."""
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]
    names = {row[0] for row in ask(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    return ask(path, "PRAGMA user_version")[0][0], names


def told(work):
    """Return the name of the error that work raises, or what it returns."""
    try:
        return work()
    except StoreError as error:
        return type(error).__name__


def open_and_count(path):
    store = SqliteStore.open(path)
    try:
        return store.read(count)
    finally:
        store.close()


async def count(session):
    return (await session.one(COUNT))[0]


@pytest.mark.parametrize("work", [SqliteStore.open, SqliteStore.create], ids=["open", "create"])
def test_upgrade(path, work):
    """An older file gets the newer tables and keeps its rows, however it is opened."""
    assert state(path)[0] == 1
    store = work(path)
    assert store.read(count) == 1
    store.close()
    version, tables = state(path)
    assert version == SCHEMA_VERSION
    assert tables.issuperset(NEW_TABLES)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_upgraded_like_new(path, tmp_path):
    """An upgraded file has the same tables and indexes as a new one."""
    SqliteStore.open(path).close()
    SqliteStore.create(tmp_path / "new.db").close()
    schema = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
    assert ask(path, schema) == ask(tmp_path / "new.db", schema)


def test_many_open_at_once(path):
    """Processes that open an older file at the same time all get to work on the newer one."""
    children = [fork(lambda: open_and_count(path)) for _ in range(6)]
    assert [child() for child in children] == [1] * 6
    assert state(path)[0] == SCHEMA_VERSION


def upgrade_under_a_waiting_process(path):
    """Upgrade a file while another process waits to do it; return what that one tells."""
    go, waits = os.pipe(), os.pipe()
    genuine = sqlite_schema.transaction

    @contextmanager
    def announced(connection, begin):
        os.write(waits[1], b"x")
        with genuine(connection, begin):
            yield

    def work():
        os.read(go[0], 1)
        sqlite_schema.transaction = announced
        return told(lambda: open_and_count(path))

    # Forked before this process has a connection: locks do not pass to a child.
    child = fork(work)
    with closing(sqlite3.connect(path, isolation_level=None)) as first:
        first.execute("BEGIN IMMEDIATE")
        os.write(go[1], b"x")
        os.read(waits[0], 1)
        for statement in MIGRATIONS[1]:
            first.execute(statement)
        first.execute("PRAGMA user_version=2")
        first.execute("COMMIT")
    for end in (*go, *waits):
        os.close(end)
    return child()


def test_whoever_waited_finds_it_done(path):
    """A process that waited for another one's upgrade does not repeat it."""
    assert upgrade_under_a_waiting_process(path) == 1


def test_repeating_an_upgrade_is_noticed(path, monkeypatch):
    """MUTANT: a process that does not look again under the lock fails on what is there."""
    monkeypatch.setattr(sqlite_schema, "check_identity", lambda *_: 1)
    assert upgrade_under_a_waiting_process(path) == StoreError.__name__


def test_busy(path):
    """An older file that is being written is refused when the wait is over, and stays old."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError):
            SqliteStore.open(path, wait_seconds=0)
    assert state(path)[0] == 1


def break_off(path, monkeypatch):
    """Let an upgrade fail in its middle."""
    broken = (*MIGRATIONS[1][:2], "CREATE TABLE accounts (id)")
    monkeypatch.setattr(sqlite_schema, "MIGRATIONS", (MIGRATIONS[0], broken))
    with pytest.raises(StoreError):
        SqliteStore.open(path)
    monkeypatch.undo()


def test_broken_off(path, monkeypatch):
    """An upgrade that fails leaves the file as it was, and a later one succeeds."""
    before = state(path)
    break_off(path, monkeypatch)
    assert state(path) == before
    assert open_and_count(path) == 1
    assert state(path)[0] == SCHEMA_VERSION


def test_half_an_upgrade_is_noticed(path, monkeypatch):
    """MUTANT: without its transaction a failed upgrade leaves tables behind."""

    @contextmanager
    def bare(_connection, _begin):
        yield

    before = state(path)
    monkeypatch.setattr(sqlite_schema, "transaction", bare)
    break_off(path, monkeypatch)
    with pytest.raises(AssertionError):
        assert state(path) == before
    with pytest.raises(StoreError):
        open_and_count(path)


@pytest.mark.parametrize(("folder", "file"), [(0o777, 0o644), (0o555, 0o644)])
def test_read_only(folder, file):
    """Who may not write an older file is told so, and it stays as it was."""
    if os.getuid() != 0:
        pytest.skip("needs root to become another user for a moment")
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "strongroom.db"
        shutil.copyfile(FIXTURE, path)
        path.chmod(file)
        path.parent.chmod(folder)
        assert fork(lambda: told(lambda: open_and_count(path)), uid=NOBODY)() == (
            StoreReadOnlyError.__name__
        )
        path.parent.chmod(0o777)
        assert path.read_bytes() == FIXTURE.read_bytes()


def test_read_only_message(path):
    """The error says that the file is of an older release, and what helps."""
    uri = f"{path.as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection,
        pytest.raises(StoreReadOnlyError, match="of an older release") as caught,
    ):
        sqlite_schema.upgrade(connection, path)
    assert caught.value.hint is not None


@pytest.mark.parametrize("version", [0, -1])
def test_impossible_versions(path, version):
    """A version that no release writes is refused, and nothing is made of it."""
    ask(path, f"PRAGMA user_version={version}")
    with pytest.raises(StoreForeignError):
        SqliteStore.open(path)
    assert state(path)[0] == version


def test_newer_while_open(path):
    """Once a newer release has upgraded a file, this one writes no more into it."""
    store = SqliteStore.open(path)
    ask(path, f"PRAGMA user_version={SCHEMA_VERSION + 1}")

    async def put(session):
        await session.run("INSERT INTO accounts (id, created_ms) VALUES (:id, 0)", id=b"a" * 16)

    with pytest.raises(StoreNewerError):
        store.write(put)
    store.close()
    assert ask(path, COUNT) == [(1,)]
