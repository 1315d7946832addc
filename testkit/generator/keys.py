"""Keysets: everything that follows from one 32-byte seed (section 2)."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from generator.crypto import hkdf, public_of, sha256
from generator.pae import encode

ZERO_KEY_ID = bytes(16)


def key_id(key: bytes) -> bytes:
    """The public name of a symmetric key (section 1)."""
    return sha256(encode("sr/v1/kid", key))[:16]


def fingerprint(principal: bytes, kind: int, enc_pk: bytes, sign_pk: bytes) -> bytes:
    """`fp`: the keyset as part of one principal."""
    return sha256(encode("sr/v1/keyset", principal, kind, enc_pk, sign_pk))


@dataclass(frozen=True)
class Keyset:
    """The keys of a seed; who owns them is not part of it."""

    seed: bytes

    @cached_property
    def enc_key(self) -> MLKEM768X25519PrivateKey:
        """The X-Wing key: SHAKE-256 splits one seed into the two halves."""
        expanded = hashlib.shake_256(hkdf(self.seed, b"", b"sr/v1/ks-enc")).digest(96)
        return MLKEM768X25519PrivateKey(
            mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
            x25519.X25519PrivateKey.from_private_bytes(expanded[64:]),
        )

    @cached_property
    def enc_pk(self) -> bytes:
        """ML-KEM-768 public key (1,184 bytes), then X25519 (32 bytes)."""
        expanded = hashlib.shake_256(hkdf(self.seed, b"", b"sr/v1/ks-enc")).digest(96)
        lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key()
        curve = x25519.X25519PrivateKey.from_private_bytes(expanded[64:]).public_key()
        return lattice.public_bytes_raw() + curve.public_bytes_raw()

    @cached_property
    def enc_pk_hash(self) -> bytes:
        """What the directory holds instead of the 1,216 bytes."""
        return sha256(self.enc_pk)

    @cached_property
    def sign_seed(self) -> bytes:
        """The Ed25519 seed for signing."""
        return hkdf(self.seed, b"", b"sr/v1/ks-sign")

    @cached_property
    def sign_pk(self) -> bytes:
        """The public half of the signing key."""
        return public_of(self.sign_seed)

    @cached_property
    def auth_seed(self) -> bytes:
        """The Ed25519 seed with which a service account signs requests."""
        return hkdf(self.seed, b"", b"sr/v1/ks-auth")

    @cached_property
    def local_key(self) -> bytes:
        """The symmetric key of local files."""
        return hkdf(self.seed, b"", b"sr/v1/ks-local")

    def fp(self, principal: bytes, kind: int) -> bytes:
        """The fingerprint when `principal` owns this keyset."""
        return fingerprint(principal, kind, self.enc_pk, self.sign_pk)
