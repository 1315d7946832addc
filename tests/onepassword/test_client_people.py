"""Groups, users and who may do what in vaults, as programs see them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import onepassword
from onepassword import (
    Client,
    GroupAccess,
    GroupCreateParams,
    GroupGetParams,
    GroupMemberRole,
    GroupUpdateParams,
    GroupVaultAccess,
    UserRole,
    UserState,
    VaultCreateParams,
    VaultGetParams,
)
from onepassword._facade.handle import EngineHandle
from strongroom.errors import ForbiddenError, InputError, NotFoundError
from strongroom.ids import format_id
from strongroom.sync import SyncClient
from support.homes import Home, make_home

READ = onepassword.READ_ITEMS | onepassword.REVEAL_ITEM_PASSWORD
# The mask of the SDK's own example, which is stored with the permission that it lacks.
EXAMPLE = onepassword.READ_ITEMS | onepassword.CREATE_ITEMS | onepassword.UPDATE_ITEMS


@pytest.fixture(scope="module")
def people_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """An account of its own, since groups and members change in it."""
    made = make_home(tmp_path_factory.mktemp("people"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def owner(people_home: Home) -> SyncClient:
    """The owner's client, as the desktop agent will open it."""
    client = Client()
    client._handle = EngineHandle(people_home.owner())
    return SyncClient(client)


@pytest.fixture(scope="module")
def ben(people_home: Home) -> str:
    """The id of a member."""
    return format_id(people_home.invite("ben@example.org", name="Ben").user)


@pytest.fixture
def group(owner: SyncClient, tmp_path: Path) -> str:
    """The id of a new group."""
    return owner.groups.create(GroupCreateParams(title=f"group {tmp_path.name}")).id


@pytest.fixture
def vault(owner: SyncClient, tmp_path: Path) -> str:
    """The id of a new vault."""
    return owner.vaults.create(VaultCreateParams(title=f"vault {tmp_path.name}")).id


def access(owner: SyncClient, vault: str) -> dict[str, int]:
    found = owner.vaults.get(vault, VaultGetParams(accessors=True)).access
    return {row.accessor_uuid: row.permissions for row in found or []}


def test_permissions_of_groups(owner: SyncClient, vault: str, group: str) -> None:
    """Granting adds to a mask, updating replaces it, revoking removes the group."""
    owner.vaults.grant_group_permissions(vault, [GroupAccess(group_id=group, permissions=READ)])
    assert access(owner, vault)[group] == READ
    more = GroupAccess(group_id=group, permissions=READ | onepassword.UPDATE_ITEM_HISTORY)
    owner.vaults.grant_group_permissions(vault, [more])
    assert access(owner, vault)[group] == READ | onepassword.UPDATE_ITEM_HISTORY
    replaced = GroupVaultAccess(vault_id=vault, group_id=group, permissions=READ)
    owner.vaults.update_group_permissions([replaced])
    assert access(owner, vault)[group] == READ
    owner.vaults.revoke_group_permissions(vault, group)
    assert group not in access(owner, vault)


def test_the_example_mask(owner: SyncClient, vault: str, group: str) -> None:
    """The mask of the SDK's example is taken, with the permission that it lacks."""
    owner.vaults.grant_group_permissions(vault, [GroupAccess(group_id=group, permissions=EXAMPLE)])
    assert access(owner, vault)[group] == EXAMPLE | onepassword.REVEAL_ITEM_PASSWORD


def test_refused_masks(owner: SyncClient, vault: str, group: str) -> None:
    """A mask that lacks what it needs is refused with the names of what is missing."""
    lacking = GroupAccess(group_id=group, permissions=onepassword.DELETE_ITEMS)
    with pytest.raises(InputError, match="view_items"):
        owner.vaults.grant_group_permissions(vault, [lacking])
    assert group not in access(owner, vault)


