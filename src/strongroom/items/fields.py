"""The fields of an item as `op` shows them: the stored ones, its notes, and parts of a key.

References see the same fields (`items/lookup.py`), so that what one way of
asking sets or shows is what another reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.crypto.titles import normalise_title
from strongroom.items.lookup import match_fields, match_sections
from strongroom.items.models import KEY_PARTS, NOTES_ID, FieldView, ReservedView, SectionView
from strongroom.items.rows import describe_key

if TYPE_CHECKING:
    from strongroom.items.shown import FieldDict, ItemDict, SectionDict


def list_fields(item: ItemDict) -> list[FieldDict]:
    """Return an item's fields in the order of `op`: computed ones beside their key, notes last."""
    rows = [expand_key(field) for field in item.get("fields") or []]
    notes: FieldDict = {
        "id": NOTES_ID,
        "title": NOTES_ID,
        "fieldType": "Text",
        "value": item.get("notes") or "",
    }
    return [*(one for row in rows for one in row), notes]


def expand_key(field: FieldDict) -> list[FieldDict]:
    """Return a field, among those that are computed from it if it is a private key."""
    is_key = field.get("fieldType") == "SshKey"
    described = describe_key(field.get("value") or "") if is_key else None
    if described is None:
        return [field]
    computed: list[FieldDict] = [
        {"id": one.id, "title": one.title, "fieldType": "Text", "value": described[one.key]}
        for one in KEY_PARTS
    ]
    if field.get("sectionId"):
        for one in computed:
            one["sectionId"] = field["sectionId"]
    *before, kind = computed
    return [*before, field, kind]


def fields_meant(
    item: ItemDict, asked: str, *, sections: set[str] | None = None
) -> list[FieldDict]:
    """Return the fields that a name means: as references do, else without case and blanks.

    Args:
        sections: The ids of the sections in which they stand; `None` for no section.
    """
    own = {id(field) for field in item.get("fields") or []}
    rows = [
        (_view(field, is_own=id(field) in own), field)
        for field in list_fields(item)
        if sections is None or field.get("sectionId") in sections
    ]
    views = [view for view, _ in rows]
    found = match_fields(views, asked, key=normalise_title) or match_fields(
        views, asked, key=_reduced
    )
    found = found or [view for view in views if _reduced(view.id) == _reduced(asked)]
    chosen = {id(view) for view in found}
    return [field for view, field in rows if id(view) in chosen]


def sections_meant(item: ItemDict, asked: str) -> set[str]:
    """Return the ids of the sections that a name means: as references do, else without blanks."""
    rows = item.get("sections") or []
    views = [SectionView(id=row["id"], title=row.get("title") or "") for row in rows]
    return match_sections(views, asked) or {row["id"] for row in rows if is_named(row, asked)}


def is_stored(field: FieldDict, item: ItemDict) -> bool:
    """Return whether a field is one of the item's own: not its notes, and not computed."""
    return any(one is field for one in item.get("fields") or [])


def is_named(row: FieldDict | SectionDict, asked: str) -> bool:
    """Return whether a field or section has this id or name; case and blanks do not count."""
    key = _reduced(asked)
    return asked == row["id"] or key in (_reduced(row["id"]), _reduced(row.get("title") or ""))


def names_key_part(asked: str) -> bool:
    """Return whether a name is one of what is computed from a private key."""
    return any(_reduced(asked) in (_reduced(one.id), _reduced(one.title)) for one in KEY_PARTS)


def _view(field: FieldDict, *, is_own: bool) -> FieldView:
    kind = FieldView if is_own else ReservedView
    return kind(
        id=field["id"], title=field.get("title") or "", section_id=field.get("sectionId") or None
    )


def _reduced(text: str) -> str:
    return text.replace(" ", "").casefold()
