"""`client.items.files` on a real home."""

from __future__ import annotations

import asyncio
import io
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from functools import partial
from hashlib import sha256

import pytest

from onepassword import (
    Client,
    DocumentCreateParams,
    FileAttributes,
    FileCreateParams,
    Item,
    ItemCategory,
    ItemCreateParams,
    ItemUpdateFailureReasonItemValidationError,
    ResolveReferenceErrorUnsupportedFileFormat,
)
from strongroom.errors import (
    ConflictError,
    InputError,
    InvalidFileError,
    InvalidItemError,
    NotFoundError,
    TooLargeError,
)
from strongroom.sdk import files as module
from strongroom.sync import SyncClient

MIB = 1024 * 1024


def make_params(vault_id: str, title: str, content: bytes) -> ItemCreateParams:
    """Return an item to make with one file."""
    file = FileCreateParams(name="a.bin", content=content, section_id="s", field_id="f")
    return ItemCreateParams(
        category=ItemCategory.SECURENOTE, vault_id=vault_id, title=title, files=[file]
    )


def make_document(vault_id: str, title: str, content: bytes) -> ItemCreateParams:
    """Return a document to make."""
    document = DocumentCreateParams(name="d.txt", content=content)
    return ItemCreateParams(
        category=ItemCategory.DOCUMENT, vault_id=vault_id, title=title, document=document
    )


def only_file(item: Item) -> FileAttributes:
    """Return the attributes of an item's one file."""
    (file,) = item.files
    return file.attributes


def test_create_with_files(client: SyncClient, vault_id: str) -> None:
    """A new item has the files that it was made with, in a section that is made for them."""
    made = client.items.create(make_params(vault_id, "with files", b"\0content"))

    assert client.items.get(vault_id, made.id) == made
    assert (made.files[0].section_id, made.files[0].field_id) == ("s", "f")
    assert [section.id for section in made.sections] == ["s"]
    assert (only_file(made).name, only_file(made).size) == ("a.bin", 8)
    assert client.items.files.read(vault_id, made.id, only_file(made)) == b"\0content"


def test_hashes_are_not_shown(client: SyncClient, vault_id: str) -> None:
    """A model of an item or of a file has no hash of a content."""
    made = client.items.create(make_params(vault_id, "hashed", b"content"))
    assert set(only_file(made).model_dump()) == {"name", "id", "size"}
    shown = made.model_dump_json() + client.items.get(vault_id, made.id).model_dump_json()
    digest = sha256(b"content").digest()
    assert urlsafe_b64encode(digest).decode().rstrip("=") not in shown + repr(made)
    assert "hash" not in shown.replace("hashed", "")


def test_attach_and_delete(client: SyncClient, vault_id: str, item: Item) -> None:
    """Attaching gives a new version with the file, deleting one without it."""
    params = FileCreateParams(name="n", content=[1, 2, 255], section_id="new", field_id="f")
    attached = client.items.files.attach(item, params)

    assert attached.version == item.version + 1
    assert attached.fields == item.fields
    assert client.items.files.read(vault_id, item.id, only_file(attached)) == b"\1\2\xff"
    deleted = client.items.files.delete(attached, "new", "f")
    assert (deleted.files, deleted.version) == ([], item.version + 2)
    with pytest.raises(NotFoundError):
        client.items.files.read(vault_id, item.id, only_file(attached))
    with pytest.raises(NotFoundError):
        client.items.files.delete(deleted, "new", "f")


def test_put_keeps_files(client: SyncClient, vault_id: str) -> None:
    """A put keeps the files and their sections, whatever the program has done to the lists."""
    made = client.items.create(make_params(vault_id, "kept", b"kept"))
    changed = client.items.put(made.model_copy(update={"files": [], "sections": [], "title": "x"}))

    assert (changed.title, changed.files) == ("x", made.files)
    assert [section.id for section in changed.sections] == ["s"]
    assert client.items.files.read(vault_id, made.id, only_file(changed)) == b"kept"


def test_attach_puts_the_item(client: SyncClient, vault_id: str) -> None:
    """What a program has edited in the item is put together with the file."""
    made = client.items.create(make_params(vault_id, "before", b""))
    made.title = "after"
    params = FileCreateParams(name="n", content=b"2", section_id="s", field_id="g")

    assert client.items.files.attach(made, params).title == "after"


def test_two_who_attach(client: SyncClient, vault_id: str) -> None:
    """Of two who attach to one version the second is told, and nothing is lost."""
    made = client.items.create(make_params(vault_id, "both", b"first"))
    params = FileCreateParams(name="n", content=b"2", section_id="s", field_id="g")
    after = client.items.files.attach(made, params)

    with pytest.raises(ConflictError):
        client.items.files.attach(made, params.model_copy(update={"field_id": "h"}))
    with pytest.raises(ConflictError):
        client.items.files.delete(made, "s", "f")
    assert client.items.get(vault_id, made.id) == after


