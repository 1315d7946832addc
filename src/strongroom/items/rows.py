"""Fields and websites: what is shown of a stored row, and what is stored of a shown one.

A row that nobody changed is stored again as it was, byte for meaning: also
what the SDK's models cannot express (a type of field that a newer client made,
a new kind of details or of autofill). Computed details are never stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from strongroom.errors import InputError
from strongroom.items.models import FIELD_TYPES, UNSUPPORTED
from strongroom.items.otp import compute_otp, parse_otp

if TYPE_CHECKING:
    from strongroom.items.shown import CodeDict, KeyDict

Row = dict[str, Any]

ADDRESS: Final = "Address"
# In the order in which an address is written on one line.
ADDRESS_PARTS: Final = ("street", "city", "state", "zip", "country")
AUTOFILL: Final = frozenset({"AnywhereOnWebsite", "ExactDomain", "Never"})

_FIELD_KEYS: Final = frozenset({"id", "title", "sectionId", "fieldType", "value", "details"})
_WEBSITE_KEYS: Final = frozenset({"url", "label", "autofillBehavior"})


# -- fields ------------------------------------------------------------------------------


def show_field(stored: Row) -> Row:
    """Return a stored field as the SDK can express it, without what is computed."""
    kind = stored.get("fieldType", "Text")
    shown = {"title": "", "value": "", **stored, "fieldType": kind}
    shown.pop("details", None)
    if isinstance(kind, str) and kind not in FIELD_TYPES:
        value = stored.get("value")
        return shown | {
            "fieldType": UNSUPPORTED,
            "value": value if isinstance(value, str) else "",
        }
    if kind == ADDRESS:
        content = address_content(stored)
        shown["details"] = {"type": ADDRESS, "content": content}
    return shown


def compute_details(shown: Row, now: int) -> Row:
    """Return a shown field with the details that are computed from its value."""
    kind, value = shown["fieldType"], shown["value"]
    if kind == "Totp":
        return shown | {"details": {"type": "Otp", "content": compute_code(value, now)}}
    if kind == "SshKey":
        return shown | {"details": {"type": "SshKey", "content": describe_key(value)}}
    return shown


def compute_code(value: str, now: int) -> CodeDict:
    """Return what the SDK shows of a one-time password field."""
    try:
        return {"code": compute_otp(parse_otp(value), now), "errorMessage": None}
    except InputError as error:
        return {"code": None, "errorMessage": error.message}


def describe_key(value: str) -> KeyDict | None:
    """Return what the SDK shows of a private key; nothing if there is none that can be read."""
    if not value:
        return None
    from strongroom.crypto.ssh_keys import parse_private_key  # only items that hold keys pay for it

    try:
        key = parse_private_key(value)
    except InputError:
        return None
    return {
        "publicKey": key.public_key,
        "fingerprint": key.fingerprint,
        "keyType": key.key_type,
    }


def is_same_field(*, shown: Row, stored: Row) -> bool:
    """Return whether a field as somebody hands it back is what was shown of the stored one."""
    return _plain_field(shown) == _plain_field(show_field(stored))


def store_field(*, shown: Row, stored: Row | None) -> Row:
    """Return a field to store; the stored one as it is where nothing was changed."""
    kind = shown.get("fieldType", "Text")
    if stored is not None and (is_same_field(shown=shown, stored=stored) or kind == UNSUPPORTED):
        return stored
    kept = stored or {}
    row = {key: value for key, value in kept.items() if key not in _FIELD_KEYS}
    row |= {key: value for key, value in shown.items() if value is not None and key != "details"}
    if kind == ADDRESS:
        return row | _store_address(shown)
    same = all(row.get(key) == kept.get(key) for key in ("fieldType", "value"))
    # Details of a kind that is not shown belong to the value.
    return row | {"details": kept["details"]} if same and "details" in kept else row


def address_content(row: Row) -> Row | None:
    """Return the parts of an address, all texts, or `None` where there are none."""
    details = row.get("details")
    content = details.get("content") if isinstance(details, dict) else None
    if not isinstance(content, dict):
        return None
    parts = {key: content.get(key, "") for key in ADDRESS_PARTS}
    return parts if all(isinstance(part, str) for part in parts.values()) else None


def format_address(content: Row) -> str:
    """Return an address on one line: what is there of its parts, with commas."""
    return ", ".join(content[key] for key in ADDRESS_PARTS if content[key])


def _store_address(shown: Row) -> Row:
    content = address_content(shown)
    if content is None:
        return {}
    details = {"type": ADDRESS, "content": content}
    return {"value": format_address(content), "details": details}


def _plain_field(row: Row) -> Row:
    """Return what the SDK's model of a field holds, without what is computed."""
    kind = row.get("fieldType", "Text")
    return {
        "id": row.get("id"),
        "title": row.get("title", ""),
        "sectionId": row.get("sectionId") or None,  # the untitled section is made where none is
        "fieldType": kind,
        "value": row.get("value", ""),
        "address": address_content(row) if kind == ADDRESS else None,
    }


# -- websites ----------------------------------------------------------------------------


def show_website(stored: Row) -> Row:
    """Return a stored website as the SDK can express it.

    A kind of autofill that is not known may be a stricter one: shown as none.
    """
    behavior = stored.get("autofillBehavior", "AnywhereOnWebsite")
    known = isinstance(behavior, str) and behavior in AUTOFILL
    return {"label": "", **stored, "autofillBehavior": behavior if known else "Never"}


def store_website(*, shown: Row, stored: Row | None) -> Row:
    """Return a website to store; the stored one as it is where nothing was changed."""
    if stored is None:
        return shown
    before = show_website(stored)
    if all(shown.get(key, before[key]) == before.get(key) for key in _WEBSITE_KEYS):
        return stored
    return {key: value for key, value in stored.items() if key not in _WEBSITE_KEYS} | shown
