"""Who reads a file, what they ask, and what they ever saw of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from strongroom.client.account.joining import Joined
from strongroom.client.audit import AuditHead
from strongroom.client.engine import Engine
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.marks import Marks
from strongroom.client.view.session import Session
from strongroom.clock import Clock
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.tokens import parse_token
from strongroom.errors import StrongroomError
from strongroom.ids import parse_id
from strongroom.store.sqlite.store import SqliteStore
from strongroom.transport.embedded import EmbeddedTransport
from strongroom.trust.directory import HeadMark, Pin
from strongroom.wire.access import ContainerKind
from support.homes import FIRST_HEAD, Home

Question = Callable[[Engine], Coroutine[Any, Any, Any]]


class Outcome(NamedTuple):
    """What one question gave: a value, a typed error, or a crash."""

    kind: str  # value, error, crash
    value: Any


# What a reader asked, by a name such as `get alpha/login`.
Observation = dict[str, Outcome]


@dataclass
class Places:
    """The ids of what is asked for, by name."""

    containers: dict[str, str] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)  # `alpha/login` -> id
    files: dict[str, str] = field(default_factory=dict)  # `gamma/paper a` -> id
    members: dict[str, str] = field(default_factory=dict)
    kept: AuditHead | None = None  # the end of the log, kept elsewhere


@dataclass
class Truth:
    """Every value that an honest reader was ever given, by person and question, oldest first."""

    seen: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    now: dict[str, Observation] = field(default_factory=dict)

    def note(self, person: str, found: Observation) -> None:
        """Note what somebody was told just now."""
        self.now[person] = found
        # Answers are compared often, so each is kept once.
        mine = self.seen.setdefault(person, {})
        for question, outcome in found.items():
            assert outcome.kind != "crash", f"{person}: {question}: {outcome.value}"
            if outcome.kind == "value" and outcome.value not in mine.get(question, []):
                mine.setdefault(question, []).append(outcome.value)

    def ever(self, question: str) -> list[Any]:
        """Return what anybody was ever told."""
        return [value for mine in self.seen.values() for value in mine.get(question, [])]


@dataclass(frozen=True)
class Person:
    """Somebody who reads: who it is, its keys, and from where it starts."""

    account: bytes
    principal: bytes
    kind: int
    keyset: Keyset
    pin: Pin
    head: HeadMark

    def marks(self) -> Marks:
        """Return what a fresh client of this person starts from."""
        return Marks(pin=self.pin, head=self.head)


def owner_of(home: Home) -> Person:
    """Return the owner, pinned to the first root document."""
    account = home.account
    ids = parse_id(account.account_id), parse_id(account.user_id)
    return Person(*ids, PrincipalKind.USER, Keyset(account.seed), account.pin, FIRST_HEAD)


def person_of(joined: Joined) -> Person:
    """Return somebody who joined."""
    kind = PrincipalKind.USER
    keyset = Keyset(joined.seed)
    return Person(joined.account, joined.user, kind, keyset, joined.pin, FIRST_HEAD)


def robot_of(token: str) -> Person:
    """Return the holder of a token."""
    parsed = parse_token(token)
    return Person(
        parsed.account,
        parsed.principal,
        PrincipalKind.SERVICE_ACCOUNT,
        Keyset(parsed.seed),
        Pin(parsed.root_version, parsed.root_hash),
        HeadMark(parsed.generation, parsed.rev),
    )


def copy_marks(marks: Marks) -> Marks:
    """Return marks that move on their own; what stands in them never changes."""
    return Marks(
        pin=marks.pin,
        head=marks.head,
        containers=dict(marks.containers),
        objects=dict(marks.objects),
        records=dict(marks.records),
        roots=list(marks.roots),
    )


def open_engine(person: Person, path: Path, clock: Clock, marks: Marks | None = None) -> Engine:
    """Return an engine that is not connected yet, and that makes no personal vault."""
    runtime = InlineRuntime()
    is_robot = person.kind == PrincipalKind.SERVICE_ACCOUNT
    transport = EmbeddedTransport(
        SqliteStore.open(path),
        url=f"file://{path}",
        account=person.account,
        principal=person.principal,
        runtime=runtime,
        clock=clock,
        fp=person.keyset.fingerprint(person.principal, person.kind) if is_robot else b"",
    )
    session = Session(
        account=person.account,
        principal=person.principal,
        kind=person.kind,
        keyset=person.keyset,
        marks=person.marks() if marks is None else copy_marks(marks),
        transport=transport,
        runtime=runtime,
        clock=clock,
    )
    return Engine(session)


# -- questions ---------------------------------------------------------------------


def questions(places: Places) -> dict[str, Question]:
    """Return everything that a reader asks besides the references."""
    asked: dict[str, Question] = {
        "vaults": lambda e: e.vaults.list(),
        "environments": lambda e: e.environments.list(),
        "users": lambda e: e.users.list(deleted=True),
        "groups": lambda e: e.groups.list(deleted=True),
        "robots": lambda e: e.service_accounts.list(deleted=True),
        "invites": _invites,
        "log": lambda e: e.audit.list(),
        "chain": lambda e: _chain(e, places.kept),
    }
    for name, place in places.containers.items():
        asked |= _of_container(name, place)
    for name, item in places.items.items():
        vault = places.containers[name.partition("/")[0]]
        asked[f"get {name}"] = lambda e, v=vault, i=item: e.items.get(v, i)
    for name, file in places.files.items():
        item = name.partition(" ")[0]
        where = places.containers[item.partition("/")[0]], places.items[item], file
        asked[f"file {name}"] = lambda e, w=where: _content(e, *w)
    if "alpha/login" in places.items:
        at = places.containers["alpha"], places.items["alpha/login"]
        asked["history alpha/login"] = lambda e: e.items.history(*at)
        asked["find alpha/login"] = lambda e: e.items.find("login", vault_id=at[0])
        for version in (1, 2):
            asked[f"version {version} alpha/login"] = lambda e, n=version: e.items.get_version(
                *at, n
            )
    return asked


def _of_container(name: str, place: str) -> dict[str, Question]:
    if name == "readers":
        return {f"members {name}": lambda e: e.groups.members(place)}
    if name == "env":
        kind = ContainerKind.ENVIRONMENT
        return {
            "variables env": lambda e: e.environments.get(place, variables=True),
            "named env": lambda e: e.environments.find("env"),
            "access env": lambda e: e.access.list(place, kind=kind),
            "history env": lambda e: e.environments.history(place),
        }
    return {
        f"vault {name}": lambda e: e.vaults.get(place),
        f"named {name}": lambda e: e.vaults.find(name),
        f"access {name}": lambda e: e.access.list(place),
        f"list {name}": lambda e: e.items.list(place, archived=True),
        f"deleted {name}": lambda e: e.items.list_deleted(place),
    }


async def _invites(engine: Engine) -> list[dict[str, Any]]:
    return [invite.as_dict() for invite in await engine.invites.list()]


async def _content(engine: Engine, vault: str, item: str, file: str) -> bytes:
    reader = await engine.files.open(vault, item, file)
    parts = []
    while (part := await reader.next_chunk()) is not None:
        parts.append(part)
    return b"".join(parts)


async def _chain(engine: Engine, kept: AuditHead | None) -> tuple[int, bytes] | None:
    if kept is None:
        return None
    head = await engine.audit.verify(kept)
    return head.position, head.hash


def references(places: Places) -> dict[str, str]:
    """Return references by the name of their item and how they are spelt."""
    found = {}
    for name, item in places.items.items():
        vault = places.containers[name.partition("/")[0]]
        found[f"resolve {name} by name"] = f"op://{name}/password"
        found[f"resolve {name} by id"] = f"op://{vault}/{item}/password"
    return found


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


def observe(engine: Engine, places: Places, wanted: Collection[str] | None = None) -> Observation:
    """Ask everything, or some of it; every question has an outcome of its own."""
    asked = questions(places)
    named = references(places)
    if wanted is not None:
        asked = {key: work for key, work in asked.items() if key in wanted}
        named = {key: text for key, text in named.items() if key in wanted}
    connected = attempt(engine.connect)
    if connected.kind != "value":
        return dict.fromkeys([*named, *asked], connected)
    found: Observation = {}
    batch = attempt(lambda: engine.secrets.resolve_all(list(named.values())))
    for name, reference in named.items():
        if batch.kind != "value":
            found[name] = batch
            continue
        outcome = batch.value[reference]
        is_error = isinstance(outcome, BaseException)
        found[name] = failure(outcome) if is_error else Outcome("value", outcome.secret)
    for name, question in asked.items():
        found[name] = attempt(lambda q=question: q(engine))
    return found
