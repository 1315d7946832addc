"""`strongroom server run`, and commands that read through it."""

import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from cli.program import SECONDS_MAX, SECRET

RUN = (sys.executable, "-W", "error", "-m", "strongroom.cli.main", "server", "run")


@contextmanager
def running(op, *more):
    """Run a server on a free port; give its process and address."""
    child = subprocess.Popen(
        [*RUN, "--database", "vault.db", "--listen", "127.0.0.1:0", *more],
        env=op.environment,
        cwd=op.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield child, child.stdout.readline().strip()
    finally:
        child.kill()
        child.communicate()


@pytest.fixture(scope="module")
def server(op):
    with running(op) as (_, url):
        yield url


def test_commands(server, reader):
    """What a program reads from the file it reads through the server."""
    away = reader.with_(STRONGROOM_URL=server, STRONGROOM_HOME=str(reader.folder / "elsewhere"))
    assert away("read", "op://dev/db/password").out == f"{SECRET}\n"
    for command in (("item", "get", "db", "--format", "json"), ("item", "list"), ("vault", "list")):
        assert away(*command).out == reader(*command).out
    assert away("inject", given="{{ op://dev/db/username }}\n").out == "app\n"
    assert away.with_(A="op://dev/db/username")("run", "--", "printenv", "A").code == 0


def test_changes_are_refused(server, op):
    """A change is refused, and the file is as it was."""
    token = op("service-account", "create", "w", "--vault", "dev:write_items,read_items", "--raw")
    away = op.with_(
        OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=token.out.strip(), STRONGROOM_URL=server
    )
    done = away.run("item", "edit", "db", "username=other")
    assert "changes through a server are not offered yet" in done.error
    assert op("read", "op://dev/db/username").out == "app\n"


def test_end(op, reader):
    """On SIGTERM it ends with success, without a line on standard error."""
    with running(op) as (child, url):
        assert reader.with_(STRONGROOM_URL=url)("read", "op://dev/db/username").out == "app\n"
        child.send_signal(signal.SIGTERM)
        out, err = child.communicate(timeout=SECONDS_MAX)
        assert (child.returncode, out, err) == (0, "", "")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--listen", "8465"), "write HOST:PORT"),
        (("--listen", "127.0.0.1:65536"), "write HOST:PORT"),
        (("--listen", "0.0.0.0:0"), "without TLS a server listens on this computer only"),
        (("--listen", "192.0.2.1:0"), "without TLS"),
        (("--tls-key", "kit.txt"), "belong together"),
        (("--tls-key", "kit.txt", "--tls-certificate", "none.pem"), "there is no file"),
        (("--tls-key", "kit.txt", "--tls-certificate", "kit.txt"), "cannot be used together"),
        (("--public-url", "secrets.example.org"), "must be https://"),
        (("--database", "none.db"), "there is no database"),
        (("--database", "kit.txt"), "is not a database"),
    ],
)
def test_refusals(op, flags, says):
    """What it cannot serve it says before it listens."""
    done = op.run("server", "run", "--database", "vault.db", *flags)
    assert done.code == 1
    assert says in done.err, done.err
    assert "Traceback" not in done.err
