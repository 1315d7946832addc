"""Every method of the official JavaScript SDK on our core, read back by the engine."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest

from interop.conftest import ROWS, make_token
from strongroom.client.runtime import drive
from strongroom.testing.account import ThrowAwayAccount
from support.javascript import PACKAGE, Project, find_node
from support.performers import CallError, Performer

GOOD, NONE = "op://vault/item/password", "op://vault/none/x"
NOBODY = "a" * 26


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def performer(
    account: ThrowAwayAccount, environment_id: str, project: Project
) -> Iterator[Performer]:
    """Our program on the official SDK, with a token that may do what any token may."""
    token = make_token(account, vault="vault", environment_id=environment_id)
    with ExitStack() as stack:
        process = project.start(
            "everything.mjs", {**account.environment, "OP_SERVICE_ACCOUNT_TOKEN": token}
        )
        yield Performer(stack.enter_context(process))


def plain(value: object) -> object:
    """Return what a program showed, or the engine read, without the forms of either.

    Dates have to be dates in the program, and content has to be bytes. Keys without a value are
    left out: JSON need not have them.
    """
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "$date" in value:
        return datetime.fromisoformat(value["$date"])
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    return {key: plain(one) for key, one in value.items() if one is not None}


def engine_plain(row: dict[str, object]) -> object:
    """Return what the engine read, with dates where programs have them."""
    times = {
        key: {"$date": row[key]} for key in ("createdAt", "updatedAt") if row.get(key) is not None
    }
    return plain(row | times)


def check_item(account: ThrowAwayAccount, item: dict[str, object]) -> None:
    """Compare what the SDK has made of an item with what the engine reads."""
    read = drive(account.engine.items.get(str(item["vaultId"]), str(item["id"])))
    assert plain(item) == engine_plain(dict(read))


def secrets(do: Performer) -> None:
    assert do.call("resolve", GOOD) == "correct horse"
    rows = do.call("resolveAll", [GOOD, NONE])["individualResponses"]
    assert rows[GOOD]["content"]["secret"] == "correct horse"
    assert rows[NONE]["error"] == {"type": "itemNotFound"}
    assert do.call("validate", GOOD) is None
    with pytest.raises(CallError, match="secret reference"):
        do.call("validate", "op://")
    assert len(do.call("pin", 6)["password"]) == 6
    assert len(do.call("random")["password"]) == 40
    assert do.call("memorable")["password"].count("-") == 3
    with pytest.raises(CallError, match="between"):
        do.call("pin", 2)


def items(do: Performer, account: ThrowAwayAccount) -> None:
    vault = account.vault("vault")
    made = do.call("create", vault)
    check_item(account, made)
    assert do.call("get", vault, made["id"]) == made
    (seeded,) = [row for row in do.call("list", vault) if row["title"] == "item"]
    assert isinstance(plain(seeded["createdAt"]), datetime)
    with_code = do.call("get", vault, seeded["id"])
    check_item(account, with_code)
    details = [row["details"] for row in with_code["fields"] if "details" in row]
    (code,) = [row["content"]["code"] for row in details if row is not None]
    assert len(code) == 6
    changed = do.call("put", "changed")
    check_item(account, changed)
    assert (changed["title"], changed["version"]) == ("changed", 2)
    with pytest.raises(CallError, match="data conflict"):
        do.call("stale")
    first, second = do.call("createAll", vault)["individualResponses"]
    check_item(account, first["content"])
    assert second["error"]["type"] == "itemValidationError"
    one = first["content"]["id"]
    got = do.call("getAll", vault, [one, NOBODY])["individualResponses"]
    assert [row["content"] for row in got] == [first["content"], None]
    assert got[1]["error"] == {"type": "itemNotFound"}
    assert do.call("archive", vault, made["id"]) is None
    (archived,) = do.call("listArchived", vault)
    assert (archived["id"], archived["state"]) == (made["id"], "archived")
    gone = do.call("deleteAll", vault, [one, NOBODY])["individualResponses"]
    assert gone[one] == {"content": None, "error": None}
    assert gone[NOBODY]["error"] == {"type": "itemNotFound"}
    assert do.call("delete", vault, made["id"]) is None
    deleted = {row["id"] for row in drive(account.engine.items.list_deleted(vault))}
    assert deleted == {one, made["id"]}


def files(do: Performer, account: ThrowAwayAccount) -> None:
    vault, size = account.vault("vault"), 100_000
    data = (bytes(range(256)) * (size // 256 + 1))[:size]
    made = do.call("createForFiles", vault)
    attached = do.call("attach", size)
    check_item(account, attached)
    assert plain(do.call("readFile")) == data
    (file,) = attached["files"]
    read = account.engine.files.read(vault, made["id"], file["attributes"]["id"])
    assert drive(read) == data
    without = do.call("deleteFile")
    check_item(account, without)
    assert without["files"] == []
    check_item(account, do.call("createDocument", vault, size))
    assert plain(do.call("readDocument")) == data
    replaced = do.call("replaceDocument")
    check_item(account, replaced)
    stored = drive(account.engine.files.read(vault, replaced["id"], replaced["document"]["id"]))
    assert stored == b"other"


def shares(do: Performer) -> None:
    policy = do.call("getPolicy")
    assert policy["files"]["allowed"] in (True, False)
    sorted_ = do.call("validateRecipients", ["a@b.example", "c.example"])
    assert [row["type"] for row in sorted_] == ["Email", "Domain"]
    with pytest.raises(CallError, match=r"^share links need a server") as refused:
        do.call("share")
    assert refused.value.classes == ["Error"]


def vaults(do: Performer, account: ThrowAwayAccount) -> None:
    engine = account.engine
    made = do.call("createVault", "of the token")
    read = dict(drive(engine.vaults.get(made["id"], accessors=True)))
    assert plain(made) == engine_plain({key: read[key] for key in made})
    listed = do.call("listVaultsOpened")
    assert listed == do.call("listVaults")
    assert made["id"] in [row["id"] for row in listed]
    overview = do.call("getOverview", made["id"])
    assert plain(overview) == engine_plain(dict(drive(engine.vaults.get_overview(made["id"]))))
    changed = do.call("updateVault", made["id"], "renamed")
    assert changed["title"] == drive(engine.vaults.get(made["id"]))["title"] == "renamed"
    group = drive(engine.groups.create("crew"))["id"]
    assert do.call("grant", made["id"], group) is None
    found = do.call("getVault", made["id"])
    assert found["access"] == drive(engine.vaults.get(made["id"], accessors=True))["access"]
    assert 48 in [row["permissions"] for row in found["access"]]
    assert do.call("update", made["id"], group) is None
    assert [row["permissions"] for row in do.call("getGroup", group)["vaultAccess"]] == [32]
    assert do.call("revoke", made["id"], group) is None
    assert do.call("getGroup", group)["vaultAccess"] == []
    assert do.call("deleteVault", made["id"]) is None
    assert made["id"] not in [row["id"] for row in drive(engine.vaults.list())]


def test_every_method(
    performer: Performer, account: ThrowAwayAccount, environment_id: str, project: Project
) -> None:
    """Each method of the SDK's declarations works on a live vault, and there are no others."""
    secrets(performer)
    items(performer, account)
    files(performer, account)
    shares(performer)
    vaults(performer, account)
    assert performer.call("getVariables", environment_id) == {"variables": ROWS}
    declared = json.loads(project.run("declarations.cjs", {"NODE_OPTIONS": ""}))
    assert performer.call("called") == declared
    of_clients = [name for name in declared if not name.startswith("Secrets.")]
    assert performer.methods == of_clients


