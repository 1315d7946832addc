"""A populated account for fault tests, and what an honest reader sees of it.

`World` is one file with an owner, two vaults, items in every state, several
revisions and three service accounts. `observe` is everything that a reader
asks of it; `World.truth` holds every state that was ever written.
"""

from __future__ import annotations

import copy
import sqlite3
import traceback
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from strongroom import wiring
from strongroom.client.engine import Engine
from strongroom.client.marks import Marks
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.session import Session
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.principals import PrincipalKind
from strongroom.crypto.tokens import parse_token
from strongroom.errors import StrongroomError
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
    """Every state that honest writers ever made, and what is right now."""

    # item name -> version -> the whole item as `get` shows it
    items: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    authors: dict[str, dict[int, str]] = field(default_factory=dict)
    # vault id -> titles with descriptions that it ever had, the newest last
    vaults: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    now: Observation = field(default_factory=dict)


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


def make_world(folder: Path) -> World:
    """Make and populate a file; everything in it is honest."""
    ticks = count(START_MS, 1000)
    home = make_home(folder, clock=lambda: next(ticks))
    owner = home.owner()
    run = home.run
    alpha = run(owner.vaults.create("alpha", description="first"))["id"]
    beta = run(owner.vaults.create("beta", description="second"))["id"]
    truth = Truth()
    truth.vaults = {alpha: [("alpha", "first")], beta: [("beta", "second")]}
    writer_token = home.token(alpha, "write_items")
    writer = home.by_token(writer_token)
    ids: dict[str, str] = {}
    owner_id = owner.identity()["principalId"]
    writer_id = writer.identity()["principalId"]

    def note(name: str, item: dict[str, Any], author: str) -> dict[str, Any]:
        truth.items.setdefault(name, {})[item["version"]] = item
        truth.authors.setdefault(name, {})[item["version"]] = author
        truth.states[name] = item["state"]
        ids[name] = item["id"]
        return item

    def create(engine: Engine, author: str, name: str, secret: str) -> dict[str, Any]:
        vault = alpha if name.startswith("alpha/") else beta
        draft = login(name.partition("/")[2], password=secret, username=f"user of {name}")
        draft["tags"] = [f"tag-{secret}"]
        draft["notes"] = f"notes-{secret}"
        return note(name, run(engine.items.create(vault, draft)), author)

    def change(engine: Engine, author: str, name: str, secret: str) -> None:
        item = dict(run(engine.items.get(alpha if "alpha/" in name else beta, ids[name])))
        item["fields"] = login("x", password=secret, username=f"user of {name}")["fields"]
        item["tags"], item["notes"] = [f"tag-{secret}"], f"notes-{secret}"
        note(name, run(engine.items.put(item)), author)

    create(owner, owner_id, "alpha/login", "login-1")
    change(writer, writer_id, "alpha/login", "login-2")
    create(writer, writer_id, "alpha/other", "other-1")
    create(owner, owner_id, "alpha/kept", "kept-1")
    create(owner, owner_id, "alpha/gone", "gone-1")
    change(owner, owner_id, "alpha/gone", "gone-2")
    create(owner, owner_id, "beta/login", "beta-1")
    change(owner, owner_id, "beta/login", "beta-2")

    old_copy = folder / "old.db"
    with sqlite3.connect(old_copy) as target, sqlite3.connect(home.path) as source:
        source.backup(target)
    target.close()
    source.close()

    token = home.token(alpha, "read_items")  # the reader of most tests; alpha only so far
    reader_id = parse_token(token).principal
    _grant(home, beta, reader_id, token)
    home.token(beta, "read_items")
    owner = home.owner()
    run(owner.vaults.update(alpha, description="first, changed"))
    truth.vaults[alpha].append(("alpha", "first, changed"))
    change(owner, owner_id, "alpha/login", "login-3")
    change(owner, owner_id, "alpha/other", "other-2")
    run(owner.items.archive(alpha, ids["alpha/kept"]))
    note("alpha/kept", run(owner.items.get(alpha, ids["alpha/kept"])), owner_id)
    run(owner.items.delete(alpha, ids["alpha/gone"]))
    truth.states["alpha/gone"] = "deleted"

    world = World(home, token, writer_token, alpha, beta, ids, truth, old_copy)
    engine, _ = open_reader(world)
    truth.now = observe(engine, world)
    engine.close()
    return world


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
    url = f"file://{path or world.path}"
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
        transport=wiring._transport(url, parsed.account, parsed.principal, runtime, clock),
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
    frame = [f for f in traceback.extract_tb(error.__traceback__) if "strongroom" in f.filename][-1]
    place = f"{frame.filename.rpartition('/src/')[2]}:{frame.lineno} in {frame.name}"
    return Outcome("crash", f"{type(error).__name__} at {place}")


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
        found[name] = failure_of(outcome) if is_error else Outcome("value", outcome.secret)
    for name, question in world.questions().items():
        found[name] = attempt(lambda q=question: q(engine))
    return found


def failure_of(error: BaseException) -> Outcome:
    """Sort an error that was returned instead of raised."""
    if isinstance(error, StrongroomError) and type(error) is not StrongroomError:
        return Outcome("error", type(error).__name__)
    return Outcome("crash", f"{type(error).__name__} returned")


def observations(world: World, readers: list[Engine]) -> Iterator[Observation]:
    """Observe with each reader and close it."""
    for engine in readers:
        try:
            yield observe(engine, world)
        finally:
            engine.close()
