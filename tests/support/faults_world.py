"""A populated account for fault tests, and what an honest reader sees of it.

`World` is one file with an owner, two vaults, items in every state, several
revisions and three service accounts. `observe` is everything that a reader
asks of it; `World.truth` holds every state that was ever written.
"""

from __future__ import annotations

import copy
import sqlite3
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from strongroom.client.engine import Engine
from strongroom.client.marks import Marks
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.session import Session
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.principals import PrincipalKind
from strongroom.crypto.tokens import parse_token
from strongroom.errors import StrongroomError
from strongroom.store.sqlite import SqliteStore
from strongroom.transport.embedded import EmbeddedTransport
from strongroom.trust.directory import HeadMark, Pin
from support.homes import Home, login, make_home

START_MS = 1_700_000_000_000


class Outcome(NamedTuple):
    """What one question gave: a value, a typed error, or a crash."""

    kind: str  # value, error, crash
    value: Any


# What a reader asked, by a name such as `get alpha/login`.
Observation = dict[str, Outcome]


@dataclass
class Truth:
    """Every state that honest writers ever made."""

    # item name -> version -> the whole item as `get` shows it
    items: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    authors: dict[str, dict[int, str]] = field(default_factory=dict)
    # vault id -> titles with descriptions that it ever had, the newest last
    vaults: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


@dataclass
class World:
    """One populated file."""

    home: Home
    token: str
    writer_token: str
    alpha: str
    beta: str
    ids: dict[str, str]  # item name (`alpha/login`) -> id
    truth: Truth
    old_copy: Path

    @property
    def path(self) -> Path:
        return self.home.path

    def questions(self) -> dict[str, Callable[[Engine], Coroutine[Any, Any, Any]]]:
        """Return everything that a reader asks besides the references."""
        a, b = self.alpha, self.beta
        asked: dict[str, Callable[[Engine], Coroutine[Any, Any, Any]]] = {
            "list alpha": lambda e: e.items.list(a, archived=True),
            "list beta": lambda e: e.items.list(b, archived=True),
            "deleted alpha": lambda e: e.items.list_deleted(a),
            "history alpha/login": lambda e: e.items.history(a, self.ids["alpha/login"]),
            "find alpha/login": lambda e: e.items.find("login", vault_id=a),
            "vaults": lambda e: e.vaults.list(),
            "vault alpha": lambda e: e.vaults.get(a),
            "vault beta": lambda e: e.vaults.find("beta"),
        }
        for name, item_id in self.ids.items():
            vault = a if name.startswith("alpha/") else b
            asked[f"get {name}"] = lambda e, v=vault, i=item_id: e.items.get(v, i)
        for version in (1, 2, 3):
            asked[f"version {version} alpha/login"] = lambda e, n=version: e.items.get_version(
                a, self.ids["alpha/login"], n
            )
        return asked

    def references(self) -> dict[str, str]:
        """Return references by the name of their item and how they are spelt."""
        found = {}
        for name, item_id in self.ids.items():
            vault = self.alpha if name.startswith("alpha/") else self.beta
            found[f"resolve {name} by name"] = f"op://{name}/password"
            found[f"resolve {name} by id"] = f"op://{vault}/{item_id}/password"
        return found


class Builder:
    """Writes a world and notes every state that it makes."""

    def __init__(self, folder: Path) -> None:
        ticks = count(START_MS, 1000)
        self.folder = folder
        self.home = make_home(folder, clock=lambda: next(ticks))
        self.truth = Truth()
        self.ids: dict[str, str] = {}
        self.vaults: dict[str, str] = {}

    def vault(self, title: str, description: str) -> str:
        made = self.home.run(self.home.owner().vaults.create(title, description=description))
        self.truth.vaults[made["id"]] = [(title, description)]
        self.vaults[title] = made["id"]
        return str(made["id"])

    def describe(self, title: str, description: str) -> None:
        vault = self.vaults[title]
        self.home.run(self.home.owner().vaults.update(vault, description=description))
        self.truth.vaults[vault].append((title, description))

    def create(self, engine: Engine, name: str, secret: str) -> None:
        vault, _, title = name.partition("/")
        draft = _item(title, secret)
        self._note(name, self.home.run(engine.items.create(self.vaults[vault], draft)), engine)

    def change(self, engine: Engine, name: str, secret: str) -> None:
        vault = self.vaults[name.partition("/")[0]]
        item = dict(self.home.run(engine.items.get(vault, self.ids[name])))
        new = _item(item["title"], secret)
        item |= {key: new[key] for key in ("fields", "tags", "notes")}
        self._note(name, self.home.run(engine.items.put(item)), engine)

    def archive(self, engine: Engine, name: str) -> None:
        vault = self.vaults[name.partition("/")[0]]
        self.home.run(engine.items.archive(vault, self.ids[name]))
        self._note(name, self.home.run(engine.items.get(vault, self.ids[name])), engine)

    def delete(self, engine: Engine, name: str) -> None:
        self.home.run(engine.items.delete(self.vaults[name.partition("/")[0]], self.ids[name]))
        self.truth.states[name] = "deleted"

    def copy(self, name: str) -> Path:
        path = self.folder / name
        copy_database(self.home.path, path)
        return path

    def _note(self, name: str, item: dict[str, Any], author: Engine) -> None:
        self.ids[name] = item["id"]
        self.truth.states[name] = item["state"]
        self.truth.items.setdefault(name, {})[item["version"]] = item
        authors = self.truth.authors.setdefault(name, {})
        authors[item["version"]] = author.identity()["principalId"]


