"""`op inject` on real processes: templates in, filled text out, or nothing at all."""

import os
import pty
import stat
import subprocess
import sys

import pytest

from cli.program import SECONDS_MAX, SECRET

TEMPLATE = "user: op://dev/db/username\npassword: {{ op://dev/db/password }}\n"
FILLED = f"user: app\npassword: {SECRET}\n"


@pytest.fixture
def template(op):
    """The template as a file in the folder of the command, which has nothing else of ours."""
    path = op.folder / "config.tpl"
    path.write_text(TEMPLATE)
    yield path
    path.unlink(missing_ok=True)
    (op.folder / "config").unlink(missing_ok=True)


def start(op, *arguments, stdin):
    command = [sys.executable, "-W", "error", "-m", "strongroom.cli.main", "inject", *arguments]
    return subprocess.Popen(
        command,
        env=op.environment,
        cwd=op.folder,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finish(child):
    out, err = child.communicate(timeout=SECONDS_MAX)
    return child.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("flags", [(), ("-i", "-"), ("--in-file=/dev/stdin",), ("-i", "")])
def test_standard_input(op, reader, flags):
    """Standard input is the template where no file is named, and where its names are."""
    for program in (op, reader):
        assert program("inject", *flags, given=TEMPLATE).out == FILLED


@pytest.mark.parametrize("flags", [(), ("-i", "/dev/stdin")])
def test_socket(op, flags):
    """A socket is as good as a pipe, although nobody can open it by its path."""
    import socket

    ours, theirs = socket.socketpair()
    with ours, theirs:
        child = start(op, *flags, stdin=theirs)
        ours.sendall(TEMPLATE.encode())
        ours.shutdown(socket.SHUT_WR)
        assert finish(child) == (0, FILLED, "")


@pytest.mark.parametrize("flags", [(), ("-i", "/dev/stdin")])
def test_redirected_file(op, template, flags):
    """So is a regular file, from where it stands."""
    with template.open("rb") as file:
        assert finish(start(op, *flags, stdin=file)) == (0, FILLED, "")


def test_slow_writer(op):
    """A template that comes in parts is read to its end."""
    child = start(op, stdin=subprocess.PIPE)
    for part in (TEMPLATE[:9], TEMPLATE[9:40], TEMPLATE[40:]):
        child.stdin.write(part.encode())
        child.stdin.flush()
    assert finish(child) == (0, FILLED, "")


NO_DATA = "expected data on stdin but none found"


@pytest.mark.parametrize("flags", [(), ("-i", "-")])
def test_no_input(op, flags):
    """An empty pipe, the null device, a closed standard input and a terminal are refused."""
    assert op.run("inject", *flags, given="").error == NO_DATA
    assert NO_DATA in finish(start(op, *flags, stdin=subprocess.DEVNULL))[2]
    leader, follower = pty.openpty()
    try:
        assert NO_DATA in finish(start(op, *flags, stdin=follower))[2]
    finally:
        os.close(leader)
        os.close(follower)
    command = [sys.executable, "-m", "strongroom.cli.main", "inject", *flags]
    shell = ["sh", "-c", 'exec "$@" <&-', "sh", *command]
    done = subprocess.run(shell, env=op.environment, capture_output=True, timeout=60, check=False)
    assert (done.returncode, NO_DATA in done.stderr.decode()) == (1, True)


def test_file_leaves_standard_input_alone(op, template):
    """With a file, standard input is not read: here it is a pipe that never ends."""
    assert op("inject", "-i", "config.tpl").out == FILLED
    child = start(op, "-i", "config.tpl", stdin=subprocess.PIPE)
    assert child.wait(timeout=SECONDS_MAX) == 0
    child.communicate(timeout=SECONDS_MAX)
    template.write_text("")
    assert op("inject", "-i", "config.tpl").out == "\n"


def test_newline_at_the_end(op):
    """A template without one gets one on standard output, whatever its last value ends with."""
    assert op("inject", given="op://dev/db/username").out == "app\n"
    assert op("inject", given="op://dev/db/username\n").out == "app\n"
    assert op("inject", given="op://dev/db/username\n\n").out == "app\n\n"
    op("item", "edit", "db", "ending[text]=-", given="x\n\n")
    assert op("inject", given="op://dev/db/ending").out == "x\n\n"
    assert op("inject", given="op://dev/db/ending\n").out == "x\n\n"


def test_named_pipe(op):
    """A template can come out of a named pipe."""
    path = op.folder / "pipe.tpl"
    os.mkfifo(path)
    child = start(op, "-i", "pipe.tpl", stdin=subprocess.DEVNULL)
    path.write_text(TEMPLATE)
    assert finish(child) == (0, FILLED, "")
    path.unlink()


def test_into_a_file(op, template):
    """A file gets the exact text with 0600, its path is printed, and nothing is overwritten."""
    path = op.folder / "config"
    arguments = ("inject", "-i", "config.tpl", "-o", "config")
    assert op(*arguments).out == f"{path}\n"
    assert path.read_text() == FILLED
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("precious")
    assert "exists already" in op.run(*arguments).error
    assert path.read_text() == "precious"
    path.chmod(0o644)
    op(*arguments, "--force")
    assert path.read_text() == FILLED
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.unlink()
    op(*arguments, "--file-mode", "0640")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_over_the_template(op, template):
    """With --force the result can take the place of its template."""
    op("inject", "-i", "config.tpl", "-o", "config.tpl", "-f")
    assert template.read_text() == FILLED


def test_control_characters(op):
    """A file and a pipe get every character; a terminal gets none that it would obey."""
    text = "a\x1b[31m\x07b\x7f\x9bc\td\r\x0b\x0c\ne"
    assert op("inject", given=text).out == f"{text}\n"
    op("inject", "-o", "config", given=text)
    assert (op.folder / "config").read_bytes() == text.encode()
    (op.folder / "config").unlink()
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "strongroom.cli.main", "inject"]
    done = subprocess.run(
        command,
        input=text.encode(),
        stdout=follower,
        stderr=subprocess.PIPE,
        env=op.environment,
        timeout=SECONDS_MAX,
        check=False,
    )
    shown = os.read(leader, 1024)
    os.close(leader)
    os.close(follower)
    assert (done.returncode, done.stderr) == (0, b"")
    assert shown == b"a[31mbc\td\r\x0b\x0c\r\ne\r\n"


