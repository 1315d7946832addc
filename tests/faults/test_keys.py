"""Another public key wherever one is read: nothing is ever sealed to it (T4).

A thief's keys stand in entries, in the root document, in answers about
principals, in the list of people and in answered invites, for every operation
that seals a key to somebody. Afterwards the thief's private key opens nothing
of what was sent or stored, and no entry that was signed holds it; the
operation ends in a typed error, or has sealed to true keys only.

`STRONGROOM_FAULTS=full` puts every substitution under every operation. The
mutant is a client that takes encryption keys as they come.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from strongroom.client.engine import Engine
from strongroom.clock import Clock
from strongroom.crypto.tokens import parse_token
from strongroom.errors import IntegrityError
from strongroom.ids import format_id, parse_id
from strongroom.secret import Secret
from strongroom.wire.access import ContainerKind
from strongroom.wiring.accounts import join_account
from support.faults_keys import PLOTS, Hostile, Plot, Thief, sealed_keys, steal_invites, tap
from support.faults_readers import Outcome, attempt, copy_marks, observe, open_engine
from support.faults_world import OVERLAP_ENDS_MS, READ, World
from support.homes import PASSWORD, Home, login

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
SEED = 20_240_607
CASES_SAMPLED = 140
Work = Callable[[Engine, "Stage"], Awaitable[Any]]


@dataclass
class Stage:
    """An account as it is before an operation, on a file of its own."""

    world: World
    path: Path
    clock: Clock
    ids: dict[str, str]  # people, groups, service accounts by a short name

    def engine(self, who: str = "owner", marks: Any = None) -> Engine:
        return open_engine(self.world.people[who], self.path, self.clock, marks)

    def place(self, name: str) -> str:
        return self.world.places.containers[name]

    def on(self, path: Path) -> Stage:
        """Return the stage on a copy of its file."""
        shutil.copy(self.path, path)
        return Stage(self.world, path, self.clock, self.ids)


@dataclass(frozen=True)
class Operation:
    """One operation that seals, who does it, and whose keys it seals to or reads."""

    work: Work
    reads: tuple[str, ...]
    seals: tuple[str, ...] = ()
    who: str = "owner"
    due: bool = False  # in an account where rotations are due


async def _suspend_and_reactivate(engine: Engine, stage: Stage) -> None:
    await engine.users.suspend(stage.ids["emil"])
    await engine.users.reactivate(stage.ids["emil"])


async def _confirm(engine: Engine, stage: Stage) -> None:
    del stage
    await engine.invites.confirm(await engine.invites.find("fred@example.org"))


async def _grant_by_address(engine: Engine, stage: Stage) -> None:
    found = await engine.users.find("emil@example.org")
    await engine.access.grant(stage.place("alpha"), {found["id"]: READ})


def _grant(container: str, to: str) -> Work:
    return lambda e, s: e.access.grant(s.place(container), {s.ids[to]: READ})


def _revoke(container: str, who: str) -> Work:
    return lambda e, s: e.access.revoke(s.place(container), s.ids[who])


OPERATIONS: dict[str, Operation] = {
    "grant to a user": Operation(_grant("alpha", "emil"), ("emil", "readers"), ("emil",)),
    "grant to a user by address": Operation(_grant_by_address, ("emil",), ("emil",)),
    "grant to a group": Operation(_grant("gamma", "readers"), ("readers", "ben"), ("readers",)),
    "grant to a service account": Operation(
        _grant("beta", "writer"), ("writer", "owner"), ("writer",)
    ),
    "grant by a member": Operation(
        _grant("gamma", "emil"), ("emil", "owner"), ("emil",), who="member"
    ),
    "a new vault": Operation(
        lambda e, _: e.vaults.create("new"), ("administrators", "owner"), ("administrators",)
    ),
    "a member's new vault": Operation(
        lambda e, _: e.vaults.create("new"), ("administrators",), ("administrators",), who="member"
    ),
    "a new environment": Operation(
        lambda e, _: e.environments.create("new"),
        ("administrators", "owner"),
        ("administrators", "owner"),
    ),
    "a new group": Operation(lambda e, _: e.groups.create("new"), ("owner",), ("owner",)),
    "a member more in a group": Operation(
        lambda e, s: e.groups.add("readers", s.ids["emil"]), ("emil", "readers"), ("emil",)
    ),
    "a role": Operation(
        lambda e, s: e.groups.add("Administrators", s.ids["emil"]),
        ("emil", "administrators"),
        ("emil",),
    ),
    "a member less in a group": Operation(
        lambda e, s: e.groups.remove("readers", s.ids["ben"]),
        ("owner", "administrators", "reader", "ben"),
        ("owner", "administrators", "reader"),
    ),
    "a rotation": Operation(
        _revoke("alpha", "writer"),
        ("owner", "administrators", "reader", "readers"),
        ("owner", "administrators", "reader", "readers"),
    ),
    "a member's rotation": Operation(
        _revoke("gamma", "reader"),
        ("owner", "administrators", "ben"),
        ("owner", "administrators", "ben"),
        who="member",
    ),
    "a removed user": Operation(
        lambda e, s: e.users.remove(s.ids["ben"]),
        ("owner", "administrators", "reader", "emil", "team"),
        ("owner", "administrators", "reader", "emil"),
    ),
    "a suspended user who comes back": Operation(
        _suspend_and_reactivate, ("emil", "owner", "ben"), ("emil", "owner", "ben")
    ),
    "a confirmed joiner": Operation(_confirm, ("owner", "team", "ben")),
    "a new service account": Operation(
        lambda e, s: e.service_accounts.create("new", {s.place("alpha"): READ}),
        ("owner", "readers", "administrators"),
    ),
    "a token with an overlap": Operation(
        lambda e, s: e.service_accounts.rotate(s.ids["writer"], old_ends_ms=OVERLAP_ENDS_MS),
        ("writer", "owner", "readers"),
    ),
    "a token that replaces another": Operation(
        lambda e, s: e.service_accounts.rotate(s.ids["writer"]),
        ("writer", "owner", "readers", "administrators"),
        ("owner", "readers", "administrators"),
    ),
    "a revoked service account": Operation(
        lambda e, s: e.service_accounts.revoke(s.ids["writer"]),
        ("owner", "readers", "administrators"),
        ("owner", "readers", "administrators"),
    ),
    "what is due": Operation(
        lambda e, _: e.access.settle(),
        ("owner", "readers", "administrators", "reader"),
        ("owner", "readers", "administrators", "reader"),
        due=True,
    ),
    "a write where a rotation is due": Operation(
        lambda e, s: e.items.create(s.place("alpha"), login("new", password="new")),
        ("owner", "readers", "administrators", "reader"),
        ("owner", "readers", "administrators", "reader"),
        due=True,
    ),
    "a variable where a rotation is due": Operation(
        lambda e, s: e.environments.set_variables(
            s.place("env"), [{"name": "NEW", "value": "new"}]
        ),
        ("owner", "readers", "administrators", "reader"),
        ("owner", "readers", "administrators", "reader"),
        due=True,
    ),
}


@pytest.fixture(scope="module")
def stage(world: World, pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The populated account, with one user more and two who wait to be confirmed."""
    path = tmp_path_factory.mktemp("stage") / "strongroom.db"
    shutil.copy(pristine, path)
    home = Home(path, world.home.account, world.home.clock)
    owner = home.owner()
    home.run(owner.invites.confirm(home.run(owner.invites.find("emil@example.org"))))
    for name in ("fred", "gina"):
        link = home.run(home.owner().invites.create(f"{name}@example.org", name=name))
        join_account(link.expose(), lambda _: Secret(PASSWORD), clock=home.clock)
    ids = {row["email"].partition("@")[0]: row["id"] for row in home.run(owner.users.list())}
    ids["owner"] = ids.pop("ana")
    ids |= {
        row["name"].lower().removesuffix(" members"): row["id"]
        for row in home.run(owner.groups.list())
    }
    ids["reader"] = format_id(world.people["token"].principal)
    ids["writer"] = format_id(parse_token(world.writer_token).principal)
    home.close()
    return Stage(world, path, home.clock, ids)


