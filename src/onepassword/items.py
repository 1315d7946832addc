"""Items: make, read, change, list and remove them."""

import builtins
from collections.abc import Sequence
from typing import Any

from onepassword._answers import answer_delete, answer_get, answer_update
from onepassword._failures import refuse_unavailable
from onepassword._handle import EngineHandle
from onepassword.items_files import ItemsFiles
from onepassword.items_shares import ItemsShares
from onepassword.types import (
    Item,
    ItemCreateParams,
    ItemListFilter,
    ItemOverview,
    ItemsDeleteAllResponse,
    ItemsGetAllResponse,
    ItemsUpdateAllResponse,
)

__all__ = ["Items"]


class Items:
    """Works on items; found as `client.items`. Takes ids, never names.

    All methods raise a `StrongroomError` that names the failure, among them
    `InvalidIdError`, `NotFoundError` and `ForbiddenError`.

    Attributes:
        shares: Links that show a copy of an item.
        files: Files of an item.
    """

    def __init__(self, handle: EngineHandle) -> None:
        self._handle = handle
        self.shares = ItemsShares(handle)
        self.files = ItemsFiles(handle)

    async def create(self, params: ItemCreateParams) -> Item:
        """Make an item in the vault `params.vault_id`.

        Raises:
            InvalidItemError: Its parts contradict each other, such as a field
                in a section that is not listed.
            TooLargeError: It is over a limit.
        """
        made = await self._handle.engine.items.create(params.vault_id, _draft(params))
        return Item.model_validate(made)

    async def create_all(
        self, vault_id: str, params: Sequence[ItemCreateParams]
    ) -> ItemsUpdateAllResponse:
        """Make many items of one vault in one round trip.

        Returns:
            An answer for each item, in the order given. An item that fails
            has an `error` and disturbs no other.
        """
        engine = self._handle.engine
        drafts = await engine.each(params, _draft)
        results = await engine.items.create_all(vault_id, drafts)
        answers = await engine.each(results, answer_update)
        return ItemsUpdateAllResponse(individual_responses=answers)

    async def get(self, vault_id: str, item_id: str) -> Item:
        """Return the current version of an item; one-time codes are of this moment."""
        found = await self._handle.engine.items.get(vault_id, item_id)
        return Item.model_validate(found)

    async def get_all(self, vault_id: str, item_ids: Sequence[str]) -> ItemsGetAllResponse:
        """Read many items of one vault in one round trip.

        Returns:
            An answer for each id, in the order given.
        """
        engine = self._handle.engine
        results = await engine.items.get_all(vault_id, item_ids)
        return ItemsGetAllResponse(individual_responses=await engine.each(results, answer_get))

    async def put(self, item: Item) -> Item:
        """Replace an item by an edited result of `get`, and return the new version.

        Raises:
            ConflictError: Somebody else changed the item since `item.version`;
                nothing was written.
            InvalidItemError: Its parts contradict each other.
            TooLargeError: It is over a limit.
        """
        stored = await self._handle.engine.items.put(item.model_dump(by_alias=True, mode="json"))
        return Item.model_validate(stored)

    async def delete(self, vault_id: str, item_id: str) -> None:
        """Delete an item; it can be recovered for 30 days."""
        await self._handle.engine.items.delete(vault_id, item_id)

    async def delete_all(self, vault_id: str, item_ids: Sequence[str]) -> ItemsDeleteAllResponse:
        """Delete many items of one vault in one round trip.

        Returns:
            An answer for each id, keyed by it; success has no `error`.
        """
        results = await self._handle.engine.items.delete_all(vault_id, item_ids)
        return ItemsDeleteAllResponse(
            individual_responses={key: answer_delete(result) for key, result in results.items()}
        )

    async def archive(self, vault_id: str, item_id: str) -> None:
        """Put an item away: kept without limit, but found by no reference and no plain list."""
        await self._handle.engine.items.archive(vault_id, item_id)

    # Annotations below name `builtins.list`, since `list` is now this method.
    async def list(self, vault_id: str, *filters: ItemListFilter) -> builtins.list[ItemOverview]:
        """List the items of a vault: the active ones, or those that any filter lets through."""
        states = [one.content for one in filters]
        engine = self._handle.engine
        found = await engine.items.list(
            vault_id,
            active=not states or any(state.active for state in states),
            archived=any(state.archived for state in states),
        )
        return await engine.each(found, ItemOverview.model_validate)


def _draft(params: ItemCreateParams) -> dict[str, Any]:
    """Return the parts of a new item that were given."""
    if params.files or params.document is not None:
        raise refuse_unavailable("files and documents of items")
    parts = params.model_dump(by_alias=True, mode="json", exclude={"vault_id", "files", "document"})
    return {key: part for key, part in parts.items() if part is not None}
