"""Use cases that read: look up, list, history, principals."""

from __future__ import annotations

from typing import Final

from strongroom.errors import (
    InvalidArgumentError,
    NotFoundError,
    TooLargeError,
)
from strongroom.ids import ContainerId
from strongroom.limits import (
    BATCH_MAX,
    LOOKUP_ANSWERS_MAX,
    PAGE_OBJECTS_MAX,
    PRINCIPALS_PER_REQUEST_MAX,
    REVISIONS_PER_OBJECT_MAX,
)
from strongroom.permissions import READ_ITEMS, UPDATE_ITEM_HISTORY
from strongroom.service.authorize import Caller, Standing, authorize
from strongroom.service.budget import Budget
from strongroom.service.directory.directory import current_head
from strongroom.service.directory.evidence import EvidenceCollector
from strongroom.service.directory.keysets import open_keys
from strongroom.service.directory.tree import prove, prove_last
from strongroom.store.protocol import Row, Transaction
from strongroom.wire.entries import parse_entry
from strongroom.wire.messages import (
    HistoryRequest,
    ListAnswer,
    ListRequest,
    LookupAnswer,
    LookupRequest,
    PrincipalsAnswer,
    PrincipalsRequest,
    Query,
    StoredRevision,
)
from strongroom.wire.revisions import State

# Of a list so many are read at a time: overviews of a megabyte at worst.
_STEP_OBJECTS: Final = 100
# Every look-up may name the tags of ten epochs, and a single one those of many more.
LOOKUP_TAGS_MAX: Final = 10 * BATCH_MAX

_BY_ID = """SELECT r.body, r.signature, r.overview, r.details FROM objects o
    JOIN revisions r ON r.account = o.account AND r.container = o.container
        AND r.object = o.id AND r.version = o.version
    WHERE o.account = :account AND o.container = :container AND o.id = :object"""
_OBJECT_VERSION = """SELECT version FROM objects
    WHERE account = :account AND container = :container AND id = :container"""
_BY_TAG = """SELECT r.body, r.signature, r.overview, r.details FROM objects o
    JOIN revisions r ON r.account = o.account AND r.container = o.container
        AND r.object = o.id AND r.version = o.version
    WHERE o.account = :account AND o.container = :container AND o.tag = :tag
    ORDER BY o.state, o.id LIMIT :most"""
_BY_VERSION = """SELECT body, signature, overview, details FROM revisions
    WHERE account = :account AND container = :container AND object = :object
        AND version = :version"""
_PAGE = """SELECT r.body, r.signature, r.overview, o.id FROM objects o
    JOIN revisions r ON r.account = o.account AND r.container = o.container
        AND r.object = o.id AND r.version = o.version
    WHERE o.account = :account AND o.container = :container AND o.state = :state
        AND o.id > :after AND o.id <> o.container ORDER BY o.id LIMIT :most"""
_HISTORY = """SELECT body, signature, overview FROM revisions
    WHERE account = :account AND container = :container AND object = :object
    ORDER BY version DESC LIMIT :most"""


async def lookup(transaction: Transaction, caller: Caller, request: LookupRequest) -> LookupAnswer:
    """Answer several look-ups with revisions and their evidence.

    The answer is about the first look-ups and ends early when it has read
    enough (`service.budget`); the first one is always answered. Nothing is
    answered about a container that the caller may not use or read,
    so that it spoils no answer about the others; `access_revs` names those in
    which the caller has a row.

    Raises:
        TooLargeError: Too many look-ups, or titles to look for.
    """
    _check_lookup(request)
    head = await current_head(transaction, caller.account)
    budget = Budget()
    collector = EvidenceCollector(
        transaction, caller.account, request.known, head_rev=head.parsed.rev, budget=budget
    )
    seen: dict[ContainerId, Standing | None] = {}
    results: list[tuple[StoredRevision, ...]] = []
    for query in request.queries:
        if budget.is_spent:
            break
        if query.container not in seen:
            seen[query.container] = await _standing(transaction, caller, query.container)
        access = seen[query.container]
        found: tuple[StoredRevision, ...] = ()
        if access is not None and access.permissions & READ_ITEMS:
            rows = await _answer(transaction, caller, query, access)
            budget.count(rows)
            found = _as_revisions(rows, details=request.details and access.may_reveal)
        await collector.add_revisions(found)
        results.append(found)
    usable = [access for access in seen.values() if access is not None]
    return LookupAnswer(
        head_rev=head.parsed.rev,
        access_revs={access.container: access.access_rev for access in usable},
        object_versions=await _object_versions(transaction, caller, usable),
        results=tuple(results),
        evidence=await collector.collect(),
    )


async def _standing(
    transaction: Transaction, caller: Caller, container: ContainerId
) -> Standing | None:
    """Return the caller's standing in a container, `None` if it has none any more.

    One container that is gone must not fail the look-ups in the others.
    """
    try:
        return await authorize(transaction, caller, container, needed=0)
    except NotFoundError:
        return None


