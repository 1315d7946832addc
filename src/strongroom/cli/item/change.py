"""`op item create` and `op item edit`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from strongroom.cli.item.files import put_item
from strongroom.cli.item.input import Item, Row, apply_template, load_template, parse_templates
from strongroom.cli.item.output import item_json, write_item
from strongroom.cli.item.plan import Change, Changes, plan_change
from strongroom.cli.item.recipes import BARE
from strongroom.cli.item.ssh import DEFAULT_KIND
from strongroom.cli.program.framework import (
    Command,
    EqualsOption,
    declare,
    flag,
    pass_invocation,
    true_or_false,
)
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import (
    Vault,
    default_vault,
    find_vault,
    get_item,
    named,
    named_vault,
)
from strongroom.cli.program.refusals import TO_WRITE, permission_to
from strongroom.cli.program.stdin import NAMES
from strongroom.client.runtime import drive
from strongroom.errors import ConflictError, InputError, StrongroomError

if TYPE_CHECKING:
    from strongroom.client.engine import Engine

# More than two people who edit one item at one time; past that something else is wrong.
ATTEMPTS_MAX: Final = 5

_NOTHING_TO_MAKE: Final = (
    "the command does not say what to create",
    "add assignments, --category or --template, or pipe one in",
)
_NOTHING_TO_CHANGE: Final = (
    "the command does not say what to change",
    "add assignments or flags such as --title, --tags, --favorite, or pipe a template in",
)
_EXPOSES: Final = (
    "Assignments are [section.]field[[type]]=value. Types: text, password, email, url, phone, "
    "date, monthYear, otp, address, address.street (also .city, .state, .zip, .country), file "
    "(its path), delete. A value on the command line can be seen by "
    "every process on this computer and stays in the shell's history: write field=- to read "
    "the value from standard input, or use a template."
)


def _shared_options(*, title: str, vault: str, tags: str) -> Callable[[Any], Any]:
    """Declare what both commands take; the texts are those that differ in their help."""
    return declare(
        click.argument("assignments", nargs=-1),
        click.option("--title", metavar="TITLE", help=title),
        click.option("--vault", metavar="VAULT", help=vault),
        click.option("--tags", metavar="LIST", help=tags),
        click.option("--url", metavar="URL", help="The item's first website."),
        click.option(
            "--favorite",
            cls=EqualsOption,
            bare="true",
            callback=true_or_false,
            metavar="[=true|false]",
            help="Mark the item as a favorite, for everybody who can see the vault.",
        ),
        click.option("--template", metavar="FILE", help="JSON template, or - for standard input."),
        click.option(
            "--generate-password",
            "recipe",
            cls=EqualsOption,
            bare=BARE,
            metavar="[=RECIPE]",
            help="Set a random password, of these kinds of characters and with a length from "
            "1 to 64; by default letters,digits,symbols,32.",
        ),
        flag("--dry-run", help="Show the result and save nothing."),
        flag("--reveal", help="Show concealed values in human-readable output."),
        pass_invocation,
    )


@click.command("create", cls=Command, epilog=_EXPOSES)
@_shared_options(
    title="Title of the item.",
    vault="The vault to put it in, by name or ID; your own if you name none.",
    tags="Tags, separated by commas.",
)
@click.option("--category", metavar="CATEGORY", help="For example login or 'api credential'.")
@click.option(
    "--ssh-generate-key",
    "key_kind",
    cls=EqualsOption,
    bare=DEFAULT_KIND,
    metavar="[=KIND]",
    help="Create the private key of an SSH Key item: ed25519, rsa, rsa2048, rsa3072, rsa4096.",
)
def create(
    invocation: Invocation,
    *,
    assignments: tuple[str, ...],
    title: str | None,
    vault: str | None,
    tags: str | None,
    url: str | None,
    favorite: bool | None,
    template: str | None,
    recipe: str | None,
    dry_run: bool,
    reveal: bool,
    category: str | None,
    key_kind: str | None,
) -> None:
    """Create an item, with the empty built-in fields of its category.

    A JSON template, which defines all fields, comes from --template or, with `-`,
    from standard input. Standard input is also read if there is no template,
    category or assignment.
    """
    dash, statements = _split_dash(assignments)
    changes = Changes(title, category, tags, url, recipe, favorite, statements, key_kind)
    piped = dash or not (template or category or statements)
    templates = _templates(invocation, template, piped=piped, nothing=_NOTHING_TO_MAKE)
    bases = templates or [{}]
    change = plan_change(invocation.input, changes, defaults=not templates)
    items = [change(_new_item(base)) for base in bases]
    with invocation.engine() as engine:
        item_vault = _place(engine, vault, bases[0])
        made = items if dry_run else _create(engine, item_vault, items)
    for item in made:
        _write_saved(invocation, item, item_vault, reveal=reveal)


@click.command("edit", cls=Command, epilog=_EXPOSES)
@click.argument("name")
@_shared_options(
    title="New title.",
    vault="Look in this vault only.",
    tags="New tags, separated by commas, in place of the old ones; an empty list removes them all.",
)
def edit(
    invocation: Invocation,
    *,
    name: str,
    assignments: tuple[str, ...],
    title: str | None,
    vault: str | None,
    tags: str | None,
    url: str | None,
    favorite: bool | None,
    template: str | None,
    recipe: str | None,
    dry_run: bool,
    reveal: bool,
) -> None:
    """Change an item; a JSON template replaces its fields.

    The template comes from --template, or from standard input if nothing else
    on the command line says what to change.
    """
    dash, statements = _split_dash(assignments)
    changes = Changes(title, None, tags, url, recipe, favorite, statements)
    piped = dash or not (template or changes.says_something())
    templates = _templates(invocation, template, piped=piped, nothing=_NOTHING_TO_CHANGE)
    if len(templates) > 1:
        message = "an item can be edited with only one template"
        raise InputError(message)
    with invocation.engine() as engine:
        item, item_vault = get_item(engine, name, vault=vault)
        with permission_to(engine, f"change {named(item, item_vault)}", TO_WRITE):
            change = plan_change(invocation.input, changes)
            if templates:
                based = apply_template(item, templates[0])
                changed = change({**based, "category": item["category"]})
                saved = changed if dry_run else put_item(engine, before=item, changed=changed)
            else:
                saved = change(item) if dry_run else _put(engine, item, change)
    _write_saved(invocation, saved, item_vault, reveal=reveal)


def _put(engine: Engine, item: Item, change: Change) -> Item:
    """Change an item; where somebody else was quicker, change what they left."""
    return repeated(
        item,
        put=lambda item: put_item(engine, before=item, changed=change(item)),
        again=lambda: drive(engine.items.get(item["vaultId"], item["id"])),
    )


def repeated(item: Item, *, put: Change, again: Callable[[], Item]) -> Item:
    """Put an item; after a conflict read it again and repeat, so that both changes stand.

    Raises:
        ConflictError: Somebody else was quicker every time.
    """
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return put(item)
        except ConflictError:
            item = again()
    return put(item)


def _split_dash(assignments: tuple[str, ...]) -> tuple[bool, tuple[str, ...]]:
    """Tell the `-` that means a template on standard input from the statements."""
    statements = tuple(one for one in assignments if one not in NAMES)
    return len(statements) != len(assignments), statements


def _templates(
    invocation: Invocation, path: str | None, *, piped: bool, nothing: tuple[str, str]
) -> list[Row]:
    if path is not None and piped and path not in NAMES:
        message = "a template can come from a file or from standard input, but not from both"
        raise InputError(message, hint="leave out --template or the -")
    if path is not None and path not in NAMES:
        return load_template(Path(path))
    if not piped and path is None:
        return []
    what = "the template"
    if not invocation.input.is_usable:
        message, hint = nothing
        raise InputError(message, hint=hint)
    return parse_templates(invocation.input.take(what), what=f"{what} on standard input")


def _new_item(template: Row) -> Item:
    empty: Item = {"title": "", "category": "", "fields": [], "sections": [], "tags": []}
    return apply_template({**empty, "websites": [], "notes": ""}, template)


def _place(engine: Engine, vault: str | None, template: Row) -> Vault:
    inside = template.get("vault")
    chosen = vault or (inside.get("id") or inside.get("name") if isinstance(inside, dict) else None)
    return default_vault(engine, verb="create") if chosen is None else find_vault(engine, chosen)


def _create(engine: Engine, item_vault: Vault, items: list[Item]) -> list[Item]:
    with permission_to(engine, f"create items in {named_vault(item_vault)}", TO_WRITE):
        if len(items) == 1:
            return [drive(engine.items.create(item_vault["id"], items[0]))]
        made = drive(engine.items.create_all(item_vault["id"], items))
    for position, outcome in enumerate(made, start=1):
        if isinstance(outcome, StrongroomError):
            message = f"item {position} of {len(items)} was not created: {outcome.message}"
            raise type(outcome)(message, hint=outcome.hint, tag=outcome.tag)
    return [one for one in made if not isinstance(one, StrongroomError)]


def _write_saved(invocation: Invocation, item: Item, item_vault: Vault, *, reveal: bool) -> None:
    output = invocation.output
    if output.wants_json:
        output.json(item_json(item, item_vault))
    else:
        write_item(output, item, item_vault, reveal=reveal, style=invocation.time_style)