@pytest.fixture(scope="module")
def due_stage(stage: Stage) -> Stage:
    """The account after a token's overlap ended: everything that it could open is due."""
    ticks = count(OVERLAP_ENDS_MS + 1, 1000)
    made = stage.on(stage.path.with_name("due.db"))
    made.clock = lambda: next(ticks)
    engine = made.engine()
    ended = attempt(engine.service_accounts.finish_rotations)
    assert ended.value == [stage.ids["reader"]]
    assert attempt(engine.access.due).value
    engine.close()
    return made


@dataclass
class Deed:
    """What became of an operation under a substitution."""

    outcome: Outcome
    loot: list[str]


def deed(
    stage: Stage, folder: Path, name: str, plot: Plot, target: str, *, remembers: bool
) -> Deed:
    """Carry out an operation while a thief's key stands in the place of somebody's."""
    operation, thief, who = OPERATIONS[name], Thief(), parse_id(stage.ids[target])
    mine = stage.on(folder / "strongroom.db")
    marks = None
    if remembers:
        before = mine.engine(operation.who)
        observe(before, stage.world.places)
        marks = copy_marks(before.marks)
        before.close()
    if plot.on_file is not None:
        with sqlite3.connect(mine.path) as db:
            plot.on_file(db, thief, who)
        db.close()
    engine = mine.engine(operation.who, marks)
    hostile = tap(engine, plot.on_answer(thief, who)) if plot.on_answer else tap(engine)
    held = sealed_keys(mine.path)
    outcome = attempt(lambda: _whole(operation, engine, mine))
    engine.close()
    return Deed(outcome, thief.loot(hostile, mine.path, held))


