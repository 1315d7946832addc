"""Programs for the official Go SDK on our module: every method, read back by the engine."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from interop.conftest import CLOCK, ITEM, ROWS, make_token
from strongroom.client.runtime import drive
from strongroom.testing import throw_away_account
from strongroom.testing.account import ThrowAwayAccount, private_folder
from support.cores import serving
from support.go_programs import build, program_environment, vet_official
from support.performers import CallError, Performer

REFERENCE = "op://Development/item/password"
NONE = "a" * 26
CORES = ["child", "socket"]
TOKEN = "OP_SERVICE_ACCOUNT_TOKEN"

pytestmark = pytest.mark.timeout(300)  # a build without a cache takes minutes


@pytest.fixture
def account() -> Iterator[ThrowAwayAccount]:
    with throw_away_account({"Development": {"item": ITEM}}, clock=CLOCK) as made:
        yield made


@pytest.fixture(params=CORES)
def core(request: pytest.FixtureRequest, account: ThrowAwayAccount) -> Iterator[dict[str, str]]:
    """The variables with which a program finds its core: none, or one that names a socket."""
    if request.param == "child":
        yield {}
        return
    inherited = {name: value for name, value in account.environment.items() if name != TOKEN}
    with private_folder() as folder, serving(folder, inherited) as place:
        # No program of a core is on the path.
        yield {"STRONGROOM_CORE": place, "PATH": "/nowhere"}


@pytest.fixture
def performer(
    account: ThrowAwayAccount, environment_id: str, core: dict[str, str]
) -> Iterator[Performer]:
    """The program that performs calls, with a token that may do what any token may."""
    token = make_token(account, vault="Development", environment_id=environment_id)
    variables = {**account.environment, TOKEN: token, **core}
    with ExitStack() as stack:
        process = subprocess.Popen(
            [build("perform", official=False)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=program_environment(variables),
        )
        stack.enter_context(process)
        yield Performer(process)


def content(data: bytes) -> str:
    """Return bytes as Go has them in JSON."""
    return base64.b64encode(data).decode()


def login(vault: str, title: str, **keys: object) -> dict[str, object]:
    field = {"id": "password", "title": "password", "fieldType": "Concealed", "value": "s3cret"}
    return {"category": "Login", "vaultId": vault, "title": title, "fields": [field], **keys}


def check_item(account: ThrowAwayAccount, item: dict[str, Any]) -> None:
    """Compare what the types of the module have parsed with what the engine reads."""
    read = drive(account.engine.items.get(item["vaultId"], item["id"]))
    beyond = {"state", "lastEditedBy"}  # what the types of the SDK do not have
    assert shown(item) == shown({key: read[key] for key in read if key not in beyond})


def shown(value: Any, key: str = "") -> Any:
    """Leave out what has no value; write times in one way."""
    if isinstance(value, dict):
        return {name: shown(one, name) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [shown(one) for one in value]
    return datetime.fromisoformat(value) if key in ("createdAt", "updatedAt") else value


def secrets(do: Performer) -> None:
    none = "op://Development/none/x"
    assert do.call("secrets.Resolve", REFERENCE) == "correct horse"
    rows = do.call("secrets.ResolveAll", [REFERENCE, none])["individualResponses"]
    assert rows[REFERENCE]["content"]["secret"] == "correct horse"
    assert rows[none] == {"error": {"type": "itemNotFound"}}
    assert do.call("static.ValidateSecretReference", REFERENCE) is None
    pin = {"type": "Pin", "parameters": {"length": 6}}
    assert len(do.call("static.GeneratePassword", pin)["password"]) == 6
    with pytest.raises(CallError, match=r"^error resolving secret reference: ") as refused:
        do.call("secrets.Resolve", none)
    assert refused.value.classes == ["*errors.errorString"]


def items(do: Performer, account: ThrowAwayAccount) -> None:
    vault = account.vault("Development")
    made = do.call("items.Create", login(vault, "made", tags=["a", "b"]))
    check_item(account, made)
    assert do.call("items.Get", vault, made["id"]) == made
    (seeded,) = [row for row in do.call("items.List", vault) if row["title"] == "item"]
    with_code = do.call("items.Get", vault, seeded["id"])
    check_item(account, with_code)
    codes = [row["details"]["content"]["code"] for row in with_code["fields"] if "details" in row]
    assert [len(code) for code in codes] == [6]
    changed = do.call("items.Put", {**made, "title": "changed"})
    check_item(account, changed)
    assert (changed["title"], changed["version"]) == ("changed", 2)
    again = do.call("items.Put", with_code)
    check_item(account, again)
    batch = do.call("items.CreateAll", vault, [login(vault, "one"), login(NONE, "two")])
    first, second = batch["individualResponses"]
    check_item(account, first["content"])
    assert second["error"]["type"] == "itemValidationError"
    one = first["content"]["id"]
    got = do.call("items.GetAll", vault, [one, NONE])["individualResponses"]
    assert got == [{"content": first["content"]}, {"error": {"type": "itemNotFound"}}]
    assert do.call("items.Archive", vault, made["id"]) is None
    archived = {"type": "ByState", "content": {"active": False, "archived": True}}
    (row,) = do.call("items.List", vault, archived)
    assert (row["id"], row["state"]) == (made["id"], "archived")
    gone = do.call("items.DeleteAll", vault, [one, NONE])["individualResponses"]
    assert gone == {one: {}, NONE: {"error": {"type": "itemNotFound"}}}
    assert do.call("items.Delete", vault, made["id"]) is None
    deleted = {row["id"] for row in drive(account.engine.items.list_deleted(vault))}
    assert deleted == {one, made["id"]}


def files(do: Performer, account: ThrowAwayAccount) -> None:
    vault, data = account.vault("Development"), bytes(range(256))
    made = do.call("items.Create", login(vault, "with files"))
    file = {"name": "f", "content": content(data), "sectionId": "s", "fieldId": "f"}
    attached = do.call("items.files.Attach", made, file)
    check_item(account, attached)
    attributes = attached["files"][0]["attributes"]
    assert do.call("items.files.Read", vault, made["id"], attributes) == content(data)
    removed = do.call("items.files.Delete", attached, "s", "f")
    check_item(account, removed)
    document = {"name": "d", "content": content(b"one")}
    params = {"category": "Document", "vaultId": vault, "title": "d", "document": document}
    made = do.call("items.Create", params)
    other = {"name": "e", "content": content(b"other")}
    replaced = do.call("items.files.ReplaceDocument", made, other)
    check_item(account, replaced)
    stored = drive(account.engine.files.read(vault, made["id"], replaced["document"]["id"]))
    assert stored == b"other"


def shares(do: Performer, account: ThrowAwayAccount) -> None:
    vault = account.vault("Development")
    made = do.call("items.Create", login(vault, "shared"))
    policy = do.call("items.shares.GetAccountPolicy", vault, made["id"])
    asked = ["a@b.example", "c.example"]
    recipients = do.call("items.shares.ValidateRecipients", policy, asked)
    assert [row["type"] for row in recipients] == ["Email", "Domain"]
    params = {"oneTimeOnly": True, "recipients": recipients}
    with pytest.raises(CallError, match=r"^share links need a server"):
        do.call("items.shares.Create", made, policy, params)


def vaults(do: Performer, account: ThrowAwayAccount) -> None:
    engine = account.engine
    made = do.call("vaults.Create", {"title": "of the token"})
    read = drive(engine.vaults.get(made["id"]))
    assert made == {key: read[key] for key in made}
    assert made["id"] in [row["id"] for row in do.call("vaults.List")]
    overview = do.call("vaults.GetOverview", made["id"])
    assert shown(overview) == shown(drive(engine.vaults.get_overview(made["id"])))
    changed = do.call("vaults.Update", made["id"], {"title": "renamed"})
    assert changed["title"] == drive(engine.vaults.get(made["id"]))["title"] == "renamed"
    group = drive(engine.groups.create("crew"))["id"]
    grant = {"groupId": group, "permissions": 48}
    assert do.call("vaults.GrantGroupPermissions", made["id"], [grant]) is None
    found = do.call("vaults.Get", made["id"], {"accessors": True})
    assert found["access"] == drive(engine.vaults.get(made["id"], accessors=True))["access"]
    assert 48 in [row["permissions"] for row in found["access"]]
    less = {"vaultId": made["id"], "groupId": group, "permissions": 32}
    assert do.call("vaults.UpdateGroupPermissions", [less]) is None
    told = do.call("groups.Get", group, {"vaultPermissions": True})
    assert [row["permissions"] for row in told["vaultAccess"]] == [32]
    assert do.call("vaults.RevokeGroupPermissions", made["id"], group) is None
    assert "vaultAccess" not in do.call("groups.Get", group, {"vaultPermissions": True})
    assert do.call("vaults.Delete", made["id"]) is None
    assert made["id"] not in [row["id"] for row in drive(engine.vaults.list())]


def test_every_method(performer: Performer, account: ThrowAwayAccount, environment_id: str) -> None:
    """Each method, found by reflection, works on a live vault: on pipes and on a socket."""
    secrets(performer)
    items(performer, account)
    files(performer, account)
    shares(performer, account)
    vaults(performer, account)
    variables = performer.call("environments.GetVariables", environment_id)
    assert variables == {"variables": ROWS}
    assert len(performer.methods) == 31
    assert sorted(performer.called) == performer.methods


def run(program: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program],
        env=program_environment(variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_service_account_program(account: ThrowAwayAccount, core: dict[str, str]) -> None:
    """The program of the SDK's first page lists the vaults; it is given only the token."""
    done = run(build("seeds/service_account", official=False), {TOKEN: account.token, **core})
    assert (done.returncode, done.stdout, done.stderr) == (0, "Development\n", "")


def test_the_desktop_program(account: ThrowAwayAccount, core: dict[str, str]) -> None:
    """The page's other program is told, in the SDK's words, that no desktop app is there."""
    done = run(build("seeds/desktop_app", official=False), core)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Initialization error: 1Password desktop application not found\n"


@pytest.mark.parametrize(
    "program", ["seeds/service_account", "seeds/desktop_app", "perform", "measure"]
)
def test_programs_are_written_for_the_official_module(program: str) -> None:
    """The same sources compile with the published module, and its checks find nothing."""
    vet_official(program)
    assert build(program, official=True).stat().st_size > 0


def test_both_modules_say_the_same() -> None:
    """Both modules send the same messages and make the same of answers, failures and refusals."""
    sides = [
        sorted(run(build("compare", official=official), {}).stdout.splitlines())
        for official in (True, False)
    ]
    kinds = {json.loads(line)[0] for line in sides[0] if line.startswith('["')}
    assert {"create", "share", "vaults", "failure", "recipe", "client", "configuration"} <= kinds
    assert len(sides[0]) > 800
    assert sides[0] == sides[1]
