"""Each call of a command for local files, or to a database, fails once, in each way.

As test_store_calls.py, on a computer with local files, backups and exports.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

import pytest

from strongroom.errors import LocalFileError
from support.anomalies.commands import COMMANDS
from support.anomalies.computer import OLD, Computer, ComputerSubject, make_computer
from support.anomalies.gate import GATE, NO_ROOM_ANY_MORE
from support.anomalies.loop import Case, walk

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
TRIES = None if FULL else 8


@pytest.fixture(scope="module")
def computer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComputerSubject]:
    """A computer, whose files are put back for each try."""
    with pytest.MonkeyPatch.context() as patch:
        made = make_computer(tmp_path_factory.mktemp("computer"))
        yield ComputerSubject(made, tmp_path_factory.mktemp("copies"), patch)


@pytest.mark.parametrize("case", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_failing_call_of_a_command(case: Case[Computer], computer: ComputerSubject) -> None:
    """Whichever call fails: a typed error, whole files, nothing lost that was there, and on."""
    found = walk(computer, case, tries=TRIES)
    print(f"{case.name}: {found.tried} calls failed; said: {found.said}")
    assert found.found == []
    assert found.tried >= (TRIES or len(case.name))


def test_signing_in_on_a_full_disk(computer: ComputerSubject) -> None:
    """Where no file can be written, signing in says so; no session is lost and none is left."""
    scene = computer.fresh()
    before, scene.session = computer.look(scene), ""
    told = []
    for nth in count(1):
        with GATE.armed(NO_ROOM_ANY_MORE, nth):
            told.append(refusal(partial(scene.op, "signin", "--raw", given=OLD)))
        if nth > len(GATE.calls):
            break
        if GATE.failed:
            assert computer.look(scene) == before
            assert computer.rests(scene) == []
        scene = computer.fresh()
        scene.session = ""
    refused = [one for one in told if one is not None]
    assert len(refused) >= 3
    for one in refused:
        assert "no space left on device" in one.message
        assert one.hint == "free space and try again"


def refusal(work: Callable[[], object]) -> LocalFileError | None:
    """Return how something was refused by the disk."""
    try:
        work()
    except LocalFileError as error:
        return error
    return None


def test_a_session_is_used_on_a_full_disk(computer: ComputerSubject) -> None:
    """Who cannot note the use of a session may read all the same; it ends earlier then."""
    scene = computer.fresh()
    scene.now_ms += 60 * 1000
    kept = {one.name: one.read_bytes() for one in scene.home.path.iterdir()}
    with GATE.armed(NO_ROOM_ANY_MORE, 1):
        GATE.failed.append("nothing yet")  # from the first call on that can fail so
        assert scene.op("read", "op://work/one/a") == "b\n"
    assert "create" in GATE.failed
    assert {one.name: one.read_bytes() for one in scene.home.path.iterdir()} == kept
