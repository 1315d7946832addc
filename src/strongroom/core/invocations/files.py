"""Messages about files of items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom.core.invocations.base import ClientInvocation
from strongroom.core.invocations.items import (
    SentDocumentDict,
    SentFileDict,
    read_document,
    read_file,
)
from strongroom.sdk import files as calls
from strongroom.sdk.shapes import GivenAttributesDict, GivenItemDict
from strongroom.sdk.texts import MESSAGE_LIMIT

if TYPE_CHECKING:
    from strongroom.client.engine import Engine

# A byte takes more than one character of any answer, so what is larger fits into none; it is
# refused before it is read.
READ_BYTES_MAX: Final = MESSAGE_LIMIT * 3 // 4


class ItemsFilesAttach(ClientInvocation, frozen=True):
    """A file for an item."""

    item: GivenItemDict
    file_params: SentFileDict

    async def answer(self, engine: Engine) -> object:
        """Return the item's new version."""
        return await calls.attach(engine, self.item, read_file(self.file_params))


class ItemsFilesRead(ClientInvocation, frozen=True):
    """The content of a file."""

    vault_id: str
    item_id: str
    attr: GivenAttributesDict

    async def answer(self, engine: Engine) -> bytes:
        """Return the content."""
        return await calls.read(
            engine, self.vault_id, self.item_id, self.attr["id"], bytes_max=READ_BYTES_MAX
        )


class ItemsFilesDelete(ClientInvocation, frozen=True):
    """A file to remove from an item."""

    item: GivenItemDict
    section_id: str
    field_id: str

    async def answer(self, engine: Engine) -> object:
        """Return the item's new version."""
        return await calls.delete(engine, self.item, self.section_id, self.field_id)


class ItemsFilesReplaceDocument(ClientInvocation, frozen=True):
    """Another file for a document item."""

    item: GivenItemDict
    doc_params: SentDocumentDict

    async def answer(self, engine: Engine) -> object:
        """Return the item's new version."""
        return await calls.replace_document(engine, self.item, read_document(self.doc_params))
