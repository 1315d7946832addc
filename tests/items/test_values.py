"""What the value of a field may be, by its type."""

import pytest

from strongroom.crypto.ssh_keys import make_private_key
from strongroom.items.models import FIELD_TYPES
from strongroom.items.values import find_value_fault

FREE = sorted(FIELD_TYPES - {"Date", "MonthYear", "Reference", "Address", "SshKey", "Totp"})


def field(kind, value, **parts):
    return {"id": "f", "title": "t", "fieldType": kind, "value": value} | parts


@pytest.mark.parametrize("kind", sorted(FIELD_TYPES))
def test_empty(kind):
    """A field of any type may be empty."""
    assert find_value_fault(field(kind, "")) is None


@pytest.mark.parametrize("kind", FREE)
def test_free_text(kind):
    """Types without a rule take any text."""
    assert find_value_fault(field(kind, "any text, 1 😀\n")) is None


GOOD = {
    "a day": ("Date", "2026-02-28"),
    "a leap day": ("Date", "2024-02-29"),
    "the first day": ("Date", "0001-01-01"),
    "the last day": ("Date", "9999-12-31"),
    "January": ("MonthYear", "01/2026"),
    "December": ("MonthYear", "12/9999"),
    "the first month": ("MonthYear", "01/0001"),
    "a seed": ("Totp", "JBSWY3DPEHPK3PXP"),
    "a seed of any length": ("Totp", "jncrjgbdjnrncbjsr"),
    "an address of another kind": ("Totp", "otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP"),
    "an id": ("Reference", "a" * 26),
}


@pytest.mark.parametrize(("kind", "value"), GOOD.values(), ids=GOOD.keys())
def test_accepted(kind, value):
    """These stand on the good side of a rule."""
    assert find_value_fault(field(kind, value)) is None


DATE = "field 'f' does not hold a date: write it as YYYY-MM-DD"
MONTH = "field 'f' does not hold a month: write it as MM/YYYY"
SEED = "field 'f' does not hold a one-time password: the one-time password seed "
REFERENCE = "field 'f' does not refer to an item: write the item's 26-character ID"
BAD = {
    "no such day": ("Date", "2026-02-29", DATE),
    "no such month": ("Date", "2026-13-01", DATE),
    "a day without zeros": ("Date", "2026-2-1", DATE),
    "another order": ("Date", "01/02/2026", DATE),
    "a time": ("Date", "2026-02-01T00:00:00", DATE),
    "a week": ("Date", "2026-W01-1", DATE),
    "other digits": ("Date", "2026-02-0\u0661", DATE),
    "a line end": ("Date", "2026-02-01\n", DATE),
    "seconds": ("Date", "1767225600", DATE),
    "month 0": ("MonthYear", "00/2026", MONTH),
    "month 13": ("MonthYear", "13/2026", MONTH),
    "a year before the first": ("MonthYear", "01/0000", MONTH),
    "as the command line has it": ("MonthYear", "202601", MONTH),
    "a short year": ("MonthYear", "01/26", MONTH),
    "no base32": ("Totp", "zorro 1 !", SEED + "is not base32"),
    "two seeds": (
        "Totp",
        "otpauth://totp/x?secret=AA&secret=BB",
        SEED + "occurs twice in its address",
    ),
    "no seed": ("Totp", "otpauth://totp/x", SEED + "is empty or far too long"),
    "25 characters": ("Reference", "a" * 25, REFERENCE),
    "27 characters": ("Reference", "a" * 27, REFERENCE),
    "capitals": ("Reference", "A" * 26, REFERENCE),
    "a secret reference": ("Reference", "op://vault/item/field", REFERENCE),
}


@pytest.mark.parametrize(("kind", "value", "told"), BAD.values(), ids=BAD.keys())
def test_refused(kind, value, told):
    """A value that does not fit its type is refused by the field's id; it is not repeated."""
    assert find_value_fault(field(kind, value)) == told


def test_types_that_are_not_known():
    """A type that no client of this release writes is refused."""
    assert find_value_fault(field("Passkey", "x")) == "field 'f' has an unknown type"


PARTS = {"street": "Way 1", "city": "Town", "state": "", "zip": "12", "country": "us"}


def address(content, value="", tag="Address"):
    return field("Address", value, details={"type": tag, "content": content})


@pytest.mark.parametrize("value", ["", "of an older version"])
def test_address(value):
    """An address has its five parts, whatever stands in its value."""
    assert find_value_fault(address(PARTS, value)) is None


def test_address_without_details():
    """An address without details is an empty one, or a fault."""
    assert find_value_fault(address(None)) is None
    assert find_value_fault(field("Address", "")) is None
    told = "field 'f' is an address, but has no details"
    assert find_value_fault(address(None, "Way 1")) == told
    assert find_value_fault(field("Address", "Way 1")) == told


BAD_ADDRESSES = {
    "parts missing": (
        address({"street": "Way 1", "zip": "12", "state": ""}),
        "field 'f' is an address without city, country",
    ),
    "a part that is no text": (
        address(PARTS | {"zip": 12}),
        "field 'f' is an address without zip",
    ),
    "no parts": (
        address("Way 1"),
        "field 'f' is an address, but has the details of something else",
    ),
    "another kind of details": (
        address(PARTS, tag="Otp"),
        "field 'f' is an address, but has the details of something else",
    ),
    "another kind of field": (
        address(PARTS) | {"fieldType": "Text"},
        "field 'f' has the details of an address, but is not one",
    ),
}


@pytest.mark.parametrize(("row", "told"), BAD_ADDRESSES.values(), ids=BAD_ADDRESSES.keys())
def test_refused_addresses(row, told):
    """An address that lacks a part says which, and repeats none."""
    assert find_value_fault(row) == told


def test_keys():
    """A private key is one that can be used; else the reason is told, and nothing of the key."""
    text = make_private_key("ed25519").format_pkcs8()
    assert find_value_fault(field("SshKey", text)) is None
    told = find_value_fault(field("SshKey", text.replace("PRIVATE", "ENCRYPTED PRIVATE")))
    start = "field 'f' does not hold a usable SSH key: the private key is "
    advice = "take its password away first: ssh-keygen -p -N '' -f FILE"
    assert told == f"{start}encrypted with a password ({advice})"
    assert find_value_fault(field("SshKey", text[:-40])).startswith(start)
