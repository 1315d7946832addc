"""Requests and answers of the service: what both ends of a transport share.

Every operation is one request type, which names it and the type of its answer
(`wire.operations`). Ids, hashes and bodies are raw bytes here; a transport with
a network writes them as specs/formats.md section 13 says.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from strongroom.crypto.public.digests import Fingerprint, Hash
from strongroom.ids import (
    NO_INVITE,
    NO_OBJECT,
    NO_STAMP,
    AccountId,
    ContainerId,
    FileId,
    InviteId,
    ObjectId,
    PrincipalId,
    Stamp,
)
from strongroom.wire.operations import Done, Request
from strongroom.wire.signed import SignedBody, SignedRoot

# -- parts ---------------------------------------------------------------------


class EntryProof(msgspec.Struct, frozen=True):
    """A directory entry with its path to the head."""

    body: bytes
    path: tuple[Hash, ...] = ()


class EntryWrite(msgspec.Struct, frozen=True):
    """A directory entry to store, with public keys of its current keyset when that one is new.

    Both keys are empty while the keyset stays: an entry can be changed whatever
    became of the stored keys. `auth_pk` is what service accounts alone have.
    """

    body: bytes
    enc_pk: bytes = b""
    auth_pk: bytes = b""


class KeyRow(msgspec.Struct, frozen=True):
    """The encryption key of an open keyset; `ends_ms` is its agreed end, 0 if there is none."""

    fp: Fingerprint
    enc_pk: bytes
    ends_ms: int = 0


class SealedRow(msgspec.Struct, frozen=True):
    """A container key sealed to one keyset of one accessor."""

    accessor: PrincipalId
    fp: Fingerprint
    sealed: bytes


class EpochLink(msgspec.Struct, frozen=True):
    """The key of `epoch` - 1, sealed under the key of `epoch`."""

    epoch: int
    link: bytes


class StoredRevision(msgspec.Struct, frozen=True):
    """A revision as stored; `details` is absent in lists and where REVEAL is missing.

    `files` are the ids of the files that the details name: a writer tells them,
    because the service cannot see them; in answers there are none.
    """

    body: bytes
    signature: bytes
    overview: bytes
    details: bytes | None = None
    files: tuple[FileId, ...] = ()


class Evidence(msgspec.Struct, frozen=True):
    """What an answer's signatures need beside it and the client did not have."""

    entries: tuple[EntryProof, ...] = ()
    records: tuple[SignedBody, ...] = ()


class Known(msgspec.Struct, frozen=True):
    """What the client holds already, so that the answer leaves it out."""

    head_rev: int = 0
    entries: frozenset[PrincipalId] = frozenset()
    records: frozenset[Hash] = frozenset()


class ContainerState(msgspec.Struct, frozen=True):
    """A container as the caller may see it now. Counters are the service's, not authenticated."""

    id: ContainerId
    record: SignedBody
    sealed: tuple[SealedRow, ...]
    links: tuple[EpochLink, ...] = ()
    live_epochs: tuple[int, ...] = ()
    object: StoredRevision | None = None
    active_items: int = 0
    content_version: int = 0
    attribute_version: int = 0
    created_ms: int = 0
    updated_ms: int = 0


# -- account -------------------------------------------------------------------


class UserRow(msgspec.Struct, frozen=True):
    """What lets a user unlock: costs, sealed seed, public half of the auth key."""

    email: str
    salt: bytes
    t: int
    m: int
    lanes: int
    keyset: int
    seed: bytes
    auth_pk: bytes


class CostsAnswer(msgspec.Struct, frozen=True):
    """Salt and costs of the derivation; of nobody, too, so that nobody learns who is there."""

    salt: bytes
    t: int
    m: int
    lanes: int


class CostsRequest(Request[CostsAnswer], frozen=True):
    """Ask, as anybody, what it takes to derive a user's keys."""

    operation: ClassVar[str] = "account/costs"
    account: AccountId
    user: PrincipalId


class SeedAnswer(msgspec.Struct, frozen=True):
    """The sealed seed, and the salt under which it was sealed."""

    salt: bytes
    keyset: int
    seed: bytes


class SeedRequest(Request[SeedAnswer], frozen=True):
    """Ask for one's own sealed seed, with the auth key that the derivation gave."""

    operation: ClassVar[str] = "account/seed"


class CredentialsRequest(Request[Done], frozen=True, kw_only=True):
    """Replace what opens the caller's own keys, if their row still has the salt `replaces`.

    The e-mail address stays. `renews_secret_key` is what the user says of the
    change, which nobody else can see: a new Secret Key, or else a new password.
    """

    operation: ClassVar[str] = "account/credentials"
    replaces: bytes
    salt: bytes
    t: int
    m: int
    lanes: int
    keyset: int
    seed: bytes
    auth_pk: bytes
    renews_secret_key: bool = False


# -- reading -------------------------------------------------------------------


class SyncAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The head, and a page of what the caller does not hold of the containers it may open.

    `same` says that the account still has the stamp that the request named; `left`
    are held containers in which the caller has no row any more.
    """

    head: SignedBody
    stamp: Stamp
    same: bool = False
    roots: tuple[SignedRoot, ...] = ()
    containers: tuple[ContainerState, ...] = ()
    left: tuple[ContainerId, ...] = ()
    next: bytes = b""
    evidence: Evidence = Evidence()


class SyncRequest(Request[SyncAnswer], frozen=True, kw_only=True):
    """Ask for the directory's head and the containers that the caller may open.

    Either by stamp: whoever holds everything as it was under `stamp`, but for what
    it has `changed` itself. Or by difference: `held` has a digest of each
    container that is held (`wire.states`), `remembered` the access rev last seen
    of each, so that the records from there on come too.
    """

    operation: ClassVar[str] = "sync"
    root_version: int
    known: Known = Known()
    remembered: dict[ContainerId, int] = msgspec.field(default_factory=dict)
    held: dict[ContainerId, bytes] = msgspec.field(default_factory=dict)
    after: bytes = b""
    stamp: Stamp = NO_STAMP
    changed: tuple[ContainerId, ...] = ()


class Query(msgspec.Struct, frozen=True):
    """One look-up in a container: an object by id, or by the tags of its title."""

    container: ContainerId
    object: ObjectId = NO_OBJECT
    tags: tuple[bytes, ...] = ()
    version: int = 0


class LookupAnswer(msgspec.Struct, frozen=True):
    """One list of revisions per query, for the first ones at least: the rest is asked for again.

    Head rev, access revs and the versions of the containers' own objects tell
    whether the client's view is current.
    """

    head_rev: int
    access_revs: dict[ContainerId, int] = {}
    object_versions: dict[ContainerId, int] = {}
    results: tuple[tuple[StoredRevision, ...], ...] = ()
    evidence: Evidence = Evidence()


class LookupRequest(Request[LookupAnswer], frozen=True):
    """Several look-ups in one trip."""

    operation: ClassVar[str] = "lookup"
    queries: tuple[Query, ...]
    details: bool = True
    known: Known = Known()


class ListAnswer(msgspec.Struct, frozen=True):
    """Revisions without details; `next` is empty on the last page."""

    revisions: tuple[StoredRevision, ...] = ()
    next: bytes = b""


class ListRequest(Request[ListAnswer], frozen=True):
    """A page of a container's objects, by state, in order of their ids."""

    operation: ClassVar[str] = "objects/list"
    container: ContainerId
    states: tuple[int, ...]
    after: bytes = b""


class HistoryRequest(Request[ListAnswer], frozen=True):
    """The kept revisions of one object, newest first."""

    operation: ClassVar[str] = "objects/history"
    container: ContainerId
    object: ObjectId


class PrincipalsAnswer(msgspec.Struct, frozen=True):
    """Proofs in the order asked, and the last entry's.

    `keys` has, in the same order, the rows of the open keysets, ascending by
    number; it is empty where no keys were asked for.
    """

    head: SignedBody
    last: EntryProof
    proofs: tuple[EntryProof, ...] = ()
    keys: tuple[tuple[KeyRow, ...], ...] = ()


class PrincipalsRequest(Request[PrincipalsAnswer], frozen=True):
    """Entries and encryption keys of principals, to seal something to them.

    The last entry of the directory comes too: its path is what a new head is computed from.
    Without `keys` there are entries alone.
    """

    operation: ClassVar[str] = "principals"
    principals: tuple[PrincipalId, ...] = ()
    keys: bool = True


# -- writing -------------------------------------------------------------------


class DirectoryChange(msgspec.Struct, frozen=True):
    """New or replaced entries and the head that names them, with new root documents if any."""

    entries: tuple[EntryWrite, ...]
    head: SignedBody
    roots: tuple[SignedRoot, ...] = ()


class RecordChange(msgspec.Struct, frozen=True):
    """A new access record, the sealed keys of its new rows, and its epoch's link."""

    record: SignedBody
    sealed: tuple[SealedRow, ...] = ()
    link: bytes = b""


class KeysetEnd(msgspec.Struct, frozen=True):
    """The time at which an older keyset of a service account stops being accepted."""

    principal: PrincipalId
    fp: Fingerprint
    ends_ms: int


class CommitAnswer(msgspec.Struct, frozen=True):
    """What was refused: by error code, the places of revisions in the request.

    What is not named was stored, so the answer to 10,000 revisions is short. The
    account's stamps before and after the change tell whether somebody else made
    one since the last sync.
    """

    refused: dict[str, tuple[int, ...]] = {}
    before: Stamp = NO_STAMP
    after: bytes = b""

    def codes(self, count: int) -> tuple[str, ...]:
        """Return an error code for each of `count` revisions, empty where it was stored."""
        by_place = {position: code for code, places in self.refused.items() for position in places}
        return tuple(by_place.get(position, "") for position in range(count))


class CommitRequest(Request[CommitAnswer], frozen=True):
    """One change: all of it in one transaction.

    With `independent`, a revision that is refused does not undo the others;
    the answer names its place and the error code. `invite` is the one that this
    change confirms.
    """

    operation: ClassVar[str] = "commit"
    directory: DirectoryChange | None = None
    records: tuple[RecordChange, ...] = ()
    revisions: tuple[StoredRevision, ...] = ()
    independent: bool = False
    invite: InviteId = NO_INVITE
    ends: tuple[KeysetEnd, ...] = ()


class CreateAccountRequest(Request[CommitAnswer], frozen=True):
    """Make an account by its first change, and its founder's row.

    Without a row the account is for tests: nobody unlocks it.
    """

    operation: ClassVar[str] = "account/create"

    change: CommitRequest
    user: UserRow | None = None
