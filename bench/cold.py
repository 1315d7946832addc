"""Cold rows: a new process each time, in turn with the official package."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.fixtures import REFERENCE, Fixtures
from bench.report import Row, compare

_OFFICIAL = Path(".venv-official/bin/python")
IMPORT = "import onepassword.client"
_STAR = "from onepassword import *"
RESOLVE = f"""
import asyncio, os
from onepassword.client import Client
async def main():
    client = await Client.authenticate(
        auth=os.environ["OP_SERVICE_ACCOUNT_TOKEN"], integration_name="b", integration_version="1"
    )
    assert await client.secrets.resolve({REFERENCE!r}) == "made-up"
asyncio.run(main())
"""


def rows(fixtures: Fixtures, *, rounds: int, only: str) -> Iterator[Row]:
    """Measure imports and whole processes."""
    if only in "import of onepassword.client":
        yield pair("import of onepassword.client", IMPORT, IMPORT, rounds, 0.45)
    if only in "star import":
        yield pair("star import", _STAR, _STAR, rounds, 0.85)
    for name, goal in (("small", 0.7), ("team", 0.9)):
        text = f"cold process, token to secret, embedded, {name}"
        if only in text:
            token = getattr(fixtures, name)().token
            yield pair(text, RESOLVE, IMPORT, rounds, goal, token=token)


def pair(
    name: str,
    ours: str,
    theirs: str,
    rounds: int,
    goal: float,
    *,
    token: str = "",
    environment: Mapping[str, str] = os.environ,
) -> Row:
    """Return the row of two programs of text, ours and one on the official package."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for python, program, kept in (
            (Path(sys.executable), ours, times[0]),
            (_OFFICIAL, theirs, times[1]),
        ):
            seconds = _run(python, program, token, environment)
            if number:  # the first round warms the page cache
                kept.append(seconds)
    return compare(name, *times, goal)


def _run(python: Path, program: str, token: str, environment: Mapping[str, str]) -> float:
    environment = {**environment, "OP_SERVICE_ACCOUNT_TOKEN": token}
    start = time.perf_counter()
    subprocess.run([python, "-c", program], check=True, env=environment)
    return time.perf_counter() - start
