"""Files of items: attach, read and remove them; the one file of a document item."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import TYPE_CHECKING, BinaryIO, cast

from onepassword._facade.file_streams import FileStream, find_size, make_new_file
from onepassword._facade.handle import EngineHandle
from onepassword.types import DocumentCreateParams, FileAttributes, FileCreateParams, Item
from strongroom.sdk import files as calls

if TYPE_CHECKING:
    from strongroom.items.shown import ItemDict
    from strongroom.sdk.shapes import GivenItemDict

__all__ = ["ItemsFiles"]


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
        attached = await calls.attach(
            self._handle.engine,
            _dump(item),
            {
                "name": file_params.name,
                "content": file_params.content,
                "sectionId": file_params.section_id,
                "fieldId": file_params.field_id,
            },
        )
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
        return Item.model_validate(await engine.files.attach(_shown(item), new))

    async def read(self, vault_id: str, item_id: str, attr: FileAttributes) -> bytes:
        """Return the content of a file that the item has; `attr` is found in the item.

        Raises:
            NotFoundError: The item has no such file (any more).
            TooLargeError: It is over 50 MiB; it is a `ValueError` too.
            IntegrityError: It is damaged, or not what its author stored.
        """
        return await calls.read(self._handle.engine, vault_id, item_id, attr.id)

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
        changed = await calls.delete(self._handle.engine, _dump(item), section_id, field_id)
        return Item.model_validate(changed)

    async def replace_document(self, item: Item, doc_params: DocumentCreateParams) -> Item:
        """Put another file in the place of a document, and return the item's new version.

        Raises:
            InvalidItemError: The item is not a document.
            TooLargeError: The content is over 50 MiB; it is a `ValueError` too.
        """
        changed = await calls.replace_document(
            self._handle.engine,
            _dump(item),
            {"name": doc_params.name, "content": doc_params.content},
        )
        return Item.model_validate(changed)

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
        return Item.model_validate(await engine.files.replace_document(_shown(item), new))


def _dump(item: Item) -> GivenItemDict:
    return cast("GivenItemDict", item.model_dump(by_alias=True, mode="json"))


def _shown(item: Item) -> ItemDict:
    """Return an item for the engine's own calls, which take more than the SDK's."""
    return cast("ItemDict", _dump(item))
