"""One principal at work: keys, verified directory, containers, marks.

The parts of the engine share a session. State is replaced whole after an
answer was verified, never changed while something waits.
"""

from __future__ import annotations

from functools import partial

from strongroom.client.containers import Acting, Container, acting_row
from strongroom.client.directory import Directory
from strongroom.client.marks import Marks
from strongroom.client.objects import (
    Draft,
    Opened,
    Verified,
    open_verified,
    remember,
    seal_revision,
    verify_revision,
)
from strongroom.client.place import Place
from strongroom.clock import Clock
from strongroom.crypto.hashes import sha256
from strongroom.crypto.keysets import Keyset
from strongroom.errors import (
    NotFoundError,
    StaleEpochError,
    TokenExpiredError,
    UnauthorizedError,
)
from strongroom.ids import format_id
from strongroom.runtime import Runtime
from strongroom.transport.protocol import Transport
from strongroom.trust.revisions import needed_permission
from strongroom.wire.access import ContainerKind
from strongroom.wire.messages import (
    CommitAnswer,
    CommitRequest,
    LookupAnswer,
    LookupRequest,
    Query,
    StoredRevision,
    SyncAnswer,
    SyncRequest,
)
from strongroom.wire.revisions import parse_revision

# A change elsewhere between sync and request costs one more round; more than this is no accident.
ATTEMPTS_MAX = 5


