"""`client.items` with every kind of field, with kinds that are not known, and with history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from onepassword import (
    AddressFieldDetails,
    Client,
    GroupAccess,
    Item,
    ItemCategory,
    ItemCreateParams,
    ItemField,
    ItemFieldDetailsAddress,
    ItemFieldDetailsOtp,
    ItemFieldDetailsSshKey,
    ItemFieldType,
    ItemSection,
    ItemUpdateFailureReasonItemStatusPermissionError,
    ItemUpdateFailureReasonItemStatusTooBig,
    ItemUpdateFailureReasonItemValidationError,
    VaultCreateParams,
)
from onepassword._models.history import DeletedItem, ItemVersion
from onepassword.errors import InvalidArgumentError
from strongroom.client.view.objects import Draft
from strongroom.crypto.public.randomness import make_bytes
from strongroom.crypto.ssh_keys import make_private_key
from strongroom.errors import InputError, InvalidItemError, NotFoundError
from strongroom.ids import ID_BYTES, format_id, parse_id
from strongroom.sync import SyncClient
from support.homes import Home

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
ADDRESS = {"street": "Way 1", "city": "Town", "country": "us", "zip": "12", "state": ""}


def params(vault_id: str, *fields: ItemField, **parts: Any) -> ItemCreateParams:
    """Return an item to make, with a section `s`."""
    given: dict[str, Any] = {"category": ItemCategory.LOGIN, "title": "kinds"} | parts
    section = ItemSection(id="s", title="S")
    return ItemCreateParams(vault_id=vault_id, fields=[*fields], sections=[section], **given)


def field(kind: ItemFieldType, value: str, **parts: Any) -> ItemField:
    """Return a field in that section."""
    identifier = parts.pop("id", kind.value)
    return ItemField(
        id=identifier, title=kind.value, section_id="s", field_type=kind, value=value, **parts
    )


def test_address(client: SyncClient, vault_id: str) -> None:
    """An address is made and changed by its details; its value follows them."""
    details = ItemFieldDetailsAddress(content=AddressFieldDetails(**ADDRESS))
    made = client.items.create(params(vault_id, field(ItemFieldType.ADDRESS, "", details=details)))

    assert made.fields[0].value == "Way 1, Town, 12, us"
    assert made.fields[0].details == details
    assert isinstance(made.fields[0].details, ItemFieldDetailsAddress)
    assert made.fields[0].details.content is not None
    made.fields[0].details.content.city = "Other"
    assert client.items.put(made).fields[0].value == "Way 1, Other, 12, us"


def test_one_time_password(client: SyncClient, vault_id: str) -> None:
    """A code is computed when the item is read; one of another kind has words in its place."""
    made = client.items.create(
        params(
            vault_id,
            field(ItemFieldType.TOTP, SEED, id="onetimepassword"),
            field(ItemFieldType.TOTP, f"otpauth://hotp/x?secret={SEED}", id="hotp"),
        )
    )
    good, bad = (one.details for one in made.fields)

    assert [one.id for one in made.fields] == ["TOTP_onetimepassword", "hotp"]
    assert isinstance(good, ItemFieldDetailsOtp)
    assert isinstance(bad, ItemFieldDetailsOtp)
    assert good.content.code is not None
    assert good.content.code.isdigit()
    assert (bad.content.code, good.content.error_message) == (None, None)
    assert bad.content.error_message
    with pytest.raises(InvalidItemError, match="'false' does not hold a one-time password"):
        client.items.create(params(vault_id, field(ItemFieldType.TOTP, "no-1-seed", id="false")))


def test_ssh_key(client: SyncClient, vault_id: str) -> None:
    """A private key, given as bytes too, is described; a damaged one is refused."""
    key = make_private_key("ed25519")
    row = ItemField.model_validate(
        {
            "id": "private_key",
            "title": "private key",
            "fieldType": "SshKey",
            "value": key.format_pkcs8().encode(),
        }
    )
    made = client.items.create(params(vault_id, row, category=ItemCategory.SSHKEY, title="key"))
    details = made.fields[0].details

    assert isinstance(details, ItemFieldDetailsSshKey)
    assert details.content is not None
    assert details.content.public_key == key.public_key
    assert (details.content.fingerprint, details.content.key_type) == (key.fingerprint, "Ed25519")
    assert client.secrets.resolve("op://vault/key/public key") == key.public_key
    made.fields[0].value = made.fields[0].value[:-50]
    with pytest.raises(InvalidItemError, match="does not hold a usable SSH key"):
        client.items.put(made)


def test_all_faults(client: SyncClient, vault_id: str) -> None:
    """Every fault of an item is in one message, which begins as the SDK's."""
    with pytest.raises(InvalidItemError) as caught:
        client.items.create(
            params(
                vault_id,
                field(ItemFieldType.DATE, "soon"),
                field(ItemFieldType.MONTHYEAR, "202601"),
                field(ItemFieldType.TEXT, "", id="Date"),
            )
        )
    start = "invalid user input: encountered the following errors: "
    assert caught.value.message == (
        f"{start}field id 'Date' occurs twice; "
        "field 'Date' does not hold a date: write it as YYYY-MM-DD; "
        "field 'MonthYear' does not hold a month: write it as MM/YYYY"
    )


