"""`op item …`: reading, listing, deleting.

Creating and editing are in `change`, older versions in `history`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from strongroom.cli.item.output import (
    one_time_code,
    write_fields,
    write_item,
    write_list,
)
from strongroom.cli.item.select import select_fields
from strongroom.cli.program.framework import Noun, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import Item, find_item, find_vault, get_item, named
from strongroom.cli.program.refusals import TO_READ, TO_WRITE, permission_to
from strongroom.cli.program.shapes import parse_category
from strongroom.cli.program.stdin import take_names
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import InputError, NotAvailableError, NotFoundError
from strongroom.items.fields import list_fields

if TYPE_CHECKING:
    from strongroom.client.engine import Engine


_HERE: Final = "strongroom.cli.item"
# Programs call `op item get` in loops, and it needs nothing of these.
_OTHER_VERBS: Final = {
    "create": (f"{_HERE}.change", "create"),
    "edit": (f"{_HERE}.change", "edit"),
    "history": (f"{_HERE}.history", "history"),
    "move": (f"{_HERE}.move", "move"),
    "recover": (f"{_HERE}.history", "recover"),
    "restore": (f"{_HERE}.history", "restore"),
    "share": (f"{_HERE}.share", "share"),
    "template": (f"{_HERE}.template", "template"),
}


@click.group("item", cls=Noun, modules=_OTHER_VERBS)
def item() -> None:
    """Items."""


@item.command("get")
@click.argument("name", required=False)
@click.option("--vault", metavar="VAULT", help="Look in this vault only.")
@click.option("--fields", "--field", metavar="LIST", help="a,b or label=a,label=s.b or type=otp")
@flag("--otp", help="Print the current one-time code.")
@flag("--reveal", help="Show concealed values in human-readable output.")
@flag("--share-link", help="A link to the item; needs a server.")
@flag("--include-archive", help="Look in the archive too (OP_INCLUDE_ARCHIVE).")
@pass_invocation
def get(
    invocation: Invocation,
    *,
    name: str | None,
    vault: str | None,
    fields: str | None,
    otp: bool,
    reveal: bool,
    share_link: bool,
    include_archive: bool,
) -> None:
    """Show items: one by title or ID, or those that standard input names."""
    archived = include_archive or invocation.is_set("OP_INCLUDE_ARCHIVE")
    names = take_names(invocation.input, name, what="the item")
    with invocation.engine() as engine:
        for one in names:
            with permission_to(engine, f'read the item "{printable(one)}"', TO_READ):
                item, item_vault = get_item(engine, one, vault=vault, archived=archived)
            if share_link:
                message = "links to items need a server; this account lives in a file"
                raise NotAvailableError(message)
            if otp:
                invocation.output.line(_code(item))
            elif fields:
                chosen = select_fields(item, item_vault, fields)
                write_fields(invocation.output, chosen, item, item_vault, reveal=reveal)
            else:
                style = invocation.time_style
                write_item(invocation.output, item, item_vault, reveal=reveal, style=style)


@item.command("list")
@click.option("--vault", metavar="VAULT", help="List this vault only.")
@click.option("--categories", metavar="LIST", help="Only these categories.")
@click.option("--tags", metavar="LIST", help="Only items with one of these tags.")
@flag("--long", help="Accepted for compatibility.")
@flag("--include-archive", help="List the archive too (OP_INCLUDE_ARCHIVE).")
@flag("--deleted", help="List what was deleted and can be recovered, and nothing else.")
@pass_invocation
def list_items(
    invocation: Invocation,
    *,
    vault: str | None,
    categories: str | None,
    tags: str | None,
    long: bool,
    include_archive: bool,
    deleted: bool,
) -> None:
    """List items, without their fields."""
    del long
    archived = include_archive or invocation.is_set("OP_INCLUDE_ARCHIVE")
    wanted = {parse_category(one) for one in _words(categories)}
    with invocation.engine() as engine:
        places = drive(engine.vaults.list()) if vault is None else [find_vault(engine, vault)]
        rows = [
            (one, item_vault)
            for item_vault in places
            for one in _list_vault(engine, item_vault["id"], archived=archived, deleted=deleted)
        ]
    chosen = [
        (one, item_vault)
        for one, item_vault in rows
        if (not wanted or one["category"] in wanted) and _tagged(one, _words(tags))
    ]
    write_list(invocation.output, chosen, style=invocation.time_style)


@item.command("delete")
@click.argument("name", required=False)
@click.option("--vault", metavar="VAULT", help="Look in this vault only.")
@flag("--archive", help="Move to the archive instead.")
@pass_invocation
def delete(
    invocation: Invocation,
    *,
    name: str | None,
    vault: str | None,
    archive: bool,
) -> None:
    """Delete items: one by title or ID, or those that standard input names; prints nothing."""
    names = take_names(invocation.input, name, what="the item")
    with invocation.engine() as engine:
        # All are found before the first is deleted: a typing error costs nothing.
        items = [find_item(engine, one, vault=vault, archived=not archive) for one in names]
        for item, item_vault in items:
            change = engine.items.archive if archive else engine.items.delete
            verb = "archive" if archive else "delete"
            with permission_to(engine, f"{verb} {named(item, item_vault)}", TO_WRITE):
                drive(change(item_vault["id"], item["id"]))


def _list_vault(engine: Engine, vault_id: str, *, archived: bool, deleted: bool) -> list[Item]:
    if deleted:
        return drive(engine.items.list_deleted(vault_id))
    return drive(engine.items.list(vault_id, active=True, archived=archived))


def _code(item: Item) -> str:
    """Return the current code of an item's first one-time password field."""
    fields = [field for field in list_fields(item) if field.get("fieldType") == "Totp"]
    title = printable(item["title"])
    if not fields:
        message = f'the item "{title}" has no one-time password field'
        raise NotFoundError(message)
    code = one_time_code(fields[0])
    if code is None:
        message = f'the one-time password of the item "{title}" cannot be computed'
        raise InputError(message, hint="its value must be an otpauth:// address or a base32 seed")
    return code


def _tagged(item: Item, wanted: list[str]) -> bool:
    """Return whether an item has one of the tags; `work` also means `work/sub`."""
    if not wanted:
        return True
    return any(
        tag == want or tag.startswith(f"{want}/")
        for tag in item.get("tags") or []
        for want in wanted
    )


def _words(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]
