"""Vaults: create, list, read, rename, delete."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from strongroom.client.view.containers import Container
from strongroom.client.view.names import (
    current_container,
    find_vault,
    own_title,
    vaults,
    verify_own_object,
)
from strongroom.client.view.objects import (
    Draft,
    Opened,
    need_details,
    open_listed,
    open_verified,
)
from strongroom.client.view.session import Session
from strongroom.documents import breaks_lines
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    InputError,
    StoreFullError,
    StoreReadOnlyError,
)
from strongroom.ids import PrincipalId, own_object
from strongroom.permissions import ALL_BITS
from strongroom.vaults.codec import join_vault, list_access
from strongroom.vaults.icons import check_icon
from strongroom.wire.access import ContainerKind, Subtype
from strongroom.wire.revisions import State

if TYPE_CHECKING:
    from strongroom.client.change.change import Change
    from strongroom.client.change.records import Identity
    from strongroom.vaults.models import VaultDict

Recipients = list[PrincipalId]

# Longer than any title that people use; it keeps the overview of a vault small in every list.
TITLE_CHARACTERS_MAX = 512
PERSONAL_TITLE = "Private"


class Vaults:
    """The vaults that a credential may use."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def create(
        self,
        title: str,
        *,
        description: str = "",
        icon: str | None = None,
        allow_admins_access: bool | None = None,
    ) -> VaultDict:
        """Make a vault of which this principal has all rights.

        Args:
            icon: One of `strongroom.vaults.icons.ICONS`.
            allow_admins_access: Whether administrators get all rights too;
                `None` means yes. Without them a lost password loses the vault.

        Raises:
            ForbiddenError: This principal may not make vaults.
            InputError: No title, one of more than 512 characters, or no such icon.
        """
        check_container_title(title)
        overview = {"title": title, "description": description}
        if icon is not None:
            check_icon(icon)
            overview["icon"] = icon
        # Who reads and lists makes no vault, and need not wait for what that takes.
        from strongroom.client.change.change import Change, commit
        from strongroom.client.change.records import Identity

        session = self._session
        await session.ready()
        alone = allow_admins_access is False
        subtype = Subtype.WITHOUT_ADMINISTRATORS if alone else Subtype.USER_CREATED
        identity = Identity.make(ContainerKind.VAULT, session.principal, subtype=subtype)

        async def build() -> Change:
            administrators = session.directory.root.administrators_group
            who = [session.principal, *([] if alone else [administrators])]
            change = await Change.begin(session, principals=who)
            return _add_vault(change, identity, overview, who)

        await commit(session, build)
        return self._joined(session.containers[identity.container(session.account)])

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
        container = await current_container(self._session, vault_id, ContainerKind.VAULT)
        vault = join_vault(container.state, container.record, self._own_object(container).overview)
        if accessors:
            vault["access"] = list_access(container.record)
        return vault

    async def find(self, name_or_id: str) -> VaultDict:
        """Return the one vault with an id or a title.

        Raises:
            NotFoundError: None.
            AmbiguousError: Several; `candidates` are their ids.
        """
        await self._session.ready()
        return self._joined(await find_vault(self._session, name_or_id))

    async def update(
        self,
        vault_id: str,
        *,
        title: str | None = None,
        description: str | None = None,
        icon: str | None = None,
    ) -> VaultDict:
        """Change a vault's title, description or icon; `None` leaves it as it is.

        Raises:
            ForbiddenError: No permission to manage the vault.
            InputError: As `create`.
        """
        container = await current_container(self._session, vault_id, ContainerKind.VAULT)
        before = self._own_object(container)
        overview = dict(before.overview)
        if title is not None:
            check_container_title(title)
            overview["title"] = title
        if description is not None:
            overview["description"] = description
        if icon is not None:
            check_icon(icon)
            overview["icon"] = icon
        await self._write_own_object(container, before, overview, State.ACTIVE)
        return await self.get(vault_id)

    async def delete(self, vault_id: str) -> None:
        """Delete a vault with everything in it; it is purged after 30 days.

        Raises:
            ForbiddenError: No permission to manage it, or it is a personal vault.
        """
        container = await current_container(self._session, vault_id, ContainerKind.VAULT)
        if container.record.is_personal:
            message = "a personal vault cannot be deleted"
            raise ForbiddenError(message)
        await self._write_own_object(container, self._own_object(container), {}, State.DELETED)
        self._session.view = self._session.view.without(container.id)

    def _own_object(self, container: Container) -> Opened:
        return open_verified(container, verify_own_object(self._session, container))

    async def _write_own_object(
        self, container: Container, before: Opened, overview: dict[str, Any], state: int
    ) -> None:
        draft = Draft(
            object=own_object(container.id),
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

    async def ensure_personal(self) -> None:
        """Make the user's personal vault where there is none: at the first unlock (section 7)."""
        from strongroom.client.change.change import Change, commit
        from strongroom.client.change.records import Identity

        session = self._session
        subtype = Subtype.PERSONAL
        identity = Identity.make(ContainerKind.VAULT, session.principal, subtype=subtype)

        async def build() -> Change | None:
            if any(row.record.is_personal for row in session.containers.values()):
                return None  # another device of the same user was faster
            change = await Change.begin(session, principals=[session.principal])
            overview = {"title": PERSONAL_TITLE, "description": ""}
            return _add_vault(change, identity, overview, [session.principal])

        # On a file that takes no writes, what is there can be read all the same.
        with suppress(ConflictError, StoreReadOnlyError, StoreFullError):
            await commit(session, build)


def _add_vault(
    change: Change, identity: Identity, overview: dict[str, str], who: Recipients
) -> Change:
    """Add a vault, in which some principals have all rights, to a change."""
    vault = change.add_container(identity, dict.fromkeys(who, ALL_BITS))
    change.write(vault, Draft(object=own_object(vault), overview=overview, details={}))
    return change


def check_container_title(title: str, *, label: str = "vault") -> None:
    """Refuse a title that a vault, or another container with a title, cannot have.

    Raises:
        InputError: No text, empty, of more than 512 characters, or with a NUL or a line end.
    """
    if not isinstance(title, str) or not title.strip(" ") or len(title) > TITLE_CHARACTERS_MAX:
        article = "an" if label[0] in "aeiou" else "a"
        message = f"{article} {label}'s title must have 1 to {TITLE_CHARACTERS_MAX} characters"
        raise InputError(message)
    if breaks_lines(title):
        message = f"the title of the {label} holds a NUL or a line end"
        raise InputError(message)
