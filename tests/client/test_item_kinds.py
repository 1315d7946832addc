"""Categories and types of fields, as they are written, read and resolved."""

import subprocess
import sys

import pytest

from strongroom.client.view.objects import Draft
from strongroom.crypto.public.randomness import make_bytes
from strongroom.crypto.ssh_keys import make_private_key, parse_private_key
from strongroom.errors import IntegrityError, InvalidItemError, ResolveError
from strongroom.ids import ID_BYTES, format_id, parse_id
from strongroom.items.models import CATEGORIES, FIELD_TYPES
from strongroom.items.templates import default_parts

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
PARTS = {"street": "Way 1", "city": "Town", "state": "", "zip": "12", "country": "us"}
VALUES = {
    "Date": "2026-02-28",
    "MonthYear": "02/2026",
    "Reference": "a" * 26,
    "Totp": SEED,
    "Address": "Way 1, Town, 12, us",
}


def field(kind, value, **parts):
    return {"id": kind, "title": kind, "sectionId": "s", "fieldType": kind, "value": value} | parts


def item(category="SecureNote", **parts):
    return {"title": "kinds", "category": category} | parts


def seal(run, engine, vault, overview, details):
    """Write what no client of this release writes; return the item's id."""
    new = Draft(object=make_bytes(ID_BYTES), overview=overview, details=details)
    run(engine._session.write(parse_id(vault), [new]))
    return format_id(new.object)


@pytest.mark.parametrize("category", sorted(CATEGORIES - {"Document"}))
def test_categories(run, shared, owner, vault, category):
    """An item of every category, with its built-in fields, comes back as it was made."""
    fields, sections = default_parts(category)
    made = run(owner.items.create(vault, item(category, fields=fields, sections=sections)))
    read = run(shared.owner().items.get(vault, made["id"]))
    assert read == made
    plain = [{k: v for k, v in row.items() if k != "details"} for row in read["fields"]]
    assert (plain, read["sections"]) == (fields, sections)
    assert run(owner.items.put(read))["fields"] == read["fields"]


def test_types(run, shared, owner, vault, name):
    """A field of every type comes back with its value, and resolves to it."""
    kinds = sorted(FIELD_TYPES - {"SshKey"})
    rows = [field(kind, VALUES.get(kind, "any text")) for kind in kinds]
    rows[kinds.index("Address")]["details"] = {"type": "Address", "content": PARTS}
    parts = {"fields": rows, "sections": [{"id": "s", "title": "S"}]}
    made = run(owner.items.create(vault, item(**parts)))
    read = {row["id"]: row for row in run(shared.owner().items.get(vault, made["id"]))["fields"]}
    assert {kind: read[kind]["value"] for kind in kinds} == {
        row["id"]: row["value"] for row in rows
    }
    assert read["Address"]["details"]["content"] == PARTS
    assert read["Totp"]["details"]["type"] == "Otp"
    for kind in kinds:
        reference = f"op://{name}/kinds/S/{kind}"
        assert run(owner.secrets.resolve(reference)) == read[kind]["value"]


def test_an_address_is_changed_by_its_details(run, owner, vault):
    """The value of an address follows its details."""
    row = field("Address", "", details={"type": "Address", "content": PARTS})
    made = run(owner.items.create(vault, item(fields=[row], sections=[{"id": "s", "title": ""}])))
    made["fields"][0]["details"]["content"]["city"] = "Other"
    assert run(owner.items.put(made))["fields"][0]["value"] == "Way 1, Other, 12, us"


def test_values_are_judged(run, owner, vault):
    """A value that does not fit is refused, with all other faults, at creation and at change."""
    rows = [field("Date", "soon"), field("Reference", "op://v/i/f")]
    faulty = item(fields=rows, sections=[{"id": "s", "title": ""}])
    with pytest.raises(
        InvalidItemError, match=r"'Date' does not hold a date.*'Reference' does not refer"
    ):
        run(owner.items.create(vault, faulty))
    made = run(owner.items.create(vault, faulty | {"fields": []}))
    with pytest.raises(InvalidItemError, match="'Date' does not hold a date"):
        run(owner.items.put(made | {"fields": rows}))
    assert run(owner.items.get(vault, made["id"]))["version"] == 1


def test_one_time_passwords_are_judged(run, owner, vault):
    """A value without a seed is not written; one that is stored is read, and does not bind."""
    row = field("Totp", "zorro 1 !")
    sections = [{"id": "s", "title": ""}]
    told = "'Totp' does not hold a one-time password: the one-time password seed is not base32"
    with pytest.raises(InvalidItemError, match=told) as caught:
        run(owner.items.create(vault, item(fields=[row], sections=sections)))
    assert "zorro" not in str(caught.value)
    details = {"fields": [row], "sections": sections}
    old = seal(run, owner, vault, {"title": "old", "category": "SecureNote"}, details)
    read = run(owner.items.get(vault, old))
    content = read["fields"][0]["details"]["content"]
    assert (content["code"], content["errorMessage"]) == (
        None,
        "the one-time password seed is not base32",
    )
    changed = run(owner.items.put(read | {"notes": "new"}))
    assert changed["fields"][0]["value"] == "zorro 1 !"
    with pytest.raises(InvalidItemError, match=told):
        run(owner.items.put(changed | {"fields": [read["fields"][0] | {"value": "zorro 2 !"}]}))


