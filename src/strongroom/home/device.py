"""The device file: what this computer knows of an account, Secret Key included.

Source: specs/formats.md section 14. JSON, one file per account and user; the
Secret Key stands in it in clear, as on any device that is set up: without the
password it opens nothing (threat T14). While the Secret Key is changed the file
holds two (`home.pending`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.crypto.public.costs import KdfParameters
from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import HASH_BYTES
from strongroom.crypto.secret_keys import HINT_CHARACTERS, format_secret_key, parse_secret_key
from strongroom.errors import InputError, LocalFileError, NotFoundError, StrongroomError
from strongroom.home.files import Folder
from strongroom.home.paths import DEVICE_PREFIX, LATEST_NAME, device_name
from strongroom.ids import NO_PRINCIPAL, AccountId, PrincipalId, format_id, parse_id
from strongroom.limits import INTEGER_MAX
from strongroom.secret import Secret
from strongroom.trust.directory import Pin

Count = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]


class Device(msgspec.Struct, frozen=True):
    """One account of one user on this computer.

    Attributes:
        secret_key: The 26 characters.
        pending_secret_key: Those that replace them, if a change was begun here
            and it is not known yet whether the account has it.
    """

    url: str
    account_name: str
    email: str
    account_id: AccountId
    user_id: PrincipalId
    pin: Pin
    kdf: KdfParameters
    secret_key: Secret[str]
    pending_secret_key: Secret[str] | None = None

    @property
    def formatted_secret_key(self) -> Secret[str]:
        """The Secret Key as people write it."""
        return _format_key(self.account_id, self.secret_key)


class _Kdf(msgspec.Struct, forbid_unknown_fields=True):
    salt: str
    t: Count
    m: Count
    lanes: Count


class _Record(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """The file as it stands on disk."""

    v: Annotated[int, msgspec.Meta(ge=1, le=1)]
    url: str
    account_name: str
    email: str
    account: str
    user: str
    root: tuple[Count, str]
    kdf: _Kdf
    secret_key: str
    pending_secret_key: str | msgspec.UnsetType = msgspec.UNSET


def store_device(folder: Folder, device: Device) -> None:
    """Write a device file and make its account the latest."""
    replace_device(folder, device)
    store_latest(folder, device)


def replace_device(folder: Folder, device: Device) -> None:
    """Write a device file; the account of the most recent sign-in stays."""
    pending = device.pending_secret_key
    record = _Record(
        v=1,
        url=device.url,
        account_name=device.account_name,
        email=device.email,
        account=format_id(device.account_id),
        user=format_id(device.user_id),
        root=(device.pin.version, encode_base64url(device.pin.hash)),
        kdf=_Kdf(encode_base64url(device.kdf.salt), device.kdf.t, device.kdf.m, device.kdf.lanes),
        # Exposed: the device file is where they are kept (module docstring).
        secret_key=device.formatted_secret_key.expose(),
        pending_secret_key=msgspec.UNSET
        if pending is None
        else _format_key(device.account_id, pending).expose(),
    )
    name = device_name(account=device.account_id, user=device.user_id)
    folder.store(name, msgspec.json.format(msgspec.json.encode(record), indent=1))


def load_device(folder: Folder, *, account: AccountId, user: PrincipalId) -> Device | None:
    """Return what this computer knows of one user's account, or `None`.

    Raises:
        LocalFileError: The device file is unsafe or damaged.
    """
    name = device_name(account=account, user=user)
    return _load_device(folder, name) if name in folder.names() else None


def load_devices(folder: Folder) -> list[Device]:
    """Return every account that this computer knows, in a stable order.

    Raises:
        LocalFileError: A device file is unsafe or damaged.
    """
    names = [name for name in folder.names() if name.startswith(DEVICE_PREFIX)]
    return [_load_device(folder, name) for name in names]


def store_latest(folder: Folder, device: Device) -> None:
    """Remember the account of the most recent sign-in."""
    name = device_name(account=device.account_id, user=device.user_id)
    folder.store(LATEST_NAME, name.encode())


def load_latest(folder: Folder, devices: Sequence[Device]) -> Device | None:
    """Return the one of some accounts that signed in or was set up last, if it is among them."""
    latest = (folder.load(LATEST_NAME) or b"").decode(errors="replace")
    for device in devices:
        if device_name(account=device.account_id, user=device.user_id) == latest:
            return device
    return None


def select_device(folder: Folder, wanted: str | None) -> Device | None:
    """Return the account that is meant, or `None` if this computer knows none.

    Args:
        wanted: Name, address, account id, user id or e-mail; `None` means the
            account that signed in or was set up last.

    Raises:
        NotFoundError: No account fits `wanted`.
        InputError: Several accounts fit.
    """
    devices = load_devices(folder)
    if wanted is None:
        return load_latest(folder, devices) or (devices[0] if devices else None)
    return _only([device for device in devices if _fits(device, wanted)], wanted)


def check_free_name(folder: Folder, name: str, *, user: PrincipalId = NO_PRINCIPAL) -> None:
    """Refuse a name that another account on this computer has: `--account` could not tell them.

    Args:
        user: Whose account may have it already.

    Raises:
        InputError: Another one has it, in whatever capitals.
    """
    for device in load_devices(folder):
        if device.user_id != user and device.account_name.casefold() == name.casefold():
            message = f'this computer has an account with the name "{device.account_name}" already'
            hint = "choose another one with --name; `op account list` shows those that are there"
            raise InputError(message, hint=hint)


def _only(fitting: Sequence[Device], wanted: str) -> Device:
    if not fitting:
        message = f"no account found for filter {wanted}"
        raise NotFoundError(message, hint="see `op account list`")
    if len(fitting) > 1:
        message = f"more than one account found for filter {wanted}"
        users = (
            f"{format_id(device.user_id)} ({device.account_name}, {device.url})"
            for device in fitting
        )
        raise InputError(message, hint=f"use the user ID: {', '.join(users)}")
    return fitting[0]


def _fits(device: Device, wanted: str) -> bool:
    texts = (
        device.account_name,
        device.url,
        device.email,
        format_id(device.account_id),
        format_id(device.user_id),
    )
    return wanted.casefold() in {text.casefold() for text in texts}


def _load_device(folder: Folder, name: str) -> Device:
    raw = folder.load(name)
    try:
        device = _parse_device(raw or b"")
    except (ValueError, StrongroomError):
        device = None
    if device is None or device_name(account=device.account_id, user=device.user_id) != name:
        message = (
            f"the device file {folder.path / name} is damaged, or was written by a newer release"
        )
        hint = (
            "restore it from a backup, or move it away and add the account from its Emergency Kit"
        )
        raise LocalFileError(message, hint=hint)
    return device


def _parse_device(raw: bytes) -> Device:
    record = msgspec.json.decode(raw, type=_Record)
    root_hash = decode_base64url(record.root[1])
    if len(root_hash) != HASH_BYTES:
        message = "parts that do not belong together"
        raise ValueError(message)
    pending = record.pending_secret_key
    return Device(
        url=record.url,
        account_name=record.account_name,
        email=record.email,
        account_id=parse_id(record.account, AccountId),
        user_id=parse_id(record.user, PrincipalId),
        pin=Pin(record.root[0], Hash(root_hash)),
        kdf=KdfParameters(
            decode_base64url(record.kdf.salt), record.kdf.t, record.kdf.m, record.kdf.lanes
        ),
        secret_key=_parse_key(account=record.account, text=record.secret_key),
        pending_secret_key=None
        if isinstance(pending, msgspec.UnsetType)
        else _parse_key(account=record.account, text=pending),
    )


def _format_key(account: AccountId, secret_key: Secret[str]) -> Secret[str]:
    # Exposed to put it into the device file and the Kit, the two places where it belongs.
    return Secret(format_secret_key(account_id=format_id(account), secret=secret_key.expose()))


def _parse_key(*, account: str, text: str) -> Secret[str]:
    hint, secret = parse_secret_key(text)
    if hint != account[:HINT_CHARACTERS].upper():
        message = "it belongs to another account"
        raise ValueError(message)
    return Secret(secret)
