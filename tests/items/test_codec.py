"""Items into documents and back."""

import msgspec
import pytest

from strongroom.errors import IntegrityError
from strongroom.items.codec import (
    join_item,
    join_overview,
    normalise_item,
    split_item,
)
from strongroom.items.rows import compute_code
from strongroom.wire.revisions import State
from support.bodies import REVISION

NOW = 59_000
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
SIGNED_FACTS = {"id", "vaultId", "version", "createdAt", "updatedAt", "lastEditedBy", "state"}
HOME = {"street": "Way 1", "city": "Town", "state": "", "zip": "12", "country": ""}
ITEM = {
    "title": "Login of Ana",
    "category": "Login",
    "tags": ["one", "two"],
    "websites": [{"url": "https://example.org", "label": "w", "autofillBehavior": "Never"}],
    "fields": [
        {"id": "username", "title": "username", "fieldType": "Text", "value": "ana"},
        {"id": "otp", "title": "code", "sectionId": "s", "fieldType": "Totp", "value": SEED},
        {
            "id": "home",
            "title": "home",
            "sectionId": "s",
            "fieldType": "Address",
            "value": "Way 1, Town, 12",
            "details": {"type": "Address", "content": HOME},
        },
    ],
    "sections": [{"id": "s", "title": "S"}],
    "notes": "some notes",
    "files": [{"id": "1", "name": "cert.pem", "sectionId": "s", "fieldId": "f"}],
    "document": {"id": "2", "name": "scan.pdf"},
}


def again(overview, details):
    return join_item(REVISION, overview=overview, details=details, now=NOW)


def test_round_trip():
    """An item comes back as it was stored, with the facts of its revision and its code."""
    shown = again(*split_item(normalise_item(ITEM)))
    code = {"type": "Otp", "content": {"code": "287082", "errorMessage": None}}
    assert shown["fields"][1].pop("details") == code
    assert {key: shown[key] for key in ITEM} == ITEM
    assert set(shown) - set(ITEM) == SIGNED_FACTS
    assert (shown["version"], shown["state"]) == (3, "active")


def test_nothing_computed_is_stored():
    """Facts of the signed record and computed values never enter a document."""
    stored = split_item(normalise_item(again(*split_item(normalise_item(ITEM)))))
    assert stored == split_item(normalise_item(ITEM))
    assert not SIGNED_FACTS & (set(stored[0]) | set(stored[1]))
    details = {"type": "SshKey", "content": {"publicKey": "ssh-ed25519 AAAA"}}
    key = {"id": "private_key", "title": "k", "fieldType": "SshKey", "value": "PEM"}
    _, kept = split_item(normalise_item({"fields": [key | {"details": details}]}))
    assert kept["fields"] == [key]


def test_unknown_keys_are_carried():
    """A put changes what it knows and carries along what a newer client wrote beside it."""
    overview, details = split_item(normalise_item(ITEM))
    overview["colour"] = "red"
    details["passkeys"] = [{"id": 1}]
    details["fields"][0]["strength"] = 5
    shown = again(overview, details)
    shown["title"], shown["fields"][0]["value"] = "new", "bob"
    del shown["fields"][0]["strength"]
    new_overview, new_details = split_item(
        normalise_item(shown), overview=overview, details=details
    )
    assert new_overview == overview | {"title": "new"}
    assert new_details["passkeys"] == [{"id": 1}]
    assert new_details["fields"][0] == details["fields"][0] | {"value": "bob"}
    assert again(new_overview, new_details)["title"] == "new"


ROWS = {"section": "sections", "website": "websites", "file": "files"}


@pytest.mark.parametrize("key", ROWS.values(), ids=ROWS.keys())
def test_unknown_keys_of_rows_are_carried(key):
    """Unknown keys inside sections, websites and files survive a client that drops them."""
    overview, details = split_item(normalise_item(ITEM))
    place = overview if key in overview else details
    place[key] = [place[key][0] | {"madeByNewer": True}]
    new_overview, new_details = split_item(normalise_item(ITEM), overview=overview, details=details)
    stored = new_overview if key in new_overview else new_details
    assert stored[key][0].get("madeByNewer") is True


def test_removed_parts_are_gone():
    """What an edited item leaves out is not carried along."""
    overview, details = split_item(normalise_item(ITEM))
    new_overview, new_details = split_item(
        normalise_item({"title": "bare", "category": "Login"}), overview=overview, details=details
    )
    assert new_overview == {"title": "bare", "category": "Login", "tags": [], "websites": []}
    assert new_details == {"fields": [], "sections": [], "notes": ""}


