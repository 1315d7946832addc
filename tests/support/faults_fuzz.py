"""A small coverage-guided fuzzer: inputs that reach new lines are kept and changed further.

It traces the lines of the modules under test with `sys.settrace`, and nothing
else, so that a run of some hundred inputs takes a fraction of a second. All
choices come from a seed.
"""

from __future__ import annotations

import contextlib
import json
import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from strongroom.errors import StrongroomError
from strongroom.pae import parse_pae

Input = str | bytes
INPUT_MAX = 4096  # mutated inputs; the large ones are made on purpose (`bombs`)
WORDS = (0, 1, 2, 3, 4, 255, 2**31, 2**32, 2**53 - 1, 2**53, 2**63, 2**64 - 1)

# What parsers of texts are known to stumble over.
TEXTS = (
    *("", " ", "\0", "\n", "\r\n", "\t", "-", "--", "_", ".", "..", ":", "::", ",", ";", "#"),
    *("=", "==", "[", "]", "{", "}", "()", "<>", "\\", "\\\\", "/", "//", "?", "??", "&", "%"),
    *("%2F", "%00", "%", "+", "*", '"', "'", "`", "$", "${", "}", "a", "A", "0", "1", "9" * 20),
    *("-1", "1e999", "1E5", "0x10", "1_000", "NaN", "Infinity", "null", "true", "[]", "{}"),
    *("\ud800", "\udfff", "\u0660", "\uff11", "\u0410", "\u212a", "\u017f", "\u0130", "\u0307"),
    *("\u200b", "\u2028", "\x85", "\x1c", "\U0001f511", "\ufeff", "e\u0301", "\ufdfa"),
    *("op://", "ops_", "file://", "otpauth://totp/", "https://", "delete", "password", "2026-01"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**53, 2**64, -(2**70), 0.5, 1e308, float("inf")),
    *(float("nan"), "", "\ud800", "x", [], {}, [[]], {"": {}}, [None] * 3),
)


@dataclass
class Target:
    """One parser and what it is fed.

    Attributes:
        call: Hands an input in. Private parsers are reached through the public
            door that promises their errors.
        seeds: Inputs to begin with; the first is accepted.
        covers: Private parsers that `call` must reach.
        views: Ways to look into an input, each with the way back: what is
            sealed, signed or encoded is changed inside.
        allowed: Exceptions besides ours that are promised, and why.
        cost: How many plain calls one call is worth; one that writes a file is worth ten.
    """

    call: Callable[[Any], Any]
    seeds: Sequence[Input]
    covers: tuple[str, ...] = ()
    views: tuple[tuple[Callable[[Any], Input], Callable[[Any], Input]], ...] = ()
    allowed: tuple[type[Exception], str] | None = None
    cost: int = 1


@dataclass
class Report:
    """What a run found."""

    runs: int = 0
    accepted: int = 0
    lines: set[tuple[str, int]] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    kept: int = 0
    findings: list[str] = field(default_factory=list)


@contextmanager
def traced(files: frozenset[str], report: Report) -> Iterator[set[tuple[str, int]]]:
    """Collect the lines that run in these files."""
    lines: set[tuple[str, int]] = set()

    def line(frame: FrameType, event: str, _arg: object) -> Any:
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return line

    def call(frame: FrameType, _event: str, _arg: object) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        report.functions.add(frame.f_code.co_qualname)
        return line

    before = sys.gettrace()
    sys.settrace(call)
    try:
        yield lines
    finally:
        sys.settrace(before)


def judge(target: Target, given: Input, report: Report) -> None:
    """Hand one input in; note it if what comes out is neither a value nor ours."""
    report.runs += 1
    try:
        target.call(given)
    except StrongroomError as error:
        if type(error) is StrongroomError:
            report.findings.append(f"an error without a kind for {shown(given)}")
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  (a panic of the library is no Exception)
        if target.allowed is None or not isinstance(error, target.allowed[0]):
            report.findings.append(f"{type(error).__name__}: {error} for {shown(given)}")
    else:
        report.accepted += 1


def shown(given: Input) -> str:
    """Return an input as a finding tells it."""
    return repr(given) if len(given) < 300 else f"{given[:100]!r} … ({len(given)})"


