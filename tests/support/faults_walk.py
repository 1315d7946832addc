"""Walks: one change after the other, several readers, one oracle."""

from __future__ import annotations

import dataclasses
import multiprocessing
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from strongroom.client.engine import Engine
from strongroom.client.view.marks import Marks
from strongroom.ids import parse_id
from support.faults_keeper import Change, Keeper, Values
from support.faults_oracle import CRASH, WRONG, Judge
from support.faults_readers import (
    Observation,
    copy_marks,
    failure,
    observe,
    open_engine,
    questions,
    references,
)
from support.faults_world import World, copy_database

# Parts of a long walk, each in a process of its own.
PARTS = 2


class Reader(NamedTuple):
    """Somebody who reads, from what it starts."""

    name: str
    person: str
    remembers: bool = False
    runs: bool = False  # before the change is made


READERS = (
    Reader("fresh token", "token"),
    Reader("token with state", "token", remembers=True),
    Reader("owner with state", "owner", remembers=True),
    Reader("member", "member"),
    Reader("running token", "token", remembers=True, runs=True),
    Reader("fresh owner", "owner"),
    Reader("member with state", "member", remembers=True),
    Reader("later token", "later token"),
)
# Who sees anything at all of some tables.
_LISTED_ONLY = tuple(reader for reader in READERS if reader.person == "owner")
_READERS_OF = {"audit": _LISTED_ONLY, "invites": _LISTED_ONLY}
_QUESTIONS_OF = {
    "audit": ("log", "chain"),
    "invites": ("invites", "users"),
    "users": ("users", "vaults"),
    "keyset_ends": ("robots", "vaults"),
    "accounts": ("users", "vaults"),
}
_CORE = {
    *("vaults", "environments", "users", "groups", "robots", "members readers", "invites"),
    *("access alpha", "get alpha/login", "resolve alpha/login by name", "list alpha"),
    *("get gamma/login", "get gamma/old", "variables env"),
}


@dataclass
class Walk:
    """What came of a walk."""

    changes: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    # what went wrong -> the first change that showed it
    findings: dict[str, str] = field(default_factory=dict)
    finding_counts: Counter[str] = field(default_factory=Counter)

    def add(self, other: Walk) -> None:
        """Take in what came of another part of the same walk."""
        self.changes += other.changes
        self.counts += other.counts
        self.findings = other.findings | self.findings
        self.finding_counts += other.finding_counts

    def report(self) -> str:
        lines = [f"{self.changes} changes, {self.counts.total()} answers"]
        lines += [f"  {number:7} {verdict}" for verdict, number in self.counts.most_common()]
        lines += [
            f"  {self.finding_counts[what]:5}x {what}   [first: {first}]"
            for what, first in self.findings.items()
        ]
        return "\n".join(lines)