class Session:
    """What the engine knows and holds for one credential."""

    def __init__(
        self,
        *,
        account: bytes,
        principal: bytes,
        kind: int,
        keyset: Keyset,
        marks: Marks,
        transport: Transport,
        runtime: Runtime,
        clock: Clock,
        expires_ms: int | None = None,
    ) -> None:
        self.account = account
        self.principal = principal
        self.kind = kind
        self.keyset = keyset
        self.marks = marks
        self.transport = transport
        self.runtime = runtime
        self.clock = clock
        self.directory = Directory(account, marks)
        self.containers: dict[bytes, Container] = {}
        self.groups: dict[bytes, Container] = {}
        self.fp = b""
        self._expires_ms = expires_ms
        self._synced_at: object | None = None

    def check_expiry(self) -> None:
        """Refuse to go on with a token past its end.

        Raises:
            TokenExpiredError: The token has expired.
        """
        if self._expires_ms is not None and self.clock() >= self._expires_ms:
            message = "the service account token has expired"
            raise TokenExpiredError(message, hint="create a new one")

    # -- reading ----------------------------------------------------------------

    async def ready(self) -> None:
        """Sync once, before anything else."""
        self.check_expiry()
        if not self.fp:
            await self.sync()

    async def sync_fresh(self) -> None:
        """Sync, unless it is certain that nothing changed since the last time."""
        self.check_expiry()
        if self._synced_at is None or self._synced_at != self.transport.change_token():
            await self.sync()

    async def sync(self) -> None:
        """Read head and containers anew and replace what was known.

        Raises:
            IntegrityError: And its kinds: the answer is not to be trusted.
            UnauthorizedError: The credential is not valid here any more.
        """
        token = self.transport.change_token()
        containers: dict[bytes, Container] = {}
        after = b""
        while True:
            request = SyncRequest(
                root_version=self.directory.root_version,
                known=self.directory.known(),
                containers={key: row.access_rev for key, row in self.marks.containers.items()},
                after=after,
            )
            answer: SyncAnswer = await self.transport.call("sync", request)
            self.directory.accept(answer.roots, answer.head)
            self.directory.add(answer.evidence)
            for state in answer.containers:
                before = self.containers.get(state.id)
                containers[state.id] = Container(state, self._keyset_of, before=before)
                self.directory.add_record(state.record)
            after = answer.next
            if not after:
                break
        self._accept_self()
        self._synced_at = token
        self.containers = containers
        self.groups = {
            key: found
            for key, found in containers.items()
            if found.record.kind == ContainerKind.GROUP
        }

    def _accept_self(self) -> None:
        entry = self.directory.need_entry(self.principal)
        fp = self.keyset.fingerprint(self.principal, self.kind)
        keyset = entry.keyset(fp)
        if not entry.is_active or keyset is None or keyset.until:
            message = "this account or token is not valid here"
            raise UnauthorizedError(message, hint="its keys were replaced; sign in anew")
        self.fp = fp

    def _keyset_of(self, accessor: bytes) -> Keyset | None:
        """Return the keyset that opens rows of an accessor: the own one or a group's."""
        if accessor == self.principal:
            return self.keyset
        group = self.groups.get(accessor)
        return group.group_keyset() if group is not None else None

    def need_container(self, container: bytes, kind: int = ContainerKind.VAULT) -> Container:
        """Return a container with its record verified.

        Raises:
            NotFoundError: None of that kind that this principal may see.
            IntegrityError: And its kinds: the record is not to be trusted.
        """
        found = self.containers.get(container)
        if found is None or found.record.kind != kind:
            what = ContainerKind(kind).name.lower()
            message = f"there is no {what} {format_id(container)} that you may use"
            raise NotFoundError(message)
        self.verify_container(found)
        return found

    def verify_container(self, container: Container) -> None:
        """Verify a container's current record, once, and move its mark.

        Whoever remembers an earlier record walks forward from it: each step
        names the one before and was signed by somebody who might (section 6).
        """
        if container.is_verified:
            return
        mark = self.marks.containers.get(container.id)
        self.directory.access.verify(
            container.state.record,
            container=container.id,
            mark=mark.as_access_mark() if mark else None,
        )
        if mark is not None and mark.access_rev < container.record.access_rev:
            self.directory.walk(mark.hash, container.record_hash)
        self.marks.containers[container.id] = container.mark(self.directory.head.rev)
        container.is_verified = True

    async def lookup(self, queries: list[Query]) -> list[list[Verified]]:
        """Ask for objects and verify every one that comes back.

        Raises:
            NotFoundError: A container is gone.
            IntegrityError: And its kinds.
        """
        for _ in range(ATTEMPTS_MAX):
            request = LookupRequest(queries=tuple(queries), known=self.directory.known())
            answer: LookupAnswer = await self.transport.call("lookup", request)
            if self._is_current(answer):
                break
            await self.sync()
        self.directory.add(answer.evidence)
        return [
            [self._verify(query, stored) for stored in rows]
            for query, rows in zip(queries, answer.results, strict=True)
        ]

    def _is_current(self, answer: LookupAnswer) -> bool:
        """Tell whether an answer speaks of the directory and records that are held."""
        return answer.head_rev == self.directory.head.rev and all(
            container in self.containers
            and self.containers[container].record.access_rev == access_rev
            for container, access_rev in answer.access_revs.items()
        )

    def _verify(self, query: Query, stored: StoredRevision) -> Verified:
        container = self.containers[query.container]
        self.verify_container(container)
        asked = query.object or parse_revision(stored.body).object
        mark = None if query.version else self.marks.objects.get((query.container, asked))
        verified = verify_revision(self.directory, container, asked, stored, mark=mark)
        if not query.version:
            remember(self.marks, verified, container)
        return verified

    async def fetch(self, container: bytes, object_id: bytes, *, version: int = 0) -> Opened:
        """Return one object, opened.

        Raises:
            NotFoundError: It is not there, or its kept revisions end later.
        """
        query = Query(container=container, object=object_id, version=version)
        (found,) = await self.lookup([query])
        if not found:
            message = f"there is no item {format_id(object_id)}"
            raise NotFoundError(message, tag="itemNotFound")
        return open_verified(self.containers[container], found[0])

    # -- writing ----------------------------------------------------------------

    def act(self, container: Container, needed: int) -> Acting:
        """Return the row under which this principal may do something."""
        return acting_row(container, self.principal, self.groups, needed)

    def seal(self, container: Container, draft: Draft) -> StoredRevision:
        """Seal and sign one draft under a container's verified, writable record."""
        needed = needed_permission(
            kind=container.record.kind,
            own_object=draft.object == container.id,
            version=draft.before.revision.version + 1 if draft.before else 1,
            state=draft.state,
        )
        return seal_revision(
            self.place(), container, self.act(container, needed), draft, self.keyset
        )

    def _seal_all(self, container: Container, drafts: list[Draft]) -> list[StoredRevision]:
        return [self.seal(container, draft) for draft in drafts]

    def place(self) -> Place:
        """Return the place at which this principal signs now."""
        head = self.directory.head
        return Place(self.account, head.generation, head.rev, self.principal, self.fp, self.clock())

    async def write(
        self,
        container: bytes,
        drafts: list[Draft],
        *,
        kind: int = ContainerKind.VAULT,
        independent: bool = False,
    ) -> tuple[list[StoredRevision], tuple[str, ...]]:
        """Write drafts into one container in one transaction.

        Returns:
            The revisions as sealed, and an error code for each, empty where
            it was stored.

        Raises:
            ConflictError: An object has another version by now.
            RotationDueError: The record must be signed anew first.
        """
        for attempt in range(ATTEMPTS_MAX):
            target = self.need_container(container, kind)
            self.directory.access.check_writable(target.record)
            sealed = await self.runtime.call(partial(self._seal_all, target, drafts))
            request = CommitRequest(revisions=tuple(sealed), independent=independent)
            try:
                answer: CommitAnswer = await self.transport.call("commit", request)
            except StaleEpochError:
                if attempt == ATTEMPTS_MAX - 1:
                    raise
                await self.sync()
                continue
            if StaleEpochError.code in answer.results and attempt < ATTEMPTS_MAX - 1:
                await self.sync()
                continue
            return sealed, answer.results
        raise AssertionError

    def opened(self, container: bytes, sealed: StoredRevision, draft: Draft) -> Opened:
        """Return what was just written as a reader would see it, and move its mark."""
        verified = Verified(parse_revision(sealed.body), sealed)
        remember(self.marks, verified, self.containers[container])
        body_hash = sha256(sealed.body)
        return Opened(verified.revision, body_hash, draft.overview, draft.details)

    def forget(self, container: bytes) -> None:
        """Drop a deleted container."""
        self.containers = {key: row for key, row in self.containers.items() if key != container}
