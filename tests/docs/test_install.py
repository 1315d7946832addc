"""The project as a library: installed from a clone into an environment of somebody else."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from support.github_runner import Runner

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


@pytest.mark.timeout(300)
def test_the_action_installs_its_checkout(tmp_path):
    """The action, told nothing else, installs its own checkout, and leaves it alone."""
    before = status()
    runner = Runner(tmp_path, {"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    runner.use(ROOT / "action", {})
    assert status() == before
    runner.run("command -v op; op read op://a/b/c || true")
    place, refusal, hint = runner.log[-3:]
    assert place == str(tmp_path / "temp/strongroom/bin/op")
    assert "You are not currently signed in" in refusal
    assert "OP_SERVICE_ACCOUNT_TOKEN" in hint


def status():
    return run("git", "-C", str(ROOT), "status", "--porcelain", "--ignored")


def run(program, *arguments):
    command = [str(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=sys.prefix)
    assert done.returncode == 0, done.stderr
    return done.stdout
