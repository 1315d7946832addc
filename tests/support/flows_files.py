"""Programs that follow the SDK's documentation: files and shares."""

from __future__ import annotations

from io import BytesIO

import pytest

from onepassword import (
    AllowedRecipientType,
    Client,
    DocumentCreateParams,
    FileCreateParams,
    ItemCategory,
    ItemCreateParams,
    ItemShareDuration,
    ItemShareParams,
    ValidRecipientDomain,
    ValidRecipientEmail,
)
from strongroom.errors import NotAvailableError
from support.flows import Account, flow
from support.flows_items import login

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
