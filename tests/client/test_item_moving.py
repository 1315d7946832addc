"""Items from one vault into another."""

import pytest

from strongroom.client.items.content import MemorySource, NewFile
from strongroom.client.items.files import Files
from strongroom.errors import ConflictError, ForbiddenError, InputError, NotFoundError, StoreError
from strongroom.permissions import CREATE_ITEMS, READ_ITEMS, REVEAL_ITEM_PASSWORD
from strongroom.wire.messages import CommitRequest
from support.homes import login

ITEM = login("moved", field="1") | {"tags": ["t"], "notes": "n"}
SAME = ("title", "category", "tags", "websites", "fields", "sections", "notes", "files", "state")


@pytest.fixture
def target(run, owner, name):
    """The id of another vault."""
    return run(owner.vaults.create(f"{name} target"))["id"]


def titles(run, engine, vault):
    return [row["title"] for row in run(engine.items.list(vault, archived=True))]


def test_move(run, shared, owner, vault, target, name):
    """A moved item has a new id and the same content, and is found in its new vault only."""
    made = run(owner.items.create(vault, ITEM))
    moved = run(owner.items.move(vault, made["id"], target))
    assert [moved[key] for key in SAME] == [made[key] for key in SAME]
    assert (moved["vaultId"], moved["version"]) == (target, 1)
    assert moved["id"] != made["id"]
    reader = shared.owner()
    assert titles(run, reader, vault) == []
    assert run(reader.items.get(target, moved["id"])) == moved
    assert run(reader.secrets.resolve(f"op://{name} target/moved/field")) == "1"
    assert [row["id"] for row in run(owner.items.list_deleted(vault))] == [made["id"]]
    assert run(owner.items.recover(vault, made["id"]))["fields"] == made["fields"]


def test_move_of_an_archived_item(run, owner, vault, target):
    """An archived item stays archived."""
    made = run(owner.items.create(vault, ITEM))
    run(owner.items.archive(vault, made["id"]))
    moved = run(owner.items.move(vault, made["id"], target))
    assert (moved["state"], moved["fields"]) == ("archived", made["fields"])


@pytest.mark.parametrize("size", [0, 5, 2 * 1024 * 1024 + 1])
def test_move_with_files(run, shared, owner, vault, target, size):
    """Files go with their item, and can be read there."""
    content = bytes(range(256)) * (size // 256 + 1)
    content = content[:size]
    made = run(owner.items.create(vault, ITEM))
    new = NewFile(
        name="f.bin", size=size, source=MemorySource(content), section_id="s", field_id="x"
    )
    with_file = run(Files(owner._session, owner.items).attach(made, new))
    moved = run(owner.items.move(vault, made["id"], target))
    (row,) = moved["files"]
    assert row["attributes"]["id"] != with_file["files"][0]["attributes"]["id"]
    assert (row["sectionId"], row["fieldId"]) == ("s", "x")
    engine = shared.owner()
    read = Files(engine._session, engine.items).read(target, moved["id"], row["attributes"]["id"])
    assert run(read) == content


def test_move_of_a_document(run, shared, owner, vault, target):
    """A document goes with its content."""
    new = NewFile(name="d.txt", size=3, source=MemorySource(b"abc"))
    draft = {"title": "doc", "category": "Document", "document": new}
    made = run(owner.items.create(vault, draft))
    moved = run(owner.items.move(vault, made["id"], target))
    engine = shared.owner()
    file_id = moved["document"]["id"]
    assert run(Files(engine._session, engine.items).read(target, moved["id"], file_id)) == b"abc"


def test_refused_moves(run, owner, vault, target):
    """An item is not moved to where it is, and what is not there is not moved at all."""
    made = run(owner.items.create(vault, ITEM))
    with pytest.raises(InputError):
        run(owner.items.move(vault, made["id"], vault))
    for ids in (
        (vault, "a" * 26, target),
        (vault, made["id"], "a" * 26),
        (target, made["id"], vault),
    ):
        with pytest.raises(NotFoundError):
            run(owner.items.move(*ids))
    assert titles(run, owner, vault) == ["moved"]


READ = READ_ITEMS | REVEAL_ITEM_PASSWORD
RIGHTS = {
    "not to delete": lambda vault, target: {vault: READ, target: READ | CREATE_ITEMS},
    "not to create": lambda vault, target: {vault: READ | CREATE_ITEMS, target: READ},
}


@pytest.mark.parametrize("rights", RIGHTS.values(), ids=RIGHTS.keys())
def test_moves_without_the_right(run, shared, owner, vault, target, rights):
    """Without the right to delete here and to create there, nothing is written at all."""
    made = run(owner.items.create(vault, ITEM))
    token = run(owner.service_accounts.create("robot", rights(vault, target))).expose()
    with pytest.raises(ForbiddenError):
        run(shared.by_token(token).items.move(vault, made["id"], target))
    assert titles(run, owner, vault) == ["moved"]
    assert titles(run, owner, target) == []


class Meddler:
    """A transport in whose commits somebody else gets in between, before the second."""

    def __init__(self, transport, meddle):
        self._transport = transport
        self._meddle = meddle
        self._commits = 0

    def __getattr__(self, name):
        return getattr(self._transport, name)

    async def call(self, request):
        self._commits += request.operation == "commit"
        if self._commits == 2 and request.operation == "commit":
            self._meddle()
        return await self._transport.call(request)


def test_a_move_that_somebody_crosses(run, shared, owner, vault, target):
    """If the old item is changed meanwhile, it stays, and the copy goes: there are never two."""
    made = run(owner.items.create(vault, ITEM))
    other = shared.owner()
    owner._session.transport = Meddler(
        owner._session.transport, lambda: run(other.items.put(made | {"title": "theirs"}))
    )
    with pytest.raises(ConflictError):
        run(owner.items.move(vault, made["id"], target))
    assert titles(run, shared.owner(), vault) == ["theirs"]
    assert titles(run, shared.owner(), target) == []


class Denier:
    """A transport that fails to say that something was stored; from then on it may be silent."""

    def __init__(self, transport, *, denies, silent=False):
        self._transport, self._denies, self._silent = transport, denies, silent
        self._writes = 0

    def __getattr__(self, name):
        return getattr(self._transport, name)

    async def call(self, request):
        if self._silent and self._writes >= self._denies:
            raise StoreError("the disk failed")
        answer = await self._transport.call(request)
        if isinstance(request, CommitRequest):
            self._writes += 1
            if self._writes == self._denies:
                raise StoreError("the disk failed")
        return answer


def test_a_move_whose_end_is_denied(run, shared, owner, vault, target):
    """If the store fails to say that the old item was deleted, the copy stays, and is moved."""
    made = run(owner.items.create(vault, ITEM))
    owner._session.transport = Denier(owner._session.transport, denies=2)
    moved = run(owner.items.move(vault, made["id"], target))
    assert titles(run, shared.owner(), vault) == []
    assert run(shared.owner().items.get(target, moved["id"])) == moved


def test_a_move_of_which_nobody_knows(run, shared, owner, vault, target):
    """If nobody can tell whether the old item was deleted, the copy is not: it may be the last."""
    made = run(owner.items.create(vault, ITEM))
    owner._session.transport = Denier(owner._session.transport, denies=2, silent=True)
    with pytest.raises(StoreError):
        run(owner.items.move(vault, made["id"], target))
    assert titles(run, shared.owner(), vault) == []
    assert titles(run, shared.owner(), target) == ["moved"]
