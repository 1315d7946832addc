"""Finding one field of an item: the rules by which a reference ends.

Source: the SDK's documentation of secret references. Ids win over names; names
match without regard to case (A-Z). With three parts the unsectioned area wins;
with four, the fields of every section of that name are searched.
"""

from __future__ import annotations

from collections.abc import Iterable

from strongroom.crypto.titles import normalise_title
from strongroom.errors import ResolveError
from strongroom.items.models import DEFAULT_SECTIONS, DetailsView, FieldView

_NOTES = "notesplain"


def find_field(details: DetailsView, section: str | None, field: str) -> FieldView:
    """Return the one field that a reference names.

    Raises:
        ResolveError: None (`fieldNotFound`), several
            (`tooManyMatchingFields`), no such section (`noMatchingSections`),
            or a file, which is not resolved yet (`unsupportedFileFormat`).
    """
    if section is not None:
        sections = _sections(details, section)
        inside = [row for row in details.fields if (row.section_id or "") in sections]
        return _only(inside, details, field)
    default = [row for row in details.fields if row.section_id in DEFAULT_SECTIONS]
    if _named(default, field):
        return _only(default, details, field)
    if normalise_title(field) == _NOTES:
        return FieldView(id="notesPlain", title="notesPlain", value=details.notes)
    return _only(details.fields, details, field)


def _sections(details: DetailsView, asked: str) -> set[str]:
    found = {row.id for row in details.sections if row.id == asked}
    found = found or {
        row.id for row in details.sections if normalise_title(row.title) == normalise_title(asked)
    }
    if not found:
        message = "no section of the item matches the reference"
        raise ResolveError(message, tag="noMatchingSections")
    return found


def _only(fields: Iterable[FieldView], details: DetailsView, asked: str) -> FieldView:
    found = _named(fields, asked)
    if len(found) > 1:
        message = "more than one field of the item matches the reference"
        candidates = tuple(row.id for row in found)
        raise ResolveError(
            message,
            tag="tooManyMatchingFields",
            candidates=candidates,
            hint="name the section, or the field by its id",
        )
    if found:
        return found[0]
    if any(normalise_title(asked) == normalise_title(row.name) for row in details.files):
        message = "the reference names a file, which this release cannot resolve"
        raise ResolveError(message, tag="unsupportedFileFormat")
    message = "the specified field cannot be found within the item"
    raise ResolveError(message, tag="fieldNotFound")


def _named(fields: Iterable[FieldView], asked: str) -> list[FieldView]:
    rows = list(fields)
    by_id = [row for row in rows if row.id == asked]
    if by_id:
        return by_id
    wanted = normalise_title(asked)
    return [row for row in rows if normalise_title(row.title) == wanted]
