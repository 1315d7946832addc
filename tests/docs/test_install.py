"""The project as a library: installed from a clone into an environment of somebody else."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = (
    "import os; from strongroom import SyncClient;"
    "client = SyncClient.authenticate(os.environ['OP_SERVICE_ACCOUNT_TOKEN'], 'x', '1');"
    "print(client.secrets.resolve('op://vault/db/password'))"
)


@pytest.mark.timeout(300)
def test_install_from_a_clone(tmp_path):
    """`pip install` of a clone brings the library and both commands, and leaves the clone alone."""
    before = status()
    venv.create(tmp_path / "env", with_pip=True)
    folder = tmp_path / "env/bin"
    run(folder / "pip", "install", "--quiet", "--disable-pip-version-check", str(ROOT))
    assert status() == before
    seed = tmp_path / "seed.toml"
    seed.write_text('[vault.db]\npassword = "blue-harbour"\n')
    dev = (folder / "strongroom", "dev", "--seed", str(seed), "--")
    assert run(*dev, str(folder / "python"), "-c", PROGRAM) == "blue-harbour\n"
    assert run(*dev, str(folder / "op"), "read", "op://vault/db/password") == "blue-harbour\n"


def status():
    return run("git", "-C", str(ROOT), "status", "--porcelain", "--ignored")


def run(program, *arguments):
    command = [str(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=sys.prefix)
    assert done.returncode == 0, done.stderr
    return done.stdout
