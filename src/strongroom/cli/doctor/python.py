"""What this interpreter has installed: versions, and another `onepassword` in our place."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import strongroom
from strongroom.cli.doctor.findings import Finding, Verdict

PACKAGE: Final = "onepassword"
# The distribution that brings the same package; both write into one folder.
_OFFICIAL: Final = "onepassword-sdk"
_PARTS: Final = ("cryptography", "msgspec", "pydantic", "click")


def versions() -> dict[str, str]:
    """Return our version and those of what we stand on."""
    found = {"strongroom": strongroom.__version__, "python": platform.python_version()}
    for name in _PARTS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "unknown"
    return found | {"sqlite": sqlite3.sqlite_version}


def clash() -> Iterator[Finding]:
    """Find whether `import onepassword` may bring somebody else's package."""
    cure = (
        "use separate Python environments: uninstall both packages here, "
        "then install strongroom again"
    )
    try:
        version = metadata.version(_OFFICIAL)
    except metadata.PackageNotFoundError:
        pass
    else:
        detail = f"{_OFFICIAL} {version} is installed here too and overwrites our `{PACKAGE}`"
        yield Finding(PACKAGE, Verdict.PROBLEM, detail, cure)
    ours = Path(strongroom.__file__).resolve().parent.parent / PACKAGE
    spec = find_spec(PACKAGE)
    origin = None if spec is None or spec.origin is None else Path(spec.origin).resolve().parent
    if origin != ours:
        place = origin or "nowhere"
        detail = f"`import {PACKAGE}` finds {place}, not {ours}"
        yield Finding(PACKAGE, Verdict.PROBLEM, detail, cure)
