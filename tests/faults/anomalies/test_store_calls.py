"""Each call of each use case to the store fails once, in each way in which it can.

`support.anomalies.loop` says what is looked at, and how another store joins.
What stands below a statement, each call of SQLite to the operating system, is
walked by tests/faults/test_disk.py.

`STRONGROOM_FAULTS=full` lets every call fail in every way; otherwise it is a few
of each use case, and the last commit.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.anomalies.cases import CASES
from support.anomalies.engines import Scene, Stage
from support.anomalies.gate import GATE
from support.anomalies.loop import Case, Subject, course_of, walk
from support.anomalies.subjects import SUBJECTS

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
TRIES = None if FULL else 4


@pytest.fixture(params=SUBJECTS)
def subject(
    request: pytest.FixtureRequest, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Subject[Scene]]:
    """One way in which an account is kept."""
    made = SUBJECTS[request.param](stage, tmp_path, monkeypatch)
    yield made
    made.close()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_failing_call_of_the_store(case: Case[Scene], subject: Subject[Scene]) -> None:
    """Whichever call fails: a typed error, all or nothing, nothing acknowledged lost, and on."""
    found = walk(subject, case, tries=TRIES)
    print(f"{case.name}: {found.tried} calls failed; said: {found.said}")
    assert found.found == []
    assert found.tried >= (TRIES or len(case.name))


KILLED = ("create an item with a file", "move an item", "remove a user")


@pytest.mark.parametrize("case", KILLED)
def test_a_killed_process(case: str, subject: Subject[Scene]) -> None:
    """A genuine process that is killed at a call leaves what was copied of an untouched one."""
    course = course_of(subject, CASES[case])
    calls = len(course.calls)
    for nth in range(1, calls + 1, 1 if FULL else calls // 6):
        scene = subject.fresh()
        assert kill_at(CASES[case], scene, nth), f"call {nth} of {calls} was not reached"
        assert subject.look(scene) in course.states


def kill_at(case: Case[Scene], scene: Scene, nth: int) -> bool:
    """Do a use case in a process of its own, which is killed at a call; tell whether it was."""
    held = case.hold(scene)
    pid = os.fork()
    if pid == 0:

        def die() -> None:
            if len(GATE.calls) == nth:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            with GATE.armed(look=die):
                case.run(scene, held)
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)
