# pyright: strict
"""Every method of `Client`, as a typed program uses it; read by type checkers, never run."""

from io import BytesIO
from typing import assert_type

from onepassword import (
    READ_ITEMS,
    REVEAL_ITEM_PASSWORD,
    Client,
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


async def authenticate(token: str) -> Client:
    by_name = await Client.authenticate(
        auth=token, integration_name="example", integration_version="1.0"
    )
    assert_type(by_name, Client)
    by_name.close()
    async with await Client.authenticate(DesktopAuth("example"), "example", "1.0") as client:
        assert_type(client, Client)
        return client


async def secrets(client: Client) -> None:
    assert_type(await client.secrets.resolve("op://vault/item/field"), str)
    assert_type(await client.secrets.resolve(secret_reference="op://vault/item/field"), str)
    answers = await client.secrets.resolve_all(["op://vault/item/field"])
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


async def items(client: Client, vault_id: str) -> Item:
    params = ItemCreateParams(category=ItemCategory.LOGIN, vault_id=vault_id, title="example")
    item = await client.items.create(params)
    assert_type(item, Item)
    made = await client.items.create_all(vault_id, [params])
    assert_type(made, ItemsUpdateAllResponse)
    assert_type([row.content for row in made.individual_responses], list[Item | None])
    assert_type(await client.items.get(vault_id=vault_id, item_id=item.id), Item)
    found = await client.items.get_all(vault_id, [item.id])
    assert_type(found, ItemsGetAllResponse)
    assert_type([row.content for row in found.individual_responses], list[Item | None])
    item.title = "another"
    assert_type(await client.items.put(item), Item)
    assert_type(await client.items.archive(vault_id, item.id), None)
    assert_type(await client.items.delete(vault_id, item.id), None)
    gone = await client.items.delete_all(vault_id, [item.id])
    assert_type(gone, ItemsDeleteAllResponse)
    assert_type([row.content for row in gone.individual_responses.values()], list[None])
    archived = ItemListFilterByState(
        content=ItemListFilterByStateInner(active=False, archived=True)
    )
    assert_type(await client.items.list(vault_id), list[ItemOverview])
    assert_type(await client.items.list(vault_id, archived, archived), list[ItemOverview])
    return item


async def history(client: Client, vault_id: str, item_id: str) -> None:
    versions = await client.items.history(vault_id, item_id)
    assert_type(versions, list[ItemVersion])
    assert_type(await client.items.get_version(vault_id, item_id, versions[0].version), Item)
    assert_type(await client.items.restore(vault_id, item_id, version=1), Item)
    assert_type(await client.items.list_deleted(vault_id), list[DeletedItem])
    assert_type(await client.items.recover(vault_id, item_id), Item)


async def files(client: Client, item: Item) -> None:
    params = FileCreateParams(name="a.txt", content=b"example", section_id="s", field_id="f")
    assert_type(await client.items.files.attach(item, params), Item)
    assert_type(
        await client.items.files.attach_stream(
            item, BytesIO(b"example"), name="a.txt", section_id="s", field_id="f", size=7
        ),
        Item,
    )
    for file in item.files:
        content = await client.items.files.read(item.vault_id, item.id, file.attributes)
        assert_type(content, bytes)
        stream = await client.items.files.read_stream(item.vault_id, item.id, file.attributes)
        assert_type(stream.size, int)
        async for part in stream:
            assert_type(part, bytes)
        assert_type(await stream.read_all(), bytes)
        assert_type(await client.items.files.delete(item, file.section_id, file.field_id), Item)
    document = DocumentCreateParams(name="a.pdf", content=b"example")
    assert_type(await client.items.files.replace_document(item, document), Item)
    assert_type(
        await client.items.files.replace_document_stream(item, BytesIO(b""), name="a.pdf"), Item
    )


async def shares(client: Client, item: Item) -> None:
    policy = await client.items.shares.get_account_policy(item.vault_id, item.id)
    assert_type(policy, ItemShareAccountPolicy)
    recipients = await client.items.shares.validate_recipients(policy, ["ana@example.org"])
    assert_type(recipients, list[ValidRecipient])
    params = ItemShareParams(
        recipients=recipients, expire_after=ItemShareDuration.ONEDAY, one_time_only=True
    )
    assert_type(await client.items.shares.create(item, policy, params), str)


async def vaults(client: Client, group_id: str, user_id: str) -> None:
    vault = await client.vaults.create(VaultCreateParams(title="example", description="text"))
    assert_type(vault, Vault)
    assert_type(await client.vaults.list(), list[VaultOverview])
    listed = await client.vaults.list(VaultListParams(decrypt_details=True))
    assert_type(listed[0].active_item_count, int)
    assert_type(await client.vaults.get_overview(vault.id), VaultOverview)
    assert_type(await client.vaults.get(vault.id, VaultGetParams(accessors=True)), Vault)
    assert_type(await client.vaults.update(vault.id, VaultUpdateParams(title="b")), Vault)
    mask = READ_ITEMS | REVEAL_ITEM_PASSWORD
    access = GroupAccess(group_id=group_id, permissions=mask)
    assert_type(await client.vaults.grant_group_permissions(vault.id, [access]), None)
    changed = GroupVaultAccess(vault_id=vault.id, group_id=group_id, permissions=mask)
    assert_type(await client.vaults.update_group_permissions([changed]), None)
    assert_type(await client.vaults.revoke_group_permissions(vault.id, group_id), None)
    assert_type(await client.vaults.grant_user_permissions(vault.id, user_id, mask), None)
    assert_type(await client.vaults.update_user_permissions(vault.id, user_id, mask), None)
    assert_type(await client.vaults.revoke_user_permissions(vault.id, user_id), None)
    assert_type(await client.vaults.delete(vault.id), None)


async def groups(client: Client, user_id: str) -> None:
    group = await client.groups.create(GroupCreateParams(title="example"))
    assert_type(group, Group)
    found = await client.groups.get(group.id, GroupGetParams(vault_permissions=True))
    assert_type([row.permissions for row in found.vault_access or []], list[int])
    assert_type(await client.groups.list(), list[Group])
    assert_type(await client.groups.update(group.id, GroupUpdateParams(title="b")), Group)
    assert_type(await client.groups.add_member(group.id, user_id), None)
    assert_type(
        await client.groups.add_member(group.id, user_id, role=GroupMemberRole.MANAGER), None
    )
    assert_type(await client.groups.members(group.id), list[GroupMember])
    assert_type(await client.groups.remove_member(group.id, user_id), None)
    assert_type(await client.groups.delete(group.id), None)


async def others(client: Client, user_id: str, environment_id: str) -> None:
    assert_type(await client.users.get(user_id), User)
    assert_type(await client.users.list(), list[User])
    try:
        answer = await client.environments.get_variables(environment_id)
    except DesktopSessionExpiredException as error:
        assert_type(error.message, str)
        return
    assert_type(answer, GetVariablesResponse)
    assert_type({one.name: one.value for one in answer.variables}, dict[str, str])
