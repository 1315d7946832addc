"""Warm rows: inside one process, in turn with what the work cannot do without."""

from __future__ import annotations

import itertools
import json
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.fixtures import REFERENCE, Fixture, Fixtures
from bench.report import Row, alternate, compare
from strongroom.client.engine import Engine
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.crypto.sealing import Purpose, open_envelope
from strongroom.wire.revisions import parse_revision
from strongroom.wiring.engines import open_token

_OFFICIAL = Path(".venv-official/bin/python")
_CALLS = 500
_OFFICIAL_STATIC = """
import json, sys, time
from onepassword import Secrets, PasswordRecipeRandom, PasswordRecipeRandomInner
recipe = PasswordRecipeRandom(
    parameters=PasswordRecipeRandomInner(include_digits=True, include_symbols=True, length=32)
)
def timed(function):
    start = time.perf_counter()
    for _ in range(500):
        function()
    return (time.perf_counter() - start) / 500
rounds = int(sys.argv[1])
check = [timed(lambda: Secrets.validate_secret_reference("op://vault/item/field"))
         for _ in range(rounds)]
make = [timed(lambda: Secrets.generate_password(recipe)) for _ in range(rounds)]
print(json.dumps([check, make]))
"""


def rows(fixtures: Fixtures, *, rounds: int, only: str) -> Iterator[Row]:
    """Measure resolves, look-ups by name and the two functions without a client."""
    if only in "warm resolve, embedded":
        yield _warm_resolve(fixtures.small(), rounds)
    if only in "resolve by name, 100,000 items / 100 items":
        yield _flat(fixtures, rounds)
    if only in "resolve_all of 100 / 100 single resolves, embedded":
        yield _batch(fixtures.team(), rounds)
    if only in "validate_secret_reference generate_password":
        yield from _static(rounds)


def open_engine(fixture: Fixture) -> Engine:
    """Return a new engine of a fixture's token."""
    return drive(open_token(fixture.token, runtime=InlineRuntime()))


def _warm_resolve(fixture: Fixture, rounds: int) -> Row:
    engine = open_engine(fixture)
    drive(engine.secrets.resolve(REFERENCE))
    ours, theirs = alternate(
        lambda: drive(engine.secrets.resolve(REFERENCE)),
        _floor(engine, fixture),
        rounds=rounds,
        calls=_CALLS,
    )
    engine.close()
    return compare("warm resolve, embedded / point read + opening + json", ours, theirs, 2)


def _floor(engine: Engine, fixture: Fixture) -> Callable[[], object]:
    """Return one point read, one envelope opening and one JSON parse of the same item."""
    session = engine._session  # noqa: SLF001  (the floor needs the same key)
    connection = sqlite3.connect(fixture.path)
    vault = next(row for row in session.containers.values() if row.record.kind == 1)
    title_tag = vault.tags("item")[0]
    (object_id,) = connection.execute(
        "SELECT id FROM objects WHERE tag = ?", [title_tag]
    ).fetchone()
    sql = (
        "SELECT body, details FROM revisions"
        " WHERE account = ? AND container = ? AND object = ? AND version = 1"
    )
    where = [session.account, vault.id, object_id]
    revision = parse_revision(connection.execute(sql, where).fetchone()[0])
    context = (
        session.account,
        revision.kind,
        vault.id,
        revision.epoch,
        object_id,
        1,
        revision.overview_hash,
    )
    key = vault.key()

    def work() -> object:
        _, details = connection.execute(sql, where).fetchone()
        return json.loads(open_envelope(key, Purpose.DETAILS, context, details, what="item"))

    return work


def _flat(fixtures: Fixtures, rounds: int) -> Row:
    """A new client and another name each time."""
    large, small = fixtures.flat(100_000), fixtures.flat(100)
    numbers = itertools.count(1)

    def resolve(fixture: Fixture, number: int) -> float:
        engine = open_engine(fixture)
        start = time.perf_counter()
        drive(engine.secrets.resolve(f"op://vault/item {number}/field"))
        seconds = time.perf_counter() - start
        engine.close()
        return seconds

    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        number = next(numbers) % 99 + 1
        times[0].append(resolve(large, number * 997))
        times[1].append(resolve(small, number))
    return compare("resolve by name, 100,000 items / 100 items", *times, 1.3)


def _batch(fixture: Fixture, rounds: int) -> Row:
    references = [f"op://vault/item {number}/field" for number in range(1, 101)]

    def together() -> None:
        engine = open_engine(fixture)
        drive(engine.secrets.resolve_all(references))
        engine.close()

    def one_by_one() -> None:
        engine = open_engine(fixture)
        for text in references:
            drive(engine.secrets.resolve(text))
        engine.close()

    ours, theirs = alternate(together, one_by_one, rounds=max(rounds // 4, 3))
    return compare("resolve_all of 100 / 100 single resolves, embedded", ours, theirs, None)


def _static(rounds: int) -> Iterator[Row]:
    from onepassword import PasswordRecipeRandom, PasswordRecipeRandomInner, Secrets

    recipe = PasswordRecipeRandom(
        parameters=PasswordRecipeRandomInner(include_digits=True, include_symbols=True, length=32)
    )
    done = subprocess.run(
        [_OFFICIAL, "-c", _OFFICIAL_STATIC, str(rounds)],
        check=True,
        capture_output=True,
        text=True,
    )
    official = json.loads(done.stdout)
    functions: list[tuple[str, Callable[[], object], float]] = [
        ("validate_secret_reference", lambda: Secrets.validate_secret_reference(REFERENCE), 0.2),
        ("generate_password", lambda: Secrets.generate_password(recipe), 0.6),
    ]
    for (name, function, goal), theirs in zip(functions, official, strict=True):
        ours, _ = alternate(function, lambda: None, rounds=rounds, calls=_CALLS)
        yield compare(f"{name} / official", ours, theirs, goal)
