"""What an item may be."""

import pytest

from strongroom.errors import InvalidItemError
from strongroom.items.codec import normalise_item
from strongroom.items.models import CATEGORIES
from strongroom.items.rows import show_field
from strongroom.items.rules import check_item, complete_sections, rename_fields
from strongroom.limits import (
    FIELDS_PER_ITEM_MAX,
    FILES_PER_ITEM_MAX,
    TAGS_PER_ITEM_MAX,
    WEBSITES_PER_ITEM_MAX,
)

PREFIX = "invalid user input: encountered the following errors: "


def item(**parts):
    return normalise_item({"title": "x", "category": "Login"} | parts)


def fields(*names, **parts):
    return [
        {"id": name, "title": name, "fieldType": "Text", "value": "v"} | parts for name in names
    ]


def refused(**parts):
    with pytest.raises(InvalidItemError) as caught:
        check_item(item(**parts))
    error = caught.value
    assert error.message.startswith(PREFIX)
    assert error.tag == "itemValidationError"
    return error.message.removeprefix(PREFIX)


COUNTED = {
    "fields": (FIELDS_PER_ITEM_MAX, lambda n: {"id": str(n), "title": "", "value": ""}),
    "tags": (TAGS_PER_ITEM_MAX, str),
    "websites": (WEBSITES_PER_ITEM_MAX, lambda n: {"url": str(n)}),
    "files": (FILES_PER_ITEM_MAX, lambda n: {"id": str(n), "fieldId": f"f{n}"}),
}


@pytest.mark.parametrize("key", COUNTED)
def test_counts(key):
    """An item may have as many as the limit says, and not one more."""
    most, make = COUNTED[key]
    rows = [make(number) for number in range(most + 1)]
    check_item(item(**{key: rows[:most]}))
    assert refused(**{key: rows}) == f"an item has at most {most} {key}"


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_categories(category):
    """Every category of the SDK can be stored."""
    check_item(item(category=category))


GOOD = {
    "ids of 1 and 64 characters": {"fields": fields("a", "b" * 64)},
    "a section without title": {"sections": [{"id": "", "title": ""}]},
    "a section id of 64 characters": {"sections": [{"id": "s" * 64, "title": ""}]},
    "a field in a section": {
        "fields": fields("a", sectionId="s"),
        "sections": [{"id": "s", "title": "S"}],
    },
    "a field in the untitled section": {"fields": fields("a", sectionId="")},
    "titles of other scripts and with tabs": {
        "title": "保管庫\t☃",
        "fields": fields("a", title="\u00a0"),
    },
    "field and section of one id": {"fields": fields("a"), "sections": [{"id": "a", "title": ""}]},
}


@pytest.mark.parametrize("parts", GOOD.values(), ids=GOOD.keys())
def test_accepted(parts):
    """These stand on the good side of a rule."""
    check_item(item(**parts))


