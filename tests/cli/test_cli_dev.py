"""`strongroom dev` as a whole command."""

import subprocess
import sys

import pytest

from cli.program import Op

SEED = '[vault.db]\nusername = "app"\npassword = "only for tests"\n'
OP = (sys.executable, "-m", "strongroom.cli.main")


@pytest.fixture
def op(tmp_path):
    """The program in an empty home, with a seed beside it."""
    (tmp_path / "seed.toml").write_text(SEED)
    return Op(tmp_path)


def test_a_command(op):
    """A command finds the token and the seeded items; nothing is printed beside its output."""
    done = op("dev", "--seed", "seed.toml", "--", *OP, "read", "op://vault/db/password")
    assert done.out == "only for tests\n"


def test_exit_status(op):
    """The status of the command is passed on, and 128 + n for a signal."""
    assert op.run("dev", "--", "sh", "-c", "exit 7").code == 7
    assert op.run("dev", "--", "sh", "-c", "kill -TERM $$").code == 128 + 15


def test_commands_that_cannot_run(op):
    """As a shell says it: 127 for a command that is not there, 126 for one that cannot run."""
    done = op.run("dev", "--", "no-such-program-here")
    told = "cannot run no-such-program-here: No such file or directory"
    assert (done.code, done.error) == (127, told)
    done = op.run("dev", "--", "./seed.toml")
    assert (done.code, done.error) == (126, "cannot run ./seed.toml: Permission denied")


def test_seed_from_a_pipe(op):
    """A seed may come out of another command, as a shell hands it over."""
    command = f"exec {OP[0]} -m strongroom.cli.main dev --seed <(cat seed.toml) -- "
    command += f"{' '.join(OP)} read op://vault/db/username"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=op.folder,
        env=op.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "app\n"


def test_nothing_is_left(op):
    """The account is gone with the command."""
    url = op("dev", "--", "sh", "-c", 'echo "$OP_SERVICE_ACCOUNT_TOKEN"').out.strip()
    gone = op.with_(OP_SERVICE_ACCOUNT_TOKEN=url).run("vault", "list")
    assert "there is no database" in gone.error


def test_fixed_time(op):
    """With --clock time stands still for what runs in it."""
    done = op(
        "dev", "--clock", "2026-01-02T03:04:05Z", "--", "sh", "-c", "echo $STRONGROOM_TEST_CLOCK"
    )
    assert done.out.startswith("2026-01-02T03:04:05")


def test_fixed_time_of_op(op):
    """What `op` does with the account goes by that time: the code of RFC 6238 at 59 seconds."""
    seed = "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8"
    (op.folder / "codes.toml").write_text(f'[vault.db]\ncode = "{seed}"\n')
    dev = ("dev", "--clock", "1970-01-01T00:00:59Z", "--seed", "codes.toml", "--", *OP)
    assert op(*dev, "read", "op://vault/db/code?attribute=otp").out == "94287082\n"
    assert op(*dev, "item", "get", "db", "--vault", "vault", "--otp").out == "94287082\n"


def test_refusals(op):
    """A missing seed or command, and a false time, are said in a line."""
    assert "no file" in op.run("dev", "--seed", "nothing.toml", "--", "true").error
    assert "write a time like" in op.run("dev", "--clock", "noon", "--", "true").error


def test_a_seed_whose_name_is_too_long(tmp_path):
    """A name that no file system takes is that of no file."""
    done = Op(tmp_path).run("dev", "--seed", "x" * 5_000, "--", "true")
    assert done.error == f"there is no file {'x' * 5_000}"
