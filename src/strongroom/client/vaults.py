"""Vaults: create, list, read, rename, delete."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

from strongroom.client.containers import Acting, Container
from strongroom.client.names import find_vault, need_id, own_title, vaults, verify_own_object
from strongroom.client.objects import (
    Draft,
    Opened,
    need_details,
    open_listed,
    open_verified,
    seal_revision,
)
from strongroom.client.records import Identity, NewContainer, Recipient, make_container
from strongroom.client.session import ATTEMPTS_MAX, Session
from strongroom.client.view import kept_changing
from strongroom.crypto.principals import PrincipalKind
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    InputError,
    StoreReadOnlyError,
    StrongroomError,
)
from strongroom.permissions import ALL_BITS
from strongroom.vaults.codec import join_vault, list_access
from strongroom.wire.access import ContainerKind, Subtype
from strongroom.wire.messages import (
    CommitRequest,
    ContainerState,
    PrincipalsAnswer,
    PrincipalsRequest,
    StoredRevision,
)
from strongroom.wire.revisions import State

VaultDict = dict[str, Any]
Recipients = list[Recipient]

# Longer than any title that people use; it keeps the overview of a vault small in every list.
TITLE_CHARACTERS_MAX = 512
PERSONAL_TITLE = "Private"


class Vaults:
    """The vaults that a credential may use."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def create(
        self, title: str, *, description: str = "", allow_admins_access: bool | None = None
    ) -> VaultDict:
        """Make a vault of which this principal has all rights.

        Args:
            allow_admins_access: Whether administrators get all rights too;
                `None` means yes. Without them a lost password loses the vault.

        Raises:
            ForbiddenError: This principal may not make vaults.
            InputError: No title, or one of more than 512 characters.
        """
        check_container_title(title)
        session = self._session
        await session.ready()
        for attempts in range(ATTEMPTS_MAX):
            await session.sync_fresh()
            try:
                people = [] if allow_admins_access is False else [await self._administrators()]
                made = await self._create(title, description, people)
            except ConflictError:
                await session.back_off(attempts)
                await session.sync()
            else:
                # The vault is stored: what follows must not fail, since a repeat would double it.
                session.view = session.view.with_container(made)
                with suppress(StrongroomError):
                    await session.sync()
                return self._joined(session.containers.get(made.id, made))
        raise kept_changing()

    async def list(self) -> list[VaultDict]:
        """Return every vault that this principal may see; titles as their objects say (T21)."""
        await self._session.sync_fresh()
        return [self._joined(row) for row in vaults(self._session)]

    async def get_overview(self, vault_id: str) -> VaultDict:
        """Return a vault."""
        return await self.get(vault_id)

    async def get(self, vault_id: str, *, accessors: bool = False) -> VaultDict:
        """Return a vault, with its access list if asked.

        Raises:
            NotFoundError: There is none with that id that this principal may see.
        """
        container = await self._need(vault_id)
        vault = join_vault(container.state, container.record, self._own_object(container).overview)
        return vault | {"access": list_access(container.record)} if accessors else vault

    async def find(self, name_or_id: str) -> VaultDict:
        """Return the one vault with an id or a title.

        Raises:
            NotFoundError: None.
            AmbiguousError: Several; `candidates` are their ids.
        """
        await self._session.ready()
        return self._joined(await find_vault(self._session, name_or_id))

    async def update(
        self, vault_id: str, *, title: str | None = None, description: str | None = None
    ) -> VaultDict:
        """Change a vault's title or description; `None` leaves it as it is.

        Raises:
            ForbiddenError: No permission to manage the vault.
        """
        container = await self._need(vault_id)
        before = self._own_object(container)
        overview = dict(before.overview)
        if title is not None:
            check_container_title(title)
            overview["title"] = title
        if description is not None:
            overview["description"] = description
        await self._write(container, before, overview, State.ACTIVE)
        return await self.get(vault_id)

    async def delete(self, vault_id: str) -> None:
        """Delete a vault with everything in it; it is purged after 30 days.

        Raises:
            ForbiddenError: No permission to manage it, or it is a personal vault.
        """
        container = await self._need(vault_id)
        if container.record.is_personal:
            message = "a personal vault cannot be deleted"
            raise ForbiddenError(message)
        await self._write(container, self._own_object(container), {}, State.DELETED)
        self._session.view = self._session.view.without(container.id)

    async def _need(self, vault_id: str) -> Container:
        """Return a vault as it is now: lists and counters change with every item."""
        await self._session.sync_fresh()
        return self._session.need_container(need_id(vault_id, what="vault"))

    def _own_object(self, container: Container) -> Opened:
        return open_verified(container, verify_own_object(self._session, container))

    async def _write(
        self, container: Container, before: Opened, overview: dict[str, Any], state: int
    ) -> None:
        draft = Draft(
            object=container.id,
            overview=overview,
            details={} if state == State.DELETED else need_details(before),
            state=state,
            before=before,
        )
        written = await self._session.write(container.id, [draft])
        self._session.opened(written.container, written.sealed[0], draft)

    def _joined(self, container: Container) -> VaultDict:
        overview: dict[str, Any] = {}
        # A vault whose title cannot be read is listed without one: anybody may grant one such.
        if own_title(self._session, container) is not None and container.state.object is not None:
            marks = self._session.marks
            overview = open_listed(container, container.state.object, marks, own=True).overview
        return join_vault(container.state, container.record, overview)

    async def _administrators(self) -> Recipient:
        """Return the administrators group as recipient of a new vault's key.

        Raises:
            ConflictError: The directory changed since the last sync.
        """
        directory = self._session.directory
        group = directory.root.administrators_group
        answer: PrincipalsAnswer = await self._session.transport.call(
            "principals", PrincipalsRequest(principals=(group,))
        )
        if not directory.is_at(answer.head):
            message = "the directory was changed at the same time"
            raise ConflictError(message, hint="try again")
        directory.add_entry(answer.proofs[0])
        entry = directory.need_entry(group)
        enc_pk = directory.need_encryption_key(group, answer.enc_pks[0])
        return Recipient(group, PrincipalKind.GROUP, entry.current.fp, enc_pk, ALL_BITS)

    async def _create(self, title: str, description: str, people: Recipients) -> Container:
        work = partial(self._make, title, description, people)
        new, own_object = await self._session.runtime.call(work)
        request = CommitRequest(records=(new.change,), revisions=(own_object,))
        await self._session.transport.call("commit", request)
        self._session.directory.add_record(new.change.record)
        # Its record is not marked as verified: the first read checks it like any other.
        return Container.with_key(
            ContainerState(
                id=new.id,
                record=new.change.record,
                sealed=new.change.sealed,
                object=own_object,
                attribute_version=1,
                created_ms=new.record.created_ms,
                updated_ms=new.record.created_ms,
            ),
            new.key,
        )

    async def ensure_personal(self) -> None:
        """Make the user's personal vault where there is none: at the first unlock (section 7)."""
        session = self._session
        for attempts in range(ATTEMPTS_MAX):
            if any(row.record.is_personal for row in session.containers.values()):
                return
            work = partial(self._make, PERSONAL_TITLE, "", [], Subtype.PERSONAL)
            new, own_object = await session.runtime.call(work)
            request = CommitRequest(records=(new.change,), revisions=(own_object,))
            try:
                await session.transport.call("commit", request)
            except ConflictError:
                pass  # another device of the same user was faster, or the directory has moved on
            except StoreReadOnlyError:
                return  # what is there can be read all the same
            await session.sync()
            await session.back_off(attempts)

    def _make(
        self, title: str, description: str, people: Recipients, subtype: Subtype | None = None
    ) -> tuple[NewContainer, StoredRevision]:
        session = self._session
        if subtype is None:
            subtype = Subtype.USER_CREATED if people else Subtype.WITHOUT_ADMINISTRATORS
        me = Recipient(session.principal, session.kind, session.fp, session.keyset.enc_pk, ALL_BITS)
        identity = Identity.make(ContainerKind.VAULT, session.principal, subtype=subtype)
        place = session.place()
        new = make_container(place, identity, [me, *people], session.keyset)
        draft = Draft(
            object=new.id, overview={"title": title, "description": description}, details={}
        )
        acting = Acting(session.principal, b"", ALL_BITS)
        sealed = seal_revision(place, new.opened(), acting, draft, session.keyset)
        return new, sealed


def check_container_title(title: str, *, what: str = "vault") -> None:
    """Refuse a title that a vault, or another container with a title, cannot have.

    Raises:
        InputError: No text, empty, or of more than 512 characters.
    """
    if not isinstance(title, str) or not title.strip(" ") or len(title) > TITLE_CHARACTERS_MAX:
        article = "an" if what[0] in "aeiou" else "a"
        message = f"{article} {what}'s title has 1 to {TITLE_CHARACTERS_MAX} characters"
        raise InputError(message)
