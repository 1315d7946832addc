"""What items were: deleted ones, older versions. Not in `op`; documented as ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from strongroom.cli.framework import Command, pass_invocation
from strongroom.cli.invocation import Invocation
from strongroom.cli.item_output import item_json, write_item
from strongroom.cli.lookup import find_item, find_vault, named_vault
from strongroom.cli.refusals import ASK_TO_READ, ASK_TO_WRITE, permission_to
from strongroom.cli.times import json_time
from strongroom.cli.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import NotFoundError
from strongroom.ids import ID_PATTERN

if TYPE_CHECKING:
    from strongroom.client.engine import Engine

_DELETED_HINT: Final = "see `op item list --deleted`; after 30 days a deleted item is gone"


@click.command("recover", cls=Command)
@click.argument("item_id", metavar="ID")
@click.option("--vault", metavar="VAULT", required=True, help="The vault that it was in.")
@pass_invocation
def recover(invocation: Invocation, *, item_id: str, vault: str) -> None:
    """Bring a deleted item back, for 30 days after it was deleted.

    `op item list --deleted` shows the IDs.
    """
    with invocation.engine() as engine:
        place = find_vault(engine, vault)
        action = f'recover the item "{printable(item_id)}" in {named_vault(place)}'
        try:
            with permission_to(action, hint=ASK_TO_WRITE):
                found = drive(engine.items.recover(place["id"], item_id.lower()))
        except NotFoundError:
            shown, where = printable(item_id), printable(place["title"])
            message = f'"{shown}" isn\'t the ID of a deleted item in the "{where}" vault'
            raise NotFoundError(message, hint=_DELETED_HINT) from None
    output = invocation.output
    if output.wants_json:
        output.json(item_json(found, place))
    else:
        write_item(output, found, place, reveal=False, style=invocation.time_style)


@click.command("history", cls=Command)
@click.argument("name")
@click.option("--vault", metavar="VAULT", help="Look in this vault only.")
@pass_invocation
def history(invocation: Invocation, *, name: str, vault: str | None) -> None:
    """List the versions of an item, newest first: state, time and author, no content.

    A deleted item is found by its ID, together with --vault.
    """
    with invocation.engine() as engine:
        vault_id, item_id = _place(engine, name, vault)
        action = f'read the history of the item "{printable(name)}"'
        with permission_to(action, hint=ASK_TO_READ):
            rows = drive(engine.items.history(vault_id, item_id))
    output = invocation.output
    if output.wants_json:
        output.json([_row_json(row) for row in rows])
        return
    style = invocation.time_style
    output.table(
        ("VERSION", "STATE", "EDITED", "AUTHOR"),
        [
            (str(row["version"]), row["state"], style.show(row["updatedAt"]), row["author"])
            for row in rows
        ],
    )


def _place(engine: Engine, name: str, vault: str | None) -> tuple[str, str]:
    """Return the ids of vault and item; a deleted item is in no look-up, so its id is trusted."""
    try:
        found, place = find_item(engine, name, vault=vault, archived=True)
    except NotFoundError:
        if vault is None or ID_PATTERN.fullmatch(name) is None:
            raise
        inside = find_vault(engine, vault)
        deleted = drive(engine.items.list_deleted(inside["id"]))
        if name not in {one["id"] for one in deleted}:
            raise
        return inside["id"], name
    return place["id"], found["id"]


def _row_json(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": row["version"],
        "state": row["state"].upper(),
        "updated_at": json_time(row["updatedAt"]),
        "author": row["author"],
    }
