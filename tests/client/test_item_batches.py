"""Batches: one trip and transaction, answers in order, every reason for a refusal by its tag."""

import pytest
from msgspec.structs import replace

from strongroom.client.items import items
from strongroom.client.items import work as item_work
from strongroom.client.items.content import MemorySource, NewFile
from strongroom.client.view.objects import open_listed
from strongroom.crypto.sealing import MAGIC
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    InputError,
    IntegrityError,
    InvalidItemError,
    NotFoundError,
    RollbackError,
    TooLargeError,
    UnsupportedVersionError,
)
from strongroom.limits import DETAILS_BYTES_MAX
from strongroom.permissions import READ_ITEMS, REVEAL_ITEM_PASSWORD
from support.homes import login


class Keeper:
    """The keeper, with what a test wants to see or to happen at one of its answers."""

    def __init__(self, engine, operation="", during=None, change=None):
        self.calls = []
        self._transport = engine._session.transport
        self._operation, self._during, self._change = operation, during, change
        engine._session.transport = self

    def __getattr__(self, name):
        return getattr(self._transport, name)

    async def call(self, request):
        self.calls.append(request.operation)
        if request.operation == self._operation and self._during is not None:
            during, self._during = self._during, None
            during()
        answer = await self._transport.call(request)
        if request.operation == self._operation and self._change is not None:
            answer = self._change(answer)
        return answer


@pytest.fixture
def three(run, owner, vault):
    """The ids of three items, titled a, b and c."""
    made = run(owner.items.create_all(vault, [login(title) for title in "abc"]))
    return [row["id"] for row in made]


def kinds(outcomes):
    """Return each outcome as its title, or as the tag of its refusal."""
    return [one["title"] if isinstance(one, dict) else one.tag for one in outcomes]


LARGE = login("large") | {"notes": "x" * DETAILS_BYTES_MAX}


# -- trips -----------------------------------------------------------------------------


def test_one_trip(run, owner, vault, three):
    """A batch that reads is one trip, one that writes one more, however long it is."""
    keeper = Keeper(owner)
    run(owner.items.create_all(vault, [login(str(number)) for number in range(20)]))
    assert keeper.calls.count("commit") == 1
    keeper.calls.clear()
    run(owner.items.get_all(vault, three * 5))
    assert [one for one in keeper.calls if one != "sync"] == ["lookup"]
    keeper.calls.clear()
    run(owner.items.delete_all(vault, three))
    assert [one for one in keeper.calls if one != "sync"] == ["lookup", "commit"]


def test_one_transaction(run, shared, owner, vault):
    """Where one item stops a single creation, nothing is stored; a batch stores the rest."""
    rows = [login("one"), login("two") | {"category": "?"}]
    assert kinds(run(owner.items.create_all(vault, rows))) == ["one", "itemValidationError"]
    with pytest.raises(InvalidItemError):
        run(owner.items.create(vault, rows[1]))
    assert len(run(shared.owner().items.list(vault))) == 1


def test_order_and_doubles(run, owner, vault, three):
    """Answers stand in the order asked, and as often as asked."""
    one, two, _ = three
    asked = [two, "a" * 26, one, two]
    assert kinds(run(owner.items.get_all(vault, asked))) == ["b", "itemNotFound", "a", "b"]
    same = login("same")
    made = run(owner.items.create_all(vault, [same, same]))
    assert kinds(made) == ["same", "same"]
    assert made[0]["id"] != made[1]["id"]


# -- reasons ---------------------------------------------------------------------------


def test_itemValidationError(run, owner, vault):  # noqa: N802  (the SDK's word)
    """An item that contradicts itself, or is none, is refused beside the others."""
    given = [login("a"), 7, login("b") | {"fields": 5}, InvalidItemError("x", tag="own"), login()]
    outcomes = run(owner.items.create_all(vault, given))
    expected = ["a", "itemValidationError", "itemValidationError", "own", "item"]
    assert kinds(outcomes) == expected


def test_itemStatusPermissionError(run, shared, owner, vault, three):  # noqa: N802
    """Without the right, each element is refused by its own answer, and nothing is written."""
    mask = READ_ITEMS | REVEAL_ITEM_PASSWORD
    token = run(owner.service_accounts.create("reader", {vault: mask})).expose()
    robot = shared.by_token(token)
    given = [login("x"), login() | {"category": "?"}, login("y")]
    denied = "itemStatusPermissionError"
    outcomes = run(robot.items.create_all(vault, given))
    assert kinds(outcomes) == [denied, "itemValidationError", denied]
    done = run(robot.items.delete_all(vault, [*three, "a" * 26]))
    assert [one.tag for one in done.values()] == [denied] * 3 + ["itemNotFound"]
    assert len(run(owner.items.list(vault))) == 3
    with pytest.raises(ForbiddenError):
        run(robot.items.create(vault, login()))


