"""Storing revisions: each is compared and swapped on its own object's version.

Parallel creators in one vault never conflict: a container's counters are only
added to. Source: specs/formats.md section 8.
"""

from __future__ import annotations

from typing import Final

from strongroom.crypto.hashes import sha256
from strongroom.crypto.signatures import verify
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    IntegrityError,
    NotFoundError,
    StaleEpochError,
    TooLargeError,
)
from strongroom.ids import format_id
from strongroom.limits import DETAILS_BYTES_MAX, OVERVIEW_BYTES_MAX, REVISIONS_PER_OBJECT_MAX
from strongroom.permissions import permission_names
from strongroom.service.authorize import Caller
from strongroom.service.directory import StoredHead
from strongroom.service.records import is_current_member
from strongroom.store.session import Row, Session
from strongroom.trust.revisions import permission_for
from strongroom.wire.access import AccessRecord, ContainerKind
from strongroom.wire.entries import Entry
from strongroom.wire.messages import StoredRevision
from strongroom.wire.revisions import NO_TAG, Revision, State, parse_revision

# Envelopes add a header, a commitment and padding of at most 12 % to a document.
_SEALED_FACTOR: Final = 1.13

_OBJECT = """SELECT o.version, o.state, o.epoch, r.body FROM objects o JOIN revisions r
    ON r.account = o.account AND r.container = o.container AND r.object = o.id
        AND r.version = o.version
    WHERE o.account = :account AND o.container = :container AND o.id = :object"""
_PUT_OBJECT = """INSERT INTO objects (account, container, id, version, state, epoch, tag,
        updated_ms)
    VALUES (:account, :container, :object, :version, :state, :epoch, :tag, :now)
    ON CONFLICT (account, container, id) DO UPDATE SET version = excluded.version,
        state = excluded.state, epoch = excluded.epoch, tag = excluded.tag,
        updated_ms = excluded.updated_ms"""
_PUT_REVISION = """INSERT INTO revisions (account, container, object, version, body, signature,
        overview, details)
    VALUES (:account, :container, :object, :version, :body, :signature, :overview, :details)"""
_TRIM = """DELETE FROM revisions WHERE account = :account AND container = :container
    AND object = :object AND version <= :version"""
_COUNT_LIVE = """UPDATE epochs SET live_objects = live_objects + :change
    WHERE account = :account AND container = :container AND epoch = :epoch"""
_COUNT_ITEMS = """UPDATE containers SET active_items = active_items + :active,
        content_version = content_version + 1, updated_ms = :now
    WHERE account = :account AND id = :container"""
_COUNT_ATTRIBUTES = """UPDATE containers SET attribute_version = attribute_version + 1,
        deleted_ms = :deleted, updated_ms = :now
    WHERE account = :account AND id = :container"""


