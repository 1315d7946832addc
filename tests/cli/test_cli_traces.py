"""After every way to get a secret out: nothing of it on disk, in arguments, history or core dumps.

The commands are typed into an interactive shell that keeps a history and lets programs dump their
cores. Meanwhile all command lines of the computer are read again and again; then every file below
the one folder in which all of it happens.
"""

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cli.program import SECONDS_MAX

CANARY = "canary-sw0rdfish-Ö-5b1e"
# Another one for what the search has to find: tests side by side must not find it for others.
PLANTED = "canary-planted-Ö-77f0"
OP = f"{sys.executable} -m strongroom.cli.main"

# Each of them has a secret in its hands, and writes it to where its user sent it: nowhere.
FLOWS = [
    "op read op://traces/key/password >/dev/null",
    "op read -n 'op://traces/key/password?attribute=value' >/dev/null",
    "op read op://traces/letter/letter.txt >/dev/null",
    "op item get key --reveal >/dev/null",
    "op item get key --fields password --reveal >/dev/null",
    "op item get key --format json >/dev/null",
    "op item list --format json >/dev/null",
    "op document get letter >/dev/null",
    "op read op://traces/key/password | op item create --category login --title a x=- >/dev/null",
    "op item get key --format json | op item create --vault traces --title b - >/dev/null",
    "op read op://traces/key/password | op item edit a extra[password]=- >/dev/null",
    "op read op://traces/key/password | op document create - --title c --vault traces >/dev/null",
    "op environment read env >/dev/null",
    "op environment read env --format dotenv >/dev/null",
    "op environment create copy >/dev/null",
    "op environment read env --format dotenv | op environment import copy /dev/stdin >/dev/null",
    "op environment diff copy 1 --reveal >/dev/null",
    "echo op://traces/key/password | op inject >/dev/null",
    "op inject -i config.tpl >/dev/null",
    "SECRET=op://traces/key/password op run -- sh -c 'echo $SECRET'",
    "op run --env-file refs.env --environment env -- sh -c 'sleep 0.3; echo $SECRET $TOKEN'",
    "op run --no-masking --environment env -- sh -c 'echo $TOKEN >/dev/null'",
    "op read op://traces/none/password; op read op://traces/key/nothing",
    "OP_DEBUG=1 op read op://traces/key/password >/dev/null",
    "op read op://traces/key/password >/dev/full",
    "op inject -i config.tpl >/dev/full",
    "op inject -i config.tpl -o none/such",
    # Crashes while the program of `op run` is at work, and as it ends by a signal that dumps cores.
    "op run --environment env -- sh -c 'kill -SEGV $PPID; sleep 0.2'; echo code $?",
    "op run --environment env -- sh -c 'trap : QUIT; kill -ABRT $PPID; sleep 0.2'; echo code $?",
    "op run --environment env -- sh -c 'ulimit -c 0; kill -SEGV $$'; echo code $?",
]


REFUSALS = [
    "could not find item none in vault traces",
    "item 'traces/key' does not have a field 'nothing'",
    "standard output could not be written: no space left on device",
    "standard output could not be written: no space left on device",
    "none/such could not be written: no such file or directory",
]


