"""Signed bodies as they are stored and sent: bytes, not yet parsed or verified."""

from __future__ import annotations

import msgspec

from strongroom.ids import PrincipalId


class SignedBody(msgspec.Struct, frozen=True):
    """A body with the signature of the one signer that it names."""

    body: bytes
    signature: bytes


class SignedRoot(msgspec.Struct, frozen=True):
    """A root document: body and (signer, signature) rows."""

    body: bytes
    signatures: tuple[tuple[PrincipalId, bytes], ...]