def test_large_files(performer: Performer, account: ThrowAwayAccount) -> None:
    """A file of some megabytes goes through the messages and back, and one that is too large stays.

    The SDK writes a file as a list of numbers, so its limit of 50 MiB is reached at about 14 MiB.
    """
    size = 3_000_000
    performer.call("createDocument", account.vault("vault"), size)
    data = plain(performer.call("readDocument"))
    assert data == (bytes(range(256)) * (size // 256 + 1))[:size]
    with pytest.raises(CallError, match="message size exceeds the limit of 52428800 bytes"):
        performer.call("createDocument", account.vault("vault"), 5 * size)


def test_calls_side_by_side(performer: Performer) -> None:
    """Many calls of one client at once are all answered, and a failing one disturbs no other."""
    done = performer.all(*[("resolve", [GOOD]), ("resolve", [NONE])] * 32)
    assert [row.get("result") for row in done] == ["correct horse", None] * 32
    assert done[1]["error"].startswith("error resolving secret reference: ")
    assert {row["error"] for row in done[1::2]} == {done[1]["error"]}


def type_errors(project: Project) -> str:
    """Return what the type checker finds wrong."""
    compiler = project.folder / "node_modules/typescript/lib/tsc.js"
    done = subprocess.run(
        [find_node().program, str(compiler), "--project", str(project.folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == (done.stdout == "")
    return done.stdout


def test_types(project: Project) -> None:
    """Our types and the stock core's can be exchanged, and our program keeps to the SDK's own."""
    (project.folder / "sdk-core").symlink_to(PACKAGE)
    assert type_errors(project) == ""
    wrongs = {"consumer.ts": "ours.invoke(5);", "everything.mjs": "client.items.get(5);"}
    for name, wrong in wrongs.items():
        with (project.folder / name).open("a", encoding="utf-8") as file:
            file.write(f"{wrong}\n")
    found = re.findall(r"([^/\s]+)\(\d+,\d+\): error", type_errors(project), re.MULTILINE)
    assert sorted(found) == sorted(wrongs)
