"""Keysets: everything that follows from one 32-byte seed (section 2)."""

from dataclasses import dataclass
from functools import cached_property

from generator.crypto import hkdf, public_of, sha256
from generator.pae import encode
from generator.xwing import PrivateKey

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
    def enc_key(self) -> PrivateKey:
        """The X-Wing key, to which container keys are sealed."""
        return PrivateKey(hkdf(self.seed, b"", b"sr/v1/ks-enc"))

    @cached_property
    def enc_pk(self) -> bytes:
        """Its public half, 1,216 bytes."""
        return self.enc_key.public

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
