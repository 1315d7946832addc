"""Storing revisions: each is compared and swapped on its own object's version.

Parallel creators in one vault never conflict: a container's counters are only
added to. Source: specs/formats.md section 8.
"""

from __future__ import annotations

from typing import Final

from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.signatures import verify
from strongroom.errors import (
    ForbiddenError,
    IntegrityError,
    MissingPermissionError,
    NotFoundError,
    StaleEpochError,
    TooLargeError,
    VersionConflictError,
)
from strongroom.ids import ContainerId, format_id
from strongroom.limits import DETAILS_BYTES_MAX, OVERVIEW_BYTES_MAX, REVISIONS_PER_OBJECT_MAX
from strongroom.permissions import permission_names
from strongroom.service.authority import current_record, is_current_member
from strongroom.service.authorize import Caller
from strongroom.service.directory.directory import StoredHead
from strongroom.service.objects.files import check_files, name_files
from strongroom.service.objects.purge import forget_files
from strongroom.store.protocol import Row, Transaction
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
    """Checks and stores the revisions of one request.

    Attributes:
        containers: Those into which it wrote.
    """

    def __init__(
        self, transaction: Transaction, caller: Caller, entry: Entry, head: StoredHead
    ) -> None:
        self._transaction = transaction
        self._caller = caller
        self._entry = entry
        self._head = head
        self._records: dict[ContainerId, tuple[AccessRecord, Hash]] = {}
        self.containers: set[ContainerId] = set()

    async def store(self, stored: StoredRevision) -> None:
        """Store one revision.

        Raises:
            ConflictError: The object has another version by now.
            StaleEpochError: Sealed under an older access record.
            ForbiddenError: The author lacks the right.
            IntegrityError: The revision contradicts itself.
            NotFoundError: No such container, or a version above 1 of an
                object that is not there.
        """
        revision = parse_revision(stored.body)
        record, record_hash = await self._current_record(revision.container)
        self._check_stored(revision, stored, record, record_hash)
        await self._check_permission(revision, record)
        row = await self._transaction.one(
            _OBJECT,
            account=self._caller.account,
            container=revision.container,
            object=revision.object,
        )
        _check_follows(revision, row)
        await check_files(self._transaction, self._caller, revision, stored.files)
        await self._put(revision, stored, row)

    async def _current_record(self, container: ContainerId) -> tuple[AccessRecord, Hash]:
        """Return a container's current record, which no revision of this request changes."""
        if container not in self._records:
            found = await current_record(self._transaction, self._caller.account, container)
            if found is None:
                message = f"there is no container {format_id(container)} that you may use"
                raise NotFoundError(message)
            self._records[container] = found
        return self._records[container]

    def _check_stored(
        self, revision: Revision, stored: StoredRevision, record: AccessRecord, record_hash: Hash
    ) -> None:
        self._check_signature(revision, stored)
        self._check_place(revision, record, record_hash)
        _check_content(revision, stored)
        _check_kind(revision, record)

    def _check_signature(self, revision: Revision, stored: StoredRevision) -> None:
        what = _name(revision)
        keyset = self._entry.keyset(revision.author_fp)
        if revision.author != self._caller.principal or keyset is None or keyset.until:
            message = f"{what} is not signed by the caller"
            raise ForbiddenError(message)
        _check_sizes(stored, what)
        verify(keyset.sign_pk, stored.signature, stored.body, what=what)

    def _check_place(self, revision: Revision, record: AccessRecord, record_hash: Hash) -> None:
        head = self._head.parsed
        named = (
            (revision.access_hash, revision.access_rev, revision.epoch),
            revision.generation,
        )
        current = ((record_hash, record.access_rev, record.epoch), head.generation)
        # An author may have seen an older head than the newest (somebody joins while it seals), but
        # none older than the record under which it writes, or than its own keys or last return.
        keyset = self._entry.keyset(revision.author_fp)
        seen = record.directory_rev <= revision.directory_rev <= head.rev
        seen = seen and keyset is not None and keyset.holds_at(revision.directory_rev)
        seen = seen and self._entry.was_active_at(revision.directory_rev)
        if named != current or not seen:
            message = f"{_name(revision)} was sealed under an older access record or directory"
            raise StaleEpochError(message, hint="try again")
        if revision.account != self._caller.account:
            raise _contradictory(revision)

    async def _check_permission(self, revision: Revision, record: AccessRecord) -> None:
        needed = permission_for(revision)
        if revision.via == self._caller.principal:
            acts = not revision.group_hash
        else:
            acts = await is_current_member(self._transaction, self._caller, revision)
        if not acts or not record.permissions(revision.via) & needed:
            message = f"you lack {', '.join(permission_names(needed))} for this"
            raise MissingPermissionError(message)

    async def _put(self, revision: Revision, stored: StoredRevision, before: Row | None) -> None:
        where = {
            "account": self._caller.account,
            "container": revision.container,
            "object": revision.object,
            "version": revision.version,
        }
        await self._transaction.run(
            _PUT_REVISION,
            **where,
            body=stored.body,
            signature=stored.signature,
            overview=stored.overview,
            details=stored.details,
        )
        await self._transaction.run(
            _PUT_OBJECT,
            **where,
            state=revision.state,
            epoch=revision.epoch,
            tag=revision.tag,
            now=self._caller.now,
        )
        await name_files(self._transaction, self._caller, revision, stored.files)
        if revision.version > REVISIONS_PER_OBJECT_MAX:
            oldest = revision.version - REVISIONS_PER_OBJECT_MAX
            await self._transaction.run(_TRIM, **(where | {"version": oldest}))
            address = (revision.container, revision.object)
            await forget_files(self._transaction, self._caller, *address, up_to=oldest)
        self.containers.add(revision.container)
        await self._count(revision, before)

    async def _count(self, revision: Revision, before: Row | None) -> None:
        where = {"account": self._caller.account, "container": revision.container}
        if revision.is_container_object:
            deleted = self._caller.now if revision.state == State.DELETED else 0
            await self._transaction.run(
                _COUNT_ATTRIBUTES, **where, deleted=deleted, now=self._caller.now
            )
            # A container that is deleted by now takes no further revision of this request.
            self._records.pop(revision.container)
            return
        was_active, was_live = 0, 0
        if before is not None:
            was_active = int(before[1] == State.ACTIVE)
            was_live = int(before[1] != State.DELETED)
        if was_live:
            await self._transaction.run(
                _COUNT_LIVE, **where, epoch=before[2] if before else 0, change=-1
            )
        if revision.state != State.DELETED:
            await self._transaction.run(_COUNT_LIVE, **where, epoch=revision.epoch, change=1)
        active = int(revision.state == State.ACTIVE) - was_active
        await self._transaction.run(_COUNT_ITEMS, **where, active=active, now=self._caller.now)


