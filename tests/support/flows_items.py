"""Programs that follow the SDK's documentation: secrets and items."""

from __future__ import annotations

import re

import pytest

from onepassword import (
    AddressFieldDetails,
    AutofillBehavior,
    Client,
    ItemCategory,
    ItemCreateParams,
    ItemField,
    ItemFieldDetailsAddress,
    ItemFieldDetailsOtp,
    ItemFieldType,
    ItemListFilterByState,
    ItemListFilterByStateInner,
    ItemSection,
    ItemsGetAllErrorItemNotFound,
    ItemState,
    ItemUpdateFailureReasonItemNotFound,
    PasswordRecipeMemorable,
    PasswordRecipeMemorableInner,
    PasswordRecipePin,
    PasswordRecipePinInner,
    PasswordRecipeRandom,
    PasswordRecipeRandomInner,
    ResolveReferenceErrorParsing,
    ResolveReferenceErrorVaultNotFound,
    Secrets,
    SeparatorType,
    VaultCreateParams,
    Website,
    WordListType,
)
from strongroom.errors import InvalidReferenceError, NotFoundError
from support.flows import SEED, Account, flow

# -- secrets ---------------------------------------------------------------------------


def login(vault_id: str, title: str) -> ItemCreateParams:
    """The documentation's first item: a login with a one-time password, in both spellings."""
    return ItemCreateParams(
        title=title,
        category=ItemCategory.LOGIN,
        vault_id=vault_id,
        fields=[
            ItemField(id="username", title="username", field_type=ItemFieldType.TEXT, value="ana"),
            ItemField(
                id="password", title="password", field_type=ItemFieldType.CONCEALED, value="made-up"
            ),
            ItemField(
                id="onetimepassword",
                title="one-time password",
                section_id="extra",
                field_type=ItemFieldType.TOTP,
                value=f"otpauth://totp/example?secret={SEED}",
            ),
        ],
        sections=[ItemSection(id="", title=""), ItemSection(id="extra", title="Extra")],
        tags=["test tag 1", "test tag 2"],
        websites=[
            Website(
                label="my website",
                url="https://example.org",
                autofill_behavior=AutofillBehavior.NEVER,
            )
        ],
    )


@flow
async def resolve_a_secret(client: Client, account: Account) -> None:
    """Load a secret by names, by ids, through its section, and as a one-time code."""
    item = await client.items.create(login(account.vault_id, "Resolved"))

    value = await client.secrets.resolve("op://Team/Resolved/password")

    assert value == await client.secrets.resolve(f"op://{item.vault_id}/{item.id}/password")
    stored = {row["id"]: row["value"] for row in account.item(item)["fields"]}
    assert value == stored["password"] == "made-up"
    seed = await client.secrets.resolve("op://team/resolved/Extra/one-time password")
    assert seed in stored.values()
    code = await client.secrets.resolve("op://Team/Resolved/Extra/one-time password?attribute=totp")
    assert re.fullmatch("[0-9]{6}", code)
    text = "op://Team/Resolved/Extra/one-time password?attribute=otp"
    assert account.read(lambda engine: engine.secrets.resolve(text)) in {
        code,
        await client.secrets.resolve(text),  # a new code may have begun
    }


@flow
async def resolve_many_secrets(client: Client, account: Account) -> None:
    """Load several secrets at once; each false reference says why, and disturbs no other."""
    item = await client.items.create(login(account.vault_id, "Many"))
    good, false, gone = "op://Team/Many/username", "op://Team", "op://Nowhere/Many/username"

    answers = (await client.secrets.resolve_all([good, false, gone])).individual_responses

    found = answers[good].content
    assert found is not None
    read = account.read(lambda engine: engine.secrets.resolve_all([good]))[good]
    assert (found.secret, found.item_id, found.vault_id) == ("ana", item.id, account.vault_id)
    assert (found.secret, found.item_id) == (read.secret, read.item_id)
    assert isinstance(answers[false].error, ResolveReferenceErrorParsing)
    assert isinstance(answers[gone].error, ResolveReferenceErrorVaultNotFound)


@flow
async def check_a_reference(client: Client, account: Account) -> None:
    """Check the form of a reference before it is used, on the class and on a client."""
    client.secrets.validate_secret_reference("op://vault/item/section/field")
    for check in (Secrets, client.secrets):
        with pytest.raises(InvalidReferenceError, match="not prefixed"):
            check.validate_secret_reference("vault/item/field")


@flow
async def make_passwords(client: Client, account: Account) -> None:
    """Make a PIN, words, and random characters; store what was made, and read it back."""
    pin = client.secrets.generate_password(
        PasswordRecipePin(parameters=PasswordRecipePinInner(length=8))
    )
    words = Secrets.generate_password(
        PasswordRecipeMemorable(
            parameters=PasswordRecipeMemorableInner(
                separator_type=SeparatorType.UNDERSCORES,
                word_list_type=WordListType.SYLLABLES,
                capitalize=False,
                word_count=3,
            )
        )
    )
    characters = Secrets.generate_password(
        PasswordRecipeRandom(
            parameters=PasswordRecipeRandomInner(
                length=10, include_digits=False, include_symbols=False
            )
        )
    )
    made = [pin.password, words.password, characters.password]
    shapes = ["[0-9]{8}", "[a-z]{2,4}(_[a-z]{2,4}){2}", "[A-Za-z]{10}"]
    assert [re.fullmatch(*row) is not None for row in zip(shapes, made, strict=True)] == [True] * 3
    params = login(account.vault_id, "Made")
    assert params.fields is not None
    params.fields[1].value = pin.password
    item = await client.items.create(params)
    assert pin.password in [row["value"] for row in account.item(item)["fields"]]


