"""Kept versions of items, and deleted items that come back."""

import pytest
from msgspec.structs import replace

from strongroom.client.view.objects import Draft
from strongroom.errors import ForbiddenError, IntegrityError, NotFoundError
from strongroom.ids import parse_id
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


def test_restore(run, shared, owner, vault, name):
    """An older version becomes the newest, with all that was in it; nothing is taken away."""
    made = run(owner.items.create(vault, login(f"{name} old", field="1")))
    run(owner.items.put(made | {"title": f"{name} new", "fields": [], "tags": ["t"]}))
    back = run(owner.items.restore(vault, made["id"], 1))
    same = ("title", "fields", "tags", "state")
    assert [back[key] for key in same] == [made[key] for key in same]
    assert (back["version"], back["createdAt"]) == (3, made["createdAt"])
    assert len(run(owner.items.history(vault, made["id"]))) == 3
    assert run(shared.owner().items.find(f"{name} old", vault_id=vault))["id"] == made["id"]


def test_restore_keeps_what_is_not_known(run, owner, vault):
    """What a newer client wrote into a version comes back with it."""
    made = run(owner.items.create(vault, login(field="1")))
    session, where = owner._session, (parse_id(vault), parse_id(made["id"]))
    before = run(session.fetch(*where))
    row = {"id": "p", "title": "p", "fieldType": "Passkey", "value": [1]}
    newer = Draft(
        object=where[1],
        overview=before.overview | {"colour": "red"},
        details=before.details | {"fields": [row]},
        before=before,
    )
    run(session.write(where[0], [newer]))
    run(owner.items.put(run(owner.items.get(vault, made["id"])) | {"fields": []}))
    run(owner.items.restore(vault, made["id"], 2))
    after = run(session.fetch(*where))
    assert (after.overview, after.details) == (newer.overview, newer.details)


def test_restore_leaves_the_state(run, owner, vault):
    """An archived item stays archived when an older version is restored."""
    made = run(owner.items.create(vault, login()))
    run(owner.items.archive(vault, made["id"]))
    assert run(owner.items.restore(vault, made["id"], 1))["state"] == "archived"


def test_restore_of_nothing(run, owner, vault):
    """Versions that are not there, deletions and deleted items are not restored."""
    made = run(owner.items.create(vault, login()))
    for version in (0, -1, 2, 2**60):
        with pytest.raises(NotFoundError):
            run(owner.items.restore(vault, made["id"], version))
    run(owner.items.delete(vault, made["id"]))
    with pytest.raises(NotFoundError):
        run(owner.items.restore(vault, made["id"], 1))
    run(owner.items.recover(vault, made["id"]))
    with pytest.raises(NotFoundError, match="is a deletion"):
        run(owner.items.restore(vault, made["id"], 2))
    assert run(owner.items.get(vault, made["id"]))["version"] == 3


def test_one_damaged_deletion_hides_no_other(run, shared, owner, vault):
    """A deleted item whose last state is damaged is listed as of no known kind, beside others."""
    made = run(owner.items.create_all(vault, [login("a"), login("b")]))
    run(owner.items.delete_all(vault, [row["id"] for row in made]))
    engine = shared.owner()
    transport = engine._session.transport

    class Damaging:
        def __getattr__(self, name):
            return getattr(transport, name)

        async def call(self, request):
            answer = await transport.call(request)
            if request.operation != "lookup" or not request.queries[0].version:
                return answer
            first, *rest = answer.results
            cut = tuple(replace(row, overview=row.overview[:-1]) for row in first)
            return replace(answer, results=(cut, *rest))

    engine._session.transport = Damaging()
    rows = run(engine.items.list_deleted(vault))
    assert {row["id"] for row in rows} == {row["id"] for row in made}
    assert sorted(row["title"] for row in rows) in (["", "a"], ["", "b"])
    assert all(row["state"] == "deleted" and row["deletedAt"] for row in rows)
    damaged = next(row["id"] for row in rows if row["title"] == "")
    with pytest.raises(IntegrityError):
        run(engine.items.recover(vault, damaged))


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
    for ask in (robot.items.get_version, robot.items.restore):
        with pytest.raises(NotFoundError):
            run(ask(vault, made["id"], 1))
