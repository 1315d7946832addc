"""Unlocking on a device whose Secret Key is being changed, safe against a crash at any point.

A new Secret Key stands in the device file as *pending* before the account
depends on it, and becomes the current one afterwards. A crash in between leaves
both, and the next unlocking finds out which of them opens the account:

1. The current one is tried first, then the pending one: two derivations at most.
2. If the current one opens the account, the change never happened, and the
   pending one is dropped; if the pending one opens it, that is the current one now.
3. If neither opens it, the password was wrong, and both stay.
4. From the writing of a pending key to its end the folder's lock is held, by the
   change as by an unlocking that decides: neither sees the other half-way.

Source: specs/local-files.md, "Device file".
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from msgspec.structs import replace

from strongroom.crypto.public.costs import KdfParameters
from strongroom.errors import (
    ConflictError,
    LocalFileError,
    NotFoundError,
    StoreError,
    StrongroomError,
    UnauthorizedError,
)
from strongroom.home.device import Device, load_device, replace_device
from strongroom.home.files import Folder
from strongroom.home.kit import create_kit
from strongroom.home.paths import device_name
from strongroom.secret import Secret


class UnlockOutcome(Protocol):
    """What an unlocking gives, as far as a device remembers it."""

    @property
    def kdf(self) -> KdfParameters:
        """The costs that it took."""


T = TypeVar("T", bound=UnlockOutcome)


def unlock_device(folder: Folder, device: Device, unlock: Callable[[Device], T]) -> T:
    """Unlock with the Secret Key of a device, be it the current or the pending one.

    Afterwards the device file holds one Secret Key, the right one, and costs
    that are never below those that it held.

    Args:
        unlock: Unlocks with the current Secret Key of what it is given.

    Raises:
        UnauthorizedError: No Secret Key of this device opens the account.
        NotFoundError: The account was forgotten meanwhile.
    """
    known = _reload(folder, device)
    name = device_name(account=device.account_id, user=device.user_id)
    if known.pending_secret_key is None and not folder.has_leftovers(name):
        opened = unlock(known)
        remember_costs(folder, known, opened.kdf)
        return opened
    with folder.locked():
        folder.sweep(name)  # a killed change leaves a Secret Key in what it wrote last
        # Whoever held the lock may have decided; who holds it now is alone with the file (rule 4).
        decided, opened = _decide(_reload(folder, device), unlock)
        replace_device(folder, replace(decided, kdf=opened.kdf.raised(decided.kdf)))
    return opened


def remember_costs(folder: Folder, device: Device, kdf: KdfParameters) -> None:
    """Note what unlocking took; passes and memory only ever grow."""
    if kdf == device.kdf:
        return
    with folder.locked():
        known = load_device(folder, account=device.account_id, user=device.user_id)
        fresh = None if known is None else kdf.raised(known.kdf)
        if known is not None and fresh is not None and fresh != known.kdf:
            replace_device(folder, replace(known, kdf=fresh))


def change_secret_key(
    folder: Folder,
    device: Device,
    secret_key: Secret[str],
    kdf: KdfParameters,
    *,
    kit: Path,
    commit: Callable[[], None],
) -> None:
    """Keep a new Secret Key here and in a new Emergency Kit, then let the account depend on it.

    Args:
        device: As it was when its Secret Key was verified.
        kit: A file that does not exist yet.
        commit: Makes the new Secret Key the one that opens the account.

    Raises:
        ConflictError: The device file was changed since.
        LocalFileError: The Kit or the device file could not be written.
        StrongroomError: What `commit` raised; unless it was a `StoreError`,
            nothing was changed and nothing is left of the new Secret Key.
    """
    with folder.locked():
        known = _reload(folder, device)
        # Exposed to compare two copies of one secret.
        same = known.secret_key.expose() == device.secret_key.expose()
        if known.pending_secret_key is not None or not same:
            message = "the Secret Key was changed on this computer at the same time"
            raise ConflictError(message, hint="nothing was changed; try again")
        replace_device(folder, replace(known, pending_secret_key=secret_key))
        changed = replace(known, secret_key=secret_key, kdf=kdf.raised(known.kdf))
        try:
            create_kit(kit, changed)
        except StrongroomError:
            replace_device(folder, known)
            raise
        try:
            commit()
        except StoreError as error:
            raise _uncertain(error, kit) from None
        except StrongroomError:
            with suppress(OSError):
                kit.unlink()  # a Kit that opens nothing is worse than none
            replace_device(folder, known)
            raise
        _promote(folder, changed)


def _promote(folder: Folder, device: Device) -> None:
    try:
        replace_device(folder, device)
    except LocalFileError as error:
        message = (
            f"the Secret Key was changed, but this computer still holds the old one too: {error}"
        )
        hint = "keep the new Emergency Kit and run `op signin`, which puts this right"
        raise LocalFileError(message, hint=hint) from None


def _uncertain(error: StoreError, kit: Path) -> StoreError:
    """Say what to do where a failed database leaves it open whether a change was stored."""
    hint = (
        "run `op signin` to find out which Secret Key is in force; until then keep both "
        f"Emergency Kits, the old one and {kit}"
    )
    return type(error)(error.message, hint=hint)


def _reload(folder: Folder, device: Device) -> Device:
    known = load_device(folder, account=device.account_id, user=device.user_id)
    if known is None:
        message = "this account is no longer set up on this computer"
        raise NotFoundError(message, hint="run `strongroom account add --kit FILE`")
    return known


def _decide(device: Device, unlock: Callable[[Device], T]) -> tuple[Device, T]:
    """Return the device with the Secret Key that opens its account (rules 1 to 3)."""
    pending = device.pending_secret_key
    current = replace(device, pending_secret_key=None)
    try:
        return current, unlock(current)
    except UnauthorizedError:
        if pending is None:
            raise
    promoted = replace(current, secret_key=pending)
    return promoted, unlock(promoted)
