"""Whole programs on the official JavaScript SDK and our core: how they start, work and end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from strongroom.testing import throw_away_account
from strongroom.testing.account import AccountTemplate, ThrowAwayAccount, make_template
from support.cores import serving
from support.javascript import (
    PACKAGE,
    PROGRAMS,
    REGISTER,
    VERSIONS,
    Project,
    install,
    node_of,
    run_npm,
)
from support.performers import CallError, Performer

SEED = {"vault": {"item": {"password": "correct horse"}}, "Development": {}}
GOOD = "op://vault/item/password"
SECONDS_MAX = 20


@pytest.fixture(scope="module")
def template() -> AccountTemplate:
    return make_template(SEED)


@pytest.fixture
def account(template: AccountTemplate) -> Iterator[ThrowAwayAccount]:
    with throw_away_account(template) as made:
        yield made


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


class Marked:
    """The processes that a test has started, whoever their parents are: by a variable."""

    def __init__(self) -> None:
        self.environment = {"INTEROP_MARK": uuid.uuid4().hex}
        self._text = "INTEROP_MARK={INTEROP_MARK}".format(**self.environment).encode()

    def cores(self) -> list[int]:
        """Return the cores that run."""
        return [pid for pid in self._all() if b"\0core\0--stdio" in read(pid, "cmdline")]

    def wait_for_none(self) -> None:
        """Wait until no process is left."""
        deadline = time.monotonic() + SECONDS_MAX
        while left := list(self._all()):
            assert time.monotonic() < deadline, [read(pid, "cmdline") for pid in left]
            time.sleep(0.02)

    def _all(self) -> Iterator[int]:
        pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        return (pid for pid in pids if self._text in read(pid, "environ"))


def read(pid: int, name: str) -> bytes:
    """Return a file of a process; nothing if it has gone."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


@pytest.fixture
def marked() -> Iterator[Marked]:
    """Whatever a test does, its cores are gone soon afterwards."""
    made = Marked()
    yield made
    made.wait_for_none()


SEEDS = ("list_vaults.mjs", "Development\nvault\n")


SEEDS_HASH = "36c6bddf1a31ef4d5aa4cd8cc7eca02d9ed8521c4a24995299413890bd48e733"


def in_order(out: str) -> str:
    """Return lines in order: that of vaults follows their ids."""
    return "".join(sorted(out.splitlines(keepends=True)))


@pytest.mark.parametrize("version", VERSIONS)
def test_with_register(version: str, account, project, marked) -> None:
    """The SDK's own example runs with one option of Node, on each version."""
    program, expected = SEEDS
    out = project.run(program, account.environment | marked.environment, node=node_of(version))
    assert in_order(out) == expected


@pytest.mark.parametrize("form", ["folder", "packed"])
def test_with_an_override(form: str, account, tmp_path, marked) -> None:
    """It runs as well where npm has put our package in the place of the stock core."""
    project = Project(tmp_path, registered=False)
    source = PACKAGE
    if form == "packed":
        packed = run_npm("pack", str(PACKAGE), "--silent", folder=tmp_path)
        source = tmp_path / packed.strip()
    install()  # so that what is needed is in npm's cache
    wanted = {
        "dependencies": {"@1password/sdk": "0.5.0"},
        "overrides": {"@1password/sdk-core": f"file:{source}"},
    }
    (tmp_path / "package.json").write_text(json.dumps(wanted), encoding="utf-8")
    run_npm("install", "--prefer-offline", "--no-package-lock", folder=tmp_path)
    installed = tmp_path / "node_modules/@1password/sdk-core"
    assert installed.is_symlink() == (form == "folder")
    assert not (installed / "nodejs").exists()
    assert not (installed / "test").exists() or form == "folder"
    program, expected = SEEDS
    assert in_order(project.run(program, account.environment | marked.environment)) == expected


def test_register_needs_no_stock_core(account, tmp_path, marked) -> None:
    """With the option it does not matter whether the stock core is installed."""
    project = Project(tmp_path, registered=False)
    scope = tmp_path / "node_modules/@1password"
    scope.mkdir(parents=True)
    sdk = install() / "@1password/sdk"
    subprocess.run(["cp", "-r", str(sdk), str(scope / "sdk")], check=True)
    option = {"NODE_OPTIONS": f"--require {json.dumps(str(REGISTER))}"}
    program, expected = SEEDS
    out = project.run(program, account.environment | marked.environment | option)
    assert in_order(out) == expected


def test_the_example_is_the_sdks_own() -> None:
    """What runs is the example of the SDK's documentation, byte for byte."""
    assert sha256((PROGRAMS / SEEDS[0]).read_bytes()).hexdigest() == SEEDS_HASH


