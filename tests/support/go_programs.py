"""Go programs, built with the published module and with ours in its place.

`script/test` sees to it that there is a Go. What is built stands below `.interop`, which is not
tracked.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "go"
PROGRAMS = ROOT / "tests/interop/programs/go"
OFFICIAL = "github.com/1password/onepassword-sdk-go"
# Modules of programs, by the folder that each program begins with.
MODULES = {"compare": PROGRAMS / "compare"}
BUILT = ROOT / ".interop/go"
SECONDS_MAX = 280


def find_go() -> str:
    """Return the Go that `script/test` has found or installed, and put on the path."""
    found = shutil.which("go")
    assert found, "there is no Go: run script/test"
    return found


def run_go(*words: str | Path, folder: Path, **variables: str) -> str:
    """Run a command of Go, and return what it prints."""
    return run_tool(find_go(), *words, folder=folder, **variables)


def run_tool(*words: str | Path, folder: Path, **variables: str) -> str:
    """Run a program that may call Go, and return what it prints."""
    command = [str(word) for word in words]
    # One Go, the one that is there; sums are checked, and never renewed.
    fixed = {"GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
    path = f"{Path(find_go()).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **fixed, "PATH": path, "CGO_ENABLED": "0", **variables},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


@cache
def build(program: str, *, official: bool) -> Path:
    """Build a program with the published module or with ours; return the binary."""
    made = BUILT / ("official" if official else "ours") / program.replace("/", "-")
    with _alone():
        place = _place(program)
        workspace = "off" if official else str(_workspace())
        run_go("build", "-o", made, place.package, folder=place.folder, GOWORK=workspace)
    return made


def vet_official(program: str) -> None:
    """Check a program against the published module."""
    place = _place(program)
    run_go("vet", place.package, folder=place.folder)


@cache
def build_tool(package: str) -> Path:
    """Build a tool whose version and sums stand in the folder `tools`."""
    made = BUILT / "tools" / package.rpartition("/")[2]
    with _alone():
        run_go("build", "-o", made, package, folder=PROGRAMS / "tools")
    return made


class _Place:
    def __init__(self, folder: Path, package: str) -> None:
        self.folder = folder
        self.package = package


def _place(program: str) -> _Place:
    """Return the module of a program, and its package there."""
    if program in MODULES:
        return _Place(MODULES[program], ".")
    return _Place(PROGRAMS, f"./{program}")


@cache
def _workspace() -> Path:
    """Make a `go.work` outside of the programs: their own files stay as they are."""
    folder = BUILT / "work"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "go.work"
    file.unlink(missing_ok=True)
    run_go("work", "init", PROGRAMS, *MODULES.values(), folder=folder, GOWORK=str(file))
    replace = f"-replace={OFFICIAL}={MODULE}"
    run_go("work", "edit", replace, folder=folder, GOWORK=str(file))
    return file


@contextmanager
def _alone() -> Iterator[None]:
    """Keep the other processes of a run of tests from building at the same time."""
    BUILT.mkdir(parents=True, exist_ok=True)
    with (BUILT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def program_environment(environment: dict[str, str]) -> dict[str, str]:
    """Return all variables of a program that finds `strongroom` on its path."""
    return {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", **environment}