def test_itemStatusIncorrectItemVersion(run, shared, owner, vault, three):  # noqa: N802
    """What somebody else changes between reading and writing is not deleted; the rest is."""
    item = run(shared.owner().items.get(vault, three[1]))
    Keeper(owner, "commit", lambda: run(shared.owner().items.put(item | {"title": "kept"})))
    done = run(owner.items.delete_all(vault, three))
    assert [done[one] and done[one].tag for one in three] == [
        None,
        "itemStatusIncorrectItemVersion",
        None,
    ]
    assert isinstance(done[three[1]], ConflictError)
    assert [row["title"] for row in run(shared.owner().items.list(vault))] == ["kept"]


def test_itemStatusTooBig(run, owner, vault):  # noqa: N802
    """An item over the limit is refused beside the others, which are stored."""
    deep = {"a": []}
    for _ in range(40):
        deep = {"a": deep}
    nested = login("nested")
    nested["fields"] = [{"id": "f", "title": "f", "fieldType": "Text", "value": "", "x": deep}]
    outcomes = run(owner.items.create_all(vault, [login("a"), LARGE, nested, login("b")]))
    assert kinds(outcomes) == ["a", "itemStatusTooBig", "itemStatusTooBig", "b"]
    assert isinstance(outcomes[1], TooLargeError)
    assert sorted(row["title"] for row in run(owner.items.list(vault))) == ["a", "b"]
    assert kinds(run(owner.items.create_all(vault, [LARGE]))) == ["itemStatusTooBig"]
    with pytest.raises(TooLargeError):
        run(owner.items.create(vault, LARGE))


def test_itemStatusFileNotFound(run, shared, vault):  # noqa: N802
    """An item whose file did not arrive is refused beside the others."""
    engine = shared.owner()
    transport = engine._session.transport

    class Losing:
        def __getattr__(self, name):
            return getattr(transport, name)

        async def call(self, request):
            return None if request.operation == "files/upload" else await transport.call(request)

    engine._session.transport = Losing()
    new = NewFile(name="f", size=1, source=MemorySource(b"x"), section_id="", field_id="f")
    outcomes = run(engine.items.create_all(vault, [login("a"), login() | {"files": [new]}]))
    assert kinds(outcomes) == ["a", "itemStatusFileNotFound"]
    assert isinstance(outcomes[1], NotFoundError)


def test_itemNotFound(run, owner, vault, three):  # noqa: N802
    """What is not there, or deleted already, is refused beside the others."""
    run(owner.items.delete(vault, three[0]))
    done = run(owner.items.delete_all(vault, [*three, "a" * 26, "?"]))
    tags = [one and one.tag for one in done.values()]
    assert tags == ["itemNotFound", None, None, "itemNotFound", "itemNotFound"]


def damaged_lookup(answer):
    first, *rest = answer.results
    broken = tuple(replace(row, details=row.details[:-1] + b"\0") for row in first)
    return replace(answer, results=(broken, *rest))


@pytest.mark.parametrize("batch", ["get_all", "delete_all"])
def test_internal(run, shared, vault, three, batch):
    """A damaged item is an outcome of its own, and of no other; it has no tag of the SDK's."""
    engine = shared.owner()
    Keeper(engine, "lookup", change=damaged_lookup)
    outcomes = run(getattr(engine.items, batch)(vault, three))
    rows = list(outcomes.values()) if isinstance(outcomes, dict) else outcomes
    assert isinstance(rows[0], IntegrityError)
    assert not isinstance(rows[0], NotFoundError)
    assert not any(isinstance(one, IntegrityError) for one in rows[1:])


# -- arguments of a wrong type ------------------------------------------------------------

