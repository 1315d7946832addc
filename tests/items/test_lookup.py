"""Which field a reference ends at."""

import pytest

from strongroom.crypto.ssh_keys import make_private_key
from strongroom.errors import ResolveError
from strongroom.items.lookup import find_field
from strongroom.items.models import DetailsView, FieldView, SectionView


def field(name, value, *, section=None, title=None):
    return FieldView(
        id=name, title=name if title is None else title, section_id=section, value=value
    )


ITEM = DetailsView(
    fields=[
        field("username", "default"),
        field("f1", "by id", title="Token"),
        field("f2", "titled like an id", title="f1"),
        field("f3", "in default", title="port"),
        field("f4", "in dev", section="s-dev", title="port"),
        field("f5", "only in dev", section="s-dev", title="host"),
        field("f6", "in second dev", section="s-dev2", title="url"),
        field("f7", "in prod", section="s-prod", title="host"),
        field("f8", "only in prod", section="s-prod", title="key"),
        field("f9", "twice, first", title="twice"),
        field("f10", "twice, second", title="twice"),
        field("f11", "untitled", section=""),
        field("f12", "added", section="add more"),
        field("f13", "lonely", section="gone"),
        field("f14", "in the section of blanks", section="s-blank", title="note"),
    ],
    sections=[
        SectionView(id="s-dev", title="Dev"),
        SectionView(id="s-dev2", title="dev"),
        SectionView(id="s-prod", title="Prod"),
        SectionView(id="add more", title="Extra"),
        SectionView(id="x", title="s-prod"),
        SectionView(id="", title=""),
        SectionView(id="s-blank", title=" Blanks "),
    ],
    notes="the notes",
)

FOUND = {
    "built-in field": ((None, "username"), "default"),
    "case of letters": ((None, "USERNAME"), "default"),
    "title": ((None, "token"), "by id"),
    "an id wins over a title": ((None, "f1"), "by id"),
    "outside any section wins": ((None, "port"), "in default"),
    "the only one, in a section": ((None, "key"), "only in prod"),
    "untitled section counts as none": ((None, "f11"), "untitled"),
    "the apps' section counts as none": ((None, "f12"), "added"),
    "a section that is gone": ((None, "f13"), "lonely"),
    "notes": ((None, "notesPlain"), "the notes"),
    "notes, any case": ((None, "NOTESPLAIN"), "the notes"),
    "section by title": (("prod", "host"), "in prod"),
    "section by id": (("s-dev", "host"), "only in dev"),
    "a section's id wins over another's title": (("s-prod", "host"), "in prod"),
    "all sections of one name are searched": (("DEV", "url"), "in second dev"),
    "field by id in a section": (("Dev", "f4"), "in dev"),
    "the apps' section by its id": (("add more", "f12"), "added"),
    "the apps' section by its title": (("extra", "f12"), "added"),
    "blanks at the ends of a section's title": (("blanks", "note"), "in the section of blanks"),
}


@pytest.mark.parametrize(("asked", "value"), FOUND.values(), ids=FOUND.keys())
def test_found(asked, value):
    """A reference ends at the field that the rules name."""
    section, field = asked
    assert find_field(ITEM, section=section, field=field).value == value


REFUSED = {
    "no such field": ((None, "nothing"), "fieldNotFound", ()),
    "no such section": (("nowhere", "host"), "noMatchingSections", ()),
    "not in that section": (("prod", "port"), "fieldNotFound", ()),
    "a default field is in no section": (("prod", "username"), "fieldNotFound", ()),
    "an id from another section": (("prod", "f4"), "fieldNotFound", ()),
    "two of one title": ((None, "twice"), "tooManyMatchingFields", ("f9", "f10")),
    "in two sections": ((None, "host"), "tooManyMatchingFields", ("f5", "f7")),
    "notes in a section": (("prod", "notesPlain"), "fieldNotFound", ()),
}


@pytest.mark.parametrize(("asked", "tag", "ids"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(asked, tag, ids):
    """Where there is no one field the SDK's tag says why, and candidates are ids."""
    section, field = asked
    with pytest.raises(ResolveError) as caught:
        find_field(ITEM, section=section, field=field)
    assert (caught.value.tag, caught.value.candidates) == (tag, ids)


def test_field_titled_like_the_notes():
    """The notes' id means the notes; their name in other case means a field of that title too."""
    item = DetailsView(fields=[field("n", "own", title="notesPlain")], notes="the notes")
    assert find_field(item, section=None, field="notesPlain").value == "the notes"
    with pytest.raises(ResolveError) as caught:
        find_field(item, section=None, field="notesplain")
    assert caught.value.candidates == ("n", "notesPlain")


def test_stored_field_with_a_reserved_id():
    """What older releases stored under a reserved id does not take the place of what it means."""
    notes = DetailsView(fields=[field("notesPlain", "own")], notes="the notes")
    assert find_field(notes, section=None, field="notesPlain").value == "the notes"
    key = DetailsView(fields=[*SSH.fields, field("public_key", "own")])
    assert find_field(key, section=None, field="public_key").value == KEY.public_key


KEY = make_private_key("ed25519")
SSH = DetailsView(
    fields=[
        FieldView(
            id="private_key",
            title="private key",
            field_type="SshKey",
            value=KEY.format_pkcs8(),
        ),
        field("own", "own value", section="s", title="Fingerprint"),
    ],
    sections=[SectionView(id="s", title="S")],
)
PARTS = {
    "private key": KEY.format_pkcs8(),
    "private_key": KEY.format_pkcs8(),
    "public key": KEY.public_key,
    "Public Key": KEY.public_key,
    "public_key": KEY.public_key,
    "key type": "Ed25519",
    "key_type": "Ed25519",
}


@pytest.mark.parametrize(("asked", "value"), PARTS.items(), ids=PARTS.keys())
def test_parts_of_a_key(asked, value):
    """Beside a private key stands what is computed from it, under the names that `op` gives it."""
    assert find_field(SSH, section=None, field=asked).value == value


def test_parts_of_a_key_stand_beside_it():
    """They are in the area of the key; a field of such a title in a section goes by its section."""
    assert find_field(SSH, section=None, field="fingerprint").value == KEY.fingerprint
    assert find_field(SSH, section="s", field="fingerprint").value == "own value"
    with pytest.raises(ResolveError) as caught:
        find_field(SSH, section="s", field="public key")
    assert caught.value.tag == "fieldNotFound"


@pytest.mark.parametrize("value", ["", "no key", 5])
def test_parts_of_no_key(value):
    """Without a private key that can be read there is nothing beside it."""
    item = DetailsView(fields=[FieldView(id="k", field_type="SshKey", value=value)])
    with pytest.raises(ResolveError) as caught:
        find_field(item, section=None, field="public key")
    assert caught.value.tag == "sSHKeyMetadataNotFound"


def test_parts_without_a_key():
    """An item without a private key has no such fields."""
    with pytest.raises(ResolveError) as caught:
        find_field(ITEM, section=None, field="public key")
    assert caught.value.tag == "fieldNotFound"