def _item(title: str, secret: str) -> dict[str, Any]:
    item = login(title, password=secret, username=f"user of {title}")
    return item | {"tags": [f"tag-{secret}"], "notes": f"notes-{secret}"}


def copy_database(source: Path, target: Path) -> None:
    """Copy what is committed in a database into a file of its own."""
    origin, copied = sqlite3.connect(source), sqlite3.connect(target)
    origin.backup(copied)
    origin.close()
    copied.close()


def make_world(folder: Path) -> World:
    """Make and populate a file; everything in it is honest."""
    build = Builder(folder)
    home = build.home
    alpha, beta = build.vault("alpha", "first"), build.vault("beta", "second")
    writer_token = home.token(alpha, "write_items")
    owner, writer = home.owner(), home.by_token(writer_token)
    build.create(owner, "alpha/login", "login-1")
    build.change(writer, "alpha/login", "login-2")
    build.create(writer, "alpha/other", "other-1")
    build.create(owner, "alpha/kept", "kept-1")
    build.create(owner, "alpha/gone", "gone-1")
    build.change(owner, "alpha/gone", "gone-2")
    build.create(owner, "beta/login", "beta-1")
    build.change(owner, "beta/login", "beta-2")
    old_copy = build.copy("old.db")
    token = home.token(alpha, "read_items")  # the reader of most tests; alpha only so far
    _grant(home, beta, parse_token(token).principal, token)
    home.token(beta, "read_items")
    build.describe("alpha", "first, changed")
    owner = home.owner()
    build.change(owner, "alpha/login", "login-3")
    build.change(owner, "alpha/other", "other-2")
    build.archive(owner, "alpha/kept")
    build.delete(owner, "alpha/gone")
    return World(home, token, writer_token, alpha, beta, build.ids, build.truth, old_copy)


def _grant(home: Home, vault: str, principal: bytes, token: str) -> None:
    """Give an existing service account a second vault: the owner signs one more record."""
    from strongroom.client.records import Recipient, add_accessors
    from strongroom.ids import parse_id
    from strongroom.permissions import SERVICE_ACCOUNT_WORDS
    from strongroom.wire.messages import CommitRequest

    owner = home.owner()
    session = owner._session
    keyset = Keyset(parse_token(token).seed)
    kind = PrincipalKind.SERVICE_ACCOUNT
    recipient = Recipient(
        principal,
        kind,
        keyset.fingerprint(principal, kind),
        keyset.enc_pk,
        SERVICE_ACCOUNT_WORDS["read_items"],
    )
    container = session.need_container(parse_id(vault))
    change = add_accessors(session, session.place(), container, [recipient])
    home.run(session.transport.call("commit", CommitRequest(records=(change,))))


def open_reader(
    world: World, *, path: Path | None = None, marks: Marks | None = None, token: str | None = None
) -> tuple[Engine, Outcome | None]:
    """Return a token's engine, not yet connected; `marks` is what it remembers.

    The second value is what connecting gave where it failed.
    """
    parsed = parse_token(token or world.token)
    fresh = Marks(
        pin=Pin(parsed.root_version, parsed.root_hash), head=HeadMark(parsed.generation, parsed.rev)
    )
    runtime, clock = InlineRuntime(), world.home.clock
    session = Session(
        account=parsed.account,
        principal=parsed.principal,
        kind=PrincipalKind.SERVICE_ACCOUNT,
        keyset=Keyset(parsed.seed),
        marks=copy.deepcopy(marks) if marks else fresh,
        transport=EmbeddedTransport(
            SqliteStore.open(path or world.path),
            url=f"file://{path or world.path}",
            account=parsed.account,
            principal=parsed.principal,
            runtime=runtime,
            clock=clock,
        ),
        runtime=runtime,
        clock=clock,
    )
    engine = Engine(session)
    failed = attempt(engine.connect)
    return engine, failed if failed.kind != "value" else None


def attempt(work: Callable[[], Coroutine[Any, Any, Any]]) -> Outcome:
    """Drive one question; anything but a value or a typed error is a crash."""
    try:
        return Outcome("value", drive(work()))
    except Exception as error:  # noqa: BLE001  (the walk sorts them)
        return failure(error)


def failure(error: BaseException) -> Outcome:
    """Sort an exception: the root class itself stands for a fault of our own."""
    if isinstance(error, StrongroomError) and type(error) is not StrongroomError:
        return Outcome("error", type(error).__name__)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/src/" in f.filename]
    place = [f"{f.filename.rpartition('/src/')[2]}:{f.lineno} in {f.name}" for f in frames[-1:]]
    return Outcome("crash", f"{type(error).__name__} at {''.join(place) or 'return'}")


def observe(engine: Engine, world: World) -> Observation:
    """Ask everything; every question has an outcome of its own."""
    references = world.references()
    batch = attempt(lambda: engine.secrets.resolve_all(list(references.values())))
    found: Observation = {}
    for name, reference in references.items():
        if batch.kind != "value":
            found[name] = batch
            continue
        outcome = batch.value[reference]
        is_error = isinstance(outcome, BaseException)
        found[name] = failure(outcome) if is_error else Outcome("value", outcome.secret)
    for name, question in world.questions().items():
        found[name] = attempt(lambda q=question: q(engine))
    return found
