# pyright: strict
"""Every method of `SyncClient`, as a typed program uses it; read by type checkers, never run."""

from io import BytesIO
from typing import assert_type

from onepassword import (
    READ_ITEMS,
    REVEAL_ITEM_PASSWORD,
    DeletedItem,
    DesktopAuth,
    DesktopSessionExpiredException,
    DocumentCreateParams,
    FileCreateParams,
    GeneratePasswordResponse,
    GetVariablesResponse,
    Group,
    GroupAccess,
    GroupCreateParams,
    GroupGetParams,
    GroupMember,
    GroupMemberRole,
    GroupUpdateParams,
    GroupVaultAccess,
    Item,
    ItemCategory,
    ItemCreateParams,
    ItemListFilterByState,
    ItemListFilterByStateInner,
    ItemOverview,
    ItemsDeleteAllResponse,
    ItemsGetAllResponse,
    ItemShareAccountPolicy,
    ItemShareDuration,
    ItemShareParams,
    ItemsUpdateAllResponse,
    ItemVersion,
    PasswordRecipePin,
    PasswordRecipePinInner,
    ResolveAllResponse,
    ResolveReferenceErrorParsing,
    Secrets,
    User,
    ValidRecipient,
    Vault,
    VaultCreateParams,
    VaultGetParams,
    VaultListParams,
    VaultOverview,
    VaultUpdateParams,
)
from strongroom import SyncClient


def authenticate(token: str) -> SyncClient:
    by_name = SyncClient.authenticate(
        auth=token, integration_name="example", integration_version="1.0"
    )
    assert_type(by_name, SyncClient)
    by_name.close()
    with SyncClient.authenticate(DesktopAuth("example"), "example", "1.0") as client:
        assert_type(client, SyncClient)
        return client


def secrets(client: SyncClient) -> None:
    assert_type(client.secrets.resolve("op://vault/item/field"), str)
    assert_type(client.secrets.resolve(secret_reference="op://vault/item/field"), str)
    answers = client.secrets.resolve_all(["op://vault/item/field"])
    assert_type(answers, ResolveAllResponse)
    for answer in answers.individual_responses.values():
        if answer.content is not None:
            assert_type(answer.content.secret, str)
        elif isinstance(answer.error, ResolveReferenceErrorParsing):
            assert_type(answer.error.message, str)
    assert_type(client.secrets.validate_secret_reference("op://vault/item/field"), None)
    assert_type(Secrets.validate_secret_reference(secret_reference="op://vault/item/field"), None)
    recipe = PasswordRecipePin(parameters=PasswordRecipePinInner(length=6))
    assert_type(client.secrets.generate_password(recipe), GeneratePasswordResponse)
    assert_type(Secrets.generate_password(recipe=recipe).password, str)


def items(client: SyncClient, vault_id: str) -> Item:
    params = ItemCreateParams(category=ItemCategory.LOGIN, vault_id=vault_id, title="example")
    item = client.items.create(params)
    assert_type(item, Item)
    made = client.items.create_all(vault_id, [params])
    assert_type(made, ItemsUpdateAllResponse)
    assert_type([row.content for row in made.individual_responses], list[Item | None])
    assert_type(client.items.get(vault_id=vault_id, item_id=item.id), Item)
    found = client.items.get_all(vault_id, [item.id])
    assert_type(found, ItemsGetAllResponse)
    assert_type([row.content for row in found.individual_responses], list[Item | None])
    item.title = "another"
    assert_type(client.items.put(item), Item)
    assert_type(client.items.archive(vault_id, item.id), None)
    assert_type(client.items.delete(vault_id, item.id), None)
    gone = client.items.delete_all(vault_id, [item.id])
    assert_type(gone, ItemsDeleteAllResponse)
    assert_type([row.content for row in gone.individual_responses.values()], list[None])
    archived = ItemListFilterByState(
        content=ItemListFilterByStateInner(active=False, archived=True)
    )
    assert_type(client.items.list(vault_id), list[ItemOverview])
    assert_type(client.items.list(vault_id, archived, archived), list[ItemOverview])
    return item


def history(client: SyncClient, vault_id: str, item_id: str) -> None:
    versions = client.items.history(vault_id, item_id)
    assert_type(versions, list[ItemVersion])
    assert_type(client.items.get_version(vault_id, item_id, versions[0].version), Item)
    assert_type(client.items.restore(vault_id, item_id, version=1), Item)
    assert_type(client.items.list_deleted(vault_id), list[DeletedItem])
    assert_type(client.items.recover(vault_id, item_id), Item)


