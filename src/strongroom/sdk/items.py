"""Calls on items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from strongroom.clock import format_time
from strongroom.errors import InvalidItemError, StrongroomError
from strongroom.sdk.files import check_size, make_file
from strongroom.sdk.outcomes import tell_read, tell_written
from strongroom.sdk.texts import INPUT_PREFIX

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.items.codec import ShowTime
    from strongroom.items.shown import ItemDict
    from strongroom.sdk.outcomes import ItemOutcome
    from strongroom.sdk.shapes import GivenItemDict, NewItemDict, StateFilterDict


async def create(engine: Engine, params: NewItemDict) -> ItemDict:
    """Make an item in the vault that it names."""
    return await engine.items.create(params["vaultId"], _draft(params))


async def create_all(
    engine: Engine, vault_id: str, params: Sequence[NewItemDict | StrongroomError]
) -> list[ItemOutcome]:
    """Make many items of one vault; an error in the place of one is its outcome."""
    drafts = await engine.each(params, lambda one: _draft_for(vault_id, one))
    results = await engine.items.create_all(vault_id, drafts)
    return await engine.each(results, tell_written)


async def get(engine: Engine, vault_id: str, item_id: str) -> ItemDict:
    """Return the current version of an item."""
    return await engine.items.get(vault_id, item_id)


async def get_all(engine: Engine, vault_id: str, item_ids: Sequence[str]) -> list[ItemOutcome]:
    """Return many items of one vault, in the order asked."""
    results = await engine.items.get_all(vault_id, item_ids)
    return await engine.each(results, tell_read)


async def put(engine: Engine, item: GivenItemDict) -> ItemDict:
    """Replace an item; its files stay as they are."""
    return await engine.items.put(cast("ItemDict", item))


async def delete(engine: Engine, vault_id: str, item_id: str) -> None:
    """Delete an item."""
    await engine.items.delete(vault_id, item_id)


async def delete_all(
    engine: Engine, vault_id: str, item_ids: Sequence[str]
) -> dict[str, ItemOutcome]:
    """Delete many items of one vault; the outcomes are keyed by id."""
    results = await engine.items.delete_all(vault_id, item_ids)
    return {key: tell_written(result) for key, result in results.items()}


async def archive(engine: Engine, vault_id: str, item_id: str) -> None:
    """Put an item away."""
    await engine.items.archive(vault_id, item_id)


async def list_items(
    engine: Engine,
    vault_id: str,
    filters: Sequence[StateFilterDict],
    *,
    show_time: ShowTime = format_time,
) -> list[ItemDict]:
    """Return the overviews of the active items, or of those that any filter lets through."""
    return await engine.items.list(
        vault_id,
        active=not filters or any(state["active"] for state in filters),
        archived=any(state["archived"] for state in filters),
        show_time=show_time,
    )


def _draft_for(vault_id: str, params: NewItemDict | StrongroomError) -> ItemDict | StrongroomError:
    """Return the parts of a new item of a batch, or why it has no place there."""
    if isinstance(params, StrongroomError):
        return params
    if params["vaultId"] != vault_id:
        message = f"{INPUT_PREFIX}the item names another vault than the batch"
        return InvalidItemError(message, tag="itemValidationError")
    try:
        return _draft(params)
    except StrongroomError as error:
        return error


def _draft(params: NewItemDict) -> ItemDict:
    """Return the parts of a new item that were given."""
    files, document = params.get("files") or [], params.get("document")
    check_size(*(file["content"] for file in files), *([document["content"]] if document else []))
    without = {"vaultId", "files", "document"}
    parts = {key: part for key, part in params.items() if key not in without and part is not None}
    draft = cast("ItemDict", parts)
    if files:
        draft["files"] = [make_file(file) for file in files]
    if document is not None:
        draft["document"] = make_file(document)
    return draft