@pytest.fixture
def newer(home: Home, vault_id: str) -> str:
    """The id of an item that a newer client made."""
    engine = home.owner()
    draft = Draft(
        object=make_bytes(ID_BYTES),
        overview={
            "title": "newer",
            "category": "Vehicle",
            "tags": ["t"],
            "websites": [{"url": "https://example.org", "autofillBehavior": "AskFirst"}],
        },
        details={
            "fields": [
                {"id": "a", "fieldType": "Text", "value": "x", "details": {"type": "Strength"}},
                {"id": "p", "title": "p", "fieldType": "Passkey", "value": {"keys": [1]}},
            ],
            "sections": [{"id": "s"}],
        },
    )
    home.run(engine.session.write(parse_id(vault_id), [draft]))
    return format_id(draft.object)


def test_unknown_kinds(client: SyncClient, home: Home, vault_id: str, newer: str) -> None:
    """What this release does not know is shown as unsupported, and survives a put."""
    item = client.items.get(vault_id, newer)

    assert item.category is ItemCategory.UNSUPPORTED
    assert item.fields[1].field_type is ItemFieldType.UNSUPPORTED
    assert newer in {one.id for one in client.items.list(vault_id)}
    item.title = "newer, renamed"
    put = client.items.put(item)
    assert (put.title, put.category, put.fields) == (item.title, item.category, item.fields)
    assert client.items.get(vault_id, newer) == put
    stored = home.run(home.owner().session.fetch(parse_id(vault_id), parse_id(newer)))
    assert stored.overview["category"] == "Vehicle"
    assert stored.overview["websites"][0]["autofillBehavior"] == "AskFirst"
    assert stored.details is not None
    rows = stored.details["fields"]
    assert rows[0] == {
        "id": "a",
        "fieldType": "Text",
        "value": "x",
        "details": {"type": "Strength"},
    }
    assert rows[1] == {"id": "p", "title": "p", "fieldType": "Passkey", "value": {"keys": [1]}}


def test_unknown_kinds_are_not_edited(client: SyncClient, vault_id: str, newer: str) -> None:
    """A field that is unsupported is not edited, in the SDK's words, nor is one made."""
    item = client.items.get(vault_id, newer)
    item.fields[1].value = "new"

    told = "Editing is not supported for unsupported fields"
    with pytest.raises(InvalidItemError, match=told):
        client.items.put(item)
    with pytest.raises(InvalidItemError, match=told):
        client.items.create(params(vault_id, field(ItemFieldType.UNSUPPORTED, "")))
    with pytest.raises(InvalidItemError, match="not one that can be stored"):
        client.items.create(params(vault_id, category=ItemCategory.UNSUPPORTED))


# -- history -----------------------------------------------------------------------------


@pytest.fixture
def editor(home: Home, vault_id: str) -> SyncClient:
    """A client that may also see histories."""
    token = home.token(vault_id, "read_items", "write_items", "share_items")
    return SyncClient.authenticate(token, "tests", "1.0")


def test_history(editor: SyncClient, vault_id: str) -> None:
    """Versions are listed, read and restored; what was deleted is listed and recovered."""
    with editor as client:
        made = client.items.create(params(vault_id, title="first"))
        edited = made.model_copy(update={"title": "second"})
        client.items.put(edited)
        rows = client.items.history(vault_id, made.id)
        assert all(isinstance(row, ItemVersion) for row in rows)
        assert [(row.version, row.state.value) for row in rows] == [(2, "active"), (1, "active")]
        assert client.items.get_version(vault_id, made.id, 1) == made
        restored = client.items.restore(vault_id, made.id, 1)
        assert (restored.title, restored.version) == ("first", 3)
        client.items.delete(vault_id, made.id)
        (gone,) = (row for row in client.items.list_deleted(vault_id) if row.id == made.id)
        assert isinstance(gone, DeletedItem)
        assert (gone.title, gone.category) == ("first", ItemCategory.LOGIN)
        assert gone.deleted_at >= gone.updated_at
        recovered = client.items.recover(vault_id, made.id)
        assert (recovered.title, recovered.version) == ("first", 5)
        with pytest.raises(NotFoundError):
            client.items.get_version(vault_id, made.id, 9)
        with pytest.raises(NotFoundError):
            client.items.restore(vault_id, made.id, 4)


# -- batches and arguments ------------------------------------------------------------------


