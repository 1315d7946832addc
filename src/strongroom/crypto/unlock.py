"""From password and Secret Key to the two keys of a user.

Source: specs/formats.md section 2; Argon2id (RFC 9106). Both secrets enter
one HKDF, so a stolen database cannot be guessed without the Secret Key.
"""

from __future__ import annotations

import unicodedata
from typing import Final

import msgspec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from strongroom.crypto.public.costs import KdfParameters
from strongroom.crypto.public.hashes import hkdf, hkdf_expand
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import InvalidPasswordError
from strongroom.ids import AccountId, PrincipalId
from strongroom.limits import PASSWORD_CHARACTERS_MIN
from strongroom.pae import pae
from strongroom.secret import veil

PASSWORD_BYTES_MAX: Final = 1024  # longer is a pasted file, not a password
_KEY_BYTES: Final = 32


class UnlockKeys(msgspec.Struct, frozen=True):
    """What password and Secret Key give together."""

    unlock: SymmetricKey
    auth_seed: bytes

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "UnlockKeys([secret])"


def normalise_password(password: str) -> bytes:
    """Strip blanks (U+0020), apply NFKD, and encode.

    Raises:
        InvalidPasswordError: Empty, over 1,024 bytes, or with NUL.
    """
    raw = unicodedata.normalize("NFKD", password.strip(" ")).encode("utf-8", "surrogatepass")
    if not raw:
        reason = "a password cannot be empty"
    elif len(raw) > PASSWORD_BYTES_MAX:
        reason = f"a password has at most {PASSWORD_BYTES_MAX} bytes"
    elif b"\0" in raw:
        reason = "a password cannot contain a NUL character"
    else:
        return raw
    raise InvalidPasswordError(reason, layer="password")


def check_new_password(password: str) -> None:
    """Refuse a password that is too short for a new account.

    Raises:
        InvalidPasswordError: Under 10 characters, or not a password at all.
    """
    prepared = normalise_password(password).decode("utf-8", "surrogatepass")
    if len(prepared) < PASSWORD_CHARACTERS_MIN:
        message = f"a new password needs at least {PASSWORD_CHARACTERS_MIN} characters"
        raise InvalidPasswordError(message, layer="password")


def derive_unlock_keys(
    *,
    password: str,
    secret_key: str,
    parameters: KdfParameters,
    account: AccountId,
    user: PrincipalId,
) -> UnlockKeys:
    """Derive the unlock key and the auth seed.

    Takes 64 MiB and a tenth of a second or more; the caller has checked the
    parameters.

    Args:
        secret_key: The 26 characters (section 2).

    Raises:
        InvalidPasswordError: The password cannot be one.
    """
    slow = Argon2id(
        salt=parameters.salt,
        length=_KEY_BYTES,
        iterations=parameters.t,
        lanes=parameters.lanes,
        memory_cost=parameters.m,
        ad=pae("sr/v1/kdf", account, user, parameters.t, parameters.m, parameters.lanes),
    ).derive(normalise_password(password))
    root = hkdf(slow, salt=secret_key.encode("ascii"), info=pae("sr/v1/2skd", account, user))
    return UnlockKeys(
        unlock=SymmetricKey(hkdf_expand(root, info=b"sr/v1/unlock")),
        auth_seed=hkdf_expand(root, info=b"sr/v1/auth"),
    )
