"""A database in whose schema something is not ours: refused by name before anything is written."""

import os
import sqlite3
from contextlib import closing

import pytest

from strongroom.errors import StoreForeignError
from strongroom.store.schema import MIGRATIONS, SCHEMA_DIGESTS
from strongroom.store.sqlite import schema as sqlite_schema
from strongroom.store.sqlite import store as sqlite
from strongroom.store.sqlite.backup import backup, restore
from strongroom.store.sqlite.store import SqliteStore
from support.releases import NEXT_VERSION, become_next

PUT = "INSERT INTO accounts (id, created_ms) VALUES (:id, 0)"
TRIGGER = """CREATE TRIGGER steal AFTER INSERT ON accounts
    BEGIN UPDATE users SET email = 'mallory@example.org'; END"""
SET = "UPDATE sqlite_schema SET sql = replace(sql, '{}', '{}') WHERE name = '{}'"

# What was done, and how the error names it.
ADDED = {
    "a trigger": (TRIGGER, 'trigger "steal" was added'),
    "a view": ("CREATE VIEW everybody AS SELECT * FROM users", 'view "everybody" was added'),
    "an index": ("CREATE INDEX by_salt ON users (salt)", 'index "by_salt" was added'),
    "a unique index": ("CREATE UNIQUE INDEX one ON heads (account)", 'index "one" was added'),
    "a table": ("CREATE TABLE notes (x)", 'table "notes" was added'),
    "statistics": ("ANALYZE", 'table "sqlite_stat1" was added'),
    "a table of full text": (
        "CREATE VIRTUAL TABLE words USING fts5(x)",
        'table "words" was added',
    ),
}
CHANGED = {
    "a column more": ("ALTER TABLE users ADD COLUMN x BLOB", 'table "users" was changed'),
    "another name of a column": (
        "ALTER TABLE users RENAME COLUMN salt TO pepper",
        'table "users" was changed',
    ),
    "a default": (SET.format("t INTEGER NOT NULL", "t INTEGER NOT NULL DEFAULT 1", "users"), ""),
    "a default that calls a function": (
        SET.format("t INTEGER NOT NULL", "t INTEGER NOT NULL DEFAULT (randomblob(9))", "users"),
        "",
    ),
    "a column without its constraint": (SET.format("seed BLOB NOT NULL", "seed BLOB", "users"), ""),
    "a check": (SET.format("t INTEGER NOT NULL", "t INTEGER NOT NULL CHECK (t > 99)", "users"), ""),
    "another order of an index": (
        SET.format("tag, state", "state, tag", "objects_by_tag"),
        'index "objects_by_tag" was changed',
    ),
    "an index of other rows": (
        SET.format("WHERE expires_ms > 0", "WHERE expires_ms > 9", "files_by_creator"),
        'index "files_by_creator" was changed',
    ),
}
GONE = {
    "a table": ("DROP TABLE audit", 'index "audit_by_position" is missing'),
    "an index": ("DROP INDEX files_by_end", 'index "files_by_end" is missing'),
    "a table under another name": ("ALTER TABLE tree RENAME TO wood", "was added"),
    "the index of a key": (
        "DELETE FROM sqlite_schema WHERE name = 'sqlite_autoindex_accounts_1'",
        'index "sqlite_autoindex_accounts_1" is missing',
    ),
}
DEEDS = {
    f"{kind}: {name}": deed
    for kind, deeds in (("added", ADDED), ("changed", CHANGED), ("gone", GONE))
    for name, deed in deeds.items()
}


