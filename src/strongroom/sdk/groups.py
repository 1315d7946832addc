"""Calls on groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.people.models import GroupDict
    from strongroom.sdk.shapes import GroupGetDict
    from strongroom.vaults.models import VaultAccessDict

_TYPES: Final = {
    "OWNERS": "owners",
    "ADMINISTRATORS": "administrators",
    "TEAM_MEMBERS": "teamMembers",
    "USER_DEFINED": "userDefined",
}


class ShownGroupDict(TypedDict):
    """A group as the SDK shows it."""

    id: str
    title: str
    description: str
    groupType: str
    state: str
    vaultAccess: list[VaultAccessDict] | None


async def get(engine: Engine, group_id: str, params: GroupGetDict) -> ShownGroupDict:
    """Return a group, with what it may do in the caller's vaults when that is asked for."""
    found = await engine.groups.get(group_id, vault_access=bool(params.get("vaultPermissions")))
    return show_group(found)


def show_group(row: GroupDict) -> ShownGroupDict:
    """Return a group of the engine as the SDK shows it."""
    return {
        "id": row["id"],
        "title": row["name"],
        "description": row["description"],
        "groupType": _TYPES[row["type"]],
        "state": row["state"].lower(),
        "vaultAccess": row.get("vaultAccess"),
    }
