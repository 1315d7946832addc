"""What the areas of the engine return that have no wing: who it is, rights, the audit log."""

from __future__ import annotations

from typing import TypedDict


class IdentityDict(TypedDict):
    """Whom a credential belongs to, and where its account lives."""

    url: str
    accountId: str
    principalId: str
    userType: str


class AuditAuxDict(TypedDict, total=False):
    """What else a row of the audit log names, beside its object."""

    aux_uuid: str
    aux_info: str


class AuditEventDict(AuditAuxDict):
    """One row of the audit log, with the keys of the Events API."""

    uuid: str
    timestamp: str
    actor_uuid: str
    actor_type: str
    action: str
    object_type: str
    object_uuid: str
    account_uuid: str
    position: int
    hash: str
