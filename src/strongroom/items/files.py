"""The files of an item: how its details describe them, and how a reference finds one.

A file is a row in `details.files`, or the `document` of a document item, which
has no section and no field. A row holds the file's key and the hash of its
content; what is shown of an item never does. Source: specs/formats.md section 10.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.crypto.chunks import FileKey, chunk_count, make_file_key
from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import HASH_BYTES
from strongroom.crypto.public.randomness import make_bytes
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.crypto.titles import normalise_title
from strongroom.documents import breaks_lines
from strongroom.errors import InputError, IntegrityError, InvalidItemError, ResolveError
from strongroom.ids import ID_BYTES, AccountId, ContainerId, FileId, format_id, parse_id
from strongroom.items.lookup import match_sections
from strongroom.items.models import DEFAULT_SECTIONS, DetailsView
from strongroom.secret import veil

if TYPE_CHECKING:
    from strongroom.items.shown import FileAttributesDict, FileDict, ItemDict

Row = dict[str, Any]

_PREFIX: Final = "invalid user input: encountered the following errors: "
# A name beyond what file systems take is not a name; and 100 files have to fit the details.
FILE_NAME_CHARACTERS_MAX: Final = 1_024


class FileRow(msgspec.Struct, frozen=True, rename="camel"):
    """How a details document describes one file."""

    id: str
    name: str
    size: int
    chunks: int
    key: str
    section_id: str = ""
    field_id: str = ""
    # Absent in rows of writers that did not hash contents; a null is no absence.
    hash: str | msgspec.UnsetType = msgspec.UNSET

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"FileRow(id={self.id!r})"

    def file_key(self, account: AccountId, container: ContainerId) -> FileKey:
        """Return the file's key and what its chunks are bound to.

        Raises:
            IntegrityError: The row's author wrote an id or a key that is none.
        """
        try:
            file = parse_id(self.id, FileId)
        except InputError:
            raise _malformed() from None
        try:
            key = SymmetricKey.parse(self.key)
        except ValueError:
            raise _malformed() from None
        return FileKey(account=account, container=container, file=file, key=key)

    def content_hash(self) -> Hash | None:
        """Return the hash of the file's content, `None` if its writer did not say it.

        Raises:
            IntegrityError: The row's author wrote a hash that is none.
        """
        return None if self.hash is msgspec.UNSET else Hash(_exact_bytes(self.hash, HASH_BYTES))


class FilesView(msgspec.Struct, frozen=True):
    """The files of an item."""

    files: tuple[FileRow, ...] = ()
    document: FileRow | None = None

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"FilesView(files={len(self.files)})"

    def all(self) -> tuple[FileRow, ...]:
        """Return every file, the document first."""
        return self.files if self.document is None else (self.document, *self.files)


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to an item's files: new rows, ids that go, another document or its name."""

    add: tuple[Row, ...] = ()
    drop: frozenset[str] = frozenset()
    document: Row | None = None
    document_name: str | None = None

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"FileChange(add={len(self.add)}, drop={len(self.drop)})"


NO_CHANGE = FileChange()

# Built at import, since msgspec crashes when two threads read a struct's annotations at once.
_decoder = msgspec.json.Decoder(FilesView)


def make_row(*, name: str, size: int, section_id: str | None, field_id: str | None) -> Row:
    """Return the row of a new file, with a fresh id and key; without section and field: a document.

    Raises:
        InvalidFileError: The size is outside the limits.
        InvalidItemError: The name is empty or far too long.
    """
    row: Row = {
        "id": format_id(make_bytes(ID_BYTES)),
        "name": _checked_name(name),
        "size": size,
        "chunks": chunk_count(size),
        "key": make_file_key().expose_text(),
    }
    return row if field_id is None else row | {"sectionId": section_id or "", "fieldId": field_id}


def hashed_row(row: Row, content_hash: Hash) -> Row:
    """Return the row of a file whose content is stored, with the hash of that content."""
    return row | {"hash": encode_base64url(content_hash)}


def with_hashes(details: Row, stored: Iterable[Row]) -> Row:
    """Return details in which the new files have the hashes that were found while storing them.

    Args:
        stored: Their rows, as `hashed_row` returned them.
    """
    hashes = {row["id"]: {"hash": row["hash"]} for row in stored}

    def hashed(row: Row) -> Row:
        return row | hashes.get(row["id"], {})

    parts: Row = {}
    if details.get("files"):
        parts["files"] = [hashed(row) for row in details["files"]]
    if details.get("document"):
        parts["document"] = hashed(details["document"])
    return details | parts


def read_row(row: Row) -> FileRow:
    """Return a stored row with its types checked.

    Raises:
        IntegrityError: Its author wrote something that describes no file.
    """
    try:
        return msgspec.convert(row, FileRow)
    except msgspec.ValidationError:
        raise _malformed() from None


def read_files(details: Row | bytes) -> FilesView:
    """Return the files that a details document, decoded or not, describes.

    Raises:
        IntegrityError: Its author wrote something that describes none.
    """
    try:
        if isinstance(details, bytes):
            return _decoder.decode(details)
        # An absent document may be spelt out.
        given = {key: details[key] for key in ("files", "document") if details.get(key)}
        return msgspec.convert(given, FilesView)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _malformed() from None


