"""Rows of `op run`: what concealing secrets costs."""

from __future__ import annotations

import os
import random
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.fixtures import REFERENCE, Fixtures
from bench.report import Row, alternate, compare
from strongroom.delivery.masking import Masker

_BYTES = 100_000_000
_LINE_BYTES = 80
_PART_BYTES = 256 * 1024
_SECRETS = 4
# 200 MB a second: a program that writes more than that is not waiting for us.
_SECONDS = 0.5
_MASKED = "op run masking, 100 MB, 4 secrets / 0.5 s"
_WHOLE = "op run -- cat, 100 MB, masked / --no-masking"


def rows(fixtures: Fixtures, *, rounds: int, only: str) -> Iterator[Row]:
    """Measure the masker alone, and the whole program."""
    rounds = max(rounds // 4, 3)
    if only in _MASKED:
        text = _text()
        ours, _ = alternate(lambda: _mask(text), lambda: None, rounds=rounds)
        yield compare(_MASKED, ours, [_SECONDS], 1)
    if only in _WHOLE:
        path = Path(".bench/100-megabytes.txt")
        path.write_bytes(_text())
        token = fixtures.small().token
        times = alternate(
            _program(path, token), _program(path, token, "--no-masking"), rounds=rounds
        )
        path.unlink()
        yield compare(_WHOLE, *times, 2)


def _text() -> bytes:
    letters = random.Random(1)
    alphabet = string.ascii_letters + string.digits + " ./-"
    line = ("".join(letters.choices(alphabet, k=_LINE_BYTES - 1)) + "\n" for _ in range(10_000))
    block = "".join(line).encode()
    return block * (_BYTES // len(block))


def _mask(text: bytes) -> None:
    letters = random.Random(2)
    alphabet = string.ascii_letters + string.digits
    masker = Masker("".join(letters.choices(alphabet, k=24)).encode() for _ in range(_SECRETS))
    for start in range(0, len(text), _PART_BYTES):
        masker.feed(text[start : start + _PART_BYTES])


def _program(path: Path, token: str, *flags: str) -> Callable[[], object]:
    command = [sys.executable, "-m", "strongroom.cli.main", "run", *flags, "--", "cat", str(path)]
    environment = os.environ | {"OP_SERVICE_ACCOUNT_TOKEN": token, "SECRET": REFERENCE}

    def work() -> None:
        reader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        subprocess.run(command, env=environment, stdout=reader.stdin, check=True)
        reader.communicate()

    return work
