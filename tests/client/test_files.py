"""Files of items at the engine: limits, hashes, other people, what happens meanwhile."""

import hashlib
import json

import pytest
from msgspec.structs import replace

from strongroom.base64url import encode_base64url
from strongroom.client.items.content import MemorySource, NewFile
from strongroom.client.items.moving import archival
from strongroom.client.items.work import ItemWork
from strongroom.client.secret_files import TEXT_BYTES_MAX
from strongroom.crypto.chunks import FILE_BYTES_MAX
from strongroom.errors import (
    ForbiddenError,
    IntegrityError,
    InvalidFileError,
    InvalidItemError,
    NotFoundError,
    ResolveError,
    TooLargeError,
)
from strongroom.ids import parse_id
from strongroom.items.files import read_files
from strongroom.limits import FILES_PER_ITEM_MAX
from strongroom.permissions import READ_ITEMS, SERVICE_ACCOUNT_WORDS
from strongroom.wire.revisions import State
from support.homes import login

MIB = 1024 * 1024


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
    with pytest.raises(InvalidItemError, match="with their content"):
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


# -- hashes ----------------------------------------------------------------------------


def stored(run, engine, item):
    """Return an item as it is stored."""
    vault, object_id = parse_id(item["vaultId"]), parse_id(item["id"])
    return run(ItemWork(engine.session).live(vault, object_id))


def hashes(run, engine, item):
    """Return the hashes of an item's files by name, `None` where there is none."""
    rows = read_files(stored(run, engine, item).details).all()
    return {row.name: row.content_hash() for row in rows}


def sha(content):
    return hashlib.sha256(content).digest()


def rewrite(run, engine, item, change):
    """Write an item's next version with other rows of files, as another program may."""
    before = stored(run, engine, item)
    files = [change(row) for row in before.details["files"]]
    draft = replace(archival(before), details=before.details | {"files": files})
    draft = replace(draft, state=State.ACTIVE)
    run(ItemWork(engine.session).write_one(parse_id(item["vaultId"]), draft))


LARGE = bytes(range(256)) * (2 * MIB // 256) + b"the rest"


@pytest.mark.parametrize("content", [b"", b"x", LARGE], ids=len)
def test_every_writer_hashes(run, owner, vault, name, content):
    """Whatever stores a content puts its hash into the details: alone, in a batch, moved."""
    made = run(owner.items.create(vault, login() | {"files": [new("a", content)]}))
    made = run(owner.files.attach(made, new("b", content, field="g")))
    assert hashes(run, owner, made) == {"a": sha(content), "b": sha(content)}
    batch = [login() | {"files": [new("c", content)]}, document(content), login()]
    found = [hashes(run, owner, one) for one in run(owner.items.create_all(vault, batch))]
    assert found == [{"c": sha(content)}, {"d": sha(content)}, {}]
    paper = run(owner.items.create(vault, document(b"before")))
    other = NewFile(name="e", size=len(content), source=MemorySource(content))
    paper = run(owner.files.replace_document(paper, other))
    assert hashes(run, owner, paper) == {"e": sha(content)}
    target = run(owner.vaults.create(f"{name} target"))["id"]
    moved = run(owner.items.move(vault, made["id"], target))
    assert hashes(run, owner, moved) == {"a": sha(content), "b": sha(content)}


def test_changes_keep_hashes(run, owner, vault, item):
    """An edit, another name, the archive, an older version: the hashes stay as they are."""
    first = hashes(run, owner, item)
    assert first == {"n": sha(b"content")}
    item = run(owner.items.put(item | {"title": "other"}))
    assert hashes(run, owner, item) == first
    run(owner.items.archive(vault, item["id"]))
    assert hashes(run, owner, item) == first
    run(owner.items.delete(vault, item["id"]))
    assert hashes(run, owner, run(owner.items.recover(vault, item["id"]))) == first
    paper = run(owner.items.create(vault, document()))
    paper = run(owner.items.put(paper, document_name="renamed"))
    assert hashes(run, owner, paper) == {"renamed": sha(b"content")}
    both = NewFile(name="x", size=5, source=MemorySource(b"other"))
    paper = run(owner.items.put(paper, document=both, document_name="y"))
    assert hashes(run, owner, paper) == {"y": sha(b"other")}


def test_a_row_without_a_hash(run, shared, owner, vault, name):
    """A file of a writer that hashes nothing is read as it was, and hashed when it is moved."""
    made = run(owner.items.create(vault, login("old") | {"files": [new(content=LARGE)]}))
    rewrite(run, owner, made, lambda row: {k: row[k] for k in row if k != "hash"})
    assert hashes(run, owner, made) == {"n": None}
    assert run(shared.owner().files.read(vault, made["id"], id_of(made))) == LARGE
    target = run(owner.vaults.create(f"{name} target"))["id"]
    moved = run(owner.items.move(vault, made["id"], target))
    assert hashes(run, owner, moved) == {"n": sha(LARGE)}


@pytest.mark.parametrize("content", [b"", b"x" * 9, LARGE], ids=len)
def test_another_content_than_the_hashed_one(run, shared, owner, vault, name, content):
    """Where the details say another hash, nothing gives out all of the content, nor moves it."""
    made = run(owner.items.create(vault, login("other") | {"files": [new(content=content)]}))
    other = encode_base64url(sha(content + b"!"))
    rewrite(run, owner, made, lambda row: row | {"hash": other})
    engine = shared.owner()
    target = run(owner.vaults.create(f"{name} target"))["id"]
    for work in (
        lambda: engine.files.read(vault, made["id"], id_of(made)),
        lambda: engine.secrets.resolve(f"op://{name}/other/n"),
        lambda: engine.items.move(vault, made["id"], target),
    ):
        with pytest.raises(IntegrityError) as caught:
            run(work())
        assert other not in str(caught.value)
    assert run(engine.items.list(target)) == []
    reader = run(engine.files.open(vault, made["id"], id_of(made)))
    before_last = range(0, len(content) - 1, MIB)[:-1]
    assert [run(reader.next_chunk()) for _ in before_last] == [
        content[start : start + MIB] for start in before_last
    ]
    with pytest.raises(IntegrityError) as caught:
        run(reader.next_chunk())
    assert caught.value.layer == "content"
    with pytest.raises(IntegrityError):
        run(reader.read_all())


def test_a_hash_that_is_none(run, owner, vault, item):
    """A hash of another shape is refused before anything is read, and is not taken for none."""
    rewrite(run, owner, item, lambda row: row | {"hash": ""})
    with pytest.raises(IntegrityError) as caught:
        run(owner.files.open(vault, item["id"], id_of(item)))
    assert caught.value.layer == "document"


def test_hashes_are_not_shown(run, owner, vault, item):
    """No item that is shown has the hash of a file, nor the key."""
    paper = run(owner.items.create(vault, document()))
    shown = [run(owner.items.get(vault, one["id"])) for one in (item, paper)]
    shown += [item, paper, *run(owner.items.list(vault))]
    text = json.dumps(shown)
    assert '"hash"' not in text
    assert encode_base64url(sha(b"content")) not in text
    assert '"key"' not in text
