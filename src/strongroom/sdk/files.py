"""Calls on files of items; contents are bytes in memory, as the SDK's messages carry them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from strongroom.errors import TooLargeError
from strongroom.sdk.texts import MESSAGE_LIMIT, OVERSIZED_TEXT

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.items.content import NewFile
    from strongroom.items.shown import ItemDict
    from strongroom.sdk.shapes import GivenItemDict, NewDocumentDict, NewFileDict


async def attach(engine: Engine, item: GivenItemDict, file: NewFileDict) -> ItemDict:
    """Attach a file to an item, and return the item's new version.

    Raises:
        TooLargeError: The content is over 50 MiB.
    """
    check_size(file["content"])
    return await engine.files.attach(cast("ItemDict", item), make_file(file))


async def read(
    engine: Engine, vault_id: str, item_id: str, file_id: str, *, bytes_max: int | None = None
) -> bytes:
    """Return the content of a file that the item has.

    Args:
        bytes_max: What the caller can pass on, at most 50 MiB.

    Raises:
        TooLargeError: It is over the limit; nothing was read.
    """
    reader = await engine.files.open(vault_id, item_id, file_id)
    if reader.size > (MESSAGE_LIMIT if bytes_max is None else bytes_max):
        raise TooLargeError(OVERSIZED_TEXT, hint="use read_stream")
    return await reader.read_all()


async def delete(engine: Engine, item: GivenItemDict, section_id: str, field_id: str) -> ItemDict:
    """Remove a file from an item, and return the item's new version."""
    return await engine.files.delete(cast("ItemDict", item), section_id, field_id)


async def replace_document(
    engine: Engine, item: GivenItemDict, document: NewDocumentDict
) -> ItemDict:
    """Put another file in the place of a document, and return the item's new version.

    Raises:
        TooLargeError: The content is over 50 MiB.
    """
    check_size(document["content"])
    return await engine.files.replace_document(cast("ItemDict", item), make_file(document))


def check_size(*contents: bytes) -> None:
    """Refuse what the SDK could not pass on in one message.

    Raises:
        TooLargeError: Together they are over 50 MiB.
    """
    if sum(len(content) for content in contents) > MESSAGE_LIMIT:
        raise TooLargeError(OVERSIZED_TEXT, hint="use attach_stream")


def make_file(given: NewDocumentDict | NewFileDict) -> NewFile:
    """Return a new file for the engine; without a field it is a document."""
    from strongroom.client.items.content import MemorySource, NewFile

    content = given["content"]
    place = cast("NewFileDict", given) if "fieldId" in given else None
    return NewFile(
        name=given["name"],
        size=len(content),
        source=MemorySource(content),
        section_id=None if place is None else place["sectionId"],
        field_id=None if place is None else place["fieldId"],
    )
