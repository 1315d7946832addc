"""Files of items at the engine: limits, other people, what happens meanwhile."""

import pytest

from strongroom.client.file_content import MemorySource, NewFile
from strongroom.client.secret_files import TEXT_BYTES_MAX
from strongroom.crypto.chunks import FILE_BYTES_MAX
from strongroom.errors import (
    ForbiddenError,
    InvalidFileError,
    InvalidItemError,
    NotFoundError,
    ResolveError,
    TooLargeError,
)
from strongroom.ids import parse_id
from strongroom.limits import FILES_PER_ITEM_MAX
from strongroom.permissions import READ_ITEMS, SERVICE_ACCOUNT_WORDS
from support.homes import login


def new(name="n", content=b"content", field="f", section="s", size=None):
    return NewFile(
        name=name,
        size=len(content) if size is None else size,
        source=MemorySource(content),
        section_id=section,
        field_id=field,
    )


def document(content=b"content"):
    file = NewFile(name="d", size=len(content), source=MemorySource(content))
    return {"title": "doc", "category": "Document", "document": file}


class Untouched:
    """A source that nobody may read."""

    async def read(self, count):
        raise AssertionError(count)


@pytest.fixture
def item(run, owner, vault):
    """An item with one file."""
    return run(owner.items.create(vault, login("item", password="p") | {"files": [new()]}))


def id_of(item, place=0):
    return item["files"][place]["attributes"]["id"]


def test_files_per_item(run, owner, vault):
    """An item has 100 files, and not one more, at creation and at change."""
    most = [new(field=f"f{n}") for n in range(FILES_PER_ITEM_MAX)]
    made = run(owner.items.create(vault, login() | {"files": most}))
    assert len(made["files"]) == FILES_PER_ITEM_MAX
    with pytest.raises(InvalidItemError, match="at most 100 files"):
        run(owner.files.attach(made, new(field="more")))
    more = [new(field=f"f{n}") for n in range(FILES_PER_ITEM_MAX + 1)]
    with pytest.raises(InvalidItemError, match="at most 100 files"):
        run(owner.items.create(vault, login() | {"files": more}))
    assert len(run(owner.items.list(vault))) == 1


def test_declared_sizes(run, owner, vault, item):
    """16 GiB may be declared; a byte more is refused before anything is read."""
    most = new(field="g", size=FILE_BYTES_MAX)
    with pytest.raises(InvalidFileError, match="declared number"):
        run(owner.files.attach(item, most))
    over = NewFile(
        name="n", size=FILE_BYTES_MAX + 1, source=Untouched(), section_id="s", field_id="g"
    )
    with pytest.raises(InvalidFileError, match="at most"):
        run(owner.files.attach(item, over))
    assert run(owner.items.get(vault, item["id"])) == item


def test_nothing_is_stored_for_what_is_refused(run, owner, vault, item):
    """A change that is refused for other reasons reads no content."""
    bad = NewFile(name="n", size=5, source=Untouched(), section_id="s", field_id="f")
    with pytest.raises(InvalidItemError):
        run(owner.files.attach(item, bad))
    with pytest.raises(InvalidItemError):
        run(owner.items.create(vault, login() | {"files": [bad, bad]}))


def test_shown_files_are_no_content(run, owner, vault, item):
    """An item that was shown cannot be made anew with its files: their content is not in it."""
    with pytest.raises(InvalidItemError, match="given with their content"):
        run(owner.items.create(vault, item))


def test_others_read(run, shared, vault, item):
    """Whoever may reveal items reads their files; whoever may only list them does not."""
    reader = shared.by_token(shared.token(vault, "read_items"))
    assert run(reader.files.read(vault, item["id"], id_of(item))) == b"content"
    blind = shared.owner().service_accounts.create("blind", {vault: READ_ITEMS})
    engine = shared.by_token(run(blind).expose())
    with pytest.raises(ForbiddenError):
        run(engine.files.read(vault, item["id"], id_of(item)))


def test_readers_do_not_attach(run, shared, vault, item):
    """Who may not change items stores nothing."""
    reader = shared.by_token(shared.token(vault, "read_items"))
    with pytest.raises(ForbiddenError):
        run(reader.files.attach(item, new(field="g")))
    with pytest.raises(ForbiddenError):
        run(reader.items.create(vault, document()))


def test_content_survives_rotation(run, shared, owner, vault, item):
    """A file stays readable when the vault gets new keys, and when it is put under them."""
    masks = {vault: SERVICE_ACCOUNT_WORDS["read_items"]}
    token = run(owner.service_accounts.create("leaves", masks))
    robot = shared.by_token(token.expose())
    run(robot.session.ready())
    run(shared.owner().access.revoke(vault, robot.identity()["principalId"]))
    fresh = shared.owner()
    assert run(fresh.files.read(vault, item["id"], id_of(item))) == b"content"
    changed = run(fresh.items.put(run(fresh.items.get(vault, item["id"])) | {"title": "new"}))
    assert run(shared.owner().files.read(vault, item["id"], id_of(changed))) == b"content"