# -- items -----------------------------------------------------------------------------


@flow
async def live_with_an_item(client: Client, account: Account) -> None:
    """Make an item, get it, change field, tag and website, put it, and delete it."""
    made = await client.items.create(login(account.vault_id, "Login"))

    stored = account.item(made)
    assert stored["title"] == "Login"
    assert stored["category"] == "Login"
    assert stored["tags"] == ["test tag 1", "test tag 2"]
    assert stored["websites"] == [
        {
            "url": "https://example.org",
            "label": "my website",
            "autofillBehavior": "Never",
        }
    ]
    assert {row["title"]: row["value"] for row in stored["fields"]} == {
        "username": "ana",
        "password": "made-up",
        "one-time password": f"otpauth://totp/example?secret={SEED}",
    }
    item = await client.items.get(made.vault_id, made.id)
    assert item == made
    (totp,) = (field for field in item.fields if field.field_type == "Totp")
    assert isinstance(totp.details, ItemFieldDetailsOtp)
    assert re.fullmatch("[0-9]{6}", totp.details.content.code or "")
    item.fields[0].value = "new value"
    item.fields.append(
        ItemField(
            id="home",
            title="home",
            section_id="extra",
            field_type=ItemFieldType.ADDRESS,
            value="",
            details=ItemFieldDetailsAddress(
                content=AddressFieldDetails(
                    street="1 Main Street", city="Town", country="ca", zip="A1A 1A1", state="ON"
                )
            ),
        )
    )
    item.websites.append(
        Website(url="https://example.com", label="two", autofillBehavior="AnywhereOnWebsite")  # type: ignore[call-arg]
    )
    item.tags.append("third")
    put = await client.items.put(item)
    stored = account.item(put)
    assert (stored["version"], stored["tags"][-1]) == (2, "third")
    assert [row["url"] for row in stored["websites"]] == [
        "https://example.org",
        "https://example.com",
    ]
    assert stored["fields"][0]["value"] == put.fields[0].value == "new value"
    (address,) = (field for field in put.fields if field.field_type == ItemFieldType.ADDRESS)
    assert isinstance(address.details, ItemFieldDetailsAddress)
    assert address.details.content is not None
    assert address.details.content.city == "Town"

    await client.items.delete(put.vault_id, put.id)

    with pytest.raises(NotFoundError):
        account.item(put)


@flow
async def list_and_archive(client: Client, account: Account) -> None:
    """List the items of a vault, archive one, and list by state."""
    vault = await client.vaults.create(VaultCreateParams(title="Listed"))
    kept = await client.items.create(login(vault.id, "Kept"))
    old = await client.items.create(login(vault.id, "Old"))

    await client.items.archive(vault.id, old.id)

    (listed,) = await client.items.list(vault.id)
    assert (listed.id, listed.title, listed.state) == (kept.id, "Kept", ItemState.ACTIVE)
    (archived,) = await client.items.list(
        vault.id,
        ItemListFilterByState(content=ItemListFilterByStateInner(active=False, archived=True)),
    )
    assert (archived.id, archived.state) == (old.id, "archived")
    read = account.read(lambda engine: engine.items.list(vault.id, active=False, archived=True))
    assert [row["id"] for row in read] == [archived.id]
    both = ItemListFilterByState(content=ItemListFilterByStateInner(active=True, archived=True))
    assert {one.id for one in await client.items.list(vault.id, both)} == {kept.id, old.id}


@flow
async def work_in_batches(client: Client, account: Account) -> None:
    """Make, get and delete many items of one vault at once; each has an answer of its own."""
    vault_id = account.vault_id
    rows = [login(vault_id, f"Batch {number}") for number in range(3)]

    made = await client.items.create_all(vault_id, rows)

    items = [answer.content for answer in made.individual_responses]
    ids = [item.id for item in items if item is not None]
    assert [account.item(item)["title"] for item in items if item is not None] == [
        *("Batch 0", "Batch 1", "Batch 2"),
    ]
    found = (await client.items.get_all(vault_id, [*ids, "a" * 26])).individual_responses
    assert [answer.content for answer in found[:3]] == items
    assert isinstance(found[3].error, ItemsGetAllErrorItemNotFound)
    gone = (await client.items.delete_all(vault_id, [*ids, "a" * 26])).individual_responses
    assert [gone[key].error for key in ids] == [None] * 3
    assert isinstance(gone["a" * 26].error, ItemUpdateFailureReasonItemNotFound)
    left = account.read(lambda engine: engine.items.get_all(vault_id, ids))
    assert all(isinstance(answer, NotFoundError) for answer in left)


@flow
async def go_back_in_time(client: Client, account: Account) -> None:
    """Not in the SDK: look at the versions of an item, restore one, recover what was deleted."""
    item = await client.items.create(login(account.vault_id, "First"))
    item.title = "Second"
    await client.items.put(item)

    versions = await client.items.history(item.vault_id, item.id)

    read = account.read(lambda engine: engine.items.history(item.vault_id, item.id))
    assert [one.version for one in versions] == [row["version"] for row in read] == [2, 1]
    assert [one.author for one in versions] == [row["author"] for row in read]
    assert (await client.items.get_version(item.vault_id, item.id, 1)).title == "First"
    restored = await client.items.restore(item.vault_id, item.id, 1)
    assert account.item(restored)["title"] == "First"
    assert restored.version == 3
    await client.items.delete(item.vault_id, item.id)
    deleted = await client.items.list_deleted(item.vault_id)
    assert [one.title for one in deleted if one.id == item.id] == ["First"]
    back = await client.items.recover(item.vault_id, item.id)
    assert account.item(back)["title"] == "First"
