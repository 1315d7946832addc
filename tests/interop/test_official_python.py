"""Every method of the official Python wrapper on our core, read back by the engine."""

from __future__ import annotations

import pytest

from interop.conftest import ROWS, Start, make_token
from strongroom.client.runtime import drive
from strongroom.testing.account import ThrowAwayAccount
from support.performers import CallError, Performer, content, model


@pytest.fixture
def performer(account: ThrowAwayAccount, environment_id: str, official: Start) -> Performer:
    """The official wrapper with a token that may do what any token may."""
    token = make_token(account, vault="vault", environment_id=environment_id)
    return official({**account.environment, "OP_SERVICE_ACCOUNT_TOKEN": token})


def login(vault: str, title: str, **keys: object) -> dict[str, object]:
    field = model(
        "ItemField", id="password", title="password", field_type="Concealed", value="s3cret"
    )
    return model(
        "ItemCreateParams", category="Login", vault_id=vault, title=title, fields=[field], **keys
    )


def check_item(account: ThrowAwayAccount, item: dict[str, object]) -> None:
    """Compare what the official models have parsed with what the engine reads."""
    read = drive(account.engine.items.get(str(item["vaultId"]), str(item["id"])))
    shown = without_nulls(item)
    # What the official models do not have.
    beyond = {"state", "lastEditedBy"}
    assert shown == without_nulls({key: read[key] for key in read if key not in beyond})


