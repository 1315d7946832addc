"""The rows that describe files: made, read, shown, and found by references."""

import hashlib
import json

import pytest
from rich.pretty import pretty_repr

from strongroom.base64url import encode_base64url
from strongroom.crypto.chunks import CHUNK_BYTES, FILE_BYTES_MAX
from strongroom.errors import IntegrityError, InvalidFileError, InvalidItemError, ResolveError
from strongroom.ids import format_id, parse_id
from strongroom.items.files import (
    FILE_NAME_CHARACTERS_MAX,
    NO_CHANGE,
    FileChange,
    FilesView,
    find_file,
    hashed_row,
    make_row,
    named_files,
    place_files,
    read_files,
    read_row,
    show_files,
    with_hashes,
)
from strongroom.items.models import DetailsView, SectionView

ITEM = {"title": "t", "category": "Login", "fields": [], "sections": [], "notes": ""}
DOCUMENT = ITEM | {"category": "Document"}
HASH = hashlib.sha256(b"content").digest()


def row(name="a.txt", size=5, section="s", field="f"):
    return make_row(name=name, size=size, section_id=section, field_id=field)


def document(name="d.txt", size=5):
    return make_row(name=name, size=size, section_id=None, field_id=None)


# -- rows ------------------------------------------------------------------------------


def test_rows():
    """A row has a fresh id and key, the exact size, and the number of chunks that follows."""
    one, other = row(size=CHUNK_BYTES + 1), row(size=CHUNK_BYTES + 1)
    assert list(one) == ["id", "name", "size", "chunks", "key", "sectionId", "fieldId"]
    assert (one["chunks"], one["size"]) == (2, CHUNK_BYTES + 1)
    assert one["id"] != other["id"]
    assert one["key"] != other["key"]
    assert list(document()) == ["id", "name", "size", "chunks", "key"]
    key = read_row(one).file_key(b"a" * 16, b"c" * 16)
    assert (key.file, len(key.key.expose_key())) == (parse_id(one["id"]), 32)


def test_sizes():
    """A file has 0 bytes to 16 GiB by what is said of it, and not one more."""
    assert row(size=0)["chunks"] == 1
    assert row(size=FILE_BYTES_MAX)["chunks"] == 16_384
    for size in (-1, FILE_BYTES_MAX + 1):
        with pytest.raises(InvalidFileError):
            row(size=size)


def test_names():
    """A file name has 1 to 1,024 characters."""
    assert row(name="x" * FILE_NAME_CHARACTERS_MAX)
    for name in ("", "x" * (FILE_NAME_CHARACTERS_MAX + 1), None):
        with pytest.raises(InvalidItemError):
            row(name=name)


def test_hashes():
    """The hash of a content stands in its row as unpadded base64url."""
    before = row()
    after = hashed_row(before, HASH)
    assert after == before | {"hash": encode_base64url(HASH)}
    assert len(after["hash"]) == 43
    assert read_row(after).content_hash() == HASH


def test_rows_without_a_hash():
    """A row of another writer, who said no hash, is a row; a new one says it when it is stored."""
    assert "hash" not in row()
    assert read_row(row()).content_hash() is None


NO_HASHES = {
    "nothing": None,
    "an empty text": "",
    "a number": 5,
    "a byte too few": encode_base64url(HASH[:-1]),
    "a byte too many": encode_base64url(HASH + b"x"),
    "padded": encode_base64url(HASH) + "=",
    "hexadecimal": HASH.hex(),
    "of another alphabet": "/" * 43,
    "with bits that fill no byte": encode_base64url(b"\0" * 32)[:-1] + "B",
}


@pytest.mark.parametrize("text", NO_HASHES.values(), ids=NO_HASHES.keys())
def test_hashes_that_are_none(text):
    """A hash of another spelling or length is a typed error, never a file without a hash."""
    with pytest.raises(IntegrityError) as caught:
        read_row(row() | {"hash": text}).content_hash()
    assert caught.value.layer == "document"
    raw = json.dumps({"files": [row() | {"hash": text}]}).encode()
    with pytest.raises(IntegrityError):
        read_files(raw).files[0].content_hash()


def test_hashes_are_put_into_details():
    """The rows of stored files get their hashes, by id; nothing else of the details changes."""
    old, new, other = row(), row(field="g"), document()
    details = {"notes": "n", "files": [old, new], "document": other | {"name": "renamed"}}
    done = with_hashes(details, [hashed_row(new, HASH), hashed_row(other, HASH[::-1])])
    assert done == {
        "notes": "n",
        "files": [old, hashed_row(new, HASH)],
        "document": hashed_row(other, HASH[::-1]) | {"name": "renamed"},
    }
    assert details["files"] == [old, new]
    assert with_hashes({"notes": "n"}, []) == {"notes": "n"}


