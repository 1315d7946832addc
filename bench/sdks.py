"""The official SDKs on our core: beside the stock one, and beside the least that a core can do."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from bench.fixtures import Fixture, Fixtures
from bench.report import Row, alternate, compare
from support.cores import serving
from support.go_programs import build
from support.javascript import PROGRAMS, REGISTER, find_node, install

_PYTHON = Path(".venv-official/bin/python").absolute()
_MEASURE_PYTHON = PROGRAMS.parent / "measure.py"
_REQUIRE = 'require("@1password/sdk")'


@dataclass(frozen=True, eq=False)
class _Place:
    """A core that serves, a folder for Node programs, and what programs find in their variables."""

    core: str
    folder: Path
    variables: dict[str, str]
    rounds: int

    def run(self, *command: str | Path, register: bool = False) -> str:
        """Run a program to its end, and return what it prints."""
        options = {"NODE_OPTIONS": f"--require {json.dumps(str(REGISTER))}"} if register else {}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.variables | options,
            stdout=subprocess.PIPE,
            check=True,
        )
        return done.stdout.decode()


def rows(fixtures: Fixtures, *, rounds: int, only: str) -> Iterator[Row]:
    """Measure loading, first answers, calls side by side, and round trips."""
    wanted = [name for name in _ROWS if only in name]
    if not wanted:
        return
    with ExitStack() as stack:
        # A private folder with a short path, as a socket needs it.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        place = _make_place(fixtures.document(), folder, stack, rounds)
        for name in wanted:
            yield _ROWS[name](place, name)


def _make_place(fixture: Fixture, folder: Path, stack: ExitStack, rounds: int) -> _Place:
    core = stack.enter_context(serving(folder, {}))
    (folder / "node_modules").symlink_to(install())
    (folder / "measure.mjs").write_bytes((PROGRAMS / "measure.mjs").read_bytes())
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "OP_SERVICE_ACCOUNT_TOKEN": fixture.token,
        "STRONGROOM_CORE": core,
    }
    return _Place(core, folder, variables, rounds)


def _require(place: _Place, name: str) -> Row:
    """Measure whole processes that load the SDK and end."""
    node = find_node().program
    both = [partial(place.run, node, "-e", _REQUIRE, register=one) for one in (True, False)]
    alternate(*both, rounds=1)  # warms the page cache
    return compare(name, *alternate(*both, rounds=place.rounds), 0.65)


@cache  # two rows tell of them, and the stock core takes seconds for each
def _first_answers(place: _Place) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Return seconds and KiB of Go programs up to their end after one answer: ours, stock."""
    found: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for number in range(place.rounds + 1):
        for kept, official in zip(found, (False, True), strict=True):
            program = build("measure", official=official)
            begun = time.perf_counter()
            peak = int(place.run(program, "first"))
            if number:
                kept.append((time.perf_counter() - begun, peak))
    return found


def _first(place: _Place, name: str) -> Row:
    ours, stock = _first_answers(place)
    return compare(name, [one for one, _ in ours], [one for one, _ in stock], 0.02)


def _memory(place: _Place, name: str) -> Row:
    ours, stock = _first_answers(place)
    return compare(name, [one for _, one in ours], [one for _, one in stock], 0.15)


def _side_by_side(word: str) -> Callable[[_Place, str], Row]:
    """Return what measures a pair of times that one Go program takes in each round."""

    def measure(place: _Place, name: str) -> Row:
        program = build("measure", official=False)
        pairs = [json.loads(place.run(program, word)) for _ in range(place.rounds)]
        ours, theirs = ([one[key] for one in pairs] for key in ("ours", "theirs"))
        return compare(name, ours, theirs, 1.0)

    return measure


def _warm(command: Callable[[_Place], list[str | Path]]) -> Callable[[_Place, str], Row]:
    """Return what measures one program that resolves, in turn with the least that can be asked."""

    def measure(place: _Place, name: str) -> Row:
        found = json.loads(place.run(*command(place), register=True))
        return compare(name, found["ours"], found["theirs"], 3.0)

    return measure


_ROWS: dict[str, Callable[[_Place, str], Row]] = {
    f"Node, {_REQUIRE} on our core / stock": _require,
    "Go, start to first answer of a running core / stock": _first,
    "Go, memory at its first answer / stock": _memory,
    "Go, 64 parallel resolves / 64 in sequence": _side_by_side("parallel"),
    "Go, 64 resolves while 30 MB are read / the reading": _side_by_side("beside"),
    "Node, warm resolve on a socket / bare round trip": _warm(
        lambda _: [find_node().program, "measure.mjs"]
    ),
    "Go, warm resolve on a socket / bare round trip": _warm(
        lambda _: [build("measure", official=False), "warm"]
    ),
    "Python, warm resolve on a socket / bare round trip": _warm(
        lambda place: [_PYTHON, _MEASURE_PYTHON, place.core]
    ),
}