def without_nulls(value: object) -> object:
    """Leave out keys without a value: models have them, JSON need not."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def secrets(do: Performer) -> None:
    good, none = "op://vault/item/password", "op://vault/none/x"
    assert do.call("secrets.resolve", good) == "correct horse"
    rows = do.call("secrets.resolve_all", [good, none])["individualResponses"]
    assert rows[good]["content"]["secret"] == "correct horse"
    assert rows[none]["error"] == {"type": "itemNotFound"}
    assert do.call("secrets.validate_secret_reference", good) is None
    pin = model("PasswordRecipePin", parameters=model("PasswordRecipePinInner", length=6))
    password = do.call("secrets.generate_password", pin)["password"]
    assert len(password) == 6


def items(do: Performer, account: ThrowAwayAccount) -> None:
    vault = account.vault("vault")
    made = do.call("items.create", login(vault, "made", tags=["a", "b"]))
    check_item(account, made)
    assert do.call("items.get", vault, made["id"]) == made
    (seeded,) = [row for row in do.call("items.list", vault) if row["title"] == "item"]
    with_code = do.call("items.get", vault, seeded["id"])
    check_item(account, with_code)
    codes = [row["details"]["content"]["code"] for row in with_code["fields"] if row["details"]]
    assert len(codes) == 1
    assert len(codes[0]) == 6
    changed = do.call("items.put", model("Item", **{**made, "title": "changed"}))
    check_item(account, changed)
    assert (changed["title"], changed["version"]) == ("changed", 2)
    batch = do.call("items.create_all", vault, [login(vault, "one"), login("a" * 26, "two")])
    first, second = batch["individualResponses"]
    check_item(account, first["content"])
    assert second["error"]["type"] == "itemValidationError"
    one = first["content"]["id"]
    got = do.call("items.get_all", vault, [one, "a" * 26])["individualResponses"]
    assert got == [
        {"content": first["content"], "error": None},
        {"content": None, "error": {"type": "itemNotFound"}},
    ]
    assert do.call("items.archive", vault, made["id"]) is None
    inner = model("ItemListFilterByStateInner", active=False, archived=True)
    (archived,) = do.call("items.list", vault, model("ItemListFilterByState", content=inner))
    assert (archived["id"], archived["state"]) == (made["id"], "archived")
    gone = do.call("items.delete_all", vault, [one, "a" * 26])["individualResponses"]
    assert gone[one] == {"content": None, "error": None}
    assert gone["a" * 26]["error"] == {"type": "itemNotFound"}
    assert do.call("items.delete", vault, made["id"]) is None
    assert {row["id"] for row in drive(account.engine.items.list_deleted(vault))} == {
        one,
        made["id"],
    }


def files(do: Performer, account: ThrowAwayAccount) -> None:
    vault, data = account.vault("vault"), bytes(range(256))
    made = do.call("items.create", login(vault, "with files"))
    file = model("FileCreateParams", name="f", content=content(data), section_id="s", field_id="f")
    attached = do.call("items.files.attach", model("Item", **made), file)
    check_item(account, attached)
    attributes = attached["files"][0]["attributes"]
    read = do.call("items.files.read", vault, made["id"], model("FileAttributes", **attributes))
    assert read == content(data)
    removed = do.call("items.files.delete", model("Item", **attached), "s", "f")
    check_item(account, removed)
    document = model("DocumentCreateParams", name="d", content=content(b"one"))
    params = model(
        "ItemCreateParams", category="Document", vault_id=vault, title="d", document=document
    )
    made = do.call("items.create", params)
    other = model("DocumentCreateParams", name="e", content=content(b"other"))
    replaced = do.call("items.files.replace_document", model("Item", **made), other)
    check_item(account, replaced)
    stored = drive(account.engine.files.read(vault, made["id"], replaced["document"]["id"]))
    assert stored == b"other"


def shares(do: Performer, account: ThrowAwayAccount) -> None:
    vault = account.vault("vault")
    made = do.call("items.create", login(vault, "shared"))
    policy = do.call("items.shares.get_account_policy", vault, made["id"])
    asked = model("ItemShareAccountPolicy", **policy)
    sorted_ = do.call("items.shares.validate_recipients", asked, ["a@b.example", "c.example"])
    assert [row["type"] for row in sorted_] == ["Email", "Domain"]
    with pytest.raises(CallError, match=r"^share links need a server") as refused:
        do.call(
            "items.shares.create",
            model("Item", **made),
            asked,
            model("ItemShareParams", one_time_only=True, recipients=sorted_),
        )
    assert refused.value.classes[0] == "Exception"


def vaults(do: Performer, account: ThrowAwayAccount) -> None:
    engine = account.engine
    made = do.call("vaults.create", model("VaultCreateParams", title="of the token"))
    read = drive(engine.vaults.get(made["id"]))
    assert {key: read[key] for key in made if key != "access"} == {
        key: made[key] for key in made if key != "access"
    }
    assert made["id"] in [row["id"] for row in do.call("vaults.list")]
    overview = do.call("vaults.get_overview", made["id"])
    assert overview == drive(engine.vaults.get_overview(made["id"]))
    changed = do.call("vaults.update", made["id"], model("VaultUpdateParams", title="renamed"))
    assert changed["title"] == drive(engine.vaults.get(made["id"]))["title"] == "renamed"
    group = drive(engine.groups.create("crew"))["id"]
    grant = model("GroupAccess", group_id=group, permissions=48)
    assert do.call("vaults.grant_group_permissions", made["id"], [grant]) is None
    found = do.call("vaults.get", made["id"], model("VaultGetParams", accessors=True))
    assert found["access"] == drive(engine.vaults.get(made["id"], accessors=True))["access"]
    assert 48 in [row["permissions"] for row in found["access"]]
    less = model("GroupVaultAccess", vault_id=made["id"], group_id=group, permissions=32)
    assert do.call("vaults.update_group_permissions", [less]) is None
    shown = do.call("groups.get", group, model("GroupGetParams", vault_permissions=True))
    assert [row["permissions"] for row in shown["vaultAccess"]] == [32]
    assert do.call("vaults.revoke_group_permissions", made["id"], group) is None
    shown = do.call("groups.get", group, model("GroupGetParams", vault_permissions=True))
    assert shown["vaultAccess"] == []
    assert do.call("vaults.delete", made["id"]) is None
    assert made["id"] not in [row["id"] for row in drive(engine.vaults.list())]


def test_every_method(performer: Performer, account: ThrowAwayAccount, environment_id: str) -> None:
    """Each public method, found by introspection, works on a live vault."""
    secrets(performer)
    items(performer, account)
    files(performer, account)
    shares(performer, account)
    vaults(performer, account)
    variables = performer.call("environments.get_variables", environment_id)
    assert variables == {"variables": ROWS}
    assert sorted(performer.called) == performer.methods


def test_calls_side_by_side(performer: Performer, account: ThrowAwayAccount) -> None:
    """Many calls of one client at once are all answered, and a failing one disturbs no other."""
    good, none = "op://vault/item/password", "op://vault/none/x"
    steps = [("secrets.resolve", [good]), ("secrets.resolve", [none])] * 20
    done = performer.all(*steps)
    assert [row.get("result") for row in done] == ["correct horse", None] * 20
    assert {row["error"] for row in done[1::2]} == {done[1]["error"]}
    assert done[1]["error"].startswith("error resolving secret reference: ")


@pytest.mark.parametrize("size", [3_000_000])
def test_large_files(performer: Performer, account: ThrowAwayAccount, size: int) -> None:
    """A file of some megabytes goes through the messages and back."""
    vault, data = account.vault("vault"), bytes(range(256)) * (size // 256)
    document = model("DocumentCreateParams", name="large", content=content(data))
    params = model(
        "ItemCreateParams", category="Document", vault_id=vault, title="large", document=document
    )
    made = performer.call("items.create", params)
    attributes = model("FileAttributes", **made["document"])
    assert performer.call("items.files.read", vault, made["id"], attributes) == content(data)
