"""Programs that follow the SDK's documentation: vaults, groups, people and environments."""

from __future__ import annotations

import pytest

from onepassword import (
    UPDATE_ITEM_HISTORY,
    Client,
    GroupAccess,
    GroupCreateParams,
    GroupGetParams,
    GroupMemberRole,
    GroupUpdateParams,
    GroupVaultAccess,
    VaultAccessorType,
    VaultCreateParams,
    VaultGetParams,
    VaultListParams,
    VaultType,
    VaultUpdateParams,
)
from strongroom.errors import NotFoundError
from support.flows import READ, Account, flow
from support.flows_items import login

# -- vaults, groups, people, environments --------------------------------------------------


@flow
async def live_with_a_vault(client: Client, account: Account) -> None:
    """Make a vault, list, look at it, change it, and delete it."""
    vault = await client.vaults.create(
        VaultCreateParams(title="Made", description="one", allow_admins_access=True)
    )
    assert vault.vault_type is VaultType.USERCREATED

    listed = {one.id: one.title for one in await client.vaults.list()}

    assert listed == {row["id"]: row["title"] for row in account.read(lambda e: e.vaults.list())}
    assert listed == {
        one.id: one.title for one in await client.vaults.list(VaultListParams(decrypt_details=True))
    }
    await client.items.create(login(vault.id, "Counted"))
    overview = await client.vaults.get_overview(vault.id)
    read = account.read(lambda engine: engine.vaults.get_overview(vault.id))
    assert overview.model_dump(mode="json", by_alias=True) == read
    assert (overview.active_item_count, overview.description) == (1, "one")
    found = await client.vaults.get(vault.id, VaultGetParams(accessors=True))
    rows = account.read(lambda engine: engine.vaults.get(vault.id, accessors=True))["access"]
    assert found.access is not None
    assert [row.model_dump(mode="json", by_alias=True) for row in found.access] == rows
    assert (await client.vaults.get(vault.id, VaultGetParams())).access is None
    changed = await client.vaults.update(vault.id, VaultUpdateParams(title="Renamed"))
    assert (changed.title, changed.description) == ("Renamed", "one")
    read = account.read(lambda engine: engine.vaults.get(vault.id))
    assert (read["title"], read["description"]) == ("Renamed", "one")
    await client.vaults.delete(vault.id)
    with pytest.raises(NotFoundError):
        account.read(lambda engine: engine.vaults.get(vault.id))


def mask_of(account: Account, vault_id: str, principal: str) -> int | None:
    """Return what somebody may do in a vault, as a new engine reads it."""
    rows = account.read(lambda engine: engine.vaults.get(vault_id, accessors=True))["access"]
    return {row["accessorUuid"]: row["permissions"] for row in rows}.get(principal)


@flow
async def give_groups_access(client: Client, account: Account) -> None:
    """Grant a group a vault, replace what it may do, see both sides of it, and take it back."""
    vault = await client.vaults.create(VaultCreateParams(title="For a group"))
    group = await client.groups.create(GroupCreateParams(title="Crew", description="at night"))

    await client.vaults.grant_group_permissions(
        vault.id, [GroupAccess(group_id=group.id, permissions=READ)]
    )

    assert mask_of(account, vault.id, group.id) == READ
    more = READ | UPDATE_ITEM_HISTORY
    await client.vaults.update_group_permissions(
        [GroupVaultAccess(vault_id=vault.id, group_id=group.id, permissions=more)]
    )
    found = await client.groups.get(group.id, GroupGetParams(vault_permissions=True))
    assert found.vault_access is not None
    (row,) = found.vault_access
    assert (row.vault_uuid, row.accessor_uuid) == (vault.id, group.id)
    assert row.accessor_type is VaultAccessorType.GROUP
    assert row.permissions == mask_of(account, vault.id, group.id) == more
    await client.vaults.revoke_group_permissions(vault.id, group.id)
    assert mask_of(account, vault.id, group.id) is None
    await client.groups.delete(group.id)
    assert group.id not in [row["id"] for row in account.read(lambda e: e.groups.list())]


@flow
async def give_people_access(client: Client, account: Account) -> None:
    """Not in the SDK: grant a user a vault, replace what the user may do, and take it back."""
    vault = await client.vaults.create(VaultCreateParams(title="For Ben"))

    await client.vaults.grant_user_permissions(vault.id, account.ben, READ | UPDATE_ITEM_HISTORY)

    assert mask_of(account, vault.id, account.ben) == READ | UPDATE_ITEM_HISTORY
    await client.vaults.update_user_permissions(vault.id, account.ben, READ)
    assert mask_of(account, vault.id, account.ben) == READ
    await client.vaults.revoke_user_permissions(vault.id, account.ben)
    assert mask_of(account, vault.id, account.ben) is None


@flow
async def manage_a_group(client: Client, account: Account) -> None:
    """Not in the SDK: make a group, put somebody into it, rename it, and list groups."""
    group = await client.groups.create(GroupCreateParams(title="Team A"))
    await client.groups.add_member(group.id, account.ben, GroupMemberRole.MANAGER)

    members = await client.groups.members(group.id)

    read = account.read(lambda engine: engine.groups.members(group.id))
    assert {(one.user_id, one.role.value) for one in members} == {
        (row["id"], row["role"].lower()) for row in read
    }
    assert (account.ben, GroupMemberRole.MANAGER) in {(one.user_id, one.role) for one in members}
    await client.groups.remove_member(group.id, account.ben)
    read = account.read(lambda engine: engine.groups.members(group.id))
    assert account.ben not in [row["id"] for row in read]
    await client.groups.update(group.id, GroupUpdateParams(title="Team B"))
    read = account.read(lambda engine: engine.groups.list())
    assert {one.id: one.title for one in await client.groups.list()} == {
        row["id"]: row["name"] for row in read
    }
    assert (group.id, "Team B") in {(row["id"], row["name"]) for row in read}


@flow
async def see_people(client: Client, account: Account) -> None:
    """Not in the SDK: list who has an account, and look at one of them."""
    people = await client.users.list()
    read = account.read(lambda engine: engine.users.list())
    assert {(one.id, one.name, one.email) for one in people} == {
        (row["id"], row["name"], row["email"]) for row in read
    }
    ben = await client.users.get(account.ben)
    assert (ben.name, ben.email) == ("Ben", "ben@example.org")
    assert ben in people


@flow
async def read_an_environment(client: Client, account: Account) -> None:
    """Read the variables of an environment by its id."""
    rows = [
        {"name": "DATABASE_URL", "value": "postgres://example.org", "masked": True},
        {"name": "MODE", "value": "test", "masked": False},
    ]
    creating = account.engine().environments.create("Production", variables=rows)
    environment_id = account.home.run(creating)["id"]

    answer = await client.environments.get_variables(environment_id)

    assert [one.model_dump() for one in answer.variables] == rows
    read = account.read(lambda engine: engine.environments.get_variables(environment_id))
    assert read == rows
