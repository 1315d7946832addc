"""Files of items. They come with a later release."""

# ruff: noqa: ARG002  (methods that only refuse still have the SDK's parameters)

from onepassword._failures import refuse_unavailable
from onepassword._handle import EngineHandle
from onepassword.types import DocumentCreateParams, FileAttributes, FileCreateParams, Item

__all__ = ["ItemsFiles"]

_PART = "files and documents of items"


class ItemsFiles:
    """Stores and reads files; found as `client.items.files`.

    Every method raises an `NotAvailableError`: not available yet.
    """

    def __init__(self, handle: EngineHandle) -> None:
        self._handle = handle

    async def attach(self, item: Item, file_params: FileCreateParams) -> Item:
        """Attach a file to an item. Not available yet."""
        raise refuse_unavailable(_PART)

    async def read(self, vault_id: str, item_id: str, attr: FileAttributes) -> bytes:
        """Return the content of a file. Not available yet."""
        raise refuse_unavailable(_PART)

    async def delete(self, item: Item, section_id: str, field_id: str) -> Item:
        """Remove a file from an item. Not available yet."""
        raise refuse_unavailable(_PART)

    async def replace_document(self, item: Item, doc_params: DocumentCreateParams) -> Item:
        """Put another file in the place of a document. Not available yet."""
        raise refuse_unavailable(_PART)
