"""Values are of the kind that their column has, whoever wrote the file."""

import sqlite3

import pytest

from strongroom.coroutines import drive
from strongroom.errors import IntegrityError
from strongroom.limits import INTEGER_MAX
from strongroom.store.schema import MIGRATIONS
from strongroom.store.sqlite.rows import SqliteTransaction

USER = {
    "account": b"A" * 16,
    "id": b"U" * 16,
    "email": "a@example.org",
    "salt": b"s" * 16,
    "t": 3,
    "m": 65_536,
    "lanes": 4,
    "keyset": 1,
    "seed": b"x",
    "auth_pk": b"k" * 32,
}
ALL = "SELECT * FROM users"
JOINED = """SELECT u.id, h.body FROM users u LEFT JOIN heads h ON h.account = u.account"""


@pytest.fixture
def session():
    connection = sqlite3.connect(":memory:")
    for statements in MIGRATIONS:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"INSERT INTO users VALUES ({', '.join(f':{name}' for name in USER)})", USER)
    yield SqliteTransaction(connection)
    connection.close()


def put(session, name, value):
    drive(session.run(f"UPDATE users SET {name} = :value", value=value))


def test_rows(session):
    """Rows of the right kinds come as they are stored."""
    (row,) = drive(session.all(ALL))
    assert row == tuple(USER.values()) == drive(session.one(ALL))
    assert drive(session.one("SELECT id FROM users WHERE t = :t", t=9)) is None


FALSE = {
    "a number for bytes": ("salt", 3_000_000_000),
    "text for bytes": ("salt", "salt"),
    "bytes for text": ("email", b"a@example.org"),
    "bytes for a number": ("t", b"3"),
    "text for a number": ("t", "three"),
    "a fraction": ("t", 2.5),
    "a negative number": ("t", -1),
    "a number that no format holds": ("t", INTEGER_MAX + 1),
}


@pytest.mark.parametrize("ask", ["all", "one"])
@pytest.mark.parametrize(("name", "value"), FALSE.values(), ids=FALSE.keys())
def test_another_kind(session, ask, name, value):
    """A value of another kind is an error that names the column, not the value."""
    put(session, name, value)
    with pytest.raises(IntegrityError) as caught:
        drive(getattr(session, ask)(ALL))
    expected = f"the database holds a value of the wrong type in column {name}"
    assert caught.value.message == expected


@pytest.mark.parametrize("value", [0, INTEGER_MAX])
def test_edges(session, value):
    """Every integer of the formats passes."""
    put(session, "t", value)
    assert drive(session.one("SELECT t FROM users")) == (value,)


def test_counts(session):
    """What is no column is an integer."""
    assert drive(session.one("SELECT count(*) FROM users")) == (1,)
    with pytest.raises(IntegrityError, match="count"):
        drive(session.one("SELECT count(*) / 2.0 FROM users"))


def test_null(session):
    """Nothing is found only where a statement allows for it, by a left join."""
    assert drive(session.all(JOINED)) == [(USER["id"], None)]
    drive(session.run("ALTER TABLE users RENAME TO kept"))
    drive(session.run("CREATE TABLE users AS SELECT * FROM kept"))
    put(session, "salt", None)
    with pytest.raises(IntegrityError, match="salt"):
        drive(session.one("SELECT salt FROM users"))
