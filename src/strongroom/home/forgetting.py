"""Taking an account off a computer."""

from __future__ import annotations

from collections.abc import Iterable

from strongroom.home.device import Device
from strongroom.home.files import Folder
from strongroom.home.listing import publish_accounts
from strongroom.home.paths import LATEST_NAME, Places, device_name
from strongroom.home.session import end_sessions
from strongroom.home.state import StateFile


def forget_devices(places: Places, devices: Iterable[Device]) -> None:
    """Remove every local file of some accounts, and keep the listing right."""
    try:
        for device in devices:
            forget_device(places.home, device)
    finally:
        publish_accounts(places)


def forget_device(folder: Folder, device: Device) -> None:
    """Remove every local file of an account; the account itself is untouched."""
    account, user = device.account_id, device.user_id
    with folder.locked():  # after a change of the Secret Key that is under way
        end_sessions(folder, account=account, user=user)
        StateFile(folder, account=account, user=user).remove()
        name = device_name(account=account, user=user)
        if folder.load(LATEST_NAME) == name.encode():
            folder.remove(LATEST_NAME)
        folder.remove(name)
        folder.sweep(name)
