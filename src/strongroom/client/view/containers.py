"""One container as one client sees it: record, keys, own object.

Rules:

1. A record is verified when something in its container is used, not when it arrives, so that a
   client with a hundred vaults pays for the one it reads (`objects.verify_container`). What
   stands in an unverified record leads to nothing but an overview in a list (threats T21).
2. *Verified* is said of one container under one head: `is_verified` goes with the object, and
   another head makes another object.
3. Keys are opened at first use and handed on as long as the record names the same key. Which epoch
   a key is of is checked by the key id in the record, or by whatever it opens.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import msgspec

from strongroom.client.view.marks import ContainerMark
from strongroom.crypto.grants import GrantContext, open_epoch_link, open_key
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.digests import NO_HASH, Fingerprint, Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.crypto.titles import derive_tag_key, derive_title_tag
from strongroom.errors import (
    ForbiddenError,
    IntegrityError,
    MissingPermissionError,
    StrongroomError,
)
from strongroom.ids import (
    ContainerId,
    PrincipalId,
    container_of_group,
    format_id,
    principal_of_group,
)
from strongroom.wire.access import Accessor, AccessRecord, ContainerKind, parse_access
from strongroom.wire.messages import ContainerState, StoredRevision
from strongroom.wire.revisions import Revision, State, parse_revision
from strongroom.wire.signed import SignedBody
from strongroom.wire.states import digest_state

# Gives the keyset with which the row of an accessor and fingerprint is opened, if it is ours.
KeysetSource = Callable[[PrincipalId, Fingerprint], Keyset | None]


class Acting(msgspec.Struct, frozen=True):
    """The row under which a client acts: itself, or a group with the hash of its record."""

    via: PrincipalId
    group_hash: Hash
    permissions: int


class Container:
    """A container's current state, with its keys opened at first use."""

    def __init__(
        self, state: ContainerState, keysets: KeysetSource, *, before: Container | None = None
    ) -> None:
        """Take a state; keys of an unchanged epoch come from the state `before`."""
        self.state = state
        self.record: AccessRecord = parse_access(state.record.body)
        self.record_hash = sha256(state.record.body)
        if self.record.container != state.id:
            message = f"container {format_id(state.id)} came with the record of another one"
            raise IntegrityError(message, layer="context")
        self.is_verified = False
        # Filled at first use by `names.own_title`.
        self.title: str | None = None
        self.title_read = False
        self._keysets = keysets
        self._keys: dict[int, SymmetricKey] = {}
        self._tag_keys: dict[int, SymmetricKey] = {}
        self._group_keysets: dict[int, Keyset] = {}
        if before is not None and before.record.key_id == self.record.key_id:
            self._keys, self._tag_keys, self._group_keysets = before.opened_keys()

    @classmethod
    def with_key(cls, state: ContainerState, key: SymmetricKey) -> Container:
        """Return a container whose current key is known already."""
        container = cls(state, lambda _accessor, _fp: None)
        container._keys[container.record.epoch] = key
        return container

    @classmethod
    def of_record(cls, record: SignedBody) -> Container:
        """Return a container of which the record alone is known, and no key."""
        state = ContainerState(id=parse_access(record.body).container, record=record, sealed=())
        return cls(state, lambda _accessor, _fp: None)

    def next(self, state: ContainerState, key: SymmetricKey | None) -> Container:
        """Return the container under its next record.

        Args:
            state: With the rows that were sealed for it.
            key: The key of a new epoch; `None` if that is as it was.
        """
        if key is not None:
            return Container.with_key(state, key)
        # Not opened for this: whoever signs may hold no key of it.
        both = msgspec.structs.replace(state, sealed=(*self.state.sealed, *state.sealed))
        return Container(both, self._keysets, before=self)

    def with_object(self, stored: StoredRevision | None) -> Container:
        """Return a container that was just made, with its own object beside its record."""
        made_ms = self.record.created_ms
        state = msgspec.structs.replace(
            self.state,
            object=stored,
            attribute_version=int(stored is not None),
            created_ms=made_ms,
            updated_ms=made_ms,
        )
        return Container.with_key(state, self.key())

    @cached_property
    def digest(self) -> bytes:
        """What tells the service which state of the container is held here."""
        return digest_state(self.state)

    @property
    def id(self) -> ContainerId:
        """The container's id."""
        return self.state.id

    @cached_property
    def own_revision(self) -> Revision | None:
        """The signed facts of the container's own object, not verified; `None` without one."""
        stored = self.state.object
        try:
            return None if stored is None else parse_revision(stored.body)
        except IntegrityError:
            return None  # one damaged vault must not hide the others; whoever opens it is told

    @property
    def object_version(self) -> int:
        """The version of the container's own object, 0 without one."""
        return 0 if self.own_revision is None else self.own_revision.version

    @property
    def is_deleted(self) -> bool:
        """Whether the container's own object says that it was deleted."""
        return self.own_revision is not None and self.own_revision.state == State.DELETED

    @property
    def name(self) -> str:
        """How errors call it."""
        return f"{ContainerKind(self.record.kind).name.lower()} {format_id(self.id)}"

    def mark(self, directory_rev: int) -> ContainerMark:
        """Return what to remember of this container."""
        return ContainerMark(
            self.record.access_rev, self.record_hash, self.record.epoch, directory_rev
        )

    def key(self, epoch: int | None = None) -> SymmetricKey:
        """Return the content key of an epoch, the current one by default.

        Raises:
            ForbiddenError: No row of the record is ours.
            IntegrityError: A sealed key or link is not what was signed.
        """
        wanted = self.record.epoch if epoch is None else epoch
        if wanted not in self._keys:
            self._open_down_to(wanted)
        return self._keys[wanted]

    def opened_keys(
        self,
    ) -> tuple[dict[int, SymmetricKey], dict[int, SymmetricKey], dict[int, Keyset]]:
        """Return the keys, tag keys and a group's keysets opened so far, by epoch."""
        return self._keys, self._tag_keys, self._group_keysets

    def tags(self, title: str) -> tuple[bytes, ...]:
        """Return the tags of a title, one per epoch that may have live objects.

        The current epoch may have got its first object since the sync; older
        ones only lose theirs.
        """
        epochs = sorted({*self.state.live_epochs, self.record.epoch})
        return tuple(self.tag(title, epoch) for epoch in epochs)

    def tag(self, title: str, epoch: int) -> bytes:
        """Return the tag of a title under one epoch's key."""
        if epoch not in self._tag_keys:
            self._tag_keys[epoch] = derive_tag_key(self.key(epoch))
        return derive_title_tag(self._tag_keys[epoch], self.id, title)

    def _open_current(self) -> SymmetricKey:
        refusal: StrongroomError = ForbiddenError(f"you have no key of {self.name}")
        for sealed in self.state.sealed:
            accessor = self.record.row(sealed.accessor, sealed.fp)
            try:
                keyset = self._keysets(sealed.accessor, sealed.fp)
                if keyset is not None and accessor is not None and _fits(keyset, accessor):
                    return self._open_row(sealed.sealed, keyset, accessor)
            except StrongroomError as error:
                refusal = error  # another row may still open it
        raise refusal

    def _open_row(self, sealed: bytes, keyset: Keyset, accessor: Accessor) -> SymmetricKey:
        context = GrantContext(
            account=self.record.account,
            kind=self.record.kind,
            container=self.id,
            epoch=self.record.epoch,
            accessor=accessor.principal,
            fp=accessor.fp,
        )
        return open_key(
            sealed, keyset, context, sealed_hash=accessor.sealed_hash, key_id=self.record.key_id
        )

    def _open_down_to(self, wanted: int) -> None:
        """Open the keys from the current epoch down to an older one (section 6)."""
        newest = self.record.epoch
        links = {row.epoch: row.link for row in self.state.links}
        if not 1 <= wanted <= newest or any(e not in links for e in range(wanted + 1, newest + 1)):
            message = f"{self.name} has no link to the key of epoch {wanted}"
            raise IntegrityError(message, layer="record")
        if newest not in self._keys:
            self._keys[newest] = self._open_current()
        for epoch in range(newest - 1, wanted - 1, -1):
            if epoch not in self._keys:
                self._keys[epoch] = self._open_link(links[epoch + 1], epoch)

    def _open_link(self, link: bytes, epoch: int) -> SymmetricKey:
        # The record of epoch + 1 names the link's hash; where that record is not the current one
        # the link is held by its AEAD under the newer key, and by the key id that is checked
        # against the header of whatever the key opens.
        current = epoch + 1 == self.record.epoch
        return open_epoch_link(
            link,
            self._keys[epoch + 1],
            account=self.record.account,
            kind=self.record.kind,
            container=self.id,
            epoch=epoch,
            link_hash=self.record.link_hash if current else sha256(link),
            key_id=None,
        )

    def gives_keyset(self, fp: Fingerprint) -> bool:
        """Tell whether the current key of a group is the seed of the keyset with a fingerprint.

        Raises:
            ForbiddenError: No row of the record is ours.
            IntegrityError: A sealed key is not what was signed.
        """
        epoch = self.record.epoch
        if epoch not in self._group_keysets:
            self._group_keysets[epoch] = Keyset.of_group(self.key())
        return (
            self._group_keysets[epoch].fingerprint(principal_of_group(self.id), PrincipalKind.GROUP)
            == fp
        )

    def group_keyset(self, fp: Fingerprint) -> Keyset | None:
        """Return the keyset of a group with a fingerprint, from the newest epoch downwards.

        The key of an epoch is the seed of the group's keyset of that epoch.
        The links go on where the entry has dropped the oldest keysets: a
        container that nobody could rotate since is still read.
        """
        for epoch in range(self.record.epoch, 0, -1):
            if epoch not in self._group_keysets:
                self._group_keysets[epoch] = Keyset.of_group(self.key(epoch))
            keyset = self._group_keysets[epoch]
            if keyset.fingerprint(principal_of_group(self.id), PrincipalKind.GROUP) == fp:
                return keyset
        return None


