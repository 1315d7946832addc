"""The action in `action/`, as a runner of GitHub Actions runs it, on a live vault."""

import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.program import SECRET
from support.github_runner import Runner, StepError

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action"
# Everything that is hard for commands and for files: lines, the marks of commands, quotes.
KEY = "-----BEGIN-----\r\n  50%25 ünd \"quoted\" 'twice'\n::add-mask::x\nend<<end\n-----END-----"
LINES = ("-----BEGIN-----", "50%25 ünd \"quoted\" 'twice'", "end<<end", "-----END-----")
REFERENCES = {"DB_PASSWORD": "op://dev/db/password", "KEY": "op://dev/deploy/key"}
VALUES = {"DB_PASSWORD": SECRET, "KEY": KEY}
# The last two are nowhere but here: tests side by side have the first one in command lines.
HIDDEN = [SECRET.encode(), b"quoted\" 'twice'", b"hidden-value"]
WATCH_SECONDS = 0.02


@pytest.fixture(scope="module")
def from_wheel(tmp_path_factory):
    """The inputs that install a wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = Path(sys.executable).parent / "uv-build"
    subprocess.run([build, "build-wheel", folder], cwd=ROOT, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return {"install": str(made), "sha256": hashlib.sha256(made.read_bytes()).hexdigest()}


@pytest.fixture(scope="module")
def beneath(tmp_path_factory):
    """A folder with what the wheel needs, and no more, so that no registry is asked."""
    folder = tmp_path_factory.mktemp("beneath")
    text = (ROOT / "requirements/runtime.txt").read_text()
    for name in re.findall(r"^([\w-]+)==", text, re.MULTILINE):
        for file in importlib.metadata.files(name):
            place = folder / file.parts[0]
            if file.parts[0] != ".." and not place.exists():
                place.symlink_to(Path(file.locate()).parents[len(file.parts) - 1] / file.parts[0])
    return folder


@pytest.fixture(scope="module")
def account(op):
    """The account, with a key of several lines, an Environment, and a token for a job."""
    op(
        *("item", "create", "--vault", "dev", "--category", "login", "--title", "deploy"),
        *("key[text]=-", "empty[text]="),
        given=KEY,
    )
    words = (
        "MODE=production",
        "END=1\n\n",
        "TOKEN[masked]=hidden-value",
        "URL=x:{{ op://dev/db/password }}",
    )
    op("environment", "create", "web", *words)
    rights = ("--vault", "dev", "--environment", "web")
    made = op("service-account", "create", "ci", *rights, "--raw")
    return op.with_(OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=made.out.strip())


@pytest.fixture(scope="module")
def installed(account, beneath, from_wheel, tmp_path_factory):
    """A job in which the action has installed the wheel and exported two secrets."""
    runner = Runner(tmp_path_factory.mktemp("job"), variables_of(account, beneath))
    with watched() as seen:
        outputs = runner.use(ACTION, {**from_wheel, "export-env": "true"}, **REFERENCES)
    assert outputs == {"variables": "{}"}
    return runner, seen


@pytest.fixture
def job(account, installed, from_wheel, tmp_path):
    """Another job, where the same is installed already: a function that loads something."""
    runner = Runner(tmp_path / "job", variables_of(account, installed[0].variables["PYTHONPATH"]))
    (runner.temp / "strongroom").symlink_to(installed[0].temp / "strongroom")
    return runner, lambda inputs, **more: runner.use(ACTION, {**from_wheel, **inputs}, **more)


def variables_of(account, beneath):
    """Return the variables of a job: the token, a path without `op`, and no registry."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(account.folder),
        "STRONGROOM_HOME": str(account.folder / "nowhere"),
        "OP_SERVICE_ACCOUNT_TOKEN": account.environment["OP_SERVICE_ACCOUNT_TOKEN"],
        "PYTHONPATH": str(beneath),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_CONFIG_FILE": os.devnull,
    }


@contextmanager
def watched():
    """Collect the command lines of all processes meanwhile."""
    seen, done = set(), threading.Event()

    def look():
        while not done.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes())
                except OSError:
                    continue
            time.sleep(WATCH_SECONDS)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def places(folder, secrets):
    """Return the names of the files in which a secret stands."""
    return {
        path.name
        for path in folder.rglob("*")
        if path.is_file() and any(one in path.read_bytes() for one in secrets)
    }


def test_later_steps_have_the_values(installed):
    """Each variable has its value, to the byte, in every later step, and `op` is on the path."""
    runner, _ = installed
    for name, value in VALUES.items():
        runner.run(f'printf %s "${name}" | sha256sum')
        assert runner.said[-1].split()[0] == hashlib.sha256(value.encode()).hexdigest()
    runner.run("op --version; strongroom --version; command -v python3")
    assert "strongroom" in runner.said[-2]
    assert str(runner.temp) not in runner.said[-1]


