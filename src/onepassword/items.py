"""Items: make, read, change, list and remove them."""

import builtins
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Final, cast

from pydantic import ConfigDict
from pydantic_core import PydanticSerializationError

from onepassword._facade.answers import answer_delete, answer_get, answer_update
from onepassword._facade.checks import check_argument, check_list
from onepassword._facade.handle import EngineHandle
from onepassword._models.base import Model
from onepassword._models.history import DeletedItem, ItemVersion
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
from strongroom.clock import naive_time
from strongroom.errors import InvalidItemError, StrongroomError
from strongroom.sdk import items as calls
from strongroom.sdk.texts import INPUT_PREFIX

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from strongroom.items.shown import ItemDict
    from strongroom.sdk.shapes import GivenItemDict, NewItemDict

__all__ = ["Items"]

# Of a list so many overviews are made at once, in two thirds of the time that one by one takes.
_PART: Final = 32


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
        self.shares: ItemsShares = ItemsShares(handle)
        self.files: ItemsFiles = ItemsFiles(handle)

    async def create(self, params: ItemCreateParams) -> Item:
        """Make an item in the vault `params.vault_id`.

        Raises:
            InvalidItemError: Its parts contradict each other, such as a field
                in a section that is not listed.
            TooLargeError: It is over a limit.
        """
        check_argument("params", params, ItemCreateParams)
        made = await calls.create(self._handle.engine, _draft(params))
        return Item.model_validate(made)

    async def create_all(
        self, vault_id: str, params: builtins.list[ItemCreateParams]
    ) -> ItemsUpdateAllResponse:
        """Make many items of one vault in one round trip.

        Returns:
            An answer for each item, in the order given. An item that fails,
            or names another vault, has an `error` and disturbs no other.
        """
        check_list("params", params, ItemCreateParams)
        engine = self._handle.engine
        drafts = await engine.each(params, _draft_or_refusal)
        outcomes = await calls.create_all(engine, vault_id, drafts)
        answers = await engine.each(outcomes, answer_update)
        return ItemsUpdateAllResponse(individual_responses=answers)

    async def get(self, vault_id: str, item_id: str) -> Item:
        """Return the current version of an item; one-time codes are of this moment."""
        found = await calls.get(self._handle.engine, vault_id, item_id)
        return Item.model_validate(found)

    async def get_all(self, vault_id: str, item_ids: builtins.list[str]) -> ItemsGetAllResponse:
        """Read many items of one vault in one round trip.

        Returns:
            An answer for each id, in the order given.
        """
        check_list("item_ids", item_ids, str)
        engine = self._handle.engine
        outcomes = await calls.get_all(engine, vault_id, item_ids)
        return ItemsGetAllResponse(individual_responses=await engine.each(outcomes, answer_get))

    async def put(self, item: Item) -> Item:
        """Replace an item by an edited result of `get`, and return the new version.

        Its files stay as they are; `files` changes them.

        Raises:
            ConflictError: Somebody else changed the item since `item.version`;
                nothing was written.
            InvalidItemError: Its parts contradict each other.
            TooLargeError: It is over a limit.
        """
        check_argument("item", item, Item)
        stored = await calls.put(self._handle.engine, _whole(item))
        return Item.model_validate(stored)

    async def delete(self, vault_id: str, item_id: str) -> None:
        """Delete an item; it can be recovered for 30 days."""
        await calls.delete(self._handle.engine, vault_id, item_id)

    async def delete_all(
        self, vault_id: str, item_ids: builtins.list[str]
    ) -> ItemsDeleteAllResponse:
        """Delete many items of one vault in one round trip.

        Returns:
            An answer for each id, keyed by it; success has no `error`.
        """
        check_list("item_ids", item_ids, str)
        outcomes = await calls.delete_all(self._handle.engine, vault_id, item_ids)
        return ItemsDeleteAllResponse(
            individual_responses={key: answer_delete(one) for key, one in outcomes.items()}
        )

    async def archive(self, vault_id: str, item_id: str) -> None:
        """Put an item away: kept without limit, but found by no reference and no plain list."""
        await calls.archive(self._handle.engine, vault_id, item_id)

    async def history(self, vault_id: str, item_id: str) -> builtins.list[ItemVersion]:
        """Return the kept versions of an item, newest first, without their content.

        Not part of the 1Password SDK.

        Raises:
            ForbiddenError: The caller may not see the history.
        """
        found = await self._handle.engine.items.history(vault_id, item_id)
        return [ItemVersion.model_validate(row) for row in found]

    async def get_version(self, vault_id: str, item_id: str, version: int) -> Item:
        """Return one kept version of an item.

        Not part of the 1Password SDK.

        Raises:
            NotFoundError: That version is not kept, or never was.
        """
        check_argument("version", version, int)
        found = await self._handle.engine.items.get_version(vault_id, item_id, version)
        return Item.model_validate(found)

    async def restore(self, vault_id: str, item_id: str, version: int) -> Item:
        """Write an older version of an item as a new one, and return that.

        Not part of the 1Password SDK.

        Raises:
            NotFoundError: That version is not kept, never was, or is a deletion.
            ConflictError: Somebody else changed the item at the same time.
        """
        check_argument("version", version, int)
        written = await self._handle.engine.items.restore(vault_id, item_id, version)
        return Item.model_validate(written)

    async def list_deleted(self, vault_id: str) -> builtins.list[DeletedItem]:
        """Return the deleted items that can still be recovered, as they were.

        Not part of the 1Password SDK.
        """
        found = await self._handle.engine.items.list_deleted(vault_id)
        return [DeletedItem.model_validate(row) for row in found]

    async def recover(self, vault_id: str, item_id: str) -> Item:
        """Bring a deleted item back as a new version, and return that.

        Not part of the 1Password SDK.

        Raises:
            NotFoundError: It is not deleted, or more than 30 days ago.
        """
        return Item.model_validate(await self._handle.engine.items.recover(vault_id, item_id))

    # Annotations below name `builtins.list`, since `list` is now this method.
    async def list(self, vault_id: str, *filters: ItemListFilter) -> builtins.list[ItemOverview]:
        """List the items of a vault: the active ones, or those that any filter lets through.

        One that cannot be opened or read has no title and the category
        `Unsupported`, so that it hides no other; `get` says what is wrong.
        Who wrote a title or state is not checked here (threats T21), but by `get`.
        """
        check_list("filters", filters, ItemListFilter)
        engine = self._handle.engine
        found = await calls.list_items(
            engine,
            vault_id,
            [{"active": one.content.active, "archived": one.content.archived} for one in filters],
            show_time=naive_time,
        )
        parts = await engine.each(_parts(found), _adapter().validate_python)
        return [one for part in parts for one in part]


