"""As much of a runner of GitHub Actions as a composite action and `run:` steps see of it.

A step is a file that bash runs. It gets three files to write to; what it leaves there and the
commands in its output count when it has ended. Expressions are those that an action of ours has,
and any other is refused.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

STEP_SECONDS_MAX = 120
MASK = "***"
FILES = ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH")
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_PATH = r"[\w-]+(?:\.[\w-]+)*"
_KNOWN = re.compile(
    rf"(?:(?P<function>toJSON|fromJSON)\()?(?P<path>{_PATH})(?(function)\))(?:\.(?P<key>{_PATH}))?"
)
_HEREDOC = re.compile(r"([^=\n]+?)<<(\S+)\n(?:(.*?)\n)?\2(?:\n|\Z)", re.DOTALL)
_PLAIN = re.compile(r"([^=\n]+)=(.*)(?:\n|\Z)")
_ADD_MASK = "::add-mask::"


class StepError(Exception):
    """A step that ended with another code than zero."""


class Ended(NamedTuple):
    """What a step left behind; `files` are its files as they were written."""

    code: int
    lines: list[str]
    outputs: dict[str, str]
    files: dict[str, str]


class Runner:
    """A job: its variables and masks, and its log.

    Attributes:
        said: Every line that a step wrote, before any mask.
        log: What somebody sees of it.
        steps: All steps that have run.
    """

    def __init__(
        self, folder: Path, variables: Mapping[str, str], *, workspace: Path | None = None
    ) -> None:
        """Begin a job in an empty folder.

        Args:
            workspace: Where the files of its repository are, if there are any.
        """
        self.temp = folder / "temp"
        self.workspace = workspace or folder / "workspace"
        self.temp.mkdir(parents=True)
        self.workspace.mkdir(exist_ok=True)
        self.variables = dict(variables) | {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
        }
        self.masks: set[str] = set()
        self.said: list[str] = []
        self.log: list[str] = []
        self.steps: list[Ended] = []

    def run(self, script: str, **variables: str) -> Ended:
        """Run a `run:` step.

        Raises:
            StepError: It failed; the log says why.
        """
        file = self.temp / f"{len(self.steps)}.sh"
        file.write_text(script, encoding="utf-8")
        bash = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(file)]
        return self.start(bash, variables)

    def start(self, command: list[str], variables: Mapping[str, str]) -> Ended:
        """Run the program of a step.

        Raises:
            StepError: It failed; the log says why.
        """
        number = len(self.steps)
        files = {name: self.temp / f"{name}_{number}" for name in FILES}
        for path in files.values():
            path.touch()
        done = subprocess.run(
            command,
            env=self.variables
            | {name: str(path) for name, path in files.items()}
            | dict(variables),
            cwd=self.workspace,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=STEP_SECONDS_MAX,
            check=False,
        )
        lines = done.stdout.decode().splitlines()
        for line in lines:
            self._hear(line)
        texts = {name: path.read_bytes().decode() for name, path in files.items()}
        ended = Ended(done.returncode, lines, read_pairs(texts["GITHUB_OUTPUT"]), texts)
        self.steps.append(ended)
        self.variables |= read_pairs(texts["GITHUB_ENV"])
        for folder in texts["GITHUB_PATH"].splitlines():
            self.variables["PATH"] = f"{folder}:{self.variables['PATH']}"
        if ended.code != 0:
            raise StepError("\n".join(lines))
        return ended

    def use(self, action: Path, inputs: Mapping[str, str], **variables: str) -> dict[str, str]:
        """Run a `uses:` step of a composite action; return the outputs of the action.

        Raises:
            StepError: A step of it failed; those behind it have not run.
        """
        told: dict[str, Any] = yaml.safe_load((action / "action.yml").read_text(encoding="utf-8"))
        unknown = set(inputs) - set(told["inputs"])
        assert not unknown, unknown
        given = {name: row["default"] for name, row in told["inputs"].items()} | dict(inputs)
        steps: dict[str, Any] = {}
        contexts = {"inputs": given, "steps": steps}
        assert told["runs"]["using"] == "composite"
        for step in told["runs"]["steps"]:
            assert set(step) <= {"id", "shell", "env", "run"}, step
            assert step["shell"] == "bash", "a composite action names the shell of each step"
            own = {name: evaluate(text, contexts) for name, text in step["env"].items()}
            place = {"GITHUB_ACTION_PATH": str(action)}
            ended = self.run(evaluate(step["run"], contexts), **variables | place | own)
            steps[step["id"]] = {"outputs": ended.outputs}
        return {name: evaluate(row["value"], contexts) for name, row in told["outputs"].items()}

    def _hear(self, line: str) -> None:
        """Take one line of output: a command, or something to show."""
        self.said.append(line)
        if line.lstrip().startswith(_ADD_MASK):
            text = line.lstrip().removeprefix(_ADD_MASK)
            for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
                text = text.replace(code, character)
            assert text.strip(), "the runner warns of an empty mask"
            self.masks.add(text)
            return
        for mask in sorted(self.masks, key=len, reverse=True):
            line = line.replace(mask, MASK)
        self.log.append(line)


def evaluate(text: str, contexts: Mapping[str, Any]) -> str:
    """Return a text with its expressions replaced; what is not set is empty.

    Args:
        contexts: `inputs`, `steps` and so on, as GitHub names them.

    Raises:
        AssertionError: An expression of a form that is not known here.
    """

    def replace(found: re.Match[str]) -> str:
        one = _KNOWN.fullmatch(found[1])
        assert one is not None, found[1]
        value = _look_up(contexts, one["path"])
        if one["function"] == "toJSON":
            return json.dumps(value, indent=2)
        if one["function"] == "fromJSON":
            value = _look_up(json.loads(value), one["key"])
        assert isinstance(value, str), "only texts stand in texts"
        return value

    return _EXPRESSION.sub(replace, text)


def _look_up(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name, "")
    return value


def read_pairs(text: str) -> dict[str, str]:
    """Read a file of variables or outputs.

    Raises:
        AssertionError: A line that the runner would refuse.
    """
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        one = _HEREDOC.match(text, position) or _PLAIN.match(text, position)
        assert one is not None, "the runner does not read this file"
        found[one[1]] = (one[3] or "") if one.re is _HEREDOC else one[2]
        position = one.end()
    return found
