"""The sync answer: head, own entry, and what changed in the caller's containers.

Source: specs/formats.md section 13 ("Sync").
"""

from __future__ import annotations

from typing import Final

from strongroom.errors import IntegrityError, TooLargeError
from strongroom.ids import ContainerId
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
from strongroom.service.stamps import read_stamp
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
from strongroom.wire.states import digest_state

# So many are read at a time: their own objects have nine megabytes at worst.
_STEP_CONTAINERS: Final = 20

_SELECT = f"""SELECT c.id, r.body, r.signature, c.active_items, c.content_version,
        c.attribute_version, c.created_ms, c.updated_ms,
        v.body, v.signature, v.overview, v.details
    FROM containers c
    JOIN access_records r ON r.account = c.account AND r.container = c.id
        AND r.access_rev = c.access_rev
    LEFT JOIN objects o ON o.account = c.account AND o.container = c.id AND o.id = c.id
    LEFT JOIN revisions v ON v.account = c.account AND v.container = c.id
        AND v.object = c.id AND v.version = o.version
    WHERE c.account = :account AND c.deleted_ms = 0
        AND c.id IN (SELECT a.container FROM accessors a
            WHERE a.account = :account AND a.principal IN {ACTING_PRINCIPALS})"""
_CONTAINERS = f"{_SELECT} AND c.id > :after ORDER BY c.id LIMIT :most"
_CONTAINER = f"{_SELECT} AND c.id = :container"
_SEALED = f"""SELECT principal, fp, sealed, permissions FROM accessors
    WHERE account = :account AND container = :container AND principal IN {ACTING_PRINCIPALS}
    ORDER BY principal, fp"""
_EPOCHS = """SELECT epoch, link, live_objects FROM epochs
    WHERE account = :account AND container = :container ORDER BY epoch"""


async def sync(transaction: Transaction, caller: Caller, request: SyncRequest) -> SyncAnswer:
    """Return what the caller needs to find and open its containers, and does not hold.

    A page is shorter when there is much to read (`service.budget`).

    Raises:
        TooLargeError: The request names more containers than a principal can have, or than a
            client may have changed since its last sync.
    """
    _check_size(request)
    head = await current_head(transaction, caller.account)
    stamp = await read_stamp(transaction, caller.account)
    reading = _Reading(transaction, caller, request, head.parsed.rev)
    same = stamp == request.stamp and bool(stamp) and not reading.is_moved
    if same:
        await reading.read_named()
    elif not request.stamp:
        await reading.read_page()
    return SyncAnswer(
        head=head.signed,
        stamp=stamp,
        same=same,
        roots=tuple(await roots_from(transaction, caller.account, request.root_version)),
        containers=tuple(reading.found),
        left=tuple(reading.left),
        next=reading.next,
        evidence=await reading.collector.collect(),
    )


def _check_size(request: SyncRequest) -> None:
    if max(len(request.remembered), len(request.held)) > CONTAINERS_PER_PRINCIPAL_MAX:
        message = f"a request names at most {CONTAINERS_PER_PRINCIPAL_MAX} containers"
        raise TooLargeError(message)
    if len(request.changed) > PAGE_CONTAINERS_MAX:
        message = f"a request names at most {PAGE_CONTAINERS_MAX} changed containers"
        raise TooLargeError(message)


class _Reading:
    """The containers of one answer, and what their signatures need."""

    def __init__(
        self,
        transaction: Transaction,
        caller: Caller,
        request: SyncRequest,
        head_rev: int,
    ) -> None:
        self.found: list[ContainerState] = []
        self.left: list[ContainerId] = []
        self.next = b""
        self._budget = Budget()
        self.collector = EvidenceCollector(
            transaction, caller.account, request.known, head_rev=head_rev, budget=self._budget
        )
        self.collector.add_principal(caller.principal)
        self._transaction = transaction
        self._caller = caller
        self._request = request
        # Entries are proven under one head, so under another even what is held needs evidence.
        self.is_moved = head_rev != request.known.head_rev

    async def read_named(self) -> None:
        """Read the containers that the client changed itself."""
        caller = self._caller
        for container in self._request.changed:
            row = await self._transaction.one(
                _CONTAINER, account=caller.account, caller=caller.principal, container=container
            )
            if row is not None:
                await self._add(row)

    async def read_page(self) -> None:
        """Read a page, and say which of the containers held within it have left."""
        after = self._request.after
        held = {key for key in self._request.held if key > after}
        while len(self.found) < PAGE_CONTAINERS_MAX:
            most = min(_STEP_CONTAINERS, PAGE_CONTAINERS_MAX - len(self.found))
            caller = self._caller
            rows = await self._transaction.all(
                _CONTAINERS,
                account=caller.account,
                caller=caller.principal,
                after=after,
                most=most,
            )
            for row in rows:
                if after > self._request.after and self._budget.is_spent:
                    self._end(held, after)
                    return
                self._budget.count((row,))
                await self._add(row)
                after = row[0]
                held.discard(after)
            if len(rows) < most:
                self.left = sorted(held)
                return
        self._end(held, after)

    def _end(self, held: set[ContainerId], after: bytes) -> None:
        """End a page before all was read; what is held beyond it may still come."""
        self.next = after
        self.left = sorted(key for key in held if key < after)

    async def _add(self, row: Row) -> None:
        """Add a container unless the client holds it as it is, and what its signatures need."""
        state = await _state(self._transaction, self._caller, row)
        held = self._request.held.get(state.id)
        is_held = held is not None and held == digest_state(state)
        if not is_held:
            self.found.append(state)
        if is_held and not self.is_moved:
            return
        await self.collector.add_record(state.record.body)
        if state.object is not None:
            await self.collector.add_revisions([state.object])
        if state.id in self._request.remembered:
            await self.collector.add_walk(state.id, self._request.remembered[state.id])


async def _state(transaction: Transaction, caller: Caller, row: Row) -> ContainerState:
    if None in row[:8]:
        message = "a container has no access record"
        raise IntegrityError(message)
    container, body, signature, *counters = row[:8]
    where = {"account": caller.account, "container": container}
    sealed = await transaction.all(_SEALED, **where, caller=caller.principal)
    own = _own_object(row[8:], sum_permissions(bits for *_, bits in sealed))
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
