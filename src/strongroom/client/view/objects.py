"""Opening and sealing revisions: documents in, documents out.

Source: specs/formats.md sections 8 and 9. Lists open overviews only; whatever
is opened, resolved or changed is verified first.
"""

from __future__ import annotations

import msgspec

from strongroom.client.view.containers import Acting, Container
from strongroom.client.view.directory import Directory
from strongroom.client.view.marks import Marks
from strongroom.client.view.place import Place
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.digests import NO_HASH, Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.sealing import Purpose, open_envelope, seal
from strongroom.documents import Document, encode_document, parse_document
from strongroom.errors import ForbiddenError, ForkError, RollbackError, StrongroomError
from strongroom.errors.refusals import RESTORED_HINT
from strongroom.ids import ObjectId, format_id, own_object, principal_of_group
from strongroom.limits import DETAILS_BYTES_MAX, OVERVIEW_BYTES_MAX
from strongroom.secret import veil
from strongroom.trust.revisions import AskedObject, ObjectMark
from strongroom.trust.signers import damaged
from strongroom.wire.access import ContainerKind
from strongroom.wire.messages import StoredRevision
from strongroom.wire.revisions import NO_TAG, Revision, State, parse_revision
from strongroom.wire.signed import SignedBody


class Verified(msgspec.Struct, frozen=True):
    """A revision whose signature, record and hashes were checked; still sealed."""

    revision: Revision
    stored: StoredRevision


class Opened(msgspec.Struct, frozen=True):
    """A revision and its documents. `details` is `None` where they were withheld."""

    revision: Revision
    body_hash: Hash
    overview: Document
    details: Document | None = None

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"Opened(object={format_id(self.revision.object)!r})"


class OpenedOverview(msgspec.Struct, frozen=True):
    """What a list opens of a revision, with its id in writing; nothing can be based on it."""

    id: str
    revision: Revision
    overview: Document

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"OpenedOverview(id={self.id!r})"


