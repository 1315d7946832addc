"""The audit log of a client: rows as the Events API writes them, and a chain that shows changes."""

import sqlite3
from contextlib import closing

import pytest

from strongroom.client import audit
from strongroom.client.audit import AuditHead
from strongroom.client.view import view
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    IntegrityError,
    RollbackError,
    StrongroomError,
)
from strongroom.ids import parse_id
from strongroom.wire.audit import AuditRow, hash_row
from support.homes import login

KEYS = (
    "uuid",
    "timestamp",
    "actor_uuid",
    "actor_type",
    "action",
    "object_type",
    "object_uuid",
    "aux_uuid",
    "account_uuid",
    "position",
    "hash",
)


@pytest.fixture
def engine(home, vault_id):
    """An owner with a log of some rows."""
    owner = home.owner()
    for number in range(6):
        home.run(owner.items.create(vault_id, login(f"item {number}", a="b")))
    home.run(owner.audit.head())
    return owner


def change(home, sql, *values):
    """Change the log behind everybody's back."""
    with closing(sqlite3.connect(home.path)) as db:
        changed = db.execute(sql, values).rowcount
        db.commit()
    assert changed


def test_rows(home, engine, vault_id):
    """A row has the keys of the Events API, our ids, and its place in the chain."""
    rows = home.run(engine.audit.list())
    row = rows[-1]
    assert tuple(row) == KEYS
    assert (row["action"], row["object_type"], row["aux_uuid"]) == ("create", "item", vault_id)
    assert (row["actor_uuid"], row["actor_type"]) == (home.account.user_id, "user")
    assert row["account_uuid"] == home.account.account_id
    assert row["timestamp"].endswith("Z")
    assert [one["position"] for one in rows] == list(range(1, len(rows) + 1))
    grant = next(one for one in rows if one["action"] == "grant")
    assert grant["aux_info"].isdecimal()
    assert "aux_uuid" not in rows[0]


def test_service_account(home, engine, vault_id):
    """What a service account did is listed as its own; it does not read the log itself."""
    robot = home.by_token(home.token(vault_id, "write_items"))
    made = home.run(robot.items.create(vault_id, login("by the robot", a="b")))
    row = home.run(engine.audit.list())[-1]
    assert (row["actor_type"], row["object_uuid"]) == ("service_account", made["id"])
    for work in (robot.audit.list, robot.audit.head, robot.audit.verify):
        with pytest.raises(ForbiddenError):
            home.run(work())


def test_since(home, engine, vault_id):
    """A list may begin at a time."""
    assert home.run(engine.audit.list(since_ms=home.clock() + 60_000)) == []
    assert len(home.run(engine.audit.list(since_ms=home.clock() - 60_000))) > 6


def test_pages(home, engine, monkeypatch):
    """A log of several pages is listed and verified as one."""
    whole = home.run(engine.audit.list())
    monkeypatch.setattr("strongroom.service.audit.chain.PAGE_OBJECTS_MAX", 4)
    assert home.run(engine.audit.list()) == whole
    assert home.run(engine.audit.verify()).position == len(whole)


def test_head_and_verify(home, engine, vault_id):
    """The end of the log moves with every row, and an earlier end stays part of it."""
    first = home.run(engine.audit.head())
    assert home.run(engine.audit.verify(first)) == first
    home.run(engine.items.create(vault_id, login("one more", a="b")))
    second = home.run(engine.audit.head())
    assert second.position == first.position + 1
    assert home.run(engine.audit.verify(first)) == second


def test_an_empty_log(home):
    """A log without rows has an end too, and anything may follow it."""
    engine = home.owner()
    change(home, "DELETE FROM audit")
    empty = home.run(engine.audit.head())
    assert empty == AuditHead(0, b"")
    assert home.run(engine.audit.list()) == []
    assert home.run(engine.audit.verify(empty)) == empty


def test_linking_is_tried_again(home, engine, monkeypatch):
    """Who is in the way of another linking tries again, and gives up at last."""
    genuine, left = engine._session.transport.call, [2]

    async def call(request):
        if request.operation == "audit/link" and left[0]:
            left[0] -= 1
            message = "somebody else"
            raise ConflictError(message)
        return await genuine(request)

    monkeypatch.setattr(engine._session.transport, "call", call)
    assert home.run(engine.audit.head()).position
    left[0] = 1000
    monkeypatch.setattr(view, "ATTEMPTS_MAX", 3)
    with pytest.raises(ConflictError):
        home.run(engine.audit.head())


# -- tampering ---------------------------------------------------------------------

COLUMNS = [name for name in AuditRow.__struct_fields__ if name != "position"]
CHANGED = {"created_ms": 1, "actor_kind": 3, "action": "view", "object_type": "user"}


