"""Lists: 10,000 overviews through the facade, in turn with what the official package adds to them.

What its core does before, in the network and in Rust, is not measured: only
its parsing of the core's answer, which no program can do without.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.fixtures import Fixture, Fixtures
from bench.report import Row, compare
from bench.warm import open_engine
from strongroom.client.runtime import drive

_NAME = "list of 10,000 items / official parsing of the same"
_GOAL = 2.5
_OFFICIAL = Path(".venv-official/bin/python")
# Each program makes the list twice to warm up, and prints the seconds of five more.
_OURS = """
import asyncio, json, os, sys, time
from onepassword.client import Client
async def main(vault):
    client = await Client.authenticate(
        auth=os.environ["OP_SERVICE_ACCOUNT_TOKEN"], integration_name="b", integration_version="1"
    )
    times = []
    for _ in range(7):
        start = time.perf_counter()
        found = await client.items.list(vault)
        times.append(time.perf_counter() - start)
        assert len(found) == 10_000
        del found
    print(json.dumps(times[2:]))
asyncio.run(main(sys.argv[1]))
"""
_THEIRS = """
import json, sys, time
from pathlib import Path
from typing import List
from pydantic import TypeAdapter
from onepassword.types import ItemOverview
answer = Path(sys.argv[1]).read_text()
times = []
for _ in range(7):
    start = time.perf_counter()
    found = TypeAdapter(List[ItemOverview]).validate_json(answer)
    times.append(time.perf_counter() - start)
    assert len(found) == 10_000
    del found
print(json.dumps(times[2:]))
"""


def rows(fixtures: Fixtures, *, rounds: int, only: str) -> Iterator[Row]:
    """Measure the list of a vault."""
    if only in _NAME:
        yield _list(fixtures.team(), max(rounds // 4, 3))


def _list(fixture: Fixture, rounds: int) -> Row:
    engine = open_engine(fixture)
    vault = next(row["id"] for row in drive(engine.vaults.list()) if row["title"] == "vault")
    answer = json.dumps([_as_the_core(row) for row in drive(engine.items.list(vault))])
    engine.close()
    times: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory(prefix="strongroom-bench-") as folder:
        path = Path(folder) / "answer.json"
        path.write_text(answer)
        for _ in range(rounds):
            times[0].extend(_run(Path(sys.executable), _OURS, vault, fixture.token))
            times[1].extend(_run(_OFFICIAL, _THEIRS, str(path), ""))
    return compare(_NAME, *times, _GOAL)


def _as_the_core(row: dict[str, object]) -> dict[str, object]:
    """Return an overview as the official core writes it: no version, and whole seconds.

    Times with a fraction take the official package twice as long to read; its
    own home has none in them.
    """
    whole = {key: f"{str(row[key])[:19]}Z" for key in ("createdAt", "updatedAt")}
    return {key: value for key, value in (row | whole).items() if key != "version"}


def _run(python: Path, program: str, argument: str, token: str) -> list[float]:
    done = subprocess.run(
        [python, "-c", program, argument],
        env={**os.environ, "OP_SERVICE_ACCOUNT_TOKEN": token},
        check=True,
        capture_output=True,
        text=True,
    )
    seconds: list[float] = json.loads(done.stdout)
    return seconds