def need_details(opened: Opened) -> Document:
    """Return the details of an opened revision, which a new version carries on.

    Raises:
        ForbiddenError: They were withheld; writing without them would lose them.
    """
    if opened.details is None:
        message = f"the content of {name_object(opened.revision.object)} was withheld"
        raise ForbiddenError(message, hint="you may lack the permission to reveal them")
    return opened.details


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A state to write: the next version of an object, or its first."""

    object: ObjectId
    overview: Document
    details: Document
    state: int = State.ACTIVE
    before: Opened | None = None

    @property
    def is_next(self) -> bool:
        """Whether what it follows, if anything, is an earlier state of the same object."""
        return self.before is None or self.before.revision.object == self.object

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"Draft(object={format_id(self.object)!r})"


def name_object(object_id: ObjectId) -> str:
    """Return how errors call an object."""
    return f"object {format_id(object_id)}"


def verify_container(directory: Directory, container: Container, marks: Marks) -> None:
    """Verify a container's current record, once, and move its mark.

    Whoever remembers an earlier record walks forward from it: each step
    names the one before and was signed by somebody who might (section 6).
    """
    if container.is_verified:
        return
    steps = check_container(directory, container, marks)
    marks.moves += 1
    marks.records |= {(container.id, rev): record_hash for rev, record_hash in steps}
    marks.containers[container.id] = container.mark(directory.head.rev)
    container.is_verified = True


def check_container(
    directory: Directory, container: Container, marks: Marks
) -> list[tuple[int, Hash]]:
    """Do the same without moving the mark; return (access rev, hash) of each record on the way."""
    mark = marks.containers.get(container.id)
    directory.access.verify(
        container.state.record,
        container=container.id,
        mark=mark.as_access_mark() if mark else None,
    )
    if container.record.kind == ContainerKind.GROUP:
        _check_group_keys(directory, container)
    if mark is not None and mark.access_rev < container.record.access_rev:
        return directory.walk(
            remembered=mark.hash, current=container.record_hash, seen_rev=mark.directory_rev
        )
    return [(container.record.access_rev, container.record_hash)]


def _check_group_keys(directory: Directory, container: Container) -> None:
    """Refuse a group's record that gives other keys than the group's entry names (section 6).

    The keeper may show the record of before beside today's directory: who left
    the group has that key, and what is sealed to the group, or taken from it,
    must not depend on it.
    """
    entry = directory.entry(principal_of_group(container.id))
    if entry is None or entry.current.number != container.record.epoch:
        raise damaged(container.name, layer="context")
    try:
        if not container.gives_keyset(entry.current.fp):
            raise damaged(container.name, layer="context")
    except ForbiddenError:
        return  # not a member: there is no key that could be the wrong one


def is_gone(directory: Directory, container: Container, marks: Marks) -> bool:
    """Tell whether somebody who might has deleted a container, whatever the keeper's columns say.

    Its own object says so. A false one hides nothing: whoever may not delete a
    vault cannot make it vanish from the lists of others.
    """
    stored = container.state.object
    if stored is None or not container.is_deleted:
        return False
    try:
        verify_container(directory, container, marks)
        verify_revision(directory, container, own_object(container.id), stored, marks=marks)
    except StrongroomError:
        return False
    return True


def verify_revision(
    directory: Directory,
    container: Container,
    object_id: ObjectId,
    stored: StoredRevision,
    *,
    marks: Marks,
    current: bool = True,
) -> Verified:
    """Check a revision before it is opened (section 8, "Reader's check").

    Args:
        current: Whether it is said to be the newest; an older one that was
            asked for by its version is not held against the object's mark.
    """
    mark = marks.object_mark(container.id, object_id) if current else None
    asked = AskedObject(directory.account, container.record.kind, container.id, object_id)
    signed = SignedBody(stored.body, stored.signature)
    revision = directory.revisions.verify(
        asked, signed, overview=stored.overview, details=stored.details, mark=mark
    )
    check_record_in_force(marks, container, revision)
    return Verified(revision, stored)


def check_record_in_force(marks: Marks, container: Container, revision: Revision) -> None:
    """Refuse a revision under a record that was never in force, as far as was seen (T9)."""
    what = name_object(revision.object)
    if revision.access_rev > container.record.access_rev:
        raise damaged(what, layer="record")
    seen = marks.records.get((container.id, revision.access_rev))
    if seen is not None and seen != revision.access_hash:
        message = f"{what} was written under an access record that was never in force"
        raise ForkError(message, layer="record")


def remember(marks: Marks, verified: Verified, container: Container) -> None:
    """Move the object's mark to a verified revision."""
    revision = verified.revision
    mark = ObjectMark(revision.version, sha256(verified.stored.body), container.record.access_rev)
    marks.accept_object((revision.container, revision.object), mark)


def open_verified(container: Container, verified: Verified) -> Opened:
    """Open both documents of a verified revision."""
    revision, stored = verified.revision, verified.stored
    assert revision.container == container.id, "opened with the keys of another container"
    details = open_details(container, verified) if stored.details is not None else None
    what = name_object(revision.object)
    raw = _open(
        container, revision, Purpose.OVERVIEW, bound=b"", envelope=stored.overview, what=what
    )
    return Opened(revision, sha256(stored.body), parse_document(raw, what=what), details)


def open_details(container: Container, verified: Verified) -> Document:
    """Open the details document of a verified revision."""
    raw = open_details_bytes(container, verified)
    return parse_document(raw, what=name_object(verified.revision.object))


def open_details_bytes(container: Container, verified: Verified) -> bytes:
    """Open the details of a verified revision; return their JSON."""
    revision, stored = verified.revision, verified.stored
    if stored.details is None:
        message = f"the content of {name_object(revision.object)} was withheld"
        raise ForbiddenError(message, hint="you may lack the permission to reveal them")
    what, bound = name_object(revision.object), revision.overview_hash
    return _open(
        container, revision, Purpose.DETAILS, bound=bound, envelope=stored.details, what=what
    )


