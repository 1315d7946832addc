"""One principal at work: what it reads, and what it seals, signs and writes.

The parts of the engine share a session.

Rules:

1. *Which view.* What is sealed together is sealed under one view: place, record and groups are
   taken from it at once, without an `await` in between.
2. *Before anything is sealed* the container's record is verified and has standing under the head,
   and a rotation that is due has been made by whoever may (`_writable`).
3. *Who retries.* `write`, when the service says that record or head were not the current ones: then
   nothing was stored, and all is sealed anew. A version that somebody else has overtaken is for
   the caller to judge, who has read it.
4. *When marks move.* After the write, by what was written itself (`opened`).
5. *After a write* the view is what it was; it knows which containers to read anew
   (`syncing.after_commit`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, TypeVar

import msgspec

from strongroom.client.view.containers import Acting, Container, acting_row
from strongroom.client.view.marks import Keeper
from strongroom.client.view.objects import Draft, Opened, Verified, remember, seal_revision
from strongroom.client.view.place import Place
from strongroom.client.view.reader import Found, Reader
from strongroom.client.view.syncing import after_commit
from strongroom.client.view.view import ViewChangedError, retrying
from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import StaleEpochError
from strongroom.ids import ContainerId, own_object
from strongroom.trust.revisions import needed_permission
from strongroom.wire.access import ContainerKind
from strongroom.wire.messages import CommitRequest, StoredRevision
from strongroom.wire.revisions import parse_revision

__all__ = ["Found", "Session", "Written"]

T = TypeVar("T")

# What was sealed under a record that is not the current one any more.
_STALE: Final = (StaleEpochError, ViewChangedError)


class Written(msgspec.Struct, frozen=True):
    """What a write stored, and an error code per draft, empty where it was stored."""

    container: Container
    sealed: list[StoredRevision]
    codes: tuple[str, ...]


class Session(Reader):
    """What the engine knows and holds for one credential."""

    # Renews a container before a write, if that is due (`client.change.rotation`, which writes
    # through a session). The engine sets it: without it nothing is written.
    renewal: Callable[[Session, Container], Awaitable[None]]
    # Containers judged not to be rotation due: record hash and head rev, replaced whole.
    _judged: frozenset[tuple[Hash, int]] = frozenset()
    # Where what was seen is stored while the session goes on; most have none.
    keeper: Keeper | None = None

    async def fresh(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Run a reading use case as `Reader.fresh` does; what it saw is stored, if it is time to.

        Raises:
            ConflictError: As there.
            LocalFileError: What was seen cannot be stored.
        """
        done = await super().fresh(attempt)
        if self.keeper is not None:
            await self.keeper.keep(self.runtime)
        return done

    def close(self) -> None:
        """Store what was seen, where there is a place for it, and release the connection."""
        try:
            if self.keeper is not None:
                self.keeper.close()
        finally:
            self.transport.close()

    def place(self) -> Place:
        """Return the place at which this principal signs now."""
        head, root = self.directory.head, self.directory.root
        return Place(
            self.account,
            head.generation,
            head.rev,
            self.principal,
            self.fp,
            self.clock(),
            root,
            self.directory.root_hash(root.version),
        )

    def act(self, container: Container, needed: int) -> Acting:
        """Return the row under which this principal may do something."""
        return self.acting_row(container, self.view.groups, needed)

    def _seal_all(
        self, container: Container, drafts: list[Draft], place: Place
    ) -> list[StoredRevision]:
        groups = self.view.groups
        return [self.seal(container, draft, place, groups) for draft in drafts]

    def acting_row(
        self, container: Container, groups: dict[ContainerId, Container], needed: int
    ) -> Acting:
        """Return the row under which to act in a container; see `containers.acting_row`.

        Args:
            groups: The caller's groups as they are at the place that is signed.
        """
        access = self.directory.access
        return acting_row(
            container,
            self.principal,
            groups,
            needed,
            stands=lambda group: access.has_standing(group.record),
        )

    def seal(
        self, container: Container, draft: Draft, place: Place, groups: dict[ContainerId, Container]
    ) -> StoredRevision:
        """Seal and sign a draft under a container's record.

        Args:
            groups: The caller's groups as they are at `place`.

        Raises:
            ForbiddenError: No row of the record gives the needed bits.
        """
        needed = needed_permission(
            kind=container.record.kind,
            own_object=draft.object == own_object(container.id),
            version=draft.before.revision.version + 1 if draft.before else 1,
            state=draft.state,
        )
        acting = self.acting_row(container, groups, needed)
        return seal_revision(place, container, acting, draft, self.keyset)

    async def write(
        self,
        container: ContainerId,
        drafts: list[Draft],
        *,
        kind: int = ContainerKind.VAULT,
        independent: bool = False,
    ) -> Written:
        """Write drafts into one container in one transaction.

        All are sealed under one record and head, so if these are stale by the
        time they arrive, none was stored, and all are sealed anew.

        Raises:
            ConflictError: An object has another version by now.
            RotationDueError: The record must be signed anew first.
            LocalFileError: What was seen of an object cannot be read; nothing was written.
        """
        assert all(draft.is_next for draft in drafts), "the next version of another object"

        async def once() -> Written:
            target = await self._writable(container, kind)
            for draft in drafts:
                # From where earlier processes left it, which may fail: after the write nothing may.
                self.marks.object_mark(container, draft.object)
            work = partial(self._seal_all, target, drafts, self.place())
            sealed = await self.runtime.call(work)
            request = CommitRequest(revisions=tuple(sealed), independent=independent)
            answer = await self.transport.call(request)
            self.view = after_commit(self.view, (container,), answer)
            if StaleEpochError.code in answer.refused:
                raise ViewChangedError
            return Written(target, sealed, answer.codes(len(sealed)))

        return await retrying(once, meanwhile=self.catch_up, on=_STALE)

    async def _writable(self, container: ContainerId, kind: int) -> Container:
        """Return a container under whose record something may be sealed.

        Raises:
            RotationDueError: Its signer lost its standing, and nobody has signed anew so far.
        """
        target = await self._settled(container, kind)
        if not self.directory.access.has_standing(target.record):
            await self.sync()
            target = await self._settled(container, kind)
        self.directory.access.check_writable(target.record)
        return target

    async def _settled(self, container: ContainerId, kind: int) -> Container:
        """Return a container to write into, after a rotation that is due if this principal may.

        Judged once for every record under every head (section 6, "Writers").
        """
        target = self.need_container(container, kind)
        judged = (target.record_hash, self.directory.head.rev)
        if judged not in self._judged:
            await self.renewal(self, target)
            target = self.need_container(container, kind)
            self._judged |= {(target.record_hash, self.directory.head.rev)}
        return target

    def opened(self, container: Container, sealed: StoredRevision, draft: Draft) -> Opened:
        """Return what was just written as a reader would see it, and move its mark."""
        verified = Verified(parse_revision(sealed.body), sealed)
        remember(self.marks, verified, container)
        body_hash = sha256(sealed.body)
        return Opened(verified.revision, body_hash, draft.overview, draft.details)