def test_variables(op):
    """Variables come from the environment, in whatever capitals, in references too."""
    program = op.with_(stage="dev", CANARY="op://dev/db/password")
    text = "op://$STAGE/db/${FIELD:-username} $CANARY"
    assert program("inject", given=text).out == "app op://dev/db/password\n"


def test_attributes(op):
    """A template knows every attribute that `op read` knows."""
    text = (
        "op://dev/db/password?attribute=type op://dev/db/password?attr=purpose "
        "op://dev/db/password?attr=value op://dev/db/totp?attr=title"
    )
    assert op("inject", given=text).out == f"CONCEALED PASSWORD {SECRET} totp\n"


def test_without_references(tmp_path, op):
    """A template that has no reference needs nobody who is signed in."""
    nobody = op.with_(STRONGROOM_HOME=str(tmp_path), OP_SESSION="")
    assert nobody("inject", given="a ${B:-b}").out == "a b\n"
    assert "not currently signed in" in nobody.run("inject", given=TEMPLATE).error


def test_format_does_not_wrap(op):
    """`--format json` leaves the result as it is."""
    assert op("inject", "--format", "json", given="op://dev/db/username").out == "app\n"


def test_account(op):
    """`--account` is obeyed: another one than there is leads nowhere."""
    done = op.run("inject", "--account", "nobody", given=TEMPLATE)
    assert done.error.startswith("no account found for filter")
    assert op("inject", "--account", "Home", given=TEMPLATE).out == FILLED


def test_encoding(op):
    """Standard output has the encoding that was asked for, or an error; a file has UTF-8."""
    assert "does not have" in op.run("inject", "--encoding", "sjis", given="ü").error
    op("inject", "--encoding", "sjis", "-o", "config", given="ü")
    assert (op.folder / "config").read_text() == "ü"
    (op.folder / "config").unlink()
