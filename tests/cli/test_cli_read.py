"""`op read` and service accounts end to end."""

import re
import stat
import subprocess
import sys

import pytest

from cli.program import SECONDS_MAX, SECRET, Op

READ_FORMS = {
    "plain": ["op://dev/db/password"],
    "in another case": ["op://DEV/db/PASSWORD"],
    "section": ["op://dev/db/Admin/pin"],
    "long way": ["--force", "op://dev/db/password"],
    "spelled-out default": ["op://dev/db/password?attribute=value"],
}


@pytest.mark.parametrize("arguments", READ_FORMS.values(), ids=READ_FORMS.keys())
def test_read(op, reader, arguments):
    """A reference gives its value and a newline, or none on demand, by either credential."""
    expected = "1234" if "Admin" in arguments[-1] else SECRET
    for program in (op, reader):
        assert program("read", *arguments).out == f"{expected}\n"
        assert program("read", "-n", *arguments).out == expected


def test_read_code(op):
    """`?attribute=otp` and its short form give the current code."""
    for query in ("attribute=otp", "attr=otp"):
        assert re.fullmatch(r"\d{6}\n", op("read", f"op://dev/db/totp?{query}").out)


AROUND = {"a line end": "{}\n", "as on Windows": "{}\r\n", "blanks": " {}\t"}


@pytest.mark.parametrize("text", AROUND.values(), ids=AROUND)
def test_white_space_around_credentials(op, reader, text):
    """A token or session that was read from a file brings a line end along, which is no part."""
    token = text.format(reader.environment["OP_SERVICE_ACCOUNT_TOKEN"])
    session = text.format(op.environment["OP_SESSION"])
    bare = op.with_(OP_SESSION="")
    for program in (reader.with_(OP_SERVICE_ACCOUNT_TOKEN=token), op.with_(OP_SESSION=session)):
        assert program("read", "op://dev/db/username").out == "app\n"
        assert program("vault", "list").out
    assert bare("--session", session, "read", "op://dev/db/username").out == "app\n"
    assert (
        op.with_(OP_SESSION=session)("signin", "--raw").out == f"{op.environment['OP_SESSION']}\n"
    )


def test_token_of_white_space_alone(op):
    """It is a token that got lost on the way: the command does not act as somebody else."""
    done = op.with_(OP_SERVICE_ACCOUNT_TOKEN=" \n").run("read", "op://dev/db/username")
    assert done.error == "the service account token does not start with ops_"


READ_FAILURES = ["op://dev/none/x", "op://none/db/x", "op://dev/db/none", "op://dev/db/none/x"]


@pytest.mark.parametrize("reference", READ_FAILURES)
def test_read_failure(op, reference):
    """Both ways of reading fail alike: text, exit code, empty stdout."""
    quick, long_way = op.run("read", reference), op.run("read", "-f", reference)
    assert quick.error.startswith(f"could not read secret '{reference}': ")
    assert quick.error == long_way.error
    assert quick.code == long_way.code == 1


def test_read_into_a_file(op):
    """A file gets the value with 0600, its path is printed, and nothing is overwritten unasked."""
    path = op.folder / "secret.txt"
    arguments = ("read", "op://dev/db/password", "-o", "secret.txt")
    assert op(*arguments).out == f"{path}\n"
    assert path.read_text() == f"{SECRET}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("precious")
    assert "exists already" in op.run(*arguments).error
    assert path.read_text() == "precious"
    op(*arguments, "-n", "--force")
    assert path.read_text() == SECRET
    path.unlink()
    op(*arguments, "--file-mode", "0640")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_failed_read_leaves_no_file(op):
    """A reference that leads nowhere writes nothing."""
    assert op.run("read", "op://dev/none/x", "--out-file", "none.txt").code == 1
    assert not (op.folder / "none.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "out", "heavy"),
    [
        (("read", "op://dev/db/username"), b"app\n", "click pydantic asyncio typing_extensions"),
        (
            ("item", "get", "db", "--vault", "dev", "--fields", "username"),
            b"app\n",
            "pydantic asyncio typing_extensions strongroom.cli.item.change",
        ),
    ],
)
def test_frequent_commands_are_light(reader, arguments, out, heavy):
    """What `op read` and `op item get` do not need is not loaded, and can be loaded later."""
    program = (
        "import sys; from strongroom.cli.main import main; code = main(sys.argv[2:]); "
        "loaded = [name for name in sys.argv[1].split() if name in sys.modules]; "
        "import typing_extensions, pydantic; "
        "sys.exit(code or loaded or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, heavy, *arguments],
        env=reader.environment,
        capture_output=True,
        check=False,
        timeout=SECONDS_MAX,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, out, b"")


