"""Ed25519 signatures over PAE bytes, verified strictly.

Source: RFC 8032 and specs/formats.md section 1. Holds only public keys when
it verifies, so the service may use it.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from strongroom.errors import IntegrityError

PUBLIC_KEY_BYTES: Final = 32
# y-coordinates of the eight points of small order on edwards25519 and their non-canonical
# spellings. A signature under such a key verifies for messages that nobody signed, so none may
# enter the directory. Source: RFC 7748 section 7 and RFC 8032 section 5.1.7 (cofactor 8).
_SMALL_ORDER_Y: Final = frozenset(
    bytes.fromhex(y)
    for y in (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)
_SIGN_BIT_OFF: Final = 0x7F
# The field of the curve: a y-coordinate of this or more is a second spelling of another key.
_FIELD: Final = 2**255 - 19
_Y_BITS: Final = 2**255 - 1


def sign(seed: bytes, message: bytes) -> bytes:
    """Sign with the Ed25519 key whose 32-byte seed is given."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def derive_public_key(seed: bytes) -> bytes:
    """Return the 32-byte public key of a seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def verify(public_key: bytes, signature: bytes, message: bytes, *, what: str) -> None:
    """Check a signature.

    The library refuses a non-canonical S, as section 1 demands. It would take
    keys of small order and second spellings of keys, so these are refused here:
    root documents name keys whose entries nobody has seen yet.

    Raises:
        IntegrityError: The signature is not one by this key over this
            message (layer `signature`). The message names `what`.
    """
    try:
        _check_key(public_key)
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise wrong_signature(what) from None


def wrong_signature(what: str) -> IntegrityError:
    """Return the error for a signature that does not verify (layer `signature`)."""
    message = f"the signature of {what} is wrong"
    return IntegrityError(message, layer="signature")


def is_small_order(public_key: bytes) -> bool:
    """Tell whether a public key is a point of small order, in any spelling."""
    canonical = public_key[:-1] + bytes(last & _SIGN_BIT_OFF for last in public_key[-1:])
    return canonical in _SMALL_ORDER_Y


def _check_key(public_key: bytes) -> None:
    if not is_public_key(public_key):
        message = "not a valid public key for signatures"
        raise ValueError(message)


def is_public_key(public_key: bytes) -> bool:
    """Tell whether bytes may be a key under which somebody signs.

    Whether they are a point at all is seen when a signature is verified.
    """
    return (
        len(public_key) == PUBLIC_KEY_BYTES
        and int.from_bytes(public_key, "little") & _Y_BITS < _FIELD
        and not is_small_order(public_key)
    )
