"""Our Go module itself: its API is that of the published one, and it needs nothing but Go."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from support.go_programs import (
    BUILT,
    MODULE,
    OFFICIAL,
    PROGRAMS,
    build,
    build_tool,
    run_go,
    run_tool,
)

APIDIFF = "golang.org/x/exp/cmd/apidiff"
SYSTEMS = ["linux", "darwin", "windows"]
SEEDS = {
    "desktop_app": "934afae951de59fbaf4009d7ae8e74907ff414d10af773785b479174019f615f",
    "service_account": "4070330c2cd1cef114a2a713113f664c9a090efa10e1ec490c03784b20bc67c6",
}
# What our module has beyond the published one.
ADDED = {
    "./internal.(*InnerClient).Format",
    "./internal.(*InnerClient).MarshalJSON",
    "Client.Format",
    "CoreUnavailableError",
}

pytestmark = pytest.mark.timeout(300)  # a build without a cache takes minutes


def export(folder: Path, name: str) -> Path:
    """Write down the API of the module, as a folder's programs see it."""
    file = BUILT / f"{name}.export"
    run_tool(build_tool(APIDIFF), "-w", file, OFFICIAL, folder=folder)
    return file


def compare(old: Path, new: Path, *options: str) -> list[str]:
    """Return what changes from one API to another."""
    out = run_tool(build_tool(APIDIFF), *options, old, new, folder=PROGRAMS)
    return [line.removeprefix("- ") for line in out.splitlines() if line.startswith("- ")]


def test_the_api_is_that_of_the_published_module() -> None:
    """Nothing is missing, nothing is incompatible, and what is added stands in a list."""
    published, ours = export(PROGRAMS, "official"), export(MODULE, "ours")
    assert compare(published, ours, "-incompatible") == []
    assert {line.removesuffix(": added") for line in compare(published, ours)} == ADDED
    # The tool sees what is there: the other way round, the additions are missing.
    assert "CoreUnavailableError: removed" in compare(ours, published, "-incompatible")


def test_the_programs_of_the_seed_are_as_they_were() -> None:
    """They are other people's programs, byte for byte."""
    for name, digest in SEEDS.items():
        source = (PROGRAMS / "seeds" / name / "main.go").read_bytes()
        assert hashlib.sha256(source).hexdigest() == digest


def test_the_module_needs_nothing() -> None:
    """It requires no other module, and no newer Go than the published one."""
    ours = json.loads(run_go("mod", "edit", "-json", folder=MODULE))
    assert ours["Module"]["Path"] == OFFICIAL
    assert not ours.get("Require")
    assert not ours.get("Replace")
    assert not (MODULE / "go.sum").exists()
    published = json.loads(run_go("list", "-m", "-json", OFFICIAL, folder=PROGRAMS))
    assert version(ours["Go"]) <= version(published["GoVersion"])
    imported = run_go(
        "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./...", folder=MODULE
    )
    assert {line.partition("/internal")[0] for line in imported.split()} == {OFFICIAL}


def version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


@pytest.mark.parametrize("system", SYSTEMS)
def test_checks_on_each_system(system: str) -> None:
    """It compiles without cgo, and Go's own checks find nothing."""
    run_go("vet", "./...", folder=MODULE, GOOS=system, GOARCH="amd64")
    run_go("build", "./...", folder=MODULE, GOOS=system, GOARCH="amd64")


def test_format() -> None:
    """All of our Go is formatted."""
    ours = [MODULE, *(PROGRAMS / name for name in ("perform", "compare"))]
    formatter = Path(run_go("env", "GOROOT", folder=MODULE).strip()) / "bin/gofmt"
    assert run_tool(formatter, "-l", *ours, folder=MODULE) == ""


def test_size() -> None:
    """Files have at most 400 lines, folders at most 15 files, functions at most 50 lines."""
    for folder in {path.parent for path in MODULE.rglob("*.go")}:
        assert len([path for path in folder.iterdir() if path.is_file()]) <= 15
    for path in MODULE.rglob("*.go"):
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 400, path
        for function in re.findall(r"^func .*?^}", text, re.MULTILINE | re.DOTALL):
            assert function.count("\n") <= 50, function.partition("\n")[0]


def test_its_own_tests() -> None:
    """The tests of the module pass: the adapter against cores that break every rule."""
    assert "FAIL" not in run_go("test", "-count=1", "-timeout=120s", "./...", folder=MODULE)


def test_the_binary_has_no_other_runtime() -> None:
    """A program has our module in it, and neither WebAssembly nor what ran it."""
    binary = build("seeds/service_account", official=False)
    told = run_go("version", "-m", binary, folder=MODULE)
    modules = re.findall(r"^\t(?:dep|=>)\t(\S+)", told, re.MULTILINE)
    assert modules == [OFFICIAL, str(MODULE)]
    assert "CGO_ENABLED=0" in told
    raw = binary.read_bytes()
    assert b"wazero" not in raw
    assert b"wazero" in build("seeds/service_account", official=True).read_bytes()
