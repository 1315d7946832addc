"""Hashes and the key derivation built on them.

Source: specs/formats.md section 1; SHA-256 (FIPS 180-4), HKDF-SHA256
(RFC 5869), HMAC (RFC 2104). Holds no keys, so the service may use it.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from strongroom.crypto.public.digests import Hash

HASH_BYTES: Final = 32
TAG_BYTES: Final = 16


def sha256(data: bytes) -> Hash:
    """Return the 32 bytes of SHA-256."""
    # Said to be one, not converted: a list hashes thousands of parts.
    return hashlib.sha256(data).digest()  # type: ignore[return-value]


def hkdf(ikm: bytes, *, salt: bytes = b"", info: bytes, length: int = HASH_BYTES) -> bytes:
    """Extract and expand `length` bytes from `ikm`."""
    return HKDF(SHA256(), length, salt, info).derive(ikm)


def hkdf_expand(key: bytes, *, info: bytes, length: int = HASH_BYTES) -> bytes:
    """Expand `length` bytes from a key that is already uniform."""
    return HKDFExpand(SHA256(), length, info).derive(key)


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """Return the 32 bytes of HMAC-SHA256."""
    return hmac.digest(key, data, "sha256")


def equal(left: bytes, right: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left, right)
