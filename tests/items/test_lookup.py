"""Which field a reference ends at."""

import pytest

from strongroom.errors import ResolveError
from strongroom.items.lookup import find_field
from strongroom.items.models import DetailsView, FieldView, FileView, SectionView


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
    files=[FileView(id="1", name="cert.pem")],
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
    assert find_field(ITEM, *asked).value == value


REFUSED = {
    "no such field": ((None, "nothing"), "fieldNotFound", ()),
    "no such section": (("nowhere", "host"), "noMatchingSections", ()),
    "not in that section": (("prod", "port"), "fieldNotFound", ()),
    "a default field is in no section": (("prod", "username"), "fieldNotFound", ()),
    "an id from another section": (("prod", "f4"), "fieldNotFound", ()),
    "two of one title": ((None, "twice"), "tooManyMatchingFields", ("f9", "f10")),
    "in two sections": ((None, "host"), "tooManyMatchingFields", ("f5", "f7")),
    "a file": ((None, "cert.pem"), "unsupportedFileFormat", ()),
    "notes in a section": (("prod", "notesPlain"), "fieldNotFound", ()),
}


@pytest.mark.parametrize(("asked", "tag", "ids"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(asked, tag, ids):
    """Where there is no one field the SDK's tag says why, and candidates are ids."""
    with pytest.raises(ResolveError) as caught:
        find_field(ITEM, *asked)
    assert (caught.value.tag, caught.value.candidates) == (tag, ids)


def test_field_titled_like_the_notes():
    """A field of one's own titled notesPlain wins over the notes, as any default field does."""
    item = DetailsView(fields=[field("n", "own", title="notesPlain")], notes="the notes")
    assert find_field(item, None, "notesplain").value == "own"
