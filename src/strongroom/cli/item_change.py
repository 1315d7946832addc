"""`op item create` and `op item edit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from strongroom.cli.assignments import parse_assignments
from strongroom.cli.framework import Command, EqualsOption, flag, pass_invocation
from strongroom.cli.invocation import Invocation
from strongroom.cli.item_assign import apply_assignments, set_password, set_website
from strongroom.cli.item_input import Item, apply_template, load_template, parse_templates
from strongroom.cli.item_output import item_json, write_item
from strongroom.cli.lookup import Vault, default_vault, find_vault, get_item
from strongroom.cli.passwords import ask_value
from strongroom.cli.recipes import BARE, make_password, parse_recipe
from strongroom.cli.shapes import parse_category
from strongroom.cli.stdin import NAMES
from strongroom.cli.templates import GENERATES
from strongroom.client.runtime import drive
from strongroom.errors import InputError, StrongroomError

if TYPE_CHECKING:
    from strongroom.client.engine import Engine

_EXPOSES: Final = (
    "Assignments are [section.]field[[type]]=value. A value in the command line can be seen by "
    "every process of this computer and stays in the shell's history: write field=- to read "
    "the value from standard input, or use a template."
)


class Changes(NamedTuple):
    """What a command line says about an item, apart from its template."""

    title: str | None
    category: str | None
    tags: str | None
    url: str | None
    recipe: str | None
    assignments: tuple[str, ...]

    def says_something(self) -> bool:
        """Return whether anything is to change."""
        return any(part is not None for part in self[:5]) or bool(self.assignments)


def _shared_options(function: Any) -> Any:
    """Declare what both commands take."""
    options = (
        click.argument("assignments", nargs=-1),
        click.option("--title", metavar="TITLE", help="Title of the item."),
        click.option("--vault", metavar="VAULT", help="Vault, by name or ID."),
        click.option("--tags", metavar="LIST", help="Tags; an empty list clears them."),
        click.option("--url", metavar="URL", help="First website of the item."),
        click.option("--template", metavar="FILE", help="JSON template, or - for standard input."),
        click.option(
            "--generate-password",
            "recipe",
            cls=EqualsOption,
            bare=BARE,
            metavar="[=RECIPE]",
            help="letters,digits,symbols and a length from 1 to 64.",
        ),
        flag("--dry-run", help="Show the result and save nothing."),
        flag("--reveal", help="Show concealed values in human output."),
        pass_invocation,
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command("create", cls=Command, epilog=_EXPOSES)
@_shared_options
@click.option("--category", metavar="CATEGORY", help="For example login or 'api credential'.")
def create(
    invocation: Invocation,
    *,
    assignments: tuple[str, ...],
    title: str | None,
    vault: str | None,
    tags: str | None,
    url: str | None,
    template: str | None,
    recipe: str | None,
    dry_run: bool,
    reveal: bool,
    category: str | None,
) -> None:
    """Make an item.

    A JSON template comes from --template, or from standard input with `-`, or
    without any template, category and assignment.
    """
    dash, statements = _split_dash(assignments)
    changes = Changes(title, category, tags, url, recipe, statements)
    templates = _templates(
        invocation, template, piped=dash or not (template or category or statements)
    )
    bases = templates or [{}]
    items = [_new_item(base) for base in bases]
    items = _changed(invocation, items, changes)
    with invocation.engine() as engine:
        place = _place(engine, vault, bases[0])
        made = items if dry_run else _create(engine, place, items)
    for one in made:
        _write(invocation, one, place, reveal=reveal)


@click.command("edit", cls=Command, epilog=_EXPOSES)
@click.argument("name")
@_shared_options
def edit(
    invocation: Invocation,
    *,
    name: str,
    assignments: tuple[str, ...],
    title: str | None,
    vault: str | None,
    tags: str | None,
    url: str | None,
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
    changes = Changes(title, None, tags, url, recipe, statements)
    piped = dash or not (template or changes.says_something())
    templates = _templates(invocation, template, piped=piped)
    if len(templates) > 1:
        message = "an item can be edited with one template only"
        raise InputError(message)
    with invocation.engine() as engine:
        found, place = get_item(engine, name, vault=vault)
        based = apply_template(found, templates[0]) if templates else found
        [changed] = _changed(invocation, [{**based, "category": found["category"]}], changes)
        saved = changed if dry_run else drive(engine.items.put(changed))
    _write(invocation, saved, place, reveal=reveal)


def _split_dash(assignments: tuple[str, ...]) -> tuple[bool, tuple[str, ...]]:
    """Tell the `-` that means a template on standard input from the statements."""
    statements = tuple(one for one in assignments if one not in NAMES)
    return len(statements) != len(assignments), statements


def _templates(invocation: Invocation, path: str | None, *, piped: bool) -> list[Item]:
    if path is not None and piped and path not in NAMES:
        message = "a template can come from a file or from standard input, not from both"
        raise InputError(message, hint="leave out --template or the -")
    if path is not None and path not in NAMES:
        return load_template(Path(path))
    if not piped and path is None:
        return []
    what = "the template"
    if not invocation.input.is_usable:
        message = "nothing says what the item is to be"
        raise InputError(message, hint="add assignments, --category or --template, or pipe one in")
    return parse_templates(invocation.input.take(what), what=f"{what} on standard input")


def _new_item(template: Item) -> Item:
    empty: Item = {"title": "", "category": "", "fields": [], "sections": [], "tags": []}
    return apply_template({**empty, "websites": [], "notes": ""}, template)


def _changed(invocation: Invocation, items: list[Item], changes: Changes) -> list[Item]:
    """Carry out what the command line says, on every item alike; it wins over templates."""
    source = invocation.input
    statements = parse_assignments(changes.assignments, lambda what: ask_value(source, what))
    return [_change(apply_assignments(_headed(one, changes), statements), changes) for one in items]


def _headed(item: Item, changes: Changes) -> Item:
    """Set title, category and tags; assignments depend on the category."""
    headed = dict(item)
    if changes.category is not None:
        headed["category"] = parse_category(changes.category)
    if not headed["category"]:
        message = "an item needs a category"
        raise InputError(message, hint="add --category, for example --category login")
    if changes.tags is not None:
        headed["tags"] = [tag.strip() for tag in changes.tags.split(",") if tag.strip()]
    headed["title"] = headed["title"] if changes.title is None else changes.title
    # `op` names an untitled item after its category.
    headed["title"] = headed["title"] or headed["category"]
    return headed


def _change(item: Item, changes: Changes) -> Item:
    if changes.url is not None:
        set_website(item, changes.url)
    if changes.recipe is not None:
        if item["category"] not in GENERATES:
            message = "a password can be generated for Login and Password items only"
            raise InputError(message)
        set_password(item, make_password(parse_recipe(changes.recipe)))
    return item


def _place(engine: Engine, vault: str | None, template: Item) -> Vault:
    inside = template.get("vault")
    named = vault or (inside.get("id") or inside.get("name") if isinstance(inside, dict) else None)
    return default_vault(engine, verb="create") if named is None else find_vault(engine, named)


def _create(engine: Engine, place: Vault, items: list[Item]) -> list[Item]:
    if len(items) == 1:
        return [drive(engine.items.create(place["id"], items[0]))]
    made = drive(engine.items.create_all(place["id"], items))
    for position, one in enumerate(made, start=1):
        if isinstance(one, StrongroomError):
            message = f"item {position} of {len(items)} was not created: {one.message}"
            raise type(one)(message, hint=one.hint, tag=one.tag)
    return [one for one in made if not isinstance(one, StrongroomError)]


def _write(invocation: Invocation, one: Item, place: Vault, *, reveal: bool) -> None:
    output = invocation.output
    if output.wants_json:
        output.json(item_json(one, place))
    else:
        write_item(output, one, place, reveal=reveal, style=invocation.time_style)