async def _whole(operation: Operation, engine: Engine, stage: Stage) -> None:
    await engine.connect()
    await operation.work(engine, stage)


Case = tuple[str, Plot, str]


def cases() -> list[Case]:
    """Return every operation under every substitution, or a sample with all of both."""
    every = [
        (name, plot, target)
        for name, operation in OPERATIONS.items()
        for target in operation.reads
        for plot in PLOTS
        if target in (plot.only or (target,))
    ]
    if FULL:
        return every
    rng = random.Random(SEED)
    rng.shuffle(every)
    first: dict[tuple[str, str], Case] = {}
    for case in every:
        first.setdefault((case[0], case[2]), case)
    rest = [case for case in every if case not in first.values()]
    return [*first.values(), *rest][:CASES_SAMPLED]


def stage_of(name: str, stage: Stage, due_stage: Stage) -> Stage:
    return due_stage if OPERATIONS[name].due else stage


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_seals_where_nothing_is_substituted(
    name: str, stage: Stage, due_stage: Stage, tmp_path: Path
) -> None:
    """Each operation succeeds among honest people, so a refusal below has its reason there."""
    chosen = stage_of(name, stage, due_stage)
    done = deed(chosen, tmp_path, name, Plot("nothing"), "owner", remembers=False)
    assert done.outcome.kind == "value", done.outcome
    assert not done.loot


def test_nothing_is_sealed_to_a_substituted_key(
    stage: Stage, due_stage: Stage, tmp_path: Path
) -> None:
    """Wherever a thief's key stands, no operation seals to it, or signs it (T4)."""
    counts: Counter[str] = Counter()
    by_plot: dict[str, Counter[str]] = defaultdict(Counter)
    findings = []
    for number, (name, plot, target) in enumerate(cases()):
        chosen = stage_of(name, stage, due_stage)
        done = deed(chosen, tmp_path, name, plot, target, remembers=number % 4 == 0)
        what = f"{name}; {plot.name} of {target}: {done.outcome.value}; {done.loot}"
        if done.loot or done.outcome.kind == "crash":
            findings.append(what)
        verdict = done.outcome.value if done.outcome.kind == "error" else "sealed to true keys only"
        counts[verdict] += 1
        by_plot[plot.name][verdict] += 1
    print(f"substituted keys: {counts.total()} operations, {dict(counts)}")
    for plot_name, verdicts in by_plot.items():
        print(f"  {plot_name}: {dict(verdicts)}")
    assert not findings, "\n".join(findings)
    assert counts["IntegrityError"]


@pytest.mark.parametrize("answered", [False, True], ids=["in the file", "in the answer"])
def test_a_client_that_takes_keys_as_they_come_is_caught(
    stage: Stage,
    due_stage: Stage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answered: bool,
) -> None:
    """MUTANT: without the check against the entry, the thief opens what each operation sealed."""
    for place in ("client.change.holders", "service.directory.keysets"):
        monkeypatch.setattr(f"strongroom.{place}.check_encryption_key", lambda *_, **__: None)
    plot = next(one for one in PLOTS if bool(one.on_answer) == answered)
    missed = [
        f"{name}: {target}"
        for name, operation in OPERATIONS.items()
        for target in (operation.seals if FULL else operation.seals[:1])
        if not deed(
            stage_of(name, stage, due_stage), tmp_path, name, plot, target, remembers=False
        ).loot
    ]
    assert not missed


# -- answered invites -----------------------------------------------------------------


