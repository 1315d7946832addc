"""A principal's keys, all derived from one 32-byte seed.

Source: specs/formats.md sections 2 and 4. X-Wing (ML-KEM-768 + X25519,
draft-connolly-cfrg-xwing-kem) for sealing, Ed25519 for signing.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Final

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from strongroom.crypto.public.digests import Fingerprint
from strongroom.crypto.public.hashes import hkdf
from strongroom.crypto.public.principals import derive_fingerprint
from strongroom.crypto.public.randomness import make_bytes
from strongroom.crypto.public.signatures import derive_public_key, sign
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.ids import PrincipalId

SEED_BYTES: Final = 32
_MLKEM_SEED_BYTES: Final = 64
_XWING_EXPANDED_BYTES: Final = 96


class Keyset:
    """The private keys of one principal, derived when first needed.

    `repr` shows nothing of them.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    @classmethod
    def make(cls) -> Keyset:
        """Make a keyset from a fresh random seed."""
        return cls(make_bytes(SEED_BYTES))

    @classmethod
    def of_group(cls, key: SymmetricKey) -> Keyset:
        """Return the keyset of a group's epoch, whose content key is the seed."""
        return cls(key.expose_key())

    def __repr__(self) -> str:
        return "Keyset([secret])"

    def expose_seed(self) -> bytes:
        """Return the seed, for sealing it or putting it into a token."""
        return self._seed

    @cached_property
    def _enc_parts(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        expanded = hashlib.shake_256(hkdf(self._seed, info=b"sr/v1/ks-enc")).digest(
            _XWING_EXPANDED_BYTES
        )
        return (
            MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_BYTES]),
            X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_BYTES:]),
        )

    @cached_property
    def enc_key(self) -> MLKEM768X25519PrivateKey:
        """The X-Wing private key."""
        return MLKEM768X25519PrivateKey(*self._enc_parts)

    @cached_property
    def enc_pk(self) -> bytes:
        """The X-Wing public key: ML-KEM-768 (1,184 bytes), then X25519 (32 bytes)."""
        mlkem, x25519 = self._enc_parts
        return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()

    @cached_property
    def _sign_seed(self) -> bytes:
        return hkdf(self._seed, info=b"sr/v1/ks-sign")

    @cached_property
    def sign_pk(self) -> bytes:
        """The Ed25519 public key under which this principal signs."""
        return derive_public_key(self._sign_seed)

    @property
    def auth_seed(self) -> bytes:
        """The seed of the Ed25519 key that signs a service account's requests."""
        return hkdf(self._seed, info=b"sr/v1/ks-auth")

    @cached_property
    def auth_pk(self) -> bytes:
        """The Ed25519 public key under which a service account's requests are verified."""
        return derive_public_key(self.auth_seed)

    @property
    def local_key(self) -> SymmetricKey:
        """The symmetric key of this principal's local files."""
        return SymmetricKey(hkdf(self._seed, info=b"sr/v1/ks-local"))

    @property
    def content_key(self) -> SymmetricKey:
        """The seed as a group's members get it: as the content key of the group's epoch."""
        return SymmetricKey(self._seed)

    def fingerprint(self, principal: PrincipalId, kind: int) -> Fingerprint:
        """Return the fingerprint of these keys as those of `principal`."""
        return derive_fingerprint(principal, kind, enc_pk=self.enc_pk, sign_pk=self.sign_pk)

    def sign_request(self, base: bytes) -> bytes:
        """Sign a request of a service account (section 13), with the auth key."""
        return sign(self.auth_seed, base)

    def sign(self, message: bytes) -> bytes:
        """Sign with this principal's signing key."""
        return sign(self._sign_seed, message)
