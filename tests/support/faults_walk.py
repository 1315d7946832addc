"""Walks: one change after the other, every reader, every question, one oracle."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from strongroom.client.engine import Engine
from strongroom.client.marks import Marks
from support.faults_keeper import Change, Keeper
from support.faults_oracle import CRASH, WRONG, Judge
from support.faults_world import Observation, Outcome, World, failure, observe, open_reader
from support.homes import Home

# Readers that cost more are asked after every n-th change.
_EVERY = 5


@dataclass
class Walk:
    """What came of a walk."""

    changes: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    # what went wrong -> the first change that showed it
    findings: dict[str, str] = field(default_factory=dict)
    finding_counts: Counter[str] = field(default_factory=Counter)

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
        engine, failed = open_reader(world)
        assert failed is None
        self._by_token = observe(engine, world)
        self._token_marks = copy.deepcopy(engine.marks)
        engine.close()
        owner = world.home.owner()
        for vault in world.home.run(owner.vaults.list()):
            shown = (vault["title"], vault["description"])
            world.truth.vaults.setdefault(vault["id"], []).append(shown)
        self._by_owner = observe(owner, world)
        self._owner_marks = copy.deepcopy(owner.marks)

    def walk(self, keeper: Keeper, changes: Iterable[Change]) -> Walk:
        """Make every change in turn and judge what the readers get."""
        result = Walk()
        for number, change in enumerate(changes):
            result.changes += 1
            live = self._open_live() if number % _EVERY == 0 else None
            with keeper.changed(change):
                self._judge(result, change, self.fresh(), remembers=False)
                self._judge(result, change, self.remembering(), remembers=True)
                if live is not None:
                    found = observe(live, self._world)
                    live.close()
                    self._judge(result, change, found, remembers=True, reader="live")
                if number % _EVERY == 1:
                    self._judge(result, change, self.owner(), remembers=True, reader="owner")
        return result

    def read_files(self, files: Iterable[tuple[str, Path]]) -> Walk:
        """Judge what readers get of whole files."""
        result = Walk()
        for what, path in files:
            result.changes += 1
            change = Change("file", what, ())
            self._judge(result, change, self.fresh(path), remembers=False)
            self._judge(result, change, self.remembering(path), remembers=True)
            self._judge(result, change, self.owner(path), remembers=True, reader="owner")
        return result

    def fresh(self, path: Path | None = None) -> Observation:
        """What a token sees that has no state of its own."""
        return self._seen(None, path)

    def remembering(self, path: Path | None = None) -> Observation:
        """What a token sees that remembers the newest state of everything."""
        return self._seen(self._token_marks, path)

    def owner(self, path: Path | None = None) -> Observation:
        """What the owner sees, who remembers everything."""
        home = Home(path or self._world.path, self._world.home.account, self._world.home.clock)
        try:
            engine = home.owner(copy.deepcopy(self._owner_marks))
        except Exception as error:  # noqa: BLE001  (sorted by `failure`)
            return _all(self._by_owner, failure(error))
        try:
            return observe(engine, self._world)
        finally:
            engine.close()

    def _seen(self, marks: Marks | None, path: Path | None) -> Observation:
        try:
            engine, failed = open_reader(self._world, marks=marks, path=path)
        except Exception as error:  # noqa: BLE001  (sorted by `failure`)
            return _all(self._by_token, failure(error))
        try:
            return _all(self._by_token, failed) if failed else observe(engine, self._world)
        finally:
            engine.close()

    def _open_live(self) -> Engine:
        engine, failed = open_reader(self._world)
        assert failed is None
        observe(engine, self._world)
        return engine

    def _judge(
        self,
        result: Walk,
        change: Change,
        found: Observation,
        *,
        remembers: bool,
        reader: str = "",
    ) -> None:
        now = self._by_owner if reader == "owner" else self._by_token
        judge = Judge(self._world.truth, now, remembers)
        name = reader or ("remembering" if remembers else "fresh")
        for question, got in found.items():
            verdict = judge.verdict(question, got)
            result.counts[verdict] += 1
            if verdict in (WRONG, CRASH):
                # One line per place and kind of question is enough to find a fault.
                verb = question.partition(" ")[0]
                detail = got.value if verdict == CRASH else f"{verb} ({name} reader)"
                what = f"{verdict} {detail}"
                result.findings.setdefault(what, f"{change.kind}: {change.what}; {question}")
                result.finding_counts[what] += 1


def _all(questions: Observation, outcome: Outcome) -> Observation:
    return dict.fromkeys(questions, outcome)
