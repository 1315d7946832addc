"""`strongroom core --stdio`: a real process, real pipes, good frames and bad ones."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from strongroom.client.runtime import InlineRuntime, drive
from strongroom.core.clients import CLIENT_IDLE_MS
from strongroom.core.core import Core
from strongroom.core.serving import stdio
from strongroom.core.serving.connection import CALLS_MAX, PROTOCOL_VERSION, Connection
from strongroom.core.serving.frames import FRAME_BYTES_MAX
from support.cores import configure, invocation, message_of

COMMAND = [sys.executable, "-m", "strongroom.cli.main", "core", "--stdio"]
REFERENCE = "op://vault/item/password"


class Child:
    """A core on pipes."""

    def __init__(self, command: list[str] = COMMAND) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={}
        )

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, body: bytes | dict[str, Any]) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.write(len(raw).to_bytes(4, "big") + raw)

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        head = self.process.stdout.read(4)
        reply: dict[str, Any] = json.loads(self.process.stdout.read(int.from_bytes(head, "big")))
        return reply

    def ask(self, number: int, call: str, payload: str) -> dict[str, Any]:
        self.send({"id": number, "call": call, "payload": payload})
        return self.read()

    def end(self) -> tuple[int, bytes]:
        """Close its input; return its status and what it wrote to standard error."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        status = self.process.wait(20)
        assert self.process.stderr is not None
        return status, self.process.stderr.read()


@pytest.fixture
def child() -> Iterator[Child]:
    made = Child()
    with made.process:
        yield made
        made.process.kill()


def test_all_four_functions(child, account):
    """A client is made, asked and released; then the process ends with its input, in silence."""
    made = child.ask(7, "init_client", configure(account.token))
    client = made["payload"]
    assert made == {"id": 7, "success": True, "payload": client}
    text = invocation("SecretsResolve", {"secret_reference": REFERENCE}, client_id=int(client))
    assert child.ask(8, "invoke", text)["payload"] == '"correct horse"'
    valid = invocation("ValidateSecretReference", {"secret_reference": REFERENCE})
    assert child.ask(8, "invoke_sync", valid) == {"id": 8, "success": True, "payload": ""}
    assert child.ask(9, "release_client", client) == {"id": 9, "success": True, "payload": ""}
    assert message_of(child.ask(10, "invoke", text)).startswith("the client is not here any more")
    assert child.end() == (0, b"")


def test_replies_find_their_requests(child, account):
    """More requests at once than are read at once are all answered, each by its id."""
    client = int(child.ask(0, "init_client", configure(account.token))["payload"])
    text = invocation("SecretsResolve", {"secret_reference": REFERENCE}, client_id=client)
    numbers = range(100, 100 + CALLS_MAX + 10)
    for number in numbers:
        child.send({"id": number, "call": "invoke", "payload": text})
    replies = [child.read() for _ in numbers]
    assert sorted(reply["id"] for reply in replies) == list(numbers)
    assert {reply["payload"] for reply in replies} == {'"correct horse"'}


def test_greeting(child):
    """A peer of this version is greeted back; one of another is told, and served if it goes on."""
    assert child.ask(1, "hello", PROTOCOL_VERSION) == {"id": 1, "success": True, "payload": "1"}
    for other in ("2", "", "hunter2"):
        reply = child.ask(2, "hello", other)
        text = "this core speaks version 1 of the protocol; the program does not"
        assert message_of(reply) == text
        assert json.loads(reply["payload"])["name"] == "InvalidConfiguration"
    assert child.ask(3, "release_client", "0")["success"] is True


@pytest.mark.parametrize(
    ("body", "number", "message"),
    [
        (b"", None, "EOF while parsing a value at line 1 column 0"),
        (b"x", None, "expected value at line 1 column 1"),
        (b"\xff", None, "a frame is not UTF-8"),
        (b"[]", None, "a frame is no request: the whole has the wrong type or value"),
        (b"{}", None, "a frame is no request: id is missing"),
        (b'{"id": 3}', 3, "a frame is no request: call is missing"),
        (
            b'{"id": 3, "call": "hunter2", "payload": ""}',
            3,
            "a frame is no request: call has the wrong type or value",
        ),
        (
            b'{"id": 3, "call": "invoke", "payload": {}}',
            3,
            "a frame is no request: payload has the wrong type or value",
        ),
        (
            b'{"id": -1, "call": "invoke", "payload": ""}',
            None,
            "a frame is no request: id has the wrong type or value",
        ),
    ],
)
def test_bad_frames(child, body, number, message):
    """What is no request is refused, and the next frame is answered as if it had not been."""
    child.send(body)
    reply = child.read()
    assert (reply["id"], message_of(reply)) == (number, message)
    valid = invocation("ValidateSecretReference", {"secret_reference": REFERENCE})
    assert child.ask(4, "invoke", valid)["success"] is True
    assert child.end() == (0, b"")


