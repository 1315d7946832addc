"""Answering an invite: a new person's keys, made before anybody confirms them.

Source: specs/formats.md section 11. The link brings the secret and the hash of
a root document; everything else that the service says is checked against them.
"""

from __future__ import annotations

import msgspec

from strongroom.client.account.unlocking import UserKeys, seal_user_row
from strongroom.crypto.invites import InviteLink, derive_invite_id, join_mac
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.costs import KDF_SALT_BYTES, KdfParameters
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind, derive_principal_id
from strongroom.crypto.public.randomness import make_bytes
from strongroom.crypto.secret_keys import make_secret_key
from strongroom.errors import ForkError
from strongroom.ids import AccountId, PrincipalId
from strongroom.secret import Secret, veil
from strongroom.transport.protocol import Transport
from strongroom.trust.directory import HeadMark, Pin, verify_head, verify_root_chain
from strongroom.wire.people import InviteOpenAnswer, InviteOpenRequest, JoinRequest

_KEYSET_NUMBER = 1


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """A person who waits to be confirmed: what the device and the Kit keep."""

    account: AccountId
    user: PrincipalId
    email: str
    secret_key: Secret[str]
    pin: Pin
    kdf: KdfParameters
    seed: bytes

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "Joined([secret])"


async def open_link(transport: Transport, link: InviteLink) -> InviteOpenAnswer:
    """Ask for the account behind a link.

    Raises:
        NotFoundError: No such invite, or it was answered.
        ExpiredError: It has expired.
    """
    request = InviteOpenRequest(derive_invite_id(link.secret))
    return await transport.call(request)


def answer_link(
    link: InviteLink, opened: InviteOpenAnswer, password: Secret[str]
) -> tuple[Joined, JoinRequest]:
    """Make keys and the answer to an invite; takes the time of one key derivation.

    Raises:
        ForkError: The account is not the one of the link.
        IntegrityError: Its directory is not to be trusted.
    """
    account = opened.account
    pin, head = _verified(link, opened)
    keyset = Keyset.make()
    user = derive_principal_id(account, PrincipalKind.USER, sha256(keyset.enc_pk), keyset.sign_pk)
    secret_key, kdf = Secret(make_secret_key()), KdfParameters(make_bytes(KDF_SALT_BYTES))
    keys = UserKeys(
        account=account,
        user=user,
        seed=keyset.expose_seed(),  # this is where it is sealed
        keyset=_KEYSET_NUMBER,
        pin=pin,
        head=head,
    )
    row = seal_user_row(keys, email=opened.email, password=password, secret_key=secret_key, kdf=kdf)
    mac = join_mac(
        link.secret,
        account=account,
        user=user,
        email=opened.email,
        enc_pk=keyset.enc_pk,
        sign_pk=keyset.sign_pk,
    )
    request = JoinRequest(
        id=derive_invite_id(link.secret),
        joiner=user,
        enc_pk=keyset.enc_pk,
        sign_pk=keyset.sign_pk,
        mac=mac,
        user=row,
    )
    joined = Joined(
        account=account,
        user=user,
        email=opened.email,
        secret_key=secret_key,
        pin=pin,
        kdf=kdf,
        seed=keys.seed,
    )
    return joined, request


def _verified(link: InviteLink, opened: InviteOpenAnswer) -> tuple[Pin, HeadMark]:
    """Check root documents and head against the link; return the pin and mark to start from."""
    versions = [
        version
        for version, document in enumerate(opened.roots)
        if sha256(document.body) == link.root_hash
    ]
    if len(versions) != 1:
        message = "the account is not the one that the invite link names"
        raise ForkError(message, layer="pin", hint="ask the person who invited you for a new link")
    roots = verify_root_chain(opened.account, Pin(versions[0], link.root_hash), opened.roots)
    newest = sha256(opened.roots[-1].body)
    head = verify_head(
        opened.account,
        roots,
        newest,
        body=opened.head.body,
        signature=opened.head.signature,
        mark=None,
    )
    mark = HeadMark(head.generation, head.rev, sha256(opened.head.body))
    return Pin(roots[-1].version, newest), mark
