"""What keeps the house in order: limits of size, and counts that may only fall.

A count that falls is written down here, so that it does not rise again. An
exception stands in a list, with its reason.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
# Programs of others, byte for byte.
FOREIGN = SOURCE / "strongroom/cli/demo/programs"

MODULES_PER_FOLDER_MAX = 15
FILES_WITH_ONE_PREFIX_MAX = 2
MODULE_LINES_MAX = 400
TEST_LINES_MAX = 500
# A table of cases is one function in the generator of vectors.
FUNCTION_LINES_MAX = {"src": 50, "testkit": 70}
FILES_WITH_ONE_HELPER_MAX = 3

# Names that type checkers take for anything.
ANY_MAX = 142
# Dictionaries in programs that are no `TypedDict`, so that a misspelt key is found by nobody.
FREE = {"dict[str, Any]", "Mapping[str, Any]"}
FREE_DICTIONARIES_MAX = 29

# Folders in which more files begin alike, with the reason.
PREFIXES = {
    ("onepassword", "items"): "the official SDK has these modules",
}
# Helpers that stand in more files, with the reason.
HELPERS = {
    "_refusal": "each codec of `crypto` refuses by one error of its own",
}
# Public classes that stand twice, with the reason.
CLASSES: dict[str, str] = {}


@cache
def modules(folder: str = "src") -> list[tuple[Path, ast.Module]]:
    """Return every module of ours with its tree."""
    return [
        (path, ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted((ROOT / folder).rglob("*.py"))
        if FOREIGN not in path.parents
    ]


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def test_folders():
    """A folder has at most 15 modules, beside its own first lines."""
    counts = Counter(path.parent for path, _ in modules() if path.stem != "__init__")
    large = {name_of(folder): n for folder, n in counts.items() if n > MODULES_PER_FOLDER_MAX}
    assert large == {}


def test_prefixes():
    """A third file with one prefix becomes a folder."""
    counts: Counter[tuple[str, str]] = Counter()
    for path, _ in modules():
        prefix = path.stem.lstrip("_").partition("_")[0]
        if path.stem != "__init__":
            counts[name_of(path.parent), prefix] += 1
    many = {place for place, n in counts.items() if n > FILES_WITH_ONE_PREFIX_MAX}
    assert many == set(PREFIXES)


@pytest.mark.parametrize("folder", FUNCTION_LINES_MAX)
def test_lengths(folder):
    """No module is longer than 400 lines, no function of ours longer than 50."""
    long = [
        path.name
        for path, _ in modules(folder)
        if path.read_text(encoding="utf-8").count("\n") > MODULE_LINES_MAX
    ]
    long += [
        f"{path.name}:{function.name}"
        for path, tree in modules(folder)
        for function in functions(tree)
        if (function.end_lineno or 0) - function.lineno > FUNCTION_LINES_MAX[folder]
    ]
    assert long == []


def test_files_of_tests_stay_short():
    """No file of the tests is longer than 500 lines."""
    long = [
        str(path.relative_to(ROOT))
        for path, _ in modules("tests")
        if path.read_text(encoding="utf-8").count("\n") > TEST_LINES_MAX
    ]
    assert long == []


def test_one_name_for_one_class():
    """A public class name exists once."""
    places = defaultdict(list)
    for path, tree in modules():
        if path.is_relative_to(SOURCE / "strongroom"):
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places[node.name].append(name_of(path))
    assert {name: found for name, found in places.items() if len(found) > 1} == CLASSES


def test_names_of_helpers():
    """The name of a private helper says what it is for, so it stands in at most three files."""
    places = defaultdict(set)
    for path, tree in modules():
        for function in functions(tree):
            if function.name.startswith("_") and not function.name.startswith("__"):
                places[function.name].add(name_of(path))
    many = {name for name, found in places.items() if len(found) > FILES_WITH_ONE_HELPER_MAX}
    assert many == set(HELPERS)


def test_any():
    """`Any` becomes rarer."""
    found = sum(
        isinstance(node, ast.Name) and node.id == "Any"
        for _, tree in modules()
        for node in ast.walk(tree)
    )
    assert found <= ANY_MAX
    assert found >= ANY_MAX - 5, f"ANY_MAX can be {found} now"


def test_free_dictionaries():
    """Programs have fewer dictionaries whose keys nobody checks."""
    found = sum(
        isinstance(node, ast.Subscript) and ast.unparse(node) in FREE
        for path, tree in modules()
        if path.is_relative_to(SOURCE / "strongroom/cli")
        for node in ast.walk(tree)
    )
    assert found <= FREE_DICTIONARIES_MAX
    assert found >= FREE_DICTIONARIES_MAX - 3, f"FREE_DICTIONARIES_MAX can be {found} now"
