"""Categories, types, values, templates and JSON shapes."""

import json

import pytest

from onepassword.types import ItemCategory, ItemFieldType
from strongroom.cli.item.input import apply_template, load_template, parse_templates
from strongroom.cli.item.output import item_json, overview_json
from strongroom.cli.item.select import select_fields
from strongroom.cli.program.shapes import (
    CATEGORIES,
    parse_category,
    parse_json_type,
    to_json_value,
    to_sdk_value,
)
from strongroom.errors import AmbiguousError, InputError, LocalFileError, NotFoundError
from strongroom.items.attributes import FIELD_TYPE_WORDS
from strongroom.items.models import CATEGORIES as ENGINE_CATEGORIES

VAULT = {"id": "v" * 26, "title": "dev"}


def test_tables_are_complete():
    """Every category and field type of the SDK has a word on the command line."""
    assert set(CATEGORIES) == {one.value for one in ItemCategory}
    assert set(FIELD_TYPE_WORDS) == {one.value for one in ItemFieldType}
    assert set(CATEGORIES) - {"Unsupported"} == ENGINE_CATEGORIES


def test_words_are_unambiguous():
    """No two categories or types share a word, so that JSON can be read back."""
    assert len(set(CATEGORIES.values())) == len(CATEGORIES)
    assert len(set(FIELD_TYPE_WORDS.values())) == len(FIELD_TYPE_WORDS)


SPELLINGS = {
    "api credential": "ApiCredentials",
    "API Credential": "ApiCredentials",
    "API_CREDENTIAL": "ApiCredentials",
    "api-credential": "ApiCredentials",
    "Login": "Login",
    "LOGIN": "Login",
    "ssh": "SshKey",
    "SSH Key": "SshKey",
    "secure note": "SecureNote",
    "CUSTOM": "CryptoWallet",
}


@pytest.mark.parametrize(("text", "expected"), SPELLINGS.items(), ids=SPELLINGS.keys())
def test_category(text, expected):
    """A category goes by any usual spelling."""
    assert parse_category(text) == expected


@pytest.mark.parametrize("text", ["", "nothing", "unknown", "unsupported"])
def test_unknown_category(text):
    """What cannot be made is refused."""
    with pytest.raises(InputError):
        parse_category(text)


@pytest.mark.parametrize("category", sorted(ENGINE_CATEGORIES))
def test_category_round_trip(category):
    """The JSON word of a category leads back to it."""
    assert parse_category(CATEGORIES[category]) == category


VALUES = {
    "month": ("MonthYear", "01/2030", "203001"),
    "date": ("Date", "1950-01-01", "-631108740"),
    "text": ("Text", "1950-01-01", "1950-01-01"),
    "empty": ("Date", "", ""),
}


@pytest.mark.parametrize(("kind", "sdk", "shown"), VALUES.values(), ids=VALUES.keys())
def test_value_round_trip(kind, sdk, shown):
    """Values are shown as `op` shows them and read back as they were."""
    assert to_json_value(field_type=kind, value=sdk) == shown
    assert to_sdk_value(field_type=kind, value=shown, what="x") == sdk


@pytest.mark.parametrize("text", ["203001", "2030/01", "01/2030"])
def test_month_spellings(text):
    """A month may be written in three ways."""
    assert to_sdk_value(field_type="MonthYear", value=text, what="x") == "01/2030"


BAD_VALUES = {
    "month 13": ("MonthYear", "203013"),
    "month 0": ("MonthYear", "203000"),
    "a year before the first": ("MonthYear", "000001"),
    "other digits": ("MonthYear", "203\u066001"),
    "day 32": ("Date", "2030-01-32"),
    "words": ("Date", "tomorrow"),
    "far away": ("Date", "999999999999"),
}


@pytest.mark.parametrize(("kind", "text"), BAD_VALUES.values(), ids=BAD_VALUES.keys())
def test_bad_value(kind, text):
    """An impossible date is refused by whose it is, without the value."""
    with pytest.raises(InputError, match=r"^x needs a") as caught:
        to_sdk_value(field_type=kind, value=text, what="x")
    assert text not in str(caught.value)


def test_stored_nonsense_is_shown_as_it_is():
    """A value that no form fits is shown, not refused: it is the user's."""
    assert to_json_value(field_type="Date", value="2030-99-99") == "2030-99-99"
    assert to_json_value(field_type="MonthYear", value="soon") == "soon"


