"""Every message on a live account; what is written is read back by the engine."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from strongroom.client.runtime import drive
from strongroom.core.invocations.files import READ_BYTES_MAX
from strongroom.core.invocations.table import DECODERS
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from strongroom.sdk.texts import MESSAGE_LIMIT
from support.cores import GO, JAVASCRIPT, PYTHON, Speaker, configure

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
FIELD = {"id": "password", "title": "password", "fieldType": "Concealed", "value": "s3cret"}


@pytest.fixture
def vault(account) -> str:
    return account.vault("vault")


def new_item(vault: str, title: str = "new", **parts: object) -> dict[str, object]:
    """Return a new item as wrappers send one: what was not given is null."""
    names = ("fields", "sections", "notes", "tags", "websites", "files", "document")
    empty = dict.fromkeys(names)
    return {"category": "Login", "vaultId": vault, "title": title, **empty, **parts}


def test_secrets(speaker):
    """References are resolved, one by one and many at once; each has its own outcome."""
    good, bad, none = "op://vault/item/username", "op://vault", "op://vault/none/x"
    assert speaker.ask("SecretsResolve", secret_reference=good) == "wendy"
    name, message = speaker.refuse("SecretsResolve", secret_reference=none)
    assert name == "ResolvingSecretReference"
    assert message.startswith("error resolving secret reference: ")
    found = speaker.ask("SecretsResolveAll", secret_references=[good, bad, none, good])
    rows = found["individualResponses"]
    assert rows[good]["content"]["secret"] == "wendy"
    assert set(rows[good]["content"]) == {"secret", "itemId", "vaultId"}
    assert rows[bad]["error"]["type"] == "parsing"
    assert rows[none] == {"content": None, "error": {"type": "itemNotFound"}}


def test_an_items_life(speaker, account, vault):
    """An item is made, read, changed, listed, archived and deleted."""
    made = speaker.ask("ItemsCreate", params=new_item(vault, fields=[FIELD], tags=["a"]))
    read = drive(account.engine.items.get(vault, made["id"]))
    assert read == made
    assert TIME.fullmatch(made["createdAt"])
    assert speaker.ask("ItemsGet", vault_id=vault, item_id=made["id"]) == made
    edited = {**made, "title": "edited", "notes": "ünï", "unknown": 1}
    changed = speaker.ask("ItemsPut", item=edited)
    assert (changed["version"], changed["title"], changed["notes"]) == (2, "edited", "ünï")
    assert speaker.refuse("ItemsPut", item=edited)[1].startswith("data conflict: item ")
    assert speaker.text("ItemsArchive", vault_id=vault, item_id=made["id"]) == ""
    active = speaker.ask("ItemsList", vault_id=vault, filters=[])
    assert speaker.ask("ItemsList", vault_id=vault, filters=None) == active
    assert made["id"] not in [row["id"] for row in active]
    state = {"type": "ByState", "content": {"active": False, "archived": True}}
    (archived,) = speaker.ask("ItemsList", vault_id=vault, filters=[state])
    assert (archived["id"], archived["state"]) == (made["id"], "archived")
    assert speaker.text("ItemsDelete", vault_id=vault, item_id=made["id"]) == ""
    assert "item" in speaker.refuse("ItemsGet", vault_id=vault, item_id=made["id"])[1]


def test_batches(speaker, account, vault):
    """Batches answer in their order, or by id, and one failure disturbs no other."""
    foreign = new_item("a" * 26, "foreign")
    items = [new_item(vault, "one"), foreign, new_item(vault, "two", fields=[FIELD, FIELD])]
    made = speaker.ask("ItemsCreateAll", vault_id=vault, params=items)["individualResponses"]
    assert [row["error"] and row["error"]["type"] for row in made] == [
        None,
        "itemValidationError",
        "itemValidationError",
    ]
    one = made[0]["content"]["id"]
    got = speaker.ask("ItemsGetAll", vault_id=vault, item_ids=["a" * 26, one])
    assert got["individualResponses"][0] == {"content": None, "error": {"type": "itemNotFound"}}
    assert got["individualResponses"][1]["content"]["title"] == "one"
    gone = speaker.ask("ItemsDeleteAll", vault_id=vault, item_ids=[one, "b" * 26])
    assert gone["individualResponses"][one] == {"content": None, "error": None}
    assert gone["individualResponses"]["b" * 26]["error"] == {"type": "itemNotFound"}


@pytest.mark.parametrize("sent", [list, lambda content: base64.b64encode(content).decode()])
@pytest.mark.parametrize(("language", "answer"), [(PYTHON, list), (JAVASCRIPT, list), (GO, str)])
def test_binary(core, account, vault, hand, sent, language, answer):
    """Content comes in as a list or as base64, and goes out as the wrapper's language reads it."""
    speaker = Speaker(core, drive(core.init_client(configure(account.token, language))))
    content = bytes(range(256))
    file = {"name": "f", "content": sent(content), "sectionId": "s", "fieldId": "f"}
    made = speaker.ask("ItemsCreate", params=new_item(vault, files=[file]))
    attributes = made["files"][0]["attributes"]
    place = {"vault_id": vault, "item_id": made["id"]}
    read = speaker.ask("ItemsFilesRead", **place, attr=attributes)
    assert isinstance(read, answer)
    assert (base64.b64decode(read) if isinstance(read, str) else bytes(read)) == content
    assert drive(account.engine.files.read(vault, made["id"], attributes["id"])) == content


