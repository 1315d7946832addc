"""The loop: the n-th call of a use case fails, for n = 1, 2, 3 … until it passes untouched.

SQLite's own method (https://www.sqlite.org/testing.html, "Anomaly Testing"), for
each use case on each subject. A *subject* is one way in which an account is
kept: how a fresh one is had, what can fail beneath it (`gate`), and how a new
process sees it. After each failure:

1. A new process sees the account as before the use case, or as after it. A use
   case of several steps may stop between two of them, and says why that is well.
2. What was acknowledged is there.
3. What was not is told by a typed error, without a text of the driver. Once the
   use case is stored, nothing that follows makes it fail, unless a repeat does no
   harm: whoever is told of a failure repeats it. What stands beneath may fail to
   say that it has stored everything.
4. The same process does the use case again, with the answer that whoever does it
   twice gets.
5. Who remembers all that was seen sees no rollback, and what is kept is whole.
6. Nothing is left beside it.

A process that is killed at a call leaves what lies there before it, so an untouched
run gives all of these states at once; some genuine ones are killed beside it.

How another store joins: a class with the attributes of `Subject`, in the table
SUBJECTS of `subjects`, and a seam that passes its driver's calls through `GATE`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar
from zlib import crc32

from strongroom.errors import StrongroomError
from support.anomalies.gate import (
    CANARY,
    DEAD,
    DONE_AND_DENIED,
    GATE,
    NO_ROOM,
    ONE_ERROR,
    Call,
    Failure,
)

S = TypeVar("S")

# In the text of an error that says itself that the use case was done.
DONE = "the account did what was asked"

# What a new process sees: plain values by what they are of.
State = dict[str, Any]


class Subject(Protocol[S]):
    """One way in which an account is kept."""

    # Calls that may fail to say that they have stored everything, and those that take back.
    stores: frozenset[str]
    removes: frozenset[str]

    def fresh(self) -> S:
        """Return a scene on an account of its own, always the same; the one before is closed."""

    def look(self, scene: S) -> State:
        """Return what a new process sees that remembers what the scene's has seen.

        Raises:
            Exception: It sees a rollback, or damage.
        """

    def stamp(self, scene: S) -> object:
        """Return what is equal while nothing that is kept has changed."""

    def keep(self, scene: S) -> None:
        """Copy what a process would leave that is killed just now, unless that was copied."""

    def left(self) -> list[State]:
        """Return what new processes see of the copies, in their order."""

    def rests(self, scene: S) -> list[str]:
        """Return what lies beside it after the scene's process has ended."""


@dataclass(frozen=True)
class Case(Generic[S]):
    """One use case.

    Attributes:
        run: Does it; given what `hold` returned.
        hold: What is at hand before it begins, and no part of what can fail.
        between: Why it is well that it can stop between two steps; else it never does.
        unsaid: Why it may fail although it was stored.
        settled: Leaves out of a state what an attempt may leave that was undone.
    """

    name: str
    run: Callable[[S, Any], object]
    hold: Callable[[S], Any] = lambda _scene: None
    between: str = ""
    unsaid: str = ""
    settled: Callable[[State], State] = lambda state: state


@dataclass
class Course:
    """What an untouched run goes through."""

    calls: list[Call]
    states: list[State]  # first before, last after
    # The outcome of a second run, and what is seen then.
    again: str
    twice: State


@dataclass
class Findings:
    """What must not be, and how much was tried."""

    tried: int = 0
    said: dict[str, int] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)


def outcome_of(work: Callable[[], object]) -> tuple[str, str]:
    """Do something; return the name of its error, empty if there is none, and what it says."""
    try:
        work()
    except StrongroomError as error:
        # The root class stands for a fault of our own.
        bare = type(error) is StrongroomError
        return ("untyped: " if bare else "") + type(error).__name__, f"{error} {error.hint}"
    except Exception as error:  # noqa: BLE001  (that it has no type of ours is the finding)
        return f"untyped: {type(error).__name__}", str(error)
    return "", ""


def course_of(subject: Subject[S], case: Case[S]) -> Course:
    """Run a use case untouched, and see what lies there before each of its calls."""
    before = case.settled(subject.look(subject.fresh()))
    # Looking may write, so what is done is done on a scene that nobody has looked at.
    scene = subject.fresh()
    held = case.hold(scene)
    with GATE.armed(look=lambda: subject.keep(scene)):
        case.run(scene, held)
    calls = GATE.calls
    after = case.settled(subject.look(scene))
    again, _ = outcome_of(lambda: case.run(scene, held))
    twice = case.settled(subject.look(scene))
    states = [before]
    for state in (*map(case.settled, subject.left()), after):
        if state != states[-1]:
            states.append(state)
    return Course(calls, states, again, twice)


def walk(
    subject: Subject[S],
    case: Case[S],
    *,
    tries: int | None = None,
    only: Callable[[Failure, str], bool] = lambda _failure, _name: True,
) -> Findings:
    """Let each call of a use case fail in each way, and judge what is left.

    Args:
        tries: How many are tried, all over the use case; without it, all.
        only: Which ways of which calls are tried at all.
    """
    findings = Findings()
    try:
        course = course_of(subject, case)
    except Exception as error:  # noqa: BLE001  (that is the finding)
        findings.found.append(f"{case.name}, killed: {type(error).__name__}: {error}")
        return findings
    if len(course.states) > 2 and not case.between:
        findings.found.append(f"{case.name}, killed: leaves something in between: {_steps(course)}")
    for failure, nth in _places(course, case.name, subject.stores, tries, only):
        _Try(subject, case, course, findings).run(failure, nth)
    return findings