@pytest.fixture(scope="module")
def scene(op):
    """A vault and an Environment with the canary, and places of its own for everything else."""
    op("vault", "create", "traces")
    vault = ("--vault", "traces")
    op(
        "item",
        "create",
        *vault,
        "--category",
        "login",
        "--title",
        "key",
        "password=-",
        given=CANARY,
    )
    op(
        "document",
        "create",
        "-",
        "--title",
        "letter",
        "--file-name",
        "letter.txt",
        *vault,
        given=CANARY,
    )
    op("environment", "create", "env", "TOKEN=-", given=CANARY)
    (op.folder / "config.tpl").write_text("password: {{ op://traces/key/password }}\n")
    (op.folder / "refs.env").write_text("SECRET=op://traces/key/password\n")
    (op.folder / "tmp").mkdir()
    places = {name: str(op.folder) for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
    return op.with_(**places, TMPDIR=str(op.folder / "tmp"), HISTFILE=str(op.folder / "history"))


# Programs begin as after `ulimit -c unlimited`.
DUMPING = ["sh", "-c", 'ulimit -c "$(ulimit -H -c)"; exec "$@"', "sh"]


def spellings(value):
    """Return what a value looks like in files, memory and arguments."""
    return value.encode(), value.encode("utf-16-le"), value.encode().hex().encode()


class CommandLines(threading.Thread):
    """Looks for the canary in all command lines until it is stopped."""

    def __init__(self, value=CANARY):
        super().__init__(daemon=True)
        self._spellings = spellings(value)
        self.found = set()
        self.rounds = 0
        self._ended = threading.Event()

    def run(self):
        while not self._ended.wait(0.005):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = path.read_bytes()
                except OSError:
                    continue
                self.found |= {line for value in self._spellings if value in line}
            self.rounds += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self.join()


def type_in(scene, lines):
    """Type lines into an interactive shell; return everything that it showed."""
    typed = "\n".join([f'op() {{ {OP} "$@"; }}', *lines, "exit", ""])
    done = subprocess.run(
        [*DUMPING, "bash", "--norc", "--noprofile", "-i"],
        input=typed.encode(),
        env=scene.environment,
        cwd=scene.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        timeout=SECONDS_MAX * 2,
        check=False,
    )
    return done.stdout


def files_with_canary(folder, value=CANARY):
    """Return the names of files below a folder that hold the canary in any spelling."""
    values = spellings(value)
    return {
        path.name
        for path in folder.rglob("*")
        if path.is_file() and any(one in path.read_bytes() for one in values)
    }


def core_dumps_are_files():
    """Whether the system leaves core dumps where the program was; a test cannot change it."""
    pattern = Path("/proc/sys/kernel/core_pattern")
    return pattern.exists() and not pattern.read_text().startswith(("|", "/"))


def test_every_flow(scene):
    """The canary leaves by standard output alone, and the history holds each command as typed."""
    with CommandLines() as lines:
        shown = type_in(scene, FLOWS)
    assert lines.rounds > len(FLOWS)
    assert lines.found == set()
    assert CANARY.encode() not in shown
    history = (scene.folder / "history").read_text().splitlines()
    assert [line for line in history if line in FLOWS] == FLOWS
    assert files_with_canary(scene.folder) == set()
    assert not list(scene.folder.glob("core*"))
    # What was refused was refused for its own reason, and the rest did its work.
    told = [line for line in shown.decode().splitlines() if line.startswith("[ERROR]")]
    ends = zip(told, REFUSALS, strict=True)
    assert all(line.endswith(reason) for line, reason in ends), told
    codes = [128 + number for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGSEGV)]
    assert [int(one) for one in re.findall(rb"^code (\d+)$", shown, re.MULTILINE)] == codes
    assert scene("item", "get", "a", "--fields", "extra", "--reveal").out == (f"{CANARY}\n")
    assert scene("document", "get", "c").out == f"{CANARY}\n"
    assert scene("environment", "read", "copy").out == f"TOKEN={CANARY}\n"


@pytest.mark.skipif(not core_dumps_are_files(), reason="core dumps go to a program")
def test_mutant_core_dump(scene):
    """A program with the canary that crashes leaves a core dump, and the search finds it."""
    program = f"{sys.executable} -c 'import os; x = input(); os.abort()'"
    type_in(scene, [f"op read op://traces/key/password | {program}"])
    found = files_with_canary(scene.folder)
    for path in scene.folder.glob("core*"):
        path.unlink()
    assert found
    assert all(name.startswith("core") for name in found)


def test_mutants(scene):
    """The search finds the canary in a history, in a command line and in a temporary file."""
    with CommandLines(PLANTED) as lines:
        type_in(scene, [f"{sys.executable} -c 'import time; time.sleep(0.5)' {PLANTED}"])
    assert lines.found
    assert files_with_canary(scene.folder, PLANTED) == {"history"}
    (scene.folder / "history").unlink()
    (scene.folder / "tmp" / "left").write_text(PLANTED)
    assert files_with_canary(scene.folder, PLANTED) == {"left"}
    (scene.folder / "tmp" / "left").unlink()


@pytest.mark.parametrize("secret", ["op://traces/key/password", "none"])
def test_limits_of_core_dumps(scene, secret):
    """The program has the limit that it would have without us; we have none to give."""
    child = subprocess.Popen(
        [*DUMPING, *OP.split(), "run", "--", "sh", "-c", "echo $$; ulimit -c; read line"],
        env=scene.environment | {"SECRET": secret},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    program = int(child.stdout.readline())
    limits = {
        pid: next(
            line.split()[4]
            for line in Path(f"/proc/{pid}/limits").read_text().splitlines()
            if line.startswith("Max core file size")
        )
        for pid in (child.pid, program)
    }
    assert limits[child.pid] == "0"
    assert limits[program] == child.stdout.readline().strip() == "unlimited"
    child.communicate("\n", timeout=SECONDS_MAX)
    assert child.returncode == 0
