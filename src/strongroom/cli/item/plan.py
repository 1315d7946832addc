"""What `op item create` and `op item edit` do to an item, apart from its template."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from strongroom.cli.item.assign import apply_assignments, set_password, set_website
from strongroom.cli.item.assignments import parse_assignments
from strongroom.cli.item.files import apply_files
from strongroom.cli.item.input import Item
from strongroom.cli.item.recipes import make_password, parse_recipe
from strongroom.cli.item.ssh import KEY_ID, make_key, set_key
from strongroom.cli.program.passwords import ask_value
from strongroom.cli.program.shapes import parse_category
from strongroom.cli.program.stdin import Input
from strongroom.errors import InputError
from strongroom.items.attributes import GENERATES
from strongroom.items.templates import default_parts
from strongroom.secret import Secret

Change: TypeAlias = Callable[[Item], Item]


class Changes(NamedTuple):
    """What a command line says about an item, apart from its template."""

    title: str | None
    category: str | None
    tags: str | None
    url: str | None
    recipe: str | None
    favorite: bool | None
    assignments: tuple[str, ...]
    key_kind: str | None = None

    def says_something(self) -> bool:
        """Return whether anything is to change."""
        return any(part is not None for part in self[:6]) or bool(self.assignments)


def plan_change(source: Input, changes: Changes, *, defaults: bool = False) -> Change:
    """Return what the command line does to any item; it wins over templates.

    Values are taken, and the password and key are drawn, once, however often it is done.

    Args:
        defaults: Whether the item is new, and begins with the built-in fields of its category.

    Raises:
        InputError: A malformed statement or recipe, or an unknown kind of key.
    """
    statements = parse_assignments(changes.assignments, lambda what: ask_value(source, what))
    password = None if changes.recipe is None else make_password(parse_recipe(changes.recipe))
    key = None if changes.key_kind is None else make_key(changes.key_kind)

    def change(item: Item) -> Item:
        headed = _headed(item, changes)
        if defaults:
            headed["fields"], headed["sections"] = default_parts(headed["category"])
        filed, rest = apply_files(headed, statements)
        changed = apply_assignments(filed, rest)
        _check_options(changes, before=filed, after=changed)
        if key is not None:
            set_key(changed, key)
        if changes.url is not None:
            set_website(changed, changes.url)
        if password is not None:
            _generate(changed, password)
        return changed

    return change


def _check_options(changes: Changes, *, before: Item, after: Item) -> None:
    """Refuse an option for what an assignment has set: one of the two would be lost."""
    options = (
        ("--url", changes.url, before["websites"] != after["websites"]),
        ("--generate-password", changes.recipe, _differs(before, after, field_id="password")),
        ("--ssh-generate-key", changes.key_kind, _differs(before, after, field_id=KEY_ID)),
    )
    for option, given, is_set in options:
        if given is not None and is_set:
            message = f"{option} and an assignment set the same field"
            raise InputError(message)


def _differs(before: Item, after: Item, *, field_id: str) -> bool:
    values = [
        next((field.get("value") or "" for field in item["fields"] if field["id"] == field_id), "")
        for item in (before, after)
    ]
    return values[0] != values[1]


def _headed(item: Item, changes: Changes) -> Item:
    """Set title, category, tags and mark; assignments depend on the category."""
    headed: Item = {**item}
    if changes.category is not None:
        headed["category"] = parse_category(changes.category)
    if not headed["category"]:
        message = "an item needs a category"
        raise InputError(message, hint="add --category, for example --category login")
    if changes.tags is not None:
        headed["tags"] = [tag.strip() for tag in changes.tags.split(",") if tag.strip()]
    if changes.favorite is not None:
        headed["favorite"] = changes.favorite
    headed["title"] = headed["title"] if changes.title is None else changes.title
    # `op` names an untitled item after its category.
    headed["title"] = headed["title"] or headed["category"]
    return headed


def _generate(item: Item, password: Secret[str]) -> None:
    if item["category"] not in GENERATES:
        message = "a password can be generated only for Login and Password items"
        raise InputError(message)
    set_password(item, password)
