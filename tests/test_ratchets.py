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
ANY_MAX = 136
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


# Parameters of one type that may stand in an order, with the reason.
SAME_TYPES = {
    "the official SDK's order, in the facade and in the engine below it": {
        ("integration_name", "integration_version"),
        ("vault_id", "item_id"),
        ("vault_id", "item_id", "file_id"),
        ("vault_id", "item_id", "to_vault_id"),
        ("vault_id", "group_id"),
        ("vault_id", "user_id"),
        ("section_id", "field_id"),
        ("group_id", "user_id"),
        ("name_or_id", "user_id"),
        ("container_id", "principal_id"),
    },
    "a comparison of two things of one kind, the earlier one first": {
        ("before", "after"),
        ("before", "record"),
        ("before", "entry"),
        ("earlier", "record"),
        ("earlier", "later"),
    },
    "two of one kind that may be exchanged": {
        ("left", "right"),
        ("one", "other"),
        ("own", "theirs"),
    },
    "the order of RFC 2104 and RFC 8032, and of the library": {
        ("key", "data"),
        ("seed", "message"),
        ("public_key", "signature", "message"),
    },
    "the order of a request line of HTTP": {("method", "path")},
    "from and to, as `cp` has it": {
        ("source", "target"),
        ("copy", "target"),
    },
    "what is read and from where, as `seek` and `read` follow each other": {
        ("offset", "count"),
        ("descriptor", "offset", "count"),
    },
    "the order of a row in the file": {("version", "access_rev")},
    "the callback of `sqlite3.Connection.backup`": {("status", "_remaining", "_total")},
    "public and documented: a throw-away account is filled in this order": {("vault", "title")},
    "a module and a name in it, as in an import": {("module", "holder")},
}
SAME_TYPES_ALLOWED = set().union(*SAME_TYPES.values())


def is_click_callback(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("pass_invocation" in ast.unparse(one) for one in function.decorator_list)


def alike(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, ...]]:
    """Return the positional parameters that have one type; what may be `None` counts too."""
    by_type = defaultdict(list)
    for parameter in (*function.args.posonlyargs, *function.args.args):
        if parameter.annotation is not None:
            text = ast.unparse(parameter.annotation).removesuffix(" | None")
            by_type[text].append(parameter.arg)
    return (tuple(names) for names in by_type.values() if len(names) > 1)


def test_parameters_of_one_type():
    """What a call could exchange without anybody seeing it is passed by keyword."""
    found = {
        f"{name_of(path)}:{function.name}": names
        for path, tree in modules()
        for function in functions(tree)
        if not is_click_callback(function)
        for names in alike(function)
    }
    assert {name: pair for name, pair in found.items() if pair not in SAME_TYPES_ALLOWED} == {}
    assert set(found.values()) == SAME_TYPES_ALLOWED, "an exception that nobody needs any more"