def test_a_frame_that_is_too_long(child):
    """A frame of one byte more than any can have is refused, and nothing more is read."""
    child.write((FRAME_BYTES_MAX + 1).to_bytes(4, "big"))
    reply = child.read()
    assert reply["id"] is None
    assert message_of(reply).startswith(f"a frame has {FRAME_BYTES_MAX + 1} bytes, but at most ")
    assert child.process.wait(20) == 0


def test_a_frame_that_was_cut(child):
    """An end within a frame is told, in its length as in its body; the largest is waited for."""
    for start in (b"\0\0", FRAME_BYTES_MAX.to_bytes(4, "big") + b"{"):
        other = Child()
        with other.process:
            other.write(start)
            other.process.stdin.close()
            assert message_of(other.read()) == "the last frame was cut"
            assert other.process.wait(20) == 0


def test_sigterm_ends_it(child, account):
    """A core that is asked to end does, with success, while its parent still holds the pipes."""
    child.ask(0, "init_client", configure(account.token))
    child.process.send_signal(signal.SIGTERM)
    assert child.process.wait(20) == 0


@pytest.mark.parametrize("first", ["the pipe ends", "SIGTERM"])
def test_a_second_end_cuts_nothing(child, account, first):
    """Calls at work get their time also where the pipe ends and SIGTERM comes, or two SIGTERMs."""
    client = int(child.ask(0, "init_client", configure(account.token))["payload"])
    listed = child.ask(0, "invoke", invocation("VaultsList", {}, client_id=client))
    (vault,) = json.loads(listed["payload"])
    item = {"category": "Login", "vaultId": vault["id"], "title": "item"}
    given = {"vault_id": vault["id"], "params": [item] * 1000}
    call = invocation("ItemsCreateAll", given, client_id=client)
    child.send({"id": 1, "call": "invoke", "payload": call})
    # Read after it: when this is answered the first is at work.
    child.ask(2, "hello", PROTOCOL_VERSION)
    if first == "SIGTERM":
        child.process.send_signal(signal.SIGTERM)
    else:
        child.process.stdin.close()
    time.sleep(0.02)  # two signals at once are one
    child.process.send_signal(signal.SIGTERM)
    reply = child.read()
    assert reply["id"] == 1
    assert len(json.loads(reply["payload"])["individualResponses"]) == 1000
    assert child.process.wait(20) == 0


def test_more_clients_than_the_soft_limit_has_room_for(account):
    """A core takes as many descriptors as it may have, and not only what the shell gives first."""
    command = ["/bin/sh", "-c", 'ulimit -S -n 64; exec "$@"', "sh", *COMMAND]
    child = Child(command)
    with child.process:
        for number in range(40):
            assert child.ask(number, "init_client", configure(account.token))["success"]
        assert child.end() == (0, b"")


def test_no_pipe():
    """Where there is no program to speak with, it says so."""
    done = subprocess.run(
        COMMAND, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, env={}
    )
    assert done.returncode == 1
    assert "standard input and output must be pipes" in done.stderr
    assert "specs/core.md" in done.stderr


@pytest.mark.parametrize("closing", ["<&-", ">&-"])
def test_closed_at_the_start(closing):
    """Where standard input or output is closed, it says the same."""
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {closing}', "sh", *COMMAND],
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        check=False,
        env={},
    )
    assert done.returncode == 1
    assert "standard input and output must be pipes" in done.stderr


def test_clients_expire_without_calls(account, hand, monkeypatch):
    """Keys that nobody uses leave a serving core's memory, also when nobody calls."""
    monkeypatch.setattr(stdio, "EXPIRE_SECONDS", 0.01)
    core = Core(InlineRuntime(), environment={}, clock=hand)
    drive(core.init_client(configure(account.token)))

    async def run() -> None:
        reader = asyncio.StreamReader()
        connection = Connection(core, reader, None)  # type: ignore[arg-type]  # nothing is written
        expiring = asyncio.create_task(stdio.expire_regularly([connection]))
        await asyncio.sleep(0.1)
        assert len(core._clients._clients) == 1
        hand.now_ms += CLIENT_IDLE_MS + 1
        for _ in range(1000):
            if not core._clients._clients:
                break
            await asyncio.sleep(0.01)
        assert core._clients._clients == {}
        expiring.cancel()

    asyncio.run(run())
