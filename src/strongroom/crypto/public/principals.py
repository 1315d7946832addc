"""Principals: kinds, ids and keyset fingerprints, and which public keys can be sealed to.

Source: specs/formats.md sections 2 and 4. Holds no private key, so the service
may use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final

from strongroom.crypto.public.digests import Fingerprint, Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import InvalidKeyError
from strongroom.ids import AccountId, PrincipalId
from strongroom.pae import pae

ENC_PUBLIC_KEY_BYTES: Final = 1216
# ML-KEM-768: three polynomials of 256 coefficients of 12 bits, then 32 bytes that may be any.
# Source: FIPS 203 section 8 and, for the check, section 7.2.
_MLKEM_BYTES: Final = 1184
_COEFFICIENTS_BYTES: Final = 1152
_COEFFICIENT_BITS: Final = 12
_MODULUS: Final = 3329
# X25519: the field, and the coordinates in it at which every exchange gives zero, on the curve and
# on its twist. Source: RFC 7748 sections 4.1 and 6.1; D. J. Bernstein, "Curve25519: validating
# public keys" (cr.yp.to/ecdh.html#validate).
_FIELD: Final = 2**255 - 19
_SMALL_ORDER_U: Final = frozenset(
    (
        0,
        1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
        _FIELD - 1,
    )
)


class PrincipalKind(IntEnum):
    """Kinds of principals, as in directory entries."""

    USER = 1
    GROUP = 2
    SERVICE_ACCOUNT = 3


def derive_fingerprint(
    principal: PrincipalId, kind: int, *, enc_pk: bytes, sign_pk: bytes
) -> Fingerprint:
    """Return the 32-byte fingerprint that names one keyset of one principal."""
    return Fingerprint(sha256(pae("sr/v1/keyset", principal, kind, enc_pk, sign_pk)))


def derive_principal_id(
    account: AccountId, kind: int, enc_pk_hash: Hash, sign_pk: bytes
) -> PrincipalId:
    """Return the id of a user or service account: nobody can join under another's."""
    return PrincipalId(sha256(pae("sr/v1/pid", account, kind, enc_pk_hash, sign_pk))[:16])


def check_sealing_key(enc_pk: bytes) -> None:
    """Check by arithmetic that something can be sealed to an X-Wing public key.

    It says nothing of whose key it is, nor whether anybody has the private one.

    Args:
        enc_pk: ML-KEM-768 (1,184 bytes), then X25519 (32 bytes).

    Raises:
        InvalidKeyError: Another length (layer `length`), an ML-KEM coefficient
            outside the modulus (`ml-kem`), or an X25519 coordinate that is not
            canonical or of small order (`x25519`).
    """
    if len(enc_pk) != ENC_PUBLIC_KEY_BYTES:
        raise _unusable("length")
    if any(coefficient >= _MODULUS for coefficient in _coefficients(enc_pk)):
        raise _unusable("ml-kem")
    # All 256 bits count: X25519 would pass over the highest, and take a key for another one.
    coordinate = int.from_bytes(enc_pk[_MLKEM_BYTES:], "little")
    if coordinate >= _FIELD or coordinate in _SMALL_ORDER_U:
        raise _unusable("x25519")


def _coefficients(enc_pk: bytes) -> Iterator[int]:
    """Return the coefficients of an ML-KEM key: pairs of 12 bits in groups of three bytes."""
    for at in range(0, _COEFFICIENTS_BYTES, 3):
        pair = int.from_bytes(enc_pk[at : at + 3], "little")
        yield pair & ((1 << _COEFFICIENT_BITS) - 1)
        yield pair >> _COEFFICIENT_BITS


def _unusable(layer: str) -> InvalidKeyError:
    message = "nothing can be sealed to this encryption key"
    return InvalidKeyError(message, hint="make new keys", layer=layer)
