"""The audit log: its rows, its newest hash, and whether it is still what it was.

Source: specs/formats.md section 20.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from strongroom.client.view.session import Session
from strongroom.client.view.view import retrying
from strongroom.clock import format_time
from strongroom.crypto.public.digests import NO_HASH, Hash
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import IntegrityError, RollbackError
from strongroom.ids import format_id
from strongroom.wire.audit import (
    AuditLinkRequest,
    AuditListAnswer,
    AuditListRequest,
    AuditRow,
    hash_row,
)

if TYPE_CHECKING:
    from strongroom.client.models import AuditAuxDict, AuditEventDict

_ACTOR_TYPES: Final[dict[int, str]] = {
    PrincipalKind.USER: "user",
    PrincipalKind.GROUP: "group",
    PrincipalKind.SERVICE_ACCOUNT: "service_account",
}


class AuditHead(msgspec.Struct, frozen=True):
    """The end of the log: what to keep elsewhere. Position 0 is an empty log."""

    position: int
    hash: Hash


class Audit:
    """The audit log of the account, for owners and administrators."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def list(self, *, since_ms: int = 0) -> list[AuditEventDict]:
        """Return the rows in the order of the chain, as the Events API writes them.

        Raises:
            ForbiddenError: Neither owner nor administrator.
        """
        await self.head()
        rows: list[AuditEventDict] = []
        after = 0
        while True:
            answer = await self._page(after=after, since_ms=since_ms)
            rows += [self._event(row) for row in answer.rows]
            after = answer.next
            if not after:
                return rows

    async def head(self) -> AuditHead:
        """Link what was written since, and return the end of the chain.

        Raises:
            ForbiddenError: Neither owner nor administrator.
            ConflictError: Others linked at the same time, at every attempt.
        """
        session = self._session
        await session.ready()

        async def once() -> AuditHead:
            while (answer := await session.transport.call(AuditLinkRequest())).waits:
                pass
            return AuditHead(answer.position, answer.hash)

        return await retrying(once, meanwhile=session.back_off, keeps_reason=True)

    async def verify(self, kept: AuditHead | None = None) -> AuditHead:
        """Follow the chain from its start; return its end.

        Args:
            kept: An end that `head` returned earlier. Without it nothing
                notices a log whose every hash was made anew.

        Raises:
            IntegrityError: Where the chain breaks, or leaves what was kept.
            RollbackError: It ends before what was kept.
            ForbiddenError: Neither owner nor administrator.
        """
        end = await self.head()
        position, previous, after = 0, NO_HASH, 0
        while True:
            answer = await self._page(after=after, since_ms=0)
            for row in answer.rows:
                position += 1
                previous = self._follow(row, position, previous)
                if kept is not None and kept.position == position and kept.hash != previous:
                    message = (
                        f"the audit log up to row {position} is not the one whose hash you gave"
                    )
                    raise IntegrityError(
                        message, hint="that row or one before it was changed", layer="kept"
                    )
            after = answer.next
            if not after:
                break
        if position < end.position or (kept is not None and position < kept.position):
            message = f"the audit log ends with row {position}; there were more rows"
            raise RollbackError(message, hint="rows were removed, or a backup was restored")
        return AuditHead(position, previous)

    def _follow(self, row: AuditRow, position: int, previous: Hash) -> Hash:
        expected = hash_row(self._session.account, row, previous)
        if row.position != position or row.hash != expected:
            message = f"the audit log breaks at row {position}"
            hint = "this row was changed, or a row before it was removed or inserted"
            raise IntegrityError(message, hint=hint, layer="chain")
        return expected

    async def _page(self, *, after: int, since_ms: int) -> AuditListAnswer:
        request = AuditListRequest(after=after, since_ms=since_ms)
        return await self._session.transport.call(request)

    def _event(self, row: AuditRow) -> AuditEventDict:
        aux: AuditAuxDict = {}
        if row.aux:
            aux["aux_uuid"] = format_id(row.aux)
        if row.aux_info:
            aux["aux_info"] = row.aux_info
        return {
            "uuid": format_id(row.id),
            "timestamp": format_time(row.created_ms),
            "actor_uuid": format_id(row.actor),
            "actor_type": _ACTOR_TYPES.get(row.actor_kind, "unknown"),
            "action": row.action,
            "object_type": row.object_type,
            "object_uuid": format_id(row.object),
            **aux,
            "account_uuid": format_id(self._session.account),
            "position": row.position,
            "hash": row.hash.hex(),
        }
