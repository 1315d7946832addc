"""Rows of the audit log, the chain that links them, and how they are asked for.

Source: specs/formats.md section 20.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.ids import AccountId, PrincipalId
from strongroom.pae import pae
from strongroom.wire.operations import Request


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what, when, to what: ids and words, no titles, values or addresses.

    `aux` is empty where no second object is concerned. `hash` stands for this
    row and all before it.
    """

    id: bytes
    position: int
    created_ms: int
    actor: PrincipalId
    actor_kind: int
    action: str
    object_type: str
    object: bytes
    aux: bytes
    aux_info: str
    hash: Hash


def hash_row(account: AccountId, row: AuditRow, previous: Hash) -> Hash:
    """Return the hash that a row has in its place.

    Args:
        previous: The hash of the row before it, empty for the first.
    """
    return sha256(
        pae(
            "sr/v1/audit",
            account,
            row.position,
            previous,
            row.id,
            row.created_ms,
            row.actor,
            row.actor_kind,
            row.action,
            row.object_type,
            row.object,
            row.aux,
            row.aux_info,
        )
    )


# -- requests and answers ------------------------------------------------------


class AuditLinkAnswer(msgspec.Struct, frozen=True):
    """The end of the chain, and whether more rows wait."""

    position: int
    hash: Hash
    waits: bool = False


class AuditLinkRequest(Request[AuditLinkAnswer], frozen=True):
    """Link what was written since into the chain, up to 10,000 rows."""

    operation: ClassVar[str] = "audit/link"


class AuditListAnswer(msgspec.Struct, frozen=True):
    """Rows in the order of the chain; `next` is 0 on the last page."""

    rows: tuple[AuditRow, ...] = ()
    next: int = 0


class AuditListRequest(Request[AuditListAnswer], frozen=True):
    """A page of linked rows behind a position, from a time on."""

    operation: ClassVar[str] = "audit/list"
    after: int = 0
    since_ms: int = 0
