"""`op item template`, default fields, and every kind of value on the command line."""

import json
import re
import stat

import pytest

from strongroom.cli.item.input import apply_template
from strongroom.cli.item.output import item_json
from strongroom.cli.item.template import find_category, template_json
from strongroom.cli.program.shapes import CATEGORIES
from strongroom.errors import InputError
from strongroom.items.attributes import FIELD_TYPE_WORDS
from strongroom.items.models import CATEGORIES as ENGINE_CATEGORIES

CREATE = ("item", "create", "--vault", "dev", "--format", "json")


@pytest.mark.parametrize("category", sorted(ENGINE_CATEGORIES))
def test_templates(category):
    """The template of every category has its words, its notes once, and empty values."""
    made = template_json(category)
    assert made["category"] == CATEGORIES[category]
    assert made["title"] == ""
    assert [field["id"] for field in made["fields"]].count("notesPlain") == 1
    assert {field["type"] for field in made["fields"]} <= set(FIELD_TYPE_WORDS.values())
    assert {field["value"] for field in made["fields"]} == {""}
    named = {field["section"]["id"] for field in made["fields"] if "section" in field}
    assert named == {section["id"] for section in made.get("sections", [])}


def test_template_of_a_login():
    """What signs in comes first, with its purpose, as clients know it."""
    assert template_json("Login") == {
        "title": "",
        "category": "LOGIN",
        "fields": [
            {
                "id": "username",
                "type": "STRING",
                "purpose": "USERNAME",
                "label": "username",
                "value": "",
            },
            {
                "id": "password",
                "type": "CONCEALED",
                "purpose": "PASSWORD",
                "label": "password",
                "value": "",
            },
            {
                "id": "notesPlain",
                "type": "STRING",
                "purpose": "NOTES",
                "label": "notesPlain",
                "value": "",
            },
        ],
    }


@pytest.mark.parametrize("name", ["102", "Database", "database", " DATABASE "])
def test_find_category(name):
    """A category goes by its number or by any usual spelling."""
    assert find_category(name) == "Database"


@pytest.mark.parametrize("name", ["", "-", "999", "nothing"])
def test_no_such_category(name):
    """What is no category is refused; the sign for no number is none either."""
    with pytest.raises(InputError, match="isn't an item category"):
        find_category(name)


def test_template_list(op):
    """The list has the numbers and names of `op`, and works without a session."""
    rows = op.with_(OP_SESSION="")("item", "template", "list", "--format", "json").json
    assert len(rows) == 22
    assert {"uuid": "001", "name": "Login"} in rows
    assert {"uuid": "114", "name": "SSH Key"} in rows
    assert op("item", "template", "ls").out.splitlines()[0].split() == ["UUID", "NAME"]


def test_template_get(op):
    """A template is printed as JSON, whatever the format, for one category or several."""
    assert op("item", "template", "get", "api credential").json["category"] == "API_CREDENTIAL"
    listed = op("item", "template", "list", "--format", "json").out
    both = op("item", "template", "get", "-", given="Login\nServer\n").out
    assert re.findall(r'"category": "(\w+)"', both) == ["LOGIN", "SERVER"]
    every = op("item", "template", "get", given=listed).out
    assert every.count('"category"') == 22
    assert op.run("item", "template", "get", "nothing").error.startswith('"nothing" isn\'t')
    for given in ("[1]", '[{"id": 1}]', "{"):
        assert op.run("item", "template", "get", "-", given=given).code == 1


def test_template_into_a_file(op):
    """A template is written into a file of its own, and never over another by itself."""
    assert op("item", "template", "get", "login", "-o", "t.json").out.strip().endswith("t.json")
    file = op.folder / "t.json"
    assert json.loads(file.read_text())["category"] == "LOGIN"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    done = op.run("item", "template", "get", "server", "--out-file", "t.json")
    assert "exists already" in done.error
    op("item", "template", "get", "server", "-f", "-o", "t.json")
    assert json.loads(file.read_text())["category"] == "SERVER"
    op("item", "template", "get", "server", "-o", "u.json", "--file-mode", "0640")
    assert stat.S_IMODE((op.folder / "u.json").stat().st_mode) == 0o640


def test_template_makes_an_item(op):
    """A template that is filled in and piped back makes the item, with its sections."""
    template = op("item", "template", "get", "server").json
    template["title"] = "from template"
    for field in template["fields"]:
        if field["id"] in ("url", "admin_console_password"):
            field["value"] = f"filled {field['id']}"
    made = op(*CREATE, "-", given=json.dumps(template)).json
    values = {field["id"]: field["value"] for field in made["fields"] if "value" in field}
    assert values == {
        "url": "filled url",
        "admin_console_password": "filled admin_console_password",
    }
    assert {one["label"] for one in made["sections"]} == {"Admin Console", "Hosting Provider"}
    op("item", "delete", made["id"])


def test_default_fields(op):
    """A new item has the empty built-in fields of its category; a template says them itself."""
    made = op(*CREATE, "--category", "database", "port=5432", "admin_x=1").json
    ids = [field["id"] for field in made["fields"]]
    assert ids[:4] == ["database_type", "hostname", "port", "database"]
    assert {f["id"]: f["value"] for f in made["fields"] if "value" in f and len(f["id"]) < 26} == {
        "port": "5432"
    }
    bare = op(*CREATE, "-", given='{"title": "t", "category": "DATABASE"}').json
    assert [field["id"] for field in bare["fields"]] == ["notesPlain"]
    for one in (made, bare):
        op("item", "delete", one["id"])


