"""File assignments: `name[file]=path` attaches, `name[delete]` removes.

`[file]=path`, without a name, takes the file's own. A file of the same name in
the same section is replaced. An item on its way has its new files in `files`,
as `NewFile`s beside the rows that it was shown with; `put_item` tells them
apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from strongroom.cli.item.assign import named_sections, place_section, several_meant
from strongroom.cli.item.assignments import DELETE, FILE, STANDARD_INPUT, Assignment
from strongroom.cli.item.input import make_field_id
from strongroom.cli.item.output import shown_file
from strongroom.cli.program.contents import content_of_statement
from strongroom.client.runtime import drive
from strongroom.errors import InputError
from strongroom.items.fields import fields_meant, is_named, is_stored

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.items.shown import FieldDict, ItemDict

Item: TypeAlias = "ItemDict"
Row = dict[str, Any]


def apply_files(item: Item, statements: Sequence[Assignment]) -> tuple[Item, list[Assignment]]:
    """Return an item with the statements about files carried out, and those about fields.

    Raises:
        InputError: A statement without a path.
        AmbiguousError: A deletion that several files fit.
        LocalFileError: A path that cannot be read.
    """
    changed: Item = {
        **item,
        "files": list(item.get("files") or []),
        "sections": [{**section} for section in item.get("sections") or []],
    }
    rest = [one for one in statements if not _applied(changed, one)]
    return changed, rest


def put_item(engine: Engine, *, before: Item, changed: Item) -> Item:
    """Put a changed item, with its new files and without those that were removed."""
    kept = [row for row in changed.get("files") or [] if isinstance(row, dict)]
    add = [row for row in changed.get("files") or [] if not isinstance(row, dict)]
    gone = _ids(before.get("files") or []) - _ids(kept)
    return drive(engine.items.put({**changed, "files": kept}, add=add, drop=gone))


def _ids(rows: list[Row]) -> set[str]:
    return {row["attributes"]["id"] for row in rows}


def _applied(item: Item, statement: Assignment) -> bool:
    if statement.field_type == FILE:
        _attach(item, statement)
        return True
    if statement.field_type != DELETE:
        return False
    inside = named_sections(item, statement)
    fitting = fields_meant(item, statement.field, sections=inside)
    # Notes and what is computed cannot be removed, but a file of such a name can.
    if any(is_stored(field, item) for field in fitting):
        return False
    meant = _file_meant(item, statement, inside)
    left = [row for row in item["files"] if row is not meant]
    gone = {row["sectionId"] for row in item["files"] if row not in left}
    item["files"] = left
    used = {one.get("sectionId") for one in [*(item.get("fields") or []), *map(shown_file, left)]}
    empty = gone - used
    # As with a field, a section goes with its last part.
    item["sections"] = [one for one in item["sections"] if one["id"] not in empty]
    return bool(gone)


def _attach(item: Item, statement: Assignment) -> None:
    # Exposed to be opened: it is a path and no secret.
    path = "" if statement.value is None else statement.value.expose()
    if not path or path == STANDARD_INPUT:
        message = f"{statement.counted} attaches a file but names none"
        raise InputError(message, hint="write name[file]=PATH")
    content = content_of_statement(Path(path), statement.counted)
    name = statement.field or content.name
    section = "" if statement.section is None else place_section(item, statement.section)
    item["files"] = [
        row for row in item["files"] if not _has_place(row, name=name, section=section)
    ]
    new = content.new_file(name, section_id=section, field_id=make_field_id())
    item["files"].append(new)


def _file_meant(item: Item, statement: Assignment, inside: set[str] | None) -> Row | None:
    """Return the one file that a statement means: an ID or exact name, then outside sections.

    Args:
        inside: The ids of the sections that the statement names, if it names one.

    Raises:
        AmbiguousError: It still fits several.
    """
    fitting = [
        row
        for row in item["files"]
        if isinstance(row, dict)
        and (inside is None or row["sectionId"] in inside)
        and _has_name(row, statement.field)
    ]
    exact = [row for row in fitting if statement.field in _names(row)]
    fitting = exact or fitting
    fitting = [row for row in fitting if not row["sectionId"]] or fitting
    if len(fitting) > 1:
        ids = tuple(row["attributes"]["id"] for row in fitting)
        hint = "write its ID, or its section too: section.name"
        raise several_meant("file", name=fitting[0]["attributes"]["name"], ids=ids, hint=hint)
    return fitting[0] if fitting else None


def _names(file: Row) -> tuple[str, str, str]:
    return file["attributes"]["id"], file["fieldId"], file["attributes"]["name"]


def _has_name(file: Row, asked: str) -> bool:
    attributes = file["attributes"]
    named: FieldDict = {"id": file["fieldId"], "title": attributes["name"]}
    return asked == attributes["id"] or is_named(named, asked)


def _has_place(file: Any, *, name: str, section: str) -> bool:
    if isinstance(file, dict):
        return (file["attributes"]["name"], file["sectionId"]) == (name, section)
    return (file.name, file.section_id) == (name, section)
