"""Groups of users. Only `get` is part of the 1Password SDK."""

import builtins
from typing import TYPE_CHECKING

from onepassword._facade.handle import EngineHandle
from onepassword._models.people import (
    GroupCreateParams,
    GroupMember,
    GroupMemberRole,
    GroupUpdateParams,
)
from onepassword.types import Group, GroupGetParams
from strongroom.sdk import groups as calls

if TYPE_CHECKING:
    from strongroom.client.people.models import GroupDict

__all__ = ["Groups"]


class Groups:
    """Works on groups; found as `client.groups`. Takes ids, never names.

    All methods raise a `StrongroomError` that names the failure, among them
    `NotFoundError` and `ForbiddenError`.
    """

    def __init__(self, handle: EngineHandle) -> None:
        self._handle = handle

    async def get(self, group_id: str, group_params: GroupGetParams) -> Group:
        """Return a group, with what it may do in the caller's vaults when asked.

        Raises:
            NotFoundError: There is no group with that id.
        """
        found = await calls.get(
            self._handle.engine, group_id, {"vaultPermissions": group_params.vault_permissions}
        )
        return Group.model_validate(found)

    async def create(self, params: GroupCreateParams) -> Group:
        """Make a group, whose first member and manager is the caller.

        Raises:
            ForbiddenError: The caller is neither owner nor administrator.
        """
        groups = self._handle.engine.groups
        made = await groups.create(params.title, description=params.description or "")
        return _as_group(made)

    async def update(self, group_id: str, params: GroupUpdateParams) -> Group:
        """Change title or description; `None` leaves one as it is."""
        groups = self._handle.engine.groups
        await groups.get(group_id)
        changed = await groups.edit(group_id, name=params.title, description=params.description)
        return _as_group(changed)

    async def delete(self, group_id: str) -> None:
        """Delete a group; what it could open gets new keys."""
        groups = self._handle.engine.groups
        await groups.get(group_id)
        await groups.delete(group_id)

    async def members(self, group_id: str) -> builtins.list[GroupMember]:
        """Return who belongs to a group.

        Raises:
            ForbiddenError: The caller is no member, owner or administrator.
        """
        groups = self._handle.engine.groups
        await groups.get(group_id)
        return [
            GroupMember.model_validate({"userId": row["id"], "role": row["role"].lower()})
            for row in await groups.members(group_id)
        ]

    async def add_member(
        self, group_id: str, user_id: str, role: GroupMemberRole | None = None
    ) -> None:
        """Make a user a member or manager of a group, or change which of them the user is.

        Without `role`, somebody new becomes a member, and whoever is in the group stays as they
        are.
        """
        groups = self._handle.engine.groups
        await groups.get(group_id)
        await groups.add(
            group_id, user_id, role=None if role is None else GroupMemberRole(role).value
        )

    async def remove_member(self, group_id: str, user_id: str) -> None:
        """Take a user out of a group; the group and what it opens get new keys."""
        groups = self._handle.engine.groups
        await groups.get(group_id)
        await groups.remove(group_id, user_id)

    # Annotations below name `builtins.list`, since `list` is now this method.
    async def list(self) -> builtins.list[Group]:
        """List all groups of the account."""
        return [_as_group(row) for row in await self._handle.engine.groups.list()]


def _as_group(row: "GroupDict") -> Group:
    return Group.model_validate(calls.show_group(row))
