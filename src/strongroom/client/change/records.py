"""Signing access records: new containers and changed lists of accessors.

Source: specs/formats.md section 6.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from strongroom.client.change.authority import choose_authority
from strongroom.client.view.containers import Container
from strongroom.client.view.place import Place
from strongroom.client.view.session import Session
from strongroom.crypto.grants import GrantContext, seal_epoch_link, seal_key
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.digests import NO_HASH, Fingerprint, Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.randomness import make_bytes
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.ids import AccountId, ContainerId, PrincipalId
from strongroom.secret import veil
from strongroom.wire.access import (
    Accessor,
    AccessRecord,
    Authority,
    derive_container_id,
)
from strongroom.wire.messages import ContainerState, RecordChange, SealedRow
from strongroom.wire.signed import SignedBody

_SALT_BYTES = 32


class Recipient(msgspec.Struct, frozen=True):
    """A principal to whom a container's key is sealed, with the key to seal it to."""

    principal: PrincipalId
    kind: int
    fp: Fingerprint
    enc_pk: bytes
    permissions: int


class NewContainer(msgspec.Struct, frozen=True):
    """A container that was just made: its first record, its key, its state to store."""

    id: ContainerId
    record: AccessRecord
    record_hash: Hash
    key: SymmetricKey
    change: RecordChange

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "NewContainer([secret])"

    def opened(self) -> Container:
        """Return it as a container whose key is at hand."""
        state = ContainerState(id=self.id, record=self.change.record, sealed=self.change.sealed)
        return Container.with_key(state, self.key)


class Identity(msgspec.Struct, frozen=True):
    """What a container's id is derived from."""

    kind: int
    subtype: int
    creator: PrincipalId
    salt: bytes

    @classmethod
    def make(cls, kind: int, creator: PrincipalId, *, subtype: int = 0) -> Identity:
        """Choose a fresh identity."""
        return cls(kind, subtype, creator, make_bytes(_SALT_BYTES))

    def container(self, account: AccountId) -> ContainerId:
        """Return the container's id."""
        return derive_container_id(
            account=account,
            kind=self.kind,
            subtype=self.subtype,
            creator=self.creator,
            salt=self.salt,
        )


def make_container(
    place: Place,
    identity: Identity,
    recipients: list[Recipient],
    keyset: Keyset,
    *,
    key: SymmetricKey | None = None,
) -> NewContainer:
    """Make a container with its record 0, signed by its creator.

    Args:
        key: Given for groups, whose content key is their keyset's seed.
    """
    container = identity.container(place.account)
    content_key = SymmetricKey.make() if key is None else key
    rows, sealed = seal_rows(
        place.account,
        kind=identity.kind,
        container=container,
        epoch=1,
        key=content_key,
        recipients=recipients,
    )
    record = AccessRecord(
        account=place.account,
        kind=identity.kind,
        subtype=identity.subtype,
        container=container,
        access_rev=0,
        previous=NO_HASH,
        creator=identity.creator,
        salt=identity.salt,
        epoch=1,
        key_id=content_key.id,
        link_hash=NO_HASH,
        generation=place.generation,
        directory_rev=place.directory_rev,
        authority=Authority.CREATOR,
        authority_rev=0,
        authority_hash=NO_HASH,
        via=place.signer,
        group_hash=NO_HASH,
        created_ms=place.now,
        signer=place.signer,
        signer_fp=place.signer_fp,
        accessors=rows,
    )
    body = record.encode()
    change = RecordChange(record=SignedBody(body, keyset.sign(body)), sealed=sealed)
    return NewContainer(container, record, sha256(body), content_key, change)


class NextRecord(msgspec.Struct, frozen=True):
    """The next record of a container, and the container as it will be under it."""

    change: RecordChange
    container: Container


def sign_next(
    session: Session,
    place: Place,
    container: Container,
    rows: tuple[Accessor, ...],
    sealed: tuple[SealedRow, ...],
    *,
    groups: dict[ContainerId, Container],
    key: SymmetricKey | None = None,
) -> NextRecord:
    """Sign the next record of a container.

    Args:
        place: The directory that will be current when the record is stored.
        groups: The caller's groups as they will be then.
        key: The key of a new epoch, which `sealed` gives to every row; `None`
            leaves the epoch as it is.

    Raises:
        ForbiddenError: This principal may not sign it.
    """
    before = container.record
    link = b"" if key is None else _link(container, key)
    authority = choose_authority(session, place, container, groups)
    epoch = {} if key is None else _new_epoch(before, key, link)
    record = msgspec.structs.replace(
        before,
        access_rev=before.access_rev + 1,
        previous=container.record_hash,
        generation=place.generation,
        directory_rev=place.directory_rev,
        authority=authority.kind,
        authority_rev=authority.rev,
        authority_hash=authority.hash,
        via=authority.via,
        group_hash=authority.group_hash,
        created_ms=place.now,
        signer=place.signer,
        signer_fp=place.signer_fp,
        accessors=rows,
        **epoch,
    )
    body = record.encode()
    signed = SignedBody(body, session.keyset.sign(body))
    state = msgspec.structs.replace(container.state, record=signed, sealed=sealed)
    return NextRecord(RecordChange(signed, sealed, link), container.next(state, key))


def _link(container: Container, key: SymmetricKey) -> bytes:
    record = container.record
    return seal_epoch_link(
        newer=key,
        older=container.key(),
        account=record.account,
        kind=record.kind,
        container=container.id,
        epoch=record.epoch,
    )


def _new_epoch(before: AccessRecord, key: SymmetricKey, link: bytes) -> dict[str, Any]:
    return {"epoch": before.epoch + 1, "key_id": key.id, "link_hash": sha256(link)}


def seal_rows(
    account: AccountId,
    *,
    kind: int,
    container: ContainerId,
    epoch: int,
    key: SymmetricKey,
    recipients: Iterable[Recipient],
) -> tuple[tuple[Accessor, ...], tuple[SealedRow, ...]]:
    """Seal a container's key to recipients; return their rows in order, and the sealed keys.

    Raises:
        IntegrityError: Nothing can be sealed to one of their keys (layer `key`).
    """
    ordered = sorted(recipients, key=lambda row: (row.principal, row.fp))
    pairs = [
        seal_row(account, kind=kind, container=container, epoch=epoch, key=key, recipient=one)
        for one in ordered
    ]
    return tuple(row for row, _ in pairs), tuple(sealed for _, sealed in pairs)


def seal_row(
    account: AccountId,
    *,
    kind: int,
    container: ContainerId,
    epoch: int,
    key: SymmetricKey,
    recipient: Recipient,
) -> tuple[Accessor, SealedRow]:
    """Seal a container's key to one recipient; return its row and the sealed key.

    Raises:
        IntegrityError: Nothing can be sealed to its key (layer `key`).
    """
    principal, fp = recipient.principal, recipient.fp
    context = GrantContext(
        account=account, kind=kind, container=container, epoch=epoch, accessor=principal, fp=fp
    )
    sealed = seal_key(key, recipient.enc_pk, context)
    row = Accessor(principal, recipient.kind, fp, recipient.permissions, sha256(sealed))
    return row, SealedRow(accessor=principal, fp=fp, sealed=sealed)
