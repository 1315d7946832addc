"""Principals: kinds, ids and keyset fingerprints, all from public keys.

Source: specs/formats.md sections 2 and 4. Holds no private key, so the service
may use it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from strongroom.crypto.hashes import sha256
from strongroom.pae import pae

ENC_PUBLIC_KEY_BYTES: Final = 1216


class PrincipalKind(IntEnum):
    """Kinds of principals, as in directory entries."""

    USER = 1
    GROUP = 2
    SERVICE_ACCOUNT = 3


def derive_fingerprint(principal: bytes, kind: int, enc_pk: bytes, sign_pk: bytes) -> bytes:
    """Return the 32-byte fingerprint that names one keyset of one principal."""
    return sha256(pae("sr/v1/keyset", principal, kind, enc_pk, sign_pk))


def derive_principal_id(account: bytes, kind: int, enc_pk_hash: bytes, sign_pk: bytes) -> bytes:
    """Return the id of a user or service account: nobody can join under another's."""
    return sha256(pae("sr/v1/pid", account, kind, enc_pk_hash, sign_pk))[:16]