def files(client: SyncClient, item: Item) -> None:
    params = FileCreateParams(name="a.txt", content=b"example", section_id="s", field_id="f")
    assert_type(client.items.files.attach(item, params), Item)
    assert_type(
        client.items.files.attach_stream(
            item, BytesIO(b"example"), name="a.txt", section_id="s", field_id="f", size=7
        ),
        Item,
    )
    for file in item.files:
        content = client.items.files.read(item.vault_id, item.id, file.attributes)
        assert_type(content, bytes)
        stream = client.items.files.read_stream(item.vault_id, item.id, file.attributes)
        assert_type(stream.size, int)
        for part in stream:
            assert_type(part, bytes)
        assert_type(stream.read_all(), bytes)
        assert_type(client.items.files.delete(item, file.section_id, file.field_id), Item)
    document = DocumentCreateParams(name="a.pdf", content=b"example")
    assert_type(client.items.files.replace_document(item, document), Item)
    assert_type(client.items.files.replace_document_stream(item, BytesIO(b""), name="a.pdf"), Item)


def shares(client: SyncClient, item: Item) -> None:
    policy = client.items.shares.get_account_policy(item.vault_id, item.id)
    assert_type(policy, ItemShareAccountPolicy)
    recipients = client.items.shares.validate_recipients(policy, ["ana@example.org"])
    assert_type(recipients, list[ValidRecipient])
    params = ItemShareParams(
        recipients=recipients, expire_after=ItemShareDuration.ONEDAY, one_time_only=True
    )
    assert_type(client.items.shares.create(item, policy, params), str)


def vaults(client: SyncClient, group_id: str, user_id: str) -> None:
    vault = client.vaults.create(VaultCreateParams(title="example", description="text"))
    assert_type(vault, Vault)
    assert_type(client.vaults.list(), list[VaultOverview])
    listed = client.vaults.list(VaultListParams(decrypt_details=True))
    assert_type(listed[0].active_item_count, int)
    assert_type(client.vaults.get_overview(vault.id), VaultOverview)
    assert_type(client.vaults.get(vault.id, VaultGetParams(accessors=True)), Vault)
    assert_type(client.vaults.update(vault.id, VaultUpdateParams(title="b")), Vault)
    mask = READ_ITEMS | REVEAL_ITEM_PASSWORD
    access = GroupAccess(group_id=group_id, permissions=mask)
    assert_type(client.vaults.grant_group_permissions(vault.id, [access]), None)
    changed = GroupVaultAccess(vault_id=vault.id, group_id=group_id, permissions=mask)
    assert_type(client.vaults.update_group_permissions([changed]), None)
    assert_type(client.vaults.revoke_group_permissions(vault.id, group_id), None)
    assert_type(client.vaults.grant_user_permissions(vault.id, user_id, mask), None)
    assert_type(client.vaults.update_user_permissions(vault.id, user_id, mask), None)
    assert_type(client.vaults.revoke_user_permissions(vault.id, user_id), None)
    assert_type(client.vaults.delete(vault.id), None)


def groups(client: SyncClient, user_id: str) -> None:
    group = client.groups.create(GroupCreateParams(title="example"))
    assert_type(group, Group)
    found = client.groups.get(group.id, GroupGetParams(vault_permissions=True))
    assert_type([row.permissions for row in found.vault_access or []], list[int])
    assert_type(client.groups.list(), list[Group])
    assert_type(client.groups.update(group.id, GroupUpdateParams(title="b")), Group)
    assert_type(client.groups.add_member(group.id, user_id), None)
    assert_type(client.groups.add_member(group.id, user_id, role=GroupMemberRole.MANAGER), None)
    assert_type(client.groups.members(group.id), list[GroupMember])
    assert_type(client.groups.remove_member(group.id, user_id), None)
    assert_type(client.groups.delete(group.id), None)


def others(client: SyncClient, user_id: str, environment_id: str) -> None:
    assert_type(client.users.get(user_id), User)
    assert_type(client.users.list(), list[User])
    try:
        answer = client.environments.get_variables(environment_id)
    except DesktopSessionExpiredException as error:
        assert_type(error.message, str)
        return
    assert_type(answer, GetVariablesResponse)
    assert_type({one.name: one.value for one in answer.variables}, dict[str, str])
