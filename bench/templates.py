"""Templates: `op inject` with many references, in turn with one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.fixtures import REFERENCE, Fixtures
from bench.report import Row, compare

_NAME = "op inject, 100 references / 1"
_OTHERS = [f"{{{{ op://vault/item {number}/field }}}}" for number in range(1, 100)]
_MANY = "\n".join([REFERENCE, *_OTHERS])


def rows(fixtures: Fixtures, *, rounds: int, only: str) -> Iterator[Row]:
    """Measure whole processes."""
    if only not in _NAME:
        return
    token = fixtures.team().token
    many, one = list[float](), list[float]()
    for number in range(rounds + 1):
        for template, kept in ((_MANY, many), (REFERENCE, one)):
            seconds = _inject(template, token)
            if number:  # the first round warms the page cache
                kept.append(seconds)
    yield compare(_NAME, many, one, 2)


def _inject(template: str, token: str) -> float:
    environment = {**os.environ, "OP_SERVICE_ACCOUNT_TOKEN": token}
    command = [sys.executable, "-m", "strongroom.cli.main", "inject"]
    start = time.perf_counter()
    done = subprocess.run(
        command, input=template.encode(), env=environment, stdout=subprocess.PIPE, check=True
    )
    seconds = time.perf_counter() - start
    assert done.stdout.count(b"made-up") == len(template.splitlines())
    return seconds