def test_built_in_fields_in_sections(op):
    """Built-in fields go by their ids, also those that stand in a section."""
    made = op(
        *(*CREATE, "--category", "identity", "--title", "me", "firstname=Ana"),
        *("birthdate=1990-12-31", "address=Way 1, Town", "Internet Details.email=a@example.org"),
    ).json
    rows = {field["id"]: field for field in made["fields"]}
    assert rows["firstname"]["value"] == "Ana"
    assert rows["firstname"]["section"] == {"id": "name", "label": "Identification"}
    assert (rows["address"]["type"], rows["address"]["value"]) == ("ADDRESS", "Way 1, Town")
    assert rows["email"]["value"] == "a@example.org"
    assert op("read", "op://dev/me/Address/address").out == "Way 1, Town\n"
    edited = op("item", "edit", "me", "address=Way 2", "--format", "json").json
    assert {f["id"]: f.get("value") for f in edited["fields"]}["address"] == "Way 2"
    again = op(*CREATE, "-", "--title", "copy", given=json.dumps(edited)).json
    assert {f["id"]: f.get("value") for f in again["fields"]}["address"] == "Way 2"
    for one in (made, again):
        op("item", "delete", one["id"])


def test_parts_of_an_address(op):
    """An address is set part by part; what is not named stays, and programs read the parts."""
    made = op(
        *(*CREATE, "--category", "identity", "--title", "her", "address[address.street]=Way 1"),
        *("address[address.city]=Town", "own.home[address.zip]=12345"),
    ).json
    rows = {field["label"]: field["value"] for field in made["fields"] if "value" in field}
    assert (rows["address"], rows["home"]) == ("Way 1, Town", "12345")
    edit = ("item", "edit", "her", "--format", "json")
    edited = op(*edit, "address[address.city]=", "address[address.country]=us").json
    rows = {field["label"]: field["value"] for field in edited["fields"] if "value" in field}
    assert rows["address"] == "Way 1, us"
    told = op.run(*edit, "address[address.city]=a", "address[address.city]=b").error
    assert told == "the 2nd assignment sets the same field as the 1st assignment"
    op("item", "delete", made["id"])


def test_a_text_becomes_an_address(op):
    """A part of an address, or the type, makes a text the street; notes and websites have none."""
    made = op(*CREATE, "--category", "login", "--title", "text", "a=Way 1", "b=Way 2").json
    edit = ("item", "edit", made["id"], "--format", "json")
    op(*edit, "a[address.city]=Town", "b[address]")
    edited = op(*edit, "b[address.city]=City").json
    rows = {field["label"]: field["value"] for field in edited["fields"] if "value" in field}
    assert rows == {"a": "Way 1, Town", "b": "Way 2, City"}
    for name in ("notesPlain", "url"):
        told = op.run(*edit, f"{name}[address.city]=Town").error
        assert told == "the 1st assignment sets a part of what can be no address"
    op("item", "delete", made["id"])


def test_built_in_field_of_a_bare_item(op):
    """A built-in field that an item lacks is made with its type, title and section."""
    made = op(*CREATE, "-", given='{"title": "bare card", "category": "CREDIT_CARD"}').json
    edited = op(
        *("item", "edit", made["id"], "expiry=203001", "pin=1234", "--format", "json"),
    ).json
    rows = {field["id"]: field for field in edited["fields"]}
    assert (rows["expiry"]["type"], rows["expiry"]["value"]) == ("MONTH_YEAR", "203001")
    assert rows["pin"]["section"] == {"id": "details", "label": "Additional Details"}
    op("item", "delete", made["id"])


NEWER = {
    "id": "i",
    "title": "newer",
    "category": "Unsupported",
    "fields": [{"id": "p", "title": "p", "fieldType": "Unsupported", "value": ""}],
    "sections": [],
}
VAULT = {"id": "v" * 26, "title": "dev"}


def test_unknown_kinds_as_templates():
    """The JSON of an item of no known kind changes the rest of it, and makes no other item so."""
    shown = item_json(NEWER, VAULT)
    assert (shown["category"], shown["fields"][0]["type"]) == ("UNKNOWN", "UNKNOWN")
    changed = apply_template(NEWER, shown | {"title": "new"})
    assert changed == NEWER | {"title": "new", "notes": ""}
    for category in ("Login", ""):
        with pytest.raises(InputError, match="isn't an item category"):
            apply_template(NEWER | {"category": category}, shown)


def test_values_are_judged(op):
    """A value that does not fit its type is refused before anything is stored."""
    done = op.run(*CREATE, "--category", "login", "x[date]=2026-02-30")
    assert done.error == "the 1st assignment needs a date"
    assert "2026-02-30" not in done.err
    row = {"id": "r", "type": "REFERENCE", "label": "r", "value": "op://v/i"}
    template = {"title": "t", "category": "LOGIN", "fields": [row]}
    done = op.run(*CREATE, "-", given=json.dumps(template))
    assert "field 'r' does not refer to an item" in done.error
