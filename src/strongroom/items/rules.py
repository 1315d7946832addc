"""What an item may be: limits, ids, sections. All faults are told at once.

Source: specs/formats.md sections 9 and 17; texts of the SDK where it has one.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from strongroom.errors import InvalidItemError
from strongroom.items.models import BUILT_IN_FIELDS, CATEGORIES, ItemDict, ItemShape
from strongroom.limits import (
    FIELDS_PER_ITEM_MAX,
    FILES_PER_ITEM_MAX,
    OPAQUE_ID_CHARACTERS_MAX,
    TAGS_PER_ITEM_MAX,
    WEBSITES_PER_ITEM_MAX,
)

_PREFIX = "invalid user input: encountered the following errors: "
_COUNTS = (
    ("fields", FIELDS_PER_ITEM_MAX),
    ("tags", TAGS_PER_ITEM_MAX),
    ("websites", WEBSITES_PER_ITEM_MAX),
    ("files", FILES_PER_ITEM_MAX),
)


def check_item(item: ItemDict) -> None:
    """Refuse an item whose parts contradict each other.

    Raises:
        InvalidItemError: With every fault in its message, never a value.
    """
    faults = _shape_faults(item) or [
        *_category_faults(item),
        *_count_faults(item),
        *_id_faults(item),
        *_link_faults(item),
    ]
    if faults:
        raise InvalidItemError(_PREFIX + "; ".join(faults), tag="itemValidationError")


def complete_sections(item: ItemDict) -> ItemDict:
    """Put custom fields without a section into the untitled one, made if it is missing."""
    built_in = BUILT_IN_FIELDS.get(item["category"], frozenset())
    fields = [_in_section(field, built_in) for field in item["fields"]]
    sections = list(item["sections"])
    used = {field.get("sectionId") for field in fields}
    if "" in used and all(section["id"] != "" for section in sections):
        sections.append({"id": "", "title": ""})
    return {**item, "fields": fields, "sections": sections}


def _in_section(field: dict[str, Any], built_in: frozenset[str]) -> dict[str, Any]:
    if field.get("sectionId") is not None or field["id"] in built_in:
        return field
    return {**field, "sectionId": ""}


def _shape_faults(item: ItemDict) -> list[str]:
    """Return why the item has another shape than readers expect; places, never values."""
    try:
        msgspec.convert(item, ItemShape)
        msgspec.json.encode(item)
    except msgspec.ValidationError as error:
        return [f"a part of the item has the wrong type ({error})"]
    except UnicodeEncodeError:
        return ["a text holds half of a character (a lone surrogate)"]
    return []


def _category_faults(item: ItemDict) -> list[str]:
    known = item["category"] in CATEGORIES
    return [] if known else ["the category is not one that can be stored"]


def _count_faults(item: ItemDict) -> list[str]:
    return [
        f"an item has at most {most} {key}"
        for key, most in _COUNTS
        if len(item.get(key, ())) > most
    ]


def _id_faults(item: ItemDict) -> list[str]:
    ids = [str(row.get("id")) for row in item["fields"]]
    ids += [str(row.get("fieldId")) for row in item.get("files", ())]
    faults = [f"field id '{name}' stands twice" for name, n in Counter(ids).items() if n > 1]
    long = [name for name in ids if not 1 <= len(name) <= OPAQUE_ID_CHARACTERS_MAX]
    faults += [f"a field id has 1 to {OPAQUE_ID_CHARACTERS_MAX} characters"] if long else []
    sections = Counter(str(row.get("id")) for row in item["sections"])
    faults += [f"section id '{name}' stands twice" for name, n in sections.items() if n > 1]
    if any(len(name) > OPAQUE_ID_CHARACTERS_MAX for name in sections):
        faults.append(f"a section id has at most {OPAQUE_ID_CHARACTERS_MAX} characters")
    return faults


def _link_faults(item: ItemDict) -> list[str]:
    known = {row.get("id") for row in item["sections"]}
    return [
        f"field {row.get('id')} was linked to section id '{row['sectionId']}', "
        "but no section with this id exists"
        for row in item["fields"]
        if row.get("sectionId") not in (None, "") and row["sectionId"] not in known
    ]
