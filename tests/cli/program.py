"""The program as a child process, for tests of whole commands."""

import fcntl
import json
import os
import pty
import re
import select
import subprocess
import sys
import termios
from typing import NamedTuple

import pytest

PASSWORD = "correct horse battery"
EMAIL = "ana@example.org"
SECRET = "sw0rdfish ünd mehr"
ERROR_LINE = re.compile(r"\[ERROR\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d (.*)")
SECONDS_MAX = 60


class Done(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        """The first error line, without its 28 characters; stdout must be empty."""
        assert self.code != 0
        assert self.out == ""
        return ERROR_LINE.fullmatch(self.err.splitlines()[0])[1]


class Op:
    """The program with an environment of its own."""

    def __init__(self, folder, **environment):
        self.folder = folder
        kept = {name: text for name, text in os.environ.items() if not name.startswith("OP_")}
        self.environment = kept | {"STRONGROOM_HOME": str(folder / "home")} | environment

    def with_(self, **environment):
        other = Op(self.folder)
        other.environment = self.environment | environment
        return other

    def run(self, *arguments, given=None):
        """Run any command; without `given`, standard input is a pipe that never ends."""
        code, out, err = self._run(*arguments, given=given)
        return Done(code, out.decode(), err.decode())

    def bytes(self, *arguments, given=None):
        """Run a command that must succeed; return what it writes, byte for byte."""
        code, out, err = self._run(*arguments, given=given)
        assert (code, err) == (0, b"")
        return out

    def _run(self, *arguments, given):
        command = [sys.executable, "-W", "error", "-m", "strongroom.cli.main", *arguments]
        reading, writing = os.pipe()
        try:
            done = subprocess.run(
                command,
                env=self.environment,
                cwd=self.folder,
                capture_output=True,
                check=False,
                timeout=SECONDS_MAX,
                **({"stdin": reading} if given is None else {"input": given.encode()}),
            )
        finally:
            os.close(reading)
            os.close(writing)
        return done.returncode, done.stdout, done.stderr

    def __call__(self, *arguments, given=None):
        """Run a command that must succeed, hence print nothing to stderr."""
        done = self.run(*arguments, given=given)
        assert (done.code, done.err) == (0, "")
        return done


def make_account(folder):
    op = Op(folder)
    created = op(
        *("account", "create", "--url", (folder / "vault.db").as_uri(), "--name", "Home"),
        *("--email", EMAIL, "--password-stdin", "--kit", "kit.txt"),
        given=f"{PASSWORD}\n",
    )
    return op, created


def sign_in(op):
    return op.with_(OP_SESSION=op("signin", "--raw", given=PASSWORD).out.strip())


def type_in(op, lines, *arguments):
    """Run a command on a terminal of its own, where somebody types; return all that it shows."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "strongroom.cli.main", *arguments]
    child = subprocess.Popen(
        command,
        env=op.environment,
        cwd=op.folder,
        stdin=follower,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  (no threads here)
    )
    # With this copy closed, a program that ends too early ends the reading, too.
    os.close(follower)
    shown = b""
    for prompt, line in lines:
        while not shown.endswith(prompt):
            if not select.select([leader], [], [], SECONDS_MAX)[0]:
                child.kill()
                pytest.fail(f"{prompt!r} did not come, but {shown!r}")
            shown += os.read(leader, 1024)
        os.write(leader, line.encode() + b"\n")
    out, err = child.communicate(timeout=60)
    os.close(leader)
    return child.returncode, out.decode(), err.decode(), shown.decode()
