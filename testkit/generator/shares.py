"""Share links and invites (sections 11 and 12 of specs/formats.md)."""

import hmac
import json
from dataclasses import dataclass
from typing import Any

from generator.crypto import hkdf, hmac_sha256, sha256
from generator.envelope import open_envelope
from generator.errors import require
from generator.keys import key_id
from generator.pae import encode
from generator.tokens import base64url, parse_base64url

MEMBER = "member"
ROLES = (MEMBER, "administrator", "owner")


def share_id(secret: bytes) -> bytes:
    """The public name of a share."""
    return hkdf(secret, b"", b"sr/v1/share-id", 16)


def share_token(secret: bytes) -> bytes:
    """What fetches a share; the service holds its hash."""
    return hkdf(secret, b"", b"sr/v1/share-token")


def share_key(secret: bytes) -> bytes:
    """What opens a share; the service never sees it."""
    return hkdf(secret, b"", b"sr/v1/share-key")


def open_share(
    secret: bytes, *, identifier: bytes, token_hash: bytes, expiry: int, envelope: bytes
) -> bytes:
    """A share from the secret in its link."""
    require(share_id(secret) == identifier, "id")
    require(sha256(share_token(secret)) == token_hash, "token")
    return open_envelope(envelope, purpose=8, key=share_key(secret), context=(identifier, expiry))


def invite_id(secret: bytes) -> bytes:
    """The id of an invite row."""
    return hkdf(secret, b"", b"sr/v1/invite-id", 16)


@dataclass(frozen=True)
class Join:
    """The answer of an invited person."""

    account: bytes
    user: bytes
    email: str
    enc_pk: bytes
    sign_pk: bytes

    def mac(self, secret: bytes) -> bytes:
        """Only who held the link can answer, and only for this address."""
        key = hkdf(secret, b"", b"sr/v1/invite-mac")
        return hmac_sha256(
            key,
            encode("sr/v1/join", self.account, self.user, self.email, self.enc_pk, self.sign_pk),
        )


def invite_json(secret: bytes, email: str, role: str, expires: int) -> bytes:
    """The plaintext of the invite envelope."""
    invite = {"secret": base64url(secret), "email": email, "role": role, "expires": expires}
    return json.dumps(invite, separators=(",", ":")).encode()


@dataclass(frozen=True)
class GroupKeys:
    """The keys of the current epochs of the two groups that seal terms.

    Whoever is no owner has none of the owners', which is then empty.
    """

    administrators: bytes
    owners: bytes

    def for_role(self, role: str, sealed: bytes) -> bytes:
        """A higher role comes from the owners only, a plain member from either group."""
        by_owners = sealed[5:21] == key_id(self.owners)
        return self.owners if role != MEMBER or by_owners else self.administrators


def open_invite(
    sealed: bytes, keys: GroupKeys, account: bytes, secret: bytes, role: str
) -> dict[str, Any]:
    """The sealed terms, under the current key of the group that may give the row's role."""
    key = keys.for_role(role, sealed)
    # The envelope may be sound; it is the reader who is not the one to open it.
    require(bool(key), "key-id", "forbidden")
    plain = open_envelope(sealed, purpose=11, key=key, context=(account, invite_id(secret)))
    invite: dict[str, Any] = json.loads(plain)
    require(invite["secret"] == base64url(secret), "invite")
    # The row is the service's word: it may say no other role than what was sealed.
    require(invite["role"] == role in ROLES, "invite")
    return invite


def check_join(join: Join, invite: dict[str, Any], mac: bytes, now: int) -> None:
    """Expiry and address come from the sealed invite, never from the row."""
    require(now < invite["expires"], "expiry", "expired")
    secret = parse_secret(invite["secret"])
    meant = Join(join.account, join.user, invite["email"], join.enc_pk, join.sign_pk)
    require(hmac.compare_digest(meant.mac(secret), mac), "mac")


def parse_secret(text: str) -> bytes:
    """The secret inside an invite."""
    return parse_base64url(text, 32)
