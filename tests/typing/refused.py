# pyright: strict
"""Lines that type checkers must refuse: each is marked, and no other may be refused.

The last function holds what works when it runs and is unknown to type checkers all the same: both
spellings of fields in one call, JSON's for what only answers hold, text in the place of an enum,
and bytes in the place of text. Programs that are type-checked use another form.
"""

import onepassword
from onepassword import (
    Client,
    Item,
    ItemCategory,
    ItemCreateParams,
    ItemField,
    ItemFieldType,
    ItemSection,
    PasswordRecipePinInner,
    Secrets,
    VaultAccess,
    VaultAccessorType,
    VaultGetParams,
)
from strongroom import SyncClient
from strongroom.testing import ThrowAwayAccount

USER = VaultAccessorType.USER


async def calls(client: Client, item: Item) -> None:
    await client.secrets.resolve(1)  # refused
    await client.secrets.resolve_all("op://vault/item/field")  # refused
    await client.secrets.resolve("op://vault/item/field", 1)  # refused
    await client.items.get(item.vault_id)  # refused
    await client.items.get(vault=item.vault_id, item_id=item.id)  # refused
    await client.items.put(item.id)  # refused
    await client.items.list(item.vault_id, ItemCategory.LOGIN)  # refused
    await client.items.files.read(item.vault_id, item.id, "name")  # refused
    await client.items.shares.create(item)  # refused
    await client.vaults.get(item.vault_id, {"accessors": True})  # refused
    await client.groups.get(item.id, VaultGetParams(accessors=True))  # refused
    await client.environments.get(item.id)  # refused
    client.items.nothing()  # refused
    client.nothing  # refused
    Client.authenticate("token", "name")  # refused
    Secrets.generate_password(PasswordRecipePinInner(length=6))  # refused
    onepassword.Nothing  # refused


def calls_without_a_loop(client: SyncClient, item: Item) -> None:
    client.secrets.resolve(1)  # refused
    client.items.get(item.vault_id)  # refused
    client.items.get(vault=item.vault_id, item_id=item.id)  # refused
    client.items.put(item.id)  # refused
    client.vaults.get(item.vault_id, {"accessors": True})  # refused
    client.items.nothing()  # refused
    client.items.get(item.vault_id, item.id).nothing  # refused
    client.items.files.delete(item, 1, 2)  # refused


async def forgotten(client: Client, item: Item) -> str:
    (await client.items.get(item.vault_id, item.id)).value  # refused
    client.items.get(item.vault_id, item.id).title  # refused
    return client.secrets.resolve("op://vault/item/field")  # refused


def models(item: Item, account: ThrowAwayAccount) -> None:
    ItemSection(id="a")  # refused
    ItemSection("a", "title")  # refused
    ItemSection(id="a", title=1)  # refused
    ItemSection(id="a", title="b", colour="red")  # refused
    ItemField(id="a", title="b", field_type=ItemCategory.LOGIN, value="c")  # refused
    item.version = "2"  # refused
    item.notes.nothing  # refused
    ItemCategory.NOTHING  # refused
    account.token.nothing  # refused
    account.vault(1)  # refused


def unknown_to_type_checkers(vault_id: str) -> None:
    ItemField(id="a", title="b", sectionId="", field_type=ItemFieldType.TEXT, value="")  # refused
    VaultAccess(vaultUuid="a", accessorType=USER, accessorUuid="b", permissions=1)  # refused
    ItemCreateParams(category="Login", vault_id=vault_id, title="a")  # refused
    ItemSection(id="a", title=b"title")  # refused
