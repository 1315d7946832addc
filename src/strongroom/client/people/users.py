"""The users of an account: list, suspend, reactivate, remove, rename.

Source: specs/formats.md sections 5 and 11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.client.change.change import Change, commit
from strongroom.client.change.dues import Dues
from strongroom.client.change.outside_groups import remember_groups
from strongroom.client.change.owners import need_listed
from strongroom.client.change.roles import MEMBER, role_of
from strongroom.client.change.rotation import settle
from strongroom.client.people.profiles import (
    Listed,
    current_keys,
    edit_profile,
    find_principal,
    list_principals,
)
from strongroom.client.view.names import need_id
from strongroom.client.view.session import Session
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import ForbiddenError
from strongroom.ids import PrincipalId, container_of_group, format_id
from strongroom.wire.access import ContainerKind
from strongroom.wire.entries import EntryState
from strongroom.wire.roots import RootDocument

if TYPE_CHECKING:
    from strongroom.client.people.models import KeysDict, UserDict


class Users:
    """People who have an account of their own."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def list(self, *, deleted: bool = False) -> list[UserDict]:
        """Return every user: id, name, e-mail address, state, role and times."""
        rows = await list_principals(self._session, PrincipalKind.USER)
        root = self._session.directory.root
        return [
            _as_dict(root, row) for row in rows if deleted or row.entry.state != EntryState.REMOVED
        ]

    async def find(self, text: str) -> UserDict:
        """Return the one user with an id, e-mail address or name.

        Raises:
            NotFoundError: None.
            AmbiguousError: Several; `candidates` are their ids.
        """
        listed = await find_principal(self._session, text, PrincipalKind.USER)
        return _as_dict(self._session.directory.root, listed)

    async def keys(self, text: str) -> KeysDict:
        """Return a user's current keys: fingerprint (hexadecimal) and publicKey (base64url)."""
        listed = await find_principal(self._session, text, PrincipalKind.USER)
        return await current_keys(self._session, listed.entry.principal)

    async def get(self, user_id: str) -> UserDict:
        """Return the user with an id.

        Raises:
            NotFoundError: There is none.
        """
        need_id(user_id, PrincipalId, label="user")
        return await self.find(user_id)

    async def me(self) -> UserDict:
        """Return the caller."""
        await self._session.ready()
        return await self.find(format_id(self._session.principal))

    async def edit(self, text: str, *, name: str) -> UserDict:
        """Rename a user.

        Raises:
            ForbiddenError: The caller is neither owner nor administrator.
        """
        listed = await find_principal(self._session, text, PrincipalKind.USER)
        await edit_profile(self._session, listed.entry.principal, name=name)
        return await self.find(format_id(listed.entry.principal))

    async def suspend(self, text: str) -> Dues:
        """Shut a user out until `reactivate`; what it could open gets new keys.

        Returns:
            The containers that were rotated, and those that wait for somebody who may.

        Raises:
            ForbiddenError: The caller is neither owner nor administrator, or
                the user has a role, which is taken first.
        """
        return await self._leave(text, EntryState.SUSPENDED)

    async def remove(self, text: str) -> Dues:
        """Remove a user for good; what it could open gets new keys.

        Raises:
            ForbiddenError: As `suspend`.
        """
        return await self._leave(text, EntryState.REMOVED)

    async def reactivate(self, text: str) -> UserDict:
        """Let a suspended user in again, as one of the team members.

        Rights that were lost to a rotation meanwhile have to be given again.
        """
        listed = await find_principal(self._session, text, PrincipalKind.USER)
        session, user = self._session, listed.entry.principal

        async def build() -> Change:
            need_listed(session)
            group = session.directory.root.team_members_group
            team = session.need_container(container_of_group(group), ContainerKind.GROUP)
            change = await Change.begin(session, principals=[user], containers=[team])
            change.ledger.set_state(user, EntryState.ACTIVE)
            change.set_rights(team, change.active_rights(team) | {user: MEMBER})
            return change

        if listed.entry.state != EntryState.ACTIVE:
            await commit(session, build)
        return await self.find(format_id(user))

    async def _leave(self, text: str, state: EntryState) -> Dues:
        listed = await find_principal(self._session, text, PrincipalKind.USER)
        session, user = self._session, listed.entry.principal
        if user == session.principal:
            message = "you cannot suspend or delete yourself"
            raise ForbiddenError(message, hint="another owner or administrator can do it")

        async def build() -> Change:
            need_listed(session)
            change = await Change.begin(session, principals=[user])
            change.ledger.set_state(user, state)
            return change

        if listed.entry.state != state:
            await remember_groups(session)
            await commit(session, build)
        return await settle(session)


def _as_dict(root: RootDocument, listed: Listed) -> UserDict:
    return {
        "id": format_id(listed.entry.principal),
        "name": listed.name,
        "email": listed.email,
        "state": listed.state,
        "type": "MEMBER",
        "role": role_of(root, listed.entry.principal),
        "createdAt": listed.created_ms,
        "updatedAt": listed.updated_ms,
    }
