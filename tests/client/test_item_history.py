"""Kept versions of items, and deleted items that come back."""

import pytest

from strongroom.errors import ForbiddenError, NotFoundError
from strongroom.permissions import READ_ITEMS, REVEAL_ITEM_PASSWORD
from support.clocks import DAY, SetClock
from support.homes import login

KEPT = 30 * DAY


def test_history(run, owner, vault):
    """Every change is a version, newest first, and each can be read as it was."""
    made = run(owner.items.create(vault, login("a", field="1")))
    put = run(owner.items.put(made | {"title": "b"}))
    run(owner.items.archive(vault, made["id"]))
    run(owner.items.delete(vault, made["id"]))
    rows = run(owner.items.history(vault, made["id"]))
    assert [row["version"] for row in rows] == [4, 3, 2, 1]
    assert [row["state"] for row in rows] == ["deleted", "archived", "active", "active"]
    assert {row["author"] for row in rows} == {owner.identity()["principalId"]}
    assert run(owner.items.get_version(vault, made["id"], 1)) == made
    assert run(owner.items.get_version(vault, made["id"], 2)) == put
    for version in (5, 10**6):
        with pytest.raises(NotFoundError):
            run(owner.items.get_version(vault, made["id"], version))


def test_history_of_nothing(run, owner, vault):
    """An item that never was has no versions."""
    assert run(owner.items.history(vault, "a" * 26)) == []
    with pytest.raises(NotFoundError):
        run(owner.items.get_version(vault, "a" * 26, 1))


def test_deleted_documents_are_empty(run, owner, vault):
    """A deleted version holds nothing of the item."""
    made = run(owner.items.create(vault, login("secret", field="1")))
    run(owner.items.delete(vault, made["id"]))
    gone = run(owner.items.get_version(vault, made["id"], 2))
    assert (gone["title"], gone["fields"], gone["tags"]) == ("", [], [])


def test_recover(run, shared, owner, vault, name):
    """A deleted item comes back as a new version with its content, found by its title again."""
    made = run(owner.items.create(vault, login(f"{name} back", field="1")))
    run(owner.items.delete(vault, made["id"]))
    (row,) = run(owner.items.list_deleted(vault))
    assert (row["id"], row["title"], row["state"]) == (made["id"], f"{name} back", "deleted")
    back = run(owner.items.recover(vault, made["id"]))
    assert (back["version"], back["state"], back["fields"]) == (3, "active", made["fields"])
    assert run(owner.items.list_deleted(vault)) == []
    assert run(shared.owner().items.find(f"{name} back", vault_id=vault))["id"] == made["id"]


LIVING = {"active": False, "archived": True}


@pytest.mark.parametrize("archived", LIVING.values(), ids=LIVING.keys())
def test_only_deleted_items_are_recovered(run, owner, vault, archived):
    """What is not deleted is not among the deleted."""
    made = run(owner.items.create(vault, login()))
    if archived:
        run(owner.items.archive(vault, made["id"]))
    with pytest.raises(NotFoundError):
        run(owner.items.recover(vault, made["id"]))


@pytest.mark.parametrize(("waited", "there"), [(KEPT - 1, True), (KEPT, False)])
def test_thirty_days(run, shared, vault, monkeypatch, waited, there):
    """A deleted item can be recovered for 30 days, to the millisecond."""
    clock = SetClock()
    monkeypatch.setattr(shared, "clock", clock)
    engine = shared.owner()
    made = run(engine.items.create(vault, login()))
    run(engine.items.delete(vault, made["id"]))
    clock.now += waited
    assert len(run(engine.items.list_deleted(vault))) == there
    if there:
        assert run(engine.items.recover(vault, made["id"]))["state"] == "active"
    else:
        with pytest.raises(NotFoundError):
            run(engine.items.recover(vault, made["id"]))


def test_reader_without_history(run, shared, owner, vault):
    """Who may not see the history sees no older version and recovers nothing."""
    made = run(owner.items.create(vault, login()))
    run(owner.items.put(made))
    mask = READ_ITEMS | REVEAL_ITEM_PASSWORD
    token = run(owner.service_accounts.create("r", {vault: mask})).expose()
    robot = shared.by_token(token)
    with pytest.raises(ForbiddenError):
        run(robot.items.history(vault, made["id"]))
    with pytest.raises(NotFoundError):
        run(robot.items.get_version(vault, made["id"], 1))