def test_archived_and_recovered(run, owner, vault):
    """A document is read from the archive, and again after it was deleted and recovered."""
    made = run(owner.items.create(vault, document()))
    where = (vault, made["id"], made["document"]["id"])
    run(owner.items.archive(vault, made["id"]))
    assert run(owner.files.read(*where)) == b"content"
    run(owner.items.delete(vault, made["id"]))
    with pytest.raises(NotFoundError):
        run(owner.files.read(*where))
    run(owner.items.recover(vault, made["id"]))
    assert run(owner.files.read(*where)) == b"content"


def test_removed_while_it_is_read(run, shared, owner, vault):
    """A file that goes for good while it is read is not found any more, and not called damaged."""
    content = bytes(2 * 1024 * 1024)
    made = run(owner.items.create(vault, document(content)))
    reader = run(owner.files.open(vault, made["id"], made["document"]["id"]))
    assert len(run(reader.next_chunk())) == 1024 * 1024
    other = shared.owner()
    run(other.items.delete(vault, made["id"]))

    async def forget(session):
        sql = "UPDATE files SET expires_ms = 1 WHERE id = :file"
        await session.run(sql, file=parse_id(made["document"]["id"]))

    owner.session.transport._store.write(forget)
    with pytest.raises(NotFoundError):
        run(reader.next_chunk())


def test_missing_files(run, owner, vault, item):
    """A file that the item does not have is not found, whatever its id."""
    for file in ("a" * 26, "no id", ""):
        with pytest.raises(NotFoundError) as caught:
            run(owner.files.read(vault, item["id"], file))
        assert caught.value.tag == "itemStatusFileNotFound"


def test_a_limit_on_what_is_read(run, owner, vault, item):
    """Nothing is read of a file that is larger than its reader wants."""
    where = (vault, item["id"], id_of(item))
    assert run(owner.files.read(*where, bytes_max=7)) == b"content"
    with pytest.raises(TooLargeError):
        run(owner.files.read(*where, bytes_max=6))


def test_long_texts_are_no_secrets(run, owner, vault, name, monkeypatch):
    """A text of 50 MiB is resolved, and not one byte more."""
    assert TEXT_BYTES_MAX == 50 * 1024 * 1024
    run(owner.items.create(vault, document(b"x" * 10)))
    monkeypatch.setattr("strongroom.client.secret_files.TEXT_BYTES_MAX", 10)
    assert run(owner.secrets.resolve(f"op://{name}/doc/d")) == "x" * 10
    monkeypatch.setattr("strongroom.client.secret_files.TEXT_BYTES_MAX", 9)
    with pytest.raises(ResolveError) as caught:
        run(owner.secrets.resolve(f"op://{name}/doc/d"))
    assert caught.value.tag == "unsupportedFileFormat"


def test_fields_win_over_files(run, owner, vault, name):
    """A field of the name that a file has, too, is what a reference means."""
    files = [new("password", b"of the file"), new("other", b"text", field="g")]
    run(owner.items.create(vault, login("both", password="of the field") | {"files": files}))
    assert run(owner.secrets.resolve(f"op://{name}/both/password")) == "of the field"
    assert run(owner.secrets.resolve(f"op://{name}/both/s/other")) == "text"
    found = run(owner.secrets.find(f"op://{name}/both/other"))
    assert found.file.name == "other"


QUERIES = {
    "attribute=otp": "incompatibleTOTPQueryParameterField",
    "ssh-format=openssh": "incompatibleSshKeyQueryParameterField",
}


@pytest.mark.parametrize("query", QUERIES)
def test_queries_on_files(run, owner, vault, name, query):
    """A file has no one-time code and no other form of a key."""
    run(owner.items.create(vault, document()))
    with pytest.raises(ResolveError) as caught:
        run(owner.secrets.resolve(f"op://{name}/doc/d?{query}"))
    assert caught.value.tag == QUERIES[query]


def test_a_moved_item_takes_its_files(run, owner, vault, name):
    """A file that was moved with its item is read in its new vault."""
    other = run(owner.vaults.create(f"{name} other"))["id"]
    made = run(owner.items.create(vault, document(b"moved")))
    moved = run(owner.items.move(vault, made["id"], other))
    assert moved["document"]["id"] != made["document"]["id"]
    assert run(owner.files.read(other, moved["id"], moved["document"]["id"])) == b"moved"