CALLS = {
    "a vault's title": lambda engine, _vault: engine.vaults.create(7),
    "a vault's id": lambda engine, _vault: engine.vaults.get(7),
    "find by number": lambda engine, _vault: engine.items.find(7),
    "find in a vault by number": lambda engine, _vault: engine.items.find("x", vault_id=7),
    "get": lambda engine, vault: engine.items.get(vault, 7),
    "get of no vault": lambda engine, _vault: engine.items.get(None, "a" * 26),
    "list": lambda engine, _vault: engine.items.list(7),
    "create": lambda engine, vault: engine.items.create(vault, 7),
    "put": lambda engine, _vault: engine.items.put(7),
    "put without id": lambda engine, _vault: engine.items.put(login()),
    "a batch of one text": lambda engine, vault: engine.items.get_all(vault, "a" * 26),
    "a batch that is a number": lambda engine, vault: engine.items.delete_all(vault, 7),
    "a batch that is none": lambda engine, vault: engine.items.create_all(vault, None),
    "an id in a batch": lambda engine, vault: engine.items.get_all(vault, [7]),
    "a version": lambda engine, vault: engine.items.get_version(vault, "a" * 26, "1"),
    "no version": lambda engine, vault: engine.items.restore(vault, "a" * 26, None),
    "a truth for a version": lambda engine, vault: engine.items.get_version(vault, "a" * 26, True),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_wrong_types(run, owner, vault, call):
    """An argument of a wrong type is the caller's fault, told by a typed error."""
    if call is CALLS["no version"]:
        item = run(owner.items.create(vault, login()))
        with pytest.raises(InputError, match="is a number, not NoneType"):
            run(owner.items.restore(vault, item["id"], None))
        return
    with pytest.raises(InputError):
        run(call(owner, vault))


# -- lists with something damaged in them -------------------------------------------------


def damaged_list(change):
    def damage(answer):
        first, *rest = answer.revisions
        return replace(answer, revisions=(change(first), *rest))

    return damage


DAMAGES = {
    "a flipped bit": lambda row: replace(row, overview=row.overview[:-1] + b"\0"),
    "cut": lambda row: replace(row, overview=row.overview[:20]),
    "empty": lambda row: replace(row, overview=b""),
    "a newer version of the format": lambda row: replace(
        row, overview=MAGIC + b"\x63" + row.overview[len(MAGIC) + 1 :]
    ),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_overviews(run, shared, vault, three, damage):
    """An overview that cannot be opened is shown as of no known kind, and hides no other."""
    engine = shared.owner()
    Keeper(engine, "objects/list", change=damaged_list(damage))
    rows = run(engine.items.list(vault))
    odd = [row for row in rows if row["category"] == "Unsupported"]
    assert {row["id"] for row in rows} == set(three)
    assert [(row["title"], row["tags"], row["websites"]) for row in odd] == [("", [], [])]
    assert sorted(row["title"] for row in rows if row not in odd) in (
        ["a", "b"],
        ["a", "c"],
        ["b", "c"],
    )


def test_lists_of_something_else(run, shared, owner, vault, three, name):
    """What the keeper takes from another vault, or from the past, still stops the list."""
    other = run(owner.vaults.create(f"{name} other"))["id"]
    run(owner.items.create(other, login("foreign")))
    foreign = []
    watcher = shared.owner()
    Keeper(watcher, "objects/list", change=lambda answer: foreign.append(answer) or answer)
    run(watcher.items.list(other))
    engine = shared.owner()
    Keeper(engine, "objects/list", change=lambda _answer: foreign[0])
    with pytest.raises(IntegrityError) as caught:
        run(engine.items.list(vault))
    assert caught.value.layer == "context"
    run(watcher.items.list(vault))
    old = foreign[-1]
    reader = shared.owner()
    item = run(reader.items.get(vault, three[0]))
    run(reader.items.put(item))
    Keeper(reader, "objects/list", change=lambda _answer: old)
    with pytest.raises(RollbackError):
        run(reader.items.list(vault))


def test_lists_that_stop_at_a_damage(run, shared, vault, three, monkeypatch):
    """Without the care for single overviews, one that is damaged hides the whole list."""
    monkeypatch.setattr(items, "_open_for_list", open_listed)
    for damage, kind in (
        (DAMAGES["a flipped bit"], IntegrityError),
        (DAMAGES["a newer version of the format"], UnsupportedVersionError),
    ):
        engine = shared.owner()
        Keeper(engine, "objects/list", change=damaged_list(damage))
        with pytest.raises(kind):
            run(engine.items.list(vault))


def test_batches_that_stop_at_a_large_item(run, owner, vault, monkeypatch):
    """Without a look at each draft, one that is too large stops the whole batch."""
    monkeypatch.setattr(item_work, "_sealable", lambda draft: draft)
    with pytest.raises(TooLargeError):
        run(owner.items.create_all(vault, [login("a"), LARGE]))
