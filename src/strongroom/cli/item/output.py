"""Items as `op` shows them: JSON and human text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from strongroom.cli.item.ssh import KEY_TYPE, format_openssh
from strongroom.cli.program.shapes import CATEGORIES, CONCEALED_TYPES, size_text, to_json_value
from strongroom.cli.program.times import TimeStyle, json_time
from strongroom.cli.program.ui import BLOCK_COLUMN, Output, printable
from strongroom.items.attributes import FIELD_TYPE_WORDS, UNKNOWN_TYPE, purpose
from strongroom.items.fields import list_fields

if TYPE_CHECKING:
    from strongroom.items.shown import FieldDict, ItemDict, SectionDict
    from strongroom.vaults.models import VaultDict

Item: TypeAlias = "ItemDict"
Vault: TypeAlias = "VaultDict"
Row = dict[str, Any]

# What a row says of its state; `op` says nothing of active items.
_STATES: Final = {"archived": "ARCHIVED", "deleted": "DELETED"}

# What a part of a reference may hold (specs, references); anything else goes by id.
_REFERENCE_PART: Final = re.compile(r"[A-Za-z0-9_.-](?:[A-Za-z0-9_. -]*[A-Za-z0-9_.-])?")


def overview_json(item: Item, vault: Vault) -> Row:
    """Return the JSON of a list's row; empty keys are left out."""
    row = {
        "id": item.get("id"),
        "title": item.get("title"),
        "favorite": item.get("favorite") or None,
        "tags": item.get("tags"),
        "version": item.get("version"),
        "vault": {"id": vault["id"], "name": vault["title"]},
        "category": CATEGORIES.get(item.get("category", ""), "UNKNOWN"),
        "last_edited_by": item.get("lastEditedBy"),
        "state": _STATES.get(item.get("state") or ""),
        "created_at": json_time(item.get("createdAt") or "") or None,
        "updated_at": json_time(item.get("updatedAt") or "") or None,
        "additional_information": _additional(item),
        "urls": _urls(item),
    }
    return {key: value for key, value in row.items() if value not in (None, [], "")}


def item_json(item: Item, vault: Vault) -> Row:
    """Return the JSON of a whole item, with its real values."""
    row = overview_json(item, vault)
    sections = [_section_json(one) for one in item.get("sections") or [] if one["id"] != ""]
    if sections:
        row["sections"] = sections
    row["fields"] = [field_json(field, item, vault) for field in list_fields(item)]
    files = [_file_json(file, item=row) for file in _shown_files(item)]
    if files:
        row["files"] = files
    return row


def field_json(field: FieldDict, item: Item, vault: Vault) -> Row:
    """Return the JSON of one field."""
    field_type = field.get("fieldType", "Text")
    row = {
        "id": field["id"],
        "section": field_section(field, item),
        "type": FIELD_TYPE_WORDS.get(field_type, UNKNOWN_TYPE),
        "purpose": purpose(category=item["category"], field_id=field["id"], field_type=field_type),
        "label": field.get("title"),
        "value": to_json_value(field_type=field_type, value=field.get("value") or ""),
        "totp": one_time_code(field),
        "reference": format_reference(field, item, vault),
        "ssh_formats": _ssh_formats(field, item, vault),
    }
    return {key: value for key, value in row.items() if value not in (None, "")}


def _ssh_formats(field: FieldDict, item: Item, vault: Vault) -> Row | None:
    value = field.get("value")
    text = format_openssh(value) if field.get("fieldType") == KEY_TYPE and value else None
    if text is None:
        return None
    reference = f"{format_reference(field, item, vault)}?ssh-format=openssh"
    return {"openssh": {"reference": reference, "value": text}}


def one_time_code(field: FieldDict) -> str | None:
    """Return the current code of a one-time password field, if it has one."""
    details = field.get("details")
    if field.get("fieldType") != "Totp" or not isinstance(details, dict):
        return None
    code = (details.get("content") or {}).get("code")
    return code if isinstance(code, str) else None


def format_reference(field: FieldDict, item: Item, vault: Vault) -> str:
    """Return the `op://` address of a field, by names where a reference can hold them."""
    section = field_section(field, item) or {}
    parts = [
        _part(vault["title"], identifier=vault["id"]),
        _part(item.get("title", ""), identifier=item.get("id", "")),
        *([_part(section.get("label", ""), identifier=section["id"])] if section else []),
        _part(field.get("title", ""), identifier=field["id"]),
    ]
    return "op://" + "/".join(parts)


def write_fields(
    output: Output, fields: Sequence[FieldDict], item: Item, vault: Vault, *, reveal: bool
) -> None:
    """Print chosen fields: one as its value, several as one line of CSV; JSON alike."""
    if output.wants_json:
        rows = [field_json(field, item, vault) for field in fields]
        output.json(rows[0] if len(rows) == 1 else rows)
        return
    values = [shown_value(field, item, reveal=reveal) for field in fields]
    if len(values) == 1:
        output.line(values[0])
        return
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    output.write(buffer.getvalue())


def shown_value(field: FieldDict, item: Item, *, reveal: bool) -> str:
    """Return a field's value for people: hidden if it is one to hide."""
    value: str = field.get("value") or ""
    if value and not reveal and field.get("fieldType") in CONCEALED_TYPES:
        return f"[use 'op item get {item.get('id') or 'ITEM'} --reveal' to reveal]"
    return value


