"""Items: one by one, in batches, in lists."""

import pytest
from msgspec.structs import replace

from strongroom.client.items import work as item_work
from strongroom.client.view.objects import Draft
from strongroom.errors import (
    AmbiguousError,
    ConflictError,
    ForbiddenError,
    InputError,
    InvalidItemError,
    NotFoundError,
    TooLargeError,
)
from strongroom.ids import parse_id
from strongroom.service.objects import reading
from support.homes import login

FULL = {
    "title": "Everything",
    "category": "Login",
    "tags": ["a", "b"],
    "websites": [{"url": "https://example.org", "label": "w", "autofillBehavior": "Never"}],
    "fields": [
        {"id": "username", "title": "username", "fieldType": "Text", "value": "ana"},
        {"id": "own", "title": "own", "sectionId": "s", "fieldType": "Concealed", "value": "🔑"},
    ],
    "sections": [{"id": "s", "title": "Section"}],
    "notes": "line 1\nline 2",
}


def titles(rows):
    return sorted(row["title"] for row in rows)


# -- one item --------------------------------------------------------------------------


def test_create_and_get(run, shared, owner, vault):
    """What is stored comes back the same to its maker and to others, with id and version."""
    made = run(owner.items.create(vault, FULL))
    assert {key: made[key] for key in FULL} == FULL
    assert (made["version"], made["state"], made["vaultId"]) == (1, "active", vault)
    assert made["createdAt"] == made["updatedAt"]
    assert run(owner.items.get(vault, made["id"])) == made
    assert run(shared.owner().items.get(vault, made["id"])) == made


def test_put(run, shared, owner, vault):
    """An edited copy replaces the item and gives the next version."""
    made = run(owner.items.create(vault, FULL))
    changed = made | {"title": "Other", "notes": ""}
    put = run(owner.items.put(changed))
    assert (put["title"], put["notes"], put["version"]) == ("Other", "", 2)
    assert put["createdAt"] == made["createdAt"]
    assert run(shared.owner().items.get(vault, made["id"])) == put


def test_put_of_an_older_copy(run, shared, owner, vault):
    """Who edits what somebody else has changed since gets a conflict and loses nothing of it."""
    made = run(owner.items.create(vault, FULL))
    run(shared.owner().items.put(made | {"title": "theirs"}))
    with pytest.raises(ConflictError) as caught:
        run(owner.items.put(made | {"title": "mine"}))
    assert caught.value.tag == "itemStatusIncorrectItemVersion"
    assert run(owner.items.get(vault, made["id"]))["title"] == "theirs"


def test_unknown_keys_survive(run, shared, owner, vault):
    """Keys of documents that this release does not know survive a change."""
    made = run(owner.items.create(vault, FULL))
    session = owner._session
    before = run(session.fetch(parse_id(vault), parse_id(made["id"])))
    newer = Draft(
        object=parse_id(made["id"]),
        overview=before.overview | {"colour": "red"},
        details=before.details | {"passkeys": [1]},
        before=before,
    )
    run(session.write(parse_id(vault), [newer]))
    engine = shared.owner()
    run(engine.items.put(run(engine.items.get(vault, made["id"])) | {"title": "new"}))
    after = run(engine._session.fetch(parse_id(vault), parse_id(made["id"])))
    assert after.overview == before.overview | {"colour": "red", "title": "new"}
    assert after.details["passkeys"] == [1]


def test_refused_items(run, owner, vault):
    """An item that contradicts itself is refused whole, at creation and at change."""
    made = run(owner.items.create(vault, FULL))
    broken = {"fields": [{"id": "a", "title": "", "sectionId": "nowhere", "value": ""}]}
    with pytest.raises(InvalidItemError):
        run(owner.items.create(vault, FULL | broken))
    with pytest.raises(InvalidItemError):
        run(owner.items.put(made | broken))
    assert run(owner.items.get(vault, made["id"])) == made
    assert len(run(owner.items.list(vault))) == 1


HALF = {
    "title": login("\udcff"),
    "value": login(password="\udcff"),
    "notes": login() | {"notes": "\udcff"},
}


@pytest.mark.parametrize("item", HALF.values(), ids=HALF.keys())
def test_half_a_character(run, owner, vault, item):
    """Text that has no UTF-8 is the caller's fault, and told as such."""
    with pytest.raises(InputError):
        run(owner.items.create(vault, item))


