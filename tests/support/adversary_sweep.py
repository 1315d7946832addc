"""Cases of the review: which are tried, how they are tried, and what differs from the table."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from strongroom.client.engine import Engine
from strongroom.errors import NotFoundError
from strongroom.wire.operations import Request
from support.adversary_arena import Arena, HeldFile, outcome
from support.adversary_table import NO, Verdict
from support.faults_readers import Person

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
READERS = ("fresh", "remembering", "early")
# Of cases that nobody believes, the readers with a memory look at every so many: they ask all that
# a fresh one asks, and more.
_EACH_READER = 8


class Attempt(NamedTuple):
    """What somebody made: as a request, as the keeper writes it, and how a witness sees it.

    Without `request` an honest service is not asked; without `put` nobody reads it. With
    `at_work`, who remembers is a reader that goes on: no file keeps the entries that it holds.
    With `keeper`, the service of the readers takes whatever they sign.
    `answered` tells whether an answer holds what was asked for.
    """

    request: Request[msgspec.Struct] | None
    put: Callable[[HeldFile], object] | None
    witness: str
    believed: Callable[[Engine], object]
    at_work: bool = False
    keeper: bool = False
    answered: Callable[[Any], object] = lambda _: True


class Case(NamedTuple):
    """One combination, what the table says of it, and how it is made.

    `rows` are the rows of the table that let something pass; none where nothing may. What is
    `near` differs in little from what may pass, or from what anybody honest would say; of what
    `asks` the same, one is always tried.
    """

    family: str
    role: str
    axes: tuple[str, ...]
    expected: Verdict
    rows: tuple[str, ...]
    make: Callable[[Arena], Attempt | None]
    near: bool = False
    asks: str = ""

    @property
    def number(self) -> int:
        return crc32("|".join((self.family, self.role, *self.axes)).encode())

    def __str__(self) -> str:
        return f"{self.family}: {self.role}: {', '.join(self.axes)}"


class Sample(NamedTuple):
    """The cases of a family that are tried, and the rows of the table that any of it reaches."""

    cases: list[Case]
    rows: set[str]


class Shares(NamedTuple):
    """One in how many is tried: of what nobody may, of what is near to it, of what somebody may."""

    forbidden: int = 1
    near: int = 1
    allowed: int = 1


def sample(cases: Iterable[Case], shares: Shares) -> Sample:
    """Choose cases: all in a full run, else one in so many, and the first of every row."""
    chosen, rows, asked = [], set[str](), {""}
    for case in cases:
        refused = shares.near if case.near else shares.forbidden
        share = refused if case.expected == NO else shares.allowed
        is_new = not rows.issuperset(case.rows) or case.asks not in asked
        if FULL or is_new or case.number % share == 0:
            chosen.append(case)
        rows.update(case.rows)
        asked.add(case.asks)
    return Sample(chosen, rows)


@dataclass
class Findings:
    """What a sweep found.

    Attributes:
        tried: Cases by family and role.
        passed: Rows of the table of which something passed as it says.
        wrong: Cases that were taken otherwise than the table says.
        holes: Those of them of which something passed that may not.
    """

    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    passed: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    holes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = [f"{family}, {role}: {n}" for (family, role), n in sorted(self.tried.items())]
        few = self.wrong[:20]
        more = f"… and {len(self.wrong) - len(few)} more" if len(self.wrong) > len(few) else ""
        return "\n".join([*few, more, f"{sum(self.tried.values())} cases:", *counts])


def sweep(arena: Arena, cases: Iterable[Case], *, most: int = 1_000) -> Findings:
    """Try cases; tell which were not taken as the table says, until there are many holes."""
    findings = Findings()
    for case in cases:
        if len(findings.holes) >= most:
            break
        attempt = case.make(arena)
        if attempt is None:
            continue  # nobody can make that one
        findings.tried[case.family, case.role] += 1
        found = try_one(arena, case, attempt)
        wrong = [
            f"{name}: {told or 'accepted'}"
            for name, told in found.items()
            if (told == "") != getattr(case.expected, name) or told.startswith("CRASH")
        ]
        if wrong:
            told = f"{case}\n    expected {_words(case.expected)}; {'; '.join(wrong)}"
            findings.wrong.append(told)
            findings.holes += [told] if any(one.endswith(": accepted") for one in wrong) else []
        elif case.expected != NO:
            findings.passed.update(case.rows)
    return findings


def try_one(arena: Arena, case: Case, attempt: Attempt) -> dict[str, str]:
    """Return how service and readers take an attempt: empty, or why they refuse."""
    found: dict[str, str] = {}
    if attempt.request is not None:
        person = arena.person(case.role)
        with arena.taken_back():
            found["service"] = outcome(lambda: _asked(arena, attempt, person))
    if attempt.put is None:
        return found
    looks = case.expected != NO or not (case.number >> 16) % _EACH_READER
    readers = arena.readers(attempt.witness, keeper=attempt.keeper)
    if attempt.at_work and looks:
        readers["remembering"] = arena.at_work(attempt.witness)
    with arena.taken_back():
        malformed = outcome(lambda: attempt.put and attempt.put(arena.file))
        for name, open_one in readers.items():
            if found.get("fresh") and not looks:
                continue
            with arena.taken_back():
                found[name] = malformed or outcome(lambda: attempt.believed(open_one()))  # noqa: B023
    return found


def _asked(arena: Arena, attempt: Attempt, person: Person) -> None:
    """Ask the service.

    Raises:
        StrongroomError: It refuses, or answers with nothing.
    """
    assert attempt.request is not None
    answer = arena.serve(attempt.request, person)
    if not attempt.answered(answer):
        message = "the answer is empty"
        raise NotFoundError(message)


def _words(expected: Verdict) -> str:
    names = [name for name in expected._fields if getattr(expected, name)]
    return f"accepted by {', '.join(names)}" if names else "refused by all"