def _steps(course: Course) -> list[dict[str, object]]:
    first = course.states[0]
    return [_unlike(state, first) for state in course.states[1:]]


def _places(
    course: Course,
    name: str,
    stores: frozenset[str],
    tries: int | None,
    only: Callable[[Failure, str], bool],
) -> list[tuple[Failure, int]]:
    """Return which calls fail and how: all that can, or some, and the last that stores."""
    numbered = list(enumerate(course.calls, start=1))
    places = [
        (failure, nth)
        for nth, call in numbered
        for failure in call.ways
        if only(failure, call.name)
    ]
    if tries is None:
        # The same use case takes some calls more or less; past its end it passes untouched.
        return places + [(ONE_ERROR, len(numbered) + more) for more in (1, 2)]
    stride = max(1, len(places) // tries)
    # Another part of each use case.
    chosen = places[crc32(name.encode()) % stride :: stride]
    last = [nth for nth, call in numbered if call.name in stores][-1:]
    ways = (NO_ROOM, DONE_AND_DENIED)
    ends = [(failure, nth) for nth in last for failure in ways if (failure, nth) in places]
    return chosen + [one for one in ends if one not in chosen]


class _Try(Generic[S]):
    """One run of a use case in which a call fails."""

    def __init__(
        self, subject: Subject[S], case: Case[S], course: Course, findings: Findings
    ) -> None:
        self._subject, self._case = subject, case
        self._course, self._findings = course, findings
        self._where, self._failure = case.name, NO_ROOM

    def run(self, failure: Failure, nth: int) -> None:
        """Let the call fail, judge what was said and what is there, and do it again."""
        subject, case, findings = self._subject, self._case, self._findings
        self._failure = failure
        scene = subject.fresh()
        held, stamp = case.hold(scene), subject.stamp(scene)
        with GATE.armed(failure, nth):
            said, text = outcome_of(lambda: case.run(scene, held))
        if not GATE.failed:
            if said:
                self._find(f"untouched, says {said}: {text}")
            return
        self._where = f"{case.name}, {failure.name} at call {nth} ({GATE.failed[0]})"
        findings.tried += 1
        findings.said[said] = findings.said.get(said, 0) + 1
        if said.startswith("untyped") or CANARY in text:
            self._find(f"says {said}: {text}")
        state: State | None = self._course.states[0]
        if not said or subject.stamp(scene) != stamp:
            state = self._look(scene)
        if state is not None:
            self._judge(state, said=said, text=text)
            self._go_on(state, scene, held)
        # What cannot be removed stays.
        can_remove = failure != DEAD and not subject.removes & set(GATE.failed)
        if (rests := subject.rests(scene)) and can_remove:
            self._find(f"left {rests}")

    def _find(self, what: str) -> None:
        self._findings.found.append(f"{self._where}: {what}")

    def _look(self, scene: S) -> State | None:
        try:
            return self._case.settled(self._subject.look(scene))
        except Exception as error:  # noqa: BLE001  (that is the finding)
            self._find(f"a new process says {type(error).__name__}: {error}")
            return None

    def _judge(self, state: State, *, said: str, text: str) -> None:
        """Compare what was said with what a new process sees."""
        course, before, after = self._course, self._course.states[0], self._course.states[-1]
        if not said and state != after:
            self._find(f"was acknowledged, and is not there: {_unlike(state, after)}")
        elif state not in course.states:
            self._find(f"is something in between: {_unlike(state, before)}")
        elif state == after != before and said and DONE not in text and not self._may_deny():
            self._find(f"was stored, and then said {said}")

    def _may_deny(self) -> bool:
        """Tell whether an error is well where everything was stored."""
        course = self._course
        is_harmless = not course.again and course.twice == course.states[-1]
        # What was stored cannot be taken back on a dead disk.
        is_dead = bool(self._subject.removes) and self._failure == DEAD
        stores = self._subject.stores | self._subject.removes
        is_unknown = bool(stores & set(GATE.failed))
        return is_harmless or is_unknown or is_dead or bool(self._case.unsaid)

    def _go_on(self, state: State, scene: S, held: Any) -> None:
        """Do it again in the same process, where nothing fails any more."""
        course = self._course
        again, text = outcome_of(lambda: self._case.run(scene, held))
        if state == course.states[0]:
            expected, end = "", course.states[-1]
        elif state == course.states[-1]:
            expected, end = course.again, course.twice
        else:
            return
        if again != expected:
            self._find(f"does not go on, but says {again}: {text}")
        elif (seen := self._look(scene)) is not None and seen != end:
            self._find(f"is something else when it was done again: {_unlike(seen, end)}")


def _unlike(found: State, expected: State) -> dict[str, object]:
    """Return what is other than expected."""
    return {key: value for key, value in found.items() if expected[key] != value}
