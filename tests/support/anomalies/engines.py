"""An account for the anomaly loop: a stage with something of everything, and what is seen of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from strongroom.client.account.credentials import Held
from strongroom.client.account.joining import Joined
from strongroom.client.engine import Engine
from strongroom.client.items.content import MemorySource, NewFile
from strongroom.errors import StrongroomError, UnauthorizedError
from strongroom.ids import container_of_group, format_id, parse_id
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from strongroom.secret import Secret
from strongroom.wire.access import ContainerKind
from strongroom.wiring.accounts import join_account, unlock
from support.faults_device import FaultDevice
from support.homes import Home, login, make_home

READ = SERVICE_ACCOUNT_WORDS["read_items"]
# Other words than those of `homes`, for which accounts are made ahead: derived at full cost.
OLD, NEW = "an old password of Ana", "a new password of Ana"
# Overlapping tokens end long after any test.
FAR_MS = 4_000_000_000_000


@dataclass
class Scene:
    """One account, and the engine of its owner that is at work on it."""

    home: Home
    ids: dict[str, str]
    engine: Engine

    def run(self, work: Any) -> Any:
        """Run an engine's coroutine."""
        return self.home.run(work)


@dataclass
class Stage:
    """An account with something of everything, made once and copied for each try."""

    home: Home
    ids: dict[str, str] = field(default_factory=dict)
    joined: dict[str, Joined] = field(default_factory=dict)


def new_file(name: str = "b.txt") -> NewFile:
    """Return a file that an item can be given."""
    content = b"content of " + name.encode()
    return NewFile(
        name=name, size=len(content), source=MemorySource(content), section_id="s", field_id=name
    )


def make_stage(folder: Path) -> Stage:
    """Make the account."""
    home = make_home(folder, password=OLD)
    stage, run = Stage(home), home.run
    owner, ids = home.owner(), stage.ids
    for name in ("ben", "cleo"):
        joined = home.invite(f"{name}@example.org", name=name.capitalize(), by=owner)
        stage.joined[name], ids[name] = joined, format_id(joined.user)
        home.open_as(joined)  # makes the personal vault
    link = run(owner.invites.create("dora@example.org", name="Dora"))
    join_account(link.expose(), lambda _email: Secret(OLD))
    ids["team"] = run(owner.groups.create("team", description="who works"))["id"]
    run(owner.groups.add("team", ids["cleo"]))
    for title in ("work", "other"):
        ids[title] = run(owner.vaults.create(title, description=f"for {title}"))["id"]
    run(owner.access.grant(ids["work"], {ids["ben"]: READ, ids["team"]: READ}))
    item = login("one", password="first") | {"files": [new_file("a.txt")]}
    ids["item"] = run(owner.items.create(ids["work"], item))["id"]
    ids["gone"] = run(owner.items.create(ids["work"], login("gone", password="x")))["id"]
    run(owner.items.delete(ids["work"], ids["gone"]))
    variables = [{"name": "KEY", "value": "key-1", "masked": True}]
    made = run(owner.environments.create("staging", variables=variables))
    ids["environment"] = made["id"]
    run(owner.service_accounts.create("robot", {ids["work"]: READ}))
    home.close()
    return stage


def held(home: Home) -> Held:
    """Return what the owner has to open the account with."""
    return Held(Secret(OLD), home.account.secret_key, home.account.kdf)


# -- what a new engine sees ----------------------------------------------------------------


def picture(home: Home, engine: Engine) -> dict[str, Any]:
    """Return all that an account shows, by names: ids are other ones at each try."""
    run = home.run
    users = run(engine.users.list(deleted=True))
    groups = run(engine.groups.list(deleted=True))
    robots = run(engine.service_accounts.list(deleted=True))
    names = {row["id"]: row["name"] for row in (*users, *groups, *robots)}
    run(engine.audit.verify())
    return {
        "users": [(row["name"], row["email"], row["state"], row["role"]) for row in users],
        "groups": sorted(_group(home, engine, row, names) for row in groups),
        "robots": sorted(
            (row["name"], row["state"], bool(row["oldTokenEndsAt"])) for row in robots
        ),
        "invites": sorted(
            (one["email"], one["state"])
            for one in (row.as_dict() for row in run(engine.invites.list()))
        ),
        "vaults": sorted(
            _vault(home, engine, row, names)
            for row in run(engine.vaults.list())
            if row["vaultType"] != "personal"
        ),
        "environments": sorted(
            (row["title"], repr(run(engine.environments.get_variables(row["id"]))))
            for row in run(engine.environments.list())
        ),
        "opens": OLD if _opens(home, OLD) else NEW if _opens(home, NEW) else None,
    }


def _group(home: Home, engine: Engine, row: Any, names: dict[str, str]) -> tuple[Any, ...]:
    shown = (row["name"], row["description"], row["state"])
    if row["state"] != "ACTIVE":
        return (*shown, ())
    container = format_id(container_of_group(parse_id(row["id"])))
    members = home.run(engine.access.list(container, kind=ContainerKind.GROUP))
    return (*shown, tuple(sorted((names[one["id"]], one["permissions"]) for one in members)))


def _vault(home: Home, engine: Engine, row: Any, names: dict[str, str]) -> tuple[Any, ...]:
    run, vault = home.run, row["id"]
    rights = run(engine.access.list(vault))
    items = run(engine.items.list(vault, archived=True))
    whole = run(engine.items.get_all(vault, [one["id"] for one in items]))
    states = {one["id"]: one["state"] for one in items}
    return (
        row["title"],
        row["description"],
        tuple(sorted((names[one["id"]], one["permissions"]) for one in rights)),
        tuple(sorted(_item(home, engine, one, states) for one in whole)),
        tuple(sorted(one["title"] for one in run(engine.items.list_deleted(vault)))),
    )


def _item(home: Home, engine: Engine, item: Any, states: dict[str, str]) -> tuple[Any, ...]:
    if isinstance(item, StrongroomError):
        raise item
    fields = tuple((row["id"], row["value"]) for row in item["fields"])
    files = tuple(
        home.run(engine.files.read(item["vaultId"], item["id"], row["attributes"]["id"]))
        for row in item["files"]
    )
    return (item["title"], item["version"], states[item["id"]], fields, files)


def _opens(home: Home, password: str) -> bool:
    try:
        opened = unlock(FaultDevice(home.url, home.account), Secret(password))
    except UnauthorizedError:
        return False
    assert opened.seed == home.account.seed
    return True
