"""What an item may be: limits, ids, sections, values. All faults are told at once.

Source: specs/formats.md sections 9 and 17; texts of the SDK where it has one.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import msgspec

from strongroom.documents import breaks_lines
from strongroom.errors import InvalidItemError
from strongroom.items.codec import Document, rows_by, shown_category
from strongroom.items.models import CATEGORIES, KEY_PARTS, NOTES_ID, UNSUPPORTED, ItemShape
from strongroom.items.rows import is_same_field
from strongroom.items.templates import template_of
from strongroom.items.values import find_value_fault
from strongroom.limits import (
    FIELDS_PER_ITEM_MAX,
    FILES_PER_ITEM_MAX,
    OPAQUE_ID_CHARACTERS_MAX,
    TAGS_PER_ITEM_MAX,
    WEBSITES_PER_ITEM_MAX,
)

Row = dict[str, Any]

_PREFIX = "invalid user input: encountered the following errors: "
# The SDK's text.
_NOT_EDITED: Final = "Editing is not supported for unsupported fields"
_COUNTS = (
    ("fields", FIELDS_PER_ITEM_MAX),
    ("tags", TAGS_PER_ITEM_MAX),
    ("websites", WEBSITES_PER_ITEM_MAX),
    ("files", FILES_PER_ITEM_MAX),
)
# The SDK gives a custom one-time password of the first id the second one.
_RENAMED: Final = {"onetimepassword": "TOTP_onetimepassword"}


def check_item(
    item: Document, *, overview: Document | None = None, details: Document | None = None
) -> None:
    """Refuse an item whose parts contradict each other.

    Args:
        overview: The stored overview, for an item that is changed.
        details: The stored details, likewise; fields that are as stored are not judged again.

    Raises:
        InvalidItemError: With every fault in its message, never a value.
    """
    faults = _shape_faults(item) or [
        *_category_faults(item=item, overview=overview),
        *_count_faults(item),
        *_id_faults(item),
        *_title_faults(item=item, overview=overview or {}, details=details or {}),
        *_new_id_faults(item=item, details=details or {}),
        *_link_faults(item),
        *_value_faults(item=item, details=details or {}),
    ]
    if faults:
        raise InvalidItemError(_PREFIX + "; ".join(faults), tag="itemValidationError")


def rename_fields(item: Document) -> Document:
    """Give a custom one-time password field the id that the SDK gives it."""
    fields = item["fields"]
    return (
        {**item, "fields": [_renamed(one) for one in fields]} if isinstance(fields, list) else item
    )


def complete_sections(item: Document) -> Document:
    """Put custom fields without a section into the untitled one; make missing sections.

    Those are the untitled one, and any that a file names; of a field that is a fault.
    """
    built_in = template_of(item["category"]).fields
    outside = {one.id for one in built_in.values() if one.section_id is None}
    fields = [_in_section(field, outside) for field in item["fields"]]
    known = {section["id"] for section in item["sections"]}
    used = [field["sectionId"] for field in fields if field.get("sectionId") == ""]
    used += [file["sectionId"] for file in item["files"] if isinstance(file.get("sectionId"), str)]
    made = [{"id": one, "title": ""} for one in dict.fromkeys(used) if one not in known]
    return {**item, "fields": fields, "sections": [*item["sections"], *made]}


def _renamed(field: Any) -> Any:
    if not isinstance(field, dict) or field.get("fieldType") != "Totp":
        return field
    identifier = field.get("id")
    name = _RENAMED.get(identifier) if isinstance(identifier, str) else None
    return field if name is None else {**field, "id": name}


def _in_section(field: Row, outside: set[str]) -> Row:
    if field.get("sectionId") is not None or field["id"] in outside:
        return field
    return {**field, "sectionId": ""}


def _shape_faults(item: Document) -> list[str]:
    """Return why the item has another shape than readers expect; places, never values."""
    try:
        msgspec.convert(item, ItemShape)
        msgspec.json.encode(item)
    except msgspec.ValidationError as error:
        return [f"a part of the item has the wrong type ({_without_values(str(error))})"]
    except (TypeError, OverflowError):
        return ["a part of the item cannot be stored"]
    except UnicodeEncodeError:
        return ["a text contains half of a character (a lone surrogate)"]
    return []


def _without_values(text: str) -> str:
    """Return the reader's words; those on a false choice would quote what was chosen."""
    return text if text.startswith("Expected") or " - at `$" not in text else _place_of(text)


def _place_of(text: str) -> str:
    return "Unexpected value - at " + text.rpartition(" - at ")[2]