class Walker:
    """The readers of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._judges: dict[Reader, Judge] = {}
        self._marks: dict[str, Marks] = {}
        self._running: Engine | None = None
        self._note_places()
        for reader in READERS:
            engine = open_engine(world.people[reader.person], world.path, world.home.clock)
            found = observe(engine, world.places)
            self._judges[reader] = Judge(world.truth, world.places, found, reader.remembers)
            self._marks[reader.person] = copy_marks(engine.marks)
            engine.close()

    def walk(
        self,
        keeper: Keeper,
        changes: Iterable[Change],
        *,
        readers: int = 2,
        all_every: int = 12,
        until: str = "",
    ) -> Walk:
        """Make every change in turn and judge what the readers get.

        Args:
            readers: How many see each change; they take turns.
            all_every: After every n-th change every question is asked, not only
                those that it can concern.
            until: Go no further once something was found that begins like this.
        """
        result = Walk()
        for change in changes:
            if until and any(what.startswith(until) for what in result.findings):
                break
            number = result.changes
            result.changes += 1
            (table, _), _ = change.rows[0]
            able = _READERS_OF.get(table, READERS)
            chosen = [able[(number * readers + n) % len(able)] for n in range(readers)]
            wanted = self._wanted(change, keeper) if number % all_every else None
            self._start_running(chosen)
            with keeper.changed(change):
                for reader in chosen:
                    found = self.see(reader, wanted=wanted)
                    self._judge(result, change, reader, found)
            self._stop_running()
        return result

    def read_files(
        self,
        files: Iterable[tuple[str, Path]],
        readers: tuple[Reader, ...] = READERS[:3],
        *,
        marks: Marks | None = None,
    ) -> Walk:
        """Judge what readers get of whole files.

        Args:
            marks: What the readers remember, if it is not the newest of everything.
        """
        result = Walk()
        for what, path in files:
            result.changes += 1
            for reader in readers:
                found = self.see(reader, path, marks=marks)
                self._judge(result, Change("file", what, ()), reader, found)
        return result

    def state_of(self, reader: Reader) -> Marks:
        """Return what a reader remembers."""
        return copy_marks(self._marks[reader.person])

    def see(
        self,
        reader: Reader,
        path: Path | None = None,
        *,
        wanted: Collection[str] | None = None,
        marks: Marks | None = None,
    ) -> Observation:
        """Return what a reader is told."""
        if reader.runs and self._running is not None:
            return observe(self._running, self._world.places, wanted)
        person, clock = self._world.people[reader.person], self._world.home.clock
        if marks is None and reader.remembers:
            marks = self._marks[reader.person]
        try:
            engine = open_engine(person, path or self._world.path, clock, marks)
        except Exception as error:  # noqa: BLE001  (sorted by `failure`)
            asked = self._judges[reader].now if wanted is None else wanted
            return dict.fromkeys(asked, failure(error))
        try:
            return observe(engine, self._world.places, wanted)
        finally:
            engine.close()

    def _start_running(self, chosen: list[Reader]) -> None:
        for reader in chosen:
            if reader.runs:
                world = self._world
                person, marks = world.people[reader.person], self._marks[reader.person]
                self._running = open_engine(person, world.path, world.home.clock, marks)
                observe(self._running, world.places, {"vaults", "resolve alpha/login by name"})

    def _stop_running(self) -> None:
        if self._running is not None:
            self._running.close()
            self._running = None

    def _judge(self, result: Walk, change: Change, reader: Reader, found: Observation) -> None:
        judged = self._judges[reader].verdicts(found, insider=change.insider)
        for question, verdict in judged:
            result.counts[verdict] += 1
            if verdict in (WRONG, CRASH):
                # One line per place and kind of question is enough to find a fault.
                verb = question.partition(" ")[0]
                detail = found[question].value if verdict == CRASH else f"{verb} ({reader.name})"
                what = f"{verdict} {detail}"
                told = f"{change.kind}: {change.what}; {question}"
                result.findings.setdefault(what, told)
                result.finding_counts[what] += 1

    # -- what a change can be seen in ---------------------------------------------------

    def _wanted(self, change: Change, keeper: Keeper) -> frozenset[str]:
        """Return the questions whose answers can depend on what is changed."""
        wanted: set[str] = set()
        for (table, rowid), values in change.rows:
            if table in _QUESTIONS_OF:
                wanted |= {*_QUESTIONS_OF[table]}
                continue
            before = keeper.rows[table].get(rowid, {})
            for row in (before, before | (values or {})):
                wanted |= self._of_row(row)
        return frozenset(wanted)

    def _of_row(self, row: Values) -> set[str]:
        place = row.get("container", row.get("id"))
        item = self._items.get(row.get("object", row.get("id")), "")
        if item:
            vault = item.partition("/")[0]
            lists = {f"{verb} {vault}" for verb in ("list", "deleted")}
            return lists | {key for key in self._asked if f" {item}" in key}
        if isinstance(place, bytes) and place in self._containers:
            name = self._containers[place]
            mine = {key for key in self._asked if f" {name}" in key}
            return mine | {"vaults", "environments", "members readers"}
        # The directory, a group, the account's names: a bit of everything.
        return _CORE

    def _note_places(self) -> None:
        world = self._world
        self._asked = [*questions(world.places), *references(world.places)]
        self._items: dict[object, str] = {
            parse_id(text): name for name, text in world.places.items.items()
        }
        self._containers = {world.container(name): name for name in world.places.containers}
        del self._containers[world.container("readers")]


def walk_in_parts(
    world: World, pristine: Path, folder: Path, changes: Sequence[Change], *, all_every: int
) -> Walk:
    """Walk in several processes, each on a copy of the file; every reader takes its turn."""
    context = multiprocessing.get_context("fork")
    result, parts = Walk(), []
    for number in range(PARTS):
        receiver, sender = context.Pipe(duplex=False)
        path = folder / f"part-{number}.db"
        copy_database(pristine, path)
        home = dataclasses.replace(world.home, path=path)
        own, mine = dataclasses.replace(world, home=home), changes[number::PARTS]
        process = context.Process(target=_walk_part, args=(sender, own, mine, all_every))
        process.start()
        sender.close()
        parts.append((process, receiver))
    for process, receiver in parts:
        result.add(receiver.recv())  # an EOFError: that part has failed, and has said why
        process.join()
    return result


def _walk_part(sender: Any, world: World, changes: Sequence[Change], all_every: int) -> None:
    walker, keeper = Walker(world), Keeper(world.path)
    sender.send(walker.walk(keeper, changes, readers=1, all_every=all_every))
    keeper.close()
