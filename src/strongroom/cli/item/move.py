"""`op item move`: into another vault, under a new ID."""

from __future__ import annotations

import click

from strongroom.cli.item.output import write_item
from strongroom.cli.program.framework import Command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import find_item, find_vault, named, named_vault
from strongroom.cli.program.refusals import TO_WRITE, permission_to
from strongroom.cli.program.stdin import take_names
from strongroom.client.runtime import drive


@click.command("move", cls=Command)
@click.argument("name", required=False)
@click.option("--current-vault", metavar="VAULT", help="Look in this vault only.")
@click.option(
    "--destination-vault", metavar="VAULT", required=True, help="The vault to move the items to."
)
@flag("--reveal", help="Show concealed values in human-readable output.")
@pass_invocation
def move(
    invocation: Invocation,
    *,
    name: str | None,
    current_vault: str | None,
    destination_vault: str,
    reveal: bool,
) -> None:
    """Move items: one by title or ID, or those that standard input names.

    The result is a copy with a new ID and a history of its own; the old item is
    deleted, and can be recovered for 30 days.
    """
    names = take_names(invocation.input, name, what="the item")
    with invocation.engine() as engine:
        target = find_vault(engine, destination_vault)
        # All are found before the first is moved: a typing error costs nothing.
        items = [find_item(engine, one, vault=current_vault, archived=True) for one in names]
        for item, item_vault in items:
            action = f"move {named(item, item_vault)} to {named_vault(target)}"
            with permission_to(engine, action, TO_WRITE):
                moved = drive(engine.items.move(item_vault["id"], item["id"], target["id"]))
            style = invocation.time_style
            write_item(invocation.output, moved, target, reveal=reveal, style=style)
