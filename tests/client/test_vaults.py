"""Vaults: create, list, get, update, delete, find."""

import pytest

from strongroom.client.vaults import TITLE_CHARACTERS_MAX
from strongroom.errors import (
    AmbiguousError,
    ForbiddenError,
    InputError,
    NotFoundError,
    StoreFullError,
    StoreReadOnlyError,
)
from strongroom.permissions import ALL_BITS
from strongroom.store.sqlite.store import SqliteStore
from support.homes import login

VAULT_KEYS = {
    "id",
    "title",
    "description",
    "vaultType",
    "activeItemCount",
    "contentVersion",
    "attributeVersion",
    "createdAt",
    "updatedAt",
}


def test_create(run, shared, owner, name):
    """A new vault is the caller's, empty, and seen by every other engine."""
    made = run(owner.vaults.create(name, description="for tests"))
    assert set(made) == VAULT_KEYS
    assert (made["title"], made["description"]) == (name, "for tests")
    assert (made["vaultType"], made["activeItemCount"]) == ("userCreated", 0)
    assert run(shared.owner().vaults.get(made["id"])) == made
    assert made in run(shared.owner().vaults.list())


@pytest.mark.parametrize(("allow", "rows"), [(None, 2), (True, 2), (False, 1)])
def test_administrators(run, owner, name, allow, rows):
    """Administrators get all rights unless the maker says no; the vault looks the same."""
    made = run(owner.vaults.create(name, allow_admins_access=allow))
    full = run(owner.vaults.get(made["id"], accessors=True))
    me = owner.identity()["principalId"]
    assert [row["permissions"] for row in full["access"]] == [ALL_BITS] * rows
    assert {row["accessorType"] for row in full["access"]} <= {"user", "group"}
    assert me in {row["accessorUuid"] for row in full["access"]}
    assert full["vaultType"] == "userCreated"


TITLES = {"longest": "x" * TITLE_CHARACTERS_MAX, "one": "x", "of other scripts": "Büro ☃ 保管庫"}
NOT_TITLES = {
    "empty": "",
    "blanks": "   ",
    "too long": "x" * (TITLE_CHARACTERS_MAX + 1),
    "two lines": "dev\nprod",
    "a NUL": "dev\0",
}


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES.keys())
def test_titles(run, owner, title):
    """Any title of 1 to 512 characters comes back as it was given."""
    made = run(owner.vaults.create(title))
    assert run(owner.vaults.get(made["id"]))["title"] == title
    run(owner.vaults.delete(made["id"]))


@pytest.mark.parametrize("title", NOT_TITLES.values(), ids=NOT_TITLES.keys())
def test_refused_titles(run, owner, vault, title):
    """No title, or one beyond the limit, is refused and makes or changes nothing."""
    before = run(owner.vaults.list())
    with pytest.raises(InputError):
        run(owner.vaults.create(title))
    with pytest.raises(InputError):
        run(owner.vaults.update(vault, title=title))
    assert run(owner.vaults.list()) == before


def test_title_of_half_a_character(run, owner, vault):
    """A title that has no UTF-8 is the caller's fault."""
    for ask in (owner.vaults.create("\udcff"), owner.vaults.update(vault, title="\udcff")):
        with pytest.raises(InputError):
            run(ask)


def test_update(run, shared, owner, vault, name):
    """A change leaves alone what it does not name, and counts as one of attributes."""
    other = shared.owner()
    run(other.vaults.list())
    first = run(owner.vaults.update(vault, title=f"{name} new"))
    second = run(owner.vaults.update(vault, description="why"))
    assert (second["title"], second["description"]) == (f"{name} new", "why")
    assert second["attributeVersion"] == first["attributeVersion"] + 1
    assert run(other.vaults.get(vault)) == second


def test_delete(run, shared, owner, vault, name):
    """A deleted vault is gone for everybody, with all that was in it."""
    item = run(owner.items.create(vault, login(field="x")))["id"]
    other = shared.owner()
    assert run(other.items.get(vault, item))["id"] == item
    run(owner.vaults.delete(vault))
    for engine in (owner, other, shared.owner()):
        assert vault not in {row["id"] for row in run(engine.vaults.list())}
        for ask in (engine.vaults.get(vault), engine.items.get(vault, item)):
            with pytest.raises(NotFoundError):
                run(ask)
        with pytest.raises(NotFoundError):
            run(engine.vaults.find(name))


def test_personal_vault(run, owner):
    """The personal vault is there from the beginning and cannot be deleted."""
    (personal,) = [row for row in run(owner.vaults.list()) if row["vaultType"] == "personal"]
    assert personal["title"] == "Private"
    with pytest.raises(ForbiddenError):
        run(owner.vaults.delete(personal["id"]))


@pytest.mark.parametrize("vault_id", ["", "x", "a" * 26, "A" * 26, "a" * 25 + "b"])
def test_unknown(run, owner, vault_id):
    """What is no vault's id is not found."""
    for ask in (owner.vaults.get, owner.vaults.delete, owner.items.list):
        with pytest.raises(NotFoundError):
            run(ask(vault_id))


def test_find(run, shared, owner, vault, name):
    """A vault is found by id or title, case aside, also when another engine just made it."""
    for text in (vault, name, name.upper(), f" {name} "):
        assert run(owner.vaults.find(text))["id"] == vault
    later = run(shared.owner().vaults.create(f"{name} later"))["id"]
    assert run(owner.vaults.find(f"{name} later"))["id"] == later


def test_find_several(run, owner, vault, name):
    """Of several vaults of one title the caller must choose, by id."""
    twin = run(owner.vaults.create(name.upper()))["id"]
    with pytest.raises(AmbiguousError) as caught:
        run(owner.vaults.find(name))
    assert set(caught.value.candidates) == {vault, twin}
    assert run(owner.vaults.find(twin))["id"] == twin


def test_an_id_wins_over_a_title(run, owner, vault):
    """A vault that is titled like another's id does not hide it."""
    run(owner.vaults.create(vault))
    assert run(owner.vaults.find(vault))["id"] == vault


def test_new_title_by_others(run, shared, owner, vault, name):
    """A vault that another engine renamed is found by its new title, and not by its old one."""
    assert run(owner.vaults.find(name))["id"] == vault
    run(shared.owner().vaults.update(vault, title=f"{name} new"))
    assert run(owner.vaults.find(f"{name} new"))["id"] == vault
    with pytest.raises(NotFoundError):
        run(owner.vaults.find(name))


def test_counters(run, owner, vault):
    """The count of active items follows what happens to them."""
    item = run(owner.items.create(vault, login()))["id"]
    run(owner.items.create(vault, login()))
    assert run(owner.vaults.get(vault))["activeItemCount"] == 2
    run(owner.items.archive(vault, item))
    after = run(owner.vaults.get(vault))
    assert (after["activeItemCount"], after["contentVersion"]) == (1, 3)


@pytest.mark.parametrize("refusal", [StoreFullError, StoreReadOnlyError])
def test_no_room_for_a_personal_vault(home, monkeypatch, refusal):
    """Where nothing can be written, somebody new reads all the same; the vault is made later."""
    joined = home.invite("ben@example.org", name="Ben")

    def refuse(*_args, **_options):
        raise refusal("no")

    with monkeypatch.context() as patch:
        patch.setattr(SqliteStore, "write", refuse)
        assert home.run(home.open_as(joined).vaults.list()) == []
    assert [row["title"] for row in home.run(home.open_as(joined).vaults.list())] == ["Private"]
