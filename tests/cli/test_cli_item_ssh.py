"""SSH key items on the command line."""

import json

import pytest

from strongroom.cli.item.ssh import make_key, set_key
from strongroom.crypto.ssh_keys import make_private_key, parse_private_key
from strongroom.errors import InputError
from strongroom.items.fields import expand_key
from strongroom.secret import Secret

CREATE = ("item", "create", "--vault", "dev", "--format", "json")


@pytest.fixture(scope="module")
def item(op):
    """An item with a new key, as JSON."""
    return op(*CREATE, "--category", "ssh", "--title", "key", "--ssh-generate-key").json


def by_id(item):
    return {field["id"]: field for field in item["fields"]}


def test_generated(op, item):
    """A new key is Ed25519, shown in the order and with the keys that clients know."""
    ids = [field["id"] for field in item["fields"]]
    assert ids == ["public_key", "fingerprint", "private_key", "key_type", "notesPlain"]
    rows = by_id(item)
    key = parse_private_key(rows["private_key"]["value"])
    assert rows["public_key"]["value"] == key.public_key
    assert rows["fingerprint"]["value"] == key.fingerprint == item["additional_information"]
    assert rows["key_type"]["value"] == "Ed25519"
    assert [rows[one]["type"] for one in ids[:4]] == ["STRING", "STRING", "SSHKEY", "STRING"]
    openssh = rows["private_key"]["ssh_formats"]["openssh"]
    assert openssh["reference"] == "op://dev/key/private key?ssh-format=openssh"
    assert parse_private_key(openssh["value"]).fingerprint == key.fingerprint


def test_references(op, item):
    """Every reference of such an item leads to the value beside it."""
    for field in item["fields"]:
        if "value" in field:
            assert op("read", field["reference"]).out == f"{field['value']}\n"
    openssh = by_id(item)["private_key"]["ssh_formats"]["openssh"]
    converted = op("read", openssh["reference"]).out
    assert parse_private_key(converted).public_key == by_id(item)["public_key"]["value"]


def test_human(op, item):
    """People see all but the private key, until they ask for it."""
    hidden, shown = op("item", "get", "key").out, op("item", "get", "key", "--reveal").out
    assert by_id(item)["fingerprint"]["value"] in hidden
    assert "BEGIN PRIVATE KEY" not in hidden
    assert "BEGIN PRIVATE KEY" in shown
    public = op("item", "get", "key", "--fields", "public key").out
    assert public == f"{by_id(item)['public_key']['value']}\n"
    assert "BEGIN" in op("item", "get", "key", "--fields", "type=sshKey", "--reveal").out


def test_round_trip(op, item):
    """An item's JSON makes the same item again: what is computed does not become a field."""
    copy = op(*CREATE, "-", "--title", "copy", given=json.dumps(item)).json
    assert {k: v.get("value") for k, v in by_id(copy).items()} == {
        k: v.get("value") for k, v in by_id(item).items()
    }
    edited = op("item", "edit", "copy", "--title", "copy 2", "--format", "json").json
    assert len(edited["fields"]) == len(item["fields"])
    op("item", "delete", copy["id"])


def test_given_key(op):
    """A key that is given is checked; one that cannot be used is not stored."""
    key = make_private_key("ed25519").format_openssh()
    made = op(*CREATE, "--category", "ssh", "private_key=-", given=key).json
    assert by_id(made)["key_type"]["value"] == "Ed25519"
    op("item", "delete", made["id"])
    done = op.run(*CREATE, "--category", "ssh", "private_key=-", given="no key")
    assert "field 'private_key' does not hold a usable SSH key" in done.error
    assert "no key" not in done.err.replace("no key that", "")


def test_empty(op):
    """Without a key there is only the empty field, and nothing computed."""
    made = op(*CREATE, "--category", "ssh").json
    assert [field["id"] for field in made["fields"]] == ["private_key", "notesPlain"]
    op("item", "delete", made["id"])


def test_refused(op):
    """A kind of key that is not made, or another category, is refused."""
    done = op.run(*CREATE, "--category", "ssh", "--ssh-generate-key=dsa")
    assert done.error == '"dsa" isn\'t a kind of SSH key'
    done = op.run(*CREATE, "--category", "login", "--ssh-generate-key")
    assert done.error == "an SSH key can be generated only for SSH Key items"


@pytest.mark.parametrize(("kind", "told"), [("RSA2048", "RSA, 2048-bit"), ("ed25519", "Ed25519")])
def test_kinds(kind, told):
    """A kind goes by its name, in any case; the key is made once and set where the field is."""
    key = make_key(kind)
    item = {"category": "SshKey", "fields": []}
    set_key(item, key)
    (row,) = item["fields"]
    assert [one["value"] for one in expand_key(row)][3] == told
    with pytest.raises(InputError):
        set_key({"category": "Login", "fields": []}, Secret("x"))
