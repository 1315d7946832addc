"""What the SDK's documentation does with each method, step by step, with our own examples.

A flow is a program: it takes a client and does what the documentation shows. Whatever it gets is
compared with what another engine, which shares nothing with the client but the file, reads from
the account. A public method that no flow calls fails `test_every_method_has_a_flow`.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from onepassword import (
    READ_ITEMS,
    REVEAL_ITEM_PASSWORD,
    UPDATE_ITEM_HISTORY,
    AddressFieldDetails,
    AllowedRecipientType,
    AutofillBehavior,
    Client,
    DocumentCreateParams,
    FileCreateParams,
    GroupAccess,
    GroupCreateParams,
    GroupGetParams,
    GroupMemberRole,
    GroupUpdateParams,
    GroupVaultAccess,
    Item,
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
    ItemShareDuration,
    ItemShareParams,
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
    ValidRecipientDomain,
    ValidRecipientEmail,
    VaultAccessorType,
    VaultCreateParams,
    VaultGetParams,
    VaultListParams,
    VaultType,
    VaultUpdateParams,
    Website,
    WordListType,
)
from onepassword._facade.handle import EngineHandle
from onepassword.environments import Environments
from onepassword.groups import Groups
from onepassword.items import Items
from onepassword.items_files import ItemsFiles
from onepassword.items_shares import ItemsShares
from onepassword.users import Users
from onepassword.vaults import Vaults
from strongroom.client.engine import Engine
from strongroom.errors import InvalidReferenceError, NotAvailableError, NotFoundError
from strongroom.ids import format_id
from support.homes import Home, make_home

PARTS: dict[str, type] = {
    "secrets": Secrets,
    "items": Items,
    "items.shares": ItemsShares,
    "items.files": ItemsFiles,
    "vaults": Vaults,
    "groups": Groups,
    "users": Users,
    "environments": Environments,
}
READ = READ_ITEMS | REVEAL_ITEM_PASSWORD
SEED = "GEZDGNBVGY3TQOJQ"


@dataclass
class Account:
    """An account with two people, and the engine that reads back."""

    home: Home
    vault_id: str
    ben: str

    def engine(self) -> Engine:
        """A new engine, which knows nothing but the account."""
        return self.home.owner()

    def read(self, work: Callable[[Engine], Any]) -> Any:
        """Return what a new engine reads."""
        return self.home.run(work(self.engine()))

    def item(self, item: Item) -> dict[str, Any]:
        """Return an item as a new engine reads it."""
        found = self.read(lambda engine: engine.items.get(item.vault_id, item.id))
        assert Item.model_validate(found) == item
        return dict(found)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account of its own."""
    home = make_home(tmp_path_factory.mktemp("flows"))
    vault = home.run(home.owner().vaults.create("Team", description="for flows"))
    ben = home.invite("ben@example.org", name="Ben")
    yield Account(home, str(vault["id"]), format_id(ben.user))
    home.close()


def owner(account: Account) -> Client:
    """Return a client of the account's owner, as the desktop agent opens it."""
    client = Client()
    client._handle = EngineHandle(account.engine())
    return client


Flow = Callable[[Client, Account], Awaitable[None]]
FLOWS: dict[str, Flow] = {}


def flow(work: Flow) -> Flow:
    """Keep a flow under its name."""
    FLOWS[work.__name__] = work
    return work


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


# -- files and shares --------------------------------------------------------------------


@flow
async def keep_files(client: Client, account: Account) -> None:
    """Make an item with a file, attach another, read both, and remove one."""
    params = login(account.vault_id, "With files")
    params.files = [
        FileCreateParams(name="a.txt", content=b"one", section_id="extra", field_id="file1")
    ]
    item = await client.items.create(params)
    item = await client.items.files.attach(
        item, FileCreateParams(name="b.txt", content=b"two", section_id="more", field_id="file2")
    )

    contents = [
        await client.items.files.read(item.vault_id, item.id, file.attributes)
        for file in item.files
    ]

    assert contents == [b"one", b"two"]
    stored = account.item(item)["files"]
    assert [(row["sectionId"], row["fieldId"]) for row in stored] == [
        ("extra", "file1"),
        ("more", "file2"),
    ]
    assert [
        account.read(
            lambda engine, row=row: engine.files.read(
                item.vault_id, item.id, row["attributes"]["id"]
            )
        )
        for row in stored
    ] == contents
    left = await client.items.files.delete(item, "extra", "file1")
    assert [row["fieldId"] for row in account.item(left)["files"]] == ["file2"]


