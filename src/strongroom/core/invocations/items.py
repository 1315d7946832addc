"""Messages about items."""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired, TypedDict, cast

import msgspec

from strongroom.core.invocations.base import Binary, ClientInvocation, read_binary
from strongroom.sdk import items as calls
from strongroom.sdk.shapes import (
    GivenItemDict,
    NewDocumentDict,
    NewFileDict,
    NewItemDict,
    NewPartsDict,
    StateFilterDict,
)

if TYPE_CHECKING:
    from strongroom.client.engine import Engine


class SentDocumentDict(TypedDict):
    """The file of a document item, as it is sent."""

    name: str
    content: Binary


class SentFileDict(SentDocumentDict):
    """A file of an item, as it is sent."""

    sectionId: str
    fieldId: str


class SentItemDict(NewPartsDict):
    """A new item, as it is sent."""

    files: NotRequired[list[SentFileDict] | None]
    document: NotRequired[SentDocumentDict | None]


class ByState(msgspec.Struct, frozen=True, tag=True, tag_field="type"):
    """A filter of lists."""

    content: StateFilterDict


class ItemsCreate(ClientInvocation, frozen=True):
    """A new item."""

    params: SentItemDict

    async def answer(self, engine: Engine) -> object:
        """Return the item."""
        return await calls.create(engine, read_item(self.params))


class ItemsCreateAll(ClientInvocation, frozen=True):
    """Many new items of one vault."""

    vault_id: str
    params: list[SentItemDict]

    async def answer(self, engine: Engine) -> object:
        """Return outcomes in the order given."""
        items = await engine.each(self.params, read_item)
        return {"individualResponses": await calls.create_all(engine, self.vault_id, items)}


class ItemsGet(ClientInvocation, frozen=True):
    """An item."""

    vault_id: str
    item_id: str

    async def answer(self, engine: Engine) -> object:
        """Return the item."""
        return await calls.get(engine, self.vault_id, self.item_id)


class ItemsGetAll(ClientInvocation, frozen=True):
    """Many items of one vault."""

    vault_id: str
    item_ids: list[str]

    async def answer(self, engine: Engine) -> object:
        """Return outcomes in the order given."""
        return {"individualResponses": await calls.get_all(engine, self.vault_id, self.item_ids)}


class ItemsPut(ClientInvocation, frozen=True):
    """An edited item."""

    item: GivenItemDict

    async def answer(self, engine: Engine) -> object:
        """Return the item's new version."""
        return await calls.put(engine, self.item)


class ItemsDelete(ClientInvocation, frozen=True):
    """An item to delete."""

    vault_id: str
    item_id: str

    async def answer(self, engine: Engine) -> None:
        """Return nothing."""
        await calls.delete(engine, self.vault_id, self.item_id)


class ItemsDeleteAll(ClientInvocation, frozen=True):
    """Many items of one vault to delete."""

    vault_id: str
    item_ids: list[str]

    async def answer(self, engine: Engine) -> object:
        """Return outcomes by id."""
        outcomes = await calls.delete_all(engine, self.vault_id, self.item_ids)
        return {"individualResponses": outcomes}


class ItemsArchive(ClientInvocation, frozen=True):
    """An item to put away."""

    vault_id: str
    item_id: str

    async def answer(self, engine: Engine) -> None:
        """Return nothing."""
        await calls.archive(engine, self.vault_id, self.item_id)


class ItemsList(ClientInvocation, frozen=True):
    """The items of a vault; `null` is no filter."""

    vault_id: str
    filters: list[ByState] | None

    async def answer(self, engine: Engine) -> object:
        """Return overviews."""
        states = [one.content for one in self.filters or ()]
        return await calls.list_items(engine, self.vault_id, states)


def read_item(sent: SentItemDict) -> NewItemDict:
    """Return a new item with the contents of its files as bytes.

    Raises:
        InputError: A content is none.
    """
    item = cast("NewItemDict", dict(sent))
    item["files"] = [read_file(file) for file in sent.get("files") or ()]
    document = sent.get("document")
    item["document"] = None if document is None else read_document(document)
    return item


def read_file(sent: SentFileDict) -> NewFileDict:
    """Return a file with its content as bytes.

    Raises:
        InputError: The content is none.
    """
    return {
        "name": sent["name"],
        "content": read_binary(sent["content"]),
        "sectionId": sent["sectionId"],
        "fieldId": sent["fieldId"],
    }


def read_document(sent: SentDocumentDict) -> NewDocumentDict:
    """Return a document with its content as bytes.

    Raises:
        InputError: The content is none.
    """
    return {"name": sent["name"], "content": read_binary(sent["content"])}