def write_item(output: Output, item: Item, vault: Vault, *, reveal: bool, style: TimeStyle) -> None:
    """Print a whole item."""
    if output.wants_json:
        output.json(item_json(item, vault))
        return
    pairs = {
        "ID": item.get("id") or "",
        "Title": item["title"],
        "Vault": f"{vault['title']} ({vault['id']})",
        "State": (_STATES.get(item.get("state") or "") or "").lower(),
        "Created": style.show(item.get("createdAt") or ""),
        "Updated": style.show(item.get("updatedAt") or ""),
        "Favorite": str(item.get("favorite", False)).lower(),
        "Tags": ", ".join(item.get("tags") or []),
        "Version": str(item.get("version") or ""),
        "Category": CATEGORIES.get(item["category"], "UNKNOWN"),
    }
    output.block({name: value for name, value in pairs.items() if value})
    fields = [
        (field.get("title") or field["id"], shown_value(field, item, reveal=reveal))
        for field in list_fields(item)
        if field.get("value")
    ]
    _write_part(output, "Fields:", fields)
    urls = _urls(item)
    marked = [
        (url["label"], url["href"] + (" (primary)" if "primary" in url else "")) for url in urls
    ]
    _write_part(output, "URLs:", marked)
    _write_part(output, "Files:", [_describe_file(row) for row in _shown_files(item)])


def write_list(output: Output, rows: Sequence[tuple[Item, Vault]], *, style: TimeStyle) -> None:
    """Print many items, without their fields."""
    if output.wants_json:
        output.json([overview_json(item, vault) for item, vault in rows])
        return
    header = ("ID", "TITLE", "VAULT", "EDITED")
    output.table(
        header,
        (
            (
                item["id"],
                item["title"],
                vault["title"],
                style.show(item["updatedAt"]),
            )
            for item, vault in rows
        ),
    )


LONG_HEADER: Final = (
    "ID",
    "TITLE",
    "CATEGORY",
    "VAULT",
    "INFORMATION",
    "TAGS",
    "EDITED",
    "EDITED BY",
)


def long_row(
    item: Item, vault: Vault, *, names: Mapping[str, str], style: TimeStyle
) -> tuple[str, ...]:
    """Return what a long list says of a whole item, by `LONG_HEADER`.

    Args:
        names: Of those who may have edited it, by id; who has none is shown by id.
    """
    editor = item["lastEditedBy"]
    return (
        item["id"],
        item["title"],
        CATEGORIES.get(item["category"], "UNKNOWN"),
        vault["title"],
        _additional(item) or "",
        ", ".join(item.get("tags") or []),
        style.show(item["updatedAt"]),
        names.get(editor) or editor,
    )


def _write_part(output: Output, heading: str, pairs: Iterable[tuple[str, str]]) -> None:
    lines = [
        f"  {printable(name)}:".ljust(BLOCK_COLUMN) + printable(value) for name, value in pairs
    ]
    if lines:
        output.line("\n".join([heading, *lines]))


def field_section(field: FieldDict, item: Item) -> Row | None:
    """Return a field's section; the untitled default one is none at all."""
    section_id = field.get("sectionId")
    if not section_id:
        return None
    for section in item.get("sections") or []:
        if section["id"] == section_id:
            return _section_json(section)
    return {"id": section_id}


def _section_json(section: SectionDict) -> Row:
    return {"id": section["id"], **({"label": section["title"]} if section.get("title") else {})}


def _urls(item: Item) -> list[Row]:
    rows: list[Row] = []
    for position, website in enumerate(item.get("websites") or []):
        label = website.get("label") or "website"
        primary = {"primary": True} if position == 0 else {}
        rows.append({"label": label, **primary, "href": website["url"]})
    return rows


def _additional(item: Item) -> str | None:
    """Return what tells an item from its likes: the user's name, or the key's fingerprint."""
    for field in item.get("fields") or []:
        if field.get("fieldType") == KEY_TYPE:
            described = (field.get("details") or {}).get("content") or {}
            return described.get("fingerprint")
        if field["id"] == "username":
            return field.get("value") or None
    return None


def _file_json(file: Row, *, item: Row) -> Row:
    row: Row = {key: file[key] for key in ("id", "name", "size") if key in file}
    if "id" in file:
        path = f"/v1/vaults/{item['vault']['id']}/items/{item.get('id', '')}"
        row["content_path"] = f"{path}/files/{file['id']}/content"
    section = file.get("sectionId")
    return row | ({"section": {"id": section}} if section else {})


def _part(name: str, *, identifier: str) -> str:
    return name if _REFERENCE_PART.fullmatch(name) else identifier


def shown_file(file: Any) -> Row:
    """Return name, size and section of one file, stored or new."""
    if isinstance(file, dict):
        return {**file["attributes"], "sectionId": file.get("sectionId")}
    return {"name": file.name, "size": file.size, "sectionId": file.section_id}


def _shown_files(item: Item) -> list[Row]:
    """Return name, id, size and section of an item's files, the document among them."""
    document = item.get("document")
    rows = [{"attributes": document}] if isinstance(document, dict) else []
    return [shown_file(row) for row in [*rows, *(item.get("files") or [])]]


def _describe_file(file: Row) -> tuple[str, str]:
    """Return name and size of a shown file, for people."""
    return file["name"], size_text(file["size"])