@flow
async def keep_documents(client: Client, account: Account) -> None:
    """Make a document, read it, replace it, and read what took its place."""
    params = ItemCreateParams(
        title="Document",
        category=ItemCategory.DOCUMENT,
        vault_id=account.vault_id,
        document=DocumentCreateParams(name="a.pdf", content=b"first"),
    )
    item = await client.items.create(params)
    assert item.document is not None
    content = await client.items.files.read(item.vault_id, item.id, item.document)
    assert content == b"first"

    item = await client.items.files.replace_document(
        item, DocumentCreateParams(name="b.pdf", content=b"second")
    )

    assert item.document is not None
    stored = account.item(item)["document"]
    assert (stored["name"], stored["size"]) == ("b.pdf", 6)
    reading = await client.items.files.read(item.vault_id, item.id, item.document)
    assert reading == b"second"
    assert reading == account.read(
        lambda engine: engine.files.read(item.vault_id, item.id, stored["id"])
    )


@flow
async def keep_large_files(client: Client, account: Account) -> None:
    """Not in the SDK: files of any size, as streams."""
    content = bytes(range(256)) * 5_000
    item = await client.items.create(login(account.vault_id, "Streams"))
    item = await client.items.files.attach_stream(
        item, BytesIO(content), name="large.bin", section_id="extra", field_id="large"
    )
    (file,) = item.files
    stream = await client.items.files.read_stream(item.vault_id, item.id, file.attributes)
    parts = [part async for part in stream]
    assert (b"".join(parts), stream.size) == (content, len(content))
    assert len(parts) > 1
    assert content == account.read(
        lambda engine: engine.files.read(item.vault_id, item.id, file.attributes.id)
    )
    document = await client.items.create(
        ItemCreateParams(
            title="Large",
            category=ItemCategory.DOCUMENT,
            vault_id=account.vault_id,
            document=DocumentCreateParams(name="a.bin", content=b"1"),
        )
    )
    document = await client.items.files.replace_document_stream(
        document, BytesIO(content), name="b.bin"
    )
    assert account.item(document)["document"]["size"] == len(content)


@flow
async def share_an_item(client: Client, account: Account) -> None:
    """Ask what may be shared, sort recipients, make a link; an account in a file has no links."""
    item = await client.items.create(login(account.vault_id, "Shared"))

    policy = await client.items.shares.get_account_policy(item.vault_id, item.id)

    read = account.read(lambda engine: engine.shares.policy(item.vault_id, item.id))
    assert policy.model_dump(mode="json", by_alias=True, exclude_none=True) == read
    assert AllowedRecipientType.EMAIL in policy.allowed_recipient_types
    recipients = await client.items.shares.validate_recipients(
        policy, ["ben@example.org", "example.org"]
    )
    email, domain = recipients
    assert isinstance(email, ValidRecipientEmail)
    assert email.parameters.email == "ben@example.org"
    assert isinstance(domain, ValidRecipientDomain)
    assert domain.parameters.domain == "example.org"
    params = ItemShareParams(
        recipients=recipients, expire_after=ItemShareDuration.ONEDAY, one_time_only=False
    )
    with pytest.raises(NotAvailableError):
        await client.items.shares.create(item, policy, params)


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


# -- the tests -----------------------------------------------------------------------------


@pytest.mark.parametrize("work", FLOWS.values(), ids=FLOWS.keys())
def test_flow(account: Account, work: Flow) -> None:
    """A program that follows the documentation gets what another engine reads."""

    async def program() -> None:
        async with owner(account) as client:
            await work(client, account)

    asyncio.run(program())


ROBOTS = [
    *(resolve_a_secret, resolve_many_secrets, live_with_an_item, work_in_batches),
    *(keep_files, keep_documents, keep_large_files),
]


@pytest.mark.parametrize("work", ROBOTS, ids=lambda work: work.__name__)
def test_flow_of_a_service_account(account: Account, work: Flow) -> None:
    """The flows that need no right beyond one vault are the same with a token."""

    async def program() -> None:
        home = make_home(folder)
        vault = home.run(home.owner().vaults.create("Team"))
        token = home.token(vault["id"], "write_items")
        async with await Client.authenticate(token, "flows", "1.0") as client:
            await work(client, Account(home, vault["id"], ""))
        home.close()

    folder = Path(account.home.path.parent, work.__name__)
    folder.mkdir()
    asyncio.run(program())


def called() -> set[str]:
    """Return the methods that the flows call, as `items.files.read`."""
    calls = {
        ast.unparse(node.func)
        for work in FLOWS.values()
        for node in ast.walk(ast.parse(inspect.getsource(work)))
        if isinstance(node, ast.Call)
    }
    return {call.removeprefix("client.") for call in calls if call.startswith("client.")}


def test_every_method_has_a_flow() -> None:
    """Each public method of each part of a client is called by a flow."""
    methods = {
        f"{place}.{name}"
        for place, part in PARTS.items()
        for name, _method in inspect.getmembers(part, inspect.isfunction)
        if not name.startswith("_")
    }

    assert called() == methods