@pytest.mark.parametrize(
    ("state", "name"),
    [(State.ACTIVE, "active"), (State.ARCHIVED, "archived"), (3, "deleted")],
)
def test_states(state, name):
    """The state is the signed one."""
    revision = msgspec.structs.replace(REVISION, state=state)
    assert join_overview(revision, {"state": "forged"})["state"] == name


def test_unknown_categories_survive():
    """A category of a newer client is shown as Unsupported, and stored again as it was."""
    overview, details = split_item(normalise_item(ITEM))
    overview["category"] = "Passkey"
    shown = again(overview, details)
    assert shown["category"] == "Unsupported"
    put, _ = split_item(normalise_item(shown | {"title": "new"}), overview=overview)
    assert put == overview | {"title": "new"}


DAMAGED = {
    "tags that are no list": {"tags": "a"},
    "a tag that is no text": {"tags": [5]},
    "websites that are no list": {"websites": 5},
    "a website that is text": {"websites": ["https://example.org"]},
    "a website without address": {"websites": [{"label": "w"}]},
    "a category that is a list": {"category": ["Login"]},
    "a mark that is text": {"favorite": "yes"},
    "a mark that is a number": {"favorite": 1},
    "a mark that is null": {"favorite": None},
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_overviews(damage):
    """An overview of another shape is shown as Unsupported, and keeps what nobody changed."""
    overview, details = split_item(normalise_item(ITEM))
    overview |= damage
    shown = join_overview(REVISION, overview)
    assert shown["category"] == "Unsupported"
    assert shown["title"] == ITEM["title"]
    item = again(overview, details)
    put, _ = split_item(normalise_item(item | {"title": "new"}), overview=overview)
    assert put == overview | {"title": "new"}


def test_marks():
    """A favorite is stored and shown where it is one, and absent where it is none."""
    plain = split_item(normalise_item(ITEM))
    assert "favorite" not in plain[0]
    assert "favorite" not in again(*plain)
    assert split_item(normalise_item(ITEM | {"favorite": False})) == plain
    marked = split_item(normalise_item(ITEM | {"favorite": True}))
    assert marked == (plain[0] | {"favorite": True}, plain[1])
    shown = again(*marked)
    assert shown["favorite"] is True
    assert join_overview(REVISION, plain[0] | {"favorite": False}) == join_overview(
        REVISION, plain[0]
    )


# What is stored, what is handed over (nothing: by programs that do not know the mark), and what
# is stored then.
MARKS = {
    "set": (None, True, True),
    "not set": (None, False, None),
    "unknown to the writer": (True, None, True),
    "taken": (True, False, None),
    "set again": (True, True, True),
    "stored as false": (False, None, False),
    "still false": (False, False, False),
    "damaged, unknown to the writer": ("yes", None, "yes"),
    "damaged, still none": ("yes", False, "yes"),
    "damaged, set": ("yes", True, True),
}


@pytest.mark.parametrize(("stored", "given", "kept"), MARKS.values(), ids=MARKS.keys())
def test_marks_of_changed_items(stored, given, kept):
    """A writer that says nothing of the mark keeps what is stored, whatever it is."""
    overview, details = split_item(normalise_item(ITEM))
    before = overview | ({} if stored is None else {"favorite": stored})
    item = {key: part for key, part in again(before, details).items() if key != "favorite"}
    handed = item | ({} if given is None else {"favorite": given})
    put, _ = split_item(normalise_item(handed), overview=before, details=details)
    assert put == overview | ({} if kept is None else {"favorite": kept})


SHAPELESS = {
    "fields that are no list": {"fields": 5},
    "a field that is text": {"fields": ["a"]},
    "a field without id": {"fields": [{"fieldType": "Text", "value": ""}]},
    "a known field whose value is a number": {
        "fields": [{"id": "a", "fieldType": "Text", "value": 5}]
    },
    "a type that is a number": {"fields": [{"id": "a", "fieldType": 5, "value": ""}]},
    "notes that are a number": {"notes": 5},
    "a section without id": {"sections": [{"title": "s"}]},
}


@pytest.mark.parametrize("damage", SHAPELESS.values(), ids=SHAPELESS.keys())
def test_damaged_details(damage):
    """Details of another shape are told as damaged, and never shown in part."""
    overview, details = split_item(normalise_item(ITEM))
    with pytest.raises(IntegrityError) as caught:
        again(overview, details | damage)
    assert caught.value.layer == "document"


def test_codes():
    """The code of a one-time password is of the moment at which the item is read."""
    assert compute_code(SEED, NOW) == {"code": "287082", "errorMessage": None}