def named_files(details: Row) -> tuple[FileId, ...]:
    """Return the ids of the files that a details document names; what is none is passed over."""
    files = details.get("files")
    rows = [details.get("document"), *(files if isinstance(files, list) else ())]
    return tuple(dict.fromkeys(_ids(rows)))


def show_files(item: ItemDict) -> ItemDict:
    """Return an item with its files as the SDK shows them: name, id and size, never a key.

    Raises:
        IntegrityError: Its author wrote something that describes no file.
    """
    found = read_files({**item})
    shown: ItemDict = {**item, "files": [_shown(row) for row in found.files]}
    shown.pop("document", None)
    if found.document is not None:
        shown["document"] = _attributes(found.document)
    return shown


def place_files(item: Row, change: FileChange, *, overview: Row | None, details: Row | None) -> Row:
    """Return a normalised item with the stored files, changed, and the sections that they need.

    Files are changed by `change` alone: what the item itself says of them is
    what it showed.

    Args:
        overview: The stored overview, if the item is not new.
        details: The stored details, likewise.

    Raises:
        InvalidItemError: A document item without its document, or a document elsewhere.
        IntegrityError: The stored files are none.
    """
    stored = read_files(details or {})
    files = [*((details or {}).get("files") or ()), *change.add]
    files = [row for row in files if row["id"] not in change.drop]
    document = change.document or (details or {}).get("document")
    if change.document_name is not None and document is not None:
        document = document | {"name": _checked_name(change.document_name)}
    before = (overview or {}).get("category")
    if item["category"] != before or (document is None) != (stored.document is None):
        _check_document(item=item, document=document)
    placed = {**item, "files": files, "document": document}
    return (
        placed | {"sections": _with_sections(item=item, files=files, details=details or {})}
        if files
        else placed
    )


def _with_sections(*, item: Row, files: list[Row], details: Row) -> Any:
    """Return the item's sections and those of its files, with the titles that they had."""
    sections = item["sections"]
    if not isinstance(sections, list):
        return sections  # refused by the rules of items
    known = {row.get("id") for row in sections if isinstance(row, dict)}
    needed = dict.fromkeys(row.get("sectionId", "") for row in files)
    titles = {row["id"]: row for row in details.get("sections", ())}
    missing = [titles.get(one, {"id": one, "title": ""}) for one in needed if one not in known]
    return [*sections, *missing]


def _checked_name(name: str) -> str:
    if not isinstance(name, str) or not 1 <= len(name) <= FILE_NAME_CHARACTERS_MAX:
        message = f"{_PREFIX}a file name must have 1 to {FILE_NAME_CHARACTERS_MAX} characters"
        raise InvalidItemError(message, tag="itemValidationError")
    if breaks_lines(name):
        message = f"{_PREFIX}a file name holds a NUL or a line end"
        raise InvalidItemError(message, tag="itemValidationError")
    return name


def _check_document(*, item: Row, document: Row | None) -> None:
    if (item["category"] == "Document") != (document is not None):
        reason = (
            "an item of the category Document must have exactly one document, and other items none"
        )
        raise InvalidItemError(_PREFIX + reason, tag="itemValidationError")


def find_file(
    details: DetailsView, found: FilesView, *, section: str | None, asked: str
) -> FileRow:
    """Return the one file that a reference names, by its id or its name.

    Raises:
        ResolveError: None (`fieldNotFound`), or several (`tooManyMatchingFields`).
    """
    rows = list(found.all())
    if section is not None:
        inside = match_sections(details.sections, section)
        rows = [row for row in rows if row.section_id in inside]
    by_id = [row for row in rows if asked in (row.id, row.field_id)]
    named = by_id or [row for row in rows if normalise_title(row.name) == normalise_title(asked)]
    if section is None and len(named) > 1:
        named = [row for row in named if row.section_id in DEFAULT_SECTIONS] or named
    if len(named) > 1:
        message = "more than one file of the item matches the reference"
        candidates = tuple(row.id for row in named)
        hint = "name the section, or the file by its ID"
        raise ResolveError(message, tag="tooManyMatchingFields", candidates=candidates, hint=hint)
    if not named:
        message = "the specified field cannot be found within the item"
        raise ResolveError(message, tag="fieldNotFound")
    return named[0]


def _exact_bytes(text: str, length: int) -> bytes:
    try:
        raw = decode_base64url(text)
    except ValueError:
        raise _malformed() from None
    if len(raw) != length:
        raise _malformed()
    return raw


def _ids(rows: list[Any]) -> Iterator[FileId]:
    for row in rows:
        text = row.get("id") if isinstance(row, dict) else None
        if isinstance(text, str):
            try:
                yield parse_id(text, FileId)
            except InputError:
                continue


def _attributes(row: FileRow) -> FileAttributesDict:
    return {"name": row.name, "id": row.id, "size": row.size}


def _shown(row: FileRow) -> FileDict:
    return {
        "attributes": _attributes(row),
        "sectionId": row.section_id,
        "fieldId": row.field_id,
    }


def _malformed() -> IntegrityError:
    return IntegrityError("an item describes a file that cannot exist", layer="document")
