"""Root documents: who may sign for an account.

Source: specs/formats.md section 4.
"""

from __future__ import annotations

import json

import msgspec

from strongroom.crypto.public.digests import Fingerprint, Hash
from strongroom.ids import AccountId, PrincipalId
from strongroom.pae import pae
from strongroom.wire.bodies import BodyReader, require

_LABEL = "sr/v1/root"
_SIGNERS_MAX = 2_000  # users per account


class RootSigner(msgspec.Struct, frozen=True, order=True):
    """An owner or administrator and the keyset that signs."""

    principal: PrincipalId
    fp: Fingerprint
    sign_pk: bytes


class RootDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the list of owners and administrators."""

    account: AccountId
    version: int
    previous: Hash
    generation: int
    from_rev: int
    created_ms: int
    owners: tuple[RootSigner, ...]
    administrators: tuple[RootSigner, ...]
    owners_group: PrincipalId
    owners_group_fp: Fingerprint
    administrators_group: PrincipalId
    administrators_group_fp: Fingerprint
    team_members_group: PrincipalId
    policy: bytes

    @property
    def role_groups(self) -> tuple[PrincipalId, PrincipalId, PrincipalId]:
        """The groups that only somebody listed here may change."""
        return self.owners_group, self.administrators_group, self.team_members_group

    def owner(self, principal: PrincipalId) -> RootSigner | None:
        """Return the owner's row of a principal."""
        return next((row for row in self.owners if row.principal == principal), None)

    def signer(self, principal: PrincipalId) -> RootSigner | None:
        """Return the row of a principal as owner or administrator."""
        rows = (*self.owners, *self.administrators)
        return next((row for row in rows if row.principal == principal), None)

    def listed(self, principal: PrincipalId) -> frozenset[Fingerprint]:
        """Return the fingerprints under which a principal is listed, in any role."""
        rows = (*self.owners, *self.administrators)
        fps = {row.fp for row in rows if row.principal == principal}
        if principal == self.owners_group:
            fps.add(self.owners_group_fp)
        if principal == self.administrators_group:
            fps.add(self.administrators_group_fp)
        return frozenset(fps)

    @property
    def members_create_vaults(self) -> bool:
        """Whether users who are neither owner nor administrator may make vaults."""
        return bool(json.loads(self.policy).get("membersCreateVaults", False))

    def encode(self) -> bytes:
        """Return the bytes that are signed."""
        return pae(
            _LABEL,
            self.account,
            self.version,
            self.previous,
            self.generation,
            self.from_rev,
            self.created_ms,
            *_encode_rows(self.owners),
            *_encode_rows(self.administrators),
            self.owners_group,
            self.owners_group_fp,
            self.administrators_group,
            self.administrators_group_fp,
            self.team_members_group,
            self.policy,
        )


def parse_root(body: bytes) -> RootDocument:
    """Read the body of a root document.

    Raises:
        IntegrityError: Wrong shape (layer `form`).
    """
    reader = BodyReader(body, _LABEL)
    root = RootDocument(
        account=reader.fixed(16),
        version=reader.integer(),
        previous=reader.optional(32),
        generation=reader.integer(),
        from_rev=reader.integer(),
        created_ms=reader.integer(),
        owners=_read_rows(reader),
        administrators=_read_rows(reader),
        owners_group=reader.fixed(16),
        owners_group_fp=reader.fixed(32),
        administrators_group=reader.fixed(16),
        administrators_group_fp=reader.fixed(32),
        team_members_group=reader.fixed(16),
        policy=reader.raw(),
    )
    reader.end()
    require(bool(root.previous) == (root.version > 0))
    require(bool(root.owners))
    try:
        require(isinstance(json.loads(root.policy), dict))
    except (ValueError, RecursionError):
        require(condition=False)
    return root


def _encode_rows(rows: tuple[RootSigner, ...]) -> list[bytes | int]:
    parts: list[bytes | int] = [len(rows)]
    for row in rows:
        parts += [row.principal, row.fp, row.sign_pk]
    return parts


def _read_rows(reader: BodyReader) -> tuple[RootSigner, ...]:
    count = reader.count(high=_SIGNERS_MAX)
    rows = tuple(
        RootSigner(reader.fixed(16), reader.fixed(32), reader.fixed(32)) for _ in range(count)
    )
    names = [row.principal for row in rows]
    require(all(left < right for left, right in zip(names, names[1:], strict=False)))
    return rows
