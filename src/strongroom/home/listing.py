"""The listing: a file from which programs written for `op` learn which accounts there are.

Source: specs/local-files.md, "Listing". JSON in the form that such programs read; it holds
nothing secret, and nothing of ours is ever read from it.

Rules:

1. It is written anew after each change of the accounts here, and after each sign-in.
2. A file of that name which is not ours is left alone: `op` itself may be on this computer.
3. The accounts do not depend on it: where it cannot be written, it is left as it is.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import msgspec

from strongroom.errors import LocalFileError
from strongroom.home.device import Device, load_devices, load_latest
from strongroom.home.files import Folder
from strongroom.home.paths import LISTING_NAME, Places
from strongroom.ids import format_id

_WRITER: Final = "strongroom"


class _Account(msgspec.Struct, kw_only=True):
    """One account, under the keys that programs read."""

    shorthand: str
    account: str = msgspec.field(name="accountUUID")
    url: str
    email: str
    user: str = msgspec.field(name="userUUID")


class _Listing(msgspec.Struct):
    """The file as it stands on disk; the first key is how we know it again."""

    written_by: str
    latest_signin: str
    accounts: list[_Account]


class _Mark(msgspec.Struct):
    """What tells our file from another."""

    written_by: str


def publish_accounts(places: Places) -> None:
    """Write the listing of the accounts on this computer; without any account, remove it."""
    with suppress(LocalFileError), places.home.locked():
        devices = load_devices(places.home)
        listed = places.listing.load(LISTING_NAME)
        # What a killed writer left would tell of accounts for ever.
        places.listing.sweep(LISTING_NAME)
        if listed is not None and not _is_ours(listed):
            return
        if not devices:
            places.listing.remove(LISTING_NAME)
            return
        wanted = _encode(devices, load_latest(places.home, devices) or devices[0])
        if listed != wanted:
            places.listing.store(LISTING_NAME, wanted)


def has_listing(folder: Folder) -> bool | None:
    """Return whether a folder has a listing of ours; `None` if the file there is not ours.

    Raises:
        LocalFileError: The folder or the file is not private, or cannot be read.
    """
    listed = folder.load(LISTING_NAME)
    if listed is None:
        return False
    return True if _is_ours(listed) else None


def _encode(devices: list[Device], latest: Device) -> bytes:
    accounts = [
        _Account(
            shorthand=device.account_name,
            account=format_id(device.account_id),
            url=device.url,
            email=device.email,
            user=format_id(device.user_id),
        )
        for device in devices
    ]
    listing = _Listing(_WRITER, latest.account_name, accounts)
    return msgspec.json.format(msgspec.json.encode(listing), indent=1)


def _is_ours(raw: bytes) -> bool:
    try:
        return msgspec.json.decode(raw, type=_Mark).written_by == _WRITER
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
