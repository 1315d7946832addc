"""`strongroom core check`: whether a core serves at a path."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.test_socket import COMMAND, NOBODY, Serving
from strongroom.core.serving import checking
from strongroom.core.serving.checking import check_socket, wait_for_socket
from strongroom.core.serving.frames import CoreReply, write_frame
from strongroom.errors import LocalFileError
from strongroom.testing.account import private_folder

CHECK = [*COMMAND[:-2], "check", "--socket"]


@pytest.fixture
def path() -> Iterator[Path]:
    with private_folder() as folder:
        yield folder / "core.sock"


class Answering:
    """Something at a path that answers each peer with the same bytes, and then waits."""

    def __init__(self, path: Path, answer: bytes) -> None:
        self._answer = answer
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self._peers: list[socket.socket] = []
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        for one in (*self._peers, self._listener):
            one.close()

    def _run(self) -> None:
        peer, _ = self._listener.accept()
        self._peers.append(peer)
        peer.sendall(self._answer)
        if self._answer:
            peer.shutdown(socket.SHUT_WR)


def run(path: Path, *more: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [*CHECK, str(path), *more], capture_output=True, text=True, check=False, env={}, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


def reason(path: Path, *, seconds: float = 20) -> str:
    with pytest.raises(LocalFileError, match=r"no core serves at ") as caught:
        check_socket(path, seconds=seconds)
    return caught.value.message.partition(f"{path}: ")[2]


def test_a_core_that_serves(path):
    """It says so, and one that was killed or has ended does not count, though its socket stays."""
    with Serving(path) as serving:
        assert run(path) == (0, f"a core serves at {path}\n", "")
        serving.process.kill()
        serving.process.wait()
    status, shown, errors = run(path)
    assert (status, shown) == (1, "")
    assert errors.endswith(f"no core serves at {path}: Connection refused\n")


def test_waiting(path):
    """A core that starts a little later is waited for, and one that never does not for ever."""
    waiting = subprocess.Popen([*CHECK, str(path), "--wait", "60"], stdout=subprocess.PIPE, env={})
    with waiting, Serving(path):
        assert waiting.wait(60) == 0
    pauses: list[float] = []
    with pytest.raises(LocalFileError, match=r"Connection refused"):
        wait_for_socket(path, seconds=0.5, pause=pauses.append)
    assert pauses == [0.1] * 5
    for seconds in ("600.5", "-1"):
        status, _, errors = run(path, "--wait", seconds)
        assert (status, "--wait" in errors) == (1, True)


def test_nothing_there(path):
    """A missing path and a file are told by their reason."""
    assert reason(path) == "No such file or directory"
    path.touch()
    assert reason(path) == "Connection refused"
    assert reason(path.parent / ("x" * 200)) == "AF_UNIX path too long"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"\0\0\0\x02[]", "what answers there is no core"),
        (b"HTTP/1.1 400 Bad Request", "what answers there is no core"),
        (b"\0\0", "what answers there is no core"),
        (b"\xff\xff\xff\xff" + b"x" * 30_000, "what answers there is no core"),
    ],
)
def test_something_else(path, answer, told):
    """What is no core is told from one."""
    with Answering(path, answer):
        assert reason(path) == told


def test_refusals(path):
    """A core that refuses is quoted; what is no failure of a core is not."""
    for payload, told in (('"{\\"message\\": \\"not you\\"}"', "not you"), ('"[]"', "it refused")):
        body = f'{{"id": 0, "success": false, "payload": {payload}}}'.encode()
        with Answering(path, len(body).to_bytes(4, "big") + body):
            assert reason(path) == told
        path.unlink()


def test_no_answer(path):
    """Waiting has an end."""
    with Answering(path, b""):
        assert reason(path, seconds=0.2) == "it did not answer within 0.2 seconds"
    assert checking.CHECK_SECONDS == 5


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_another_user(path):
    """To a user whom the core does not serve, none serves there."""
    with Serving(path):
        path.parent.chmod(0o755)
        path.chmod(0o666)
        program = (
            "import os, sys\n"
            "from pathlib import Path\n"
            "from strongroom.core.serving.checking import check_socket\n"
            f"os.setgid({NOBODY}); os.setuid({NOBODY})\n"
            "check_socket(Path(sys.argv[1]))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
        )
        assert "this core serves another user" in done.stderr


def test_what_a_foreign_socket_says_is_harmless(path):
    """Characters that a terminal would obey are not passed on."""
    body = CoreReply(None, success=False, payload='{"message": "\\u001b[2Jgone\\u0007\\nhint: x"}')
    with Answering(path, write_frame(body)):
        assert reason(path) == "\ufffd[2Jgone\ufffd\ufffdhint: x"