@pytest.mark.parametrize("version", VERSIONS)
def test_on_a_socket(version: str, account, project, tmp_path, marked) -> None:
    """The same program runs on a core that serves behind a socket, and starts none."""
    folder = tmp_path / "s"
    folder.mkdir(mode=0o700)
    program, expected = SEEDS
    with serving(folder, {}) as place:
        found = {"STRONGROOM_CORE": place, "PATH": "/none"}
        environment = account.environment | marked.environment | found
        assert in_order(project.run(program, environment, node=node_of(version))) == expected


def test_nothing_is_preloaded_twice(account, project, marked) -> None:
    """What a program has Node load first is loaded by the program, and not by the core's thread."""
    log = project.folder / "log"
    preload = project.folder / "preload.cjs"
    where = 'require("node:worker_threads").isMainThread'
    line = f'require("node:fs").appendFileSync("{log}", String({where}));'
    preload.write_text(line, encoding="utf-8")
    options = {"NODE_OPTIONS": f"--require {REGISTER} --require {preload}"}
    program, expected = SEEDS
    out = project.run(program, account.environment | marked.environment | options)
    assert in_order(out) == expected
    assert log.read_text(encoding="utf-8") == "true"


def test_two_clients_in_commonjs(template, account, project, marked) -> None:
    """A program may have tokens of several accounts at once, and may be CommonJS."""
    other_seed = {"vault": {"item": {"password": "another horse"}}}
    with throw_away_account(other_seed) as other:
        environment = account.environment | marked.environment | {"OTHER_TOKEN": other.token}
        out = project.run("commonjs.cjs", environment)
    assert out == "1 correct horse another horse\n2 correct horse another horse\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_threads_and_children(version: str, account, project, marked) -> None:
    """Threads of a program, and its children, have cores of their own, and end by themselves."""
    environment = account.environment | marked.environment
    out = project.run("threads.mjs", environment, node=node_of(version))
    who = ["child", "main", "thread 1", "thread 2", "thread 3"]
    expected = [*(f"{name}: correct horse" for name in who), "zombies: 0"]
    assert sorted(out.splitlines()) == expected


def test_side_by_side(account, project, marked) -> None:
    """While the core is busy the program goes on; a synchronous call is answered among others."""
    process = project.start("side_by_side.mjs", account.environment | marked.environment)
    assert process.stdout.readline() == "ready\n"
    (core,) = marked.cores()
    os.kill(core, signal.SIGSTOP)
    process.stdin.write("go\n")
    process.stdin.flush()
    assert process.stdout.readline() == "ticked\n"
    os.kill(core, signal.SIGCONT)
    out, errors = process.communicate("on\n", timeout=SECONDS_MAX)
    assert (process.returncode, errors) == (0, "")
    done = json.loads(out)
    assert done["pin"] == 6
    assert done["seen"].count("correct horse") == 56
    assert len(set(done["seen"])) == 2


@pytest.mark.parametrize(("how", "status"), [("exit", 7), ("throw", 1)])
def test_a_program_that_ends_in_a_call(how: str, status: int, account, project, marked) -> None:
    """However a program ends, its core ends too, though calls were at work."""
    environment = account.environment | marked.environment | {"HOW": how}
    process = project.start("quits.mjs", environment)
    process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == status
    marked.wait_for_none()


def test_an_interrupt_is_the_programs_own(account, project, marked) -> None:
    """What is typed at a terminal does not reach the core: a call at work is answered."""
    process = project.start("interrupted.mjs", account.environment | marked.environment)
    assert process.stdout.readline() == "ready\n"
    (core,) = marked.cores()
    os.kill(core, signal.SIGSTOP)
    process.stdin.write("go\n")
    process.stdin.flush()
    assert process.stdout.readline() == "asked\n"
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    os.kill(core, signal.SIGCONT)
    out, errors = process.communicate(timeout=SECONDS_MAX)
    assert (process.returncode, out, errors) == (0, "correct horse\n", "")


def start(project: Project, environment: dict[str, str]) -> tuple[subprocess.Popen[str], Performer]:
    """Start the program that does one call after another."""
    process = project.start("everything.mjs", environment)
    return process, Performer(process)


def test_a_program_that_is_killed(account, project, marked) -> None:
    """A program that is killed leaves no core behind."""
    process, do = start(project, account.environment | marked.environment)
    with process:
        assert do.call("resolve", GOOD) == "correct horse"
        assert len(marked.cores()) == 1
        process.kill()
    marked.wait_for_none()


def test_a_core_that_is_killed_between_calls(account, project, marked) -> None:
    """The next call finds a new core, where the SDK makes its client anew."""
    process, do = start(project, account.environment | marked.environment)
    with process:
        assert do.call("resolve", GOOD) == "correct horse"
        (core,) = marked.cores()
        os.kill(core, signal.SIGKILL)
        while Path(f"/proc/{core}").exists():  # until its parent has noticed
            time.sleep(0.01)
        assert do.call("pin", 6)["password"]  # which cannot be refused
        assert do.call("resolve", GOOD) == "correct horse"
        (other,) = marked.cores()
        assert other != core
        process.stdin.close()


