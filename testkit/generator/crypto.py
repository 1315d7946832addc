"""The primitives, each once (section 1 of specs/formats.md)."""

import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

_GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
_FIELD = 2**255 - 19
_ORDER_EIGHT = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    "little",
)
# The y coordinates of the eight points of small order; the sign bit is free.
_SMALL_ORDER = frozenset({0, 1, _FIELD - 1, _ORDER_EIGHT, _FIELD - _ORDER_EIGHT})


def sha256(data: bytes) -> bytes:
    """`H(x)`."""
    return hashlib.sha256(data).digest()


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA256."""
    return hmac.new(key, data, hashlib.sha256).digest()


def hkdf_expand(key: bytes, info: bytes, size: int = 32) -> bytes:
    """The second half of HKDF-SHA256 alone."""
    out = block = b""
    counter = 1
    while len(out) < size:
        block = hmac_sha256(key, block + info + bytes([counter]))
        out += block
        counter += 1
    return out[:size]


def hkdf(ikm: bytes, salt: bytes, info: bytes, size: int = 32) -> bytes:
    """HKDF-SHA256, extract and expand."""
    # RFC 5869 sets an absent salt to zeros, which HMAC does by itself.
    return hkdf_expand(hmac_sha256(salt, ikm), info, size)


def public_of(seed: bytes) -> bytes:
    """The Ed25519 public key of a 32-byte seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(seed: bytes, data: bytes) -> bytes:
    """An Ed25519 signature; it is deterministic."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(data)


def is_small_order(public: bytes) -> bool:
    """Whether a public key is one under which forged signatures verify."""
    return (int.from_bytes(public, "little") & (2**255 - 1)) % _FIELD in _SMALL_ORDER


def verifies(public: bytes, signature: bytes, data: bytes) -> bool:
    """Strict Ed25519: 64 bytes, S below the group order, one spelling of a key of large order."""
    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= _GROUP_ORDER:
        return False
    if is_small_order(public) or int.from_bytes(public, "little") & (2**255 - 1) >= _FIELD:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def with_large_s(signature: bytes) -> bytes:
    """The same signature with S + L: a lax verifier would accept it twice."""
    scalar = int.from_bytes(signature[32:], "little") + _GROUP_ORDER
    return signature[:32] + scalar.to_bytes(32, "little")
