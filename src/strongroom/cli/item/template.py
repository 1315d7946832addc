"""`op item template …`: the built-in fields of each category, to be filled in."""

from __future__ import annotations

import json
from typing import Any, Final

import click

from strongroom.cli.program.files import parse_json, take_out_file, write_secret_file
from strongroom.cli.program.framework import Noun, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.shapes import (
    CATEGORIES,
    parse_category,
)
from strongroom.cli.program.stdin import NAMES
from strongroom.errors import InputError
from strongroom.items.attributes import FIELD_TYPE_WORDS, GENERATES, purpose
from strongroom.items.models import NOTES_ID
from strongroom.items.templates import template_of, templates

Row = dict[str, Any]

_WHAT: Final = "the category"


@click.group("template", cls=Noun)
def template() -> None:
    """Templates of items: JSON to fill in, for `op item create --template`."""


@template.command("list")
@pass_invocation
def list_templates(invocation: Invocation) -> None:
    """List the categories."""
    rows = [(one.number, one.name) for one in templates().values() if one.number]
    if invocation.output.wants_json:
        invocation.output.json([{"uuid": number, "name": name} for number, name in rows])
    else:
        invocation.output.table(("UUID", "NAME"), rows)


@template.command("get")
@click.argument("category", required=False)
@click.option("-o", "--out-file", metavar="PATH", help="Write to a file; print its path.")
@click.option(
    "--file-mode", metavar="MODE", default="0600", help="Mode of the file, in octal digits."
)
@flag("-f", "--force", help="Overwrite a file without asking.")
@pass_invocation
def get(
    invocation: Invocation,
    *,
    category: str | None,
    out_file: str | None,
    file_mode: str,
    force: bool,
) -> None:
    """Print templates of categories as JSON: one by name, or those that standard input names."""
    target = take_out_file(path=out_file, mode=file_mode, force=force)
    names = [category] if category not in (None, *NAMES) else _from_input(invocation)
    rows = [template_json(find_category(name)) for name in names if name is not None]
    texts = [json.dumps(row, indent=2, ensure_ascii=False) for row in rows]
    if target is None:
        invocation.output.line("\n".join(texts))
        return
    write_secret_file(target, "\n".join([*texts, ""]).encode())
    invocation.output.line(str(target.path))


def template_json(category: str) -> Row:
    """Return the template of a category as `op` has it, to be filled in."""
    known = template_of(category)
    row: Row = {"title": "", "category": CATEGORIES[category]}
    sections = [{"id": one, "label": title} for one, title in known.sections.items()]
    if sections:
        row["sections"] = sections
    fields = []
    for field in known.fields.values():
        made: Row = {"id": field.id}
        if field.section_id is not None:
            label = known.sections[field.section_id]
            made["section"] = {"id": field.section_id, "label": label}
        made["type"] = FIELD_TYPE_WORDS[field.field_type]
        meaning = purpose(category=category, field_id=field.id, field_type=field.field_type)
        if meaning is not None:
            made["purpose"] = meaning
        fields.append({**made, "label": field.title, "value": ""})
    notes = {"id": NOTES_ID, "type": "STRING", "purpose": "NOTES", "label": NOTES_ID, "value": ""}
    # What signs in comes before its notes.
    row["fields"] = [*fields, notes] if category in GENERATES else [notes, *fields]
    return row


def find_category(name: str) -> str:
    """Return the SDK's name of a category, by name or by number.

    Raises:
        InputError: No such category.
    """
    by_number = {one.number: category for category, one in templates().items() if one.number}
    return by_number.get(name.strip()) or parse_category(name.strip())


def _from_input(invocation: Invocation) -> list[str | None]:
    """Read categories: one per line, or the JSON of `op item template list`."""
    if not invocation.input.is_usable:
        message = "say which template"
        raise InputError(message, hint="name a category; `op item template list` shows them")
    text = invocation.input.take_text(_WHAT).strip()
    if not text.startswith(("{", "[")):
        return [line for line in text.splitlines() if line.strip()]
    value = parse_json(text, what="standard input")
    rows = value if isinstance(value, list) else [value]
    names = [row.get("name") or row.get("uuid") for row in rows if isinstance(row, dict)]
    if len(names) != len(rows) or not all(isinstance(name, str) for name in names):
        message = "standard input holds a JSON object without a name"
        raise InputError(message)
    return names
