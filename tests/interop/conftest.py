"""The official Python wrapper on our core, and our own package beside it.

The official package is installed by `script/test` into an environment of its own; without it these
tests fail.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from strongroom.client.runtime import drive
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from strongroom.testing import throw_away_account
from strongroom.testing.account import ThrowAwayAccount
from support.judges import Scene
from support.performers import Performer

ROOT = Path(__file__).parents[2]
OFFICIAL = ROOT / ".venv-official/bin/python"
PROGRAM = Path(__file__).parent / "programs/perform.py"
CORE = [sys.executable, "-m", "strongroom.cli.main", "core", "--stdio"]

CODE = "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP"
ITEM = {"username": "wendy", "password": "correct horse", "otp": CODE}
CLOCK = "2026-01-02T03:04:05Z"
ROWS = [{"name": "A", "value": "1", "masked": True}, {"name": "B", "value": "", "masked": False}]


@pytest.fixture
def account() -> Iterator[ThrowAwayAccount]:
    """An account with an item in the vault `vault`."""
    with throw_away_account({"vault": {"item": ITEM}}, clock=CLOCK) as made:
        yield made


@pytest.fixture
def environment_id(account: ThrowAwayAccount) -> str:
    """The id of an Environment with the variables `ROWS`."""
    return str(drive(account.engine.environments.create("prod", variables=ROWS))["id"])


def make_token(account: ThrowAwayAccount, *, vault: str, environment_id: str) -> str:
    """Return a token that may do what any token may."""
    mask = SERVICE_ACCOUNT_WORDS["write_items"] | SERVICE_ACCOUNT_WORDS["share_items"]
    read = SERVICE_ACCOUNT_WORDS["read_items"]
    grants = {account.vault(vault): mask, environment_id: read}
    create = account.engine.service_accounts.create("interop", grants, can_create_vaults=True)
    return str(drive(create).expose())


class Start(Protocol):
    """Starts a performer with some variables; it ends with the test."""

    def __call__(self, environment: dict[str, str], *, core: list[str] = CORE) -> Performer: ...


def _starter(stack: ExitStack, interpreter: str, *, on_core: bool) -> Start:
    def start(environment: dict[str, str], *, core: list[str] = CORE) -> Performer:
        process = subprocess.Popen(
            [interpreter, str(PROGRAM), *(core if on_core else ())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        stack.enter_context(process)  # its end closes the pipes and waits
        return Performer(process)

    return start


@pytest.fixture
def official() -> Iterator[Start]:
    """The official wrapper, on our core."""
    assert OFFICIAL.exists(), "the official package is not installed: run script/test"
    with ExitStack() as stack:
        yield _starter(stack, str(OFFICIAL), on_core=True)


@pytest.fixture
def ours() -> Iterator[Start]:
    """Our own package."""
    with ExitStack() as stack:
        yield _starter(stack, sys.executable, on_core=False)


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A vault on a file, and two ways to act in it, for programs that call `op`."""
    return Scene(tmp_path_factory.mktemp("judges"))
