"""Groups of users: make, list, edit, delete, and who is a member.

A group's members hold the seed of its keyset; its epochs are the keysets of its
entry. Source: specs/formats.md sections 4, 6 and 7.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from strongroom.client.change.change import Change, commit
from strongroom.client.change.dues import Dues
from strongroom.client.change.outside_groups import remember_groups
from strongroom.client.change.owners import need_listed
from strongroom.client.change.plans import rights_of
from strongroom.client.change.records import Identity
from strongroom.client.change.roles import MANAGER, MEMBER, plan_role, role_containers, role_of
from strongroom.client.change.rotation import settle
from strongroom.client.people.profiles import (
    Listed,
    edit_profile,
    find_principal,
    list_principals,
    names_container,
    new_profile,
    open_profile,
)
from strongroom.client.people.rights import Rights
from strongroom.client.view.containers import Container
from strongroom.client.view.names import need_id, vaults
from strongroom.client.view.objects import Draft, Opened
from strongroom.client.view.session import Session
from strongroom.client.view.who import member_record
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import (
    ForbiddenError,
    InputError,
    IntegrityError,
    NotFoundError,
    StrongroomError,
)
from strongroom.ids import (
    PrincipalId,
    container_of_group,
    format_id,
    principal_of_group,
    profile_object,
)
from strongroom.permissions import MANAGE_VAULT
from strongroom.vaults.codec import list_access
from strongroom.wire.access import ContainerKind
from strongroom.wire.entries import EntryState
from strongroom.wire.revisions import State
from strongroom.wire.roots import RootDocument

if TYPE_CHECKING:
    from strongroom.client.people.models import GroupDict, MemberDict
    from strongroom.vaults.models import VaultAccessDict

Members = list["MemberDict"]
VaultAccess = list["VaultAccessDict"]

# The type of every group but the account's own three.
_USER_DEFINED: Final = "USER_DEFINED"


class Groups:
    """The groups of an account."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def list(self, *, deleted: bool = False) -> list[GroupDict]:
        """Return every group: id, name, description, state, type and times."""
        rows = await list_principals(self._session, PrincipalKind.GROUP)
        root = self._session.directory.root
        return [_as_dict(root, row) for row in rows if deleted or row.entry.is_active]

    async def find(self, name_or_id: str) -> GroupDict:
        """Return the one group with an id or name.

        Raises:
            NotFoundError: None.
            AmbiguousError: Several; `candidates` are their ids.
        """
        listed = await find_principal(self._session, name_or_id, PrincipalKind.GROUP)
        return _as_dict(self._session.directory.root, listed)

    async def get(self, group_id: str, *, vault_access: bool = False) -> GroupDict:
        """Return a group by its id, with what it may do in the caller's vaults if asked.

        Raises:
            NotFoundError: There is none.
        """
        need_id(group_id, PrincipalId, label="group")
        group = await self.find(group_id)
        if vault_access:
            group["vaultAccess"] = self._vault_access(group_id)
        return group

    def _vault_access(self, group_id: str) -> VaultAccess:
        rows = [row for vault in vaults(self._session) for row in list_access(vault.record)]
        return [row for row in rows if row["accessorUuid"] == group_id]

    async def create(self, name: str, *, description: str = "") -> GroupDict:
        """Make a group, whose maker is its first member and manager.

        Raises:
            ForbiddenError: The caller is neither owner nor administrator.
        """
        session = self._session
        await session.ready()
        # One keyset and identity for every attempt, so that a repeat makes the same group.
        keyset, identity = Keyset.make(), Identity.make(ContainerKind.GROUP, session.principal)
        group = principal_of_group(identity.container(session.account))

        async def build() -> Change:
            need_listed(session)
            names = names_container(session)
            change = await Change.begin(session, principals=[session.principal], containers=[names])
            change.ledger.add_keyset(PrincipalKind.GROUP, keyset, group=group)
            change.add_container(identity, {session.principal: MANAGER}, key=keyset.content_key)
            change.keep_current(names)
            change.write(names.id, new_profile(group, name, description=description))
            return change

        await commit(session, build)
        # It is made: a repeat would make another one, so nothing from here on may fail.
        with suppress(StrongroomError):
            return await self.find(format_id(group))
        now = session.clock()
        return {
            "id": format_id(group),
            "name": name,
            "description": description,
            "state": "ACTIVE",
            "type": _USER_DEFINED,
            "createdAt": now,
            "updatedAt": now,
        }

    async def edit(
        self, name_or_id: str, *, name: str | None = None, description: str | None = None
    ) -> GroupDict:
        """Rename a group or describe it anew; `None` leaves a part as it is."""
        listed = await find_principal(self._session, name_or_id, PrincipalKind.GROUP)
        group = listed.entry.principal
        await edit_profile(self._session, group, name=name, description=description)
        return await self.find(format_id(listed.entry.principal))

    async def delete(self, name_or_id: str) -> Dues:
        """Delete a group: nobody acts through it any more, and what it could open is rotated.

        Returns:
            The containers that were rotated, and those that wait for somebody who may.

        Raises:
            ForbiddenError: The caller is neither owner nor administrator, or
                it is one of the account's own three groups.
        """
        listed = await find_principal(self._session, name_or_id, PrincipalKind.GROUP)
        group, session = listed.entry.principal, self._session
        if group in session.directory.root.role_groups:
            message = "the built-in groups cannot be deleted"
            raise ForbiddenError(message)

        async def build() -> Change:
            need_listed(session)
            profile = await _old_profile(session, group)
            names = names_container(session)
            change = await Change.begin(session, principals=[group], containers=[names])
            change.ledger.set_state(group, EntryState.REMOVED)
            if profile is not None:
                change.keep_current(names)
                gone = Draft(
                    object=profile_object(group),
                    overview={},
                    details={},
                    state=State.DELETED,
                    before=profile,
                )
                change.write(names.id, gone)
            return change

        if listed.entry.is_active:
            await commit(session, build)
        return await settle(session)

    # -- members ----------------------------------------------------------------------

    async def members(self, name_or_id: str) -> Members:
        """Return a group's members: id and role (MEMBER or MANAGER).

        Raises:
            ForbiddenError: The caller is neither a member nor listed.
        """
        listed = await find_principal(self._session, name_or_id, PrincipalKind.GROUP)
        record = await member_record(self._session, listed.entry.principal)
        return [
            {
                "id": format_id(principal),
                "role": "MANAGER" if bits & MANAGE_VAULT else "MEMBER",
            }
            for principal, bits in rights_of(record).items()
        ]

    async def add(self, name_or_id: str, user_id: str, *, role: str | None = None) -> Dues:
        """Make a user a member or manager of a group, or change which of them it is.

        In the groups of owners and administrators this gives the role. Whoever
        stops managing a group could go on signing who is in it, so the group
        and what it opens get new keys then.

        Args:
            role: member or manager; `None` makes a member of somebody new, and
                leaves whoever is in the group as they are.

        Returns:
            As `delete`; nothing where nobody stopped managing the group.

        Raises:
            ForbiddenError: The caller may not, or is not in the group.
            InputError: `role` is neither member nor manager, or member where
                everybody who is in the group has the role that it gives.
        """
        if role not in (None, "member", "manager"):
            message = "a role in a group must be member or manager"
            raise InputError(message)
        listed = await find_principal(self._session, name_or_id, PrincipalKind.GROUP)
        user = need_id(user_id, PrincipalId, label="user")
        root = self._session.directory.root
        given = _role_given(root, listed.entry.principal)
        if given and role == "member":
            message = f"whoever is in this group is an {given}: it has no plain members"
            raise InputError(message, hint="taking the user out of the group takes the role away")
        if given == "administrator" and role_of(root, user) == "owner":
            return []  # owners are members of both groups; this would take the higher role
        if given:
            await self._set_role(user, given)
            return []
        group = format_id(listed.entry.principal)
        held = await self._need_inside(listed.entry.principal)
        before = held.record.permissions(user)
        if role is None and before:
            return []
        bits = MANAGER if role == "manager" else MEMBER
        stops = before & MANAGE_VAULT & ~bits
        if stops:
            need_listed(self._session)  # a group's new keys are in its entry
        told = await Rights(self._session).grant(
            group, {user_id: bits}, kind=ContainerKind.GROUP, replace=True
        )
        return [*told, *await settle(self._session)] if stops else told

    async def remove(self, name_or_id: str, user_id: str) -> Dues:
        """Take a user out of a group; the group and what it opens get new keys.

        Returns:
            As `delete`.

        Raises:
            ForbiddenError: The caller is neither owner nor administrator, or
                the group would be left without a manager.
        """
        session = self._session
        listed = await find_principal(self._session, name_or_id, PrincipalKind.GROUP)
        user = need_id(user_id, PrincipalId, label="user")
        root, group = session.directory.root, listed.entry.principal
        if group == root.team_members_group:
            message = "every user is a member of this group"
            raise ForbiddenError(
                message,
                hint="use `op user suspend` or `op user delete`",
            )
        if _role_given(root, group):
            return await self._take_role(user, group=group)
        need_listed(session)  # a group's new keys are in its entry
        held = await self._need_inside(group)
        self._check_keeps_listed(held, leaving=user)
        told = await Rights(session).revoke(format_id(group), user_id, kind=ContainerKind.GROUP)
        return [*told, *await settle(session)]

    async def _need_inside(self, group: PrincipalId) -> Container:
        """Return a group whose key the caller holds, which every change of its members takes.

        Raises:
            ForbiddenError: The caller is not in it, whatever its role in the account.
        """
        session = self._session
        await session.sync_fresh()
        held = session.containers.get(container_of_group(group))
        if held is None:
            message = "you are not in this group, and only its members hold its keys"
            hint = "a manager of the group can do it, or make you a manager first"
            raise ForbiddenError(message, hint=hint)
        return held

    def _check_keeps_listed(self, group: Container, *, leaving: PrincipalId) -> None:
        """Refuse to leave a group without an owner or administrator: nobody could renew its keys.

        Raises:
            ForbiddenError: The user is the last one who is listed.
        """
        root = self._session.directory.root
        rest = rights_of(group.record).keys() - {leaving}
        if root.signer(leaving) and not any(root.signer(one) for one in rest):
            message = "nobody who may renew the keys of the group would be left in it"
            raise ForbiddenError(
                message, hint="add another owner or administrator to the group first"
            )

    async def _take_role(self, user: PrincipalId, *, group: PrincipalId) -> Dues:
        await remember_groups(self._session)
        root = self._session.directory.root
        role = role_of(root, user)
        rest = "administrator" if group == root.owners_group else "member"
        if role == "member" or (group == root.owners_group and role != "owner"):
            container = self._session.containers.get(container_of_group(group))
            if container is None or container.record.row(user) is None:
                message = f"user {format_id(user)} is not a member of that group"
                raise NotFoundError(message)
            rest = role  # a restored file may have in a group whom the root document does not list
        if role == "owner" and group == root.administrators_group:
            message = "an owner is always an administrator"
            raise ForbiddenError(message, hint="first take the role of owner away")
        await self._set_role(user, rest)
        return await settle(self._session)

    async def _set_role(self, user: PrincipalId, role: str) -> None:
        await commit(self._session, partial(self._plan_role, user, role))

    async def _plan_role(self, user: PrincipalId, role: str) -> Change:
        session = self._session
        change = await Change.begin(session, principals=[user], containers=role_containers(session))
        plan_role(change, user, role)
        return change


async def _old_profile(session: Session, group: PrincipalId) -> Opened | None:
    """Return a group's profile, to delete it too; a damaged one does not keep the group alive."""
    try:
        opened = await open_profile(session, group)
    except (NotFoundError, IntegrityError):
        return None
    return opened if opened.revision.state != State.DELETED else None


def _role_given(root: RootDocument, group: PrincipalId) -> str:
    """Return the role that belongs to a group, empty for others."""
    return {root.owners_group: "owner", root.administrators_group: "administrator"}.get(group, "")


def _as_dict(root: RootDocument, listed: Listed) -> GroupDict:
    group = listed.entry.principal
    types = {
        root.owners_group: "OWNERS",
        root.administrators_group: "ADMINISTRATORS",
        root.team_members_group: "TEAM_MEMBERS",
    }
    return {
        "id": format_id(group),
        "name": listed.name,
        "description": listed.description,
        "state": listed.state,
        "type": types.get(group, _USER_DEFINED),
        "createdAt": listed.created_ms,
        "updatedAt": listed.updated_ms,
    }
