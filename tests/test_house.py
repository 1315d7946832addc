"""Rules of the house that no linter knows: they read the source."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"


def modules(folder: Path) -> Iterator[Path]:
    """Return the Python files that are ours."""
    for path in sorted(folder.rglob("*.py")):
        if "programs" not in path.parts:
            yield path


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return every function of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_every_test_has_a_sentence():
    """Each test says in a docstring what it promises."""
    silent = [
        f"{path.relative_to(ROOT)}:{function.lineno}"
        for path in modules(ROOT / "tests")
        for function in functions(ast.parse(path.read_text(encoding="utf-8")))
        if function.name.startswith("test") and ast.get_docstring(function) is None
    ]
    assert silent == []


def test_each_label_is_used_in_one_place():
    """A label of the formats separates one use from all others, so it stands in one module once."""
    counts = Counter(
        str(node.value)
        for path in modules(SOURCE)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and str(node.value).removeprefix("b'").startswith("sr/v1/")
    )
    assert [label for label, count in counts.items() if count > 1] == []


def threat_rows() -> dict[str, str]:
    """Return the text of every row of the threat table by its number."""
    text = (ROOT / "docs/reference/threats.md").read_text(encoding="utf-8")
    parts = re.split(r"^#+ (T\d+)\b", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_threat_rows_are_complete():
    """The threat table has the rows T1 to T23."""
    assert list(threat_rows()) == [f"T{number}" for number in range(1, 24)]


@pytest.mark.parametrize("row", [f"T{number}" for number in range(1, 24)])
def test_threat_row_is_tested_or_honest(row: str):
    """A threat row names tests that exist, or says that it does not hold."""
    text = threat_rows()[row]
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert named or "does not hold" in text
    for file, function in named:
        source = (ROOT / file).read_text(encoding="utf-8")
        assert not function or f"def {function}(" in source, f"{file}::{function}"


def test_documentation_shows_the_program_that_the_demo_runs():
    """The SDK's own program in the documentation is the one that the demo runs, byte for byte."""
    text = (ROOT / "docs/coming-from-1password.md").read_text(encoding="utf-8")
    shown = re.search(r"```python file: resolve_reference\.py\n(.*?)```", text, re.DOTALL)
    program = SOURCE / "strongroom/cli/demo/programs/resolve_reference.py"
    assert shown is not None
    assert shown.group(1) == program.read_text(encoding="utf-8")


def test_requirements_name_no_address():
    """Locked requirements hold names, versions and hashes only."""
    for path in (ROOT / "requirements").iterdir():
        assert "://" not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize("folder", ["testkit/vectors", "testkit/made"])
def test_vectors(folder: str):
    """Every vector gives the answer, the error code and the layer that stand in it."""
    done = subprocess.run(
        [ROOT / "script/vectors", ROOT / folder],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, "\n".join(
        line for line in done.stdout.splitlines() if line.startswith("FAILED")
    )
    assert re.search(r"^\d+ vector files: \d+ ok, 0 FAILED, 0 unknown$", done.stdout, re.MULTILINE)


def test_the_architecture_names_what_is_there():
    """Every file that ARCHITECTURE.md names is where it says."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[\w.]+/)+\w+\.(?:py|md|txt))", text))
    assert len(named) > 15
    places = (ROOT, SOURCE, SOURCE / "strongroom")
    assert [name for name in named if not any((place / name).exists() for place in places)] == []
