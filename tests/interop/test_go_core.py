"""How a Go program lives with its core: many calls, some given up, cores killed, secrets unseen."""

from __future__ import annotations

import base64
import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from strongroom.client.runtime import drive
from strongroom.testing import throw_away_account
from strongroom.testing.account import ThrowAwayAccount, private_folder
from support.cores import serving
from support.go_programs import build, program_environment
from support.performers import Performer

SEED = {"vault": {"item": {"password": "correct horse"}}}
REFERENCE = "op://vault/item/password"
RESOLVE = ("secrets.Resolve", [REFERENCE])
TOKEN = "OP_SERVICE_ACCOUNT_TOKEN"
LARGE = 30_000_000
SECONDS_MAX = 30
GONE = "*onepassword.CoreUnavailableError"

pytestmark = pytest.mark.timeout(300)  # a build without a cache takes minutes


class Program(Performer):
    """A Go program, whose process is looked at."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(process)
        self.process = process

    def send(self, *steps: dict[str, Any]) -> None:
        """Begin a batch whose results are read later."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(steps) + "\n")
        self.process.stdin.flush()

    def receive(self) -> list[dict[str, Any]]:
        """Read the results of the batch that has ended."""
        done: list[dict[str, Any]] = self._read()
        return done

    def core(self) -> int:
        """Return the process of its core."""
        (child,) = children(self.process.pid)
        return child


def children(parent: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{parent}/task").iterdir():
        found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


def has_ended(process: int) -> bool:
    """Return whether a process runs no more; its last parent may take its time to notice."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return True
    return "\nState:\tZ" in status


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)


@pytest.fixture
def account() -> Iterator[ThrowAwayAccount]:
    with throw_away_account(SEED) as made:
        yield made


@contextmanager
def running(environment: dict[str, str]) -> Iterator[Program]:
    process = subprocess.Popen(
        [build("perform", official=False)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=program_environment(environment),
    )
    with process:
        yield Program(process)


@pytest.fixture
def program(account: ThrowAwayAccount) -> Iterator[Program]:
    with running(account.environment) as started:
        yield started


@contextmanager
def held(account: ThrowAwayAccount) -> Iterator[None]:
    """Let nobody write the account's file meanwhile: who wants to waits, and readers go on."""
    path = urlsplit(account.url).path
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def create(account: ThrowAwayAccount, title: str) -> dict[str, Any]:
    params = {"category": "Login", "vaultId": account.vault("vault"), "title": title}
    return {"method": "items.Create", "args": [params]}


def titles(account: ThrowAwayAccount) -> list[str]:
    rows = drive(account.engine.items.list(account.vault("vault")))
    return sorted(row["title"] for row in rows)


def test_many_goroutines(program: Program) -> None:
    """64 goroutines resolve at once, each of them gets its own answer, and one core serves them."""
    none = ("secrets.Resolve", ["op://vault/none/x"])
    done = program.all(*[RESOLVE, none] * 32)
    assert [row.get("result") for row in done] == ["correct horse", None] * 32
    assert {row["error"] for row in done[1::2]} == {done[1]["error"]}
    assert len(children(program.process.pid)) == 1


def test_nobody_waits_for_a_slow_call(program: Program, account: ThrowAwayAccount) -> None:
    """While a write waits for the file, other calls of the same client are answered."""
    with held(account):
        program.send(create(account, "slow"))
        done = program.all(*[RESOLVE] * 64)
        assert {row["result"] for row in done} == {"correct horse"}
    (made,) = program.receive()
    assert made["result"]["title"] == "slow"


def test_a_large_file_beside_others(program: Program, account: ThrowAwayAccount) -> None:
    """A file of 30 MB is read while 64 goroutines resolve; its bytes come whole."""
    data = os.urandom(LARGE)
    params = create(account, "large")["args"][0]
    document = {"name": "large", "content": base64.b64encode(data).decode()}
    made = program.call("items.Create", {**params, "category": "Document", "document": document})
    read = ("items.files.Read", [account.vault("vault"), made["id"], made["document"]])
    first, *others = program.all(read, *[RESOLVE] * 64)
    assert base64.b64decode(first["result"]) == data
    assert {row["result"] for row in others} == {"correct horse"}


def test_a_call_is_given_up(program: Program, account: ThrowAwayAccount, tmp_path: Path) -> None:
    """A context that ends, ends the call at once; the core goes on, and so does the client."""
    mark = tmp_path / "cancel"
    with held(account):
        program.send({**create(account, "given up"), "cancel_on": str(mark)})
        assert program.all(RESOLVE) == [{"result": "correct horse"}]
        mark.touch()
        (row,) = program.receive()
        assert (row["error"], row["classes"]) == ("context canceled", ["*errors.errorString"])
    eventually(lambda: titles(account) == ["given up", "item"])
    assert program.call("secrets.Resolve", REFERENCE) == "correct horse"


def test_a_core_that_is_killed_in_a_call(program: Program, account: ThrowAwayAccount) -> None:
    """Calls at work fail and are not sent again; the next ones find a new core and a new client."""
    with held(account):
        program.send(create(account, "lost"), create(account, "lost"))
        assert program.all(RESOLVE) == [{"result": "correct horse"}]
        first = program.core()
        os.kill(first, signal.SIGKILL)
        lost = program.receive()
    assert [row["classes"] for row in lost] == [[GONE]] * 2
    assert {row["error"] for row in lost} == {
        'the core "strongroom" is gone: it ended (signal: killed)'
    }
    made = program.all(*[("items.Create", create(account, "made")["args"])] * 8)
    assert {row["result"]["title"] for row in made} == {"made"}
    assert titles(account) == ["item", *["made"] * 8]
    assert program.core() != first


def test_a_core_that_is_killed_between_calls(program: Program, account: ThrowAwayAccount) -> None:
    """The next call notices nothing, and no zombie is left behind."""
    for _ in range(5):
        assert program.call("secrets.Resolve", REFERENCE) == "correct horse"
        core = program.core()
        os.kill(core, signal.SIGKILL)
        eventually(lambda core=core: not Path(f"/proc/{core}").exists())
    done = program.all(*[RESOLVE] * 64)
    assert {row["result"] for row in done} == {"correct horse"}
    program.call("items.Create", create(account, "one")["args"][0])
    assert titles(account) == ["item", "one"]


def test_a_socket_core_that_starts_anew(account: ThrowAwayAccount) -> None:
    """A program that was connected to a socket goes on with the next core there."""
    with private_folder() as folder, ExitStack() as first:
        place = first.enter_context(serving(folder, {}))
        with running({**account.environment, "STRONGROOM_CORE": place}) as program:
            assert program.call("secrets.Resolve", REFERENCE) == "correct horse"
            assert children(program.process.pid) == []
            first.close()
            (row,) = program.all(RESOLVE)
            assert row["classes"] == [GONE]
            assert row["error"].startswith(f"the core at {folder}/core.sock cannot be used: ")
            with serving(folder, {}):
                done = program.all(*[RESOLVE] * 8)
                assert {row["result"] for row in done} == {"correct horse"}


def test_keys_that_end_the_program_do_not_end_the_core(program: Program) -> None:
    """The core is in no group of processes with the program: Ctrl-C is for the program alone."""
    assert program.call("secrets.Resolve", REFERENCE) == "correct horse"
    assert os.getpgid(program.core()) != os.getpgid(program.process.pid)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, None])