class RevisionWriter:
    """Checks and stores the revisions of one request."""

    def __init__(self, session: Session, caller: Caller, entry: Entry, head: StoredHead) -> None:
        self._session = session
        self._caller = caller
        self._entry = entry
        self._head = head
        self._records: dict[bytes, tuple[AccessRecord, bytes]] = {}

    def use_record(self, record: AccessRecord, record_hash: bytes) -> None:
        """Remember a container's current record for the revisions that follow."""
        self._records[record.container] = (record, record_hash)

    def has_record(self, container: bytes) -> bool:
        """Tell whether a container's current record is known."""
        return container in self._records

    async def store(self, stored: StoredRevision) -> None:
        """Store one revision.

        Raises:
            ConflictError: The object has another version by now.
            StaleEpochError: Sealed under an older access record.
            ForbiddenError: The author lacks the right.
            IntegrityError: The revision contradicts itself.
            NotFoundError: A version above 1 of an object that is not there.
        """
        revision = parse_revision(stored.body)
        self._check(revision, stored)
        await self._check_permission(revision)
        row = await self._session.one(
            _OBJECT,
            account=self._caller.account,
            container=revision.container,
            object=revision.object,
        )
        _check_follows(revision, row)
        await self._put(revision, stored, row)

    def _check(self, revision: Revision, stored: StoredRevision) -> None:
        what = f"object {format_id(revision.object)}"
        keyset = self._entry.keyset(revision.author_fp)
        if revision.author != self._caller.principal or keyset is None or keyset.until:
            message = f"{what} is not signed by the caller"
            raise ForbiddenError(message)
        _check_sizes(stored, what)
        verify(keyset.sign_pk, stored.signature, stored.body, what=what)
        record, record_hash = self._records[revision.container]
        head = self._head.parsed
        named = (revision.access_hash, revision.access_rev, revision.epoch, revision.directory_rev)
        if named != (record_hash, record.access_rev, record.epoch, head.rev):
            message = f"{what} was sealed under an older access record"
            raise StaleEpochError(message, hint="try again")
        tagless = revision.is_container_object or revision.state == State.DELETED
        items = record.kind == ContainerKind.VAULT and not tagless
        contradictory = (
            (revision.account, revision.kind) != (self._caller.account, record.kind)
            or revision.overview_hash != sha256(stored.overview)
            or revision.details_hash != sha256(stored.details or b"")
            or (revision.tag != NO_TAG) != items
        )
        if contradictory:
            message = f"{what} contradicts itself"
            raise IntegrityError(message)

    async def _check_permission(self, revision: Revision) -> None:
        record, _ = self._records[revision.container]
        needed = permission_for(revision)
        if revision.via == self._caller.principal:
            acts = not revision.group_hash
        else:
            acts = await is_current_member(
                self._session, self._caller, revision.via, revision.group_hash
            )
        if not acts or not record.permissions(revision.via) & needed:
            message = f"you lack {', '.join(permission_names(needed))} for this"
            raise ForbiddenError(message, tag="itemStatusPermissionError")

    async def _put(self, revision: Revision, stored: StoredRevision, before: Row | None) -> None:
        where = {
            "account": self._caller.account,
            "container": revision.container,
            "object": revision.object,
            "version": revision.version,
        }
        await self._session.run(
            _PUT_REVISION,
            **where,
            body=stored.body,
            signature=stored.signature,
            overview=stored.overview,
            details=stored.details,
        )
        await self._session.run(
            _PUT_OBJECT,
            **where,
            state=revision.state,
            epoch=revision.epoch,
            tag=revision.tag,
            now=self._caller.now,
        )
        if revision.version > REVISIONS_PER_OBJECT_MAX:
            oldest = revision.version - REVISIONS_PER_OBJECT_MAX
            await self._session.run(_TRIM, **(where | {"version": oldest}))
        await self._count(revision, before)

    async def _count(self, revision: Revision, before: Row | None) -> None:
        where = {"account": self._caller.account, "container": revision.container}
        if revision.is_container_object:
            deleted = self._caller.now if revision.state == State.DELETED else 0
            await self._session.run(
                _COUNT_ATTRIBUTES, **where, deleted=deleted, now=self._caller.now
            )
            return
        was_active, was_live = 0, 0
        if before is not None:
            was_active = int(before[1] == State.ACTIVE)
            was_live = int(before[1] != State.DELETED)
        if was_live:
            await self._session.run(
                _COUNT_LIVE, **where, epoch=before[2] if before else 0, change=-1
            )
        if revision.state != State.DELETED:
            await self._session.run(_COUNT_LIVE, **where, epoch=revision.epoch, change=1)
        active = int(revision.state == State.ACTIVE) - was_active
        await self._session.run(_COUNT_ITEMS, **where, active=active, now=self._caller.now)


def _check_sizes(stored: StoredRevision, what: str) -> None:
    too_big = (
        len(stored.overview) > OVERVIEW_BYTES_MAX * _SEALED_FACTOR
        or len(stored.details or b"") > DETAILS_BYTES_MAX * _SEALED_FACTOR
    )
    if too_big:
        message = f"{what} is larger than an object may be"
        raise TooLargeError(message, tag="itemStatusTooBig")


def _check_follows(revision: Revision, row: Row | None) -> None:
    what = f"object {format_id(revision.object)}"
    if row is None:
        if revision.version != 1:
            message = f"there is no {what}"
            raise NotFoundError(message, tag="itemNotFound")
        return
    before = parse_revision(row[3])
    if revision.version != before.version + 1 or revision.previous != sha256(row[3]):
        message = f"{what} was changed by somebody else at the same time"
        raise ConflictError(
            message, hint="read it again and repeat", tag="itemStatusIncorrectItemVersion"
        )
    if revision.created_ms != before.created_ms:
        message = f"{what} has another time of creation"
        raise IntegrityError(message)
