"""`client.items` and `client.vaults` on a real home."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from onepassword import (
    Item,
    ItemCategory,
    ItemCreateParams,
    ItemField,
    ItemFieldType,
    ItemListFilter,
    ItemListFilterByStateInner,
    ItemOverview,
    ItemSection,
    ItemsGetAllErrorItemNotFound,
    ItemShareParams,
    ItemUpdateFailureReasonItemNotFound,
    ItemUpdateFailureReasonItemValidationError,
    ValidRecipientDomain,
    ValidRecipientEmail,
    VaultCreateParams,
    VaultGetParams,
    VaultListParams,
    VaultUpdateParams,
)
from strongroom.client.items.items import Items
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    InputError,
    InvalidItemError,
    NotAvailableError,
    NotFoundError,
)
from strongroom.sync import SyncClient
from support.homes import Home, login

MISSING = "a" * 26
HIDDEN = "correct-horse-7"


def make_params(vault_id: str, title: str, *, section_id: str | None = None) -> ItemCreateParams:
    """Return an item to make, its field in a section if wished."""
    return ItemCreateParams(
        category=ItemCategory.LOGIN,
        vault_id=vault_id,
        title=title,
        fields=[
            ItemField(
                id="code",
                title="code",
                section_id=section_id,
                field_type=ItemFieldType.CONCEALED,
                value="fixture",
            )
        ],
        sections=[ItemSection(id="s", title="Section")],
        tags=["t"],
    )


def test_a_favorite_stays_one(home: Home, vault_id: str, client: SyncClient) -> None:
    """The SDK's models have no place for the mark; an item that they change keeps it."""
    owner = home.owner()
    draft = login("favorite of the command line", field="1")
    made = home.run(owner.items.create(vault_id, {**draft, "favorite": True}))
    item = client.items.get(vault_id, made["id"])
    assert not hasattr(item, "favorite")
    assert made["id"] in {row.id for row in client.items.list(vault_id)}
    item.title = "changed"
    assert client.items.put(item).version == 2
    read = home.run(home.owner().items.get(vault_id, made["id"]))
    assert (read["title"], read["favorite"]) == ("changed", True)
    client.items.delete(vault_id, made["id"])


def test_create_get_put(vault_id: str, client: SyncClient) -> None:
    """What was made is read the same, and an edited copy replaces it."""
    made = client.items.create(make_params(vault_id, "made", section_id="s"))
    read = client.items.get(vault_id, made.id)

    assert read == made
    assert (read.title, read.version, read.tags) == ("made", 1, ["t"])
    read.title = "edited"
    edited = client.items.put(read)
    assert (edited.title, edited.version, edited.fields) == ("edited", 2, made.fields)
    assert client.items.get(vault_id, made.id) == edited


def test_stale_put(vault_id: str, client: SyncClient) -> None:
    """A put on an older version is refused and changes nothing."""
    stale = client.items.create(make_params(vault_id, "stale"))
    fresh = client.items.put(stale)

    with pytest.raises(ConflictError):
        client.items.put(stale)
    assert client.items.get(vault_id, stale.id) == fresh


def test_unknown_section(vault_id: str, client: SyncClient) -> None:
    """A field in a section that is not listed is refused."""
    with pytest.raises(InvalidItemError):
        client.items.create(make_params(vault_id, "wrong", section_id="other"))


def test_create_all(vault_id: str, client: SyncClient) -> None:
    """A batch answers in order, and a bad item disturbs no other."""
    params = [
        make_params(vault_id, "first"),
        make_params(vault_id, "bad", section_id="other"),
        make_params(vault_id, "third"),
    ]
    first, bad, third = client.items.create_all(vault_id, params).individual_responses

    assert first.content is not None
    assert third.content is not None
    assert (first.content.title, third.content.title) == ("first", "third")
    assert isinstance(bad.error, ItemUpdateFailureReasonItemValidationError)
    assert bad.content is None


def test_get_all(vault_id: str, client: SyncClient, item: Item) -> None:
    """Found and missing items are answered in the order asked."""
    answers = client.items.get_all(vault_id, [MISSING, item.id]).individual_responses

    assert answers[0].error == ItemsGetAllErrorItemNotFound()
    assert answers[1].content == item


