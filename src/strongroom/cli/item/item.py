"""`op item …`: reading, listing, deleting.

Creating and editing are in `change`, older versions in `history`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from strongroom.cli.item.output import (
    LONG_HEADER,
    long_row,
    one_time_code,
    overview_json,
    write_fields,
    write_item,
    write_list,
)
from strongroom.cli.item.select import select_fields
from strongroom.cli.program.framework import Noun, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import (
    Item,
    Vault,
    find_item,
    find_vault,
    get_item,
    named,
    principal_names,
)
from strongroom.cli.program.progress import ITEMS, Progress
from strongroom.cli.program.refusals import TO_READ, TO_WRITE, permission_to
from strongroom.cli.program.shapes import parse_category
from strongroom.cli.program.stdin import take_names
from strongroom.cli.program.ui import place_error, printable
from strongroom.client.runtime import drive
from strongroom.errors import (
    ForbiddenError,
    InputError,
    NotAvailableError,
    NotFoundError,
    StrongroomError,
)
from strongroom.items.fields import list_fields

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.items.work import Outcome

# A long list holds so many opened items at a time: 800 MiB if each were as large as one may be,
# and a trip for each hundred is a small part of what reading them takes.
LONG_BATCH: Final = 100

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
@click.option(
    "--fields",
    "--field",
    metavar="LIST",
    help="Show only these fields: a,b or label=a,label=section.b or type=otp",
)
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
@click.option("--categories", metavar="LIST", help="Only these categories, separated by commas.")
@click.option(
    "--tags", metavar="LIST", help="Only items with one of these tags, separated by commas."
)
@flag("--favorite", help="Only favorites.")
@flag("--long", help="Open every item: show its user name, and who edited it, verified.")
@flag("--include-archive", help="List the archive too (OP_INCLUDE_ARCHIVE).")
@flag("--deleted", help="List what was deleted and can be recovered, and nothing else.")
@pass_invocation
def list_items(
    invocation: Invocation,
    *,
    vault: str | None,
    categories: str | None,
    tags: str | None,
    favorite: bool,
    long: bool,
    include_archive: bool,
    deleted: bool,
) -> None:
    """List items, without their fields.

    With --long every item of the list is read as `op item get` reads it, so it takes
    longer, and one that cannot be verified is an error.
    """
    if long and deleted:
        message = "--long and --deleted cannot be used together"
        raise click.UsageError(message)
    archived = include_archive or invocation.is_set("OP_INCLUDE_ARCHIVE")
    wanted = _Wanted(
        categories=frozenset(parse_category(one) for one in _words(categories)),
        tags=_words(tags),
        favorite=favorite,
    )
    with invocation.engine() as engine:
        places = drive(engine.vaults.list()) if vault is None else [find_vault(engine, vault)]
        chosen = [
            (one, item_vault)
            for item_vault in places
            for one in _list_vault(engine, item_vault["id"], archived=archived, deleted=deleted)
            if wanted.has(one)
        ]
        if not long:
            write_list(invocation.output, chosen, style=invocation.time_style)
            return
        opened = _open_all(engine, chosen)
        still = ((one, place) for one, place in opened if archived or one["state"] == "active")
        _write_long(invocation, engine, (row for row in still if wanted.has(row[0])))


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


class _Wanted(NamedTuple):
    """Which items a list shows; what is empty or false asks for nothing."""

    categories: frozenset[str]
    tags: list[str]
    favorite: bool

    def has(self, item: Item) -> bool:
        """Tell whether an item is to be shown; the tag `work` also means `work/sub`."""
        if self.categories and item["category"] not in self.categories:
            return False
        if self.favorite and not item.get("favorite"):
            return False
        return not self.tags or any(
            tag == want or tag.startswith(f"{want}/")
            for tag in item.get("tags") or []
            for want in self.tags
        )


def _open_all(engine: Engine, rows: list[tuple[Item, Vault]]) -> Iterator[tuple[Item, Vault]]:
    """Give out listed items as they are when they are opened, without those that are gone by then.

    Raises:
        StrongroomError: One of them is not to be trusted, or cannot be read; it is named.
    """
    progress = Progress("reading", len(rows), unit=ITEMS)
    done = 0
    try:
        for vault_id, group in groupby(rows, key=lambda row: row[1]["id"]):
            inside = list(group)
            for start in range(0, len(inside), LONG_BATCH):
                part = inside[start : start + LONG_BATCH]
                found = drive(engine.items.get_all(vault_id, [item["id"] for item, _ in part]))
                for (listed, vault), outcome in zip(part, found, strict=True):
                    item = _in_full(engine, listed, vault, outcome)
                    if item is not None:
                        yield item, vault
                done += len(part)
                progress.show(done)
    finally:
        progress.show(len(rows))


def _in_full(engine: Engine, listed: Item, vault: Vault, outcome: Outcome) -> Item | None:
    """Return a listed item in full, or its verified overview where its fields are closed."""
    if not isinstance(outcome, StrongroomError):
        return outcome
    try:
        if isinstance(outcome, ForbiddenError):
            return drive(engine.items.find(listed["id"], vault_id=vault["id"], archived=True))
        raise outcome
    except NotFoundError:
        return None  # somebody deleted it meanwhile
    except StrongroomError as error:
        shown: Item = {**listed, "title": listed["title"] or listed["id"]}
        raise place_error(error, named(shown, vault)) from None


def _write_long(invocation: Invocation, engine: Engine, rows: Iterator[tuple[Item, Vault]]) -> None:
    output, style = invocation.output, invocation.time_style
    # Of each item no more is kept than its row.
    if output.wants_json:
        output.json([overview_json(*row) for row in rows])
        return
    names = principal_names(engine)
    output.table(LONG_HEADER, [long_row(*row, names=names, style=style) for row in rows])


def _words(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]
