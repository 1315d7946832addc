"""Who is in which group, as far as the caller may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.cli.program.refusals import permission_to
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import ForbiddenError

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.people.models import GroupDict


def members_of(engine: Engine, group: GroupDict) -> dict[str, str]:
    """Return the role of every member of a group by user id.

    Raises:
        ForbiddenError: The caller is neither a member nor owner or administrator.
    """
    action = f"see who is in {named_group(group)}"
    with permission_to(engine, action):
        return {one["id"]: one["role"] for one in drive(engine.groups.members(group["id"]))}


def groups_of(engine: Engine, user_id: str) -> list[GroupDict]:
    """Return the groups that a user is in, without those whose members the caller may not see."""
    groups: list[GroupDict] = []
    for group in drive(engine.groups.list()):
        try:
            if user_id in members_of(engine, group):
                groups.append(group)
        except ForbiddenError:
            continue
    return groups


def named_group(group: GroupDict) -> str:
    """Name a group for an error."""
    return f'the group "{printable(group["name"])}"'