def test_large_items(run, owner, vault):
    """Details over 8 MiB are refused; just under they are stored."""
    most = 8 * 1024 * 1024
    fits = run(owner.items.create(vault, login() | {"notes": "x" * (most - 1000)}))
    assert len(run(owner.items.get(vault, fits["id"]))["notes"]) == most - 1000
    with pytest.raises(TooLargeError) as caught:
        run(owner.items.create(vault, login() | {"notes": "x" * most}))
    assert caught.value.tag == "itemStatusTooBig"


def test_archive(run, owner, vault):
    """An archived item leaves the lists and look-ups, keeps its content, and can be changed."""
    made = run(owner.items.create(vault, login("kept", field="x")))
    run(owner.items.archive(vault, made["id"]))
    archived = run(owner.items.get(vault, made["id"]))
    assert (archived["state"], archived["fields"]) == ("archived", made["fields"])
    assert run(owner.items.list(vault)) == []
    assert titles(run(owner.items.list(vault, active=False, archived=True))) == ["kept"]
    with pytest.raises(NotFoundError):
        run(owner.items.find("kept", vault_id=vault))
    assert run(owner.items.find("kept", vault_id=vault, archived=True))["id"] == made["id"]
    assert run(owner.items.put(archived | {"title": "new"}))["state"] == "archived"


def test_delete(run, shared, owner, vault):
    """A deleted item is gone for everybody, and cannot be deleted, changed or archived again."""
    made = run(owner.items.create(vault, login("gone")))
    run(owner.items.delete(vault, made["id"]))
    for engine in (owner, shared.owner()):
        asks = (
            engine.items.get(vault, made["id"]),
            engine.items.put(made),
            engine.items.archive(vault, made["id"]),
            engine.items.delete(vault, made["id"]),
            engine.items.find("gone", vault_id=vault),
        )
        for ask in asks:
            with pytest.raises(NotFoundError):
                run(ask)
        assert run(engine.items.list(vault, archived=True)) == []


def test_the_vaults_own_object_is_no_item(run, owner, vault):
    """The title of a vault is kept beside its items, but never taken for one."""
    for ask in (owner.items.get, owner.items.delete, owner.items.archive, owner.items.recover):
        with pytest.raises(NotFoundError):
            run(ask(vault, vault))
    assert run(owner.items.list(vault)) == []


@pytest.mark.parametrize("item_id", ["", "x", "a" * 26, "A" * 26, "a" * 25 + "b", "ä" * 26])
def test_unknown(run, owner, vault, item_id):
    """What is no item's id is not found."""
    with pytest.raises(NotFoundError) as caught:
        run(owner.items.get(vault, item_id))
    assert caught.value.tag == "itemNotFound"


# -- batches ---------------------------------------------------------------------------


def test_create_all(run, owner, vault):
    """A batch answers in the order asked; what is refused does not stop the rest."""
    rows = [login("one"), login("two") | {"category": "?"}, login("three")]
    one, two, three = run(owner.items.create_all(vault, rows))
    assert (one["title"], three["title"]) == ("one", "three")
    assert isinstance(two, InvalidItemError)
    assert titles(run(owner.items.list(vault))) == ["one", "three"]


def test_get_all(run, owner, vault):
    """A batch of ids answers in the order asked, doubled ones twice, unknown ones by an error."""
    one, two = run(owner.items.create_all(vault, [login("one"), login("two")]))
    asked = [two["id"], "a" * 26, one["id"], "?", two["id"], vault]
    found = run(owner.items.get_all(vault, asked))
    assert [found[n] for n in (0, 2, 4)] == [two, one, two]
    for n in (1, 3, 5):
        assert isinstance(found[n], NotFoundError)
        assert found[n].tag == "itemNotFound"


def test_delete_all(run, owner, vault):
    """A batch of deletions answers by id: nothing for done, an error for what was not there."""
    one, two, three = run(owner.items.create_all(vault, [login(t) for t in "abc"]))
    asked = [one["id"], "a" * 26, three["id"], one["id"]]
    done = run(owner.items.delete_all(vault, asked))
    assert list(done) == [one["id"], "a" * 26, three["id"]]
    assert (done[one["id"]], done[three["id"]]) == (None, None)
    assert isinstance(done["a" * 26], NotFoundError)
    assert titles(run(owner.items.list(vault))) == ["b"]
    assert two["title"] == "b"


def test_empty_batches(run, owner, vault):
    """An empty batch is answered by an empty answer."""
    assert run(owner.items.create_all(vault, [])) == []
    assert run(owner.items.get_all(vault, [])) == []
    assert run(owner.items.delete_all(vault, [])) == {}