def spoil(home, column, position=5):
    """Change one column of a row."""
    value = CHANGED.get(column, "x" if column == "aux_info" else b"x" * 16)
    change(home, f"UPDATE audit SET {column} = ? WHERE position = ?", value, position)


def breaks_at(home, engine, kept=None):
    """Return the row at which the log breaks."""
    with pytest.raises(IntegrityError, match="breaks at row") as caught:
        home.run(engine.audit.verify(kept))
    assert caught.value.layer == "chain"
    return int(caught.value.message.rsplit(" ", 1)[1])


@pytest.mark.parametrize("column", COLUMNS)
def test_changed_column(home, engine, column):
    """A change of any column of a row is found, at that row, without anything kept."""
    spoil(home, column)
    assert breaks_at(home, engine) == 5


@pytest.mark.parametrize("column", COLUMNS)
def test_the_test_notices_a_chain_that_is_not_followed(home, engine, column, monkeypatch):
    """MUTANT: where hashes are taken as they come, no change is found."""
    monkeypatch.setattr(audit, "hash_row", lambda _account, row, _previous: row.hash)
    spoil(home, column)
    home.run(engine.audit.verify())


def test_another_account(home, engine):
    """Rows of another account are none of this one's log."""
    end = home.run(engine.audit.head())
    change(home, "UPDATE audit SET account = ? WHERE position = 5", b"x" * 16)
    assert breaks_at(home, engine, end) == 5


def test_dropped_row(home, engine):
    """A row that was dropped is found, at its place."""
    change(home, "DELETE FROM audit WHERE position = 5")
    assert breaks_at(home, engine) == 5


def test_moved_rows(home, engine):
    """Two rows that changed places are found."""
    change(home, "UPDATE audit SET position = 1000 WHERE position = 5")
    change(home, "UPDATE audit SET position = 5 WHERE position = 6")
    change(home, "UPDATE audit SET position = 6 WHERE position = 1000")
    assert breaks_at(home, engine) == 5


def test_inserted_row(home, engine):
    """A row that is put in between is found."""
    change(home, "UPDATE audit SET position = -position WHERE position > 5")
    change(
        home,
        "INSERT INTO audit SELECT account, randomblob(16), 6, tick, created_ms, actor, actor_kind,"
        " action, object_type, object, aux, aux_info, hash FROM audit WHERE position = 5",
    )
    change(home, "UPDATE audit SET position = 1 - position WHERE position < 0")
    assert breaks_at(home, engine) == 6


def test_values_of_another_kind(home, engine):
    """A value of another kind than its column's is a typed error too."""
    change(home, "UPDATE audit SET action = ? WHERE position = 5", b"create")
    with pytest.raises(IntegrityError, match="wrong type"):
        home.run(engine.audit.verify())


def test_unknown_kind_of_actor(home, engine):
    """A kind of actor that is none is listed as unknown."""
    change(home, "UPDATE audit SET actor_kind = 9 WHERE position = 5")
    assert home.run(engine.audit.list())[4]["actor_type"] == "unknown"


def forge(home, engine, column):
    """Change a row and make every hash anew, as who has the file can."""
    spoil(home, column)
    account, previous = parse_id(home.account.account_id), b""
    names = ", ".join(AuditRow.__struct_fields__)
    with closing(sqlite3.connect(home.path)) as db:
        for values in db.execute(f"SELECT {names} FROM audit ORDER BY position").fetchall():
            row = AuditRow(**dict(zip(AuditRow.__struct_fields__, values, strict=True)))
            previous = hash_row(account, row, previous)
            db.execute("UPDATE audit SET hash = ? WHERE id = ?", (previous, row.id))
        db.commit()


def test_a_log_written_anew(home, engine):
    """A log whose hashes were all made anew is found by the end that was kept, and only by it."""
    kept = home.run(engine.audit.head())
    forge(home, engine, "object")
    home.run(engine.audit.verify())
    with pytest.raises(IntegrityError, match=f"up to row {kept.position}") as caught:
        home.run(engine.audit.verify(kept))
    assert caught.value.layer == "kept"


def test_a_shorter_log(home, engine):
    """A log that ends before what was kept is an older state."""
    kept = home.run(engine.audit.head())
    change(home, "DELETE FROM audit WHERE position = ?", kept.position)
    with pytest.raises(RollbackError, match=f"ends with row {kept.position - 1}"):
        home.run(engine.audit.verify(kept))
    home.run(engine.audit.verify())


def test_rows_that_are_held_back(home, engine, monkeypatch):
    """A service that shows fewer rows than its own end says is found."""
    genuine = engine._session.transport.call

    async def call(request):
        answer = await genuine(request)
        if request.operation == "audit/list":
            return type(answer)(answer.rows[:-1])
        return answer

    monkeypatch.setattr(engine._session.transport, "call", call)
    with pytest.raises(StrongroomError, match="there were more rows"):
        home.run(engine.audit.verify())
