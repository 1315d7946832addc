"""Command lines of programs that no registry has, replayed in their order on a live vault.

Each row is one call: its words, what it gets on standard input, and what the program does with the
answer. `{…}` in words is what an earlier row, or the vault, has given. `script/interop DIR` runs
the programs themselves (`copies.py`); these lines are those that it saw.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cli.program import EMAIL, PASSWORD
from support.judges import RUN_SECONDS_MAX, Scene

BOTH = ("session", "service_account")


class Done(NamedTuple):
    """What a call left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Call(NamedTuple):
    """A call and what has to be true of its answer.

    Attributes:
        keeps: Names a value for later rows, taken out of the answer.
    """

    words: str
    check: Callable[[Done], bool]
    given: str | None = None
    keeps: tuple[str, Callable[[Done], str]] | None = None


def says(pattern: str) -> Callable[[Done], bool]:
    """Return a check that a call succeeds and prints exactly this, without a word of error."""
    return lambda done: (
        (done.code, done.err) == (0, "") and bool(re.fullmatch(pattern, done.out, re.DOTALL))
    )


def fails(done: Done) -> bool:
    """Check that a call fails with one line of `op`, and prints nothing."""
    line = done.err.splitlines()[0]
    return done.code != 0 and done.out == "" and line.startswith("[ERROR] ") and len(line) > 28


def fields(**values: str) -> Callable[[Done], bool]:
    """Return a check that the answer is a list of fields with these values."""
    return lambda done: {row["label"]: row["value"] for row in done.json} == values


ACTION = (
    Call("--version", says(r"2\.\d+\.\d+\n")),
    Call("env ls", says("FIRST\nSECOND\n")),
    Call("read op://dev/db/password", says("p4ss word\n")),
    Call("read op://dev/db/Admin/pin", says("1234\n")),
    Call("read op://dev/none/password", fails),
)
TEMPLATE = "USER=op://dev/db/username\nBOTH={{ op://dev/db/password }}/x\n"
DIRENV = (
    Call("--version", says(r"2\..*\n")),
    Call("inject", says("USER=app\nBOTH=p4ss word/x\n+"), TEMPLATE),
    Call("inject", fails, "USER=op://dev/none/x\n"),
)
OH_MY_ZSH = (
    Call("completion zsh", says("#compdef op.*")),
    Call("item list --categories Login --cache", says(r"ID .*\n\S+ +db .*")),
    Call("user list", says("ID .*")),
    Call("item get db --fields username", says("app\n")),
    Call("item get db --reveal --fields password", says("p4ss word\n")),
    Call("item get --otp db", says(r"\d{6}\n")),
    Call("item get none --fields username", fails),
)
HOST = "https://git.example.org"
IN_GIT = "--vault dev"
LISTED = f"item list {IN_GIT} --categories Login --format json --tags git-credential-1password"
GIT = (
    Call(LISTED, lambda done: done.json == []),
    Call(
        f"item create {IN_GIT} --category=Login --tags=git-credential-1password "
        f"--title=git.example.org --url={HOST} username=me password=t0ken",
        lambda done: done.code == 0,
    ),
    Call(
        LISTED,
        lambda done: [row["urls"][0]["href"] for row in done.json] == [HOST],
        keeps=("item", lambda done: str(done.json[0]["id"])),
    ),
    Call(
        f"item get {IN_GIT} --format json --reveal --fields username,password {{item}}",
        fields(username="me", password="t0ken"),
    ),
    Call(f"item edit {IN_GIT} {{item}} username=me password=renewed", lambda done: done.code == 0),
    Call(
        f"item get {IN_GIT} --format json --reveal --fields username,password {{item}}",
        fields(username="me", password="renewed"),
    ),
    Call(f"item delete {IN_GIT} {{item}}", says("")),
    Call(LISTED, lambda done: done.json == []),
)
KAMAL = (
    Call("--version", says(r"2\..*\n")),
    Call("account get --account {email}", lambda done: done.code == 0),
    Call(
        "item get db --vault dev --format json --account {email} --fields label=password",
        lambda done: (
            (done.json["reference"], done.json["value"]) == ("op://dev/db/password", "p4ss word")
        ),
    ),
    Call(
        "item get db --vault dev --format json --account {email} "
        "--fields label=username,label=Admin.pin",
        lambda done: (
            {row["reference"]: row["value"] for row in done.json}
            == {"op://dev/db/username": "app", "op://dev/db/Admin/pin": "1234"}
        ),
    ),
    Call(
        "item get db --vault dev --format json --account {email}",
        lambda done: all("reference" in row for row in done.json["fields"]),
    ),
)
# The line end of the session comes along, quoted.
KAMAL_SIGNS_IN = (
    Call("account get --account {email}", fails),
    Call(
        "signin --account {email} --force --raw",
        says(r"\S+\n"),
        f"{PASSWORD}\n",
        keeps=("session", lambda done: done.out.strip()),
    ),
    Call(
        "item get db --vault dev --format json --account {email} --session {session}\\n "
        "--fields label=password",
        lambda done: bool(done.json["value"] == "p4ss word"),
    ),
)
VARIABLES = {"FIRST": "op://dev/db/password", "SECOND": "op://dev/db/Admin/pin", "THIRD": "op"}

# Program, what it calls, and as whom. Kamal names an account, which a token does not have.
PROGRAMS = [
    ("load-secrets-action 4", ACTION, BOTH),
    ("direnv-1password 1.1", DIRENV, BOTH),
    ("plugin 1password of Oh My Zsh", OH_MY_ZSH, BOTH),
    ("git-credential-1password", GIT, BOTH),
    ("adapter of Kamal 2, signed in", KAMAL, ("session",)),
    ("adapter of Kamal 2, not signed in", KAMAL_SIGNS_IN, ("nobody",)),
]
CASES = [(name, calls, whom) for name, calls, whoms in PROGRAMS for whom in whoms]


def perform(call: Call, values: dict[str, str], variables: dict[str, str], folder: Path) -> Done:
    done = subprocess.run(
        ["op", *(word.format(**values) for word in call.words.split())],
        env=variables,
        cwd=folder,
        input=call.given or "",
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS_MAX,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("calls", "whom"),
    [case[1:] for case in CASES],
    ids=[f"{name}, {whom}" for name, _, whom in CASES],
)
def test_program(scene: Scene, tmp_path: Path, calls: tuple[Call, ...], whom: str) -> None:
    """Each call of a program gets the answer that the program needs."""
    variables = scene.session if whom == "nobody" else scene.as_whom(whom)
    if whom == "nobody":
        del variables["OP_SESSION"]
    values = {"email": EMAIL}
    for call in calls:
        done = perform(call, values, variables | VARIABLES, tmp_path)
        assert call.check(done), (call.words, done)
        if call.keeps is not None:
            name, take = call.keeps
            values[name] = take(done)
