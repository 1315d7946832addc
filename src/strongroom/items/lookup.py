"""Finding one field of an item: the rules by which a reference ends, for every program.

Source: the SDK's documentation of secret references. Ids win over names; names
match without regard to case (A-Z). With three parts the unsectioned area wins;
with four, the fields of every section of that name are searched. The notes are a
field of the unsectioned area. Beside a private SSH key stand three fields that are
computed from it. Their ids mean them, whatever else is stored under such an id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from strongroom.crypto.titles import normalise_title
from strongroom.errors import ResolveError
from strongroom.items.models import (
    DEFAULT_SECTIONS,
    KEY_PARTS,
    NOTES_ID,
    DetailsView,
    FieldView,
    ReservedView,
    SectionView,
)

if TYPE_CHECKING:
    from strongroom.items.shown import KeyPart

_NOTES: Final = normalise_title(NOTES_ID)
# The names of what is computed from a private key, as id and as title.
_PART_NAMES: Final = frozenset(name for one in KEY_PARTS for name in (one.id, one.title))


def find_field(details: DetailsView, *, section: str | None, field: str) -> FieldView:
    """Return the one field that a reference names.

    Raises:
        ResolveError: None (`fieldNotFound`), several
            (`tooManyMatchingFields`), no such section (`noMatchingSections`),
            or a part of an SSH key that cannot be read (`sSHKeyMetadataNotFound`).
    """
    rows = [*details.fields, *_reserved_rows(details, normalise_title(field))]
    if section is not None:
        sections = _sections(details, section)
        rows = [row for row in rows if (row.section_id or "") in sections]
    return _only(match_fields(rows, field, key=normalise_title))


def match_fields(
    rows: Sequence[FieldView], asked: str, *, key: Callable[[str], str]
) -> list[FieldView]:
    """Return the fields that a name without a section means: those outside sections first.

    Args:
        key: What counts of a title.
    """
    default = [row for row in rows if row.section_id in DEFAULT_SECTIONS]
    return _named(default, asked, key) or _named(rows, asked, key)


def match_sections(rows: Sequence[SectionView], asked: str) -> set[str]:
    """Return the ids of the sections that a name means: that of this id, else all of this title."""
    wanted = normalise_title(asked)
    return {row.id for row in rows if row.id == asked} or {
        row.id for row in rows if normalise_title(row.title) == wanted
    }


def _sections(details: DetailsView, asked: str) -> set[str]:
    found = match_sections(details.sections, asked)
    if not found:
        message = "no section of the item matches the reference"
        raise ResolveError(message, tag="noMatchingSections")
    return found


def _only(found: Sequence[FieldView]) -> FieldView:
    if len(found) > 1:
        message = "more than one field of the item matches the reference"
        candidates = tuple(row.id for row in found)
        raise ResolveError(
            message,
            tag="tooManyMatchingFields",
            candidates=candidates,
            hint="name the section, or the field by its ID",
        )
    if not found:
        message = "the specified field cannot be found within the item"
        raise ResolveError(message, tag="fieldNotFound")
    [row] = found
    if isinstance(row, ReservedView) and row.part is not None:
        return _computed(row, row.part)
    return row


def _named(rows: Iterable[FieldView], asked: str, key: Callable[[str], str]) -> list[FieldView]:
    by_id = [row for row in rows if row.id == asked]
    if by_id:
        return [row for row in by_id if isinstance(row, ReservedView)] or by_id
    wanted = key(asked)
    return [row for row in rows if key(row.title) == wanted]


def _reserved_rows(details: DetailsView, name: str) -> list[FieldView]:
    """Return what an item has beside its stored fields under a name, which is normalised."""
    if name == _NOTES:
        return [ReservedView(id=NOTES_ID, title=NOTES_ID, value=details.notes)]
    if name not in _PART_NAMES:
        return []
    return [
        ReservedView(
            id=one.id, title=one.title, section_id=row.section_id, value=row.value, part=one.key
        )
        for row in details.fields
        if row.field_type == "SshKey"
        for one in KEY_PARTS
    ]


def _computed(row: FieldView, part: KeyPart) -> FieldView:
    from strongroom.items.rows import describe_key  # only items that hold keys pay for it

    described = describe_key(row.value) if isinstance(row.value, str) else None
    if described is None:
        message = "the item has no readable private SSH key"
        raise ResolveError(message, tag="sSHKeyMetadataNotFound")
    return FieldView(id=row.id, title=row.title, section_id=row.section_id, value=described[part])
