"""Signing access records: new containers and changed lists of accessors.

Source: specs/formats.md section 6.
"""

from __future__ import annotations

import msgspec

from strongroom.client.containers import Acting, Container
from strongroom.client.place import Place
from strongroom.client.session import Session
from strongroom.crypto.grants import GrantContext, seal_key
from strongroom.crypto.hashes import sha256
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.randomness import make_bytes
from strongroom.crypto.sealing import KEY_BYTES, derive_key_id
from strongroom.permissions import MANAGE_VAULT
from strongroom.secret import veil
from strongroom.trust.access import signer_by_root
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

    principal: bytes
    kind: int
    fp: bytes
    enc_pk: bytes
    permissions: int


class NewContainer(msgspec.Struct, frozen=True):
    """A container that was just made: its first record, its key, its state to store."""

    id: bytes
    record: AccessRecord
    record_hash: bytes
    key: bytes
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
    creator: bytes
    salt: bytes

    @classmethod
    def make(cls, kind: int, creator: bytes, *, subtype: int = 0) -> Identity:
        """Choose a fresh identity."""
        return cls(kind, subtype, creator, make_bytes(_SALT_BYTES))

    def container(self, account: bytes) -> bytes:
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
    key: bytes | None = None,
) -> NewContainer:
    """Make a container with its record 0, signed by its creator.

    Args:
        key: Given for groups, whose content key is their keyset's seed.
    """
    container = identity.container(place.account)
    content_key = make_bytes(KEY_BYTES) if key is None else key
    rows, sealed = _seal_rows(place.account, identity.kind, container, 1, content_key, recipients)
    record = AccessRecord(
        account=place.account,
        kind=identity.kind,
        subtype=identity.subtype,
        container=container,
        access_rev=0,
        previous=b"",
        creator=identity.creator,
        salt=identity.salt,
        epoch=1,
        key_id=derive_key_id(content_key),
        link_hash=b"",
        generation=place.generation,
        directory_rev=place.directory_rev,
        authority=Authority.CREATOR,
        authority_rev=0,
        authority_hash=b"",
        via=place.signer,
        group_hash=b"",
        created_ms=place.now,
        signer=place.signer,
        signer_fp=place.signer_fp,
        accessors=rows,
    )
    body = record.encode()
    change = RecordChange(record=SignedBody(body, keyset.sign(body)), sealed=sealed)
    return NewContainer(container, record, sha256(body), content_key, change)


def add_accessors(
    session: Session, place: Place, container: Container, recipients: list[Recipient]
) -> RecordChange:
    """Sign the next record of a container, with more accessors and the same key.

    Args:
        place: The directory that will be current when the record is stored.

    Raises:
        ForbiddenError: This principal may not sign it.
    """
    before = container.record
    rows, sealed = _seal_rows(
        session.account, before.kind, container.id, before.epoch, container.key(), recipients
    )
    authority = _choose_authority(session, container)
    accessors = tuple(sorted((*before.accessors, *rows), key=lambda row: (row.principal, row.fp)))
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
        accessors=accessors,
    )
    body = record.encode()
    return RecordChange(record=SignedBody(body, session.keyset.sign(body)), sealed=sealed)


class _ChosenAuthority(msgspec.Struct, frozen=True):
    kind: int
    via: bytes
    rev: int = 0
    hash: bytes = b""
    group_hash: bytes = b""


def _choose_authority(session: Session, container: Container) -> _ChosenAuthority:
    """Choose why this principal may sign: root document, creator, or MANAGE."""
    root = session.directory.root
    row = signer_by_root(root, container.record, session.principal)
    if row is not None:
        root_hash = session.directory.root_hash(root.version)
        return _ChosenAuthority(Authority.ROOT, session.principal, root.version, root_hash)
    acting = session.act(container, MANAGE_VAULT)
    if container.record.creator == session.principal == acting.via:
        return _ChosenAuthority(Authority.CREATOR, session.principal)
    rev, record_hash = _oldest_authority(session, container, acting)
    return _ChosenAuthority(Authority.MANAGER, acting.via, rev, record_hash, acting.group_hash)


def _oldest_authority(session: Session, container: Container, acting: Acting) -> tuple[int, bytes]:
    """Return the record that gives MANAGE: the one that the current record leans on, if it may.

    A chain of authorities has at most 8 steps, so it grows only where it must.
    """
    record = container.record
    if record.authority == Authority.MANAGER:
        earlier = session.directory.access.verify_by_hash(record.authority_hash)
        if earlier is not None and earlier.permissions(acting.via) & MANAGE_VAULT:
            return earlier.access_rev, record.authority_hash
    return record.access_rev, container.record_hash


def _seal_rows(
    account: bytes,
    kind: int,
    container: bytes,
    epoch: int,
    key: bytes,
    recipients: list[Recipient],
) -> tuple[tuple[Accessor, ...], tuple[SealedRow, ...]]:
    rows, sealed_rows = [], []
    for recipient in sorted(recipients, key=lambda row: (row.principal, row.fp)):
        context = GrantContext(
            account=account,
            kind=kind,
            container=container,
            epoch=epoch,
            accessor=recipient.principal,
            fp=recipient.fp,
        )
        sealed = seal_key(key, recipient.enc_pk, context)
        rows.append(
            Accessor(
                recipient.principal,
                recipient.kind,
                recipient.fp,
                recipient.permissions,
                sha256(sealed),
            )
        )
        sealed_rows.append(SealedRow(accessor=recipient.principal, fp=recipient.fp, sealed=sealed))
    return tuple(rows), tuple(sealed_rows)
