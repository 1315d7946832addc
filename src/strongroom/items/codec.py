"""Between the SDK's item and the two documents that are sealed.

The overview holds what lists show; the details hold the rest. Unknown keys of
the stored documents are carried along by every writer; facts of the signed
record (id, version, times, state) and computed values are never stored.
Source: specs/formats.md section 9.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from strongroom.clock import format_time
from strongroom.documents import text_of
from strongroom.errors import InputError, IntegrityError
from strongroom.ids import format_id
from strongroom.items.models import CATEGORIES, ItemDict, ItemShape
from strongroom.items.otp import compute_otp, parse_otp
from strongroom.wire.revisions import Revision, State

_OVERVIEW_KEYS: Final = ("title", "category", "tags", "websites")
_DETAILS_KEYS: Final = ("fields", "sections", "notes", "files", "document")
# Rows of an item: the key that names a row, and the keys that this release knows.
_ROW_KEYS: Final[dict[str, tuple[str, frozenset[str]]]] = {
    "fields": ("id", frozenset({"id", "title", "sectionId", "fieldType", "value", "details"})),
    "sections": ("id", frozenset({"id", "title"})),
    "websites": ("url", frozenset({"url", "label", "autofillBehavior"})),
    "files": ("id", frozenset({"id", "name", "size", "sectionId", "fieldId"})),
}
# Values of these kinds are computed from the field's value when it is read.
_COMPUTED_DETAILS: Final = frozenset({"Otp", "SshKey"})
_STATE_NAMES: Final = {State.ACTIVE: "active", State.ARCHIVED: "archived", State.DELETED: "deleted"}

Document = dict[str, Any]


def normalise_item(item: ItemDict) -> ItemDict:
    """Fill in what an item may leave out."""
    return {
        "title": item.get("title", ""),
        "category": item.get("category", ""),
        "tags": item.get("tags") or [],
        "websites": item.get("websites") or [],
        "fields": item.get("fields") or [],
        "sections": item.get("sections") or [],
        "notes": item.get("notes") or "",
        "files": item.get("files") or [],
        "document": item.get("document"),
    }


def split_item(
    item: ItemDict, *, overview: Document | None = None, details: Document | None = None
) -> tuple[Document, Document]:
    """Return the overview and details of a normalised item.

    Args:
        overview: The stored overview, whose unknown keys are carried along.
        details: The stored details, likewise.
    """
    before = {**(overview or {}), **(details or {})}
    rows = {
        key: _carry(item[key], before.get(key, []), known, name=name)
        for key, (name, known) in _ROW_KEYS.items()
    }
    new_overview = _unknown(overview, _OVERVIEW_KEYS) | {key: item[key] for key in _OVERVIEW_KEYS}
    new_overview["websites"] = rows["websites"]
    new_details = _unknown(details, _DETAILS_KEYS) | {
        "fields": [_stored_field(field) for field in rows["fields"]],
        "sections": rows["sections"],
        "notes": item["notes"],
    }
    if item["files"]:
        new_details["files"] = rows["files"]
    if item["document"] is not None:
        new_details["document"] = item["document"]
    return new_overview, new_details


def join_item(revision: Revision, overview: Document, details: Document, *, now: int) -> ItemDict:
    """Return the SDK's item of an opened revision.

    Raises:
        IntegrityError: Its author sealed something that has not an item's shape.
    """
    item = join_overview(revision, overview) | {
        "fields": details.get("fields", []),
        "sections": details.get("sections", []),
        "notes": details.get("notes", ""),
        "files": details.get("files", []),
    }
    if details.get("document") is not None:
        item["document"] = details["document"]
    if not _has_shape(item):
        message = f"item {item['id']} does not hold what an item holds"
        raise IntegrityError(message, layer="document")
    item["fields"] = [_shown_field(field, now) for field in item["fields"]]
    return item


def join_overview(revision: Revision, overview: Document) -> ItemDict:
    """Return the SDK's overview of an opened revision.

    One that has not the shape of an overview is shown as a kind that we do
    not know, so that it does not hide the other items of a list.
    """
    category = text_of(overview, "category")
    shown = {
        "id": format_id(revision.object),
        "title": text_of(overview, "title"),
        "category": category if category in CATEGORIES else "Unsupported",
        "vaultId": format_id(revision.container),
        "tags": overview.get("tags", []),
        "websites": overview.get("websites", []),
        "version": revision.version,
        "createdAt": format_time(revision.created_ms),
        "updatedAt": format_time(revision.updated_ms),
        "state": _STATE_NAMES[State(revision.state)],
    }
    if not _has_shape(shown | {"fields": [], "sections": [], "notes": "", "files": []}):
        shown |= {"category": "Unsupported", "tags": [], "websites": []}
    return shown


def _has_shape(item: ItemDict) -> bool:
    try:
        msgspec.convert(item, ItemShape)
    except msgspec.ValidationError:
        return False
    return True


def compute_code(value: str, now: int) -> Document:
    """Return what the SDK shows of a one-time password field."""
    try:
        return {"code": compute_otp(parse_otp(value), now), "errorMessage": None}
    except InputError as error:
        return {"code": None, "errorMessage": error.message}


def _carry(
    rows: list[Document], stored: list[Document], known: frozenset[str], *, name: str
) -> list[Document]:
    """Return rows with the unknown keys of the stored row of the same name."""
    kept = {row.get(name): row for row in stored}
    return [
        {key: value for key, value in kept.get(row.get(name), {}).items() if key not in known} | row
        for row in rows
    ]


def _stored_field(field: Document) -> Document:
    stored = {key: value for key, value in field.items() if value is not None}
    details = stored.get("details")
    if isinstance(details, dict) and details.get("type") in _COMPUTED_DETAILS:
        del stored["details"]
    return stored


def _shown_field(field: Document, now: int) -> Document:
    if field.get("fieldType") != "Totp":
        return field
    return {
        **field,
        "details": {"type": "Otp", "content": compute_code(field.get("value", ""), now)},
    }


def _unknown(document: Document | None, known: tuple[str, ...]) -> Document:
    return {key: value for key, value in (document or {}).items() if key not in known}
