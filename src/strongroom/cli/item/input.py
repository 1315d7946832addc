"""From JSON templates to the SDK's item; assignments follow in `item_assign`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from strongroom.cli.program.files import parse_json, read_limited
from strongroom.cli.program.shapes import (
    CATEGORIES,
    parse_category,
    parse_json_type,
    to_sdk_value,
)
from strongroom.cli.program.ui import printable
from strongroom.crypto.public.randomness import make_bytes
from strongroom.errors import InputError
from strongroom.ids import ID_BYTES, format_id
from strongroom.items.models import KEY_PARTS, NOTES_ID, UNSUPPORTED
from strongroom.items.rows import ADDRESS, ADDRESS_PARTS

if TYPE_CHECKING:
    from strongroom.items.shown import FieldDict, ItemDict, SectionDict, WebsiteDict

# A field that signs in needs no id in a template.
_IDS_BY_PURPOSE: Final = {"USERNAME": "username", "PASSWORD": "password"}

Item: TypeAlias = "ItemDict"
Row = dict[str, Any]


def load_template(path: Path) -> list[Row]:
    """Read a JSON template from a file.

    Raises:
        LocalFileError: The file cannot be read.
        InputError: It holds no template.
    """
    raw = read_limited(path, what="the template")
    return parse_templates(raw, what=f"the template {path}")


def parse_templates(raw: bytes, *, what: str) -> list[Row]:
    """Read one item or an array of items; what is wrong is said without its content.

    Raises:
        InputError: Not JSON, or not an object or an array of objects.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = f"{what} is not UTF-8"
        raise InputError(message) from None
    value = parse_json(text, what=what)
    rows = value if isinstance(value, list) else [value]
    if not rows or not all(isinstance(row, dict) for row in rows):
        message = f"{what} does not hold an item"
        raise InputError(message, hint="see the output of `op item get ITEM --format json`")
    return cast("list[Row]", rows)


def apply_template(item: Item, template: Mapping[str, Any]) -> Item:
    """Return an item with what a template says; facts such as id and times are passed over.

    Fields keep what the command line cannot express, by their ids.

    Raises:
        InputError: A part with a wrong type, or an unknown category or field type.
    """
    changed: Item = {**item}
    if "title" in template:
        changed["title"] = _text(template, "title")
    # An item of a kind that is not known keeps it; its own JSON may come back as a template.
    kept = (item.get("category"), template.get("category")) == (
        UNSUPPORTED,
        CATEGORIES[UNSUPPORTED],
    )
    if template.get("category") and not kept:
        changed["category"] = parse_category(_text(template, "category"))
    if "tags" in template:
        changed["tags"] = [str(tag) for tag in _rows(template, "tags", str)]
    if template.get("favorite") is not None:
        changed["favorite"] = _true_or_false(template, "favorite")
    if "urls" in template:
        changed["websites"] = [make_website(row) for row in _rows(template, "urls", dict)]
    if "fields" in template:
        _apply_fields(changed=changed, item=item, template=template)
    return changed


def _apply_fields(*, changed: Item, item: Item, template: Mapping[str, Any]) -> None:
    known = {field["id"]: field for field in item.get("fields") or []}
    rows = _without_computed(_rows(template, "fields", dict), known)
    notes = [row for row in rows if _is_notes(row)]
    if len(notes) > 1:
        message = "the template gives the notes more than once"
        raise InputError(message)
    changed["fields"] = [_field(row, known) for row in rows if row not in notes]
    if notes:
        changed["notes"] = _value(notes[0], "the notes")
    sections = [_section(row) for row in _rows(template, "sections", dict)]
    named = {section["id"] for section in sections}
    for field, row in zip(changed["fields"], (r for r in rows if r not in notes), strict=True):
        section_id = field.get("sectionId")
        if section_id and section_id not in named:
            # A field may bring its section along without its being listed.
            sections.append(_section(row["section"]))
            named.add(section_id)
    untitled = [one for one in item.get("sections") or [] if one["id"] == ""]
    changed["sections"] = [*sections, *untitled]


def _is_notes(row: Row) -> bool:
    identifier = row.get("id") or row.get("label")
    return identifier == NOTES_ID or row.get("purpose") == "NOTES"


def _field(row: Row, known: Mapping[str, FieldDict]) -> FieldDict:
    purpose = str(row.get("purpose") or "")
    identifier = str(row.get("id") or "") or _IDS_BY_PURPOSE.get(purpose) or make_field_id()
    base: Row = dict(known.get(identifier, {}))
    label = str(row.get("label") or base.get("title") or identifier)
    field_type = parse_json_type(str(row.get("type") or "STRING"))
    what = f'the field "{printable(label)}"'
    value = to_sdk_value(field_type=field_type, value=_value(row, what), what=what)
    if base.get("fieldType") != field_type or base.get("value") != value:
        # Details belong to the value that they were made with.
        base.pop("details", None)
        if field_type == ADDRESS:
            base["details"] = address_details(value)
    base |= {"id": identifier, "title": label, "fieldType": field_type, "value": value}
    section = row.get("section")
    if isinstance(section, dict) and section.get("id"):
        base["sectionId"] = str(section["id"])
    elif base.get("sectionId"):
        del base["sectionId"]
    return cast("FieldDict", base)


def _value(row: Row, what: str) -> str:
    """Return the value of a template's field; a number stands for its digits."""
    value = row.get("value")
    if isinstance(value, bool | float | dict | list):
        message = f"the value of {what} in the template is not text"
        raise InputError(message)
    return "" if value is None else str(value)


def _without_computed(rows: list[Row], known: Mapping[str, FieldDict]) -> list[Row]:
    """Return fields without those that are computed from a private key among them."""
    if all(row.get("type") != "SSHKEY" for row in rows):
        return rows
    computed = {one.id for one in KEY_PARTS} - set(known)
    return [row for row in rows if row.get("id") not in computed]


def address_details(value: str) -> Row | None:
    """Return the details of an address that is given as one text: all of it is the street."""
    parts = dict.fromkeys(ADDRESS_PARTS, "")
    return {"type": ADDRESS, "content": parts | {"street": value}} if value else None


def _section(row: Row) -> SectionDict:
    return {"id": str(row.get("id") or ""), "title": str(row.get("label") or "")}


def make_website(address: Row) -> WebsiteDict:
    """Return the SDK's website of a template's URL."""
    return {
        "url": str(address.get("href") or ""),
        "label": str(address.get("label") or "website"),
        "autofillBehavior": "AnywhereOnWebsite",
    }


def _text(template: Mapping[str, Any], key: str) -> str:
    value = template[key]
    if not isinstance(value, str):
        message = f'"{key}" in the template is not text'
        raise InputError(message)
    return value


def _true_or_false(template: Mapping[str, Any], key: str) -> bool:
    value = template[key]
    if not isinstance(value, bool):
        message = f'"{key}" in the template is neither true nor false'
        raise InputError(message)
    return value


def _rows(template: Mapping[str, Any], key: str, kind: type) -> list[Any]:
    rows = template.get(key) or []
    if not isinstance(rows, list) or not all(isinstance(row, kind) for row in rows):
        message = f'"{key}" in the template is not a list of the right kind'
        raise InputError(message)
    return rows


def make_field_id() -> str:
    """Return the id of a new field or section."""
    return format_id(make_bytes(ID_BYTES))
