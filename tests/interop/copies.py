"""Programs that no registry has, for `script/interop DIR`: each that has a checkout there runs.

What has no folder in DIR is skipped by name. What has to be compiled stands there compiled.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.program import EMAIL, PASSWORD
from support import javascript
from support.github_runner import Runner, StepError
from support.judges import PROGRAMS, Scene, run

BOTH = pytest.mark.parametrize("whom", ["session", "service_account"])
REFERENCES = {"A": "op://dev/db/password", "B": "op://dev/db/Admin/pin"}
VALUES = {"A": "p4ss word", "B": "1234"}


def copy_of(name: str, file: str) -> Path:
    """Return a file of a checkout; without it the test is skipped, and says what is missing."""
    path = Path(os.environ["INTEROP_COPIES"], name, file).absolute()
    if not path.exists():
        pytest.skip(f"there is no {name}/{file} in the folder")
    return path


def tool(name: str) -> str:
    """Return a program of the computer; without it the test is skipped, and says so."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


class Job:
    """A job whose steps are load-secrets-action."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        """Begin a job of a service account."""
        copy_of("load-secrets-action", "action.yml")
        self.runner = Runner(folder / "job", scene.service_account)
        program = copy_of("load-secrets-action", "dist/index.js")
        self._command = [javascript.node_of("24"), str(program)]

    def use(self, *, export: bool, unset: bool = False, **variables: str) -> dict[str, str]:
        """Run the action; return its outputs."""
        inputs = {
            "INPUT_EXPORT-ENV": json.dumps(export),
            "INPUT_UNSET-PREVIOUS": json.dumps(unset),
            "INPUT_VERSION": "latest",
        }
        return self.runner.start(self._command, inputs | variables).outputs


def test_load_secrets_action(scene: Scene, tmp_path: Path) -> None:
    """Version 4 finds our `op`, and exports and masks what references lead to."""
    job = Job(scene, tmp_path)
    assert job.use(export=True, **REFERENCES) == {}
    assert {name: job.runner.variables[name] for name in VALUES} == VALUES
    assert set(VALUES.values()) <= job.runner.masks
    job.runner.run('echo "$A"')
    assert job.runner.log[-1] == "***"
    job.use(export=True, unset=True, C="op://dev/db/username")
    assert [job.runner.variables[name] for name in "ABC"] == ["", "", "app"]
    assert job.use(export=False, **REFERENCES) == VALUES
    file = job.runner.workspace / "job.env"
    file.write_text("D=op://dev/db/username\n")
    assert job.use(export=False, OP_ENV_FILE=str(file)) == {"D": "app"}


def test_load_secrets_action_fails(scene: Scene, tmp_path: Path) -> None:
    """What leads nowhere ends the step with our text, and so does a missing token."""
    job = Job(scene, tmp_path)
    with pytest.raises(StepError, match="could not find item none in vault dev"):
        job.use(export=True, A="op://dev/none/password")
    with pytest.raises(StepError, match="Authentication error"):
        job.use(export=True, OP_SERVICE_ACCOUNT_TOKEN="")


@BOTH
def test_direnv(scene: Scene, tmp_path: Path, whom: str) -> None:
    """`from_op` of direnv-1password gives references their values, and tells what leads nowhere."""
    source = copy_of("direnv-1password", "1password.sh")
    direnv = tool("direnv")
    variables = scene.as_whom(whom)
    text = f"source '{source}'\nfrom_op USER_NAME=op://dev/db/username <<OP || exit 1\nPIN=%s\nOP\n"
    (tmp_path / ".envrc").write_text(text % "op://dev/db/Admin/pin")
    words: list[str | Path] = [direnv, "exec", ".", "sh", "-c", 'echo "$USER_NAME $PIN"']
    run([direnv, "allow"], variables, folder=tmp_path)
    assert run(words, variables, folder=tmp_path) == "app 1234\n"
    (tmp_path / ".envrc").write_text(text % "op://dev/none/pin")
    run([direnv, "allow"], variables, folder=tmp_path)
    with pytest.raises(AssertionError, match="none"):
        run(words, variables, folder=tmp_path)


@BOTH
def test_oh_my_zsh(scene: Scene, tmp_path: Path, whom: str) -> None:
    """`opswd` copies user name, password and code, completes titles, and has our completion."""
    plugin = copy_of("ohmyzsh/plugins/1password", "1password.plugin.zsh").parent
    words: list[str | Path] = [tool("zsh"), "-f", PROGRAMS / "opswd.zsh", plugin, "db"]
    run(words, scene.as_whom(whom), folder=tmp_path)
    clipboard = (tmp_path / "clipboard").read_text()
    assert re.fullmatch(r"\[app\]\[p4ss word\]\[\d{6}\]\[\]", clipboard), clipboard
    assert (tmp_path / "services").read_text() == "db\n"
    assert "#compdef op" in (tmp_path / "cache/completions/_op").read_text()


@BOTH
def test_git_credential(scene: Scene, tmp_path: Path, whom: str) -> None:
    """git stores, finds, replaces and erases a password by git-credential-1password."""
    helper = copy_of("git-credential-1password", "git-credential-1password")
    own = f"credential.helper={helper} --vault dev --erase"
    git = ["git", "-c", "credential.helper=", "-c", own, "credential"]
    variables = scene.as_whom(whom) | {"GIT_TERMINAL_PROMPT": "0"}
    place = f"protocol=https\nhost={whom.replace('_', '-')}.example.org\n"

    def ask(verb: str, more: str = "") -> str:
        return run([*git, verb], variables, folder=tmp_path, given=f"{place}{more}\n")

    for password in ("t0ken", "renewed"):
        known = f"username=me\npassword={password}\n"
        ask("approve", known)
        assert ask("fill") == place + known
    ask("reject", known)
    with pytest.raises(AssertionError, match="could not read Username"):
        ask("fill")


@pytest.mark.parametrize("whom", ["session", "nobody"])
def test_kamal(scene: Scene, tmp_path: Path, whom: str) -> None:
    """Kamal's adapter fetches fields and whole items; without a session it signs in."""
    adapter = copy_of("kamal", "lib/kamal/secrets/adapters/one_password.rb")
    variables = scene.session
    if whom == "nobody":
        del variables["OP_SESSION"]
    ruby: list[str | Path] = [tool("ruby"), PROGRAMS / "kamal.rb", adapter.parents[3], EMAIL]
    loads = ["-e", 'require "active_support"']
    if subprocess.run([ruby[0], *loads], capture_output=True, check=False).returncode:
        pytest.skip("Ruby has no active_support here")

    def fetch(*words: str) -> dict[str, str]:
        given = f"{PASSWORD}\n"
        out = run([*ruby, *words], variables, folder=tmp_path, given=given)
        return dict(json.loads(out))

    assert fetch("op://dev/db", "password") == {"dev/db": "p4ss word"}
    several = fetch("op://dev", "db/username", "db/Admin/pin")
    assert several == {"dev/db/username": "app", "dev/db/Admin/pin": "1234"}
    assert fetch("op://dev/db")["dev/db/Admin/pin"] == "1234"
