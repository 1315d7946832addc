"""Private SSH keys as the command line shows and makes them.

`op` shows three fields beside a private key, and the key in OpenSSH's form;
all of it is computed. The library that does so is imported only for such items.
"""

from __future__ import annotations

from typing import Any, Final

from strongroom.errors import InputError
from strongroom.secret import Secret

Row = dict[str, Any]

KEY_TYPE: Final = "SshKey"
KEY_ID: Final = "private_key"
# Computed fields: id, label, the SDK's key in the details. The private key stands before the last.
_COMPUTED: Final = (
    ("public_key", "public key", "publicKey"),
    ("fingerprint", "fingerprint", "fingerprint"),
    ("key_type", "key type", "keyType"),
)
COMPUTED_IDS: Final = frozenset(row[0] for row in _COMPUTED)
DEFAULT_KIND: Final = "ed25519"


def expand_key(field: Row) -> list[Row]:
    """Return a private key field among the fields that are computed from it."""
    from strongroom.items.rows import describe_key

    described = describe_key(field.get("value") or "")
    if described is None:
        return [field]
    section = {"sectionId": field["sectionId"]} if field.get("sectionId") else {}
    public, fingerprint, kind = (
        {"id": identifier, "title": label, "fieldType": "Text", "value": described[key]} | section
        for identifier, label, key in _COMPUTED
    )
    return [public, fingerprint, field, kind]


def format_openssh(value: str) -> str | None:
    """Return a private key in OpenSSH's form, or nothing if it cannot be read."""
    from strongroom.crypto.ssh_keys import parse_private_key

    try:
        return parse_private_key(value).format_openssh()
    except InputError:
        return None


def make_key(kind: str) -> Secret[str]:
    """Return a new private key.

    Raises:
        InputError: No such kind.
    """
    from strongroom.crypto.ssh_keys import KEY_KINDS, make_private_key

    if kind.lower() not in KEY_KINDS:
        message = f'"{kind}" isn\'t a kind of SSH key'
        raise InputError(message, hint=f"use one of: {', '.join(KEY_KINDS)}")
    return Secret(make_private_key(kind.lower()).format_pkcs8())


def set_key(item: Row, key: Secret[str]) -> None:
    """Set the private key of an item that is to be made.

    Raises:
        InputError: The item is of another category.
    """
    if item["category"] != KEY_TYPE:
        message = "an SSH key can be generated for SSH Key items only"
        raise InputError(message, hint="add --category ssh")
    fields = [dict(field) for field in item["fields"]]
    kept = [field for field in fields if field["fieldType"] == KEY_TYPE]
    if not kept:
        kept = [{"id": KEY_ID, "title": "private key", "fieldType": KEY_TYPE, "value": ""}]
        fields += kept
    # Exposed to be stored.
    kept[0]["value"] = key.expose()
    item["fields"] = fields