def confirm_after(
    stage: Stage, folder: Path, change: Callable[[sqlite3.Connection, Thief], None]
) -> Deed:
    """Confirm an answered invite whose row was changed."""
    thief, mine = Thief(), stage.on(folder / "strongroom.db")
    with sqlite3.connect(mine.path) as db:
        change(db, thief)
    db.close()
    engine = mine.engine()
    hostile: Hostile = tap(engine)
    held = sealed_keys(mine.path)
    outcome = attempt(lambda: _confirm(engine, mine))
    engine.close()
    return Deed(outcome, thief.loot(hostile, mine.path, held))


def put(db: sqlite3.Connection, values: dict[str, Any]) -> None:
    sets = ", ".join(f"{column} = ?" for column in values)
    who = "fred@example.org"
    done = db.execute(f"UPDATE invites SET {sets} WHERE email = ?", (*values.values(), who))
    assert done.rowcount == 1


INVITE_COLUMNS = ("joiner", "enc_pk", "sign_pk", "mac", "sealed")


@pytest.mark.parametrize("what", steal_invites(Thief(), bytes(16)))
def test_no_joiner_is_confirmed_under_a_thiefs_keys(
    what: str, stage: Stage, tmp_path: Path
) -> None:
    """Keys that the invited person's MAC does not cover are never taken in (T4)."""
    account = parse_id(stage.world.home.account.account_id)
    done = confirm_after(
        stage, tmp_path, lambda db, thief: put(db, steal_invites(thief, account)[what])
    )
    assert done.outcome == Outcome("error", IntegrityError.__name__)
    assert not done.loot


@pytest.mark.parametrize("columns", [("mac",), INVITE_COLUMNS[:4], ("sealed",)], ids="-".join)
def test_no_joiner_is_confirmed_by_another_invite(
    columns: tuple[str, ...], stage: Stage, tmp_path: Path
) -> None:
    """The MAC or the terms of another invite confirm nobody (T4)."""

    def change(db: sqlite3.Connection, _thief: Thief) -> None:
        names = ", ".join(columns)
        row = db.execute(f"SELECT {names} FROM invites WHERE email LIKE 'gina%'").fetchone()
        put(db, dict(zip(columns, row, strict=True)))

    done = confirm_after(stage, tmp_path, change)
    assert done.outcome == Outcome("error", IntegrityError.__name__)


def test_a_client_that_does_not_check_the_mac_is_caught(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: without the MAC, the thief is taken in and opens the group's keys."""
    monkeypatch.setattr("strongroom.client.people.invites.check_join_mac", lambda *_, **__: None)
    account = parse_id(stage.world.home.account.account_id)
    done = confirm_after(
        stage, tmp_path, lambda db, thief: put(db, steal_invites(thief, account)["keys and id"])
    )
    assert done.loot


# -- the way from a name to a principal --------------------------------------------------


def grant_by_address(stage: Stage, folder: Path, hidden: bool) -> tuple[Outcome, set[str]]:
    """Grant to an address while the keeper says that it is another member's."""
    mine = stage.on(folder / "strongroom.db")
    emil, ben = parse_id(stage.ids["emil"]), parse_id(stage.ids["ben"])
    with sqlite3.connect(mine.path) as db:
        db.execute("UPDATE users SET email = 'x@example.org' WHERE id = ?", (emil,))
        db.execute("UPDATE users SET email = 'emil@example.org' WHERE id = ?", (ben,))
        if hidden:
            db.execute("DELETE FROM objects WHERE id IN (?, ?)", (emil, ben))
    db.close()
    engine = mine.engine()
    outcome = attempt(lambda: _grant_by_address(engine, mine))
    engine.close()
    honest = mine.engine()
    kind = ContainerKind.VAULT
    rows = attempt(lambda: honest.access.list(stage.place("alpha"), kind=kind)).value
    honest.close()
    return outcome, {row["id"] for row in rows}


@pytest.mark.parametrize("hidden", [False, True], ids=["profiles shown", "profiles hidden"])
def test_an_address_never_leads_to_another_member(
    stage: Stage, tmp_path: Path, hidden: bool
) -> None:
    """The keeper's word for an address gives nobody a key that was meant for another (T4)."""
    outcome, given = grant_by_address(stage, tmp_path, hidden)
    assert outcome.kind in ("value", "error"), outcome
    assert stage.ids["ben"] not in given


def test_a_client_that_believes_addresses_is_caught(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: without the check of the profile, the wrong member gets the key."""

    async def believe(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr("strongroom.client.people.profiles._check_profile", believe)
    _, given = grant_by_address(stage, tmp_path, hidden=True)
    assert stage.ids["ben"] in given