def test_files(speaker, account, vault):
    """Files are attached and removed, a document is replaced."""
    made = speaker.ask("ItemsCreate", params=new_item(vault))
    file = {"name": "f", "content": [104, 105], "sectionId": "s", "fieldId": "f"}
    attached = speaker.ask("ItemsFilesAttach", item=made, file_params=file)
    assert attached["files"][0]["attributes"]["size"] == 2
    removed = speaker.ask("ItemsFilesDelete", item=attached, section_id="s", field_id="f")
    assert removed["files"] == []
    document = {"name": "d", "content": "aGk="}
    made = speaker.ask(
        "ItemsCreate", params=new_item(vault, category="Document", document=document)
    )
    assert made["document"]["size"] == 2
    replaced = speaker.ask(
        "ItemsFilesReplaceDocument", item=made, doc_params={"name": "e", "content": []}
    )
    assert (replaced["document"]["name"], replaced["document"]["size"]) == ("e", 0)


@pytest.mark.parametrize("content", [[256], [-1], [2**70], "not base64", "aGk", "aGk-", "é"])
def test_content_that_is_none(speaker, vault, content):
    """What is neither bytes nor base64 is refused and not shown."""
    document = {"name": "d", "content": content}
    name, message = speaker.refuse(
        "ItemsCreate", params=new_item(vault, category="Document", document=document)
    )
    assert name == "InvalidConfiguration"
    assert message.startswith("data did not match any variant of untagged enum Invocation")
    assert str(content) not in message


def test_a_file_that_fits_no_answer(speaker, account, vault, monkeypatch):
    """What no answer can hold is refused before it is read; the largest that may fit is not."""
    assert READ_BYTES_MAX == MESSAGE_LIMIT * 3 // 4
    monkeypatch.setattr("strongroom.core.invocations.files.READ_BYTES_MAX", 2)
    place = []
    for content in ([1, 2], [1, 2, 3]):
        document = {"name": "d", "content": content}
        made = speaker.ask(
            "ItemsCreate", params=new_item(vault, category="Document", document=document)
        )
        place.append({"vault_id": vault, "item_id": made["id"], "attr": made["document"]})
    assert speaker.ask("ItemsFilesRead", **place[0]) == [1, 2]
    assert speaker.refuse("ItemsFilesRead", **place[1])[1].startswith("message size exceeds")


def test_shares(speaker, vault, account):
    """The policy is told, recipients are sorted, and a link from a file is refused."""
    item = speaker.ask("ItemsList", vault_id=vault, filters=[])[0]
    item = speaker.ask("ItemsGet", vault_id=vault, item_id=item["id"])
    policy = speaker.ask("ItemsSharesGetAccountPolicy", vault_id=vault, item_id=item["id"])
    assert policy["maxExpiry"] == "ThirtyDays"
    recipients = speaker.ask(
        "ItemsSharesValidateRecipients", policy=policy, recipients=["a@b.example", "c.example"]
    )
    assert recipients == [
        {"type": "Email", "parameters": {"email": "a@b.example"}},
        {"type": "Domain", "parameters": {"domain": "c.example"}},
    ]
    params = {"recipients": recipients, "expireAfter": None, "oneTimeOnly": True}
    refused = speaker.refuse("ItemsSharesCreate", item=item, policy=policy, params=params)
    assert refused == ("Internal", "share links need a server; this account lives in a file")


