"""Rows of the audit log, and the chain that links them.

Source: specs/formats.md section 20.
"""

from __future__ import annotations

import msgspec

from strongroom.crypto.hashes import sha256
from strongroom.pae import pae


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what, when, to what: ids and words, no titles, values or addresses.

    `aux` is empty where no second object is concerned. `hash` stands for this
    row and all before it.
    """

    id: bytes
    position: int
    created_ms: int
    actor: bytes
    actor_kind: int
    action: str
    object_type: str
    object: bytes
    aux: bytes
    aux_info: str
    hash: bytes


def hash_row(account: bytes, row: AuditRow, previous: bytes) -> bytes:
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
