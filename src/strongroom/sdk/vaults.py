"""Calls on vaults, and on what groups may do in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.sdk.shapes import (
        GroupAccessDict,
        GroupVaultAccessDict,
        VaultCreateDict,
        VaultGetDict,
        VaultUpdateDict,
    )
    from strongroom.vaults.models import VaultDict


async def create(engine: Engine, params: VaultCreateDict) -> VaultDict:
    """Make a vault, which the caller manages from then on."""
    made = await engine.vaults.create(
        params["title"],
        description=params.get("description") or "",
        allow_admins_access=params.get("allowAdminsAccess"),
    )
    return _of_sdk(made)


async def list_vaults(engine: Engine) -> list[VaultDict]:
    """Return all vaults that the caller may see; their titles are always opened."""
    return [_of_sdk(vault) for vault in await engine.vaults.list()]


async def get_overview(engine: Engine, vault_id: str) -> VaultDict:
    """Return a vault's attributes with its times."""
    return _of_sdk(await engine.vaults.get_overview(vault_id))


async def get(engine: Engine, vault_id: str, params: VaultGetDict) -> VaultDict:
    """Return a vault, with its access list when that is asked for."""
    return _of_sdk(await engine.vaults.get(vault_id, accessors=bool(params.get("accessors"))))


async def update(engine: Engine, vault_id: str, params: VaultUpdateDict) -> VaultDict:
    """Change title or description."""
    changed = await engine.vaults.update(
        vault_id, title=params.get("title"), description=params.get("description")
    )
    return _of_sdk(changed)


async def delete(engine: Engine, vault_id: str) -> None:
    """Delete a vault and everything in it."""
    await engine.vaults.delete(vault_id)


async def grant_group_permissions(
    engine: Engine, vault_id: str, rows: Sequence[GroupAccessDict]
) -> None:
    """Give groups access to a vault, beside what they may do there already."""
    wanted = {row["groupId"]: row["permissions"] for row in rows}
    await engine.access.grant(vault_id, wanted, of="group")


async def update_group_permissions(engine: Engine, rows: Sequence[GroupVaultAccessDict]) -> None:
    """Replace what groups may do in vaults, in all of them or in none."""
    grants = [(row["vaultId"], row["groupId"], row["permissions"]) for row in rows]
    await engine.access.set_all(grants, of="group")


async def revoke_group_permissions(engine: Engine, vault_id: str, group_id: str) -> None:
    """Take a group's access to a vault away."""
    await engine.access.revoke(vault_id, group_id)


def _of_sdk(vault: VaultDict) -> VaultDict:
    """Return a vault without its icon, for which the SDK's has no place."""
    vault.pop("icon", None)
    return vault