def test_the_log_shows_masks(installed):
    """What a later step prints of a secret is masked, whole or line by line."""
    runner, _ = installed
    before = len(runner.log)
    runner.run('printf "%s\\n" "$DB_PASSWORD" "$KEY"')
    shown = "\n".join(runner.log[before:])
    assert not any(line in shown for line in (SECRET, *LINES))
    assert {SECRET, *LINES} <= runner.masks


def test_traces(installed):
    """Secrets are in the file of the variables and in masks, and nowhere else; nor is the token."""
    runner, seen = installed
    loading = next(one for one in runner.steps if one.files["GITHUB_ENV"])
    assert all(line.startswith("::add-mask::") for line in loading.lines)
    index = runner.steps.index(loading)
    assert places(runner.temp, HIDDEN) == {f"GITHUB_ENV_{index}"}
    token = runner.variables["OP_SERVICE_ACCOUNT_TOKEN"].encode()
    assert places(runner.temp.parent, [token]) == set()
    assert any(b"\0ci\0github\0" in one for one in seen)
    assert not any(secret in one for one in seen for secret in (*HIDDEN[1:], token))


def test_the_installation_has_no_credential(installed):
    """Whatever is built and installed does not see the token."""
    text = (ACTION / "action.yml").read_text()
    assert re.search(r'id: install\n(?:.*\n)*? +OP_SERVICE_ACCOUNT_TOKEN: ""\n +run:', text)


def test_outputs(job):
    """Without `export-env` the values are in one output, and no variable is exported."""
    runner, load = job
    outputs = load({}, **REFERENCES)
    assert json.loads(outputs["variables"]) == VALUES
    assert all(one.files["GITHUB_ENV"] == "" for one in runner.steps)
    assert {SECRET, *LINES} <= runner.masks


def test_environment_and_env_file(job):
    """An Environment and files give all their variables; masked are the secrets among them."""
    runner, load = job
    (runner.workspace / "a b.env").write_text("LEVEL=debug\nPIN=op://dev/$VAULT_ITEM/Admin/pin\n")
    load(
        {"export-env": "true", "environment": "\n  web\n", "env-file": "a b.env"},
        VAULT_ITEM="db",
        OTHER="see op://dev/none/password",
        GITHUB_HEAD_REF="op://dev/db/password",
    )
    wanted = {"MODE": "production", "TOKEN": "hidden-value", "LEVEL": "debug", "PIN": "1234"}
    wanted |= {"URL": f"x:{SECRET}", "END": "1\n\n"}
    assert {name: runner.variables.get(name) for name in wanted} == wanted
    assert runner.masks == {SECRET, "hidden-value", "1234"}
    assert "OTHER" not in runner.variables
    assert "GITHUB_HEAD_REF" not in runner.variables


def test_an_empty_value_has_no_mask(job):
    """An empty secret is exported, and the runner is not asked for an empty mask."""
    runner, load = job
    load({"export-env": "true"}, EMPTY="op://dev/deploy/empty")
    assert runner.variables["EMPTY"] == ""
    assert runner.masks == set()


def test_a_failure_exports_nothing(job):
    """Every reference that leads nowhere is named, nothing is exported, and later steps fail."""
    runner, load = job
    broken = {"ONE": "op://dev/none/password", "TWO": "op://dev/db/none"}
    with pytest.raises(StepError) as failure:
        load({"export-env": "true"}, **REFERENCES, **broken)
    assert all(one in str(failure.value) for one in (*broken, *broken.values()))
    assert "so nothing was exported" in str(failure.value)
    last = runner.steps[-1]
    assert (last.files["GITHUB_ENV"], last.files["GITHUB_OUTPUT"]) == ("", "")
    assert runner.masks == set()
    assert places(runner.temp, HIDDEN) == set()


def test_unset_previous(job):
    """What an earlier step exported is made empty, but for what is loaded again."""
    runner, load = job
    load({"export-env": "true"}, **REFERENCES)
    load({"export-env": "true"}, PIN="op://dev/db/Admin/pin")
    assert runner.variables["OP_MANAGED_VARIABLES"] == "DB_PASSWORD,KEY,PIN"
    load({"export-env": "true", "unset-previous": "true"}, PIN="op://dev/db/username")
    loaded = {name: runner.variables[name] for name in ("DB_PASSWORD", "KEY", "PIN")}
    assert loaded == {"DB_PASSWORD": "", "KEY": "", "PIN": "app"}
    load({"unset-previous": "true"}, OP_SERVICE_ACCOUNT_TOKEN="")
    assert (runner.variables["PIN"], runner.variables["OP_MANAGED_VARIABLES"]) == ("", "")


def test_nothing_to_load(job):
    """A step that only wants `op` needs no token."""
    _, load = job
    assert load({}, OP_SERVICE_ACCOUNT_TOKEN="") == {"variables": "{}"}