def test_vaults(speaker, account):
    """A vault is made, told about, renamed and deleted; null leaves a part as it is."""
    params = {"title": "made", "description": None, "allowAdminsAccess": None}
    made = speaker.ask("VaultsCreate", params=params)
    assert made["id"] in [row["id"] for row in speaker.ask("VaultsList", params=None)]
    listed = speaker.ask("VaultsList", params={"decryptDetails": True})
    assert listed == speaker.ask("VaultsList")
    overview = speaker.ask("VaultsGetOverview", vault_id=made["id"])
    assert (overview["title"], overview["vaultType"]) == ("made", "userCreated")
    assert TIME.fullmatch(overview["updatedAt"])
    with_access = speaker.ask("VaultsGet", vault_id=made["id"], vault_params={"accessors": True})
    assert with_access["access"]
    plain = speaker.ask("VaultsGet", vault_id=made["id"], vault_params={})
    assert plain.get("access") is None
    changed = speaker.ask(
        "VaultsUpdate", vault_id=made["id"], params={"title": "other", "description": None}
    )
    assert changed["title"] == "other"
    assert speaker.text("VaultsDelete", vault_id=made["id"]) == ""
    assert "vault" in speaker.refuse("VaultsGetOverview", vault_id=made["id"])[1]


def test_groups(speaker, account):
    """Groups are given access to a vault, more of it, and none; a group says what it may do."""
    group = drive(account.engine.groups.create("crew"))["id"]
    vault = speaker.ask("VaultsCreate", params={"title": "of the token"})["id"]
    mask = 32 | 16
    grants = [{"groupId": group, "permissions": mask}]
    granted = speaker.text(
        "VaultsGrantGroupPermissions", vault_id=vault, group_permissions_list=grants
    )
    assert granted == ""
    read = {"group_id": group, "group_params": {"vaultPermissions": True}}
    shown = speaker.ask("GroupsGet", **read)
    assert (shown["title"], shown["groupType"], shown["state"]) == ("crew", "userDefined", "active")
    assert [row["permissions"] for row in shown["vaultAccess"]] == [mask]
    rows = [{"vaultId": vault, "groupId": group, "permissions": 32}]
    assert speaker.text("VaultsUpdateGroupPermissions", group_permissions_list=rows) == ""
    shown = speaker.ask("GroupsGet", **read)
    assert [row["permissions"] for row in shown["vaultAccess"]] == [32]
    revoked = speaker.text("VaultsRevokeGroupPermissions", vault_id=vault, group_id=group)
    assert revoked == ""
    assert speaker.ask("GroupsGet", **read)["vaultAccess"] == []
    assert speaker.ask("GroupsGet", group_id=group, group_params={})["vaultAccess"] is None


def test_environments(core, account):
    """The variables of an Environment are told to a token that may use it."""
    rows = [{"name": "A", "value": "1", "masked": True}]
    made = drive(account.engine.environments.create("prod", variables=rows))["id"]
    grants = {made: SERVICE_ACCOUNT_WORDS["read_items"]}
    token = drive(account.engine.service_accounts.create("env", grants)).expose()
    speaker = Speaker(core, drive(core.init_client(configure(token))))
    answer = speaker.ask("EnvironmentsGetVariables", environment_id=made)
    assert answer == {"variables": rows}


def test_every_message_is_invoked_here():
    """No message is without a test of its own in this folder."""
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in DECODERS if f'"{name}"' not in text] == []


def test_extra_parameters_are_passed_over(speaker):
    """A parameter that is not known, of a newer wrapper, does no harm."""
    reference = "op://vault/item/username"
    assert json.loads(speaker.text("SecretsResolve", secret_reference=reference, more=1)) == "wendy"
