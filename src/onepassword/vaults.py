"""Vaults: make, read, change and remove them, and say which groups may use them."""

# ruff: noqa: ARG002  (methods that only refuse still have the SDK's parameters)

import builtins
from collections.abc import Sequence

from onepassword._failures import refuse_unavailable
from onepassword._handle import EngineHandle
from onepassword.types import (
    GroupAccess,
    GroupVaultAccess,
    Vault,
    VaultCreateParams,
    VaultGetParams,
    VaultListParams,
    VaultOverview,
    VaultUpdateParams,
)

__all__ = ["Vaults"]

_GROUPS = "permissions of groups"


class Vaults:
    """Works on vaults; found as `client.vaults`. Takes ids, never names.

    All methods raise a `StrongroomError` that names the failure, among them
    `InvalidIdError`, `NotFoundError` and `ForbiddenError`.
    """

    def __init__(self, handle: EngineHandle) -> None:
        self._handle = handle

    async def create(self, params: VaultCreateParams) -> Vault:
        """Make a vault, which the caller manages from then on."""
        made = await self._handle.engine.vaults.create(
            params.title,
            description=params.description or "",
            allow_admins_access=params.allow_admins_access,
        )
        return Vault.model_validate(made)

    async def get_overview(self, vault_id: str) -> VaultOverview:
        """Return a vault's attributes with its times, without its access list."""
        found = await self._handle.engine.vaults.get_overview(vault_id)
        return VaultOverview.model_validate(found)

    async def get(self, vault_id: str, vault_params: VaultGetParams) -> Vault:
        """Return a vault, with its access list when `vault_params.accessors` is true."""
        found = await self._handle.engine.vaults.get(
            vault_id, accessors=bool(vault_params.accessors)
        )
        return Vault.model_validate(found)

    async def update(self, vault_id: str, params: VaultUpdateParams) -> Vault:
        """Change title or description; `None` leaves one as it is."""
        changed = await self._handle.engine.vaults.update(
            vault_id, title=params.title, description=params.description
        )
        return Vault.model_validate(changed)

    async def delete(self, vault_id: str) -> None:
        """Delete a vault and everything in it."""
        await self._handle.engine.vaults.delete(vault_id)

    async def grant_group_permissions(
        self,
        vault_id: str,
        group_permissions_list: Sequence[GroupAccess],
    ) -> None:
        """Give groups access to a vault. Not available yet."""
        raise refuse_unavailable(_GROUPS)

    async def update_group_permissions(
        self,
        group_permissions_list: Sequence[GroupVaultAccess],
    ) -> None:
        """Replace what groups may do in vaults. Not available yet."""
        raise refuse_unavailable(_GROUPS)

    async def revoke_group_permissions(self, vault_id: str, group_id: str) -> None:
        """Take a group's access to a vault away. Not available yet."""
        raise refuse_unavailable(_GROUPS)

    # Annotations below name `builtins.list`, since `list` is now this method.
    async def list(
        self,
        params: VaultListParams | None = None,
    ) -> builtins.list[VaultOverview]:
        """List all vaults that the caller may see."""
        found = await self._handle.engine.vaults.list()
        return [VaultOverview.model_validate(overview) for overview in found]