BAD = {
    "an unknown category": (
        {"category": "Unsupported"},
        "the category is not one that can be stored",
    ),
    "no category": ({"category": ""}, "the category is not one that can be stored"),
    "a mark that is text": (
        {"favorite": "yes"},
        "a part of the item has the wrong type (Expected `bool`, got `str` - at `$.favorite`)",
    ),
    "a title that is no text": (
        {"title": 7},
        "a part of the item has the wrong type (Expected `str`, got `int` - at `$.title`)",
    ),
    "a field twice": ({"fields": fields("a", "a")}, "field id 'a' occurs twice"),
    "field and file of one id": (
        {"fields": fields("a"), "files": [{"id": "1", "fieldId": "a"}]},
        "field id 'a' occurs twice",
    ),
    "an empty field id": ({"fields": fields("")}, "a field id has 1 to 64 characters"),
    "a long field id": ({"fields": fields("a" * 65)}, "a field id has 1 to 64 characters"),
    "a title of two lines": ({"title": "a\nb"}, "the title holds a NUL or a line end"),
    "a title with a NUL": ({"title": "a\0"}, "the title holds a NUL or a line end"),
    "a title that ends a line": ({"title": "a\u2028"}, "the title holds a NUL or a line end"),
    "a field's title of two lines": (
        {"fields": fields("a", title="a\rb")},
        "the title of field 'a' holds a NUL or a line end",
    ),
    "a section's title of two lines": (
        {"sections": [{"id": "s", "title": "a\nb"}]},
        "the title of section 's' holds a NUL or a line end",
    ),
    "a tag of two lines": ({"tags": ["a", "b\n"]}, "a tag holds a NUL or a line end"),
    "an address of two lines": (
        {"websites": [{"url": "https://a\nb"}]},
        "a website's address holds a NUL or a line end",
    ),
    "an id of two lines": (
        {"fields": fields("a\nb", title="x")},
        "a field id holds a NUL or a line end",
    ),
    "a reserved id of a file": (
        {"files": [{"id": "1", "fieldId": "notesPlain"}]},
        "field id 'notesPlain' is reserved for the item's notes",
    ),
    "a section twice": (
        {"sections": [{"id": "s", "title": "1"}, {"id": "s", "title": "2"}]},
        "section id 's' occurs twice",
    ),
    "a long section id": (
        {"sections": [{"id": "s" * 65, "title": ""}]},
        "a section id has at most 64 characters",
    ),
    "a section that is not there": (
        {"fields": fields("a", sectionId="nowhere")},
        "field a was linked to section id 'nowhere', but no section with this id exists",
    ),
}


@pytest.mark.parametrize(("parts", "told"), BAD.values(), ids=BAD.keys())
def test_refused(parts, told):
    """A broken rule is told in words, with ids and without values."""
    assert refused(**parts) == told


ILL_TYPED = {
    "a category that is a list": {"category": ["Login"]},
    "a field that is text": {"fields": ["a"]},
    "a field without id": {"fields": [{"title": "a", "value": "v"}]},
    "a field whose value is a number": {"fields": fields("a", value=5)},
    "a field whose title is a number": {"fields": fields("a", title=5)},
    "a field whose section is a list": {"fields": fields("a", sectionId=[])},
    "fields that are text": {"fields": "a"},
    "a section that is text": {"sections": ["s"]},
    "a section whose title is a number": {"sections": [{"id": "s", "title": 5}]},
    "a file that is text": {"files": ["cert.pem"]},
    "notes that are a number": {"notes": 5},
    "a tag that is a number": {"tags": [5]},
    "a website that is text": {"websites": ["https://example.org"]},
    "half a character": {"title": "\udcff"},
}


@pytest.mark.parametrize("parts", ILL_TYPED.values(), ids=ILL_TYPED.keys())
def test_ill_typed(parts):
    """What later readers could not read is refused before it is stored, as the item's fault."""
    with pytest.raises(InvalidItemError):
        check_item(item(**parts))


def test_all_faults_at_once():
    """Every fault is told in one answer."""
    told = refused(category="?", fields=fields("a", "a"), tags=[str(n) for n in range(101)])
    assert told.count(";") == 2
    told = refused(fields=fields("a", fieldType="Date") + fields("b", fieldType="MonthYear"))
    assert told == (
        "field 'a' does not hold a date: write it as YYYY-MM-DD; "
        "field 'b' does not hold a month: write it as MM/YYYY"
    )


def test_a_false_choice_is_not_repeated():
    """Where one of some words is wanted, another one is refused without being quoted."""
    website = {"url": "u", "label": "l", "autofillBehavior": "hunter2"}
    told = refused(websites=[website])
    assert told.endswith("at `$.websites[0].autofillBehavior`)")
    assert "hunter2" not in told


STORED = {
    "fields": [
        {"id": "old", "title": "old", "fieldType": "Date", "value": "soon"},
        {"id": "new kind", "title": "n", "fieldType": "Passkey", "value": [1]},
    ]
}


def shown(**parts):
    return item(fields=[show_field(row) | parts for row in STORED["fields"]])


