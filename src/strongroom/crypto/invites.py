"""Invites: how the keys of a new person come in without trusting the service.

Source: specs/formats.md section 11. The secret travels in a link that the
service never sees. Who was invited is sealed to the administrators group, a
higher role than member to the owners group, and the invited person proves with
a MAC under the secret that the keys are theirs.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.crypto.links import format_link, parse_link
from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import HASH_BYTES, equal, hkdf, hmac_sha256
from strongroom.crypto.public.randomness import make_bytes
from strongroom.crypto.sealing import (
    Purpose,
    open_envelope,
    seal,
    sealed_key_id,
)
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import (
    ExpiredError,
    ForbiddenError,
    InputError,
    IntegrityError,
    UnsupportedVersionError,
)
from strongroom.errors.refusals import ASK_AN_OWNER
from strongroom.ids import ID_BYTES, AccountId, InviteId, PrincipalId, format_id
from strongroom.limits import EMAIL_CHARACTERS_MAX, INTEGER_MAX, NAME_CHARACTERS_MAX
from strongroom.pae import pae
from strongroom.permissions import ROLES
from strongroom.secret import veil

INVITE_SECRET_BYTES: Final = 32
_PATH: Final = "join"
_WHAT: Final = "invite link"
_ANEW: Final = "invite the person again"


class InviteTerms(msgspec.Struct, frozen=True):
    """Who is invited, as which role, until when; `name` is empty if none was given."""

    secret: bytes
    email: str
    role: str
    expires_ms: int
    name: str = ""

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"InviteTerms(role={self.role!r}, expires_ms={self.expires_ms})"


class InviteKeys(msgspec.Struct, frozen=True):
    """The current keys of the two groups that seal terms; `None` is one that is not held.

    Earlier keys open nothing: a rotation of the group voids its open invites.
    """

    administrators: SymmetricKey
    owners: SymmetricKey | None = None

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "InviteKeys([secret])"

    def for_role(self, role: str) -> SymmetricKey | None:
        """Return the key under which terms of a role are sealed."""
        return self.administrators if role == ROLES[0] else self.owners

    def that_sealed(self, sealed: bytes, role: str) -> SymmetricKey | None:
        """Return the key that opens terms under a row of a role.

        A higher role is taken from the owners' key alone, since administrators
        hold theirs too; a plain member may come from either.
        """
        by_owners = self.owners is not None and sealed_key_id(sealed) == self.owners.id
        return self.owners if by_owners else self.for_role(role)


class InviteLink(msgspec.Struct, frozen=True):
    """What an invite link says; the root hash is the pin of the invited client."""

    url: str
    secret: bytes
    root_hash: Hash

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"InviteLink(url={self.url!r})"


class _Document(msgspec.Struct, omit_defaults=True):
    """The plaintext; keys that this release does not know are ignored."""

    secret: str
    email: str
    role: str
    expires: Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]
    name: str = ""


# Made at import: two threads that meet the type for the first time crash the library.
_decoder: Final = msgspec.json.Decoder(_Document)


def make_invite_secret() -> bytes:
    """Return the 32 fresh bytes of an invite."""
    return make_bytes(INVITE_SECRET_BYTES)


def derive_invite_id(secret: bytes) -> InviteId:
    """Return the id under which the service keeps the invite."""
    return InviteId(hkdf(secret, info=b"sr/v1/invite-id", length=ID_BYTES))


def seal_invite(
    keys: InviteKeys, account: AccountId, invite: InviteId, terms: InviteTerms
) -> bytes:
    """Seal the terms of an invite, those of a higher role than member under the owners' key.

    Args:
        invite: The id that belongs to the secret.

    Raises:
        ForbiddenError: The key for that role is not held.
        InputError: Terms that an opening client would refuse.
    """
    fault = _fault(terms)
    if fault is not None:
        raise InputError(fault)
    assert invite == derive_invite_id(terms.secret), "an invite is sealed under its own id"
    document = _Document(
        secret=encode_base64url(terms.secret),  # this is where it is sealed
        email=terms.email,
        role=terms.role,
        expires=terms.expires_ms,
        name=terms.name,
    )
    key = _held(keys.for_role(terms.role), terms.role)
    return seal(key, Purpose.INVITE, (account, invite), msgspec.json.encode(document))


def open_invite(
    keys: InviteKeys, account: AccountId, invite: InviteId, sealed: bytes, *, role: str
) -> InviteTerms:
    """Open the terms of an invite.

    Args:
        role: What the invite's row says, which the terms must say too.

    Raises:
        ForbiddenError: The key for that role is not held.
        IntegrityError: It does not open (the layers of an envelope), or holds
            other terms than an invite of this id and row has (layer `invite`).
    """
    what = f"invite {format_id(invite)}"
    key = _held(keys.that_sealed(sealed, role), role)
    try:
        raw = open_envelope(key, Purpose.INVITE, (account, invite), sealed, what=what)
    except (IntegrityError, UnsupportedVersionError) as error:
        message = f"{what} does not open with the current keys"
        raise IntegrityError(message, layer=error.layer, hint=_ANEW) from None
    terms = _read_terms(raw)
    if terms is None or _fault(terms) is not None or derive_invite_id(terms.secret) != invite:
        message = f"{what} does not hold the terms of an invite"
        raise IntegrityError(message, layer="invite", hint=_ANEW)
    if terms.role != role:
        message = (
            f"{what} was made for another role than the one that the service names: {terms.role}"
        )
        raise IntegrityError(message, layer="invite", hint=_ANEW)
    return terms


def _held(key: SymmetricKey | None, role: str) -> SymmetricKey:
    if key is None:
        message = f"only owners can give the role of {role}"
        raise ForbiddenError(message, layer="key-id", hint=ASK_AN_OWNER)
    return key


def _read_terms(raw: bytes) -> InviteTerms | None:
    try:
        document = _decoder.decode(raw)
        return InviteTerms(
            secret=decode_base64url(document.secret),
            email=document.email,
            role=document.role,
            expires_ms=document.expires,
            name=document.name,
        )
    except (ValueError, RecursionError):
        return None  # without its cause: a decoder's message would quote the plaintext


def check_invite_expiry(terms: InviteTerms, *, now: int) -> None:
    """Refuse an invite whose end has come; at the very millisecond it has.

    Raises:
        ExpiredError: Too late (layer `expiry`).
    """
    if now >= terms.expires_ms:
        message = f"invite {format_id(derive_invite_id(terms.secret))} has expired"
        raise ExpiredError(message, layer="expiry", hint=_ANEW)


def join_mac(
    secret: bytes,
    *,
    account: AccountId,
    user: PrincipalId,
    email: str,
    enc_pk: bytes,
    sign_pk: bytes,
) -> bytes:
    """Return what proves that who holds the invite made these keys."""
    key = hkdf(secret, info=b"sr/v1/invite-mac")
    return hmac_sha256(key, pae("sr/v1/join", account, user, email, enc_pk, sign_pk))


def check_join_mac(
    secret: bytes,
    *,
    account: AccountId,
    user: PrincipalId,
    email: str,
    enc_pk: bytes,
    sign_pk: bytes,
    mac: bytes,
) -> None:
    """Check the answer of an invited person, in constant time.

    Args:
        secret: From the opened terms, as is `email`; never from the row.

    Raises:
        IntegrityError: Not made with the secret for these keys (layer `mac`).
    """
    right = join_mac(
        secret, account=account, user=user, email=email, enc_pk=enc_pk, sign_pk=sign_pk
    )
    if not equal(right, mac):
        message = (
            f"the keys of user {format_id(user)} were not made by the person who holds the invite"
        )
        raise IntegrityError(message, layer="mac")


def format_invite_link(url: str, secret: bytes, root_hash: Hash) -> str:
    """Write `<url>/join#<base64url(secret | root hash)>`.

    Raises:
        InputError: An address that cannot stand in a link.
    """
    return format_link(url, path=_PATH, payload=secret + root_hash, what=_WHAT)


def parse_invite_link(text: str) -> InviteLink:
    """Read an invite link, locally, without echoing any part of it.

    Raises:
        InputError: Not an invite link, or one that is cut or changed.
    """
    size = INVITE_SECRET_BYTES + HASH_BYTES
    url, payload = parse_link(text, path=_PATH, size=size, what=_WHAT)
    return InviteLink(url, payload[:INVITE_SECRET_BYTES], Hash(payload[INVITE_SECRET_BYTES:]))


def _fault(terms: InviteTerms) -> str | None:
    """Return what is wrong with terms, never quoting them."""
    if len(terms.secret) != INVITE_SECRET_BYTES:
        return f"the secret of an invite has {INVITE_SECRET_BYTES} bytes"
    # These texts are shown to whoever confirms; a line end or a control character would deceive.
    if not 1 <= len(terms.email) <= EMAIL_CHARACTERS_MAX or not terms.email.isprintable():
        return f"an e-mail address has 1 to {EMAIL_CHARACTERS_MAX} printable characters"
    if len(terms.name) > NAME_CHARACTERS_MAX or not (terms.name.isprintable()):
        return f"a name has at most {NAME_CHARACTERS_MAX} printable characters"
    if terms.role not in ROLES:
        return f"a role must be one of {', '.join(ROLES)}"
    if not 0 <= terms.expires_ms <= INTEGER_MAX:
        return "the expiry of an invite is not a time"
    return None
