"""The audit log: what a change did, written in the change's own transaction.

A row is a plain insert, so that changes never queue up behind the log; it gets
its place in the chain later (`service.audit.chain`). Operations that are no
commit call `record`. Source: specs/formats.md section 20.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.public.randomness import make_bytes
from strongroom.errors import StrongroomError
from strongroom.ids import ContainerId, ObjectId, PrincipalId
from strongroom.service.audit.events import (
    PRINCIPAL_TYPES,
    Event,
    entry_events,
    record_events,
    revision_event,
    root_events,
)
from strongroom.service.authority import current_record
from strongroom.service.authorize import Caller, find_entry
from strongroom.service.directory.directory import newest_root
from strongroom.store.protocol import Transaction
from strongroom.wire.access import AccessRecord, ContainerKind, parse_access
from strongroom.wire.entries import Entry, parse_entry
from strongroom.wire.messages import CommitRequest
from strongroom.wire.revisions import Revision, parse_revision
from strongroom.wire.roots import RootDocument, parse_root

# An id is random, and ends with the number of the row in its change.
_RANDOM_BYTES: Final = 12
_NUMBER_BYTES: Final = 4

# A change comes behind every one that it can see. Those which it cannot see are at work at the same
# time, and have either order; what is linked already has its place.
_LAST_TICK = """SELECT tick FROM audit WHERE account = :account AND position = 0
    ORDER BY tick DESC LIMIT 1"""
_PUT = """INSERT INTO audit (account, id, position, tick, created_ms, actor, actor_kind, action,
        object_type, object, aux, aux_info, hash)
    VALUES (:account, :id, 0, :tick, :now, :actor, :actor_kind, :action,
        :object_type, :object, :aux, :aux_info, :hash)"""
_STATE = """SELECT state FROM objects
    WHERE account = :account AND container = :container AND id = :object"""


async def record(
    transaction: Transaction,
    caller: Caller,
    *,
    action: str,
    object_type: str,
    object: bytes,  # noqa: A002  (the word of the Events API)
    aux: bytes = b"",
    aux_info: str = "",
) -> None:
    """Write one row, in the transaction of what it tells; no title, value or e-mail address."""
    await _write(transaction, caller, [Event(action, object_type, object, aux, aux_info)])


async def _write(transaction: Transaction, caller: Caller, events: Iterable[Event]) -> None:
    last = await transaction.one(_LAST_TICK, account=caller.account)
    tick = last[0] + 1 if last else 1
    change = make_bytes(_RANDOM_BYTES)
    for number, event in enumerate(events):
        await transaction.run(
            _PUT,
            account=caller.account,
            id=change + number.to_bytes(_NUMBER_BYTES),
            tick=tick,
            now=caller.now,
            actor=caller.principal,
            # Only people act before they have an entry: they join.
            actor_kind=caller.entry.kind if caller.entry else int(PrincipalKind.USER),
            action=event.action,
            object_type=event.object_type,
            object=event.object,
            aux=event.aux,
            aux_info=event.aux_info,
            hash=b"",
        )


# -- what a commit means ---------------------------------------------------------------


class Trail:
    """What was there before a change, to tell afterwards what the change did."""

    def __init__(self, transaction: Transaction, caller: Caller, request: CommitRequest) -> None:
        self._transaction = transaction
        self._caller = caller
        self._request = request
        self._entries: dict[PrincipalId, Entry] = {}
        self._records: dict[ContainerId, AccessRecord] = {}
        self._states: dict[tuple[ContainerId, ObjectId], int] = {}
        self._root: RootDocument | None = None

    async def look(self) -> None:
        """Read what the request is about to change; what cannot be read, the service refuses."""
        account = self._caller.account
        directory = self._request.directory
        if directory is not None and directory.roots:
            with suppress(StrongroomError):  # there is none while an account is made
                self._root = (await newest_root(self._transaction, account)).parsed
        for write in directory.entries if directory else ():
            with suppress(StrongroomError):
                who = parse_entry(write.body).principal
                entry = await find_entry(self._transaction, account, who)
                if entry is not None:
                    self._entries[who] = entry
        for change in self._request.records:
            with suppress(StrongroomError):
                container = parse_access(change.record.body).container
                found = await current_record(self._transaction, account, container)
                if found is not None:
                    self._records[container] = found[0]
        for stored in self._request.revisions:
            with suppress(StrongroomError):
                await self._look_at(parse_revision(stored.body))

    async def _look_at(self, revision: Revision) -> None:
        if revision.version == 1:
            return
        where = {"container": revision.container, "object": revision.object}
        row = await self._transaction.one(_STATE, account=self._caller.account, **where)
        if row is not None:
            self._states[revision.container, revision.object] = row[0]

    async def write(self, results: Sequence[str]) -> None:
        """Write the rows of the change.

        Args:
            results: The answer for each revision, empty where it was stored.
        """
        events = [*self._directory_events(), *self._record_events()]
        made = [one for one in events if one.action in ("create", "join")]
        told = {event.object for event in made if event.object_type != "gm"}
        for stored, refused in zip(self._request.revisions, results, strict=True):
            if refused:
                continue  # what was refused may be no revision at all
            revision = parse_revision(stored.body)
            # The title or name of what this very change makes is no change of its own.
            if revision.version != 1 or revision.object not in told:
                events.append(await self._revision_event(revision))
        await _write(self._transaction, self._caller, events)

    def _directory_events(self) -> Iterator[Event]:
        directory = self._request.directory
        if directory is None:
            return
        root = self._root
        for signed in directory.roots:
            after = parse_root(signed.body)
            if root is None:
                yield Event("create", "account", self._caller.account)
            else:
                yield from root_events(root, after)
            root = after
        for write in directory.entries:
            entry = parse_entry(write.body)
            yield from entry_events(self._entries.get(entry.principal), entry)
            self._entries[entry.principal] = entry
        for end in self._request.ends:
            yield Event("update", "sa", end.principal, aux_info="token-end")

    def _record_events(self) -> Iterator[Event]:
        for change in self._request.records:
            after = parse_access(change.record.body)
            yield from record_events(self._records.get(after.container), after)
            self._records[after.container] = after

    async def _revision_event(self, revision: Revision) -> Event:
        key = (revision.container, revision.object)
        before, self._states[key] = self._states.get(key, 0), revision.state
        profile_of = ""
        if revision.kind == ContainerKind.ACCOUNT:
            entry = await find_entry(
                self._transaction, self._caller.account, PrincipalId(revision.object)
            )
            profile_of = PRINCIPAL_TYPES[PrincipalKind(entry.kind)] if entry else "account"
        return revision_event(revision, before, profile_of)


async def begin(transaction: Transaction, caller: Caller, request: CommitRequest) -> Trail:
    """Begin the trail of a change, before anything of it is applied."""
    trail = Trail(transaction, caller, request)
    await trail.look()
    return trail
