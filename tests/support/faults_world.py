"""A populated account for fault tests.

`World` is one file with an owner, a member, somebody who was administrator and
is gone, a group, three vaults, items in every state, an environment, rotated
keys, open invites, a service account with two tokens, and a log. Everything in
it is honest, and `World.truth` holds what every reader ever saw of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from strongroom.client.account.joining import Joined
from strongroom.client.engine import Engine
from strongroom.client.items.content import MemorySource, NewFile
from strongroom.crypto.tokens import parse_token
from strongroom.environments.models import VariableEdit
from strongroom.ids import format_id, parse_id
from strongroom.permissions import (
    ALL_BITS,
    ARCHIVE_ITEMS,
    CREATE_ITEMS,
    SERVICE_ACCOUNT_WORDS,
    UPDATE_ITEMS,
)
from strongroom.secret import Secret
from strongroom.wire.access import ContainerKind
from strongroom.wiring.accounts import join_account
from support.faults_readers import (
    Observation,
    Person,
    Places,
    Truth,
    observe,
    open_engine,
    owner_of,
    person_of,
    robot_of,
)
from support.homes import PASSWORD, Home, login, make_home

START_MS = 1_700_000_000_000
# No token of the world ends while anybody reads it.
OVERLAP_ENDS_MS = START_MS + 10 * 365 * 24 * 3600 * 1000
READ = SERVICE_ACCOUNT_WORDS["read_items"]
WRITE = READ | CREATE_ITEMS | UPDATE_ITEMS | ARCHIVE_ITEMS


@dataclass
class World:
    """One populated file."""

    home: Home
    places: Places
    truth: Truth
    old_copy: Path
    people: dict[str, Person]  # token (pinned early), later token, owner, member
    joined: dict[str, Joined]
    links: dict[str, Secret[str]]
    writer_token: str

    @property
    def path(self) -> Path:
        return self.home.path

    def engine(self, who: str) -> Engine:
        """Return the fresh, connected engine of somebody."""
        engine = open_engine(self.people[who], self.path, self.home.clock)
        self.home.run(engine.connect())
        return engine

    def container(self, name: str) -> bytes:
        """Return the id of a vault, environment or group."""
        return parse_id(self.places.containers[name])


@dataclass
class Builder:
    """Writes a world; after every step it notes what honest readers see."""

    folder: Path
    home: Home
    people: dict[str, Person]
    places: Places = field(default_factory=Places)
    truth: Truth = field(default_factory=Truth)
    watcher: Engine | None = None

    def owner(self) -> Engine:
        """Return an engine of the owner, as fresh as can be."""
        return self.home.owner()

    def do(self, work: Any) -> Any:
        """Carry out one step."""
        done = self.home.run(work)
        self.note()
        return done

    def note(self) -> None:
        """Note what the owner sees now; every value that there ever was is among it."""
        if self.watcher is None:
            self.watcher = open_engine(self.people["owner"], self.home.path, self.home.clock)
        self.truth.note("owner", observe(self.watcher, self.places))

    def note_all(self) -> None:
        """Note what everybody sees now, each as fresh as can be."""
        for name, person in self.people.items():
            engine = open_engine(person, self.home.path, self.home.clock)
            self.truth.note(name, observe(engine, self.places))
            engine.close()

    def vault(self, title: str, description: str) -> None:
        made = self.home.run(self.owner().vaults.create(title, description=description))
        self.places.containers[title] = made["id"]
        self.note()

    def create(self, engine: Engine, name: str, secret: str, *files: str) -> None:
        vault, _, title = name.partition("/")
        item = _item(title, secret) | {"files": [_file(letter) for letter in files]}
        made = self.home.run(engine.items.create(self.places.containers[vault], item))
        self.places.items[name] = made["id"]
        for letter, row in zip(files, made["files"], strict=True):
            self.places.files[f"{name} {letter}"] = row["attributes"]["id"]
        self.note()

    def change(self, engine: Engine, name: str, secret: str) -> None:
        vault = self.places.containers[name.partition("/")[0]]
        item = dict(self.home.run(engine.items.get(vault, self.places.items[name])))
        new = _item(item["title"], secret)
        self.do(engine.items.put(item | {key: new[key] for key in ("fields", "tags", "notes")}))

    def on_item(self, verb: Callable[[str, str], Any], name: str) -> None:
        vault = self.places.containers[name.partition("/")[0]]
        self.do(verb(vault, self.places.items[name]))

    def grant(self, container: str, who: str, bits: int, kind: int = ContainerKind.VAULT) -> None:
        place = self.places.containers[container]
        self.do(self.owner().access.grant(place, {who: bits}, kind=kind))

    def copy(self, name: str) -> Path:
        path = self.folder / name
        copy_database(self.home.path, path)
        return path


def _item(title: str, secret: str) -> dict[str, Any]:
    item = login(title, password=secret, username=f"user of {title}")
    return item | {"tags": [f"tag-{secret}"], "notes": f"notes-{secret}"}


def _file(letter: str) -> NewFile:
    content = letter.encode() * 100
    source, size = MemorySource(content), len(content)
    return NewFile(name=letter, size=size, source=source, section_id="s", field_id=letter)


def copy_database(source: Path, target: Path) -> None:
    """Copy what is committed in a database into a file of its own."""
    origin, copied = sqlite3.connect(source), sqlite3.connect(target)
    origin.backup(copied)
    origin.close()
    copied.close()


def make_world(folder: Path) -> World:
    """Make and populate a file; everything in it is honest."""
    ticks = count(START_MS, 1000)
    home = make_home(folder, clock=lambda: next(ticks))
    build = Builder(folder, home, {"owner": owner_of(home)})
    joined = _people(build)
    ben = format_id(joined["ben"].user)
    _containers(build, joined)
    early, writer = _robots(build)
    _items(build, writer)
    _roles(build, joined["cleo"])
    old_copy = build.copy("old.db")
    _rotations(build, joined["cleo"], ben)
    links = _invites(build)
    later = home.run(
        build.owner().service_accounts.rotate(early.text, old_ends_ms=OVERLAP_ENDS_MS)
    ).expose()
    build.people["later token"] = robot_of(later)
    build.places.kept = home.run(build.owner().audit.head())
    build.note_all()
    if build.watcher is not None:
        build.watcher.close()
    return World(home, build.places, build.truth, old_copy, build.people, joined, links, writer)


@dataclass(frozen=True)
class _Robot:
    text: str  # its id


def _people(build: Builder) -> dict[str, Joined]:
    """Two people join; both are members of a group from the first."""
    home, owner = build.home, build.owner()
    joined = {
        name: home.invite(f"{name}@example.org", name=name.capitalize(), by=owner)
        for name in ("ben", "cleo")
    }
    build.people["member"] = person_of(joined["ben"])
    build.places.members = {name: format_id(who.user) for name, who in joined.items()}
    made = home.run(owner.groups.create("readers", description="who reads"))
    build.places.containers["readers"] = made["id"]
    build.note()
    for who in joined.values():
        build.do(build.owner().groups.add("readers", format_id(who.user)))
    home.open_as(joined["ben"]).close()  # makes the personal vault
    home.open_as(joined["cleo"]).close()
    build.note_all()
    return joined


def _containers(build: Builder, joined: dict[str, Joined]) -> None:
    """Three vaults and an environment: given to a group, to people, to nobody else."""
    ben, cleo = (format_id(joined[name].user) for name in ("ben", "cleo"))
    readers = build.places.containers["readers"]
    for title, description in (("alpha", "first"), ("beta", "second"), ("gamma", "third")):
        build.vault(title, description)
    build.grant("alpha", readers, WRITE)
    build.grant("beta", readers, READ)
    build.grant("gamma", ben, ALL_BITS)
    build.grant("gamma", cleo, WRITE)
    variables = [{"name": "URL", "value": "url-1"}, {"name": "KEY", "value": "key-1"}]
    made = build.home.run(
        build.owner().environments.create("env", description="staging", variables=variables)
    )
    build.places.containers["env"] = made["id"]
    build.note()
    build.grant("env", readers, READ, ContainerKind.ENVIRONMENT)


def _robots(build: Builder) -> tuple[_Robot, str]:
    """A service account that reads everything, pinned to the first root, and one that writes."""
    home, places = build.home, build.places.containers
    masks = {places[name]: READ for name in ("alpha", "beta", "gamma")}
    text = home.run(
        build.owner().service_accounts.create("reader", masks, environments={places["env"]: READ})
    ).expose()
    build.people["token"] = robot_of(text)
    build.note()
    writer = home.token(places["alpha"], "write_items")
    build.note()
    return _Robot(format_id(parse_token(text).principal)), writer


def _items(build: Builder, writer_token: str) -> None:
    """Items in every state, by the owner, a service account, and a member through a group."""
    owner, writer = build.owner(), build.home.by_token(writer_token)
    member = open_engine(build.people["member"], build.home.path, build.home.clock)
    build.create(owner, "alpha/login", "login-1")
    build.change(writer, "alpha/login", "login-2")
    build.create(writer, "alpha/other", "other-1")
    build.create(owner, "alpha/kept", "kept-1")
    build.create(owner, "alpha/gone", "gone-1")
    build.change(owner, "alpha/gone", "gone-2")
    build.create(owner, "beta/login", "beta-1")
    build.create(owner, "gamma/login", "gamma-1")
    build.create(owner, "gamma/paper", "paper-1", "a", "b")
    build.create(owner, "gamma/old", "old-1")  # never changed: it stays in the first epoch
    build.change(member, "gamma/login", "gamma-2")
    build.change(member, "alpha/other", "other-2")
    build.change(owner, "beta/login", "beta-2")
    build.note_all()
    edits = [VariableEdit("KEY", "key-2", masked=True)]
    build.do(build.owner().environments.edit(build.places.containers["env"], edits))


def _roles(build: Builder, cleo: Joined) -> None:
    """Somebody is administrator for a while, and signs as one."""
    who = format_id(cleo.user)
    build.do(build.owner().groups.add("Administrators", who))
    administrator = build.home.open_as(cleo)
    beta = build.places.containers["beta"]
    build.do(administrator.access.grant(beta, {build.places.members["ben"]: READ}))
    build.do(build.owner().groups.remove("Administrators", who))


def _rotations(build: Builder, cleo: Joined, ben: str) -> None:
    """Somebody is removed; group, vaults and environment get new keys, and later contents."""
    build.do(build.owner().vaults.update(build.places.containers["alpha"], description="changed"))
    build.do(build.owner().users.remove(format_id(cleo.user)))
    build.do(build.owner().access.revoke(build.places.containers["beta"], ben))
    build.do(
        build.owner().vaults.update(build.places.containers["beta"], description="changed too")
    )
    owner = build.owner()
    build.change(owner, "alpha/login", "login-3")
    build.change(owner, "gamma/login", "gamma-3")
    build.on_item(owner.items.archive, "alpha/kept")
    build.on_item(owner.items.delete, "alpha/gone")
    edits = [VariableEdit("URL", "url-2")]
    build.do(build.owner().environments.edit(build.places.containers["env"], edits))
    build.do(build.owner().users.edit(ben, name="Ben Example"))


def _invites(build: Builder) -> dict[str, Secret[str]]:
    """One invite is open, another answered and not confirmed."""
    links: dict[str, Secret[str]] = {}
    for name in ("dora", "emil"):
        work = build.owner().invites.create(f"{name}@example.org", name=name.capitalize())
        links[name] = build.home.run(work)
    join_account(links["emil"].expose(), lambda _email: Secret(PASSWORD), clock=build.home.clock)
    return links


__all__ = ["Observation", "World", "copy_database", "make_world"]
