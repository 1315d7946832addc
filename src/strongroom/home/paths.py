"""Where local files stand, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from strongroom.errors import LocalFileError
from strongroom.home.files import Folder
from strongroom.ids import AccountId, ContainerId, PrincipalId, format_id

HOME_VARIABLE: Final = "STRONGROOM_HOME"
DEVICE_PREFIX: Final = "device-"
SESSION_PREFIX: Final = "session-"
LATEST_NAME: Final = "latest"


def home_folder(environment: Mapping[str, str]) -> Folder:
    """Return the folder of local files: STRONGROOM_HOME, else the XDG data directory's.

    Raises:
        LocalFileError: STRONGROOM_HOME is not an absolute path.
    """
    chosen = environment.get(HOME_VARIABLE)
    if chosen:
        return _absolute(chosen, what=HOME_VARIABLE)
    data = environment.get("XDG_DATA_HOME", "")
    # The XDG specification: a relative path there is to be ignored.
    base = Path(data) if Path(data).is_absolute() else Path.home() / ".local" / "share"
    return Folder(base / "strongroom")


def state_folder(chosen: str) -> Folder:
    """Return the folder in which programs with a token remember what they have seen.

    Args:
        chosen: What STRONGROOM_STATE or the program says.

    Raises:
        LocalFileError: Not an absolute path.
    """
    return _absolute(chosen, what="the state folder")


def _absolute(chosen: str, *, what: str) -> Folder:
    if not Path(chosen).is_absolute():
        message = f"{what} is not an absolute path"
        raise LocalFileError(message, hint="write a path that starts with /")
    return Folder(Path(chosen))


def device_name(*, account: AccountId, user: PrincipalId) -> str:
    """Return the name of a device file."""
    return f"{DEVICE_PREFIX}{owner_text(account=account, user=user)}.json"


def state_name(owner: str) -> str:
    """Return the name of the state file of an `owner_text`."""
    return f"state-{owner}"


def objects_name(owner: str, container: ContainerId) -> str:
    """Return the name of a container's objects file; without one, of that of their own objects."""
    return f"objects-{owner}-{format_id(container)}" if container else f"objects-{owner}"


def session_name(*, account: AccountId, user: PrincipalId, key_id: bytes) -> str:
    """Return the name of a session file; the key id tells several terminals apart."""
    return f"{SESSION_PREFIX}{owner_text(account=account, user=user)}-{key_id.hex()}.json"


def owner_text(*, account: AccountId, user: PrincipalId, key_id: bytes = b"") -> str:
    """Return the part of a name that says whose file it is.

    Args:
        key_id: That of a service account's local key, which every rotation replaces; users have
            one for good.
    """
    text = f"{format_id(account)}-{format_id(user)}"
    return f"{text}-{key_id.hex()}" if key_id else text
