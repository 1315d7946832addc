"""One change of an account in the making: directory, access records, revisions.

Rules:

1. Intentions are collected first and signed together, because every record and revision names the
   head that the change itself makes. The service stores all or nothing.
2. *Which view.* A change rests on the view of its beginning, and on keys that were read under the
   same head (`holders`). If the view moves before it is signed, the service refuses it.
3. *Order.* New containers, then groups, then what they have rights in: what is signed through a
   group names the group's record of this very change.
4. *Who retries.* `commit`: whatever was lost to somebody faster is built anew on a newer view. What
   was stored is never built again, so nothing after it may fail.
5. *When marks move.* After the sync that follows, by verifying what was stored (`remember`).

Source: specs/formats.md sections 4 to 8.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial

import msgspec

from strongroom.client.change.holders import Holders, fetch_holders
from strongroom.client.change.ledger import Ledger
from strongroom.client.change.plans import Birth, Plan, Rights, rights_of
from strongroom.client.change.recipients import Recipients
from strongroom.client.change.records import (
    Identity,
    NewContainer,
    NextRecord,
    make_container,
    sign_next,
)
from strongroom.client.view.containers import Container
from strongroom.client.view.objects import Draft, verify_container
from strongroom.client.view.place import Place
from strongroom.client.view.session import Session
from strongroom.client.view.syncing import after_commit
from strongroom.client.view.view import retrying
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import (
    ForbiddenError,
    InputError,
    IntegrityError,
    StrongroomError,
    TooLargeError,
)
from strongroom.ids import (
    NO_INVITE,
    ContainerId,
    PrincipalId,
    format_id,
    own_object,
    principal_of_group,
)
from strongroom.limits import ACCESSORS_PER_CONTAINER_MAX
from strongroom.permissions import MANAGE_VAULT, check_permissions
from strongroom.trust.memberships import managers
from strongroom.wire.access import Accessor, AccessRecord, ContainerKind
from strongroom.wire.entries import Entry
from strongroom.wire.messages import (
    CommitAnswer,
    CommitRequest,
    DirectoryChange,
    KeysetEnd,
    RecordChange,
    SealedRow,
    StoredRevision,
)


class Change:
    """Collects one change and signs it."""

    def __init__(self, session: Session, holders: Holders) -> None:
        self.session = session
        self._holders = holders
        self._ledger: Ledger | None = None
        self._plans: dict[ContainerId, Plan] = {}
        self._births: dict[ContainerId, Birth] = {}
        self._drafts: list[tuple[ContainerId, Draft]] = []
        self._made: list[Container] = []
        self.invite = NO_INVITE
        self.ends: tuple[KeysetEnd, ...] = ()
        # Who had rights in a container and gets no new key, because nothing can be sealed to it.
        self._unsealable: dict[ContainerId, set[PrincipalId]] = {}

    @classmethod
    async def begin(
        cls,
        session: Session,
        *,
        principals: Iterable[PrincipalId] = (),
        containers: Iterable[Container] = (),
        keys: bool = True,
    ) -> Change:
        """Fetch the keys of some principals and of all who have rights in some containers.

        Args:
            keys: Without them something can be judged, and nothing sealed.

        Raises:
            ConflictError: The directory has moved on since the last sync.
        """
        wanted, accessors = set(principals), set[PrincipalId]()
        for container in containers:
            accessors |= {row.principal for row in container.record.accessors}
            if container.record.kind == ContainerKind.GROUP:
                wanted.add(principal_of_group(container.id))
        return cls(session, await fetch_holders(session, wanted, accessors=accessors, keys=keys))

    @property
    def ledger(self) -> Ledger:
        """The next state of the directory; whoever asks for it changes it."""
        if self._ledger is None:
            self._ledger = Ledger(self.session, self._holders)
        return self._ledger

    def entry(self, principal: PrincipalId) -> Entry:
        """Return an entry as it will be."""
        if self._ledger is None:
            return self._holders.need(principal).entry
        return self._ledger.entry(principal)

    def is_active(self, principal: PrincipalId) -> bool:
        """Tell whether an accessor is in the directory, and active there."""
        return principal not in self._holders.unknown and self.entry(principal).is_active

    # -- intentions -----------------------------------------------------------------

    def set_rights(self, container: Container, rights: Rights) -> bool:
        """Give a container another list of accessors; tell whether it rotates.

        It rotates when somebody loses a row or, in a group, MANAGE, and when a
        row's keyset has ended. Groups come before the containers in which they
        have rights.

        Raises:
            ForbiddenError: Somebody among them is not active, or nobody would be left.
            InputError: A mask lacks bits that it needs.
        """
        self._check(container.name, container.record.kind, rights, before=container.record)
        rotates = self.is_stale(container.record, rights)
        self._plans[container.id] = Plan(
            container, dict(rights), self._next_key(container) if rotates else None
        )
        return rotates

    def active_rights(self, container: Container) -> dict[PrincipalId, int]:
        """Return the rights in a container without those of principals who are not active."""
        rights = rights_of(container.record)
        return {who: bits for who, bits in rights.items() if self.is_active(who)}

    def carry_on(self, container: Container) -> None:
        """Sign a container's record anew with its rows as they are, also of people who are gone.

        For whoever holds no key of it and so cannot rotate it.
        """
        self._plans[container.id] = Plan(container, rights_of(container.record), None)

    def keep_current(self, container: Container) -> None:
        """Renew a container in this change, before it is written, if that is due (section 6).

        Groups that this change rotates come before.
        """
        if container.id in self._plans:
            return
        rights = self.active_rights(container)
        stands = self.session.directory.access.has_standing(container.record)
        if not stands or self.is_stale(container.record, rights):
            self.set_rights(container, rights)

    def is_stale(self, record: AccessRecord, rights: Rights) -> bool:
        """Tell whether a row of a record must go, so that a new key is needed (section 6).

        So it is where somebody stops managing a group, too, and after a restore was
        accepted: who got the key in the time that was lost may hold it.
        """
        if self._since(record) < self.session.directory.generation_rev():
            return True
        stays = {who for who, bits in rights.items() if bits & MANAGE_VAULT}
        if managers(self.session.directory.root, record) - stays:
            return True
        for row in record.accessors:
            if row.principal not in rights:
                return True
            entry = self.entry(row.principal)
            keyset = entry.keyset(row.fp)
            if keyset is None or keyset.until:
                return True
            if entry.kind == PrincipalKind.GROUP and keyset != entry.current:
                return True
        return False

    def _since(self, record: AccessRecord) -> int:
        """Return the head rev from which on a container's key was in use, at the latest."""
        if record.kind != ContainerKind.GROUP:
            return record.directory_rev
        return self.entry(principal_of_group(record.container)).current.since

    def _next_key(self, container: Container) -> SymmetricKey:
        if container.record.kind != ContainerKind.GROUP:
            return SymmetricKey.make()
        keyset = Keyset.make()
        self.ledger.replace_keys(principal_of_group(container.id), keyset)
        return keyset.content_key

    def add_container(
        self, identity: Identity, rights: Rights, *, key: SymmetricKey | None = None
    ) -> ContainerId:
        """Make a container; return its id."""
        container = identity.container(self.session.account)
        self._check(f"container {format_id(container)}", identity.kind, rights)
        self._births[container] = Birth(identity, dict(rights), key)
        return container

    def unsealable(self) -> list[tuple[ContainerId, int, set[PrincipalId]]]:
        """Return the containers in which somebody lost a row for want of a usable key.

        Each with its kind and with those principals.
        """
        return [
            (one, self._plans[one].container.record.kind, who)
            for one, who in self._unsealable.items()
        ]

    def note_stored(self, answer: CommitAnswer) -> None:
        """Note which containers have to be read anew; all, if more may have changed than these.

        Whoever is added to the directory or to a group may have other containers than before.
        """
        session, groups = self.session, self.session.view.groups
        made = any(birth.identity.kind == ContainerKind.GROUP for birth in self._births.values())
        if self._ledger is not None or made or not groups.keys().isdisjoint(self._plans):
            session.view = session.view.stampless()
            return
        drafted = (container for container, _ in self._drafts)
        changed = (*self._plans, *self._births, *drafted)
        session.view = after_commit(session.view, changed, answer)

    def show_made(self) -> None:
        """Put new containers into the view: they are stored, whatever a sync says next."""
        for container in self._made:
            self.session.view = self.session.view.with_container(container)

    def remember(self) -> None:
        """Verify what was stored, so that its records are marked as seen from now on.

        Otherwise an older file, put back at once, would undo a revocation unnoticed (T6).
        """
        for container in (*self._plans, *self._births):
            found = self.session.containers.get(container)
            if found is not None:
                verify_container(self.session.directory, found, self.session.marks)

    def write(self, container: ContainerId, draft: Draft) -> None:
        """Write the next version of an object, under the record that this change makes, if any."""
        self._drafts.append((container, draft))

    def _check(
        self, name: str, kind: int, rights: Rights, *, before: AccessRecord | None = None
    ) -> None:
        if len(rights) > ACCESSORS_PER_CONTAINER_MAX:
            message = f"{name} would have more than {ACCESSORS_PER_CONTAINER_MAX} accessors"
            raise TooLargeError(message, hint="give the rights to a group")
        for principal, bits in rights.items():
            entry = self.entry(principal)
            # A false mask that stands there already is no reason to keep somebody else in.
            held = before.permissions(principal) if before is not None else 0
            if kind != ContainerKind.GROUP and bits != held:
                check_permissions(bits)
            if not entry.is_active:
                message = f"{format_id(principal)} is suspended or removed"
                raise ForbiddenError(message, hint="end a suspension with `op user reactivate`")
            if kind == ContainerKind.GROUP and entry.kind != PrincipalKind.USER:
                message = (
                    f"{format_id(principal)} is not a user, and only users can be members of groups"
                )
                raise InputError(message)

    # -- signing ---------------------------------------------------------------------

    def request(self) -> CommitRequest:
        """Seal and sign everything; takes a third of a millisecond for each sealed key."""
        session = self.session
        assert not self._births.keys() & self._plans.keys(), "made and changed at once"
        directory: DirectoryChange | None = None
        place = session.place()
        if self._ledger is not None:
            directory, place = self._ledger.finish()
        containers = dict(session.containers)
        groups = session.view.groups
        changes: list[RecordChange] = []
        for container, birth in self._births.items():
            made = self._make(place, birth)
            containers[container] = made.opened()
            changes.append(made.change)
        for container, plan in self._plans.items():
            signed = self._sign(place, plan, groups)
            containers[container] = signed.container
            if container in groups:
                groups[container] = signed.container
            changes.append(signed.change)
        revisions: list[StoredRevision] = []
        own: dict[ContainerId, StoredRevision] = {}
        for container, draft in self._drafts:
            revisions.append(session.seal(containers[container], draft, place, groups))
            if draft.object == own_object(container):
                own[container] = revisions[-1]
        self._made = [containers[one].with_object(own.get(one)) for one in self._births]
        return CommitRequest(
            directory=directory,
            records=tuple(changes),
            revisions=tuple(revisions),
            invite=self.invite,
            ends=self.ends,
        )

    def _make(self, place: Place, birth: Birth) -> NewContainer:
        keys = self._keys()
        recipients = [keys.current(who, bits) for who, bits in birth.rights.items()]
        return make_container(place, birth.identity, recipients, self.session.keyset, key=birth.key)

    def _sign(self, place: Place, plan: Plan, groups: dict[ContainerId, Container]) -> NextRecord:
        rows, sealed = self._rows(plan)
        return sign_next(
            self.session, place, plan.container, rows, sealed, groups=groups, key=plan.key
        )

    def _rows(self, plan: Plan) -> tuple[tuple[Accessor, ...], tuple[SealedRow, ...]]:
        """Return the rows of a planned record: those that stay, and newly sealed ones."""
        keys, rotates = self._keys(), plan.key is not None
        rows: list[Accessor] = []
        sealed: list[SealedRow] = []
        for principal, bits in plan.rights.items():
            held = [row for row in plan.container.record.accessors if row.principal == principal]
            if not rotates:
                rows += [msgspec.structs.replace(row, permissions=bits) for row in held]
            for make in keys.for_rows(principal, bits, held, rotates=rotates):
                try:
                    row, key = plan.seal_row(make())
                except IntegrityError:
                    if not held:
                        raise  # who asks for it is told; others must not suffer for it
                    self._unsealable.setdefault(plan.container.id, set()).add(principal)
                    continue
                rows.append(row)
                sealed.append(key)
        ordered = sorted(rows, key=lambda row: (row.principal, row.fp))
        return tuple(ordered), tuple(sealed)

    def _keys(self) -> Recipients:
        return Recipients(self.entry, self._holders, self._ledger, now=self.session.clock())


async def commit(session: Session, build: Callable[[], Awaitable[Change | None]]) -> Change | None:
    """Build a change on a fresh view and store it; build it anew when somebody was faster.

    Args:
        build: Collects the change; called once per attempt, after a sync.
            `None` means that there is nothing to do any more.

    Returns:
        The change that was stored, `None` if there was nothing to do.

    Raises:
        ConflictError: Others were faster at every attempt.
    """
    await session.sync()

    async def once() -> Change | None:
        change = await build()
        if change is not None:
            request = await session.runtime.call(partial(change.request))
            change.note_stored(await session.transport.call(request))
        return change

    change = await retrying(once, meanwhile=session.catch_up, keeps_reason=True)
    if change is None:
        return None
    # It is stored: what follows must not fail, since a repeat would double it.
    change.show_made()
    with suppress(StrongroomError):
        await session.sync()
        change.remember()
    return change
