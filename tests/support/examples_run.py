"""Runs the steps of one page in a home of its own."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import termios
import threading
import tomllib
from collections.abc import Callable
from contextlib import ExitStack
from fcntl import ioctl
from pathlib import Path
from typing import IO, NamedTuple

from strongroom.testing import throw_away_account
from support import javascript
from support.examples import PageError, Step, expand, split_session

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS_MAX = 120
# How the program's questions end.
PROMPTS = (b": ", b"[y/N] ", b"[Y/n] ")
ERROR = "[ERROR]"
# Variables that a shell sets itself; some shells refuse to have them set.
SHELLS_OWN = "/^(BASH|EUID|UID|PPID|SHELLOPTS|OPTIND|_=)/d"

# The page's `PASSWORD`, where it needs one again, is this one. Whoever comes from another page
# has an account already, and may have the vaults.
ACCOUNT = r"""
export PASSWORD="correct horse battery"
printf '%s\n' "$PASSWORD" > "$TMPDIR/password"
[ -n "$(strongroom account list)" ] ||
  strongroom account create --url "file://$HOME/strongroom.db" --name Home \
    --email ana@example.org --kit "$HOME/kit.txt" --password-stdin < "$TMPDIR/password"
export OP_SESSION=$(op signin --raw < "$TMPDIR/password")
"""
VAULT = 'op vault get "{0}" >/dev/null 2>&1 || op vault create "{0}"\n'


def _go_folder() -> str:
    """Return where the Go is that `script/test` provides, for the end of a path."""
    found = shutil.which("go")
    return f":{Path(found).parent}" if found else ""


class Done(NamedTuple):
    """What an example left behind."""

    code: int
    out: str


class Page:
    """A home, a shell and a Python that live as long as a page."""

    def __init__(self, folder: Path) -> None:
        """Make an empty home in a folder."""
        self._home = folder / "home"
        self._state = folder / "state"
        self._home.mkdir()
        self._state.mkdir()
        self._folder = self._home
        self._typed: list[str] = []
        self._outside: tuple[dict[str, str], str] | None = None
        self._last = Done(0, "")
        self._closing = ExitStack()
        self._python: subprocess.Popen[str] | None = None
        self._environment = {
            "HOME": str(self._home),
            "LANG": "C.UTF-8",
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin{_go_folder()}",
            # What Go has built before; a home has nothing.
            "GOCACHE": str(ROOT / ".interop/go/cache"),
            "GOTOOLCHAIN": "local",
            "TMPDIR": str(self._state),
            "EXAMPLES_REPOSITORY": str(ROOT),
            "EXAMPLES_OUTPUT": str(self._state / "output"),
        }

    def run(self, step: Step) -> None:
        """Run one step.

        Raises:
            AssertionError: It failed, or showed something else than the page does.
        """
        if "not-run" in step.options:
            return
        if "file" in step.options:
            self._write(step)
            return
        doing: dict[str, Callable[[str], object]] = {
            "account": self._make_account,
            "console": self._session,
            "dev": self._start_dev,
            "javascript": lambda _: self._install_javascript(),
            "output": lambda text: check_shown(text, self._last.out),
            "python": self._piece,
            "run": self._script,
            "sh": self._script,
            "toml": tomllib.loads,
            "types": self._sit_down,
        }
        if step.kind in doing:
            doing[step.kind](step.text)

    def turn(self) -> None:
        """Go on to another page: on the same terminal, and out of the shell of `strongroom dev`."""
        self.close()
        self._python = None
        self._folder = self._home
        if self._outside is not None:
            self._environment, variables = self._outside
            (self._state / "variables").write_text(variables, encoding="utf-8")
        self._outside = None

    def close(self) -> None:
        """End the Python and remove the throw-away account."""
        if self._python is not None:
            self._python.communicate(timeout=SECONDS_MAX)
        self._closing.close()

    def _write(self, step: Step) -> None:
        if step.kind == "toml":
            tomllib.loads(step.text)
        (self._folder / step.options["file"]).write_text(step.text, encoding="utf-8")

    def _start_dev(self, words: str) -> None:
        seed, _, clock = words.partition(" ")
        source = self._folder / seed if seed else None
        starting = throw_away_account(source, clock=clock or None)
        inner = self._state / "variables"
        variables = inner.read_text(encoding="utf-8") if inner.exists() else ""
        self._outside = self._outside or (self._environment, variables)
        self._environment = self._environment | self._closing.enter_context(starting).environment

    def _install_javascript(self) -> None:
        """Do what `npm install @1password/sdk` does, from what the lock file names."""
        (self._folder / "node_modules").symlink_to(javascript.install())
        folder = self._state / "commands"
        folder.mkdir(exist_ok=True)
        javascript.make_commands(folder)
        self._environment["PATH"] += f":{folder}"

    def _make_account(self, vaults: str) -> None:
        self._script(ACCOUNT + "".join(VAULT.format(one) for one in vaults.split()))

    def _sit_down(self, typed: str) -> None:
        self._typed = json.loads(typed)

    def _session(self, text: str) -> None:
        for command, shown in split_session(text):
            self._command(command, shown)

    def _script(self, text: str) -> None:
        done = self._shell(f"set -e\n{text}\n")
        assert done.code == 0, f"{text}\nended with {done.code}:\n{done.out}"

    def _command(self, command: str, shown: str) -> None:
        done = self._shell(command)
        expected_to_fail = shown.startswith(ERROR)
        assert (done.code != 0) == expected_to_fail, f"{command}\n{done.out}"
        check_shown(shown, done.out)

    def _shell(self, text: str) -> Done:
        """Run a script; the next one has its variables and its folder."""
        after, place, inner = (self._state / name for name in ("exported", "folder", "variables"))
        start = f'. "{inner}"\n' if inner.exists() else ""
        ending = (
            f'status=$?\nenv -0 > "{after}"\npwd > "{place}"\n'
            f"set | sed -E '{SHELLS_OWN}' > \"{inner}\"\nexit $status\n"
        )
        done = run_on_terminal(
            ["sh", "-c", f"{start}{text}\n{ending}"],
            environment=self._environment,
            folder=self._folder,
            typed=self._typed,
        )
        self._typed = []
        if done.code == 0:
            pairs = after.read_text(encoding="utf-8").rstrip("\0").split("\0")
            self._environment = dict(pair.split("=", 1) for pair in pairs)
            self._folder = Path(place.read_text(encoding="utf-8").strip())
        return self._keep(done)

    def _piece(self, text: str) -> None:
        if self._python is None:
            child = [sys.executable, "-W", "error", str(ROOT / "tests/support/examples_python.py")]
            self._python = subprocess.Popen(
                child, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        request = {"text": text, "environment": self._environment, "folder": str(self._folder)}
        answer = json.loads(_ask(self._python, json.dumps(request)))
        assert answer["error"] == "", answer["error"]
        self._keep(Done(0, answer["out"]))

    def _keep(self, done: Done) -> Done:
        self._last = done
        (self._state / "output").write_text(done.out, encoding="utf-8")
        return done


def check_shown(shown: str, out: str) -> None:
    """Compare an output with what the page shows."""
    matches = expand(shown).fullmatch(out.strip())
    assert matches, f"the page shows\n{shown}\nand the example printed\n{out}"


def run_on_terminal(
    command: list[str], *, environment: dict[str, str], folder: Path, typed: list[str]
) -> Done:
    """Run a command on a terminal of its own, where somebody answers its questions."""
    leader, follower = pty.openpty()
    child = subprocess.Popen(
        command,
        env=environment,
        cwd=folder,
        stdin=follower,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509  (two calls to the system)
    )
    os.close(follower)
    left: list[bytes] = []
    questions = threading.Thread(target=_answer, args=(leader, list(typed), child.pid, left))
    questions.start()
    try:
        out, _ = child.communicate(timeout=SECONDS_MAX)
    finally:
        child.kill()
        questions.join(timeout=SECONDS_MAX)
        os.close(leader)
    asked = "".join(f"nobody answers: {one.decode()}\n" for one in left)
    return Done(child.returncode, out.decode() + asked)


def _take_terminal() -> None:
    """Make standard input the terminal of this session, which ends with it."""
    ioctl(0, termios.TIOCSCTTY, 0)


def _answer(leader: int, typed: list[str], child: int, left: list[bytes]) -> None:
    """Type an answer to each question; a question too many ends the command."""
    shown = b""
    while True:
        try:
            shown += os.read(leader, 1024)
        except OSError:  # the command has ended
            return
        if shown.endswith(PROMPTS):
            if not typed:
                left.append(shown)
                os.killpg(child, signal.SIGHUP)
                return
            shown = b""
            os.write(leader, typed.pop(0).encode() + b"\n")


def _ask(child: subprocess.Popen[str], request: str) -> str:
    given, answers = _pipe(child.stdin), _pipe(child.stdout)
    given.write(request + "\n")
    given.flush()
    answer = answers.readline()
    if not answer:
        message = "the Python of the page has gone"
        raise PageError(message)
    return answer


def _pipe(end: IO[str] | None) -> IO[str]:
    assert end is not None
    return end
