"""The package that stands in for the stock core of the JavaScript SDK: its own tests."""

from __future__ import annotations

import json
import subprocess

import pytest

from strongroom.client.runtime import InlineRuntime
from strongroom.core.core import Core
from strongroom.core.failures import CoreError
from strongroom.coroutines import drive
from support.cores import JAVASCRIPT, configure
from support.javascript import PACKAGE, VERSIONS, find_node, node_of, run_npm

TESTS = sorted(str(path) for path in (PACKAGE / "test").glob("*.test.js"))
LINES_MAX = 400
LINE_MAX = 100


@pytest.mark.timeout(120)
@pytest.mark.parametrize("version", VERSIONS)
def test_its_own_tests(version: str) -> None:
    """Its tests pass on each version of Node, and all of them run."""
    done = subprocess.run(
        [node_of(version), "--test", "--test-reporter=tap", *TESTS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n# fail 0\n" in done.stdout
    assert "\n# pass 0\n" not in done.stdout


def test_loading_it_loads_nothing() -> None:
    """A program that does not call it pays for two small files."""
    program = """
    const before = new Set(process.moduleLoadList);
    const core = require(".");
    const loaded = Object.keys(require.cache).map((name) => require("path").basename(name));
    const added = process.moduleLoadList.filter((one) => !before.has(one));
    const builtin = added.filter((one) => /worker|child/.test(one));
    console.log(JSON.stringify({ names: Object.keys(core).sort(), loaded, builtin }));
    """
    done = subprocess.run(
        [find_node().program, "-e", program], cwd=PACKAGE, capture_output=True, check=True
    )
    seen = json.loads(done.stdout)
    functions = ["init_client", "init_client_oidc", "invoke", "invoke_sync", "release_client"]
    assert seen["names"] == functions
    assert sorted(seen["loaded"]) == ["failures.js", "index.js", "limits.js"]
    assert seen["builtin"] == []


def test_workload_identity_is_refused_as_by_the_core() -> None:
    """What the package refuses by itself it refuses by the core's own words."""
    details = {"customerManagedSecret": "x", "workloadUuid": "y"}
    configuration = configure("", JAVASCRIPT, workloadDetails=details)
    with pytest.raises(CoreError) as caught:
        drive(Core(InlineRuntime(), environment={}).init_client(configuration))
    program = 'require(".").init_client_oidc("{}").catch((failure) => console.log(failure))'
    done = subprocess.run(
        [find_node().program, "-e", program],
        cwd=PACKAGE,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{caught.value.msg}\n"


def test_what_is_packed() -> None:
    """The package holds what programs need, and no tests."""
    (packed,) = json.loads(run_npm("pack", "--dry-run", "--json", folder=PACKAGE))
    names = {row["path"] for row in packed["files"]}
    library = {f"lib/{path.name}" for path in (PACKAGE / "lib").iterdir()}
    entries = {"LICENSE", "README.md", "index.d.ts", "index.js", "package.json", "register.cjs"}
    assert names == entries | library


def test_lengths() -> None:
    """Files and lines stay short here too."""
    for path in [*PACKAGE.rglob("*.js"), *PACKAGE.rglob("*.cjs"), *PACKAGE.rglob("*.ts")]:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= LINES_MAX, path
        assert [line for line in lines if len(line) > LINE_MAX] == [], path