def test_field_ids_are_unique(client: SyncClient, vault_id: str) -> None:
    """A field id stands once among fields and files."""
    made = client.items.create(make_params(vault_id, "twice", b"1"))
    params = FileCreateParams(name="n", content=b"2", section_id="s", field_id="f")

    with pytest.raises(InvalidItemError, match="field id 'f' occurs twice"):
        client.items.files.attach(made, params)


def test_documents(client: SyncClient, vault_id: str) -> None:
    """A document item has exactly one document, which can be replaced."""
    made = client.items.create(make_document(vault_id, "doc", b"first"))
    params = DocumentCreateParams(name="e.txt", content=b"second")
    changed = client.items.files.replace_document(made, params)

    assert made.document is not None
    assert changed.document is not None
    assert (changed.document.name, changed.document.size, changed.files) == ("e.txt", 6, [])
    assert changed.document.id != made.document.id
    assert client.items.files.read(vault_id, made.id, changed.document) == b"second"
    with pytest.raises(NotFoundError):
        client.items.files.read(vault_id, made.id, made.document)


NO_DOCUMENT: dict[str, Callable[[str], ItemCreateParams]] = {
    "a document item without": lambda vault_id: ItemCreateParams(
        category=ItemCategory.DOCUMENT, vault_id=vault_id, title="t"
    ),
    "another item with": lambda vault_id: make_document(vault_id, "t", b"").model_copy(
        update={"category": ItemCategory.LOGIN}
    ),
}


@pytest.mark.parametrize("make", NO_DOCUMENT.values(), ids=NO_DOCUMENT.keys())
def test_documents_elsewhere(
    client: SyncClient, vault_id: str, make: Callable[[str], ItemCreateParams]
) -> None:
    """A document item without a document is refused, and a document in any other item."""
    with pytest.raises(InvalidItemError, match="exactly one document"):
        client.items.create(make(vault_id))


def test_replacing_no_document(client: SyncClient, item: Item) -> None:
    """Only a document item has a document to be replaced."""
    with pytest.raises(InvalidItemError, match="not a document"):
        client.items.files.replace_document(item, DocumentCreateParams(name="n", content=b""))


def test_batches(client: SyncClient, vault_id: str) -> None:
    """A batch makes items with files; a bad file disturbs no other item."""
    bad = make_params(vault_id, "bad", b"2")
    assert bad.files is not None
    bad.files[0].field_id = ""
    params = [make_params(vault_id, "good", b"1"), bad, make_document(vault_id, "third", b"3")]
    good, refused, third = client.items.create_all(vault_id, params).individual_responses

    assert good.content is not None
    assert third.content is not None
    assert third.content.document is not None
    assert isinstance(refused.error, ItemUpdateFailureReasonItemValidationError)
    read = client.items.files.read
    assert read(vault_id, good.content.id, only_file(good.content)) == b"1"
    assert read(vault_id, third.content.id, third.content.document) == b"3"


def test_references(client: SyncClient, vault_id: str) -> None:
    """A reference gives the text of a file by name, id or field id; what is no text is refused."""
    made = client.items.create(make_params(vault_id, "referenced", "grüße\n".encode()))
    binary = client.items.create(make_params(vault_id, "binary", b"\0"))
    document = client.items.create(make_document(vault_id, "text", b"of a document"))

    for end in ("a.bin", "A.BIN", "s/a.bin", only_file(made).id, "f"):
        assert client.secrets.resolve(f"op://vault/referenced/{end}") == "grüße\n"
    assert client.secrets.resolve("op://vault/text/d.txt") == "of a document"
    bad, good = f"op://vault/{binary.id}/a.bin", f"op://vault/{document.id}/d.txt"
    answers = client.secrets.resolve_all([bad, good]).individual_responses
    assert isinstance(answers[bad].error, ResolveReferenceErrorUnsupportedFileFormat)
    assert answers[good].content is not None
    assert (answers[good].content.secret, answers[good].content.item_id) == (
        "of a document",
        document.id,
    )


