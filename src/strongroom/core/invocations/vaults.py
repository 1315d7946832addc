"""Messages about vaults, and about what groups may do in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NotRequired, TypedDict

from strongroom.core.invocations.base import ClientInvocation
from strongroom.sdk import vaults as calls
from strongroom.sdk.shapes import (
    GroupAccessDict,
    GroupVaultAccessDict,
    VaultCreateDict,
    VaultGetDict,
    VaultUpdateDict,
)

if TYPE_CHECKING:
    from strongroom.client.engine import Engine


class VaultListDict(TypedDict):
    """How to list vaults; their titles are always opened here."""

    decryptDetails: NotRequired[bool | None]


class VaultsCreate(ClientInvocation, frozen=True):
    """A new vault."""

    params: VaultCreateDict

    async def answer(self, engine: Engine) -> object:
        """Return the vault."""
        return await calls.create(engine, self.params)


class VaultsList(ClientInvocation, frozen=True):
    """All vaults that the caller may see."""

    params: VaultListDict | None = None

    async def answer(self, engine: Engine) -> object:
        """Return overviews."""
        return await calls.list_vaults(engine)


class VaultsGetOverview(ClientInvocation, frozen=True):
    """A vault's attributes with its times."""

    vault_id: str

    async def answer(self, engine: Engine) -> object:
        """Return an overview."""
        return await calls.get_overview(engine, self.vault_id)


class VaultsGet(ClientInvocation, frozen=True):
    """A vault, with its access list when that is asked for."""

    vault_id: str
    vault_params: VaultGetDict

    async def answer(self, engine: Engine) -> object:
        """Return the vault."""
        return await calls.get(engine, self.vault_id, self.vault_params)


class VaultsUpdate(ClientInvocation, frozen=True):
    """Another title or description of a vault."""

    vault_id: str
    params: VaultUpdateDict

    async def answer(self, engine: Engine) -> object:
        """Return the vault."""
        return await calls.update(engine, self.vault_id, self.params)


class VaultsDelete(ClientInvocation, frozen=True):
    """A vault to delete."""

    vault_id: str

    async def answer(self, engine: Engine) -> None:
        """Return nothing."""
        await calls.delete(engine, self.vault_id)


class VaultsGrantGroupPermissions(ClientInvocation, frozen=True):
    """More that groups may do in a vault."""

    vault_id: str
    group_permissions_list: list[GroupAccessDict]

    async def answer(self, engine: Engine) -> None:
        """Return nothing."""
        await calls.grant_group_permissions(engine, self.vault_id, self.group_permissions_list)


class VaultsUpdateGroupPermissions(ClientInvocation, frozen=True):
    """All that groups may do in vaults."""

    group_permissions_list: list[GroupVaultAccessDict]

    async def answer(self, engine: Engine) -> None:
        """Return nothing."""
        await calls.update_group_permissions(engine, self.group_permissions_list)


class VaultsRevokeGroupPermissions(ClientInvocation, frozen=True):
    """A group that may do nothing more in a vault."""

    vault_id: str
    group_id: str

    async def answer(self, engine: Engine) -> None:
        """Return nothing."""
        await calls.revoke_group_permissions(engine, self.vault_id, self.group_id)