@cache
def _adapter() -> "TypeAdapter[list[ItemOverview]]":
    from pydantic import TypeAdapter  # programs that list nothing do not pay for its module

    # A refused value may be a secret, and errors end in logs.
    return TypeAdapter(list[ItemOverview], config=ConfigDict(hide_input_in_errors=True))


def _parts(rows: "list[ItemDict]") -> Iterator["list[ItemDict]"]:
    """Hand out a list in parts, and let go of each.

    Of a large list there are never all dicts and all models in memory, which
    the collector of garbage would look through again and again.
    """
    for at in range(0, len(rows), _PART):
        part = rows[at : at + _PART]
        rows[at : at + _PART] = [{}] * len(part)
        yield part


def _draft_or_refusal(params: ItemCreateParams) -> "NewItemDict | StrongroomError":
    try:
        return _draft(params)
    except StrongroomError as error:
        return error


def _draft(params: ItemCreateParams) -> "NewItemDict":
    """Return a new item as JSON has it, but for the contents of its files."""
    draft = cast("NewItemDict", _dump(params, {"files", "document"}))
    draft["files"] = [
        {
            "name": file.name,
            "content": file.content,
            "sectionId": file.section_id,
            "fieldId": file.field_id,
        }
        for file in params.files or []
    ]
    if params.document is not None:
        document = params.document
        draft["document"] = {"name": document.name, "content": document.content}
    return draft


def _whole(item: Item) -> "GivenItemDict":
    return cast("GivenItemDict", _dump(item, {"created_at", "updated_at"}))


def _dump(model: Model, without: set[str]) -> dict[str, object]:
    """Return the parts of a model as JSON has them, but for some.

    Raises:
        InvalidItemError: A part that a program has set to something which JSON does not have.
    """
    try:
        # The engine tells wrong types by its own error; a warning would come beside it.
        return model.model_dump(by_alias=True, mode="json", exclude=without, warnings=False)
    except PydanticSerializationError:
        # Without its cause, which may hold the value.
        message = f"{INPUT_PREFIX}a part of the item has the wrong type"
        raise InvalidItemError(message, tag="itemValidationError") from None
