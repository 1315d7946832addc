"""`strongroom core serve`: a real process, a real socket, good peers and bad ones."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from strongroom.core.serving import sockets
from strongroom.core.serving.frames import FRAME_BYTES_MAX
from strongroom.core.serving.sockets import may_connect
from strongroom.testing.account import private_folder
from support.cores import configure, invocation, message_of

COMMAND = [sys.executable, "-m", "strongroom.cli.main", "core", "serve", "--socket"]
REFERENCE = "op://vault/item/password"
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
NOBODY = 65534
# What a core for a group has to be told.
ENVIRONMENT = {"STRONGROOM_URL": "file:///nowhere/strongroom.db"}


class Peer:
    """A program on the socket."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(20)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rb")

    def send(self, body: bytes | dict[str, Any]) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.socket.sendall(len(raw).to_bytes(4, "big") + raw)

    def read(self) -> dict[str, Any]:
        head = self.file.read(4)
        reply: dict[str, Any] = json.loads(self.file.read(int.from_bytes(head, "big")))
        return reply

    def ask(self, call: str, payload: str) -> dict[str, Any]:
        self.send({"id": 1, "call": call, "payload": payload})
        return self.read()

    def close(self) -> None:
        self.file.close()
        self.socket.close()


class Serving:
    """A core that serves."""

    def __init__(self, path: Path, *arguments: str) -> None:
        self.path = path
        self.process = subprocess.Popen(
            [*COMMAND, str(path), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT if "--group" in arguments else {},
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()  # where a test failed; otherwise it has ended
        self.process.communicate()

    def end(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


@pytest.fixture
def folder() -> Iterator[Path]:
    # The path of a socket may have 107 bytes.
    with private_folder() as made:
        yield made


@pytest.fixture
def serving(folder: Path) -> Iterator[Serving]:
    with Serving(folder / "core.sock") as made:
        yield made


def resolve(client: str) -> str:
    return invocation("SecretsResolve", {"secret_reference": REFERENCE}, client_id=int(client))


def flood(peer: Peer) -> None:
    """Send requests without reading replies, until the peer is not read any more either."""
    peer.socket.setblocking(False)
    for number in range(100_000):
        try:
            peer.send({"id": number, "call": "invoke", "payload": "x"})
        except BlockingIOError:
            return
    pytest.fail("a peer that reads nothing is read without end")


def test_peers_have_clients_of_their_own(serving, account):
    """Each peer has its own clients: the id of one is nobody's for another."""
    assert serving.line == f"{serving.path}\n"
    first, second = Peer(serving.path), Peer(serving.path)
    client = first.ask("init_client", configure(account.token))["payload"]
    assert first.ask("invoke", resolve(client))["payload"] == '"correct horse"'
    gone = message_of(second.ask("invoke", resolve(client)))
    assert gone.startswith("the client is not here any more")
    assert second.ask("release_client", client)["success"] is True
    assert first.ask("invoke", resolve(client))["payload"] == '"correct horse"'
    assert serving.end() == (0, "")
    assert not serving.path.exists()
    first.close()
    second.close()


def test_bad_peers_stop_nobody(serving, account):
    """While peers send garbage, halves, too much, or read nothing, another is answered."""
    good = Peer(serving.path)
    client = good.ask("init_client", configure(account.token))["payload"]
    bad = [Peer(serving.path) for _ in range(5)]
    bad[0].send(b"garbage")
    bad[1].socket.sendall(b"\0")
    bad[2].socket.sendall((FRAME_BYTES_MAX + 1).to_bytes(4, "big"))
    bad[3].socket.sendall((10**6).to_bytes(4, "big") + b"{" * 10)
    bad[4].socket.setblocking(False)
    flood(bad[4])
    assert message_of(bad[0].read()) == "expected value at line 1 column 1"
    assert message_of(bad[2].read()).startswith("a frame has ")
    assert bad[2].file.read() == b""
    for _ in range(20):
        assert good.ask("invoke", resolve(client))["payload"] == '"correct horse"'
    for peer in (*bad, good):
        peer.close()
    assert serving.end() == (0, "")


def test_a_peer_that_reads_nothing_does_not_hold_up_the_end(serving):
    """A core that is asked to end does, though a peer still owes it the reading of replies."""
    peer = Peer(serving.path)
    peer.socket.setblocking(False)
    flood(peer)
    status, errors = serving.end()
    assert (status, errors) == (0, "")
    peer.close()


def test_modes(serving):
    """Nobody else can even reach the socket."""
    assert stat.S_IMODE(serving.path.stat().st_mode) == 0o600


def refusal(path: Path, *arguments: str) -> str:
    """Return why a core does not serve."""
    done = subprocess.run(
        [*COMMAND, str(path), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize("mode", [0o701, 0o710, 0o770, 0o777])
def test_open_folders(folder, mode):
    """A folder that others may use in any way is refused."""
    folder.chmod(mode)
    assert "others may use it" in refusal(folder / "core.sock")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("mode", [0o770, 0o772, 0o702])
def test_folders_of_a_group(folder, mode):
    """With a group, others may pass through the folder, and not write into it."""
    folder.chmod(mode)
    assert "others may use it" in refusal(folder / "core.sock", "--group", "root")


def test_what_stands_there(folder, serving):
    """A second core and a file of somebody's are refused; what a killed core left is replaced."""
    assert "another core serves there" in refusal(serving.path)
    serving.process.kill()
    serving.process.wait()
    assert serving.path.exists()
    again = Serving(serving.path)
    with again:
        Peer(serving.path).close()
        assert again.end() == (0, "")
    (folder / "file").touch()
    assert "something else stands there" in refusal(folder / "file")
    (folder / "link").symlink_to(folder / "core.sock")
    assert "something else stands there" in refusal(folder / "link")
    assert "No such file or directory" in refusal(folder / "none" / "none" / "core.sock")
    assert "it is no folder" in refusal(folder / "file" / "core.sock")
    assert "for a socket: AF_UNIX path too long" in refusal(folder / ("x" * 200))
    assert "there is no group nosuchgroup" in refusal(folder / "s", "--group", "nosuchgroup")


def test_a_socket_of_another_kind_is_left(folder):
    """What takes messages and no connections is somebody else's, and is not replaced."""
    path = folder / "log.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(path))
        assert "something else stands there" in refusal(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as writer:
            writer.sendto(b"still here", str(path))
        assert log.recv(20) == b"still here"


def test_a_folder_that_is_missing(folder):
    """The folder of the socket is made, private, and the one above it is not."""
    path = folder / "new" / "core.sock"
    with Serving(path) as serving:
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert serving.end() == (0, "")
    path = folder / "shared" / "core.sock"
    with Serving(path, "--group", str(os.getegid())) as serving:
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o750
        assert path.parent.stat().st_gid == os.getegid()
        assert serving.end() == (0, "")


def test_many_at_once_where_a_core_was_killed(folder):
    """Of cores that all find what a killed one left, one serves, and the others say so."""
    path = folder / "core.sock"
    killed = Serving(path)
    killed.process.kill()
    killed.process.communicate()
    command = [*COMMAND, str(path)]
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": {}}
    started = [subprocess.Popen(command, text=True, **options) for _ in range(6)]
    lines = [process.stdout.readline() for process in started]
    assert sorted(lines) == [""] * 5 + [f"{path}\n"]
    peer = Peer(path)
    assert peer.ask("release_client", "0")["success"] is True
    peer.close()
    for process, line in zip(started, lines, strict=True):
        process.terminate()
        _, errors = process.communicate(timeout=20)
        assert (errors == "") if line else ("another core serves there" in errors)
    assert not path.exists()


def test_a_path_that_another_core_has(folder, serving):
    """A core that ends removes its own socket, and not one that has come into its place."""
    serving.path.unlink()
    other = Serving(serving.path)
    with other:
        assert serving.end() == (0, "")
        Peer(serving.path).close()
        assert other.end() == (0, "")
    assert not serving.path.exists()


def test_who_may_connect():
    """The core's own user may, and members of the group that was named; nobody else."""
    own = os.geteuid()
    assert may_connect(own, set(), group=None)
    assert may_connect(own + 1, {5, 6}, group=6)
    assert not may_connect(own + 1, {5, 6}, group=7)
    assert not may_connect(own + 1, {5, 6}, group=None)


def ask_as_nobody(path: Path, groups: tuple[int, ...] = ()) -> dict[str, Any]:
    """Return what another user gets as the first frame."""
    program = (
        "import os, socket, sys\n"
        f"os.setgroups({list(groups)}); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
        'b = b\'{"id": 1, "call": "invoke", "payload": ""}\'\n'
        "s.sendall(len(b).to_bytes(4, 'big') + b); s.shutdown(socket.SHUT_WR)\n"
        "sys.stdout.buffer.write(s.makefile('rb').read())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, check=True
    )
    reply: dict[str, Any] = json.loads(done.stdout[4:])
    return reply


@AS_ROOT
def test_another_user(folder, serving):
    """A peer of another user is refused, even where the modes let it through."""
    folder.chmod(0o755)
    serving.path.chmod(0o666)
    reply = ask_as_nobody(serving.path)
    assert (reply["id"], message_of(reply)) == (None, "this core serves another user")


@AS_ROOT
def test_a_group(folder):
    """A member of the group is served, and the socket is the group's."""
    import grp

    group = grp.getgrgid(NOBODY)
    folder.chmod(0o750)
    os.chown(folder, -1, NOBODY)
    serving = Serving(folder / "core.sock", "--group", group.gr_name)
    with serving:
        found = serving.path.stat()
        assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o660, NOBODY)
        reply = ask_as_nobody(serving.path)
        assert reply["id"] == 1
        assert message_of(reply).startswith("EOF while parsing")
        assert serving.end() == (0, "")


@AS_ROOT
def test_a_locked_folder_holds_nobody_up(folder):
    """Members of a group may open the folder, and lock it; cores start and end all the same."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        with Serving(folder / "core.sock") as serving:
            assert serving.line == f"{serving.path}\n"
            assert serving.end() == (0, "")
    finally:
        os.close(held)


@AS_ROOT
def test_a_group_without_a_name(folder):
    """A group that only its number names, as in containers, and that is not a peer's first one."""
    number = 61_234
    folder.chmod(0o755)
    serving = Serving(folder / "core.sock", "--group", str(number))
    with serving:
        assert serving.path.stat().st_gid == number
        reply = ask_as_nobody(serving.path, (61_000, number))
        assert message_of(reply).startswith("EOF while parsing")
        serving.path.chmod(0o666)
        reply = ask_as_nobody(serving.path, (61_000,))
        assert message_of(reply) == "this core serves another user"
        assert serving.end() == (0, "")


def test_a_group_and_no_address(folder):
    """A group is served one account: otherwise its tokens could ask about all files of the user."""
    command = [*COMMAND, str(folder / "core.sock"), "--group", "root"]
    for environment in ({}, {"STRONGROOM_URL": ""}):
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, timeout=60
        )
        assert done.returncode == 1
        assert "a core for a group needs STRONGROOM_URL" in done.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("number", [2**32 - 1, 10**30])
def test_numbers_of_no_group(folder, number):
    """A number that no group can have is refused like a name that none has."""
    text = f"there is no group {number} on this computer"
    assert text in refusal(folder / "s", "--group", str(number))


def test_too_many_peers(folder, monkeypatch):
    """The last connection that there may be is served, and one more is refused."""
    program = (
        "import sys\n"
        "from strongroom.core.serving import sockets\n"
        "sockets.CONNECTIONS_MAX = 2\n"
        "from strongroom.cli.main import main\n"
        "sys.exit(main())"
    )
    path = folder / "core.sock"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "core", "serve", "--socket", str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={},
    )
    with process:
        process.stdout.readline()
        peers = [Peer(path) for _ in range(2)]
        for peer in peers:
            assert peer.ask("release_client", "0")["success"] is True
        third = Peer(path)
        assert message_of(third.read()) == "this core serves 2 programs already"
        third.close()
        peers.pop().close()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            fourth = Peer(path)
            fourth.send({"id": 1, "call": "release_client", "payload": "0"})
            if fourth.read()["success"]:
                break
            fourth.close()
            time.sleep(0.05)
        else:
            pytest.fail("the place of a peer that has ended stays taken")
        fourth.close()
        peers.pop().close()
        process.terminate()
        assert process.wait(20) == 0
    assert sockets.CONNECTIONS_MAX == 256
