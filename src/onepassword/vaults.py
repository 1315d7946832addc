"""Vaults: make, read, change and remove them, and say which groups may use them."""

import builtins

from onepassword._facade.checks import check_argument, check_list
from onepassword._facade.handle import EngineHandle
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
from strongroom.sdk import vaults as calls

__all__ = ["Vaults"]


class Vaults:
    """Works on vaults; found as `client.vaults`. Takes ids, never names.

    All methods raise a `StrongroomError` that names the failure, among them
    `InvalidIdError`, `NotFoundError` and `ForbiddenError`.
    """

    def __init__(self, handle: EngineHandle) -> None:
        self._handle = handle

    async def create(self, params: VaultCreateParams) -> Vault:
        """Make a vault, which the caller manages from then on."""
        check_argument("params", params, VaultCreateParams)
        made = await calls.create(
            self._handle.engine,
            {
                "title": params.title,
                "description": params.description,
                "allowAdminsAccess": params.allow_admins_access,
            },
        )
        return Vault.model_validate(made)

    async def get_overview(self, vault_id: str) -> VaultOverview:
        """Return a vault's attributes with its times, without its access list."""
        found = await calls.get_overview(self._handle.engine, vault_id)
        return VaultOverview.model_validate(found)

    async def get(self, vault_id: str, vault_params: VaultGetParams) -> Vault:
        """Return a vault, with its access list when `vault_params.accessors` is true."""
        check_argument("vault_params", vault_params, VaultGetParams)
        found = await calls.get(
            self._handle.engine, vault_id, {"accessors": vault_params.accessors}
        )
        return Vault.model_validate(found)

    async def update(self, vault_id: str, params: VaultUpdateParams) -> Vault:
        """Change title or description; `None` leaves one as it is."""
        check_argument("params", params, VaultUpdateParams)
        changed = await calls.update(
            self._handle.engine,
            vault_id,
            {"title": params.title, "description": params.description},
        )
        return Vault.model_validate(changed)

    async def delete(self, vault_id: str) -> None:
        """Delete a vault and everything in it."""
        await calls.delete(self._handle.engine, vault_id)

    async def grant_group_permissions(
        self,
        vault_id: str,
        group_permissions_list: builtins.list[GroupAccess],
    ) -> None:
        """Give groups access to a vault, beside what they may do there already.

        Raises:
            ForbiddenError: The caller may not manage the vault.
            InputError: A mask lacks permissions that it needs; the message lists them.
            NotFoundError: There is no such vault or group.
        """
        check_list("group_permissions_list", group_permissions_list, GroupAccess)
        await calls.grant_group_permissions(
            self._handle.engine,
            vault_id,
            [
                {"groupId": row.group_id, "permissions": row.permissions}
                for row in group_permissions_list
            ],
        )

    async def update_group_permissions(
        self,
        group_permissions_list: builtins.list[GroupVaultAccess],
    ) -> None:
        """Replace what groups may do in vaults, in all of them or in none.

        Raises:
            ForbiddenError: The caller may not manage one of the vaults.
            InputError: A mask lacks permissions that it needs; the message lists them.
            NotFoundError: There is no such vault or group.
        """
        check_list("group_permissions_list", group_permissions_list, GroupVaultAccess)
        await calls.update_group_permissions(
            self._handle.engine,
            [
                {
                    "vaultId": row.vault_id,
                    "groupId": row.group_id,
                    "permissions": row.permissions,
                }
                for row in group_permissions_list
            ],
        )

    async def revoke_group_permissions(self, vault_id: str, group_id: str) -> None:
        """Take a group's access to a vault away; the vault gets a new key.

        Raises:
            ForbiddenError: The caller may not manage the vault, or nobody would be left who may.
            NotFoundError: The group has no access to the vault.
        """
        await calls.revoke_group_permissions(self._handle.engine, vault_id, group_id)

    async def grant_user_permissions(self, vault_id: str, user_id: str, permissions: int) -> None:
        """Give a user access to a vault, beside what the user may do there already.

        Not part of the 1Password SDK; otherwise as `grant_group_permissions`.
        """
        wanted = {user_id: permissions}
        await self._handle.engine.access.grant(vault_id, wanted, of="user")

    async def update_user_permissions(self, vault_id: str, user_id: str, permissions: int) -> None:
        """Replace what a user may do in a vault.

        Not part of the 1Password SDK; otherwise as `update_group_permissions`.
        """
        grants = [(vault_id, user_id, permissions)]
        await self._handle.engine.access.set_all(grants, of="user")

    async def revoke_user_permissions(self, vault_id: str, user_id: str) -> None:
        """Take a user's access to a vault away; the vault gets a new key.

        Not part of the 1Password SDK; otherwise as `revoke_group_permissions`.
        """
        await self._handle.engine.access.revoke(vault_id, user_id)

    # Annotations below name `builtins.list`, since `list` is now this method.
    async def list(
        self,
        params: VaultListParams | None = None,  # noqa: ARG002  (titles are always opened here)
    ) -> builtins.list[VaultOverview]:
        """List all vaults that the caller may see.

        Who wrote a title is not checked here (threats T21), but by `get`.
        """
        found = await calls.list_vaults(self._handle.engine)
        return [VaultOverview.model_validate(overview) for overview in found]
