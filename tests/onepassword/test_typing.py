"""What type checkers make of programs that use the package: `tests/typing` holds the programs."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import onepassword
from onepassword.environments import Environments
from onepassword.groups import Groups
from onepassword.items import Items
from onepassword.items_files import ItemsFiles
from onepassword.items_shares import ItemsShares
from onepassword.secrets import Secrets
from onepassword.users import Users
from onepassword.vaults import Vaults

PROGRAMS = Path(__file__).parents[1] / "typing"
ACCEPTED = ["async_client", "sync_client", "models", "models_of_items", "models_of_secrets"]
SECONDS_MAX = 120
METHODS = {
    f"{place}.{name}"
    for place, part in {
        "secrets": Secrets,
        "items": Items,
        "items.shares": ItemsShares,
        "items.files": ItemsFiles,
        "vaults": Vaults,
        "groups": Groups,
        "users": Users,
        "environments": Environments,
    }.items()
    for name, _method in inspect.getmembers(part, inspect.isfunction)
    if not name.startswith("_")
}


def run(*command: str) -> str:
    """Return what a type checker prints; it does not read the settings of this project."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=PROGRAMS,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


def refused_by_mypy() -> set[tuple[str, int]]:
    """Return the lines with errors, by program."""
    programs = [str(path) for path in sorted(PROGRAMS.glob("*.py"))]
    printed = run("mypy", "--strict", "--config-file=", "--no-error-summary", *programs)
    found = re.findall(r"(\w+)\.py:([0-9]+): error", printed)
    assert found, printed
    return {(name, int(line)) for name, line in found}


def refused_by_pyright() -> set[tuple[str, int]]:
    """Return the lines with errors, by program."""
    options = ["--outputjson", "--pythonpath", sys.executable]
    report = json.loads(run("pyright", *options, str(PROGRAMS)))
    return {
        (Path(row["file"]).stem, row["range"]["start"]["line"] + 1)
        for row in report["generalDiagnostics"]
        if row["severity"] == "error"
    }


def marked() -> set[tuple[str, int]]:
    """Return the lines that are to be refused."""
    lines = (PROGRAMS / "refused.py").read_text(encoding="utf-8").splitlines()
    return {
        ("refused", number) for number, line in enumerate(lines, 1) if line.endswith("  # refused")
    }


@pytest.mark.parametrize("refused_by", [refused_by_mypy, refused_by_pyright])
def test_type_checkers(refused_by) -> None:
    """Strict type checkers refuse every line that is marked, and no other line."""
    assert refused_by() == marked()


def chains(program: str) -> set[str]:
    """Return the methods that a program calls, as `items.files.read`."""
    tree = ast.parse((PROGRAMS / f"{program}.py").read_text(encoding="utf-8"))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {call.removeprefix("client.") for call in calls if call.startswith("client.")}


@pytest.mark.parametrize("program", ["async_client", "sync_client"])
def test_every_method_is_in_a_program(program: str) -> None:
    """The programs call every public method of every part, and nothing that is none."""
    assert chains(program) == METHODS


def declared() -> dict[str, list[list[str]]]:
    """Return the parameters of the declared constructors of models, with annotations, by class."""
    found = {}
    for path in (Path(onepassword.__path__[0]) / "_models").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                made = [one for one in ast.walk(node) if getattr(one, "name", "") == "__init__"]
                overloads = [one.args for one in made if one.decorator_list]
                found[node.name] = [
                    [
                        f"{argument.arg}: {ast.unparse(argument.annotation)}"
                        + (f" = {ast.unparse(default)}" if default else "")
                        for argument, default in zip(one.kwonlyargs, one.kw_defaults, strict=True)
                    ]
                    for one in overloads
                ]
    return {name: overloads for name, overloads in found.items() if overloads}


def test_declared_constructors_are_the_fields() -> None:
    """What type checkers are told of a constructor is what pydantic makes of the fields."""
    constructors = declared()

    assert len(constructors) == 12
    for name, overloads in constructors.items():
        kind = getattr(onepassword, name)
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
        fields = [ast.unparse(row) for row in tree.body if isinstance(row, ast.AnnAssign)]
        python = [row.replace(": Content", ": bytes") for row in fields]
        aliases = {key: field.alias for key, field in kind.model_fields.items()}
        json_ = [
            f"{aliases[key]}:{rest}" for key, _, rest in (row.partition(":") for row in python)
        ]
        assert overloads == [python, json_]


def test_every_type_is_in_a_program() -> None:
    """The programs name every public type of the package."""
    texts = [(PROGRAMS / f"{name}.py").read_text(encoding="utf-8") for name in ACCEPTED]
    named = {word for text in texts for word in re.findall(r"\w+", text)}
    kinds = [name for name in onepassword.types.__all__ if name[0].isupper()]

    assert set(kinds) - named == set()


def test_both_packages_say_that_they_are_typed() -> None:
    """Both packages hold the file that makes type checkers read their annotations."""
    for package in ("onepassword", "strongroom"):
        module = sys.modules[package]
        assert module.__file__ is not None
        assert Path(module.__file__).with_name("py.typed").exists()
