"""Private SSH keys as the command line shows and makes them.

`op` shows a private key in OpenSSH's form too. The library that does so is imported only
for such items; the fields beside a key are computed in `items/fields.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from strongroom.errors import InputError
from strongroom.secret import Secret

if TYPE_CHECKING:
    from strongroom.items.shown import FieldDict, ItemDict

KEY_TYPE: Final = "SshKey"
KEY_ID: Final = "private_key"
DEFAULT_KIND: Final = "ed25519"


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


def set_key(item: ItemDict, key: Secret[str]) -> None:
    """Set the private key of an item that is to be made.

    Raises:
        InputError: The item is of another category.
    """
    if item["category"] != KEY_TYPE:
        message = "an SSH key can be generated only for SSH Key items"
        raise InputError(message, hint="add --category ssh")
    fields: list[FieldDict] = [{**field} for field in item["fields"]]
    kept = [field for field in fields if field["fieldType"] == KEY_TYPE]
    if not kept:
        kept = [{"id": KEY_ID, "title": "private key", "fieldType": KEY_TYPE, "value": ""}]
        fields += kept
    # Exposed to be stored.
    kept[0]["value"] = key.expose()
    item["fields"] = fields
