"""Requests and answers about people: invites, joining, and who is in the directory.

Source: specs/formats.md section 11.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from strongroom.crypto.public.digests import Fingerprint
from strongroom.ids import NO_PRINCIPAL, AccountId, ContainerId, InviteId, PrincipalId
from strongroom.wire.messages import EntryProof, Evidence, Known, UserRow
from strongroom.wire.operations import Done, Request
from strongroom.wire.signed import SignedBody, SignedRoot


class InviteRow(msgspec.Struct, frozen=True, kw_only=True):
    """An invite as stored. What counts is sealed; the rest is for finding and listing it.

    `joiner` and what follows are empty until somebody answered it.
    """

    id: InviteId
    email: str
    role: str
    expires_ms: int
    sealed: bytes
    created_ms: int = 0
    creator: PrincipalId = NO_PRINCIPAL
    joiner: PrincipalId = NO_PRINCIPAL
    enc_pk: bytes = b""
    sign_pk: bytes = b""
    mac: bytes = b""


class InviteCreateRequest(Request[Done], frozen=True):
    """Store an invite."""

    operation: ClassVar[str] = "invites/create"
    invite: InviteRow


class InvitesAnswer(msgspec.Struct, frozen=True):
    """Every invite that has not been confirmed or dropped."""

    invites: tuple[InviteRow, ...] = ()


class InvitesRequest(Request[InvitesAnswer], frozen=True):
    """Ask for all invites of the account."""

    operation: ClassVar[str] = "invites/list"


class InviteDeleteRequest(Request[Done], frozen=True):
    """Drop an invite, and what its joiner left."""

    operation: ClassVar[str] = "invites/delete"
    id: InviteId


class InviteOpenAnswer(msgspec.Struct, frozen=True):
    """The account, the address that was invited, and the directory up to the link's pin."""

    account: AccountId
    email: str
    expires_ms: int
    roots: tuple[SignedRoot, ...]
    head: SignedBody


class InviteOpenRequest(Request[InviteOpenAnswer], frozen=True):
    """Ask, as the one who was invited, for the account behind a link."""

    operation: ClassVar[str] = "invite/open"
    id: InviteId


class JoinRequest(Request[Done], frozen=True, kw_only=True):
    """Answer an invite: new public keys under the invite's MAC, and the sealed seed."""

    operation: ClassVar[str] = "invite/join"
    id: InviteId
    joiner: PrincipalId
    enc_pk: bytes
    sign_pk: bytes
    mac: bytes
    user: UserRow


class PeopleAnswer(msgspec.Struct, frozen=True):
    """A page of the directory; `next` is 0 on the last one."""

    head: SignedBody
    rows: tuple[PrincipalRow, ...] = ()
    next: int = 0


class PeopleRequest(Request[PeopleAnswer], frozen=True):
    """Ask for the directory's entries in order, from an index on."""

    operation: ClassVar[str] = "people/list"
    first: int = 0


class KeysetEndRow(msgspec.Struct, frozen=True):
    """When the service stops accepting an older keyset."""

    fp: Fingerprint
    ends_ms: int


class PrincipalRow(msgspec.Struct, frozen=True):
    """An entry with its path; of a user the address (the keeper's word), of tokens the ends."""

    proof: EntryProof
    email: str = ""
    ends: tuple[KeysetEndRow, ...] = ()


class RecordAnswer(msgspec.Struct, frozen=True):
    """A record with what its signature needs beside it; no sealed key."""

    head: SignedBody
    record: SignedBody
    evidence: Evidence = Evidence()


class RecordRequest(Request[RecordAnswer], frozen=True):
    """Ask for the current access record of any container of the account.

    With the access rev that was last seen, the records from there on come too.
    """

    operation: ClassVar[str] = "people/record"
    container: ContainerId
    known: Known = Known()
    access_rev: int | None = None