def _category_faults(*, item: Document, overview: Document | None) -> list[str]:
    """Refuse what no client knows; an item that has such a category keeps it."""
    known = item["category"] in CATEGORIES
    kept = overview is not None and item["category"] == shown_category(overview)
    return [] if known or kept else ["the category is not one that can be stored"]


def _count_faults(item: Document) -> list[str]:
    return [
        f"an item has at most {most} {key}"
        for key, most in _COUNTS
        if len(item.get(key, ())) > most
    ]


def _id_faults(item: Document) -> list[str]:
    ids = [str(row.get("id")) for row in item["fields"]]
    ids += [str(row.get("fieldId")) for row in item.get("files", ())]
    faults = [f"field id '{name}' occurs twice" for name, n in Counter(ids).items() if n > 1]
    long = [name for name in ids if not 1 <= len(name) <= OPAQUE_ID_CHARACTERS_MAX]
    faults += [f"a field id has 1 to {OPAQUE_ID_CHARACTERS_MAX} characters"] if long else []
    sections = Counter(str(row.get("id")) for row in item["sections"])
    faults += [f"section id '{name}' occurs twice" for name, n in sections.items() if n > 1]
    if any(len(name) > OPAQUE_ID_CHARACTERS_MAX for name in sections):
        faults.append(f"a section id has at most {OPAQUE_ID_CHARACTERS_MAX} characters")
    return faults


def _title_faults(*, item: Document, overview: Document, details: Document) -> list[str]:
    """Refuse new titles, tags and addresses of more than one line; what is stored stays."""
    broken = breaks_lines(item["title"]) and item["title"] != overview.get("title")
    faults = ["the title holds a NUL or a line end"] if broken else []
    faults += [
        f"a {word} holds a NUL or a line end"
        for word, given, kept in (
            ("tag", item["tags"], overview.get("tags")),
            ("website's address", _addresses(item), _addresses(overview)),
        )
        if any(breaks_lines(text) and text not in (kept or []) for text in given)
    ]
    for key, word in (("fields", "field"), ("sections", "section")):
        stored = rows_by(details.get(key), "id")
        faults += [
            f"the title of {word} '{row['id']}' holds a NUL or a line end"
            for row in item[key]
            if breaks_lines(row.get("title", ""))
            and row.get("title") != stored.get(row["id"], {}).get("title")
        ]
    return faults


def _addresses(document: Document) -> list[str]:
    return list(rows_by(document.get("websites"), "url"))


def _new_id_faults(*, item: Document, details: Document) -> list[str]:
    """Refuse new ids that mean something else, or are no line; what is stored already stays."""
    meanings = {NOTES_ID: "the item's notes"}
    if item["category"] == "SshKey":
        meanings |= {one.id: "what is computed from the private key" for one in KEY_PARTS}
    stored = {*rows_by(details.get("fields"), "id"), *rows_by(details.get("files"), "fieldId")}
    ids = [row["id"] for row in item["fields"]]
    ids += [str(row.get("fieldId", "")) for row in item["files"]]
    new = [name for name in dict.fromkeys(ids) if name not in stored]
    faults = [
        f"field id '{name}' is reserved for {meanings[name]}" for name in new if name in meanings
    ]
    # Without the id: the line would end in it.
    broken = any(breaks_lines(name) for name in new)
    return [*faults, "a field id holds a NUL or a line end"] if broken else faults


def _link_faults(item: Document) -> list[str]:
    known = {row.get("id") for row in item["sections"]}
    return [
        f"field {row.get('id')} was linked to section id '{row['sectionId']}', "
        "but no section with this id exists"
        for row in item["fields"]
        if row.get("sectionId") not in (None, "") and row["sectionId"] not in known
    ]


def _value_faults(*, item: Document, details: Document) -> list[str]:
    stored = rows_by(details.get("fields"), "id")
    changed = [
        row
        for row in item["fields"]
        if row["id"] not in stored or not is_same_field(shown=row, stored=stored[row["id"]])
    ]
    faults = [_NOT_EDITED] if any(row.get("fieldType") == UNSUPPORTED for row in changed) else []
    found = (find_value_fault(row) for row in changed if row.get("fieldType") != UNSUPPORTED)
    faults += [fault for fault in found if fault is not None]
    keys = [row["id"] for row in item["fields"] if row.get("fieldType") == "SshKey"]
    if any(row.get("fieldType") == "SshKey" for row in changed):
        if item["category"] != "SshKey":
            faults.append(f"field '{keys[0]}' holds an SSH key, which only SshKey items do")
        if len(keys) > 1:
            faults.append(f"an item has at most one SSH key, not {', '.join(keys)}")
    return faults