def test_several_vaults_or_none(owner: SyncClient, vault: str, group: str, ben: str) -> None:
    """An update over several vaults changes all of them or none."""
    other = owner.vaults.create(VaultCreateParams(title="other")).id
    rows = [
        GroupVaultAccess(vault_id=one, group_id=group, permissions=READ) for one in (vault, other)
    ]
    false = GroupVaultAccess(vault_id=other, group_id=ben, permissions=READ)
    with pytest.raises(NotFoundError):
        owner.vaults.update_group_permissions([*rows[:1], false])
    assert group not in access(owner, vault)
    owner.vaults.update_group_permissions(rows)
    assert access(owner, vault)[group] == access(owner, other)[group] == READ


def test_get_group(owner: SyncClient, vault: str, group: str) -> None:
    """A group tells what it may do in vaults when that is asked."""
    owner.vaults.grant_group_permissions(vault, [GroupAccess(group_id=group, permissions=READ)])
    assert owner.groups.get(group, GroupGetParams()).vault_access is None
    (row,) = owner.groups.get(group, GroupGetParams(vault_permissions=True)).vault_access or []
    assert (row.vault_uuid, row.accessor_uuid, row.permissions) == (vault, group, READ)
    with pytest.raises(NotFoundError):
        owner.groups.get("Owners", GroupGetParams())


def test_edit_groups(owner: SyncClient, group: str) -> None:
    """Groups are renamed, listed and deleted; the account's own stay."""
    changed = owner.groups.update(group, GroupUpdateParams(description="on call"))
    assert changed.description == "on call"
    types = {row.group_type.value for row in owner.groups.list()}
    assert types == {"owners", "administrators", "teamMembers", "userDefined"}
    owner.groups.delete(group)
    assert group not in {row.id for row in owner.groups.list()}
    owners = next(row for row in owner.groups.list() if row.group_type.value == "owners")
    with pytest.raises(ForbiddenError):
        owner.groups.delete(owners.id)


def test_members(owner: SyncClient, group: str, ben: str) -> None:
    """Members come, change their role, and go."""
    owner.groups.add_member(group, ben)
    roles = {row.user_id: row.role for row in owner.groups.members(group)}
    assert roles[ben] is GroupMemberRole.MEMBER
    owner.groups.add_member(group, ben, GroupMemberRole.MANAGER)
    owner.groups.add_member(group, ben)  # without a role nobody's is taken away
    roles = {row.user_id: row.role for row in owner.groups.members(group)}
    assert roles[ben] is GroupMemberRole.MANAGER
    owner.groups.remove_member(group, ben)
    assert ben not in {row.user_id for row in owner.groups.members(group)}


def test_users(owner: SyncClient, ben: str) -> None:
    """Users are listed with name, address, state and role."""
    found = owner.users.get(ben)
    assert (found.name, found.email) == ("Ben", "ben@example.org")
    assert (found.state, found.role) == (UserState.ACTIVE, UserRole.MEMBER)
    assert found in owner.users.list()
    with pytest.raises(NotFoundError):
        owner.users.get("Ben")


def test_permissions_of_users(owner: SyncClient, vault: str, ben: str, group: str) -> None:
    """A user is given rights as a group is; a group is no user."""
    owner.vaults.grant_user_permissions(vault, ben, READ)
    owner.vaults.update_user_permissions(vault, ben, READ | onepassword.UPDATE_ITEM_HISTORY)
    assert access(owner, vault)[ben] == READ | onepassword.UPDATE_ITEM_HISTORY
    with pytest.raises(NotFoundError):
        owner.vaults.grant_user_permissions(vault, group, READ)
    owner.vaults.revoke_user_permissions(vault, ben)
    assert ben not in access(owner, vault)


def test_a_token_manages_the_vaults_that_it_made(
    people_home: Home, owner: SyncClient, vault: str, group: str
) -> None:
    """A service account grants and revokes in vaults of its own, and in no other."""
    token = people_home.token(vault, "read_items", can_create_vaults=True)
    with SyncClient.authenticate(token, "tests", "1.0") as robot:
        own = robot.vaults.create(VaultCreateParams(title="by robot")).id
        wanted = [GroupAccess(group_id=group, permissions=READ)]
        robot.vaults.grant_group_permissions(own, wanted)
        assert access(owner, own)[group] == READ
        robot.vaults.revoke_group_permissions(own, group)
        with pytest.raises(ForbiddenError):
            robot.vaults.grant_group_permissions(vault, wanted)