def test_the_core_ends_with_the_program(
    how: signal.Signals | None, account: ThrowAwayAccount
) -> None:
    """However a program ends, its core does."""
    with running(account.environment) as program:
        assert program.call("secrets.Resolve", REFERENCE) == "correct horse"
        core = program.core()
        if how is not None:
            program.process.send_signal(how)
        else:
            program.process.communicate(timeout=SECONDS_MAX)
    eventually(lambda: has_ended(core))


def test_the_token_is_nowhere(account: ThrowAwayAccount) -> None:
    """No arguments of a process, no variable of the core and no error have the token."""
    with running(account.environment) as program:
        assert program.call("secrets.Resolve", REFERENCE) == "correct horse"
        core = program.core()
        variables = Path(f"/proc/{core}/environ").read_bytes()
        assert b"PATH=" in variables
        assert account.token.encode() not in variables
        for arguments in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(FileNotFoundError, ProcessLookupError):
                assert account.token.encode() not in arguments.read_bytes()
        os.kill(core, signal.SIGKILL)
        refused = program.all(("items.Get", ["x", "y"]), ("environments.GetVariables", ["z"]))
        output, errors = program.process.communicate(timeout=SECONDS_MAX)
    assert all("error" in row for row in refused)
    assert account.token not in json.dumps(refused) + output + errors


@pytest.mark.parametrize("token", ["ops_canary-7f3a", "canary-7f3a", "ops_Y2FuYXJ5LTdmM2E"])
def test_a_token_that_is_refused_is_not_shown(token: str) -> None:
    """The error for a token that cannot be read does not show it."""
    done = subprocess.run(
        [build("seeds/service_account", official=False)],
        env=program_environment({TOKEN: token}),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Initialization error: error initializing client: invalid ")
    assert token.removeprefix("ops_") not in done.stdout + done.stderr


def test_the_core_writes_where_the_program_does(account: ThrowAwayAccount, tmp_path: Path) -> None:
    """What a core has to say to a person goes to the program's standard error."""
    command = tmp_path / "core"
    command.write_text("#!/bin/sh\necho something is wrong >&2\n", encoding="ascii")
    command.chmod(0o755)
    done = subprocess.run(
        [build("seeds/service_account", official=False)],
        env=program_environment({**account.environment, "STRONGROOM_CORE": str(command)}),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    first, second = done.stderr.splitlines()
    assert first == "something is wrong"
    assert second.startswith(
        f'Initialization error: error initializing client: the core "{command}"'
    )