def test_a_one_time_password_of_another_kind(run, owner, vault):
    """An address from which no code is computed here is stored, and shows why."""
    row = field("Totp", f"otpauth://hotp/x?secret={SEED}&counter=1")
    parts = {"fields": [row], "sections": [{"id": "s", "title": ""}]}
    made = run(owner.items.create(vault, item(**parts)))
    assert made["fields"][0]["value"] == row["value"]
    assert "kind" in made["fields"][0]["details"]["content"]["errorMessage"]


def test_onetimepassword(run, owner, vault):
    """A custom one-time password comes back under the id that the SDK gives it, once."""
    row = {"id": "onetimepassword", "title": "code", "fieldType": "Totp", "value": SEED}
    made = run(owner.items.create(vault, item("Login", fields=[row])))
    assert [one["id"] for one in made["fields"]] == ["TOTP_onetimepassword"]
    assert [one["id"] for one in run(owner.items.put(made))["fields"]] == ["TOTP_onetimepassword"]
    with pytest.raises(InvalidItemError, match="'TOTP_onetimepassword' occurs twice"):
        run(owner.items.put(made | {"version": 2, "fields": [*made["fields"], row]}))


# -- what this release does not know -----------------------------------------------------

NEWER = {
    "fields": [
        {"id": "a", "title": "a", "fieldType": "Text", "value": "x"},
        {"id": "p", "title": "p", "fieldType": "Passkey", "value": {"keys": [1]}, "level": 2},
    ],
    "sections": [],
    "notes": "",
}


def test_unknown_types_and_categories(run, shared, owner, vault, name):
    """What a newer client made is shown as Unsupported, and survives a change of the rest."""
    overview = {"title": "newer", "category": "Vehicle", "tags": [], "websites": []}
    made = seal(run, owner, vault, overview, NEWER)
    read = run(owner.items.get(vault, made))
    assert (read["category"], read["fields"][1]["fieldType"]) == ("Unsupported", "Unsupported")
    assert [row["category"] for row in run(owner.items.list(vault))] == ["Unsupported"]
    read["fields"][0]["value"] = "changed"
    put = run(owner.items.put(read | {"tags": ["t"]}))
    assert put["category"] == "Unsupported"
    stored = run(shared.owner()._session.fetch(parse_id(vault), parse_id(made)))
    assert stored.overview == overview | {"tags": ["t"]}
    # A custom field gets the untitled section with its first change, as in any item.
    changed = NEWER["fields"][0] | {"value": "changed", "sectionId": ""}
    assert stored.details["fields"] == [changed, NEWER["fields"][1]]
    assert run(owner.secrets.resolve(f"op://{name}/newer/a")) == "changed"


def test_unknown_types_are_not_edited(run, owner, vault):
    """A field of a type that is not known can be left out, and not be changed."""
    made = seal(run, owner, vault, {"title": "newer", "category": "Login"}, NEWER)
    read = run(owner.items.get(vault, made))
    text, strange = read["fields"]
    told = "Editing is not supported for unsupported fields"
    with pytest.raises(InvalidItemError, match=told) as caught:
        run(owner.items.put(read | {"fields": [text, strange | {"title": "new"}]}))
    assert caught.value.tag == "itemValidationError"
    assert len(run(owner.items.put(read | {"fields": [text]}))["fields"]) == 1


def test_unknown_values_are_not_resolved(run, owner, vault, name):
    """A field that holds no text is not resolved, and hides no other field."""
    seal(run, owner, vault, {"title": "newer", "category": "Login"}, NEWER)
    assert run(owner.secrets.resolve(f"op://{name}/newer/a")) == "x"
    for query in ("", "?attribute=otp"):
        with pytest.raises(ResolveError) as caught:
            run(owner.secrets.resolve(f"op://{name}/newer/p{query}"))
        assert caught.value.tag in ("other", "incompatibleTOTPQueryParameterField")


def test_no_item_is_hidden_by_another(run, owner, vault):
    """What an author sealed that is no overview, or no details, hides no other item."""
    good = run(owner.items.create(vault, item()))
    odd = seal(run, owner, vault, {"title": "odd", "category": 5, "tags": "x"}, {"fields": 5})
    rows = {row["id"]: row for row in run(owner.items.list(vault))}
    assert set(rows) == {good["id"], odd}
    assert (rows[odd]["category"], rows[odd]["tags"]) == ("Unsupported", [])
    one, two = run(owner.items.get_all(vault, [odd, good["id"]]))
    assert isinstance(one, IntegrityError)
    assert two == good


