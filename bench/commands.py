"""Whole commands of `op`, each in turn with a Python that does nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.fixtures import REFERENCE, Fixtures
from bench.report import Row, compare

_COMMANDS = {
    "op read": (["read", REFERENCE], 7),
    "op run -- true, one reference": (["run", "--", "true"], None),
    "op item get": (["item", "get", "item", "--vault", "vault"], 9),
}
_LIST = "op item list, 10,000 items"


def rows(fixtures: Fixtures, *, rounds: int, only: str) -> Iterator[Row]:
    """Measure whole processes: with a token, on a file."""
    for name, (arguments, goal) in _COMMANDS.items():
        if only in f"{name} / python -c pass":
            yield _row(name, arguments, fixtures.small().token, rounds=rounds, goal=goal)
    if only in f"{_LIST} / python -c pass":
        arguments = ["item", "list", "--vault", "vault"]
        yield _row(_LIST, arguments, fixtures.team().token, rounds=max(rounds // 2, 3))


def _row(
    name: str, arguments: list[str], token: str, *, rounds: int, goal: float | None = None
) -> Row:
    ours, nothing = list[float](), list[float]()
    environment = {**os.environ, "OP_SERVICE_ACCOUNT_TOKEN": token, "SECRET": REFERENCE}
    program = [str(Path(sys.executable).with_name("op")), *arguments]
    for number in range(rounds + 1):
        for command, kept in ((program, ours), ([sys.executable, "-c", "pass"], nothing)):
            start = time.perf_counter()
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
            if number:  # the first round warms the page cache
                kept.append(time.perf_counter() - start)
    return compare(f"{name} / python -c pass", ours, nothing, goal)