def test_what_is_stored_is_not_judged_again():
    """An item with an old fault in it can be changed elsewhere; a new one cannot have it."""
    check_item(shown(), details=STORED)
    with pytest.raises(InvalidItemError, match="field 'old' does not hold a date"):
        check_item(shown())
    with pytest.raises(InvalidItemError, match="field 'old' does not hold a date"):
        check_item(shown(title="changed"), details=STORED)


NOT_EDITED = "Editing is not supported for unsupported fields"


@pytest.mark.parametrize("change", [{"title": "x"}, {"value": "x"}, {"sectionId": ""}])
def test_unsupported_fields(change):
    """A field of a type that is not known can stay or go, and be neither changed nor made."""
    old, new = shown()["fields"]
    check_item(item(fields=[old, new]), details=STORED)
    check_item(item(fields=[old]), details=STORED)
    changed = {**new, **change}
    if change == {"sectionId": ""}:  # the untitled section is no other place than none
        check_item(item(fields=[old, changed]), details=STORED)
        return
    with pytest.raises(InvalidItemError, match=NOT_EDITED):
        check_item(item(fields=[old, changed]), details=STORED)
    assert refused(fields=[new]) == NOT_EDITED


def test_unknown_categories():
    """An item of a category that is not known keeps it; no other item gets it."""
    check_item(item(category="Unsupported"), overview={"category": "Newer"})
    for overview in ({"category": "Login"}, None):
        with pytest.raises(InvalidItemError, match="category is not one that can be stored"):
            check_item(item(category="Unsupported"), overview=overview)
    with pytest.raises(InvalidItemError, match="category is not one that can be stored"):
        check_item(item(category="Newer"), overview={"category": "Newer"})


def test_keys_of_other_items():
    """A private key stands in SSH key items only, once."""
    key = fields("k", fieldType="SshKey", value="")
    check_item(item(category="SshKey", fields=key))
    assert refused(fields=key) == "field 'k' holds an SSH key, which only SshKey items do"
    two = [*key, *fields("l", fieldType="SshKey", value="")]
    assert refused(category="SshKey", fields=two) == "an item has at most one SSH key, not k, l"


def test_renamed():
    """A custom one-time password gets the id that the SDK gives it; nothing else does."""
    rows = fields("onetimepassword", fieldType="Totp") + fields("otp", fieldType="Totp")
    renamed = rename_fields(item(fields=rows))["fields"]
    assert [row["id"] for row in renamed] == ["TOTP_onetimepassword", "otp"]
    text = fields("onetimepassword")
    assert rename_fields(item(fields=text))["fields"] == text
    for odd in (5, "a", [5, {"fieldType": "Totp", "id": []}]):
        rename_fields(item() | {"fields": odd})


def test_sections_are_completed():
    """A custom field without a section goes to the untitled one, which is made once."""
    before = item(fields=[*fields("username", "custom"), *fields("placed", sectionId="s")])
    before["sections"] = [{"id": "s", "title": "S"}]
    done = complete_sections(before)
    assert [row.get("sectionId") for row in done["fields"]] == [None, "", "s"]
    assert done["sections"] == [{"id": "s", "title": "S"}, {"id": "", "title": ""}]
    assert complete_sections(done) == done
    assert "sectionId" not in before["fields"][1]


def test_sections_of_files():
    """A section that only a file names is made; one that a field names is not."""
    files = [{"id": "1", "fieldId": "f", "sectionId": "s"}, {"id": "2", "fieldId": "g"}]
    done = complete_sections(item(files=files))
    assert done["sections"] == [{"id": "s", "title": ""}]
    assert complete_sections(item(files=files, sections=[{"id": "s", "title": "S"}])) == item(
        files=files, sections=[{"id": "s", "title": "S"}]
    )


def test_built_in_fields_need_no_section():
    """Built-in fields outside any section stay there, in every category."""
    rows = fields("cardholder", "ccnum", "pin")
    done = complete_sections(item(category="CreditCard", fields=rows))
    assert [row.get("sectionId") for row in done["fields"]] == [None, None, ""]
