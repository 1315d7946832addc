"""A real PostgreSQL of a test's own, and every statement that the service may give it.

Debian: `apt-get install postgresql`. It does not run as root, so root runs it as
its own user.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Final

import strongroom.service
from strongroom.store.schema import MIGRATIONS

_BINARIES: Final = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_USER: Final = "postgres"
_TYPES: Final = {"BLOB": "bytea", "INTEGER": "bigint", "TEXT": "text"}
_VERBS: Final = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\s")
_PARAMETER: Final = re.compile(r"(?<!:):([a-z_]+)")


def is_installed() -> bool:
    """Tell whether there is a server to start."""
    return bool(_BINARIES) or shutil.which("initdb") is not None


@contextmanager
def running(folder: Path) -> Iterator[Path]:
    """Start a server without a network; give the folder of its socket."""
    data = folder / "data"
    if os.geteuid() == 0:
        for one in (folder, *folder.parents):
            if one.stat().st_uid == 0 and one != Path("/") and not one.stat().st_mode & 0o001:
                one.chmod(one.stat().st_mode | 0o711)
        shutil.chown(folder, _USER)
    _run("initdb", "-A", "trust", "-U", _USER, "-E", "UTF8", "--no-sync", "-D", data)
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    _run("pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
    try:
        yield folder
    finally:
        _run("pg_ctl", "-D", data, "-m", "immediate", "stop")


def psql(socket: Path, script: str) -> list[str]:
    """Run a script, one statement a line; return what it complains of."""
    command = ["psql", "-X", "-q", "-h", str(socket), "-U", _USER, "-f", "-"]
    done = subprocess.run(command, input=script, text=True, capture_output=True, check=True)
    return [line for line in done.stderr.splitlines() if "ERROR" in line]


def schema() -> str:
    """Return the schema in PostgreSQL's words, one statement a line."""
    words = re.compile(rf"\b({'|'.join(_TYPES)})\b")
    statements = chain.from_iterable(MIGRATIONS)
    return "".join(
        words.sub(lambda found: _TYPES[found[1]], _line(sql)) + ";\n" for sql in statements
    )


def prepared(name: str, sql: str) -> str:
    """Return a line that has a statement prepared, with its parameters by number."""
    numbers: dict[str, int] = {}
    text = _PARAMETER.sub(lambda found: f"${numbers.setdefault(found[1], len(numbers) + 1)}", sql)
    return f"PREPARE {name} AS {_line(text)};\n"


def statements() -> dict[str, str]:
    """Return every statement of the service, by where it stands."""
    found: dict[str, str] = {}
    package = Path(strongroom.service.__path__[0])
    for path in sorted(package.rglob("*.py")):
        place = ".".join(path.relative_to(package).with_suffix("").parts)
        module = import_module(f"strongroom.service.{place}")
        texts = list(_texts(vars(module)))
        texts += [
            node.value
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        for sql in dict.fromkeys(text for text in texts if _VERBS.match(text)):
            found.setdefault(sql, f"{path.stem}_{len(found)}")
    whole = {sql: name for sql, name in found.items() if not _is_part(sql, found)}
    return {name: sql for sql, name in whole.items()}


def _is_part(sql: str, others: dict[str, str]) -> bool:
    """Tell whether a text is only the beginning of statements that are put together."""
    return any(other != sql and other.startswith(sql) for other in others)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part) if isinstance(part, str | tuple | list) else ()
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _texts(part)


def _line(sql: str) -> str:
    return " ".join(sql.split())


def _run(program: str, *arguments: object) -> None:
    binary = _BINARIES[-1] / program if _BINARIES else program
    command = [str(part) for part in (binary, *arguments)]
    user = {"user": _USER, "group": _USER, "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **user)
    assert done.returncode == 0, done.stderr or done.stdout
