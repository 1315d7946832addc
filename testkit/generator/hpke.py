"""HPKE in base mode, by hand (RFC 9180; section 6 of specs/formats.md).

One message per key, so the sequence number is always 0.  The suite is X-Wing,
HKDF-SHA256, AES-256-GCM; the KEM hands over its shared secret as it is.
"""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from generator import xwing
from generator.crypto import hkdf_expand, hmac_sha256

KEM_ID, KDF_ID, AEAD_ID = 0x647A, 0x0001, 0x0002
KEY_SIZE, NONCE_SIZE, TAG_SIZE = 32, 12, 16
_MODE_BASE = b"\0"


def suite_id(kem: int, kdf: int, aead: int) -> bytes:
    """What binds every derivation to the suite."""
    return b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (kem, kdf, aead))


def key_schedule(suite: bytes, shared: bytes, info: bytes, key_size: int) -> tuple[bytes, bytes]:
    """Key and base nonce of base mode: no pre-shared key, its parts are empty."""

    def extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return hmac_sha256(salt, b"HPKE-v1" + suite + label + ikm)

    def expand(prk: bytes, label: bytes, info: bytes, size: int) -> bytes:
        labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
        return hkdf_expand(prk, labelled, size)

    psk_id_hash = extract(b"", b"psk_id_hash", b"")
    context = _MODE_BASE + psk_id_hash + extract(b"", b"info_hash", info)
    secret = extract(shared, b"secret", b"")
    key = expand(secret, b"key", context, key_size)
    return key, expand(secret, b"base_nonce", context, NONCE_SIZE)


SUITE = suite_id(KEM_ID, KDF_ID, AEAD_ID)


def seal(public: bytes, ephemeral: bytes, info: bytes, data: bytes) -> bytes:
    """The encapsulated key, then the ciphertext; no additional data."""
    shared, enc = xwing.encapsulate(public, ephemeral)
    key, nonce = key_schedule(SUITE, shared, info, KEY_SIZE)
    return enc + AESGCM(key).encrypt(nonce, data, b"")


def open_sealed(private: xwing.PrivateKey, info: bytes, sealed: bytes) -> bytes:
    """The data; ValueError or InvalidTag when it was not sealed so."""
    shared = private.decapsulate(sealed[: xwing.ENC_SIZE])
    key, nonce = key_schedule(SUITE, shared, info, KEY_SIZE)
    return AESGCM(key).decrypt(nonce, sealed[xwing.ENC_SIZE :], b"")
