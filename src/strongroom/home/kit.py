"""The Emergency Kit: the one sheet of paper that brings an account back.

Source: specs/formats.md section 2. A text file (0600) to be printed or kept
offline. It holds the Secret Key; the password is written in by hand, or not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.crypto.public.costs import KdfParameters
from strongroom.crypto.public.digests import Hash
from strongroom.crypto.secret_keys import parse_secret_key
from strongroom.errors import InvalidIdError, LocalFileError
from strongroom.home.device import Device
from strongroom.home.files import check_folder, create_file, load_file
from strongroom.ids import AccountId, PrincipalId, format_id, parse_id
from strongroom.secret import Secret
from strongroom.trust.directory import Pin

_TEXT: Final = """\
STRONGROOM EMERGENCY KIT

Keep this sheet offline, in a safe place. With it and the password the account
can be opened on any computer; without it, a lost computer is a lost account.
Nobody, not even the operator of the server, can create a new one.

Account name   {account_name}
Address        {url}
E-mail         {email}
Account ID     {account}
User ID        {user}

Secret Key     {secret_key}

Root pin       {root_version} {root_hash}

Password       ______________________________________________
"""


# The sheet has about one kilobyte; a longer file is none, however it was edited.
KIT_BYTES_MAX: Final = 64 * 1024

# Every line of the sheet has its label in this many characters.
_LABEL_WIDTH: Final = 15


def format_kit(device: Device) -> str:
    """Return the text of the Kit."""
    return _TEXT.format(
        account_name=_one_line(device.account_name),
        url=_one_line(device.url),
        email=_one_line(device.email),
        account=format_id(device.account_id),
        user=format_id(device.user_id),
        # Exposed: the Kit exists to carry it.
        secret_key=device.formatted_secret_key.expose(),
        root_version=device.pin.version,
        root_hash=encode_base64url(device.pin.hash),
    )


class KitFacts(msgspec.Struct, frozen=True):
    """What a Kit says: enough to unlock the account on a new computer.

    Attributes:
        pin: `None` where no Kit is at hand; the sealed keys of the account bring one.
    """

    url: str
    account_name: str
    email: str
    account_id: AccountId
    user_id: PrincipalId
    pin: Pin | None
    secret_key: Secret[str]
    # Not in a Kit: what a computer remembers on which the account is set up already.
    kdf: KdfParameters | None = None


def load_kit(path: Path) -> KitFacts:
    """Read the Kit that `create_kit` wrote.

    Raises:
        LocalFileError: No such file, or it is not an Emergency Kit.
        InvalidSecretKeyError: Its Secret Key has a typing error.
    """
    lines = _load_text(path).splitlines()
    values = {line[:_LABEL_WIDTH].rstrip(): line[_LABEL_WIDTH:].strip() for line in lines}
    try:
        version, root_hash = values["Root pin"].split()
        pin = Pin(int(version), Hash(decode_base64url(root_hash)))
        return KitFacts(
            url=values["Address"],
            account_name=values["Account name"],
            email=values["E-mail"],
            account_id=parse_id(values["Account ID"], AccountId),
            user_id=parse_id(values["User ID"], PrincipalId),
            pin=pin,
            secret_key=Secret(parse_secret_key(values["Secret Key"])[1]),
        )
    except (KeyError, ValueError, InvalidIdError):
        message = f"{path} is not an Emergency Kit, or a damaged one"
        raise LocalFileError(message) from None


def _load_text(path: Path) -> str:
    raw = load_file(path, bytes_max=KIT_BYTES_MAX)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        message = f"{path} is not an Emergency Kit, or a damaged one"
        raise LocalFileError(message) from None


def check_kit_path(path: Path) -> None:
    """Refuse a place where no Kit can be made, before an account depends on it.

    Raises:
        LocalFileError: The file exists, or cannot be made in its folder.
    """
    if path.exists() or path.is_symlink():
        message = f"{path} exists already"
        raise LocalFileError(message, hint="choose another name for the Emergency Kit")
    check_folder(path.parent)


def create_kit(path: Path, device: Device) -> None:
    """Write the Kit as a new file with mode 0600.

    Raises:
        LocalFileError: The file exists, or the disk refused.
    """
    create_file(path, format_kit(device).encode())


def _one_line(text: str) -> str:
    """Keep a name with a line break from forging a line of the Kit."""
    return "".join(character if character.isprintable() else " " for character in text)