# A core that does what it is asked once, and dies before it answers.
DIES_ONCE = """
import os, pathlib, signal, sys
from strongroom.core.core import Core
invoke = Core.invoke
async def die(self, message):
    answer = await invoke(self, message)
    if "ItemsCreate" in message and not pathlib.Path("died").exists():
        pathlib.Path("died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
Core.invoke = die
"""
# A core that refuses every call by one name.
REFUSES = """
import sys
from strongroom.core.core import Core
from strongroom.core.failures import CoreError
async def refuse(self, message):
    raise CoreError("{name}", message="no \\u00e9")
Core.invoke = refuse
"""
# A core that tells what is released.
TELLS = """
import sys
from strongroom.core.core import Core
release = Core.release_client
def tell(self, client_id):
    sys.stderr.write("released\\n")
    release(self, client_id)
Core.release_client = tell
"""


def changed_core(change: str) -> dict[str, str]:
    """Return the variable that names a core with a change."""
    program = f"{change}\nfrom strongroom.cli.main import main\nsys.exit(main())"
    return {"STRONGROOM_CORE": json.dumps([sys.executable, "-c", program, "core", "--stdio"])}


def test_a_core_that_dies_in_a_call(account, project, marked) -> None:
    """A write that was not answered fails, and is not done a second time."""
    environment = account.environment | marked.environment | changed_core(DIES_ONCE)
    process, do = start(project, environment)
    vault = account.vault("vault")
    with process:
        with pytest.raises(CallError, match=r"^core .*: it was ended by SIGKILL$"):
            do.call("create", vault)
        titles = [row["title"] for row in do.call("list", vault)]
        assert sorted(titles) == ["item", "made"]
        do.call("create", vault)
        titles = [row["title"] for row in do.call("list", vault)]
        assert sorted(titles) == ["item", "made", "made"]
        process.stdin.close()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("RateLimitExceeded", "RateLimitExceededError"),
        ("DesktopSessionExpired", "DesktopSessionExpiredError"),
        ("AuthExpired", "AuthExpiredError"),
        ("Internal", "Error"),
    ],
)
def test_classes_of_errors(name: str, shown: str, account, project, marked) -> None:
    """Failures reach the program as the classes that the SDK has for them, with their texts."""
    change = changed_core(REFUSES.replace("{name}", name))
    process, do = start(project, account.environment | marked.environment | change)
    with process:
        with pytest.raises(CallError, match=r"^no é$") as caught:
            do.call("resolve", GOOD)
        assert caught.value.classes == [shown]
        process.stdin.close()


def test_clients_that_are_forgotten(account, project, marked) -> None:
    """Clients that a program has forgotten are released, and do not keep it alive."""
    environment = account.environment | marked.environment | changed_core(TELLS)
    process = project.start("forgets.mjs", environment, options=("--expose-gc",))
    out, errors = process.communicate(timeout=SECONDS_MAX)
    assert (process.returncode, out) == (0, "")
    assert errors.count("released\n") >= 2
    assert errors.replace("released\n", "") == ""


def test_workload_identity(account, project, marked) -> None:
    """It is refused, with a token beside it too, and nobody asks for a proof."""
    out = project.run("workload.mjs", account.environment | marked.environment)
    assert out == "workload identity is not available\n" * 2 + "0\n"


def test_no_core(account, project, marked) -> None:
    """A program without a core is told which one was looked for, and why there is none."""
    environment = account.environment | {"STRONGROOM_CORE": "", "PATH": "/none"}
    process = project.start("list_vaults.mjs", environment)
    _, errors = process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == 1
    assert 'Error: core "strongroom": it cannot be started: it is not in PATH' in errors
    assert account.token not in errors


def test_nobody_sees_the_token(account, project, marked) -> None:
    """A token is in no process's arguments, not in the core's environment, and in no output."""
    process, do = start(project, account.environment | marked.environment)
    with process:
        do.call("resolve", GOOD)
        (core,) = marked.cores()
        environment = read(core, "environ")
        assert b"INTEROP_MARK=" in environment
        assert b"OP_SERVICE_ACCOUNT_TOKEN" not in environment
        token = account.token.encode()
        assert token not in environment
        assert token in read(process.pid, "environ")  # which a search like this one would find
        pids = [path.name for path in Path("/proc").iterdir() if path.name.isdigit()]
        assert [pid for pid in pids if token in read(int(pid), "cmdline")] == []
        with pytest.raises(CallError) as caught:
            do.call("get", account.token, "x")
        assert account.token not in str(caught.value)
        os.kill(core, signal.SIGKILL)
        out, errors = process.communicate(timeout=SECONDS_MAX)
    assert account.token not in out + errors
