"""Where local files stand, and what they are called."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from strongroom.errors import LocalFileError
from strongroom.home.files import Folder
from strongroom.ids import AccountId, ContainerId, PrincipalId, format_id

HOME_VARIABLE: Final = "STRONGROOM_HOME"
CONFIG_VARIABLE: Final = "OP_CONFIG_DIR"
DEVICE_PREFIX: Final = "device-"
SESSION_PREFIX: Final = "session-"
LATEST_NAME: Final = "latest"
LISTING_NAME: Final = "config"


class Places(NamedTuple):
    """Where local files stand.

    Attributes:
        home: The folder of local files.
        listing: The folder of the file from which other programs learn of the accounts
            (`home.listing`).
        is_looked_at: Whether programs written for `op` look there.
    """

    home: Folder
    listing: Folder
    is_looked_at: bool


def find_places(environment: Mapping[str, str], *, config: str | None = None) -> Places:
    """Return where local files stand: the one place where that is decided.

    The home is what `--config` says, else STRONGROOM_HOME, else OP_CONFIG_DIR, else
    `strongroom` in the XDG data directory. A home that was chosen has its listing within.

    Args:
        config: What `--config` says; as with OP_CONFIG_DIR, a relative path counts from the
            current folder.

    Raises:
        LocalFileError: STRONGROOM_HOME is not an absolute path; or a place is needed that does
            not exist: the current folder, or the home directory of this user.
    """
    named, own = config or environment.get(CONFIG_VARIABLE), environment.get(HOME_VARIABLE)
    if own and not config:
        chosen = _absolute(own, what=HOME_VARIABLE)
        return Places(chosen, chosen, is_looked_at=_is_looked_at(chosen, environment))
    if named:
        folder = Folder(_from_here(named))
        return Places(folder, folder, is_looked_at=True)
    return Places(_default_home(environment), Folder(_op_folder(environment)), is_looked_at=True)


def _is_looked_at(chosen: Folder, environment: Mapping[str, str]) -> bool:
    named = environment.get(CONFIG_VARIABLE)
    try:
        return chosen.path == (_from_here(named) if named else _op_folder(environment))
    except LocalFileError:
        return False


def _default_home(environment: Mapping[str, str]) -> Folder:
    base = _xdg(environment, "XDG_DATA_HOME") or _user_folder() / ".local" / "share"
    return Folder(base / "strongroom")


def _user_folder() -> Path:
    """Return the home directory of this user; a container may run as one that has none."""
    try:
        return Path.home()
    except RuntimeError:
        message = "this user has no home directory"
        hint = f"set {HOME_VARIABLE} to a folder for local files"
        raise LocalFileError(message, hint=hint) from None


def _from_here(path: str) -> Path:
    try:
        return Path(path).absolute()
    except FileNotFoundError:
        message = "the current folder is gone"
        raise LocalFileError(message, hint="go to another one: cd ~") from None


def _op_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder in which `op` keeps its file of accounts, by its own order of search.

    Source: https://developer.1password.com/docs/cli/config-directories
    """
    base, user = _xdg(environment, "XDG_CONFIG_HOME"), _user_folder()
    new = (base or user / ".config") / "op"
    folders = (user / ".op", base and base / ".op", user / ".config/op", base and base / "op")
    known = [folder for folder in folders if folder is not None]
    # A file counts before a folder without one: it is what the programs that search would find.
    for wanted in (*(folder / LISTING_NAME for folder in known), *known):
        if os.path.lexists(wanted):
            return wanted.parent if wanted.name == LISTING_NAME else wanted
    return new


def _xdg(environment: Mapping[str, str], name: str) -> Path | None:
    """Return a base directory; by the XDG specification a relative path is to be ignored."""
    base = Path(environment.get(name, ""))
    return base if base.is_absolute() else None


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