def _name(revision: Revision) -> str:
    return f"object {format_id(revision.object)}"


def _contradictory(revision: Revision) -> IntegrityError:
    return IntegrityError(f"{_name(revision)} contradicts itself")


def _check_content(revision: Revision, stored: StoredRevision) -> None:
    hashes = (sha256(stored.overview), sha256(stored.details or b""))
    if stored.details is None or (revision.overview_hash, revision.details_hash) != hashes:
        raise _contradictory(revision)


def _check_kind(revision: Revision, record: AccessRecord) -> None:
    """Refuse what has no place in a container of that kind (section 8, "Objects")."""
    own = revision.is_container_object
    deleted = revision.state == State.DELETED
    has_own = record.kind in (ContainerKind.VAULT, ContainerKind.ENVIRONMENT)
    is_item = record.kind == ContainerKind.VAULT and not own and not deleted
    tagged = revision.tag != NO_TAG
    if revision.kind != record.kind or (own and not has_own) or tagged != is_item:
        raise _contradictory(revision)
    personal = record.is_personal
    if own and deleted and personal:
        message = "a personal vault cannot be deleted"
        raise ForbiddenError(message)


def _check_sizes(stored: StoredRevision, what: str) -> None:
    too_big = (
        len(stored.overview) > OVERVIEW_BYTES_MAX * _SEALED_FACTOR
        or len(stored.details or b"") > DETAILS_BYTES_MAX * _SEALED_FACTOR
    )
    if too_big:
        message = f"{what} is larger than an object may be"
        raise TooLargeError(message)


def _check_follows(revision: Revision, row: Row | None) -> None:
    what = _name(revision)
    if row is None:
        if revision.version != 1:
            message = f"there is no {what}"
            raise NotFoundError(message)
        return
    before = parse_revision(row[3])
    if revision.version != before.version + 1 or revision.previous != sha256(row[3]):
        message = f"{what} was changed by somebody else at the same time"
        raise VersionConflictError(message, hint="read it again, then repeat the change")
    if revision.directory_rev < before.directory_rev:
        message = f"{what} was sealed under an older directory than its last version"
        raise StaleEpochError(message, hint="try again")
    if revision.created_ms != before.created_ms:
        message = f"{what} has a different time of creation"
        raise IntegrityError(message)