def test_batch_reasons(client: SyncClient, home: Home, vault_id: str) -> None:
    """Elements of a batch that fail say why, in the SDK's variants, and disturb no other."""
    large = params(vault_id, notes="x" * (8 * 1024 * 1024))
    wrong = [params("a" * 26, title="elsewhere"), params(vault_id, title="in place")]
    answers = client.items.create_all(vault_id, [*wrong, large]).individual_responses

    elsewhere, made, too_big = answers
    assert isinstance(elsewhere.error, ItemUpdateFailureReasonItemValidationError)
    assert "another vault than the batch" in elsewhere.error.message
    assert made.content is not None
    assert isinstance(too_big.error, ItemUpdateFailureReasonItemStatusTooBig)
    reader = home.token(vault_id, "read_items")
    with SyncClient.authenticate(reader, "tests", "1.0") as weak:
        denied = weak.items.create_all(vault_id, [params(vault_id)]).individual_responses
        kept = weak.items.delete_all(vault_id, [made.content.id]).individual_responses
    assert denied[0].error == ItemUpdateFailureReasonItemStatusPermissionError()
    assert kept[made.content.id].error == ItemUpdateFailureReasonItemStatusPermissionError()


CALLS: dict[str, Callable[[SyncClient, Any], object]] = {
    "create": lambda client, _: client.items.create(7),  # type: ignore[arg-type]
    "create_all": lambda client, v: client.items.create_all(v, [7]),  # type: ignore[list-item]
    "create_all of one": lambda client, v: client.items.create_all(v, 7),  # type: ignore[arg-type]
    "get": lambda client, v: client.items.get(v, 7),  # type: ignore[arg-type]
    "get in nothing": lambda client, _: client.items.get(None, "x"),  # type: ignore[arg-type]
    "get_all": lambda client, v: client.items.get_all(v, "x"),  # type: ignore[arg-type]
    "get_all of numbers": lambda client, v: client.items.get_all(v, [7]),  # type: ignore[list-item]
    "put": lambda client, _: client.items.put({"id": "x"}),  # type: ignore[arg-type]
    "delete": lambda client, v: client.items.delete(v, 7),  # type: ignore[arg-type]
    "delete_all": lambda client, v: client.items.delete_all(v, 7),  # type: ignore[arg-type]
    "archive": lambda client, _: client.items.archive(7, 7),  # type: ignore[arg-type]
    "list": lambda client, _: client.items.list(7),  # type: ignore[arg-type]
    "list by a number": lambda client, v: client.items.list(v, 7),  # type: ignore[arg-type]
    "get_version": lambda client, v: client.items.get_version(v, "x", "1"),  # type: ignore[arg-type]
    "restore": lambda client, v: client.items.restore(v, "x", 1.5),  # type: ignore[arg-type]
    "history": lambda client, v: client.items.history(v, 7),  # type: ignore[arg-type]
    "vaults.create": lambda client, _: client.vaults.create(7),  # type: ignore[arg-type]
    "vaults.get": lambda client, v: client.vaults.get(v, 7),  # type: ignore[arg-type]
    "vaults.update": lambda client, v: client.vaults.update(v, "x"),  # type: ignore[arg-type]
    "vaults.get_overview": lambda client, _: client.vaults.get_overview(7),  # type: ignore[arg-type]
    "vaults.grant": lambda client, v: client.vaults.grant_group_permissions(
        v,
        GroupAccess(group_id="g", permissions=1),  # type: ignore[arg-type]
    ),
    "vaults.set": lambda client, _: client.vaults.update_group_permissions(7),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_wrong_types(
    client: SyncClient, vault_id: str, call: Callable[[SyncClient, Any], object]
) -> None:
    """An argument of a wrong type is refused by a typed error, never by one of Python's own."""
    with pytest.raises(InputError):
        call(client, vault_id)


def test_wrong_types_have_the_sdks_text(client: SyncClient) -> None:
    """The SDK's text for such calls is the error's `msg`, as programs know it."""
    with pytest.raises(InvalidArgumentError) as caught:
        client.vaults.create("title")  # type: ignore[arg-type]
    assert caught.value.msg == "data did not match any variant of untagged enum Invocation"
    assert "params must be a VaultCreateParams, not str" in str(caught.value)
    made = client.vaults.create(VaultCreateParams(title="right"))
    assert made.title == "right"
    client.vaults.delete(made.id)


BROKEN: dict[str, Callable[[Item], object]] = {
    "a title": lambda item: setattr(item, "title", 7),
    "fields": lambda item: setattr(item, "fields", [7]),
    "a value": lambda item: setattr(item.fields[0], "value", None),
    "a thing": lambda item: setattr(item, "notes", object()),
    "a category": lambda item: setattr(item, "category", "Other"),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_attributes_of_a_wrong_type(
    client: SyncClient, vault_id: str, change: Callable[[Item], object]
) -> None:
    """A model that was set to something impossible is refused, and nothing is written."""
    made = client.items.create(params(vault_id, field(ItemFieldType.TEXT, "x")))
    broken = made.model_copy(deep=True)
    change(broken)
    with pytest.raises(InvalidItemError):
        client.items.put(broken)
    assert client.items.get(vault_id, made.id) == made


def test_the_async_client(run: Callable[..., Any], vault_id: str) -> None:
    """The same holds where there is a loop."""

    async def program(client: Client) -> None:
        made = await client.items.create(params(vault_id, field(ItemFieldType.TOTP, SEED)))
        assert isinstance(made.fields[0].details, ItemFieldDetailsOtp)
        with pytest.raises(InputError):
            await client.items.get(vault_id, 7)  # type: ignore[arg-type]

    run(program)