def change(path, sql):
    """Change a file as whoever holds it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema=ON")
        db.execute(sql)


async def put(session):
    await session.run(PUT, id=os.urandom(16))


@pytest.fixture
def path(tmp_path):
    """A sound file in a folder of its own, with one account."""
    made = tmp_path / "place" / "strongroom.db"
    made.parent.mkdir()
    store = SqliteStore.create(made)
    store.write(put)
    store.close()
    return made


def content(path):
    return {file.name: file.read_bytes() for file in path.parent.iterdir()}


def refusal(work):
    with pytest.raises(StoreForeignError) as caught:
        work()
    return caught.value.message


def sound(path):
    made = path.parents[1] / "sound.db"
    SqliteStore.create(made).close()
    return made


WORK = {
    "open": SqliteStore.open,
    "create": SqliteStore.create,
    "backup": lambda path: backup(path, path.parents[1] / "copy.db"),
    "restore from it": lambda path: restore(path, path.parents[1] / "new.db"),
    "restore over it": lambda path: restore(sound(path), path),
    "restore over it all the same": lambda path: restore(sound(path), path, force=True),
}


@pytest.mark.parametrize(("sql", "named"), DEEDS.values(), ids=DEEDS.keys())
def test_a_changed_schema(path, sql, named):
    """Whatever is added, changed or taken away is refused and named, and the file stays."""
    change(path, sql)
    before = content(path)
    message = refusal(lambda: SqliteStore.open(path))
    assert "is not as Strongroom made it" in message
    assert named or 'table "users" was changed' in message
    assert named in message
    assert content(path) == before


@pytest.mark.parametrize("work", WORK.values(), ids=WORK.keys())
def test_every_door(path, work):
    """No way into a file lets a trigger pass, and none leaves anything behind."""
    change(path, TRIGGER)
    before = content(path)
    assert 'trigger "steal" was added' in refusal(lambda: work(path))
    assert content(path) == before
    assert not {"copy.db", "new.db"} & {file.name for file in path.parents[1].iterdir()}


def test_what_waits_in_a_wal(path):
    """A trigger that stands in the WAL alone is seen too, and the WAL stays as it is."""
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute(TRIGGER)
    before = content(path)
    assert before[f"{path.name}-wal"]
    assert 'trigger "steal" was added' in refusal(lambda: SqliteStore.open(path))
    after = content(path)
    del before[f"{path.name}-shm"], after[f"{path.name}-shm"]  # marks of who reads
    assert after == before
    holder.close()


def test_while_it_is_open(path):
    """A trigger that comes later is found before the next write, which then writes nothing."""
    store = SqliteStore.open(path)
    store.write(put)
    change(path, TRIGGER)
    with pytest.raises(StoreForeignError, match='trigger "steal" was added'):
        store.write(put)
    change(path, "DROP TRIGGER steal")
    store.write(put)
    store.close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM accounts").fetchone() == (3,)


def test_the_schema_is_read_once(path, monkeypatch):
    """As long as SQLite's number of the schema stays, nobody reads it again for a write."""
    store = SqliteStore.open(path)
    store.write(put)
    looks = []
    genuine = sqlite.check_ours
    monkeypatch.setattr(sqlite, "check_ours", lambda *args: looks.append(1) or genuine(*args))
    for _ in range(3):
        store.write(put)
    assert looks == []
    change(path, "CREATE TABLE passing (x)")
    change(path, "DROP TABLE passing")
    store.write(put)
    store.close()
    assert looks == [1]


def test_names_that_are_messages(path):
    """What somebody wrote into a name is shown short, and nothing of it acts on a terminal."""
    name = "\x1b[2J" + "x" * 200
    change(path, f'CREATE TABLE "{name}" (x)')
    message = refusal(lambda: SqliteStore.open(path))
    assert "\x1b" not in message
    assert "x" * 41 not in message
    change(path, f'DROP TABLE "{name}"')
    change(path, "UPDATE sqlite_schema SET sql = CAST(x'ff' AS TEXT) WHERE name = 'files_by_end'")
    assert 'index "files_by_end" was changed' in refusal(lambda: SqliteStore.open(path))


@pytest.mark.parametrize("pragma", ["trusted_schema", "query_only"])
def test_connections(path, pragma, monkeypatch):
    """No connection trusts what stands in a schema; the one that reads writes nothing."""
    opened = []
    genuine = sqlite3.connect

    def connect(*args, **options):
        opened.append(genuine(*args, **options))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", connect)
    store = SqliteStore.open(path)
    held = store._open
    assert len(opened) == 3  # one to look, one to read, one to write
    live = [held.reader, held.writer]
    values = [one.execute(f"PRAGMA {pragma}").fetchone()[0] for one in live]
    store.close()
    assert values == ([0, 0] if pragma == "trusted_schema" else [1, 0])


def test_a_store_that_trusts_the_schema(path, monkeypatch):
    """MUTANT: without the look at the schema the trigger works inside our own write."""
    change(path, TRIGGER)
    monkeypatch.setattr(sqlite_schema, "_check_schema", lambda *_, **__: None)
    with closing(sqlite3.connect(path)) as db:
        marks = ", ".join(["x'00'"] * 10)
        db.execute(f"INSERT INTO users VALUES ({marks})")
        db.commit()
    store = SqliteStore.open(path)
    store.write(put)
    store.close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT email FROM users").fetchone() == ("mallory@example.org",)


# -- the digests ---------------------------------------------------------------------------


def test_digests(tmp_path):
    """Each version has the digest of what its migrations make, here and in a file."""
    assert len(SCHEMA_DIGESTS) == len(MIGRATIONS)
    made = tmp_path / "new.db"
    SqliteStore.create(made).close()
    with closing(sqlite3.connect(made)) as db:
        found = sqlite_schema.digest_schema(sqlite_schema.read_schema(db))
    assert found == SCHEMA_DIGESTS[-1]
    with closing(sqlite3.connect(":memory:")) as model:
        for statements, digest in zip(MIGRATIONS, SCHEMA_DIGESTS, strict=True):
            for statement in statements:
                model.execute(statement)
            assert sqlite_schema.digest_schema(sqlite_schema.read_schema(model)) == digest


@pytest.mark.parametrize("sql", [TRIGGER, "CREATE TABLE later (account BLOB)"])
def test_upgrades(path, sql, monkeypatch):
    """A file is brought up to date only if it is what its own version made."""
    change(path, sql)
    become_next(put=monkeypatch.setattr)
    before = content(path)
    assert "was added" in refusal(lambda: SqliteStore.open(path))
    assert content(path) == before


def test_an_upgraded_number_alone(path, monkeypatch):
    """A file that says to be of the next release and lacks its tables is refused."""
    become_next(put=monkeypatch.setattr)
    change(path, f"PRAGMA user_version={NEXT_VERSION}")
    assert '"later_by_note" is missing' in refusal(lambda: SqliteStore.open(path))