def fuzz(target: Target, files: frozenset[str], *, runs: int, seed: int) -> Report:
    """Feed a parser changed inputs; those that reach new lines are changed further."""
    rng, report = random.Random(seed), Report()
    corpus: list[Input] = list(target.seeds)
    with traced(files, report) as lines:
        for given in (*corpus, *battery(target)):
            judge(target, given, report)
        report.lines |= lines
        runs += report.runs
        while report.runs < runs:
            given = mutate(rng, target, rng.choice(corpus))
            judge(target, given, report)
            if not lines <= report.lines:
                report.lines |= lines
                report.kept += 1
                corpus.append(given)
    return report


def battery(target: Target) -> Iterator[Input]:
    """Return what no chance may miss: false UTF-8, each value at each place of a document."""
    same = (lambda given: given, lambda given: given)
    for given in target.seeds:
        for unpack, pack in {same, *target.views}:
            inner = unpack(given)
            if isinstance(inner, bytes):
                places = range(0, len(inner) + 1, max(1, len(inner) // 8))
                yield from (pack(inner[:at] + b"\xff" + inner[at:]) for at in places)
            for document in _with_each_change(_document(inner)):
                # Half of a character has no bytes, so no token can hold it.
                with contextlib.suppress(UnicodeEncodeError):
                    yield pack(_dumped(document, inner))


def _document(given: Input) -> Any:
    try:
        return json.loads(given)
    except ValueError:
        return None


def _with_each_change(document: Any) -> Iterator[Any]:
    yield from VALUES
    if isinstance(document, dict):
        for key, value in document.items():
            yield {name: inner for name, inner in document.items() if name != key}
            yield from (document | {key: changed} for changed in _with_each_change(value))
    elif isinstance(document, list):
        for place, value in enumerate(document):
            for changed in _with_each_change(value):
                yield [*document[:place], changed, *document[place + 1 :]]


def _dumped(document: Any, like: Input) -> Input:
    text = json.dumps(document, ensure_ascii=isinstance(like, str))
    return text.encode("utf-8", "surrogatepass") if isinstance(like, bytes) else text


def mutate(rng: random.Random, target: Target, given: Input) -> Input:
    """Change an input a little, on its surface or behind one of its views."""
    views = [*target.views, *[(None, None)] * 2]
    unpack, pack = rng.choice(views)
    if unpack is not None and pack is not None:
        with contextlib.suppress(Exception):  # what cannot be looked into is changed outside
            return pack(_changed(rng, unpack(given)))
    return _changed(rng, given)


def _changed(rng: random.Random, given: Input) -> Input:
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        given = rng.choice(_BYTES_CHANGES if isinstance(given, bytes) else _TEXT_CHANGES)(
            rng, given
        )
    return given[:INPUT_MAX]


def _cut(rng: random.Random, given: Any) -> Any:
    place = rng.randint(0, len(given))
    return given[:place] if rng.random() < 0.5 else given[place:]


def _drop(rng: random.Random, given: Any) -> Any:
    place = rng.randint(0, len(given))
    return given[:place] + given[place + rng.choice((1, 1, 8, 24)) :]


def _double(rng: random.Random, given: Any) -> Any:
    start, end = sorted((rng.randint(0, len(given)), rng.randint(0, len(given))))
    return given[:end] + given[start:end] + given[end:]


def _swap(rng: random.Random, given: Any) -> Any:
    one, two, three = sorted(rng.randint(0, len(given)) for _ in range(3))
    return given[:one] + given[two:three] + given[one:two] + given[three:]


def _insert_text(rng: random.Random, given: Any) -> Any:
    place = rng.randint(0, len(given))
    return given[:place] + rng.choice(TEXTS) + given[place + rng.choice((0, 0, 1)) :]


def _flip(rng: random.Random, given: Any) -> Any:
    if not given:
        return b"\0"
    place = rng.randrange(len(given))
    return given[:place] + bytes([given[place] ^ 1 << rng.randrange(8)]) + given[place + 1 :]


def _insert_bytes(rng: random.Random, given: Any) -> Any:
    place = rng.randint(0, len(given))
    text = rng.choice(TEXTS).encode("utf-8", "surrogatepass")
    word = rng.choice(WORDS).to_bytes(8, "little")
    part = rng.choice((text, word, rng.randbytes(rng.choice((1, 4, 16, 32)))))
    return given[:place] + part + given[place + rng.choice((0, len(part))) :]


def _change_parts(rng: random.Random, given: Any) -> Any:
    """Change one part of a PAE, and leave its words right."""
    try:
        parts = parse_pae(given)
    except StrongroomError:
        return _flip(rng, given)
    place = rng.randint(0, len(parts))
    new = rng.choice((b"", rng.choice(WORDS).to_bytes(8, "little"), bytes(16), b"\xff" * 32))
    action = rng.randrange(4)
    if action == 0 and parts:
        parts[min(place, len(parts) - 1)] = new
    elif action == 1:
        parts.insert(place, new)
    elif action == 2 and parts:
        del parts[min(place, len(parts) - 1)]
    elif len(parts) > 1:
        one, two = rng.sample(range(len(parts)), 2)
        parts[one], parts[two] = parts[two], parts[one]
    body = [len(parts).to_bytes(8, "little")]
    for part in parts:
        body += [len(part).to_bytes(8, "little"), part]
    return b"".join(body)


def _change_json(rng: random.Random, given: Any) -> Any:
    """Change one value or key of a JSON document, and leave its syntax right."""
    try:
        value = json.loads(given)
    except (ValueError, RecursionError):
        return _insert_bytes(rng, given) if isinstance(given, bytes) else _insert_text(rng, given)
    return _dumped(_with_change(rng, value), given)


def _with_change(rng: random.Random, value: Any) -> Any:
    if not isinstance(value, dict | list) or not value or rng.random() < 0.15:
        return rng.choice(VALUES)
    if isinstance(value, list):
        place = rng.randrange(len(value))
        middle = rng.choice(([_with_change(rng, value[place])], [], [value[place]] * 2))
        return [*value[:place], *middle, *value[place + 1 :]]
    key = rng.choice(list(value))
    changed = dict(value)
    action = rng.randrange(5)
    if action == 0:
        del changed[key]
    elif action == 1:
        changed[rng.choice(TEXTS)] = changed[key]
    else:
        changed[key] = _with_change(rng, changed[key])
    return changed


_ANY_CHANGES = (_cut, _drop, _double, _swap, _change_json, _change_json)
_TEXT_CHANGES: tuple[Callable[[random.Random, Any], Any], ...] = (
    *_ANY_CHANGES,
    *[_insert_text] * 4,
)
_BYTES_CHANGES: tuple[Callable[[random.Random, Any], Any], ...] = (
    *_ANY_CHANGES,
    *[_flip] * 2,
    *[_insert_bytes] * 2,
    *[_change_parts] * 4,
)


# -- large inputs --------------------------------------------------------------------------


def bombs(target: Target, size: int) -> Iterator[Input]:
    """Return large inputs on which a careless parser spends time, memory or its stack."""
    first = target.seeds[0]
    units = ("a", "0", "9", " ", ".", "/", "\\", "=", "[", "{", '{"a":', ",", "-", "\n", "a=b\n")
    units += ("\\.", "%41", "\u0301", "\ud800", "1d", "[[", '"', "$", "#", "\u212a")
    for unit in units:
        long = unit * (size // len(unit))
        if isinstance(first, str):
            yield from (long, first + long, first[: len(first) // 2] + long + first[-3:])
        else:
            raw = long.encode("utf-8", "surrogatepass")[:size]
            yield from (raw, first + raw)
    if isinstance(first, bytes):
        for word in WORDS:
            yield word.to_bytes(8, "little") * (size // 8)
            yield word.to_bytes(8, "little") + bytes(size)
        # As many empty parts as there can be, with a count that is right.
        yield (size // 8 - 1).to_bytes(8, "little") + bytes(size // 8 * 8 - 8)


def measure(target: Target, given: Input, report: Report) -> tuple[float, int]:
    """Hand an input in; return the seconds and the bytes that it took at the most."""
    started = time.process_time()  # what others do on the machine does not count
    judge(target, given, report)
    seconds = time.process_time() - started
    tracemalloc.start()
    judge(target, given, report)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return seconds, peak
