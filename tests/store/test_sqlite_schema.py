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
    StoreOlderError,
    StoreReadOnlyError,
)
from strongroom.store.schema import APPLICATION_ID, FIRST_VERSION, SCHEMA_VERSION
from strongroom.store.sqlite import schema as sqlite_schema
from strongroom.store.sqlite.backup import backup, restore
from strongroom.store.sqlite.store import SqliteStore
from support.children import fork
from support.releases import NEXT_STATEMENTS, NEXT_VERSION, become_next

BEFORE = Path(__file__).parents[1] / "upgrade" / "before"
NOBODY = 65534
COUNT = "SELECT count(*) FROM accounts"


def make_today(path):
    """Make a file of this release, with one account."""

    async def put(session):
        await session.run("INSERT INTO accounts (id, created_ms) VALUES (:id, 0)", id=b"A" * 16)

    store = SqliteStore.create(path)
    store.write(put)
    store.close()
    return path


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A file of this release, opened by the next one."""
    made = make_today(tmp_path / "strongroom.db")
    become_next(put=monkeypatch.setattr)
    return made


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
    assert state(path)[0] == SCHEMA_VERSION
    store = work(path)
    assert store.read(count) == 1
    store.close()
    version, tables = state(path)
    assert version == NEXT_VERSION
    assert "later" in tables
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
    assert state(path)[0] == NEXT_VERSION


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
        for statement in NEXT_STATEMENTS:
            first.execute(statement)
        first.execute(f"PRAGMA user_version={NEXT_VERSION}")
        first.execute("COMMIT")
    for end in (*go, *waits):
        os.close(end)
    return child()


def test_whoever_waited_finds_it_done(path):
    """A process that waited for another one's upgrade does not repeat it."""
    assert upgrade_under_a_waiting_process(path) == 1


def test_repeating_an_upgrade_is_noticed(path, monkeypatch):
    """MUTANT: a process that does not look again under the lock fails on what is there."""
    monkeypatch.setattr(sqlite_schema, "check_ours", lambda *_, **__: SCHEMA_VERSION)
    assert upgrade_under_a_waiting_process(path) == StoreError.__name__


def test_busy(path):
    """An older file that is being written is refused when the wait is over, and stays old."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError):
            SqliteStore.open(path, wait_seconds=0)
    assert state(path)[0] == SCHEMA_VERSION


def break_off(path, monkeypatch):
    """Let an upgrade fail in its middle."""
    with monkeypatch.context() as broken:
        become_next((*NEXT_STATEMENTS[:2], "CREATE TABLE accounts (id)"), broken.setattr)
        with pytest.raises(StoreError):
            SqliteStore.open(path)


def test_broken_off(path, monkeypatch):
    """An upgrade that fails leaves the file as it was, and a later one succeeds."""
    before = state(path)
    break_off(path, monkeypatch)
    assert state(path) == before
    assert open_and_count(path) == 1
    assert state(path)[0] == NEXT_VERSION


def test_half_an_upgrade_is_noticed(path, monkeypatch):
    """MUTANT: without its transaction a failed upgrade leaves tables behind."""

    @contextmanager
    def bare(_connection, _begin):
        yield

    before = state(path)
    with monkeypatch.context() as mutant:
        mutant.setattr(sqlite_schema, "transaction", bare)
        break_off(path, monkeypatch)
    with pytest.raises(AssertionError):
        assert state(path) == before
    with pytest.raises(StoreError):
        open_and_count(path)


@pytest.mark.parametrize(("folder", "file"), [(0o777, 0o644), (0o555, 0o644)])
def test_read_only(folder, file, monkeypatch):
    """Who may not write an older file is told so, and it stays as it was."""
    if os.getuid() != 0:
        pytest.skip("needs root to become another user for a moment")
    with tempfile.TemporaryDirectory() as name:
        path = make_today(Path(name) / "strongroom.db")
        before = path.read_bytes()
        become_next(put=monkeypatch.setattr)
        path.chmod(file)
        path.parent.chmod(folder)
        assert fork(lambda: told(lambda: open_and_count(path)), uid=NOBODY)() == (
            StoreReadOnlyError.__name__
        )
        path.parent.chmod(0o777)
        assert path.read_bytes() == before


def test_read_only_message(path):
    """The error says that the file is of an older release, and what helps."""
    uri = f"{path.as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection,
        pytest.raises(StoreReadOnlyError, match="by an older release") as caught,
    ):
        sqlite_schema.upgrade(connection, path)
    assert caught.value.hint is not None


# -- files from before version 1 was final ---------------------------------------------


def make_old(folder, version, *, waits=False):
    """Return a copy of a file that nothing reads any more, in a folder of its own.

    Args:
        waits: Whether its last change waits in a WAL beside it.
    """
    made = folder / "old" / "strongroom.db"
    made.parent.mkdir()
    shutil.copyfile(BEFORE / f"v{version}.db", made)
    if waits:
        with closing(sqlite3.connect(made)) as held:
            held.execute("PRAGMA journal_mode=WAL")
            held.execute("UPDATE accounts SET created_ms = 1")
            held.commit()
            for side in ("", "-wal"):
                shutil.copyfile(f"{made}{side}", f"{made}{side}.kept")
        for side in ("", "-wal"):
            Path(f"{made}{side}.kept").rename(f"{made}{side}")
    return made


def content(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


OLD_WORK = {
    "open": SqliteStore.open,
    "create": SqliteStore.create,
    "backup": lambda path: backup(path, path.parents[1] / "copy.db"),
    "restore from it": lambda path: restore(path, path.parents[1] / "new.db"),
    "restore over it": lambda path: restore(make_today(path.parents[1] / "kept.db"), path),
}


@pytest.mark.parametrize("work", OLD_WORK.values(), ids=OLD_WORK.keys())
@pytest.mark.parametrize("waits", [False, True], ids=["whole", "with a WAL"])
@pytest.mark.parametrize("version", range(1, FIRST_VERSION))
def test_files_from_before(tmp_path, version, waits, work):
    """A file from before version 1 was final is refused by name, and stays as it is."""
    path = make_old(tmp_path, version, waits=waits)
    before = content(path.parent)
    with pytest.raises(
        StoreOlderError, match="from before version 1 of the format was final"
    ) as caught:
        work(path)
    assert "create the account again" in caught.value.hint
    assert content(path.parent) == before
    assert not {"copy.db", "new.db"} & {file.name for file in tmp_path.iterdir()}


def test_an_old_number_alone(tmp_path):
    """The number decides, whatever tables stand in the file."""
    path = make_today(tmp_path / "strongroom.db")
    ask(path, f"PRAGMA user_version={FIRST_VERSION - 1}")
    before = path.read_bytes()
    with pytest.raises(StoreOlderError):
        SqliteStore.open(path)
    assert path.read_bytes() == before
    ask(path, "PRAGMA application_id=7")
    with pytest.raises(StoreForeignError):
        SqliteStore.open(path)
    assert APPLICATION_ID != 7


# -- other versions --------------------------------------------------------------------


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
    ask(path, f"PRAGMA user_version={NEXT_VERSION + 1}")

    async def put(session):
        await session.run("INSERT INTO accounts (id, created_ms) VALUES (:id, 0)", id=b"a" * 16)

    with pytest.raises(StoreNewerError):
        store.write(put)
    store.close()
    assert ask(path, COUNT) == [(1,)]
