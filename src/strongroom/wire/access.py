"""Access records: who may do what in a container, with the key sealed to each.

Source: specs/formats.md section 6.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import msgspec

from strongroom.crypto.public.digests import Fingerprint, Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.ids import AccountId, ContainerId, PrincipalId
from strongroom.limits import ACCESSORS_PER_CONTAINER_MAX, INTEGER_MAX
from strongroom.pae import pae
from strongroom.wire.bodies import BodyReader, require

_LABEL = "sr/v1/access"


class ContainerKind(IntEnum):
    """What a container is."""

    VAULT = 1
    ENVIRONMENT = 2
    GROUP = 3
    ACCOUNT = 4


class Subtype(IntEnum):
    """What a vault is; zero for other containers."""

    USER_CREATED = 0
    PERSONAL = 1
    EVERYONE = 2
    WITHOUT_ADMINISTRATORS = 3


class Authority(IntEnum):
    """Why a signer may sign an access record."""

    CREATOR = 1
    ROOT = 2
    MANAGER = 3


class Accessor(msgspec.Struct, frozen=True):
    """One row of a record: a principal, its bits, and what its sealed key hashes to."""

    principal: PrincipalId
    kind: int
    fp: Fingerprint
    permissions: int
    sealed_hash: Hash


class AccessRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a container's list of accessors."""

    account: AccountId
    kind: int
    subtype: int
    container: ContainerId
    access_rev: int
    previous: Hash
    creator: PrincipalId
    salt: bytes
    epoch: int
    key_id: bytes
    link_hash: Hash
    generation: int
    directory_rev: int
    authority: int
    authority_rev: int
    authority_hash: Hash
    via: PrincipalId
    group_hash: Hash
    created_ms: int
    signer: PrincipalId
    signer_fp: Fingerprint
    accessors: tuple[Accessor, ...]

    @property
    def is_personal(self) -> bool:
        """Whether this is a vault of one user alone."""
        return self.kind == ContainerKind.VAULT and self.subtype == Subtype.PERSONAL

    @property
    def is_private(self) -> bool:
        """Whether this is a vault that no owner or administrator may take over."""
        closed = self.kind == ContainerKind.VAULT and self.subtype == Subtype.WITHOUT_ADMINISTRATORS
        return closed or self.is_personal

    def row(self, principal: PrincipalId, fp: Fingerprint | None = None) -> Accessor | None:
        """Return the row of a principal, of one keyset if `fp` is given."""
        for row in self.accessors:
            if row.principal == principal and fp in (None, row.fp):
                return row
        return None

    def permissions(self, principal: PrincipalId) -> int:
        """Return the bits of a principal's row, zero without a row."""
        row = self.row(principal)
        return row.permissions if row else 0

    def encode(self) -> bytes:
        """Return the bytes that are signed."""
        rows: list[bytes | int] = [len(self.accessors)]
        for row in self.accessors:
            rows += [row.principal, row.kind, row.fp, row.permissions, row.sealed_hash]
        return pae(
            _LABEL,
            self.account,
            self.kind,
            self.subtype,
            self.container,
            self.access_rev,
            self.previous,
            self.creator,
            self.salt,
            self.epoch,
            self.key_id,
            self.link_hash,
            self.generation,
            self.directory_rev,
            self.authority,
            self.authority_rev,
            self.authority_hash,
            self.via,
            self.group_hash,
            self.created_ms,
            self.signer,
            self.signer_fp,
            *rows,
        )


def derive_container_id(
    *, account: AccountId, kind: int, subtype: int, creator: PrincipalId, salt: bytes
) -> ContainerId:
    """Return the id of a container, which proves its creator and subtype."""
    raw = sha256(pae("sr/v1/cid", account, kind, subtype, creator, salt))[:16]
    return ContainerId(raw)


_SUBTYPE_MAX: Final = {
    ContainerKind.VAULT: 3,
    ContainerKind.ENVIRONMENT: 0,
    ContainerKind.GROUP: 0,
    ContainerKind.ACCOUNT: 0,
}


def parse_access(body: bytes) -> AccessRecord:
    """Read the body of an access record.

    Raises:
        IntegrityError: Wrong shape (layer `form`).
    """
    reader = BodyReader(body, _LABEL)
    record = AccessRecord(
        account=reader.fixed(16),
        kind=reader.integer(low=1, high=4),
        subtype=reader.integer(high=3),
        container=reader.fixed(16),
        access_rev=reader.integer(),
        previous=reader.optional(32),
        creator=reader.fixed(16),
        salt=reader.fixed(32),
        epoch=reader.integer(low=1),
        key_id=reader.fixed(16),
        link_hash=reader.optional(32),
        generation=reader.integer(),
        directory_rev=reader.integer(),
        authority=reader.integer(low=1, high=3),
        authority_rev=reader.integer(),
        authority_hash=reader.optional(32),
        via=reader.fixed(16),
        group_hash=reader.optional(32),
        created_ms=reader.integer(),
        signer=reader.fixed(16),
        signer_fp=reader.fixed(32),
        accessors=_read_accessors(reader),
    )
    reader.end()
    require(record.subtype <= _SUBTYPE_MAX[ContainerKind(record.kind)])
    require(bool(record.previous) == (record.access_rev > 0))
    require(bool(record.link_hash) == (record.epoch > 1))
    group = record.kind == ContainerKind.GROUP
    require(not group or all(row.kind == PrincipalKind.USER for row in record.accessors))
    return record


def _read_accessors(reader: BodyReader) -> tuple[Accessor, ...]:
    count = reader.count(high=ACCESSORS_PER_CONTAINER_MAX)
    rows = tuple(
        Accessor(
            reader.fixed(16),
            reader.integer(low=1, high=3),
            reader.fixed(32),
            reader.integer(high=INTEGER_MAX),
            reader.fixed(32),
        )
        for _ in range(count)
    )
    for left, right in zip(rows, rows[1:], strict=False):
        require((left.principal, left.fp) < (right.principal, right.fp))
        # Two rows of one principal stand only while two of its keysets overlap, with equal bits.
        same = left.principal == right.principal
        require(not same or (left.permissions, left.kind) == (right.permissions, right.kind))
    return rows
