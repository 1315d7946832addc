"""The sync answer: head, own entry, and what changed in the caller's containers.

Source: specs/formats.md section 13 ("Cold start of a service account").
"""

from __future__ import annotations

from typing import Final

from strongroom.errors import IntegrityError, TooLargeError
from strongroom.limits import CONTAINERS_PER_PRINCIPAL_MAX, PAGE_CONTAINERS_MAX
from strongroom.permissions import READ_ITEMS, REVEAL_ITEM_PASSWORD
from strongroom.service.authorize import (
    ACTING_PRINCIPALS,
    Caller,
    sum_permissions,
)
from strongroom.service.budget import Budget
from strongroom.service.directory.directory import current_head, roots_from
from strongroom.service.directory.evidence import EvidenceCollector
from strongroom.store.protocol import Row, Transaction
from strongroom.wire.messages import (
    ContainerState,
    EpochLink,
    SealedRow,
    StoredRevision,
    SyncAnswer,
    SyncRequest,
)
from strongroom.wire.signed import SignedBody

# So many are read at a time: their own objects have nine megabytes at worst.
_STEP_CONTAINERS: Final = 20

_CONTAINERS = f"""SELECT c.id, r.body, r.signature, c.active_items, c.content_version,
        c.attribute_version, c.created_ms, c.updated_ms,
        v.body, v.signature, v.overview, v.details
    FROM containers c
    JOIN access_records r ON r.account = c.account AND r.container = c.id
        AND r.access_rev = c.access_rev
    LEFT JOIN objects o ON o.account = c.account AND o.container = c.id AND o.id = c.id
    LEFT JOIN revisions v ON v.account = c.account AND v.container = c.id
        AND v.object = c.id AND v.version = o.version
    WHERE c.account = :account AND c.deleted_ms = 0 AND c.id > :after
        AND c.id IN (SELECT a.container FROM accessors a
            WHERE a.account = :account AND a.principal IN {ACTING_PRINCIPALS})
    ORDER BY c.id LIMIT :most"""
_SEALED = f"""SELECT principal, fp, sealed, permissions FROM accessors
    WHERE account = :account AND container = :container AND principal IN {ACTING_PRINCIPALS}"""
_EPOCHS = """SELECT epoch, link, live_objects FROM epochs
    WHERE account = :account AND container = :container ORDER BY epoch"""


async def sync(transaction: Transaction, caller: Caller, request: SyncRequest) -> SyncAnswer:
    """Return what the caller needs to find and open its containers, a page at a time.

    A page is shorter when there is much to read (`service.budget`).

    Raises:
        TooLargeError: The request names more containers than a principal can have.
    """
    if len(request.containers) > CONTAINERS_PER_PRINCIPAL_MAX:
        message = f"a request names at most {CONTAINERS_PER_PRINCIPAL_MAX} containers"
        raise TooLargeError(message)
    head = await current_head(transaction, caller.account)
    budget = Budget()
    collector = EvidenceCollector(
        transaction, caller.account, request.known, head_rev=head.parsed.rev, budget=budget
    )
    collector.add_principal(caller.principal)
    containers, more = await _page(transaction, caller, request, collector, budget)
    return SyncAnswer(
        roots=tuple(await roots_from(transaction, caller.account, request.root_version)),
        head=head.signed,
        containers=tuple(containers),
        next=containers[-1].id if more else b"",
        evidence=await collector.collect(),
    )


async def _page(
    transaction: Transaction,
    caller: Caller,
    request: SyncRequest,
    collector: EvidenceCollector,
    budget: Budget,
) -> tuple[list[ContainerState], bool]:
    """Return the containers of a page, and whether there may be more."""
    found: list[ContainerState] = []
    while len(found) < PAGE_CONTAINERS_MAX:
        most = min(_STEP_CONTAINERS, PAGE_CONTAINERS_MAX - len(found))
        rows = await transaction.all(
            _CONTAINERS,
            account=caller.account,
            caller=caller.principal,
            after=found[-1].id if found else request.after,
            most=most,
        )
        for row in rows:
            if found and budget.is_spent:
                return found, True
            budget.count((row,))
            found.append(await _state(transaction, caller, collector, row))
            if found[-1].id in request.containers:
                await collector.add_walk(found[-1].id, request.containers[found[-1].id])
        if len(rows) < most:
            return found, False
    return found, True


async def _state(
    transaction: Transaction, caller: Caller, collector: EvidenceCollector, row: Row
) -> ContainerState:
    if None in row[:8]:
        message = "a container has no access record"
        raise IntegrityError(message)
    container, body, signature, *counters = row[:8]
    where = {"account": caller.account, "container": container}
    await collector.add_record(body)
    sealed = await transaction.all(_SEALED, **where, caller=caller.principal)
    own = _own_object(row[8:], sum_permissions(bits for *_, bits in sealed))
    if own is not None:
        await collector.add_revisions([own])
    epochs = await transaction.all(_EPOCHS, **where)
    return ContainerState(
        id=container,
        record=SignedBody(body, signature),
        sealed=tuple(SealedRow(accessor=a, fp=fp, sealed=s) for a, fp, s, _ in sealed),
        links=tuple(EpochLink(epoch=e, link=link) for e, link, _ in epochs if link),
        live_epochs=tuple(e for e, _, live in epochs if live),
        object=own,
        active_items=counters[0],
        content_version=counters[1],
        attribute_version=counters[2],
        created_ms=counters[3],
        updated_ms=counters[4],
    )


def _own_object(row: Row, permissions: int) -> StoredRevision | None:
    """Return as much of a container's own object as the permissions allow."""
    if row[0] is None or not permissions & READ_ITEMS:
        return None
    if None in row:
        message = "the database holds half a revision"
        raise IntegrityError(message)
    body, signature, overview, details = row
    return StoredRevision(
        body=body,
        signature=signature,
        overview=overview,
        details=details if permissions & REVEAL_ITEM_PASSWORD else None,
    )
