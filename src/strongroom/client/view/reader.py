"""One principal reading: keys, the current view, marks; everything verified on the way.

Rules:

1. *Which view.* `view` is replaced whole, after an answer was verified, and never by an older one.
   A use case that works with several answers takes `view` once and keeps to it.
2. *When marks move.* Head and pin when an answer's head is verified, a container's mark when its
   record is (`objects.verify_container`), an object's when its newest revision is (`remember`).
   They move before anything of it is given out, and only forwards.
3. *Who retries.* Nobody below `fresh` and `sync`: whatever speaks of something newer than the view
   raises `ViewChangedError`; these sync and begin the use case anew (`view.retrying`). It never
   leaves the engine.
4. *What is checked when.* Head and entries as they arrive; a record when something in its
   container is used, once per view; a revision whenever it arrives, before it is opened.
5. *Other tasks* of the program may move view and marks at every `await`. An answer that was asked
   for before such a move may look older than the marks: that part is asked for again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Final, TypeVar

from strongroom.client.view.containers import Container
from strongroom.client.view.directory import Directory
from strongroom.client.view.marks import Marks
from strongroom.client.view.objects import (
    Opened,
    Verified,
    name_object,
    open_verified,
    remember,
    verify_container,
    verify_revision,
)
from strongroom.client.view.syncing import ViewReader
from strongroom.client.view.view import (
    ATTEMPTS_MAX,
    View,
    ViewChangedError,
    contradictory,
    kept_changing,
    retrying,
)
from strongroom.clock import Clock
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.digests import NO_FINGERPRINT, Fingerprint
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.public.randomness import make_index
from strongroom.errors import (
    NotFoundError,
    RollbackError,
    StrongroomError,
    TokenExpiredError,
    UnauthorizedError,
)
from strongroom.ids import (
    AccountId,
    ContainerId,
    ObjectId,
    PrincipalId,
    container_of_group,
    format_id,
)
from strongroom.limits import BATCH_MAX
from strongroom.runtime import Runtime
from strongroom.transport.protocol import Transport
from strongroom.trust.signers import damaged
from strongroom.wire.access import ContainerKind
from strongroom.wire.messages import (
    LookupAnswer,
    LookupRequest,
    Query,
    StoredRevision,
)
from strongroom.wire.revisions import parse_revision

T = TypeVar("T")
R = TypeVar("R")

# Pauses between attempts end here; together they stay below a second.
_BACK_OFF_MS_MAX: Final = 128
# After so many objects a program's event loop gets its turn (each costs a few tenths of a ms).
_PACE: Final = 32

# What a look-up gives for one query: verified revisions, or why there are none.
Found = list[Verified] | StrongroomError


class Reader:
    """What a credential opens, and what was seen through it."""

    def __init__(
        self,
        *,
        account: AccountId,
        principal: PrincipalId,
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
        self.view = View(Directory(account), {})
        self.fp = NO_FINGERPRINT
        self._expires_ms = expires_ms
        self._synced_at: object | None = None

    @property
    def directory(self) -> Directory:
        """The directory of the current view."""
        return self.view.directory

    @property
    def containers(self) -> dict[ContainerId, Container]:
        """The containers of the current view."""
        return self.view.containers

    def check_expiry(self) -> None:
        """Refuse to go on with a token past its end.

        Raises:
            TokenExpiredError: The token has expired.
        """
        if self._expires_ms is not None and self.clock() >= self._expires_ms:
            message = "the service account token has expired"
            raise TokenExpiredError(message, hint="create a new service account")

    # -- syncing ----------------------------------------------------------------

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

    async def sync(self, *, is_stale: bool = False) -> None:
        """Read head and containers anew and replace the view.

        Args:
            is_stale: Whether it is known that somebody else changed something.

        Raises:
            IntegrityError: And its kinds: the answer is not to be trusted.
            UnauthorizedError: The credential is not valid here any more.
            ConflictError: The directory changed at every attempt.
        """
        await retrying(partial(self._sync_once, is_stale=is_stale), on=ViewChangedError)

    async def _sync_once(self, *, is_stale: bool) -> None:
        begun, token = self.view, self.transport.change_token()
        views = ViewReader(self.transport, self.marks, self.principal, self._keyset_of)
        try:
            view = await views.read(begun, is_stale=is_stale)
        except RollbackError:
            if self.view is begun:
                raise
            # Another task of this program saw something newer while this answer was under way.
            raise ViewChangedError from None
        self._accept_self(view.directory)
        if not view.is_older_than(self.view):
            self.view, self._synced_at = view, token

    def _accept_self(self, directory: Directory) -> None:
        entry = directory.need_entry(self.principal)
        fp = self.keyset.fingerprint(self.principal, self.kind)
        keyset = entry.keyset(fp)
        if not entry.is_active or keyset is None or keyset.until:
            message = "this account or token is not valid here"
            hint = "its keys were replaced; sign in again"
            if self.kind == PrincipalKind.SERVICE_ACCOUNT:
                hint = "the service account has a new token; use that one"
            raise UnauthorizedError(message, hint=hint)
        self.fp = fp

    def _keyset_of(self, accessor: PrincipalId, fp: Fingerprint) -> Keyset | None:
        """Return the keyset that opens a row: the own one, or one of a group's, old or new."""
        if accessor == self.principal:
            return self.keyset
        group = self.containers.get(container_of_group(accessor))
        if group is None or group.record.kind != ContainerKind.GROUP:
            return None
        return group.group_keyset(fp)

    async def fresh(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Run a reading use case again, after a sync, while answers speak of newer things.

        Raises:
            ConflictError: They did so at every attempt.
        """
        await self.ready()
        before: dict[bytes, tuple[int, int]] = {}

        async def once() -> T:
            nonlocal before
            before = self.view.facts()
            loads = self.marks.loads
            try:
                return await attempt()
            except RollbackError:
                if self.marks.loads == loads:
                    raise
                # What was remembered was read after the answer came: another process may have
                # stored and remembered something newer in between. An old file stays old.
                raise ViewChangedError from None

        async def sync(attempts: int) -> None:
            # Where nothing was changed here it was somebody else.
            await self.sync(is_stale=not self.view.changed)
            if self.view.facts() == before and attempts:
                raise contradictory()

        return await retrying(once, meanwhile=sync, on=ViewChangedError)

    async def back_off(self, attempts: int) -> None:
        """Let others finish: longer after every attempt, by chance, lest two keep pace."""
        most_ms = min(2**attempts, _BACK_OFF_MS_MAX)
        await self.runtime.pause(make_index(most_ms + 1) / 1000)

    async def catch_up(self, attempts: int) -> None:
        """Let others finish, then read what they have changed."""
        await self.back_off(attempts)
        await self.sync(is_stale=True)

    async def each(self, rows: Iterable[T], work: Callable[[T], R]) -> list[R]:
        """Do some work on many rows, giving an event loop its turns in between."""
        done: list[R] = []
        for row in rows:
            done.append(work(row))
            if len(done) % _PACE == 0:
                await self.runtime.pause(0)
        return done

    # -- reading ----------------------------------------------------------------

    def need_container(self, container: ContainerId, kind: int = ContainerKind.VAULT) -> Container:
        """Return a container with its record verified.

        Raises:
            NotFoundError: None of that kind that this principal may see.
            IntegrityError: And its kinds: the record is not to be trusted.
        """
        found = self.containers.get(container)
        if found is None or found.record.kind != kind:
            what = ContainerKind(kind).name.lower()
            message = f"there is no {what} {format_id(container)} that you may use"
            raise NotFoundError(message, tag=f"{what}NotFound")
        verify_container(self.directory, found, self.marks)
        return found

    async def lookup(
        self, queries: list[Query], *, details: bool = True, attempts: int = ATTEMPTS_MAX
    ) -> list[Found]:
        """Ask for objects, in one trip if the answer is not too large, and verify all of it.

        One damaged object is the outcome of its own query and of no other.

        Args:
            details: Whether the sealed details are wanted too.

        Raises:
            ViewChangedError: The answer speaks of newer things; `fresh` syncs and repeats.
            IntegrityError: The evidence is not to be trusted.
        """
        view = self.view
        if any(query.container not in view.containers for query in queries):
            raise ViewChangedError
        found: list[Found] = []
        while len(found) < len(queries):
            start = len(found)
            part = queries[start : start + BATCH_MAX]
            known, moves = view.directory.known(), self.marks.moves
            request = LookupRequest(queries=tuple(part), details=details, known=known)
            answer = await self.transport.call(request)
            if not 0 < len(answer.results) <= len(part):
                raise contradictory()
            part = part[: len(answer.results)]  # the service ends an answer that grows too large
            if not view.covers(answer, part):
                raise ViewChangedError
            view.directory.add(answer.evidence)
            verified, overtaken = await self._verify_answer(view, part, answer, moves)
            found += verified
            if overtaken:
                # Only what another task of this program changed meanwhile is asked for again.
                if not attempts:
                    raise kept_changing()
                queries_again = [part[position] for position in overtaken]
                again = await self.lookup(queries_again, details=details, attempts=attempts - 1)
                for position, one in zip(overtaken, again, strict=True):
                    found[start + position] = one
        return found

    async def _verify_answer(
        self, view: View, part: list[Query], answer: LookupAnswer, moves: int
    ) -> tuple[list[Found], list[int]]:
        """Verify an answer that was asked for when the marks had moved `moves` times.

        Returns:
            What was found, and the places of what is older than the marks, perhaps
            only because another task or process moved them meanwhile.
        """
        own, loads = 0, self.marks.loads

        def verify(row: tuple[Query, tuple[StoredRevision, ...]]) -> Found:
            nonlocal own
            before = self.marks.moves
            found = self._verify_rows(view, *row)
            own += self.marks.moves - before
            return found

        verified = await self.each(zip(part, answer.results, strict=True), verify)
        # Marks that came from another process may be newer than the answer, as those of a task.
        if self.marks.moves - moves == own and self.marks.loads == loads:
            return verified, []
        older = [
            position for position, one in enumerate(verified) if isinstance(one, RollbackError)
        ]
        return verified, older

    def _verify_rows(self, view: View, query: Query, rows: tuple[StoredRevision, ...]) -> Found:
        try:
            return [self._verify(view, query, stored) for stored in rows]
        except StrongroomError as error:
            return error

    def _verify(self, view: View, query: Query, stored: StoredRevision) -> Verified:
        container = view.containers[query.container]
        verify_container(view.directory, container, self.marks)
        asked = query.object or parse_revision(stored.body).object
        verified = verify_revision(
            view.directory,
            container,
            asked,
            stored,
            marks=self.marks,
            current=not query.version,
        )
        revision = verified.revision
        if query.version and revision.version != query.version:
            raise damaged(name_object(asked), layer="context")
        if not query.version:
            remember(self.marks, verified, container)
        return verified

    async def fetch(
        self,
        container: ContainerId,
        object_id: ObjectId,
        *,
        version: int = 0,
        kind: int = ContainerKind.VAULT,
    ) -> Opened:
        """Return one object, opened.

        Raises:
            ViewChangedError: As `lookup`.
            NotFoundError: It is not there, or its kept revisions end later.
        """
        query = Query(container=container, object=object_id, version=version)
        target = self.need_container(container, kind)
        (found,) = await self.lookup([query])
        if isinstance(found, StrongroomError):
            raise found
        if not found:
            message = f"there is no item {format_id(object_id)}"
            raise NotFoundError(message, tag="itemNotFound")
        return open_verified(target, found[0])
