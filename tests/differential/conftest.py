"""The same program under the official package and under ours, each in an interpreter of its own.

The official package is installed by `script/test`; without it these tests fail.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OFFICIAL = ROOT / ".venv-official/bin/python"
OFFICIAL_VERSION = "0.4.2"
PROGRAMS = Path(__file__).parent / "programs"
SECONDS_MAX = 240

# Runs a program of `programs/` with JSON on its standard input; returns the JSON that it prints.
Ask = Callable[[str, Any], Any]


def _asker(interpreter: str) -> Ask:
    def ask(program: str, question: Any) -> Any:
        done = subprocess.run(
            [interpreter, str(PROGRAMS / program)],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_MAX,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return ask


@pytest.fixture(scope="session")
def official() -> Ask:
    """The official package."""
    assert OFFICIAL.exists(), "the official package is not installed: run script/test"
    ask = _asker(str(OFFICIAL))
    assert ask("version.py", None) == OFFICIAL_VERSION
    return ask


@pytest.fixture(scope="session")
def ours() -> Ask:
    """This package."""
    return _asker(sys.executable)