# -- SSH keys ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def keys():
    """An Ed25519 and an RSA key."""
    return {kind: make_private_key(kind) for kind in ("ed25519", "rsa2048")}


def ssh_item(value):
    row = {"id": "private_key", "title": "private key", "fieldType": "SshKey", "value": value}
    return item("SshKey", fields=[row])


@pytest.mark.parametrize("kind", ["ed25519", "rsa2048"])
def test_ssh_items(run, shared, owner, vault, name, keys, kind):
    """A private key is shown with what is computed from it, which is never stored."""
    key = keys[kind]
    made = run(owner.items.create(vault, ssh_item(key.format_pkcs8())))
    (row,) = made["fields"]
    assert row["details"]["content"] == {
        "publicKey": key.public_key,
        "fingerprint": key.fingerprint,
        "keyType": key.key_type,
    }
    assert run(owner.items.put(made))["fields"] == made["fields"]
    stored = run(shared.owner()._session.fetch(parse_id(vault), parse_id(made["id"])))
    assert stored.details["fields"] == ssh_item(key.format_pkcs8())["fields"]
    path = f"op://{name}/kinds/"
    for asked, value in {
        "private key": key.format_pkcs8(),
        "private_key": key.format_pkcs8(),
        "public key": key.public_key,
        "fingerprint": key.fingerprint,
        "key type": key.key_type,
    }.items():
        assert run(owner.secrets.resolve(path + asked)) == value
    converted = run(owner.secrets.resolve(f"{path}private key?ssh-format=openssh"))
    assert converted.startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    assert parse_private_key(converted).fingerprint == key.fingerprint


def test_ssh_rules(run, owner, vault, keys):
    """A key that cannot be used, in another item or beside a second one is refused."""
    text = keys["ed25519"].format_pkcs8()
    for faulty, told in (
        (ssh_item("no key"), "does not hold a usable SSH key"),
        (ssh_item(text) | {"category": "Login"}, "which only SshKey items do"),
    ):
        with pytest.raises(InvalidItemError, match=told) as caught:
            run(owner.items.create(vault, faulty))
        assert text.splitlines()[1] not in str(caught.value)


SHORT = """-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIAAB
-----END EC PRIVATE KEY-----"""
STORED = {
    "nothing": ("", "sSHKeyMetadataNotFound", "sSHKeyMetadataNotFound"),
    "no key": ("no key", "unableToParsePrivateKey", "sSHKeyMetadataNotFound"),
    "another kind": (SHORT, "unableToFormatPrivateKeyToOpenSsh", "sSHKeyMetadataNotFound"),
}


@pytest.mark.parametrize(("value", "tag", "beside"), STORED.values(), ids=STORED.keys())
def test_ssh_failures(run, owner, vault, name, value, tag, beside):
    """A stored key that cannot be used is told by the SDK's tags, one by one and in a batch."""
    details = {"fields": ssh_item(value)["fields"]}
    seal(run, owner, vault, {"title": "kinds", "category": "SshKey"}, details)
    asked = {
        f"op://{name}/kinds/private key?ssh-format=openssh": tag,
        f"op://{name}/kinds/public key": beside,
        f"op://{name}/kinds/public key?ssh-format=openssh": beside,
    }
    answers = run(owner.secrets.resolve_all(list(asked)))
    assert {text: error.tag for text, error in answers.items()} == asked
    assert run(owner.secrets.resolve(f"op://{name}/kinds/private key")) == value


def test_ssh_format_of_others(run, owner, vault, name, keys):
    """Only the private key itself has an OpenSSH form."""
    run(owner.items.create(vault, ssh_item(keys["ed25519"].format_pkcs8())))
    for asked in ("public key", "fingerprint", "notesPlain"):
        with pytest.raises(ResolveError) as caught:
            run(owner.secrets.resolve(f"op://{name}/kinds/{asked}?ssh-format=openssh"))
        assert caught.value.tag == "incompatibleSshKeyQueryParameterField"


def test_resolve_does_not_pay_for_kinds():
    """What resolves plain secrets loads neither rules, templates nor SSH keys."""
    modules = ("rules", "templates", "values", "rows", "codec")
    code = (
        "import sys, strongroom.wiring.engines, strongroom.client.secrets;"
        "print([m for m in sys.modules if m.startswith('strongroom.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "strongroom.items.lookup" in done.stdout
    assert "strongroom.crypto.ssh_keys" not in done.stdout
    assert not any(f"strongroom.items.{one}'" in done.stdout for one in modules)
