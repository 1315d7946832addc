"""Finding one field of an item: the rules by which a reference ends.

Source: the SDK's documentation of secret references. Ids win over names; names
match without regard to case (A-Z). With three parts the unsectioned area wins;
with four, the fields of every section of that name are searched. Beside a
private SSH key stand three fields that are computed from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from strongroom.crypto.titles import normalise_title
from strongroom.errors import ResolveError
from strongroom.items.models import DEFAULT_SECTIONS, DetailsView, FieldView

if TYPE_CHECKING:
    from strongroom.items.shown import KeyPart

_NOTES = "notesplain"
# Names of what is computed from a private key: those of `op`, as title and as id.
_KEY_PARTS: Final[dict[str, KeyPart]] = {
    "public key": "publicKey",
    "public_key": "publicKey",
    "fingerprint": "fingerprint",
    "key type": "keyType",
    "key_type": "keyType",
}


def find_field(details: DetailsView, *, section: str | None, field: str) -> FieldView:
    """Return the one field that a reference names.

    Raises:
        ResolveError: None (`fieldNotFound`), several
            (`tooManyMatchingFields`), no such section (`noMatchingSections`),
            or a part of an SSH key that cannot be read (`sSHKeyMetadataNotFound`).
    """
    if section is not None:
        sections = _sections(details, section)
        inside = [row for row in details.fields if (row.section_id or "") in sections]
        return _only(inside, field)
    default = [row for row in details.fields if row.section_id in DEFAULT_SECTIONS]
    if _fields_named(default, field):
        return _only(default, field)
    if normalise_title(field) == _NOTES:
        return FieldView(id="notesPlain", title="notesPlain", value=details.notes)
    return _only(details.fields, field)


def _sections(details: DetailsView, asked: str) -> set[str]:
    found = {row.id for row in details.sections if row.id == asked}
    found = found or {
        row.id for row in details.sections if normalise_title(row.title) == normalise_title(asked)
    }
    if not found:
        message = "no section of the item matches the reference"
        raise ResolveError(message, tag="noMatchingSections")
    return found


def _only(fields: Iterable[FieldView], asked: str) -> FieldView:
    rows = list(fields)
    found = _fields_named(rows, asked) or _key_parts(rows, asked)
    if len(found) > 1:
        message = "more than one field of the item matches the reference"
        candidates = tuple(row.id for row in found)
        raise ResolveError(
            message,
            tag="tooManyMatchingFields",
            candidates=candidates,
            hint="name the section, or the field by its ID",
        )
    if found:
        return found[0]
    message = "the specified field cannot be found within the item"
    raise ResolveError(message, tag="fieldNotFound")


def _fields_named(rows: list[FieldView], asked: str) -> list[FieldView]:
    by_id = [row for row in rows if row.id == asked]
    if by_id:
        return by_id
    wanted = normalise_title(asked)
    return [row for row in rows if normalise_title(row.title) == wanted]


def _key_parts(rows: list[FieldView], asked: str) -> list[FieldView]:
    """Return what is computed from the private keys among some fields, under the name asked."""
    part = _KEY_PARTS.get(normalise_title(asked))
    keys = [row for row in rows if row.field_type == "SshKey"] if part is not None else []
    return [_key_part(row, part, asked) for row in keys if part is not None]


def _key_part(row: FieldView, part: KeyPart, asked: str) -> FieldView:
    from strongroom.items.rows import describe_key  # only items that hold keys pay for it

    described = describe_key(row.value) if isinstance(row.value, str) else None
    if described is None:
        message = "the item has no readable private SSH key"
        raise ResolveError(message, tag="sSHKeyMetadataNotFound")
    return FieldView(id=part, title=asked, section_id=row.section_id, value=described[part])
