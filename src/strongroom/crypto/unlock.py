"""From password and Secret Key to the two keys of a user.

Source: specs/formats.md section 2; Argon2id (RFC 9106). Both secrets enter
one HKDF, so a stolen database cannot be guessed without the Secret Key.
"""

from __future__ import annotations

import unicodedata
from typing import Final

import msgspec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from strongroom.crypto.hashes import hkdf, hkdf_expand
from strongroom.errors import InvalidPasswordError, KdfDowngradeError, KdfRefusedError
from strongroom.pae import pae
from strongroom.secret import veil

PASSWORD_BYTES_MAX: Final = 1024  # longer is a pasted file, not a password
PASSWORD_CHARACTERS_MIN: Final = 10  # refused at creation only
KDF_SALT_BYTES: Final = 16
_KEY_BYTES: Final = 32

# Floors: RFC 9106's second choice. Ceilings: what a hostile keeper may make a client spend.
T_MIN, T_MAX = 3, 16
M_MIN_KIB, M_MAX_KIB = 65_536, 1_048_576
LANES_MIN, LANES_MAX = 1, 16


class KdfParameters(msgspec.Struct, frozen=True):
    """Argon2id cost: passes, memory in KiB, lanes; and the 16-byte salt."""

    salt: bytes
    t: int = T_MIN
    m: int = M_MIN_KIB
    lanes: int = 4


class UnlockKeys(msgspec.Struct, frozen=True):
    """What password and Secret Key give together."""

    unlock: bytes
    auth_seed: bytes

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "UnlockKeys([secret])"


def check_parameters(parameters: KdfParameters, *, remembered: tuple[int, int] | None) -> None:
    """Refuse costs that help a guesser or exhaust the client, before any work.

    Args:
        remembered: (t, m) that this device has seen, or `None`.

    Raises:
        KdfRefusedError: Outside floor and ceiling.
        KdfDowngradeError: Below what the device remembers.
    """
    inside = (
        T_MIN <= parameters.t <= T_MAX
        and M_MIN_KIB <= parameters.m <= M_MAX_KIB
        and LANES_MIN <= parameters.lanes <= LANES_MAX
        and len(parameters.salt) == KDF_SALT_BYTES
    )
    if not inside:
        message = "the account's key derivation parameters are outside the limits"
        raise KdfRefusedError(message, layer="parameters")
    if remembered is not None and (parameters.t < remembered[0] or parameters.m < remembered[1]):
        message = "the account's key derivation parameters are weaker than this device remembers"
        raise KdfDowngradeError(message, layer="remembered")


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
        reason = "a password cannot hold a NUL character"
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
    password: str, secret_key: str, parameters: KdfParameters, *, account: bytes, user: bytes
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
        unlock=hkdf_expand(root, info=b"sr/v1/unlock"),
        auth_seed=hkdf_expand(root, info=b"sr/v1/auth"),
    )
