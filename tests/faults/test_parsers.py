"""Every parser is fuzzed: whatever it is given, a value or an error of ours comes out.

The parsers are found by their names, so a new one without a target fails the
first test. Inputs that reach new lines are kept and changed further
(support/faults_fuzz.py); large inputs are bounded in time and memory. Signed
bodies are changed part by part besides, from the strategies that the tests of
`wire` use, and what is accepted must have one encoding.

`STRONGROOM_FAULTS=full` runs fifty times as many inputs.
"""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings, target
from hypothesis import strategies as st

from strongroom.errors import StrongroomError
from strongroom.pae import pae, parse_pae
from strongroom.wire.access import parse_access
from strongroom.wire.entries import parse_entry
from strongroom.wire.heads import parse_head
from strongroom.wire.revisions import parse_revision
from strongroom.wire.roots import parse_root
from support import faults_parsers as known
from support.bodies import ACCESS_RECORDS, ENTRIES, HEADS, REVISIONS, ROOTS
from support.faults_fuzz import WORDS, Report, Target, bombs, fuzz, judge, measure

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
RUNS = 50_000 if FULL else 1_000
SEED = 20_261_120
# Larger than anything but a details document; what a request or a file may hold is bounded before.
BOMB_BYTES = 128 * 1024 if FULL else 8 * 1024
# Linear parsers take milliseconds; one that is quadratic takes seconds.
SECONDS_MAX = 2.0 if FULL else 0.5
# A node of JSON, a part of a list, and a text that is percent-encoded byte by byte cost less.
BYTES_PER_BYTE_MAX = 1_000
BYTES_MIN = 4 * 1024 * 1024  # what a first call may load


@pytest.fixture(scope="module")
def all_targets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Target]:
    """What is fuzzed, with a folder for the parsers of files."""
    return known.targets(tmp_path_factory.mktemp("files"))


def missing(found: set[str], all_targets: dict[str, Target]) -> set[str]:
    """Return the parsers that nothing reaches."""
    reached = set(all_targets) | {name for one in all_targets.values() for name in one.covers}
    return found - reached - set(known.NOT_PARSERS)


def test_every_parser_has_a_target(all_targets: dict[str, Target]) -> None:
    """No function named as a parser is without inputs that try it, and no target without one."""
    found = set(known.parsers())
    assert missing(found, all_targets) == set()
    assert {name for one in all_targets.values() for name in one.covers} <= found
    assert set(known.NOT_PARSERS) <= found


def test_the_census_notices_a_new_parser(all_targets: dict[str, Target]) -> None:
    """MUTANT: a parser that nobody gave a target to is named, in a class as well."""
    module = types.ModuleType("strongroom.new")
    source = "def parse_new(raw): ...\nclass New:\n    @classmethod\n    def _decode(cls, raw): ..."
    exec(source, module.__dict__)
    found = known.parsers_of(module)
    assert missing(set(found), all_targets) == {"new.parse_new", "new.New._decode"}


def files_of(name: str, one: Target) -> frozenset[str]:
    """Return the files whose lines guide the fuzzing of a target."""
    files = {module_of(f"strongroom.{place}").__file__ for place in (name, *one.covers)}
    return frozenset(file for file in files if file is not None)


def module_of(place: str) -> types.ModuleType:
    """Return the module in which a function or a method stands."""
    while place not in sys.modules:
        place = place.rpartition(".")[0]
    return sys.modules[place]


