"""From password and Secret Key to the unlock key (section 2 of specs/formats.md)."""

import unicodedata
from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from generator.crypto import hkdf, hkdf_expand
from generator.errors import require
from generator.pae import encode

PASSWORD_BYTES_MAX = 1024
T_RANGE = range(3, 16 + 1)
M_RANGE = range(65_536, 1_048_576 + 1)
LANES_RANGE = range(1, 16 + 1)


@dataclass(frozen=True)
class Parameters:
    """What the service sends, and what a device remembers of it."""

    salt: bytes
    t: int
    m: int
    lanes: int


def prepare_password(password: str) -> bytes:
    """Strip U+0020 first, then NFKD: blanks that NFKD makes are kept."""
    raw = unicodedata.normalize("NFKD", password.strip(" ")).encode()
    require(0 < len(raw) <= PASSWORD_BYTES_MAX, "password", "invalid_password")
    require(b"\0" not in raw, "password", "invalid_password")
    return raw


def check_parameters(given: Parameters, remembered: list[int] | None) -> None:
    """Floors and ceilings, then what this device has seen, before any work."""
    within = given.t in T_RANGE and given.m in M_RANGE and given.lanes in LANES_RANGE
    require(within, "parameters", "kdf_refused")
    if remembered is not None:
        not_less = given.t >= remembered[0] and given.m >= remembered[1]
        require(not_less, "remembered", "kdf_downgrade")


def derive_unlock(
    password: bytes, given: Parameters, *, account: bytes, user: bytes, sk: bytes
) -> tuple[bytes, bytes]:
    """The unlock key and the seed of the auth key."""
    bound = encode("sr/v1/kdf", account, user, given.t, given.m, given.lanes)
    stretched = Argon2id(
        salt=given.salt,
        length=32,
        iterations=given.t,
        lanes=given.lanes,
        memory_cost=given.m,
        ad=bound,
    ).derive(password)
    root = hkdf(stretched, sk, encode("sr/v1/2skd", account, user))
    return hkdf_expand(root, b"sr/v1/unlock"), hkdf_expand(root, b"sr/v1/auth")