def test_message_limit(
    client: SyncClient, vault_id: str, item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the SDK could not pass on is a ValueError with its text, one byte more than fits."""
    monkeypatch.setattr(module, "MESSAGE_LIMIT", 100)
    most = make_document(vault_id, "limit", b"x" * 100)
    over = make_document(vault_id, "limit", b"x" * 101)
    made = client.items.create(most)
    assert over.document is not None
    file = FileCreateParams(name="n", content=b"x" * 101, section_id="", field_id="f")
    for call in (
        partial(client.items.create, over),
        partial(client.items.files.attach, item, file),
        partial(client.items.files.replace_document, made, over.document),
    ):
        with pytest.raises(ValueError, match=r"^message size exceeds the limit of 52428800 "):
            call()
    assert made.document is not None
    assert client.items.files.read(vault_id, made.id, made.document) == b"x" * 100
    monkeypatch.setattr(module, "MESSAGE_LIMIT", 99)
    with pytest.raises(TooLargeError, match="52428800"):
        client.items.files.read(vault_id, made.id, made.document)


def test_streams_without_a_loop(client: SyncClient, vault_id: str) -> None:
    """A file object goes in and comes out part by part."""
    content = bytes(range(256)) * 8192 + b"rest"
    made = client.items.create(make_params(vault_id, "streamed", b""))
    file = io.BytesIO(b"skipped" + content)
    file.seek(7)
    attached = client.items.files.attach_stream(
        made, file, name="big", section_id="s", field_id="g"
    )
    stream = client.items.files.read_stream(vault_id, made.id, attached.files[1].attributes)
    parts = list(stream)

    assert (stream.name, stream.size) == ("big", len(content))
    assert [len(part) for part in parts] == [MIB, MIB, 4]
    assert b"".join(parts) == content
    again = client.items.files.read_stream(vault_id, made.id, attached.files[1].attributes)
    assert next(again) == content[:MIB]
    assert again.read_all() == content[MIB:]
    document = client.items.create(make_document(vault_id, "streamed document", b""))
    replaced = client.items.files.replace_document_stream(document, io.BytesIO(content), name="big")
    assert replaced.document is not None
    assert client.items.files.read(vault_id, document.id, replaced.document) == content


def test_streams_in_a_loop(vault_id: str, run: Callable[..., object]) -> None:
    """An asynchronous iterable goes in, in pieces of any size, and parts come out."""
    pieces = [b"a" * 700_000, b"", b"b" * 700_000, b"c" * 3]

    async def source() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def program(client: Client) -> bytes:
        made = await client.items.create(make_params(vault_id, "in a loop", b""))
        attached = await client.items.files.attach_stream(
            made, source(), name="big", section_id="s", field_id="g", size=1_400_003
        )
        attributes = attached.files[1].attributes
        stream = await client.items.files.read_stream(vault_id, made.id, attributes)
        whole = await client.items.files.read_stream(vault_id, made.id, attributes)
        parts = b"".join([part async for part in stream])
        assert parts == await whole.read_all()
        return parts

    assert run(program) == b"".join(pieces)


SIZES = {"fewer": 1_000_001, "more": 999_999, "none of the last chunk": 2 * MIB}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_another_size(client: SyncClient, vault_id: str, size: int) -> None:
    """A source with another number of bytes than was said is refused, and no item names it."""
    made = client.items.create(make_params(vault_id, "another size", b""))
    source = io.BytesIO(b"x" * 1_000_000)
    with pytest.raises(InvalidFileError):
        client.items.files.attach_stream(
            made, source, name="n", section_id="s", field_id="g", size=size
        )
    assert client.items.get(vault_id, made.id) == made


def test_unsuitable_sources(client: SyncClient, item: Item) -> None:
    """A stream without a size, a path, a file of text, a false size are refused, with a reason."""

    async def endless() -> AsyncIterator[bytes]:
        yield b""

    attach, place = client.items.files.attach_stream, {"section_id": "", "field_id": "f"}
    with pytest.raises(InputError, match="size of this source has to be given"):
        attach(item, endless(), name="n", **place)
    with pytest.raises(InputError, match="not str") as caught:
        attach(item, "scan.pdf", name="n", size=3, **place)  # type: ignore[arg-type]
    assert caught.value.hint is not None
    for size in (-1, "3"):
        with pytest.raises(InputError, match="size is a number of bytes"):
            attach(item, io.BytesIO(b"abc"), name="n", size=size, **place)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="opened as text"):
        attach(item, io.StringIO("text"), name="n", **place)  # type: ignore[arg-type]


def test_a_loop_goes_on(vault_id: str, run: Callable[..., object]) -> None:
    """While a file is sent and read, other tasks of the program get their turns."""

    async def program(client: Client) -> int:
        turns, done = 0, asyncio.Event()

        async def count() -> None:
            nonlocal turns
            while not done.is_set():
                turns += 1
                await asyncio.sleep(0)

        counter = asyncio.create_task(count())
        made = await client.items.create(make_document(vault_id, "long", bytes(8 * MIB)))
        assert made.document is not None
        await client.items.files.read(vault_id, made.id, made.document)
        done.set()
        await counter
        return turns

    assert run(program) > 100  # type: ignore[operator]
