"""The whole of `@1password/op-js` on our `op`: every function but those of Connect and events."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.people import answer, computer
from support.javascript import find_node, install
from support.judges import PROGRAMS, Scene, second_home
from support.performers import CallError, Performer

# What this release has no server for, and what is no command.
LEFT_OUT = re.compile(r"connect\.|eventsApi\.|setConnect$|ValidationErrorType$")
CODE = "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP"
REFERENCE = "op://dev/made-2/username"


@contextmanager
def op_js(environment: dict[str, str], folder: Path) -> Iterator[Performer]:
    """Start a program that calls the package."""
    with ExitStack() as stack:
        process = subprocess.Popen(
            [find_node().program, str(PROGRAMS / "js/op_js.cjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment | {"NODE_PATH": str(install())},
            cwd=folder,
        )
        yield Performer(stack.enter_context(process))


def settings(do: Performer) -> None:
    client = {"name": "Strongroom tests", "id": "SRT", "build": "0010001"}
    assert do.call("setClientInfo", client) is None
    assert do.call("setGlobalFlags", {"cache": True, "encoding": "utf-8"}) is None
    assert do.call("validateCli") is None
    assert do.call("validateCli", ">=2.30") is None
    with pytest.raises(CallError, match="satisfy"):
        do.call("validateCli", ">=3")
    assert re.fullmatch(r"2\.\d+\.\d+", do.call("version"))


def items(do: Performer) -> None:
    rows = [
        ["username", "text", "app"],
        ["password", "concealed", "a=b,c d"],
        [r"my\.section.pin", "text", "1234"],
        ["day", "date", "2030-01-02"],
    ]
    flags = {"category": "Login", "vault": "dev", "url": "https://x.example", "tags": ["a", "b"]}
    made = do.call("item.create", rows, {**flags, "title": "made"})
    assert (made["title"], made["version"], made["vault"]["name"]) == ("made", 1, "dev")
    assert made["urls"][0]["href"] == "https://x.example"
    assert do.call("item.get", made["id"], {"vault": "dev"}) == made
    by_label = {field["label"]: field for field in made["fields"]}
    assert by_label["pin"]["section"]["label"] == "my.section"
    labels = {"label": ["password", "pin"]}
    chosen = do.call("item.get", "made", {"fields": labels})
    assert [field["value"] for field in chosen] == ["a=b,c d", "1234"]
    one = do.call("item.get", "made", {"fields": {"type": ["concealed"]}})
    assert one["value"] == "a=b,c d"
    listed = do.call("item.list", {"categories": ["Login"], "tags": ["a"], "long": True})
    assert [row["id"] for row in listed] == [made["id"]]
    assert listed[0]["additional_information"] == "app"
    dry = do.call("item.create", [], {"category": "Password", "vault": "dev", "dryRun": True})
    assert "id" not in dry
    marked = do.call("item.create", [], {**flags, "title": "star", "favorite": True})
    assert marked["favorite"] is True
    assert [row["id"] for row in do.call("item.list", {"favorite": True})] == [marked["id"]]
    assert do.call("item.delete", "star", {"vault": "dev"}) is None
    assert do.call("item.list", {"favorite": True}) == []
    # The package sends nothing for false, so it can only mark.
    marked = do.call("item.edit", "made", [], {"favorite": True})
    assert (marked["favorite"], marked["version"]) == (True, 2)
    generated = {"category": "Password", "title": "gen", "generatePassword": "letters,20"}
    value = do.call("item.create", [], {**generated, "vault": "dev"})["fields"][0]["value"]
    assert re.fullmatch("[A-Za-z]{20}", value)
    changed = do.call("item.edit", "made", [["code", "otp", CODE]], {"title": "made-2"})
    assert (changed["id"], changed["title"], changed["version"]) == (made["id"], "made-2", 3)
    assert do.call("item.edit", "made-2", [["day", "delete", ""]], {"tags": ["c"]})["tags"] == ["c"]
    assert re.fullmatch(r"\d{6}", do.call("item.otp", "made-2", {"vault": "dev"}))
    assert {"uuid": "001", "name": "Login"} in do.call("item.template.list")
    assert do.call("item.template.get", "Login")["category"] == "LOGIN"
    with pytest.raises(CallError, match=r"^links to items need a server"):
        do.call("item.shareLink", "made-2")
    with pytest.raises(CallError, match=r"^share links need a server"):
        do.call("item.share", "made-2", {"emails": ["a@b.example"], "expiry": "1d"})
    with pytest.raises(CallError, match=r'^"none" isn\'t an item'):
        do.call("item.get", "none")


def secrets(do: Performer, folder: Path) -> None:
    assert do.call("read.parse", REFERENCE) == "app"
    path = folder / "read"
    assert do.call("read.toFile", REFERENCE, str(path), {"noNewline": True}) == str(path)
    assert path.read_text() == "app"
    text = f"user: {REFERENCE}\npin: {{{{ op://dev/made-2/my.section/pin }}}}\n"
    filled = "user: app\npin: 1234"
    assert do.call("inject.data", text).strip() == filled
    path = folder / "injected"
    flags = {"fileMode": "0640", "force": True}
    assert do.call("inject.toFile", text, str(path), flags) == str(path)
    assert (path.read_text().strip(), path.stat().st_mode & 0o777) == (filled, 0o640)
    with pytest.raises(CallError, match="could not find item none in vault dev"):
        do.call("read.parse", "op://dev/none/x")
    with pytest.raises(CallError, match="could not find item none in vault dev"):
        do.call("inject.data", "op://dev/none/x")


def documents(do: Performer, folder: Path) -> None:
    (folder / "file.txt").write_text("of a file")
    flags = {"vault": "dev", "title": "doc", "fileName": "doc.txt", "tags": ["t"]}
    made = do.call("document.create", "as text", flags)
    assert set(made) == {"uuid", "createdAt", "updatedAt", "vaultUuid"}
    assert do.call("document.get", "doc") == "as text"
    flags = {"vault": "dev", "title": "doc-2"}
    do.call("document.create", str(folder / "file.txt"), flags, True)
    assert do.call("document.get", "doc-2") == "of a file"
    listed = {row["title"]: row for row in do.call("document.list", {"vault": "dev"})}
    assert listed["doc"]["id"] == made["uuid"]
    assert "overview.ainfo" in listed["doc"]
    assert do.call("document.edit", "doc", "changed", {"title": "doc-3", "vault": "dev"}) is None
    path = folder / "out"
    assert do.call("document.toFile", "doc-3", str(path), {"vault": "dev"}) == str(path)
    assert path.read_text() == "changed"
    assert do.call("document.delete", "doc-3", {"archive": True, "vault": "dev"}) is None
    assert do.call("document.get", made["uuid"], {"includeArchive": True}) == "changed"
    assert do.call("document.delete", "doc-2", {"vault": "dev"}) is None


def removals(do: Performer) -> None:
    assert do.call("item.delete", "gen", {"archive": True, "vault": "dev"}) is None
    assert do.call("item.delete", "made-2", {"vault": "dev"}) is None
    titles = {row["title"] for row in do.call("item.list", {"vault": "dev"})}
    assert not {"gen", "made-2"} & titles
    archived = do.call("item.list", {"vault": "dev", "includeArchive": True})
    assert "gen" in {row["title"] for row in archived}


def vaults(do: Performer) -> dict[str, Any]:
    flags = {"description": "made", "icon": "gears", "allowAdminsToManage": "true"}
    made = do.call("vault.create", "team", flags)
    assert (made["name"], made["description"], made["icon"]) == ("team", "made", "gears")
    read: dict[str, Any] = do.call("vault.get", "team")
    assert (read["id"], read["type"]) == (made["id"], "USER_CREATED")
    assert {"team", "dev"} <= {row["name"] for row in do.call("vault.list")}
    return read


def used_by_anybody(do: Performer, folder: Path) -> None:
    settings(do)
    items(do)
    secrets(do, folder)
    documents(do, folder)
    vaults(do)
    removals(do)


def groups(do: Performer, email: str) -> None:
    made = do.call("group.create", "ops", {"description": "people"})
    assert do.call("group.edit", "ops", {"name": "crew", "description": "more people"}) is None
    read = do.call("group.get", "crew")
    assert (read["id"], read["description"]) == (made["id"], "more people")
    rights = {"group": "crew", "vault": "team"}
    words = ["allow_viewing", "allow_editing"]
    given = do.call("vault.group.grant", {**rights, "permissions": words})
    assert (given["group_name"], given["vault_name"]) == ("crew", "team")
    assert "edit_items" in given["permissions"].split(",")
    (row,) = [one for one in do.call("vault.group.list", "team") if one["name"] == "crew"]
    assert "edit_items" in row["permissions"]
    assert "crew" in {one["name"] for one in do.call("group.list", {"vault": "team"})}
    do.call("vault.group.revoke", {**rights, "permissions": ["allow_editing"]})
    (row,) = [one for one in do.call("vault.group.list", "team") if one["name"] == "crew"]
    assert "edit_items" not in row["permissions"]
    member = {"group": "crew", "user": email}
    do.call("group.user.grant", {**member, "role": "MANAGER"})
    roles = {one["email"]: one["role"] for one in do.call("group.user.list", "crew")}
    assert roles[email] == "MANAGER"
    assert "crew" in {one["name"] for one in do.call("group.list", {"user": email})}
    assert email in {one["email"] for one in do.call("user.list", {"group": "crew"})}
    do.call("group.user.revoke", member)
    assert email not in {one["email"] for one in do.call("group.user.list", "crew")}
    do.call("group.delete", "crew")
    assert "crew" not in {one["name"] for one in do.call("group.list")}


def rights_of_users(do: Performer, email: str) -> None:
    rights = {"user": email, "vault": "team"}
    given = do.call("vault.user.grant", {**rights, "permissions": ["allow_viewing"]})
    assert given["user_email"] == email
    assert email in {one["email"] for one in do.call("vault.user.list", "team")}
    assert email in {one["email"] for one in do.call("user.list", {"vault": "team"})}
    assert "team" in {one["name"] for one in do.call("vault.list", {"user": email})}
    do.call("vault.user.revoke", rights)
    assert email not in {one["email"] for one in do.call("vault.user.list", "team")}


def provision(do: Performer, folder: Path, name: str) -> str:
    """Invite somebody, who answers; return the e-mail address."""
    email = f"{name}@example.org"
    invited = do.call("user.provision", email, name.capitalize(), {"language": "en"})
    answer(computer(folder, name), invited["link"])
    return email


def people(do: Performer, folder: Path) -> None:
    ben, eve = (provision(do, folder, name) for name in ("ben", "eve"))
    assert do.call("user.confirm", ben) is None
    assert do.call("user.confirmAll") is None
    states = {row["email"]: row["state"] for row in do.call("user.list")}
    assert (states[ben], states[eve]) == ("ACTIVE", "ACTIVE")
    assert do.call("user.me")["email"] == do.call("whoami")["email"]
    assert do.call("user.get", ben)["name"] == "Ben"
    assert re.fullmatch("[0-9a-f]{64}", do.call("user.fingerprint", ben))
    assert len(do.call("user.publicKey", ben)) > 100
    assert do.call("user.edit", ben, {"name": "Benno", "travelMode": "off"}) is None
    assert do.call("user.get", ben)["name"] == "Benno"
    groups(do, ben)
    rights_of_users(do, ben)
    do.call("user.suspend", ben, {"deauthorizeDevicesAfter": "1h"})
    assert do.call("user.get", ben)["state"] == "SUSPENDED"
    assert do.call("user.reactivate", ben) is None
    do.call("user.delete", eve)
    do.call("user.delete", ben)
    assert not {ben, eve} & {row["email"] for row in do.call("user.list")}


def accounts(do: Performer) -> None:
    assert do.call("account.get")["name"] == "Home"
    (account,) = do.call("account.list")
    assert {"url", "email", "user_uuid", "account_uuid"} <= set(account)


def the_end_of_an_account(do: Performer) -> None:
    do.call("account.forget", "Home")
    assert do.call("account.list") == []


def test_service_account(scene: Scene, tmp_path: Path) -> None:
    """What a service account may do: items, documents, references, templates, vaults of its own."""
    with op_js(scene.service_account, tmp_path) as do:
        used_by_anybody(do, tmp_path)
        assert do.call("vault.delete", "team") is None
        assert "team" not in {row["name"] for row in do.call("vault.list")}
        assert do.call("whoami")["user_type"] == "SERVICE_ACCOUNT"


def test_session(scene: Scene, tmp_path: Path) -> None:
    """What an owner may do: all functions of the package but those of Connect and events."""
    with op_js(scene.session, tmp_path) as do:
        used_by_anybody(do, tmp_path)
        changes = {"name": "crew", "description": "x", "icon": "jet", "travelMode": "off"}
        assert do.call("vault.edit", "team", changes) is None
        with pytest.raises(CallError, match=r"^there is no travel mode"):
            do.call("vault.edit", "crew", {"travelMode": "on"})
        assert do.call("vault.get", "crew")["icon"] == "jet"
        assert do.call("vault.edit", "crew", {"name": "team"}) is None
        people(do, tmp_path)
        accounts(do)
        do.call("vault.delete", "team")
        called = do.called
    other = second_home(tmp_path / "other").environment["STRONGROOM_HOME"]
    with op_js(scene.session | {"STRONGROOM_HOME": other}, tmp_path) as do:
        the_end_of_an_account(do)
        assert do.call("setServiceAccount", scene.token) is None
        assert do.call("read.parse", "op://dev/db/username") == "app"
        functions = {name for name in do.methods if not LEFT_OUT.match(name)}
    assert functions == called | do.called
