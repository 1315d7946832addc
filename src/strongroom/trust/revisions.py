"""Revisions: whether an object's state was written by somebody who might.

Rules, in the order in which they refuse (specs/formats.md section 8, "Reader's
check"): what was asked, author, signature, access record, permission, hashes,
marks. Opening follows elsewhere.
"""

from __future__ import annotations

import msgspec

from strongroom.crypto.public.digests import NO_HASH, Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.signatures import verify
from strongroom.errors import (
    ForbiddenError,
    ForkError,
    RollbackError,
    StrongroomError,
)
from strongroom.errors.refusals import RESTORED_HINT
from strongroom.ids import AccountId, ContainerId, ObjectId, format_id
from strongroom.permissions import (
    ARCHIVE_ITEMS,
    CREATE_ITEMS,
    DELETE_ITEMS,
    MANAGE_VAULT,
    UPDATE_ITEMS,
)
from strongroom.trust.access import AccessVerifier
from strongroom.trust.signers import (
    VerifiedFacts,
    check_dated,
    check_generations,
    check_numbers,
    check_signer,
    damaged,
)
from strongroom.wire.access import AccessRecord, ContainerKind
from strongroom.wire.revisions import Revision, State, parse_revision
from strongroom.wire.signed import SignedBody


class ObjectMark(msgspec.Struct, frozen=True):
    """The newest revision of an object that a client has seen.

    `access_rev` is what the container was known to have at that time.
    """

    version: int
    hash: Hash = NO_HASH
    access_rev: int = 0


class AskedObject(msgspec.Struct, frozen=True):
    """What a reader asked for."""

    account: AccountId
    kind: int
    container: ContainerId
    object: ObjectId


def needed_permission(*, kind: int, own_object: bool, version: int, state: int) -> int:
    """Return the bit that an author needs for a revision.

    Args:
        kind: The container's kind.
        own_object: Whether it is the container's own object (title, variables).
    """
    if own_object:
        return UPDATE_ITEMS if kind == ContainerKind.ENVIRONMENT else MANAGE_VAULT
    if version == 1:
        return CREATE_ITEMS
    return {
        State.ACTIVE: UPDATE_ITEMS,
        State.ARCHIVED: ARCHIVE_ITEMS,
        State.DELETED: DELETE_ITEMS,
    }[State(state)]


def permission_for(revision: Revision) -> int:
    """Return the bit that the author of a revision needed."""
    return needed_permission(
        kind=revision.kind,
        own_object=revision.is_container_object,
        version=revision.version,
        state=revision.state,
    )


class RevisionVerifier:
    """Verifies revisions, with the access records that they name."""

    def __init__(self, evidence: VerifiedFacts, access: AccessVerifier) -> None:
        self._evidence = evidence
        self._access = access

    def verify(
        self,
        asked: AskedObject,
        signed: SignedBody,
        *,
        overview: bytes,
        details: bytes | None,
        mark: ObjectMark | None = None,
    ) -> Revision:
        """Check a revision before its envelopes are opened.

        Args:
            overview: The sealed overview that came with it.
            details: The sealed details; `None` when they were not asked for.
            mark: The newest revision that the client has seen.

        Raises:
            IntegrityError: Shape, place, signature, record or hashes are wrong.
            ForbiddenError: The author could not write, or had no right to.
            RollbackError: Older than the mark.
            ForkError: The version of the mark with another hash.
        """
        revision = parse_revision(signed.body)
        what = f"object {format_id(asked.object)}"
        named = AskedObject(revision.account, revision.kind, revision.container, revision.object)
        if named != asked:
            raise damaged(what, layer="context")
        check_numbers(what, revision.access_rev, revision.version)
        check_dated(self._evidence, what, revision)
        keyset = check_signer(
            self._evidence, revision.author, revision.author_fp, revision.directory_rev, what=what
        )
        verify(keyset.sign_pk, signed.signature, signed.body, what=what)
        record = self._named_record(revision, what)
        self._check_permission(revision, record, what)
        hashes = (sha256(overview), revision.details_hash if details is None else sha256(details))
        if hashes != (revision.overview_hash, revision.details_hash):
            raise damaged(what, layer="hashes")
        _check_mark(revision, sha256(signed.body), mark, what)
        return revision

    def _named_record(self, revision: Revision, what: str) -> AccessRecord:
        record = self._access.verify_by_hash(revision.access_hash)
        if (
            record is None
            or record.container != revision.container
            or (record.epoch, record.access_rev) != (revision.epoch, revision.access_rev)
            or record.directory_rev > revision.directory_rev
        ):
            raise damaged(what, layer="record")
        check_generations(what, record, revision)
        return record

    def _check_permission(self, revision: Revision, record: AccessRecord, what: str) -> None:
        allowed = bool(record.permissions(revision.via) & permission_for(revision))
        group: AccessRecord | None = None
        if revision.via != revision.author:
            group = self._group_of_author(revision, what)
            allowed = allowed and group is not None
        elif revision.group_hash:
            allowed = False
        if not allowed:
            message = f"{what} was written by {format_id(revision.author)} without the right to"
            raise ForbiddenError(message, layer="permission")
        if group is not None:
            check_generations(what, group, revision)

    def _group_of_author(self, revision: Revision, what: str) -> AccessRecord | None:
        try:
            return self._access.membership(revision.author, revision, what)
        except StrongroomError:
            return None  # whatever is wrong with the group's record, it gives no right


def _check_mark(
    revision: Revision, revision_hash: Hash, mark: ObjectMark | None, what: str
) -> None:
    if mark is None:
        return
    older = revision.version < mark.version
    newer = revision.version > mark.version
    if older or (newer and revision.access_rev < mark.access_rev):
        message = f"{what} is older than this client has already seen"
        raise RollbackError(message, layer="mark", hint=RESTORED_HINT)
    if not newer and mark.hash and mark.hash != revision_hash:
        message = f"{what}: there are two states with the same version"
        raise ForkError(message, layer="mark")
