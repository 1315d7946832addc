"""Rows of the server: on loopback, over plain HTTP, with a token, on a file."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from bench.cold import IMPORT, RESOLVE, pair
from bench.fixtures import REFERENCE, Fixture, Fixtures
from bench.report import Row, alternate, compare
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.wiring.engines import open_token

_COLD = "cold process, token to secret, server, small"
_WARM = "warm resolve, server / bare round trip"
_BATCH = "resolve_all of 100 / 100 single resolves, server"
_CALLS = 50


def rows(fixtures: Fixtures, *, rounds: int, only: str) -> Iterator[Row]:
    """Measure a cold process, a warm resolve and a batch."""
    if not any(only in name for name in (_COLD, _WARM, _BATCH)):
        return
    with _serving(fixtures.team()) as url:
        if only in _WARM:
            yield _warm(fixtures.team(), url, rounds)
        if only in _BATCH:
            yield _batch(fixtures.team(), url, rounds)
    if only in _COLD:
        with _serving(fixtures.small()) as url:
            environment = {**os.environ, "STRONGROOM_URL": url}
            token = fixtures.small().token
            yield pair(_COLD, RESOLVE, IMPORT, rounds, 1.1, token=token, environment=environment)


@contextmanager
def _serving(fixture: Fixture) -> Iterator[str]:
    command = [str(Path(sys.executable).with_name("strongroom")), "server", "run"]
    child = subprocess.Popen(
        [*command, "--database", str(fixture.path), "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    try:
        yield child.stdout.readline().strip()
    finally:
        child.terminate()
        child.communicate()


def _warm(fixture: Fixture, url: str, rounds: int) -> Row:
    engine = drive(open_token(fixture.token, runtime=InlineRuntime(), url_override=url))
    pool = urllib3.connection_from_url(url)

    def resolve() -> None:
        assert drive(engine.secrets.resolve(REFERENCE)) == "made-up"

    resolve()
    times = alternate(resolve, lambda: pool.request("GET", "/healthz"), rounds=rounds, calls=_CALLS)
    engine.close()
    return compare(_WARM, *times, 2)


def _batch(fixture: Fixture, url: str, rounds: int) -> Row:
    engine = drive(open_token(fixture.token, runtime=InlineRuntime(), url_override=url))
    names = [f"op://vault/item {number}/field" for number in range(1, 101)]
    many, one = list[float](), list[float]()
    for _ in range(max(rounds // 4, 3)):
        start = time.perf_counter()
        drive(engine.secrets.resolve_all(names))
        many.append(time.perf_counter() - start)
        start = time.perf_counter()
        for name in names:
            drive(engine.secrets.resolve(name))
        one.append(time.perf_counter() - start)
    engine.close()
    return compare(_BATCH, many, one, None)
