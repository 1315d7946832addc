"""Fields and websites as they are shown and stored."""

import pytest

from strongroom.crypto.ssh_keys import make_private_key, parse_private_key
from strongroom.items.rows import (
    compute_code,
    compute_details,
    describe_key,
    format_address,
    show_field,
    show_website,
    store_field,
    store_website,
)

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NOW = 59_000
PARTS = {"street": "Way 1", "city": "Town", "state": "", "zip": "12", "country": "us"}


def row(kind, value="v", **parts):
    return {"id": "f", "title": "t", "fieldType": kind, "value": value} | parts


def returned(shown):
    """Return a shown field as it comes back from the SDK's model: no unknown keys, all known."""
    keys = ("id", "title", "sectionId", "fieldType", "value", "details")
    return {key: shown.get(key) for key in keys}


STRANGE = {
    "a type of a newer client": row("Passkey", "opaque"),
    "with a value that is no text": row("Passkey", {"keys": [1]}),
    "without a value": {"id": "f", "title": "t", "fieldType": "Passkey"},
    "with details of its own": row("Passkey", details={"type": "Passkey", "content": {"a": 1}}),
    "an older row that says Unsupported": row("Unsupported", "x"),
    "a known type with new details": row("Text", details={"type": "Strength", "content": 5}),
    "a known type with keys of its own": row("Text", strength=5),
    "without title": {"id": "f", "fieldType": "Text", "value": "v"},
    "an address with a part of its own": row(
        "Address", "Way 1", details={"type": "Address", "content": PARTS | {"floor": 3}, "map": 1}
    ),
    "an address that lacks parts": row(
        "Address", "Way 1", details={"type": "Address", "content": {"street": "Way 1"}}
    ),
    "an address without details": row("Address", "Way 1"),
    "in a section": row("Passkey", "x", sectionId="s"),
}


@pytest.mark.parametrize("stored", STRANGE.values(), ids=STRANGE.keys())
def test_untouched_rows_survive(stored):
    """What a client shows and hands back untouched is stored as it was, whatever it held."""
    shown = show_field(stored)
    assert isinstance(shown["value"], str)
    assert store_field(shown=returned(shown), stored=stored) == stored
    assert store_field(shown=shown, stored=stored) == stored


def test_unknown_types_are_shown_as_such():
    """A type that is not known is shown as Unsupported, with its value if that is a text."""
    assert returned(show_field(row("Passkey", "opaque"))) == returned(row("Unsupported", "opaque"))
    assert returned(show_field(row("Passkey", [1]))) == returned(row("Unsupported", ""))


def test_new_details_stay_with_their_value():
    """Details that are not shown survive another title, and go with another value or type."""
    stored = row("Text", details={"type": "Strength", "content": 5})
    shown = returned(show_field(stored))
    assert shown["details"] is None
    assert (
        store_field(shown=shown | {"title": "new"}, stored=stored)["details"] == stored["details"]
    )
    assert "details" not in store_field(shown=shown | {"value": "new"}, stored=stored)
    assert "details" not in store_field(shown=shown | {"fieldType": "Concealed"}, stored=stored)


def test_rows_without_a_type():
    """A field without a type is text, as it is read; it may be changed as any other."""
    bare = {"id": "f", "title": "t", "value": "v"}
    assert show_field(bare)["fieldType"] == "Text"
    assert store_field(shown=bare | {"value": "new"}, stored=bare) == bare | {"value": "new"}
    assert store_field(shown=bare, stored=bare) == bare


def test_addresses():
    """The value of an address is made of its details; parts that are empty leave no comma."""
    given = row("Address", "ignored", details={"type": "Address", "content": PARTS})
    stored = store_field(shown=given, stored=None)
    assert stored["value"] == "Way 1, Town, 12, us" == format_address(PARTS)
    shown = show_field(stored)
    assert shown["details"] == {"type": "Address", "content": PARTS}
    moved = shown | {"details": {"type": "Address", "content": PARTS | {"city": "Other"}}}
    assert store_field(shown=moved, stored=stored)["value"] == "Way 1, Other, 12, us"


def test_empty_addresses():
    """An address without parts is shown with details that hold nothing."""
    assert show_field(row("Address", ""))["details"] == {"type": "Address", "content": None}
    kept = store_field(
        shown=row("Address", "", details={"type": "Address", "content": None}), stored=None
    )
    assert "details" not in kept


COMPUTED = {
    "a code": ("Totp", SEED, {"type": "Otp", "content": {"code": "287082", "errorMessage": None}}),
    "no key yet": ("SshKey", "", {"type": "SshKey", "content": None}),
    "no key that can be read": ("SshKey", "PEM", {"type": "SshKey", "content": None}),
}


@pytest.mark.parametrize(("kind", "value", "details"), COMPUTED.values(), ids=COMPUTED.keys())
def test_computed_details(kind, value, details):
    """What is computed is shown, and never stored."""
    shown = compute_details(show_field(row(kind, value)), NOW)
    assert shown["details"] == details
    assert store_field(shown=shown, stored=None) == row(kind, value)
    assert store_field(shown=shown | {"title": "new"}, stored=row(kind, value)) == row(
        kind, value, title="new"
    )


def test_codes_that_cannot_be_computed():
    """A false seed gives words instead of a code, and no part of the seed."""
    failed = compute_code("not-a-seed-1", NOW)
    assert failed["code"] is None
    assert "not-a-seed" not in failed["errorMessage"]


def test_keys():
    """A private key is described by what may be shown of it."""
    made = make_private_key("ed25519")
    assert parse_private_key(made.format_openssh()).fingerprint == made.fingerprint
    assert describe_key(made.format_openssh()) == {
        "publicKey": made.public_key,
        "fingerprint": made.fingerprint,
        "keyType": "Ed25519",
    }


URL = "https://example.org"
WEBSITES = {
    "plain": {"url": URL, "label": "w", "autofillBehavior": "ExactDomain"},
    "without label and behavior": {"url": URL},
    "a behavior of a newer client": {"url": URL, "label": "w", "autofillBehavior": "AskFirst"},
    "a behavior that is no text": {"url": URL, "label": "w", "autofillBehavior": 5},
    "keys of its own": {"url": URL, "label": "w", "autofillBehavior": "Never", "icon": 1},
}


@pytest.mark.parametrize("stored", WEBSITES.values(), ids=WEBSITES.keys())
def test_websites(stored):
    """A website is shown with what the SDK's model needs, and survives untouched."""
    shown = show_website(stored)
    assert shown["autofillBehavior"] in ("ExactDomain", "AnywhereOnWebsite", "Never")
    plain = {key: shown[key] for key in ("url", "label", "autofillBehavior")}
    assert store_website(shown=plain, stored=stored) == stored
    changed = store_website(shown=plain | {"label": "new"}, stored=stored)
    assert changed["label"] == "new"
    assert changed.get("icon") == stored.get("icon")


def test_behaviors_that_are_not_known_fill_in_nothing():
    """A behavior that is not known may be a stricter one, so it is shown as the strictest."""
    assert show_website(WEBSITES["a behavior of a newer client"])["autofillBehavior"] == "Never"
    assert show_website({"url": URL})["autofillBehavior"] == "AnywhereOnWebsite"
