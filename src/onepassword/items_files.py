"""Files of items: attach, read and remove them; the one file of a document item."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, BinaryIO, cast

from onepassword._facade.file_streams import FileStream, find_size, make_new_file
from onepassword._facade.handle import EngineHandle
from onepassword.core import MESSAGE_LIMIT
from onepassword.types import DocumentCreateParams, FileAttributes, FileCreateParams, Item
from strongroom.errors import TooLargeError

if TYPE_CHECKING:
    from strongroom.items.shown import ItemDict

__all__ = ["ItemsFiles"]

# Programs match the beginning, which is the SDK's; whom to ask is not its maker.
_OVERSIZED = (
    f"message size exceeds the limit of {MESSAGE_LIMIT} bytes; larger contents go through "
    "attach_stream and read_stream (docs/how-to/files.md, Large files)"
)


class ItemsFiles:
    """Stores and reads files; found as `client.items.files`.

    Methods that change an item take all of it and put it, as `items.put` does:
    with a result of `get` that somebody else has changed since, they raise a
    `ConflictError` and change nothing. A content in memory has at most 50 MiB;
    the methods whose names end in `_stream` take and give up to 16 GiB.
    """

    def __init__(self, handle: EngineHandle) -> None:
        self._handle = handle

    async def attach(self, item: Item, file_params: FileCreateParams) -> Item:
        """Attach a file to an item, and return the item's new version.

        A section that the item does not have yet is made.

        Raises:
            InvalidItemError: A field or file of the item has that field id.
            TooLargeError: The content is over 50 MiB; it is a `ValueError` too.
        """
        check_size(file_params.content)
        engine = self._handle.engine
        new = make_new_file(
            file_params.name,
            file_params.content,
            section_id=file_params.section_id,
            field_id=file_params.field_id,
        )
        attached = await engine.files.attach(_dump(item), new)
        return Item.model_validate(attached)

    async def attach_stream(
        self,
        item: Item,
        source: BinaryIO | AsyncIterable[bytes],
        *,
        name: str,
        section_id: str,
        field_id: str,
        size: int | None = None,
    ) -> Item:
        """Attach a file of up to 16 GiB while holding about one MiB of it in memory.

        Args:
            source: A file opened to read bytes, or an asynchronous iterable of bytes.
            size: Its exact number of bytes; needed where `source` is no file
                that tells it.

        Raises:
            InvalidFileError: The source has another number of bytes.
        """
        engine = self._handle.engine
        new = make_new_file(
            name,
            source,
            size=find_size(source, size),
            section_id=section_id,
            field_id=field_id,
            runtime=engine.session.runtime,
        )
        return Item.model_validate(await engine.files.attach(_dump(item), new))

    async def read(self, vault_id: str, item_id: str, attr: FileAttributes) -> bytes:
        """Return the content of a file that the item has; `attr` is found in the item.

        Raises:
            NotFoundError: The item has no such file (any more).
            TooLargeError: It is over 50 MiB; it is a `ValueError` too.
            IntegrityError: It is damaged, or not what its author stored.
        """
        stream = await self.read_stream(vault_id, item_id, attr)
        if stream.size > MESSAGE_LIMIT:
            raise TooLargeError(_OVERSIZED, hint="use read_stream")
        return await stream.read_all()

    async def read_stream(self, vault_id: str, item_id: str, attr: FileAttributes) -> FileStream:
        """Return a file's content as a stream of verified parts of at most one MiB.

        Use it with `async for`, or with `for` on a `SyncClient`. Every part is
        verified before it is given out, and the last together with the whole
        content. A file that is damaged, cut or forged ends with an error and
        never like a whole one: what was received is all of it, and its
        author's, only when the loop has ended without one.
        """
        opened = await self._handle.engine.files.open(vault_id, item_id, attr.id)
        return FileStream(opened)

    async def delete(self, item: Item, section_id: str, field_id: str) -> Item:
        """Remove a file from an item, and return the item's new version.

        Raises:
            NotFoundError: No file stands there.
        """
        changed = await self._handle.engine.files.delete(_dump(item), section_id, field_id)
        return Item.model_validate(changed)

    async def replace_document(self, item: Item, doc_params: DocumentCreateParams) -> Item:
        """Put another file in the place of a document, and return the item's new version.

        Raises:
            InvalidItemError: The item is not a document.
            TooLargeError: The content is over 50 MiB; it is a `ValueError` too.
        """
        check_size(doc_params.content)
        new = make_new_file(doc_params.name, doc_params.content)
        return Item.model_validate(
            await self._handle.engine.files.replace_document(_dump(item), new)
        )

    async def replace_document_stream(
        self,
        item: Item,
        source: BinaryIO | AsyncIterable[bytes],
        *,
        name: str,
        size: int | None = None,
    ) -> Item:
        """Put a file of up to 16 GiB in the place of a document, as `attach_stream` does."""
        engine = self._handle.engine
        new = make_new_file(
            name, source, size=find_size(source, size), runtime=engine.session.runtime
        )
        return Item.model_validate(await engine.files.replace_document(_dump(item), new))


def check_size(*contents: bytes) -> None:
    """Refuse what the SDK could not pass on in one message.

    Raises:
        TooLargeError: Together they are over 50 MiB.
    """
    if sum(len(content) for content in contents) > MESSAGE_LIMIT:
        raise TooLargeError(_OVERSIZED, hint="use attach_stream")


def _dump(item: Item) -> ItemDict:
    return cast("ItemDict", item.model_dump(by_alias=True, mode="json"))