MALFORMED = {
    "no id": {"id": None},
    "an id that is none": {"id": "x"},
    "a size of text": {"size": "5"},
    "a size of truth": {"size": True},
    "a fraction": {"size": 5.5},
    "no key": {"key": None},
    "a short key": {"key": encode_base64url(b"k" * 31)},
    "another spelling of a key": {"key": encode_base64url(b"k" * 32) + "="},
    "a name of bytes": {"name": 5},
    "chunks of text": {"chunks": "1"},
}


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_rows(change):
    """A row of another shape is a typed error, wherever it is met, and its key is not told."""
    broken = row() | change
    with pytest.raises(IntegrityError) as caught:
        read_row(broken).file_key(b"a" * 16, b"c" * 16)
    assert broken["key"] is None or broken["key"] not in str(caught.value)


def test_malformed_documents():
    """Details whose files are no files are a typed error, decoded or not."""
    for details in ({"files": "x"}, {"files": [5]}, {"document": []}, {"document": "x"}):
        if details.get("document") == []:
            assert read_files(details) == FilesView()
            continue
        with pytest.raises(IntegrityError):
            read_files(details)
    for raw in (b'{"files": 5}', b"\xff", b"[]", b'{"document": {}}'):
        with pytest.raises(IntegrityError):
            read_files(raw)


def test_reading():
    """Files are read from decoded details and from their JSON; other keys are passed over."""
    one = row() | {"madeByNewer": 1}
    found = read_files({"files": [one], "document": None, "fields": 5})
    assert found.all() == (read_row(one),)
    assert read_files(b'{"notes": 5}') == FilesView()


def test_nothing_is_printed():
    """No row shows its key or its hash, however it is printed."""
    raw = hashed_row(row(), HASH)
    one = read_row(raw)
    for shown in (one, FilesView(files=(one,)), FileChange(add=(raw,))):
        printed = repr(shown) + pretty_repr(shown)
        assert one.key not in printed
        assert raw["hash"] not in printed


def test_named():
    """The ids that a document names are told once each; what is none is passed over."""
    one, other = row(), document()
    details = {"files": [one, one, {"id": "x"}, 5, {}], "document": other}
    assert named_files(details) == (parse_id(other["id"]), parse_id(one["id"]))
    assert named_files({"files": "x", "document": 5}) == named_files({}) == ()


# -- items -----------------------------------------------------------------------------


def test_shown():
    """What is shown of an item has names, ids and sizes of its files, no key and no hash."""
    one, other = hashed_row(row(), HASH), hashed_row(document(), HASH)
    shown = show_files(DOCUMENT | {"files": [one], "document": other})
    attributes = {"name": "a.txt", "id": one["id"], "size": 5}
    assert shown["files"] == [{"attributes": attributes, "sectionId": "s", "fieldId": "f"}]
    assert shown["document"] == {"name": "d.txt", "id": other["id"], "size": 5}
    assert "document" not in show_files(ITEM | {"files": [], "document": None})


def test_files_change_by_changes_alone():
    """Stored files stay as they are, unknown keys too, whatever the item says of them."""
    one, new = hashed_row(row(), HASH) | {"madeByNewer": 1}, row(name="b", section="", field="g")
    details = {"files": [one], "sections": [{"id": "s", "title": "S"}]}
    stored = {"overview": {"category": "Login"}, "details": details}
    edited = ITEM | {"files": [{"attributes": {}}], "document": {"id": "x"}}
    kept = place_files(edited, NO_CHANGE, **stored)
    assert (kept["files"], kept["document"]) == ([one], None)
    assert kept["sections"] == [{"id": "s", "title": "S"}]
    added = place_files(edited, FileChange(add=(new,)), **stored)
    assert added["files"] == [one, new]
    assert [section["id"] for section in added["sections"]] == ["s", ""]
    dropped = place_files(edited, FileChange(drop=frozenset({one["id"]})), **stored)
    assert (dropped["files"], dropped["sections"]) == ([], [])


