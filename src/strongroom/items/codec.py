"""Between the SDK's item and the two documents that are sealed.

The overview holds what lists show; the details hold the rest. Unknown keys of
the stored documents are carried along by every writer, and a part that was not
changed is stored as it was; facts of the signed record (id, version, times,
state) and computed values are never stored.
Source: specs/formats.md section 9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from strongroom.clock import format_time
from strongroom.documents import text_of
from strongroom.errors import IntegrityError
from strongroom.ids import format_id
from strongroom.items.models import CATEGORIES, UNSUPPORTED, ItemShape, OverviewShape
from strongroom.items.rows import (
    compute_details,
    show_field,
    show_website,
    store_field,
    store_website,
)
from strongroom.wire.revisions import Revision, State

if TYPE_CHECKING:
    from strongroom.items.shown import ItemDict

_OVERVIEW_KEYS: Final = ("title", "category", "tags", "websites")
# Beside them, where it is stored at all: absent means false.
_MARK: Final = "favorite"
_DETAILS_KEYS: Final = ("fields", "sections", "notes", "files", "document")
# Rows of an item that are stored as they are handed over, and the keys that this release knows.
_ROW_KEYS: Final[dict[str, frozenset[str]]] = {
    "sections": frozenset({"id", "title"}),
    "files": frozenset({"id", "name", "size", "sectionId", "fieldId"}),
}
_STATE_NAMES: Final[dict[int, str]] = {
    State.ACTIVE: "active",
    State.ARCHIVED: "archived",
    State.DELETED: "deleted",
}

Document = dict[str, Any]
# Makes of milliseconds what is shown of a time: text for programs that print, or a `datetime`.
ShowTime = Callable[[int], object]


def normalise_item(item: ItemDict) -> Document:
    """Fill in what an item may leave out; a mark that is not given stays as it is stored."""
    mark = {_MARK: item["favorite"]} if "favorite" in item else {}
    return mark | {
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
    item: Document, *, overview: Document | None = None, details: Document | None = None
) -> tuple[Document, Document]:
    """Return the overview and details of a normalised item.

    Args:
        overview: The stored overview, whose unknown keys are carried along.
        details: The stored details, likewise.
    """
    before = {**(overview or {}), **(details or {})}
    rows = {key: _carry(item[key], before.get(key, []), known) for key, known in _ROW_KEYS.items()}
    new_overview = _unknown(overview, (*_OVERVIEW_KEYS, _MARK)) | _overview_parts(
        item=item, stored=overview or {}
    )
    fields = rows_by(before.get("fields"), "id")
    new_details = _unknown(details, _DETAILS_KEYS) | {
        "fields": [
            store_field(shown=row, stored=fields.get(row.get("id"))) for row in item["fields"]
        ],
        "sections": rows["sections"],
        "notes": item["notes"],
    }
    if item["files"]:
        new_details["files"] = rows["files"]
    if item["document"] is not None:
        new_details["document"] = item["document"]
    return new_overview, new_details


def join_item(revision: Revision, *, overview: Document, details: Document, now: int) -> ItemDict:
    """Return the SDK's item of an opened revision.

    Raises:
        IntegrityError: Its author sealed something that has not an item's shape.
    """
    fields = details.get("fields", [])
    are_rows = isinstance(fields, list) and all(isinstance(row, dict) for row in fields)
    item: Document = {
        **join_overview(revision, overview),
        "fields": [show_field(row) for row in fields] if are_rows else None,
        "sections": details.get("sections", []),
        "notes": details.get("notes", ""),
        "files": details.get("files", []),
    }
    if details.get("document") is not None:
        item["document"] = details["document"]
    if not _has_shape(item, ItemShape):
        message = f"item {item['id']} does not hold the content of an item"
        raise IntegrityError(message, layer="document")
    item["fields"] = [compute_details(row, now) for row in item["fields"]]
    item["sections"] = [{"title": "", **row} for row in item["sections"]]
    return cast("ItemDict", item)


def join_overview(
    revision: Revision,
    overview: Document,
    *,
    item_id: str = "",
    vault_id: str = "",
    show_time: ShowTime = format_time,
) -> ItemDict:
    """Return the SDK's overview of an opened revision.

    One that has not the shape of an overview is shown as a kind that we do
    not know, so that it does not hide the other items of a list.

    Args:
        item_id: The id of the object, where it was written before.
        vault_id: The id of the container, likewise.
        show_time: What makes of milliseconds the times that are shown.
    """
    item = {
        "id": item_id or format_id(revision.object),
        "vaultId": vault_id or format_id(revision.container),
        "version": revision.version,
        "createdAt": show_time(revision.created_ms),
        "updatedAt": show_time(revision.updated_ms),
        "lastEditedBy": format_id(revision.author),
        "state": _STATE_NAMES[revision.state],
        **_shown_overview(overview),
    }
    return cast("ItemDict", item)


def shown_category(overview: Document) -> str:
    """Return what is shown of a stored category."""
    category = text_of(overview, "category")
    return category if category in CATEGORIES else UNSUPPORTED


def _shown_overview(overview: Document) -> Document:
    websites = overview.get("websites", [])
    are_rows = isinstance(websites, list) and all(isinstance(row, dict) for row in websites)
    shown = {
        "title": text_of(overview, "title"),
        "category": shown_category(overview),
        "tags": overview.get("tags", []),
        "websites": [show_website(row) for row in websites] if are_rows else None,
    }
    mark = {_MARK: overview[_MARK]} if _MARK in overview else {}
    if not _has_shape(shown | mark, OverviewShape):
        return shown | {"category": UNSUPPORTED, "tags": [], "websites": []}
    return shown | mark if mark.get(_MARK) else shown


def _overview_parts(*, item: Document, stored: Document) -> Document:
    """Return the known parts of an overview to store: as stored where nothing was changed."""
    before = rows_by(stored.get("websites"), "url")
    parts = {key: item[key] for key in _OVERVIEW_KEYS}
    parts["websites"] = [
        store_website(shown=row, stored=before.get(row["url"])) for row in item["websites"]
    ]
    shown = _shown_overview(stored)
    if stored:
        same = [key for key in ("category", "tags", "websites") if item[key] == shown[key]]
        parts |= {key: stored[key] for key in same if key in stored}
    before = shown.get(_MARK, False)
    if item.get(_MARK, before) == before:
        return parts | ({_MARK: stored[_MARK]} if _MARK in stored else {})
    return parts | ({_MARK: True} if item[_MARK] else {})


def _has_shape(item: Document, shape: type[msgspec.Struct]) -> bool:
    try:
        msgspec.convert(item, shape)
    except msgspec.ValidationError:
        return False
    return True


def _carry(rows: list[Document], stored: Any, known: frozenset[str]) -> list[Document]:
    """Return rows with the unknown keys of the stored row of the same id."""
    kept = rows_by(stored, "id")
    return [
        {key: value for key, value in kept.get(row.get("id"), {}).items() if key not in known} | row
        for row in rows
    ]


def rows_by(rows: Any, key: str) -> dict[Any, Document]:
    """Return stored rows by one of their keys; their author may have sealed anything."""
    if not isinstance(rows, list):
        return {}
    return {
        row[key]: row for row in rows if isinstance(row, dict) and isinstance(row.get(key), str)
    }


def _unknown(document: Document | None, known: tuple[str, ...]) -> Document:
    return {key: value for key, value in (document or {}).items() if key not in known}