async def _object_versions(
    transaction: Transaction, caller: Caller, usable: list[Standing]
) -> dict[ContainerId, int]:
    """Return the version of each container's own object, 0 where there is none to be read."""
    versions: dict[ContainerId, int] = {}
    for access in usable:
        row = None
        if access.permissions & READ_ITEMS:
            row = await transaction.one(
                _OBJECT_VERSION, account=caller.account, container=access.container
            )
        versions[access.container] = row[0] if row else 0
    return versions


def _check_lookup(request: LookupRequest) -> None:
    if len(request.queries) > BATCH_MAX:
        message = f"a request holds at most {BATCH_MAX} look-ups"
        raise TooLargeError(message)
    if sum(len(query.tags) for query in request.queries) > LOOKUP_TAGS_MAX:
        message = f"a request holds at most {LOOKUP_TAGS_MAX} titles to look for"
        raise TooLargeError(message)


async def _answer(
    transaction: Transaction, caller: Caller, query: Query, access: Standing
) -> list[Row]:
    where = {"account": caller.account, "container": query.container}
    if query.version:
        if not access.permissions & UPDATE_ITEM_HISTORY:
            return []
        return await transaction.all(
            _BY_VERSION, **where, object=query.object, version=query.version
        )
    if query.object:
        return await transaction.all(_BY_ID, **where, object=query.object)
    rows: list[Row] = []
    for tag in query.tags:
        most = LOOKUP_ANSWERS_MAX - len(rows)
        if not most:
            break
        rows += await transaction.all(_BY_TAG, **where, tag=tag, most=most)
    return rows


def _as_revisions(rows: list[Row], *, details: bool) -> tuple[StoredRevision, ...]:
    return tuple(
        StoredRevision(
            body=body, signature=sig, overview=overview, details=sealed if details else None
        )
        for body, sig, overview, sealed in rows
    )


async def list_objects(
    transaction: Transaction, caller: Caller, request: ListRequest
) -> ListAnswer:
    """Return one page of a container's objects, without details; a short one of large ones."""
    await authorize(transaction, caller, request.container)
    where = {"account": caller.account, "container": request.container}
    found: list[StoredRevision] = []
    budget = Budget()
    state, after = _parse_place(request.after)
    wanted = [one for one in sorted(set(request.states) & set(State)) if one >= state]
    last = after if wanted and wanted[0] == state else b""
    while wanted:
        most = min(_STEP_OBJECTS, PAGE_OBJECTS_MAX - len(found))
        rows = await transaction.all(_PAGE, **where, state=wanted[0], after=last, most=most)
        found += [StoredRevision(body=b, signature=s, overview=o) for b, s, o, _ in rows]
        budget.count(rows)
        if len(rows) < most:
            wanted, last = wanted[1:], b""
            continue
        last = rows[-1][3]
        if len(found) == PAGE_OBJECTS_MAX or budget.is_spent:
            cursor = str(int(wanted[0])).encode() + b"/" + last
            return ListAnswer(revisions=tuple(found), next=cursor)
    return ListAnswer(revisions=tuple(found))


def _parse_place(after: bytes) -> tuple[int, bytes]:
    """Read where the page before ended: the state, and the id of its last object."""
    if not after:
        return 0, b""
    state, _, object_id = after.partition(b"/")
    if state not in {b"1", b"2", b"3"}:
        message = "a page begins after a position that no answer gave"
        raise InvalidArgumentError(message)
    return int(state), object_id


async def history(transaction: Transaction, caller: Caller, request: HistoryRequest) -> ListAnswer:
    """Return the kept revisions of an object, newest first, without details."""
    await authorize(transaction, caller, request.container, needed=READ_ITEMS | UPDATE_ITEM_HISTORY)
    rows = await transaction.all(
        _HISTORY,
        account=caller.account,
        container=request.container,
        object=request.object,
        most=REVISIONS_PER_OBJECT_MAX,
    )
    return ListAnswer(
        revisions=tuple(StoredRevision(body=b, signature=s, overview=o) for b, s, o in rows)
    )


async def principals(
    transaction: Transaction, caller: Caller, request: PrincipalsRequest
) -> PrincipalsAnswer:
    """Return entries, paths and encryption keys of principals.

    Raises:
        NotFoundError: One of them is not in the directory.
        TooLargeError: Too many.
    """
    if len(request.principals) > PRINCIPALS_PER_REQUEST_MAX:
        message = f"a request names at most {PRINCIPALS_PER_REQUEST_MAX} principals"
        raise TooLargeError(message)
    head = await current_head(transaction, caller.account)
    proofs = []
    for principal in request.principals:
        proof = await prove(transaction, caller.account, principal)
        if proof is None:
            message = "there is no such principal"
            raise NotFoundError(message)
        proofs.append(proof)
    entries = [parse_entry(proof.body) for proof in proofs] if request.keys else []
    return PrincipalsAnswer(
        head=head.signed,
        proofs=tuple(proofs),
        keys=tuple([await open_keys(transaction, entry) for entry in entries]),
        last=await prove_last(transaction, caller.account),
    )
