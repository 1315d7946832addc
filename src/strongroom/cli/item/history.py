"""What items were: deleted ones, older versions. Not in `op`; documented as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from strongroom.cli.item.output import item_json, write_item
from strongroom.cli.program.framework import Command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import Vault, find_item, find_vault, named, named_vault
from strongroom.cli.program.refusals import TO_READ, TO_WRITE, permission_to
from strongroom.cli.program.ui import printable
from strongroom.cli.program.versions import write_versions
from strongroom.client.runtime import drive
from strongroom.errors import NotFoundError
from strongroom.ids import ID_PATTERN

if TYPE_CHECKING:
    from strongroom.client.engine import Engine

_DELETED_HINT: Final = "see `op item list --deleted`; after 30 days a deleted item is gone"


@click.command("recover", cls=Command)
@click.argument("item_id", metavar="ID")
@click.option("--vault", metavar="VAULT", required=True, help="The vault that the item was in.")
@pass_invocation
def recover(invocation: Invocation, *, item_id: str, vault: str) -> None:
    """Bring a deleted item back; possible for 30 days after it was deleted.

    `op item list --deleted` shows the IDs.
    """
    with invocation.engine() as engine:
        item_vault = find_vault(engine, vault)
        action = f'recover the item "{printable(item_id)}" in {named_vault(item_vault)}'
        try:
            with permission_to(engine, action, TO_WRITE):
                item = drive(engine.items.recover(item_vault["id"], item_id.lower()))
        except NotFoundError:
            shown, where = printable(item_id), printable(item_vault["title"])
            message = f'"{shown}" isn\'t the ID of a deleted item in the "{where}" vault'
            raise NotFoundError(message, hint=_DELETED_HINT) from None
    output = invocation.output
    if output.wants_json:
        output.json(item_json(item, item_vault))
    else:
        write_item(output, item, item_vault, reveal=False, style=invocation.time_style)


@click.command("history", cls=Command)
@click.argument("name")
@click.option("--vault", metavar="VAULT", help="Look in this vault only.")
@click.option("--version", metavar="N", type=int, help="Show this version, with its content.")
@flag("--reveal", help="Show concealed values in human-readable output.")
@pass_invocation
def history(
    invocation: Invocation, *, name: str, vault: str | None, version: int | None, reveal: bool
) -> None:
    """List the versions of an item, newest first, with state, time and author but no content.

    With --version, show one of them. To find a deleted item, give its ID and
    --vault.
    """
    with invocation.engine() as engine:
        item_vault, item_id = _place(engine, name=name, vault=vault)
        action = f'read the history of the item "{printable(name)}"'
        with permission_to(engine, action, TO_READ):
            if version is None:
                rows = drive(engine.items.history(item_vault["id"], item_id))
            else:
                with _version_of(name, version):
                    item = drive(engine.items.get_version(item_vault["id"], item_id, version))
                style = invocation.time_style
                write_item(invocation.output, item, item_vault, reveal=reveal, style=style)
                return
    write_versions(invocation, rows)


@click.command("restore", cls=Command)
@click.argument("name")
@click.option("--version", metavar="N", type=int, required=True, help="The version to restore.")
@click.option("--vault", metavar="VAULT", help="Look in this vault only.")
@flag("--reveal", help="Show concealed values in human-readable output.")
@pass_invocation
def restore(
    invocation: Invocation, *, name: str, version: int, vault: str | None, reveal: bool
) -> None:
    """Restore an older version of an item as its newest.

    `op item history ITEM` lists the versions. A deleted item is brought back with
    `op item recover`.
    """
    with invocation.engine() as engine:
        item, item_vault = find_item(engine, name, vault=vault, archived=True)
        action = f"change {named(item, item_vault)}"
        with permission_to(engine, action, TO_WRITE), _version_of(name, version):
            restored = drive(engine.items.restore(item_vault["id"], item["id"], version))
    write_item(invocation.output, restored, item_vault, reveal=reveal, style=invocation.time_style)


@contextmanager
def _version_of(name: str, version: int) -> Iterator[None]:
    """Say which version is not there, in terms of what was typed."""
    try:
        yield
    except NotFoundError:
        message = f'the item "{printable(name)}" has no version {version} that is kept'
        raise NotFoundError(message, hint="see `op item history`") from None


def _place(engine: Engine, *, name: str, vault: str | None) -> tuple[Vault, str]:
    """Return vault and id of an item; a deleted item is in no look-up, so its id is trusted."""
    try:
        item, item_vault = find_item(engine, name, vault=vault, archived=True)
    except NotFoundError:
        if vault is None or ID_PATTERN.fullmatch(name) is None:
            raise
        inside = find_vault(engine, vault)
        deleted = drive(engine.items.list_deleted(inside["id"]))
        if name not in {one["id"] for one in deleted}:
            raise
        return inside, name
    return item_vault, item["id"]