def make_item():
    return {
        "id": "i" * 26,
        "title": "db",
        "category": "Login",
        "vaultId": "v" * 26,
        "tags": ["a"],
        "version": 3,
        "createdAt": "2026-01-02T03:04:05.678901Z",
        "updatedAt": "2026-02-03T04:05:06.000000Z",
        "state": "active",
        "notes": "note",
        "websites": [
            {"url": "https://db.example.org", "label": "website", "autofillBehavior": "Never"}
        ],
        "sections": [{"id": "s1", "title": "Admin"}, {"id": "", "title": ""}],
        "fields": [
            {"id": "username", "title": "username", "fieldType": "Text", "value": "ana"},
            {"id": "password", "title": "password", "fieldType": "Concealed", "value": "p4ss"},
            {
                "id": "f1",
                "title": "pin",
                "sectionId": "s1",
                "fieldType": "Text",
                "value": "1",
                "kept": "by name",
            },
            {
                "id": "f2",
                "title": "a/b",
                "sectionId": "",
                "fieldType": "Totp",
                "value": "JBSWY3DPEHPK3PXP",
                "details": {"type": "Otp", "content": {"code": "123456", "errorMessage": None}},
            },
        ],
    }


def test_item_json():
    """A whole item has the keys that clients of `op` read, and no empty ones."""
    assert item_json(make_item(), VAULT) == {
        "id": "i" * 26,
        "title": "db",
        "tags": ["a"],
        "version": 3,
        "vault": {"id": "v" * 26, "name": "dev"},
        "category": "LOGIN",
        "created_at": "2026-01-02T03:04:05Z",
        "updated_at": "2026-02-03T04:05:06Z",
        "additional_information": "ana",
        "urls": [{"label": "website", "primary": True, "href": "https://db.example.org"}],
        "sections": [{"id": "s1", "label": "Admin"}],
        "fields": [
            {
                "id": "username",
                "type": "STRING",
                "purpose": "USERNAME",
                "label": "username",
                "value": "ana",
                "reference": "op://dev/db/username",
            },
            {
                "id": "password",
                "type": "CONCEALED",
                "purpose": "PASSWORD",
                "label": "password",
                "value": "p4ss",
                "reference": "op://dev/db/password",
            },
            {
                "id": "f1",
                "section": {"id": "s1", "label": "Admin"},
                "type": "STRING",
                "label": "pin",
                "value": "1",
                "reference": "op://dev/db/Admin/pin",
            },
            {
                "id": "f2",
                "type": "OTP",
                "label": "a/b",
                "value": "JBSWY3DPEHPK3PXP",
                "totp": "123456",
                "reference": "op://dev/db/f2",
            },
            {
                "id": "notesPlain",
                "type": "STRING",
                "purpose": "NOTES",
                "label": "notesPlain",
                "value": "note",
                "reference": "op://dev/db/notesPlain",
            },
        ],
    }


def test_list_row_has_no_content():
    """A row of a list has neither fields nor sections."""
    row = overview_json(make_item(), VAULT)
    assert not {"fields", "sections", "files"} & set(row)


def test_reference_uses_ids_for_odd_names():
    """A name that a reference cannot hold is replaced by its id, part by part."""
    odd = make_item() | {"title": "d:b", "sections": [{"id": "s1", "title": "Ad/min"}]}
    [row] = [one for one in item_json(odd, VAULT)["fields"] if one["id"] == "f1"]
    assert row["reference"] == f"op://dev/{'i' * 26}/s1/pin"


def test_template_round_trip():
    """An item's own JSON as a template changes nothing, what JSON cannot say included."""
    before = make_item()
    after = apply_template(before, item_json(before, VAULT))
    # Websites come back with the default behaviour: `op`'s JSON does not carry it.
    assert {**after, "websites": None} == {**before, "websites": None}


def test_template_replaces_fields():
    """A field that a template leaves out is gone; one that it adds has a new id."""
    template = {"fields": [{"id": "", "label": "new", "type": "CONCEALED", "value": "x"}]}
    after = apply_template(make_item(), template)
    [made] = after["fields"]
    assert (made["title"], made["fieldType"], made["value"]) == ("new", "Concealed", "x")
    assert len(made["id"]) == 26
    assert after["notes"] == "note"


def test_template_keeps_details_with_their_value():
    """Details stay while the value does, and go with it."""
    row = {"id": "f2", "label": "a/b", "type": "OTP", "value": "JBSWY3DPEHPK3PXP"}
    [kept] = apply_template(make_item(), {"fields": [row]})["fields"]
    [changed] = apply_template(make_item(), {"fields": [{**row, "value": "ABCDEFGH"}]})["fields"]
    assert "details" in kept
    assert "details" not in changed