def fuzzed(name: str, one: Target) -> Report:
    return fuzz(one, files_of(name, one), runs=RUNS // one.cost, seed=SEED)


def test_parsers_raise_nothing_else(all_targets: dict[str, Target]) -> None:
    """Whatever bytes or text a parser is given, a value or one of our errors comes out."""
    findings, unreached = [], []
    for name, one in all_targets.items():
        report = fuzzed(name, one)
        findings += [f"{name}: {finding}" for finding in report.findings[:3]]
        private = {
            f"strongroom.{place}".removeprefix(f"{module_of(f'strongroom.{place}').__name__}.")
            for place in (*one.covers, name)
        }
        unreached += [f"{name}: {place}" for place in private - report.functions]
        print(f"{name}: {report.runs} runs, {report.accepted} accepted, {report.kept} kept")
        assert report.accepted >= 1, name
    assert findings == []
    assert unreached == []


def test_the_fuzzer_finds_an_untyped_exception() -> None:
    """MUTANT: a parser that trusts a length behind two magic bytes is found out, by its lines."""
    files = frozenset({known.__file__})
    blind = fuzz(known.CARELESS, frozenset(), runs=RUNS, seed=SEED)
    guided = fuzz(known.CARELESS, files, runs=max(RUNS, 300), seed=SEED)
    assert any("IndexError" in finding for finding in guided.findings)
    assert guided.kept >= 1
    assert blind.kept == 0


def test_the_fuzzer_finds_an_untyped_exception_in_a_parser_of_ours(
    all_targets: dict[str, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: where an error of the library is not caught, the run names it and its input."""
    from strongroom.crypto import tokens

    monkeypatch.setattr(tokens, "_refusal", lambda *_, **__: LookupError("not typed"))
    report = fuzzed("crypto.tokens.parse_token", all_targets["crypto.tokens.parse_token"])
    assert any("LookupError" in finding for finding in report.findings)


# -- time and memory -------------------------------------------------------------------------


def too_much(
    name: str, one: Target, size: int, *, seconds_max: float = SECONDS_MAX
) -> Iterator[str]:
    """Return the large inputs on which a parser spends too much."""
    report = Report()
    for number, bomb in enumerate(bombs(one, size)):
        seconds, peak = measure(one, bomb, report)
        if seconds > seconds_max or peak > BYTES_MIN + BYTES_PER_BYTE_MAX * len(bomb):
            start = bomb[:20]
            yield f"{name}, bomb {number} {start!r}: {seconds:.1f} s, {peak:,} bytes"
    yield from (f"{name}: {finding}" for finding in report.findings)


def test_large_inputs_take_little(all_targets: dict[str, Target]) -> None:
    """No input makes a parser spend time or memory out of proportion to its length."""
    findings = []
    for name, one in all_targets.items():
        findings += too_much(name, one, BOMB_BYTES)
    assert findings == []


def test_large_inputs_find_a_slow_and_a_greedy_parser() -> None:
    """MUTANT: a quadratic parser and one that allocates what a length says are found out."""
    assert " s, " in next(too_much("slow", known.SLOW, 4 * 1024, seconds_max=0.02))
    assert " bytes" in next(too_much("greedy", known.GREEDY, 4096))


# -- signed bodies -----------------------------------------------------------------------------

BODIES = {
    "roots": (ROOTS, parse_root),
    "heads": (HEADS, parse_head),
    "entries": (ENTRIES, parse_entry),
    "access records": (ACCESS_RECORDS, parse_access),
    "revisions": (REVISIONS, parse_revision),
}
CHANGED_PARTS = (
    st.binary(max_size=40)
    | st.sampled_from([0, 8, 16, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
    | st.sampled_from(WORDS).map(lambda word: word.to_bytes(8, "little"))
)


ALL = tuple(Phase)
ACTIONS = ("replace", "append", "drop", "double", "swap")


def changed_body(data: st.DataObject, parts: list[bytes]) -> bytes:
    """Draw a body of which some parts are replaced, added, dropped or moved."""
    for _ in range(data.draw(st.integers(1, 3), label="changes")):
        place = data.draw(st.integers(0, max(0, len(parts) - 1)), label="place")
        action = data.draw(st.sampled_from(ACTIONS), label="action")
        if action == "replace":
            parts[place : place + 1] = [data.draw(CHANGED_PARTS)]
        elif action == "drop":
            del parts[place : place + 1]
        elif action == "append":
            parts.append(data.draw(CHANGED_PARTS))
        elif action == "double":
            parts[place:place] = parts[place : place + 1]
        else:
            parts[place : place + 2] = reversed(parts[place : place + 2])
    return pae(*parts)


def check_body(body: bytes, parse: Callable[[bytes], Any]) -> bool:
    """Parse a body; return whether it was accepted, in its one encoding."""
    try:
        parsed = parse(body)
    except StrongroomError as error:
        if (type(error).__name__, error.layer) != ("IntegrityError", "form"):
            raise AssertionError(error) from error
        return False
    assert parsed.encode() == body
    return True


@pytest.mark.parametrize(("strategy", "parse"), BODIES.values(), ids=BODIES.keys())
def test_changed_bodies(strategy: Any, parse: Callable[[bytes], Any]) -> None:
    """A signed body with parts changed is refused for its form, or is its own encoding."""
    check_bodies(strategy, parse, 3_000 if FULL else 100)


def check_bodies(
    strategy: Any, parse: Callable[[bytes], Any], examples: int, phases: tuple[Phase, ...] = ALL
) -> None:
    @settings(
        max_examples=examples,
        phases=phases,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy, st.data())
    def changed(body: Any, data: st.DataObject) -> None:
        parts = parse_pae(body.encode())
        raw = changed_body(data, list(parts))
        accepted = check_body(raw, parse)
        target(float(accepted and raw != body.encode()), label="accepted although changed")

    changed()


def test_changed_bodies_catch_a_reader_that_passes_parts_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """MUTANT: a reader that ignores bytes behind the last part is found by its second encoding."""
    from strongroom.wire.bodies import BodyReader

    monkeypatch.setattr(BodyReader, "end", lambda _self: None)
    with pytest.raises(AssertionError):
        check_bodies(*BODIES["heads"], 1_000, (Phase.generate,))


def test_judge_counts(tmp_path: Path) -> None:
    """A promised exception of another kind is no finding; any other is."""
    report, one = Report(), Target(bytes.fromhex, ["00"], allowed=(ValueError, "promised"))
    judge(one, "zz", report)
    assert (report.runs, report.accepted, report.findings) == (1, 0, [])
    judge(Target(lambda _: tmp_path / 1, ["00"]), "00", report)
    assert len(report.findings) == 1
