"""One field, one answer: what one way sets, every way reads; reserved ids mean what they name."""

import asyncio
import json

import pytest

from onepassword import (
    Client,
    ItemCategory,
    ItemCreateParams,
    ItemField,
    ItemFieldType,
)
from strongroom.crypto.ssh_keys import make_private_key
from strongroom.testing import throw_away_account

CREATE = ("item", "create", "--vault", "dev", "--format", "json")


def read_every_way(op, title, field):
    """Return the value of a field as each command tells it."""
    shown = op("item", "get", title, "--format", "json").json
    [row] = [row for row in shown["fields"] if field in (row["id"], row.get("label"))][:1]
    return {
        op("read", "--no-newline", f"op://dev/{title}/{field}").out,
        op("item", "get", title, "--fields", field, "--reveal").out.removesuffix("\n"),
        row["value"],
    }


@pytest.fixture
def made(op):
    """A function that makes an item of given statements; the items go at the end."""
    ids = []

    def make(title, *statements, category="login", given=None):
        done = op(*CREATE, "--category", category, "--title", title, *statements, given=given)
        ids.append(done.json["id"])
        return done.json

    yield make
    for one in ids:
        op("item", "delete", one)


@pytest.mark.parametrize("name", ["notesPlain", "notesplain", "NOTES PLAIN"])
def test_notes_go_by_one_name(op, made, name):
    """However it is spelled, the notes' name sets the notes, and makes no field beside them."""
    made("notes", "notesPlain=old")
    op("item", "edit", "notes", f"{name}=new")
    assert read_every_way(op, "notes", "notesPlain") == {"new"}


def test_ids_win_over_labels(op, made):
    """A built-in field goes by its id also where another has that label."""
    template = {
        "title": "two",
        "category": "LOGIN",
        "fields": [
            {"id": "mine", "type": "STRING", "label": "password", "value": "other"},
            {"purpose": "PASSWORD", "type": "CONCEALED", "label": "password", "value": "old"},
            {"purpose": "USERNAME", "type": "STRING", "value": "ana"},
        ],
    }
    made("two", "-", given=json.dumps(template))
    assert read_every_way(op, "two", "username") == {"ana"}
    op("item", "edit", "two", "password=new")
    assert op("read", "op://dev/two/password").out == "new\n"
    assert op("item", "get", "two", "--fields", "password", "--reveal").out == "new\n"
    assert op("read", "op://dev/two/mine").out == "other\n"


def test_parts_of_a_key_cannot_be_set(op, made):
    """What is computed from a key is refused as a name to set, before and after there is one."""
    key = made("k", "--ssh-generate-key", category="ssh")
    computed = {row["id"]: row["value"] for row in key["fields"] if row["id"] == "fingerprint"}
    told = "the 1st assignment sets what is computed from the private key"
    for name in ("public_key", "Public Key", "fingerprint", "keytype"):
        assert op.run("item", "edit", "k", f"{name}=new").error == told
        assert op.run(*CREATE, "--category", "ssh", f"{name}=new").error == told
    assert read_every_way(op, "k", "fingerprint") == set(computed.values())
    op("item", "edit", "k", "old.fingerprint[text]=a note")
    assert read_every_way(op, "k", "fingerprint") == set(computed.values())
    assert op("read", "op://dev/k/old/fingerprint").out == "a note\n"


def test_a_field_set_twice(op):
    """Two values for one field are refused: one of them would be lost without a word."""
    done = op.run(*CREATE, "--category", "login", "username=a", "x=b", "username=c")
    assert done.error == "the 3rd assignment sets the same field as the 1st assignment"
    done = op.run(*CREATE, "--category", "login", "s.username=a", "username=c", "--dry-run")
    assert done.code == 0


