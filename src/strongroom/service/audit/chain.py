"""The chain of the audit log: places and hashes for rows, and pages of them.

Whoever keeps the newest hash elsewhere notices every row that is changed,
dropped or put in between later. Source: specs/formats.md section 20.
"""

from __future__ import annotations

import msgspec

from strongroom.crypto.public.digests import NO_HASH
from strongroom.errors import ConflictError, ForbiddenError
from strongroom.errors.refusals import ASK_LISTED
from strongroom.limits import BATCH_MAX, PAGE_OBJECTS_MAX
from strongroom.service.authorize import Caller
from strongroom.service.directory.directory import newest_root
from strongroom.store.protocol import Row, Transaction
from strongroom.wire.audit import (
    AuditLinkAnswer,
    AuditLinkRequest,
    AuditListAnswer,
    AuditListRequest,
    AuditRow,
    hash_row,
)

_COLUMNS = """id, position, created_ms, actor, actor_kind, action, object_type, object, aux,
    aux_info, hash"""
_WAITING = f"""SELECT {_COLUMNS} FROM audit WHERE account = :account AND position = 0
    ORDER BY tick, id LIMIT :most"""
_LAST = """SELECT position, hash FROM audit WHERE account = :account AND position > 0
    ORDER BY position DESC LIMIT 1"""
_LINK = """UPDATE audit SET position = :position, hash = :hash
    WHERE account = :account AND id = :id AND position = 0"""
_PAGE = f"""SELECT {_COLUMNS} FROM audit
    WHERE account = :account AND position > :after AND created_ms >= :since
    ORDER BY position LIMIT :most"""


async def link(
    transaction: Transaction, caller: Caller, request: AuditLinkRequest
) -> AuditLinkAnswer:
    """Give waiting rows their places in the chain; return its end.

    Raises:
        ForbiddenError: The caller is neither owner nor administrator.
        ConflictError: Somebody else links at the same time.
    """
    del request
    await _check_reader(transaction, caller)
    last = await transaction.one(_LAST, account=caller.account)
    position, previous = (last[0], last[1]) if last else (0, NO_HASH)
    rows = await transaction.all(_WAITING, account=caller.account, most=BATCH_MAX)
    for row in map(_row, rows):
        position += 1
        placed = msgspec.structs.replace(row, position=position)
        previous = hash_row(caller.account, placed, previous)
        where = {"account": caller.account, "id": row.id}
        if not await transaction.run(_LINK, **where, position=position, hash=previous):
            message = "somebody else is linking the audit log at the same time"
            raise ConflictError(message, hint="try again")
    return AuditLinkAnswer(position, previous, waits=len(rows) == BATCH_MAX)


async def list_rows(
    transaction: Transaction, caller: Caller, request: AuditListRequest
) -> AuditListAnswer:
    """Return a page of linked rows in the order of the chain.

    Raises:
        ForbiddenError: The caller is neither owner nor administrator.
    """
    await _check_reader(transaction, caller)
    found = await transaction.all(
        _PAGE,
        account=caller.account,
        after=request.after,
        since=request.since_ms,
        most=PAGE_OBJECTS_MAX,
    )
    rows = tuple(map(_row, found))
    more = len(rows) == PAGE_OBJECTS_MAX
    return AuditListAnswer(rows, next=rows[-1].position if more else 0)


async def _check_reader(transaction: Transaction, caller: Caller) -> None:
    root = (await newest_root(transaction, caller.account)).parsed
    if root.signer(caller.principal) is None:
        message = "only owners and administrators can read the audit log"
        raise ForbiddenError(message, hint=ASK_LISTED)


def _row(row: Row) -> AuditRow:
    names = AuditRow.__struct_fields__
    return AuditRow(**dict(zip(names, row, strict=True)))