@pytest.mark.parametrize("batch", ["create_all", "get_all", "delete_all"])
def test_size_of_batches(run, owner, vault, monkeypatch, batch):
    """A batch may have as many elements as the limit says, and not one more."""
    monkeypatch.setattr(item_work, "BATCH_MAX", 3)
    work = getattr(owner.items, batch)
    rows = [login() if batch == "create_all" else "?"] * 4
    run(work(vault, rows[:3]))
    with pytest.raises(TooLargeError):
        run(work(vault, rows))


def test_writers_of_one_vault(run, shared, owner, vault):
    """Two engines that create in one vault by turns never meet a conflict."""
    other = shared.owner()
    for number in range(6):
        run((owner, other)[number % 2].items.create(vault, login(str(number))))
    assert len(run(owner.items.list(vault))) == 6
    assert len(run(other.items.list(vault))) == 6


def test_writing_under_a_record_that_others_changed(run, shared, owner, vault):
    """A writer that missed a change of access syncs and writes anew, one by one and in batches."""
    run(owner.items.create(vault, login("first")))
    shared.token(vault)
    made = run(owner.items.create(vault, login("second")))
    shared.token(vault)
    rows = run(owner.items.create_all(vault, [login("third"), login("fourth")]))
    assert [row["version"] for row in (made, *rows)] == [1, 1, 1]
    shared.token(vault)
    assert run(owner.items.put(made | {"title": "changed"}))["version"] == 2
    assert len(run(owner.items.list(vault))) == 4


# -- find --------------------------------------------------------------------------------


def test_find(run, owner, vault, name):
    """An item is found by id or title in one vault or in all."""
    made = run(owner.items.create(vault, login(f"{name} item")))
    for text in (made["id"], f"{name} ITEM", f"  {name} item "):
        for where in (vault, None):
            found = run(owner.items.find(text, vault_id=where))
            assert (found["id"], found["vaultId"]) == (made["id"], vault)
            assert "fields" not in found


def test_find_several(run, owner, vault, name):
    """Of several items of one title the caller must choose, by id, also across vaults."""
    second = run(owner.vaults.create(f"{name} second"))["id"]
    ids = {run(owner.items.create(v, login(f"{name} twin")))["id"] for v in (vault, second)}
    with pytest.raises(AmbiguousError) as caught:
        run(owner.items.find(f"{name} twin"))
    assert set(caught.value.candidates) == ids
    assert run(owner.items.find(f"{name} twin", vault_id=second))["vaultId"] == second


def test_find_what_another_engine_made(run, shared, owner, vault, name):
    """A vault that was empty when an engine saw it last is searched all the same."""
    other = shared.owner()
    run(other.vaults.list())
    made = run(owner.items.create(vault, login(f"{name} first")))
    for where in (vault, None):
        assert run(other.items.find(f"{name} first", vault_id=where))["id"] == made["id"]
        assert run(owner.items.find(f"{name} first", vault_id=where))["id"] == made["id"]


def test_pages(run, owner, vault, monkeypatch):
    """A list that comes in pages is whole."""
    monkeypatch.setattr(reading, "PAGE_OBJECTS_MAX", 2)
    run(owner.items.create_all(vault, [login(str(number)) for number in range(5)]))
    assert titles(run(owner.items.list(vault))) == list("01234")


# -- withheld --------------------------------------------------------------------------------


class Withholding:
    """A keeper that leaves out the details of whatever is looked up."""

    def __init__(self, transport):
        self._transport = transport

    def __getattr__(self, name):
        return getattr(self._transport, name)

    async def call(self, request):
        answer = await self._transport.call(request)
        if request.operation != "lookup":
            return answer
        bare = tuple(tuple(replace(row, details=None) for row in rows) for rows in answer.results)
        return replace(answer, results=bare)


WITHHELD = {
    "get": lambda items, made: items.get(made["vaultId"], made["id"]),
    "put": lambda items, made: items.put(made | {"title": "new"}),
    "archive": lambda items, made: items.archive(made["vaultId"], made["id"]),
}


@pytest.mark.parametrize("ask", WITHHELD.values(), ids=WITHHELD.keys())
def test_withheld_details(run, shared, owner, vault, ask):
    """Details that a keeper withholds are never taken for empty, nor written over."""
    made = run(owner.items.create(vault, FULL))
    engine = shared.owner()
    engine._session.transport = Withholding(engine._session.transport)
    with pytest.raises(ForbiddenError):
        run(ask(engine.items, made))
    assert run(owner.items.get(vault, made["id"])) == made