def open_listed(
    container: Container, stored: StoredRevision, marks: Marks, *, own: bool = False
) -> OpenedOverview:
    """Open an overview for a list: sealed under the container's key, author not checked (T21).

    Args:
        own: Whether `stored` is the container's own object; otherwise it may not be it.

    Raises:
        RollbackError: Older than what this client has seen of the object.
        IntegrityError: Of another container, or not what was wanted.
    """
    revision = (container.own_revision if own else None) or parse_revision(stored.body)
    object_id = format_id(revision.object)
    what = f"object {object_id}"
    place = (revision.container, revision.kind, revision.is_container_object)
    if place != (container.id, container.record.kind, own):
        raise damaged(what, layer="context")
    mark = marks.object_mark(container.id, revision.object)
    if mark is not None and revision.version < mark.version:
        message = f"{what} is older than this client has already seen"
        raise RollbackError(message, layer="mark", hint=RESTORED_HINT)
    raw = _open(
        container, revision, Purpose.OVERVIEW, bound=b"", envelope=stored.overview, what=what
    )
    return OpenedOverview(object_id, revision, parse_document(raw, what=what))


def seal_revision(
    place: Place, container: Container, acting: Acting, draft: Draft, keyset: Keyset
) -> StoredRevision:
    """Seal and sign the next state of an object under the container's current record."""
    before = draft.before.revision if draft.before else None
    version = before.version + 1 if before else 1
    record = container.record
    overview, details = _seal_documents(container, draft, version)
    revision = Revision(
        account=record.account,
        kind=record.kind,
        container=container.id,
        epoch=record.epoch,
        access_rev=record.access_rev,
        access_hash=container.record_hash,
        generation=place.generation,
        directory_rev=place.directory_rev,
        object=draft.object,
        version=version,
        previous=draft.before.body_hash if draft.before else NO_HASH,
        state=draft.state,
        tag=_tag(container, draft),
        created_ms=before.created_ms if before else place.now,
        updated_ms=place.now,
        author=place.signer,
        author_fp=place.signer_fp,
        via=acting.via,
        group_hash=acting.group_hash,
        overview_hash=sha256(overview),
        details_hash=sha256(details),
    )
    body = revision.encode()
    assert revision.directory_rev >= record.directory_rev, "sealed under a record of the future"
    from strongroom.items.files import named_files  # only writers need it

    return StoredRevision(
        body=body,
        signature=keyset.sign(body),
        overview=overview,
        details=details,
        files=named_files(draft.details) if is_vault_item(container, draft.object) else (),
    )


def _seal_documents(container: Container, draft: Draft, version: int) -> tuple[bytes, bytes]:
    """Seal overview and details; the details are bound to the overview beside them."""
    key, record = container.key(), container.record
    context = (record.account, record.kind, container.id, record.epoch, draft.object, version)
    overview = seal(
        key,
        Purpose.OVERVIEW,
        (*context, b""),
        encode_document(draft.overview, bytes_max=OVERVIEW_BYTES_MAX, what="overview"),
    )
    details = seal(
        key,
        Purpose.DETAILS,
        (*context, sha256(overview)),
        encode_document(draft.details, bytes_max=DETAILS_BYTES_MAX, what="content"),
    )
    return overview, details


def is_vault_item(container: Container, object_id: ObjectId) -> bool:
    """Return whether an object is an item of a vault: only these have titles and files."""
    own: bytes = container.id  # not converted: it is asked of every object
    return container.record.kind == ContainerKind.VAULT and object_id != own


def _tag(container: Container, draft: Draft) -> bytes:
    if not is_vault_item(container, draft.object) or draft.state == State.DELETED:
        return NO_TAG
    return container.tag(draft.overview.get("title", ""), container.record.epoch)


def _open(
    container: Container,
    revision: Revision,
    purpose: Purpose,
    *,
    bound: bytes,
    envelope: bytes,
    what: str,
) -> bytes:
    context = (
        revision.account,
        revision.kind,
        revision.container,
        revision.epoch,
        revision.object,
        revision.version,
        bound,
    )
    key = container.key(revision.epoch)
    return open_envelope(key, purpose, context, envelope, what=what)