REFUSED = {
    "no boolean": ({"export-env": "yes"}, "export-env is true or false"),
    "a hash without a wheel": ({"install": "strongroom", "sha256": "0" * 64}, "belongs to a wheel"),
    "half a hash": ({"sha256": "0" * 63}, "64 hexadecimal digits"),
    "a hash with its name": ({"sha256": f"sha256:{'0' * 57}"}, "64 hexadecimal digits"),
    "another scheme": ({"install": "http://x.example.org/a.whl"}, "only https"),
    "no such wheel": ({"install": "none-1-py3-none-any.whl"}, "no file of that name"),
}


@pytest.mark.parametrize(("inputs", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_wrong_inputs(job, inputs, reason):
    """An input that cannot be meant ends the step."""
    runner, load = job
    if "install" in inputs:
        (runner.temp / "strongroom").unlink()
    with pytest.raises(StepError, match=reason):
        load(inputs)


def test_another_wheel_is_refused(job):
    """A wheel with another hash than the workflow names is not installed."""
    runner, load = job
    (runner.temp / "strongroom").unlink()
    with pytest.raises(StepError, match=r"(?i)hash"):
        load({"sha256": hashlib.sha256(b"another").hexdigest()})
    assert not (runner.temp / "strongroom/bin").exists()


def test_the_checkout_is_not_imported(job, from_wheel):
    """Files of the job's checkout that are called like modules are not run by the installation."""
    runner, load = job
    (runner.temp / "strongroom").unlink()
    for name in ("pip", "venv", "pathlib", "logging"):
        (runner.workspace / f"{name}.py").write_text(f"raise SystemExit('{name} of the job')\n")
    # In capitals a hash is the same one.
    load({"sha256": from_wheel["sha256"].upper()})
    assert (runner.temp / "strongroom/bin/op").exists()


def test_too_many_names(account, tmp_path):
    """The list of the names that were exported is a variable of every later step itself."""
    file = tmp_path / "env"
    file.touch()
    names = [f"{'N' * 1000}{number:03}" for number in range(131)]
    (tmp_path / "many.env").write_text("".join(f"{name}=1\n" for name in names))
    given = account.with_(GITHUB_ENV=str(file))
    done = given.run("ci", "github", "--env-file", str(tmp_path / "many.env"))
    wanted = 'variables are too large for the steps that follow: "OP_MANAGED_VARIABLES"'
    assert done.error == wanted
    assert file.read_bytes() == b""


@pytest.mark.parametrize("more", [0, 1])
def test_a_value_that_is_too_large(job, account, more):
    """The largest variable that a later step can be started with is exported, and no larger one."""
    runner, load = job
    value = "x" * (128 * 1024 - 1 - len("LARGE=") + more)
    (runner.workspace / "large.env").write_text(f"LARGE={value}\n")
    if more:
        with pytest.raises(StepError, match='too large for the steps that follow: "LARGE"'):
            load({"export-env": "true", "env-file": "large.env"})
        assert runner.steps[-1].files["GITHUB_ENV"] == ""
        return
    load({"export-env": "true", "env-file": "large.env"})
    runner.run('printf %s "$LARGE" | wc -c')
    assert int(runner.said[-1]) == len(value)


UNFIT = {
    "a name with a comma": ("a,b", "1", 'names with a comma cannot be exported: "a,b"'),
    "a name of the runner": ("GITHUB_REF", "1", "keeps for itself"),
    "a carriage return at the end": ("A", "1\r", "carriage return"),
}


@pytest.mark.parametrize(("name", "value", "reason"), UNFIT.values(), ids=UNFIT.keys())
def test_what_a_runner_does_not_take(op, tmp_path, name, value, reason):
    """What the runner does not take is named, and nothing is written."""
    file = tmp_path / "env"
    file.touch()
    made = op("environment", "create", f"unfit {name}", f"{name}={value}", "--format", "json").json
    done = op.with_(GITHUB_ENV=str(file)).run("ci", "github", "--environment", made["id"])
    assert reason in done.error
    assert "another format" not in done.err
    assert file.read_bytes() == b""


def test_a_value_that_is_no_text(account, tmp_path):
    """Bytes that a file takes from an inherited variable are no text for the runner."""
    (tmp_path / "env").touch()
    (tmp_path / "raw.env").write_text("A=$RAW\n")
    given = account.with_(GITHUB_ENV=str(tmp_path / "env"), RAW="a\udcffb")
    done = given.run("ci", "github", "--env-file", str(tmp_path / "raw.env"))
    assert done.error == 'variables have values that are not UTF-8: "A"'
    given.environment["B\udcff"] = "op://dev/db/username"
    assert "has a name that the runner does not read" in given.run("ci", "github").error


def test_outside_of_a_runner(account):
    """Without the runner's files the command says what it is for, and asks nobody."""
    assert account.run("ci", "github").error.startswith("GITHUB_ENV is not set")
    error = account.run("ci", "github", "--outputs").error
    assert error.startswith("GITHUB_OUTPUT is not set")
    gone = account.with_(GITHUB_ENV="/nowhere/file", A="op://dev/db/username").run("ci", "github")
    assert "the file of GITHUB_ENV could not be written: no such file" in gone.err
