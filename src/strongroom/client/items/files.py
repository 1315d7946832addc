"""Files of items: attach, read, remove; the one file of a document item.

A change of files is a new version of the item, compared and swapped as any
other; content is stored before it, under an id that nothing names until then.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from strongroom.client.items.content import FileReader, NewFile
from strongroom.client.items.items import Items
from strongroom.client.items.work import ItemWork
from strongroom.client.view.objects import need_details
from strongroom.client.view.session import Session
from strongroom.errors import InvalidItemError, MissingFileError, TooLargeError
from strongroom.items.files import FileRow, read_files

if TYPE_CHECKING:
    from strongroom.items.shown import ItemDict


class Files:
    """The files of the items that a credential may use."""

    def __init__(self, session: Session, items: Items) -> None:
        self._session = session
        self._items = items
        self._work = ItemWork(session)

    async def attach(self, item: ItemDict, new: NewFile) -> ItemDict:
        """Store a file and put the item with it; return the item's new version.

        Raises:
            ConflictError: Somebody else changed the item since it was read.
            InvalidItemError: The field id stands in the item already.
            InvalidFileError: Over 16 GiB, or not as long as it was said to be.
        """
        return await self._items.put(item, add=[new])

    async def delete(self, item: ItemDict, section_id: str, field_id: str) -> ItemDict:
        """Put an item without one of its files; return its new version.

        Raises:
            NotFoundError: No file stands in that section and field.
        """
        wanted = (section_id, field_id)
        files = item.get("files") or []
        ids = {
            row["attributes"]["id"] for row in files if (row["sectionId"], row["fieldId"]) == wanted
        }
        if not ids:
            message = f"item {item['id']} has no file in that section and field"
            raise MissingFileError(message)
        return await self._items.put(item, drop=ids)

    async def replace_document(self, item: ItemDict, new: NewFile) -> ItemDict:
        """Put a document item with another document; return its new version.

        Raises:
            InvalidItemError: The item is of another category.
        """
        if item["category"] != "Document":
            message = f"item {item['id']} is not a document"
            raise InvalidItemError(message, tag="itemValidationError")
        return await self._items.put(item, document=new)

    async def open(self, vault_id: str, item_id: str, file_id: str) -> FileReader:
        """Return a reader of one file that the item's current version has.

        Raises:
            NotFoundError: There is no such item, or it has no such file.
            ForbiddenError: No permission to reveal.
        """
        file = await self._find_file(vault_id, item_id, file_id)
        vault = await self._work.vault(vault_id)
        still_named = partial(self._still_named, vault_id, item_id)
        return FileReader(self._session, vault, file, still_named)

    async def read(
        self, vault_id: str, item_id: str, file_id: str, *, bytes_max: int | None = None
    ) -> bytes:
        """Return the whole content of a file.

        Raises:
            TooLargeError: Over `bytes_max`; nothing was read.
            IntegrityError: A chunk is missing or not what it must be.
        """
        reader = await self.open(vault_id, item_id, file_id)
        if bytes_max is not None and reader.size > bytes_max:
            message = f"file {file_id} has more than {bytes_max} bytes"
            raise TooLargeError(message, hint="read it as a stream")
        return await reader.read_all()

    async def _find_file(self, vault_id: str, item_id: str, file_id: str) -> FileRow:
        vault, object_id = await self._work.place(vault_id, item_id)
        files = read_files(need_details(await self._work.live(vault, object_id)))
        for file in files.all():
            if file.id == file_id:
                return file
        message = f"item {item_id} has no such file"
        raise MissingFileError(message)

    async def _still_named(self, vault_id: str, item_id: str, file_id: str) -> None:
        """Refuse with `not found` what was removed while it was read, and not damaged."""
        await self._find_file(vault_id, item_id, file_id)