TWICE = {
    "capitals": ("username=a", "Username=b"),
    "blanks": ("password=a", "pass word=b"),
    "the notes": ("notesPlain=a", "NOTESPLAIN=b"),
    "the website": ("url=http://a", "website=http://b"),
    "a new field": ("s.x=a", "S.X=b"),
    "a part of an address": ("h[address.city]=a", "H[address.city]=b"),
    "an address after its part": ("h[address.city]=a", "h[address]=b"),
}


@pytest.mark.parametrize("statements", TWICE.values(), ids=TWICE.keys())
def test_a_field_set_twice_by_two_names(op, statements):
    """Two spellings of one field's name are one field, which cannot be set twice."""
    done = op.run(*CREATE, "--category", "login", *statements)
    assert done.error == "the 2nd assignment sets the same field as the 1st assignment"


def test_a_part_after_its_address(op):
    """A whole address and then a part of it lose nothing."""
    statements = ("h[address]=Way 1", "H[address.city]=Town", "h[address.zip]=1")
    done = op(*CREATE, "--category", "login", "--dry-run", *statements)
    assert "Way 1, Town, 1" in [row.get("value") for row in done.json["fields"]]


def test_sections_go_by_id_before_title(op, made):
    """A section's id means it for every way in and out, also where another has it as its title."""
    sections = [{"id": "x", "label": "first"}, {"id": "y", "label": "x"}]
    fields = [
        {"id": f"f-{one['id']}", "label": "pw", "section": one, "value": one["id"]}
        for one in sections
    ]
    template = {"title": "two", "category": "LOGIN", "sections": sections, "fields": fields}
    made("two", "-", given=json.dumps(template))
    op("item", "edit", "two", "x.pw=new")
    assert op("read", "op://dev/two/x/pw").out == "new\n"
    assert op("item", "get", "two", "--fields", "x.pw").out == "new\n"
    assert op("read", "op://dev/two/f-y").out == "y\n"


def test_a_field_named_like_the_website(op, made):
    """A field named `url` is meant before the website, as references mean it."""
    fields = [{"id": "mine", "label": "url", "value": "old"}]
    made("site", "-", given=json.dumps({"title": "site", "category": "LOGIN", "fields": fields}))
    edited = op("item", "edit", "site", "url=new", "website=http://a", "--format", "json").json
    assert read_every_way(op, "site", "url") == {"new"}
    assert [one["href"] for one in edited["urls"]] == ["http://a"]


def test_a_file_named_like_a_field_elsewhere(op, made):
    """A file in a named section is removed, whatever fields other sections have."""
    path = op.folder / "cert.txt"
    path.write_text("x")
    made("certs", "cert=value", f"s.cert[file]={path}", f"notesPlain[file]={path}")
    removed = ("s.cert[delete]", "notesPlain[delete]")
    edited = op("item", "edit", "certs", *removed, "--format", "json").json
    assert "files" not in edited
    assert op("read", "op://dev/certs/cert").out == "value\n"


def test_notes_twice_in_a_template(op):
    """A template that gives the notes twice is refused."""
    rows = [{"id": "notesPlain", "value": "a"}, {"purpose": "NOTES", "value": "b"}]
    template = json.dumps({"title": "x", "category": "LOGIN", "fields": rows})
    done = op.run(*CREATE, "-", given=template)
    assert done.error == "the template gives the notes more than once"


def field(identifier, title="any"):
    return ItemField(id=identifier, title=title, field_type=ItemFieldType.TEXT, value="v")


RESERVED = {
    "the notes": (ItemCategory.LOGIN, "notesPlain", "the item's notes"),
    "a public key": (ItemCategory.SSHKEY, "public_key", "what is computed from the private key"),
    "a fingerprint": (ItemCategory.SSHKEY, "fingerprint", "what is computed from the private key"),
    "a kind of key": (ItemCategory.SSHKEY, "key_type", "what is computed from the private key"),
}