def test_documents_are_replaced_and_renamed():
    """A document is replaced by another or gets another name; nothing else of it changes."""
    before, after = hashed_row(document(), HASH), document("e.txt")
    stored = {"overview": {"category": "Document"}, "details": {"document": before}}
    assert place_files(DOCUMENT, NO_CHANGE, **stored)["document"] == before
    assert place_files(DOCUMENT, FileChange(document=after), **stored)["document"] == after
    renamed = place_files(DOCUMENT, FileChange(document_name="new"), **stored)
    assert renamed["document"] == before | {"name": "new"}
    with pytest.raises(InvalidItemError):
        place_files(DOCUMENT, FileChange(document_name=""), **stored)


CATEGORIES = {
    "a new document item without": (DOCUMENT, None, None),
    "a new other item with": (ITEM, None, document()),
    "a document item that becomes another": (ITEM, "Document", document()),
    "another item that becomes a document item": (DOCUMENT, "Login", None),
}


@pytest.mark.parametrize(("item", "before", "has"), CATEGORIES.values(), ids=CATEGORIES.keys())
def test_exactly_one_document(item, before, has):
    """The category Document, and no other, has a document."""
    overview = None if before is None else {"category": before}
    details = None if before is None else {"document": has}
    change = NO_CHANGE if before else FileChange(document=has)
    with pytest.raises(InvalidItemError, match="exactly one document"):
        place_files(item, change, overview=overview, details=details)


def test_older_document_items():
    """A document item from before there were documents can be changed, and be given one."""
    stored = {"overview": {"category": "Document"}, "details": {}}
    assert place_files(DOCUMENT, NO_CHANGE, **stored)["document"] is None
    given = document()
    assert place_files(DOCUMENT, FileChange(document=given), **stored)["document"] == given


def test_sections_of_another_shape():
    """Sections that are no list are left to the rules of items."""
    change = FileChange(add=(row(),))
    assert place_files(ITEM | {"sections": 5}, change, overview=None, details=None)["sections"] == 5


# -- references ------------------------------------------------------------------------

DETAILS = DetailsView(
    sections=[SectionView("s1", "Dev"), SectionView("s2", "Dev"), SectionView("s3", "Prod")]
)
FILES = {
    "plain": row("cert.pem", section="", field="f1"),
    "in dev": row("Key.pem", section="s1", field="f2"),
    "in second dev": row("other.pem", section="s2", field="f3"),
    "in prod": row("key.pem", section="s3", field="f4"),
    "twice": row("twice", section="s1", field="f5"),
    "twice again": row("TWICE", section="s3", field="f6"),
    "shadow": row("cert.pem", section="s3", field="f7"),
}
VIEW = FilesView(files=tuple(map(read_row, FILES.values())), document=read_row(document("d")))

FOUND = {
    "by name": ((None, "other.pem"), "in second dev"),
    "in another case": ((None, "OTHER.PEM"), "in second dev"),
    "outside any section first": ((None, "cert.pem"), "plain"),
    "by id": ((None, FILES["in prod"]["id"]), "in prod"),
    "by field id": ((None, "f2"), "in dev"),
    "in a section by its name": (("dev", "key.pem"), "in dev"),
    "in all sections of a name": (("Dev", "other.pem"), "in second dev"),
    "in a section by its id": (("s3", "key.pem"), "in prod"),
}


@pytest.mark.parametrize(("asked", "name"), FOUND.values(), ids=FOUND.keys())
def test_found(asked, name):
    """A reference ends at the file that it names."""
    section, name_or_id = asked
    assert find_file(DETAILS, VIEW, section=section, asked=name_or_id).id == FILES[name]["id"]


def test_the_document_is_found():
    """The document of an item is found by its name, in no section."""
    assert VIEW.document is not None
    assert find_file(DETAILS, VIEW, section=None, asked="d") == VIEW.document
    with pytest.raises(ResolveError):
        find_file(DETAILS, VIEW, section="Dev", asked="d")


REFUSED = {
    "no such file": ((None, "nothing"), "fieldNotFound", 0),
    "not in that section": (("Prod", "other.pem"), "fieldNotFound", 0),
    "two of one name": ((None, "twice"), "tooManyMatchingFields", 2),
    "an id of no file": ((None, format_id(b"x" * 16)), "fieldNotFound", 0),
}


@pytest.mark.parametrize(("asked", "tag", "count"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(asked, tag, count):
    """Where there is no one file the SDK's tag says why, and candidates are ids."""
    section, name_or_id = asked
    with pytest.raises(ResolveError) as caught:
        find_file(DETAILS, VIEW, section=section, asked=name_or_id)
    assert (caught.value.tag, len(caught.value.candidates)) == (tag, count)
