"""Container keys: sealed to principals, and linked from epoch to epoch.

Source: specs/formats.md section 6. HPKE (RFC 9180) base mode, X-Wing /
HKDF-SHA256 / AES-256-GCM. Base mode says nothing about the sender; the signed
access record does.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite

from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.digests import Fingerprint, Hash
from strongroom.crypto.public.hashes import HASH_BYTES, sha256
from strongroom.crypto.public.principals import check_sealing_key
from strongroom.crypto.sealing import Purpose, open_envelope, seal
from strongroom.crypto.symmetric_keys import KEY_BYTES, SymmetricKey
from strongroom.errors import IntegrityError
from strongroom.ids import ID_BYTES, AccountId, ContainerId, PrincipalId, format_id
from strongroom.pae import pae

SEALED_KEY_BYTES: Final = 1168
_MLKEM_PUBLIC_BYTES: Final = 1184
_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class GrantContext:
    """What a sealed key is bound to."""

    __slots__ = ("container", "info")

    def __init__(
        self,
        *,
        account: AccountId,
        kind: int,
        container: ContainerId,
        epoch: int,
        accessor: PrincipalId,
        fp: Fingerprint,
    ) -> None:
        self.container = container
        self.info = pae("sr/v1/grant", account, kind, container, epoch, accessor, fp)


def seal_key(key: SymmetricKey, enc_pk: bytes, context: GrantContext) -> bytes:
    """Seal a container key to an accessor's encryption key.

    Raises:
        IntegrityError: The public key is not one.
    """
    try:
        public = MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(enc_pk[:_MLKEM_PUBLIC_BYTES]),
            X25519PublicKey.from_public_bytes(enc_pk[_MLKEM_PUBLIC_BYTES:]),
        )
        return _SUITE.encrypt(key.expose_key(), public, info=context.info)
    except ValueError:
        message = "an encryption key in the directory is not a valid key"
        raise IntegrityError(message, layer="key") from None


def try_sealing(enc_pk: bytes) -> None:
    """Seal something worthless to a public key, before an entry that names it is signed.

    Raises:
        InvalidKeyError: By arithmetic nothing can be sealed to it.
        IntegrityError: The library cannot seal to it (layer `key`).
    """
    check_sealing_key(enc_pk)
    nobody = bytes(ID_BYTES)
    context = GrantContext(
        account=AccountId(nobody),
        kind=0,
        container=ContainerId(nobody),
        epoch=0,
        accessor=PrincipalId(nobody),
        fp=Fingerprint(bytes(HASH_BYTES)),
    )
    seal_key(SymmetricKey(bytes(KEY_BYTES)), enc_pk, context)


def open_key(
    sealed: bytes, keyset: Keyset, context: GrantContext, *, sealed_hash: Hash, key_id: bytes
) -> SymmetricKey:
    """Open a container key that an access record gives.

    Args:
        sealed_hash: What the accessor's row in the signed record names.
        key_id: What the signed record names.

    Raises:
        IntegrityError: Not the sealed key of the row (layer `sealed-hash`),
            not openable (`hpke`), or another key (`key-id`).
    """
    if sha256(sealed) != sealed_hash:
        raise _refusal(context, "sealed-hash")
    try:
        key = SymmetricKey(_SUITE.decrypt(sealed, keyset.enc_key, info=context.info))
    except (InvalidTag, ValueError):
        raise _refusal(context, "hpke") from None
    if len(key.expose_key()) != KEY_BYTES or key.id != key_id:
        raise _refusal(context, "key-id")
    return key


def seal_epoch_link(
    *,
    newer: SymmetricKey,
    older: SymmetricKey,
    account: AccountId,
    kind: int,
    container: ContainerId,
    epoch: int,
) -> bytes:
    """Seal the key of `epoch` under the key of the epoch after it."""
    return seal(newer, Purpose.EPOCH_LINK, (account, kind, container, epoch), older.expose_key())


def open_epoch_link(
    link: bytes,
    newer: SymmetricKey,
    *,
    account: AccountId,
    kind: int,
    container: ContainerId,
    epoch: int,
    link_hash: Hash,
    key_id: bytes | None,
) -> SymmetricKey:
    """Open the key of `epoch` with the key of the epoch after it.

    Args:
        link_hash: What the signed record of the newer epoch names.
        key_id: The key id in the header of what is to be opened; `None` when
            the opening itself compares it (`sealing.open_envelope` does).

    Raises:
        IntegrityError: Another link (layer `link-hash`), not openable, or a
            key that is not the one wanted (`link-key-id`).
    """
    what = f"key of container {format_id(container)}"
    if sha256(link) != link_hash:
        message = f"{what} is damaged or not what was asked for"
        raise IntegrityError(message, layer="link-hash")
    context = (account, kind, container, epoch)
    key = SymmetricKey(open_envelope(newer, Purpose.EPOCH_LINK, context, link, what=what))
    if len(key.expose_key()) != KEY_BYTES or key_id not in (None, key.id):
        message = f"{what} is damaged or not what was asked for"
        raise IntegrityError(message, layer="link-key-id")
    return key


def _refusal(context: GrantContext, layer: str) -> IntegrityError:
    message = (
        f"key of container {format_id(context.container)} is damaged or not what was asked for"
    )
    return IntegrityError(message, layer=layer)
