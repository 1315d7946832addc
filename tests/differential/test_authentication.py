"""`Client.authenticate`: what is refused before any network, with the official texts."""

from __future__ import annotations

import base64
import json

from differential.conftest import Ask

NAMES = [
    "",
    " ",
    "ok",
    "a" * 40,
    "a" * 41,
    "ä" * 20,
    "ä" * 21,
    "new\nline",
    "tab\t",
    "a/b?c",
    "x\0",
]
VERSIONS = ["", " ", "1.0", "v" * 20, "v" * 21, "1,0", "1.0-beta_2", "\u00a0", "é"]
TOKENS = [
    "",
    " ",
    "ops",
    "ops_",
    "OPS_e30",
    "ey",
    "ops_=",
    "ops_e30=",
    "ops_e-_0",
    "ops_e3.0",
    "ops_e",
    "ops_e30",
    "ops_W10",
    "ops_" + base64.b64encode(b"not json").decode().rstrip("="),
    "ops_" + base64.b64encode(json.dumps({"other": 1}).encode()).decode().rstrip("="),
    "ops_" + base64.b64encode(b'{"v":1}').decode().rstrip("="),
]


def test_same_texts(official: Ask, ours: Ask) -> None:
    """Every combination of false names, versions and tokens gives the same text."""
    rows = [[token, "tests", "1.0"] for token in TOKENS]
    rows += [[TOKENS[0], name, version] for name in NAMES for version in VERSIONS]
    rows += [["ops_e30", name, "1.0"] for name in NAMES]
    rows += [["ops_e30", "tests", version] for version in VERSIONS]
    expected, found = official("authentication.py", rows), ours("authentication.py", rows)
    assert None not in expected
    differing = [row for row in zip(rows, expected, found, strict=True) if row[1] != row[2]]
    assert differing == []