def test_service_account_identity(reader):
    """`whoami` of a token names the kind in the new and the old spelling."""
    shown = reader("whoami", "--format", "json").json
    assert shown["user_type"] == shown["ServiceAccountType"] == "SERVICE_ACCOUNT"
    assert shown["url"] == shown["URL"]
    assert "User Type:" in reader("whoami").out


def test_token_beats_session(op, reader):
    """Where both credentials are set, the service account acts."""
    both = op.with_(OP_SERVICE_ACCOUNT_TOKEN=reader.environment["OP_SERVICE_ACCOUNT_TOKEN"])
    assert both("whoami", "--format", "json").json["user_type"] == "SERVICE_ACCOUNT"


def test_token_needs_no_local_files(reader, tmp_path):
    """A token reads secrets where nothing is set up, and leaves nothing behind."""
    elsewhere = reader.with_(STRONGROOM_HOME=str(tmp_path / "nothing"))
    assert elsewhere("read", "op://dev/db/username").out == "app\n"
    assert not (tmp_path / "nothing").exists()


def test_service_account_reads_only(op, reader):
    """A reader sees its vault alone and is refused every change."""
    assert [row["name"] for row in reader("vault", "list", "--format", "json").json] == ["dev"]
    refusals = [
        reader.run("item", "create", "--vault", "dev", "--category", "login", "username=x"),
        reader.run("item", "edit", "db", "username=x"),
        reader.run("item", "delete", "db"),
        reader.run("vault", "create", "x"),
        reader.run("service-account", "create", "x", "--vault", "dev"),
    ]
    assert all(done.error and "internal error" not in done.err for done in refusals)
    assert op("read", "op://dev/db/username").out == "app\n"


def test_service_account_writes(op):
    """A writer may change items, but has to name the vault of a new one."""
    token = op(
        *("service-account", "create", "writer", "--vault", "dev:read_items,write_items"),
        *("--expires-in", "90d", "--raw"),
    ).out.strip()
    writer = op.with_(OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=token)
    create = ("item", "create", "--category", "login", "--title", "robot", "username=x")
    assert "a vault must be named" in writer.run(*create).error
    writer(*create, "--vault", "dev")
    writer("item", "edit", "robot", "username=y")
    assert writer("read", "op://dev/robot/username").out == "y\n"
    writer("item", "delete", "robot")


def test_service_account_text(op):
    """The human text says that the token is shown once and what binds on a file."""
    shown = op("service-account", "create", "ci", "--vault", "dev", "--expires-in", "1d").out
    assert "shown only once" in shown
    assert "honest clients only" in shown
    assert shown.splitlines()[-1].startswith("ops_eyJ")


BAD_TOKENS = {"cut": "ops_eyJ2", "no token": "nonsense", "of another product": None}


@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
def test_bad_token(tmp_path, token):
    """A bad token is a clear refusal with exit 1 that does not repeat it."""
    token = token or "ops_eyJzaWduSW5BZGRyZXNzIjoiYS5leGFtcGxlLm9yZyJ9"
    op = Op(tmp_path, OP_SERVICE_ACCOUNT_TOKEN=token)
    for command in (["whoami"], ["read", "op://a/b/c"]):
        done = op.run(*command)
        assert done.code == 1
        assert "token" in done.error
        assert token not in done.err
