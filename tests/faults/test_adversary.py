"""A review by adversary: everybody asserts everything, and a plain table says what may pass.

On one small account each role gets every operation of the service, and every
signed body that it can make with the keys that it has or ever had: as a request
to an honest service, and written into the file as it is, for honest readers who
are new, who remember everything, and who last looked earlier. The cases are
combined, not listed; what may be asserted by whom stands in
`support/adversary_table*.py`, written from the formats and the threats. What is
taken and not allowed there fails with the whole case, and so does a row of the
table of which nothing passes. The ordinary run tries a fixed sample, and every
row; STRONGROOM_FAULTS=full tries all.

Beside the review stand its mutants: each rule that it rests on is taken out
once, and the same sample finds that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from strongroom.service.operations import all_operations
from support.adversary_arena import Arena
from support.adversary_cast import make_cast
from support.adversary_chains import (
    chain_cases,
    membership_cases,
    own_rule_cases,
    replay_cases,
    writer_cases,
)
from support.adversary_directory import entry_cases, root_cases, then_cases
from support.adversary_maker import Maker
from support.adversary_mutants import MUTANTS
from support.adversary_people import invite_cases, operation_cases
from support.adversary_records import creation_cases, record_cases
from support.adversary_revisions import revision_cases
from support.adversary_story import HONEST
from support.adversary_sweep import Case, Sample, Shares, sample, sweep
from support.adversary_table import ACTS, RECORDS, ROLES, WRITES
from support.adversary_table_service import OPERATIONS_MAY

Cases = Callable[[Maker], Iterator[Case]]

# What is asserted. An ordinary run tries one in so many that nobody may, and that somebody may.
FAMILIES: dict[str, tuple[Cases, Shares]] = {
    "records": (record_cases, Shares(3000, 150, 300)),
    "creations": (creation_cases, Shares(200, 120, 80)),
    "revisions": (revision_cases, Shares(4000, 200, 400)),
    "chains": (chain_cases, Shares(800, 10, 60)),
    "memberships": (membership_cases, Shares(100, 3)),
    "own rules": (own_rule_cases, Shares(300, 3, 30)),
    "writers": (writer_cases, Shares(800, 6, 60)),
    "entries": (entry_cases, Shares(60, 3, 4)),
    "roots": (root_cases, Shares(40, 8)),
    "as it was then": (then_cases, Shares(8)),
    "operations": (operation_cases, Shares()),
    "invites": (invite_cases, Shares(80, 2, 20)),
    "replays": (replay_cases, Shares()),
}


@dataclass(repr=False)
class Stage:
    """The account, ready for forgeries, and the cases that were chosen so far."""

    now: Maker
    then: Maker
    chosen: dict[str, Sample] = field(default_factory=dict)

    def maker(self, family: str) -> Maker:
        return self.then if family == "as it was then" else self.now

    def sample(self, family: str) -> Sample:
        if family not in self.chosen:
            cases, shares = FAMILIES[family]
            self.chosen[family] = sample(cases(self.maker(family)), shares)
        return self.chosen[family]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    cast = make_cast(tmp_path_factory.mktemp("adversary"))
    now, then = Arena(cast), Arena(cast, cast.old)
    yield Stage(Maker(now), Maker(then))
    now.close()
    then.close()


@pytest.mark.parametrize("family", FAMILIES)
def test_everybody_asserts_everything(stage: Stage, family: str) -> None:
    """Service and readers take what the table allows, by whom it allows it, and nothing else."""
    chosen = stage.sample(family)
    findings = sweep(stage.maker(family).arena, chosen.cases)
    print(findings)
    assert not findings.wrong, str(findings)
    assert not chosen.rows - findings.passed, "of these rows nothing passed"


def test_no_row_is_for_nothing(stage: Stage) -> None:
    """Every right in the table is reached by some case, and every operation stands in it."""
    records = {
        f"{place} {right} {role}"
        for place, rights in RECORDS.items()
        for right, standings in rights.items()
        for role in standings
    }
    writes = {
        f"{place} {through} {act} {role}"
        for place, ways in WRITES.items()
        for through, roles in ways.items()
        for role, held in roles.items()
        for act, _ in zip(ACTS, held, strict=False)
    }
    reached = stage.sample("records").rows
    reached |= {row.removeprefix("member ") for row in stage.sample("memberships").rows}
    # Who stopped managing a group signs nothing any more, not even "as of then".
    assert records - reached == {"crew by its row demoted group manager"}
    # Of two containers some objects do not exist.
    unreached = writes - stage.sample("revisions").rows
    assert {row.partition(" ")[0] for row in unreached} <= {"environment", "names", "private"}
    assert {operation for operation, _ in OPERATIONS_MAY} == {
        one.operation for one in all_operations()
    }
    assert set(stage.now.arena.cast.forgers) - set(HONEST) == set(ROLES)


@pytest.mark.parametrize("rule", MUTANTS)
def test_a_missing_rule_is_found(stage: Stage, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: without one of the rules, something of the same cases passes that may not."""
    mutant = MUTANTS[rule]
    cases = [case for case in stage.sample(mutant.family).cases if mutant.where(case)]
    arena = stage.maker(mutant.family).arena
    mutant.patch(monkeypatch)
    findings = sweep(arena, cases, most=1)
    print(findings)
    assert findings.holes, f"{len(cases)} cases found nothing"
