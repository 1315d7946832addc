"""Share links: one sealed copy of an item for whoever holds the link.

Source: specs/formats.md section 12. Everything comes from one secret in the
link: the id under which the service keeps the share, the token that fetches
it, and the key that opens it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from strongroom.crypto.links import format_link, parse_link
from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import HASH_BYTES, equal, hkdf, sha256
from strongroom.crypto.public.randomness import make_bytes
from strongroom.crypto.sealing import Purpose, open_envelope, seal
from strongroom.crypto.symmetric_keys import KEY_BYTES, SymmetricKey
from strongroom.errors import IntegrityError
from strongroom.ids import ID_BYTES, AccountId, ContainerId, format_id
from strongroom.secret import veil

SHARE_SECRET_BYTES: Final = 32
_PATH: Final = "s"
_WHAT: Final = "share link"


class ShareLink(msgspec.Struct, frozen=True):
    """What a share link says."""

    url: str
    secret: bytes

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"ShareLink(url={self.url!r})"


class ShareContext(msgspec.Struct, frozen=True, kw_only=True):
    """Where the item of a share lives: what its sealed secret is bound to."""

    account: AccountId
    kind: int
    container: ContainerId
    epoch: int


def make_share_secret() -> bytes:
    """Return the 32 fresh bytes of a share."""
    return make_bytes(SHARE_SECRET_BYTES)


def derive_share_id(secret: bytes) -> bytes:
    """Return the id under which the service keeps the share."""
    return hkdf(secret, info=b"sr/v1/share-id", length=ID_BYTES)


def derive_share_token(secret: bytes) -> bytes:
    """Return what fetches the share; the service keeps its hash."""
    return hkdf(secret, info=b"sr/v1/share-token", length=HASH_BYTES)


def derive_share_key(secret: bytes) -> SymmetricKey:
    """Return what opens the share; the service never sees it."""
    return SymmetricKey(hkdf(secret, info=b"sr/v1/share-key", length=KEY_BYTES))


def seal_share(secret: bytes, *, document: bytes, expires_ms: int) -> bytes:
    """Seal the copy that is shared, bound to its id and its end."""
    context = (derive_share_id(secret), expires_ms)
    return seal(derive_share_key(secret), Purpose.SHARE, context, document)


def open_share(
    secret: bytes, *, share: bytes, token_hash: Hash, expires_ms: int, sealed: bytes
) -> bytes:
    """Open a share with the secret of its link; return the document.

    Args:
        share: The id that the service names.
        token_hash: What the service keeps of the token.

    Raises:
        IntegrityError: The id is not that of the secret (layer `id`), the
            hash not that of its token (`token`), or the envelope does not open.
    """
    own = derive_share_id(secret)
    what = f"share {format_id(own)}"
    if not equal(own, share):
        message = f"{what} was answered with another share"
        raise IntegrityError(message, layer="id")
    if not equal(sha256(derive_share_token(secret)), token_hash):
        message = f"the token of {what} is wrong"
        raise IntegrityError(message, layer="token")
    return open_envelope(
        derive_share_key(secret), Purpose.SHARE, (own, expires_ms), sealed, what=what
    )


def seal_share_secret(container_key: SymmetricKey, secret: bytes, context: ShareContext) -> bytes:
    """Seal the secret of a share to the container of its item, for listing and revoking."""
    return seal(
        container_key, Purpose.SHARE_SECRET, _bound(context, derive_share_id(secret)), secret
    )


def open_share_secret(
    container_key: SymmetricKey, sealed: bytes, context: ShareContext, *, share: bytes
) -> bytes:
    """Open the secret of a share.

    Raises:
        IntegrityError: It does not open, or is the secret of another share
            (layer `id`).
    """
    what = f"the secret of share {format_id(share)}"
    secret = open_envelope(
        container_key, Purpose.SHARE_SECRET, _bound(context, share), sealed, what=what
    )
    if len(secret) != SHARE_SECRET_BYTES or derive_share_id(secret) != share:
        message = f"{what} is damaged or not what was asked for"
        raise IntegrityError(message, layer="id")
    return secret


def format_share_link(url: str, secret: bytes) -> str:
    """Write `<url>/s#<base64url(secret)>`.

    Raises:
        InputError: An address that cannot stand in a link.
    """
    return format_link(url, path=_PATH, payload=secret, what=_WHAT)


def parse_share_link(text: str) -> ShareLink:
    """Read a share link, locally, without echoing any part of it.

    Raises:
        InputError: Not a share link, or one that is cut or changed.
    """
    return ShareLink(*parse_link(text, path=_PATH, size=SHARE_SECRET_BYTES, what=_WHAT))


def _bound(context: ShareContext, share: bytes) -> tuple[bytes, int, bytes, int, bytes]:
    return context.account, context.kind, context.container, context.epoch, share