def test_template_brings_its_section():
    """A field may name a section that the template does not list."""
    row = {"id": "x", "label": "x", "section": {"id": "s9", "label": "Nine"}}
    after = apply_template(make_item(), {"fields": [row]})
    assert {"id": "s9", "title": "Nine"} in after["sections"]


BAD_TEMPLATES = {
    "text": (b'"x"', "does not hold an item"),
    "empty list": (b"[]", "does not hold an item"),
    "list of texts": (b'["x"]', "does not hold an item"),
    "not JSON": (b'{\n "title": secret}', "is not JSON: line 2, column 11"),
    "cut": (b"{", "is not JSON: line 1, column 2"),
    "doubled key": (b'{"title": "a", "title": "b"}', "has an object that names a key twice"),
    "not UTF-8": (b"\xff{}", "is not UTF-8"),
    "too deep": (b"[" * 100_000, "is nested too deep"),
    "a number without end": (b"[" + b"1" * 5_000 + b"]", "has a number that is too long"),
}


@pytest.mark.parametrize(("raw", "told"), BAD_TEMPLATES.values(), ids=BAD_TEMPLATES.keys())
def test_bad_template(raw, told):
    """What holds no item is refused with the place of the fault, never with its content."""
    with pytest.raises(InputError) as caught:
        parse_templates(raw, what="the template")
    assert caught.value.message == f"the template {told}"


BAD_PARTS = {
    "title": {"title": 1},
    "fields": {"fields": {"a": 1}},
    "field": {"fields": ["x"]},
    "type": {"fields": [{"id": "a", "type": "SECRET"}]},
    "urls": {"urls": "x"},
    "tags": {"tags": [1]},
    "category": {"category": "nothing"},
}


@pytest.mark.parametrize("template", BAD_PARTS.values(), ids=BAD_PARTS.keys())
def test_bad_template_part(template):
    """A part with a wrong type is refused, not guessed."""
    with pytest.raises(InputError):
        apply_template(make_item(), template)


def test_template_file(tmp_path):
    """A template may be one item or several, in a file."""
    path = tmp_path / "t.json"
    path.write_text(json.dumps([{"title": "a"}, {"title": "b"}]))
    assert load_template(path) == [{"title": "a"}, {"title": "b"}]
    with pytest.raises(LocalFileError, match="cannot be read"):
        load_template(tmp_path / "none.json")


SELECTORS = {
    "password": ["password"],
    "password,username": ["password", "username"],
    "label=pin": ["f1"],
    "label=admin.pin": ["f1"],
    "s1.f1": ["f1"],
    "type=otp": ["f2"],
    "type=CONCEALED": ["password"],
    "username,username": ["username"],
}


@pytest.mark.parametrize(("text", "ids"), SELECTORS.items(), ids=SELECTORS.keys())
def test_select_fields(text, ids):
    """`--fields` takes labels, ids, sections and types, and keeps their order."""
    assert [field["id"] for field in select_fields(make_item(), VAULT, text)] == ids


TWINS = [
    {"id": "f1", "title": "Key", "sectionId": "s1", "fieldType": "Text", "value": "1"},
    {"id": "f2", "title": "key", "sectionId": "s2", "fieldType": "Text", "value": "2"},
]
SECTIONS = [{"id": "s1", "title": "One"}, {"id": "s2", "title": "Two"}]
OUTSIDE = {"id": "f3", "title": "Key", "fieldType": "Text", "value": "3"}


def test_select_one_of_twins():
    """A name that several fields have is refused with their ids and sections, as by `op read`."""
    item = make_item() | {"fields": TWINS, "sections": SECTIONS}
    with pytest.raises(AmbiguousError) as caught:
        select_fields(item, VAULT, "key")
    assert caught.value.candidates == ("f1", "f2")
    assert '\n\t* for the field "key" in section One: f1\n' in caught.value.message
    assert select_fields(item, VAULT, "two.key") == [TWINS[1]]
    assert select_fields(item, VAULT, "f1") == [TWINS[0]]
    assert select_fields(item, VAULT, "type=string")[:2] == TWINS
    assert select_fields(item | {"fields": [*TWINS, OUTSIDE]}, VAULT, "key") == [OUTSIDE]


def test_select_nothing():
    """A selector that fits no field is an error that names it."""
    with pytest.raises(NotFoundError, match="does not have a field 'nothing'"):
        select_fields(make_item(), VAULT, "password,nothing")


def test_gender_is_a_menu():
    """A type that the SDK has no word for is read as the nearest one."""
    assert parse_json_type("GENDER") == "Menu"