def _fits(keyset: Keyset, accessor: Accessor) -> bool:
    return keyset.fingerprint(accessor.principal, accessor.kind) == accessor.fp


def acting_row(
    container: Container,
    principal: PrincipalId,
    groups: dict[ContainerId, Container],
    needed: int,
    *,
    stands: Callable[[Container], bool],
) -> Acting:
    """Choose the row under which to act: the own one first, then a group's.

    Args:
        stands: Whether somebody stands for a group's record; such a group comes
            before others, through which the service lets nobody act.

    Raises:
        ForbiddenError: No row gives the needed bits.
    """
    own = container.record.permissions(principal)
    if own & needed == needed and container.record.row(principal) is not None:
        return Acting(principal, NO_HASH, own)
    through: list[Acting] = []
    for accessor in container.record.accessors:
        group = (
            groups.get(container_of_group(accessor.principal))
            if accessor.kind == PrincipalKind.GROUP
            else None
        )
        if group is None or group.record.row(principal) is None:
            continue
        if accessor.permissions & needed == needed:
            through.append(Acting(accessor.principal, group.record_hash, accessor.permissions))
    if through:
        return min(through, key=lambda one: not stands(groups[container_of_group(one.via)]))
    message = f"you lack the permission for this in {container.name}"
    raise MissingPermissionError(message)