@pytest.mark.parametrize(("category", "name", "meaning"), RESERVED.values(), ids=RESERVED.keys())
def test_reserved_ids_of_the_sdk(category, name, meaning):
    """Reserved ids are refused from the SDK, at creation and by a change."""

    async def play(account):
        client = await Client.authenticate(account.token, "tests", "1.0")
        vault = account.vault("vault")
        key = ItemField(
            id="private_key",
            title="private key",
            field_type=ItemFieldType.SSHKEY,
            value=make_private_key("ed25519").format_pkcs8(),
        )
        fields = [key] if category is ItemCategory.SSHKEY else []
        params = ItemCreateParams(title="x", category=category, vault_id=vault, fields=fields)
        item = await client.items.create(params)
        told = f"field id '{name}' is reserved for {meaning}"
        with pytest.raises(Exception, match=told):
            await client.items.create(params.model_copy(update={"fields": [field(name), *fields]}))
        with pytest.raises(Exception, match=told):
            await client.items.put(item.model_copy(update={"fields": [*item.fields, field(name)]}))

    with throw_away_account() as account:
        asyncio.run(play(account))


def test_ids_of_keys_are_free_elsewhere():
    """Only an SSH key item computes such fields."""
    with throw_away_account({"vault": {"db": {"public_key": "text"}}}) as account:

        async def read():
            client = await Client.authenticate(account.token, "tests", "1.0")
            return await client.secrets.resolve("op://vault/db/public_key")

        assert asyncio.run(read()) == "text"


@pytest.mark.parametrize("name", ["notes", "notesPlain"])
def test_notes_of_a_seed(name):
    """A seed may give the notes by either name."""
    with throw_away_account({"vault": {"db": {name: "text"}}}) as account:

        async def read():
            client = await Client.authenticate(account.token, "tests", "1.0")
            return await client.secrets.resolve("op://vault/db/notesPlain")

        assert asyncio.run(read()) == "text"


BOTH = {
    "a website": ("login", ["--url=http://a", "url=http://b"], "--url"),
    "a password": ("login", ["--generate-password", "Password=x"], "--generate-password"),
    "a key": ("ssh", ["--ssh-generate-key", "private_key=x"], "--ssh-generate-key"),
}


@pytest.mark.parametrize(("category", "parts", "option"), BOTH.values(), ids=BOTH.keys())
def test_options_and_assignments(op, category, parts, option):
    """An option and an assignment for one field are refused, whatever the value is."""
    done = op.run(*CREATE, "--category", category, *parts)
    assert done.error == f"{option} and an assignment set the same field"


def test_values_of_a_template(op, made):
    """A value is text or a whole number; the notes may go by their label alone."""
    rows = [{"label": "port", "value": 5432}, {"label": "notesPlain", "value": "text"}]
    template = {"title": "numbers", "category": "LOGIN", "fields": rows}
    made("numbers", "-", given=json.dumps(template))
    assert op("read", "op://dev/numbers/port").out == "5432\n"
    assert read_every_way(op, "numbers", "notesPlain") == {"text"}
    for value in ({"a": 1}, [1], True, 0.5):
        template["fields"] = [{"label": "x", "value": value}]
        done = op.run(*CREATE, "-", given=json.dumps(template))
        assert done.error == 'the value of the field "x" in the template is not text'


def test_a_website_goes(op, made):
    """`url[delete]` removes the first website, and leaves no empty one."""
    made("site", "--url=https://a.example.org")
    edited = op("item", "edit", "site", "url[delete]", "--format", "json").json
    assert "urls" not in edited


def test_one_file_of_a_name_goes(op, made):
    """A file outside sections is meant before others, and of several none goes unasked."""
    (op.folder / "cert.pem").write_text("x")
    made("certs", "cert[file]=cert.pem", "s.cert[file]=cert.pem", "t.cert[file]=cert.pem")
    edit = ("item", "edit", "certs", "cert[delete]", "--format", "json")
    assert [file["section"]["id"] != "" for file in op(*edit).json["files"]] == [True, True]
    told = op.run(*edit).error
    assert told.startswith('More than one file matches "cert".')
    assert len(op("item", "get", "certs", "--format", "json").json["files"]) == 2