def test_delete_all(vault_id: str, client: SyncClient) -> None:
    """Deleted and missing items are answered by id; success has neither content nor error."""
    made = client.items.create(make_params(vault_id, "gone"))
    answers = client.items.delete_all(vault_id, [made.id, MISSING]).individual_responses

    assert answers[made.id].error is None
    assert answers[made.id].content is None
    assert answers[MISSING].error == ItemUpdateFailureReasonItemNotFound()
    with pytest.raises(NotFoundError):
        client.items.get(vault_id, made.id)


def test_list_by_state(vault_id: str, client: SyncClient) -> None:
    """A plain list shows active items; filters add up."""
    made = client.items.create(make_params(vault_id, "archived"))
    client.items.archive(vault_id, made.id)

    def titles(*states: tuple[bool, bool]) -> set[str]:
        filters = [
            ItemListFilter(content=ItemListFilterByStateInner(active=active, archived=archived))
            for active, archived in states
        ]
        return {one.title for one in client.items.list(vault_id, *filters)}

    assert "archived" not in titles()
    assert titles((False, True)) == {"archived"}
    assert titles((True, True)) == titles((True, False), (False, True)) >= {"archived", "item"}
    assert titles((False, False)) == set()
    client.items.delete(vault_id, made.id)


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 64, 65])
def test_list_of_many(client: SyncClient, count: int) -> None:
    """A list of any length holds each item once, as `get` shows it."""
    vault = client.vaults.create(VaultCreateParams(title=f"of {count}"))
    params = [make_params(vault.id, f"item {number}") for number in range(count)]
    made = client.items.create_all(vault.id, params).individual_responses if params else []
    listed = client.items.list(vault.id)

    assert sorted(one.title for one in listed) == sorted(one.title for one in params)
    items = {one.content.id: one.content for one in made if one.content is not None}
    for one in listed:
        shown = items[one.id].model_dump(include=set(ItemOverview.model_fields))
        assert one.model_dump(exclude={"state"}) == shown
        assert one.state == "active"
    client.vaults.delete(vault.id)


def test_list_refuses_in_silence(
    client: SyncClient, vault_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An overview that no model can hold is refused by a text that shows nothing of it."""

    async def damaged(*_: object, **__: object) -> list[dict[str, str]]:
        return [{"id": HIDDEN, "title": HIDDEN}]

    monkeypatch.setattr(Items, "list", damaged)
    with pytest.raises(ValidationError) as caught:
        client.items.list(vault_id)
    assert HIDDEN not in str(caught.value)
    assert HIDDEN not in repr(caught.value)


def test_vaults(vault_id: str, client: SyncClient) -> None:
    """Vaults are listed and read, with their access list when it is asked."""
    vaults = client.vaults.list(VaultListParams(decrypt_details=True))
    overview = client.vaults.get_overview(vault_id)
    plain = client.vaults.get(vault_id, VaultGetParams())
    full = client.vaults.get(vault_id, VaultGetParams(accessors=True))

    assert vault_id in [vault.id for vault in vaults]
    assert (overview.title, overview.description) == ("vault", "for programs")
    assert plain.access is None
    assert full.access
    assert full.access[0].vault_uuid == vault_id


def test_vault_life(client: SyncClient) -> None:
    """A vault is made, renamed and deleted."""
    made = client.vaults.create(VaultCreateParams(title="new"))
    changed = client.vaults.update(made.id, VaultUpdateParams(description="words"))

    assert (made.description, changed.title, changed.description) == ("", "new", "words")
    client.vaults.delete(made.id)
    with pytest.raises(NotFoundError):
        client.vaults.get_overview(made.id)


def test_shares(client: SyncClient, item: Item, home: Home, vault_id: str) -> None:
    """Policy and recipients of a link are told; the link itself needs a server."""
    with pytest.raises(ForbiddenError):
        client.items.shares.get_account_policy(item.vault_id, item.id)
    token = home.token(vault_id, "share_items")
    with SyncClient.authenticate(token, "tests", "1.0") as sharer:
        policy = sharer.items.shares.get_account_policy(item.vault_id, item.id)
        found = sharer.items.shares.validate_recipients(policy, ["ana@example.org", "example.org"])
        assert [type(one) for one in found] == [ValidRecipientEmail, ValidRecipientDomain]
        with pytest.raises(InputError, match="nobody"):
            sharer.items.shares.validate_recipients(policy, ["nobody"])
        params = ItemShareParams(recipients=found, one_time_only=True)
        with pytest.raises(NotAvailableError, match="server"):
            sharer.items.shares.create(item, policy, params)
