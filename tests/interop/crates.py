"""Programs from crates on our `op`, for `script/interop --all`, which builds them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.judges import ROOT, Scene, run

PROGRAMS = ROOT / ".interop/crates/bin"
REGISTRY = {"index-url": "sparse+https://registry.example.org/index/", "name": "other"}
CREDENTIAL = {"kind": "get", "operation": "read"}
LOGIN = {"kind": "login", "login-url": "https://registry.example.org/me"}


def cargo(scene: Scene, folder: Path, **request: Any) -> dict[str, Any]:
    """Send one request of cargo's protocol for credentials; return the answer."""
    message = {"v": 1, "registry": REGISTRY, "args": ["--vault", "dev"], **request}
    command = [PROGRAMS / "cargo-credential-1password", "--cargo-plugin"]
    out = run(command, scene.session, folder=folder, given=f"{json.dumps(message)}\n")
    hello, answer = map(json.loads, out.splitlines())
    assert hello == {"v": [1]}
    return dict(answer)


def test_cargo_credential(scene: Scene, tmp_path: Path) -> None:
    """A token is stored, read, replaced and deleted, with a session: it signs in first."""
    nothing = {"Err": {"kind": "not-found"}}
    assert cargo(scene, tmp_path, **CREDENTIAL) == nothing
    for token in ("first", "second"):
        assert cargo(scene, tmp_path, **LOGIN, token=token) == {"Ok": {"kind": "login"}}
        assert cargo(scene, tmp_path, **CREDENTIAL)["Ok"]["token"] == token
    assert cargo(scene, tmp_path, kind="logout") == {"Ok": {"kind": "logout"}}
    assert cargo(scene, tmp_path, **CREDENTIAL) == nothing


CONFIG = """\
[providers.op]
type = "1password"
vault = "dev"

[secrets]
PASS = { provider = "op", value = "db" }
PIN = { provider = "op", value = "op://dev/db/Admin/pin" }
"""
VARIABLE = 'TOKEN = { provider = "op", value = "environment://%s/TOKEN" }\n'


@pytest.mark.parametrize("whom", ["session", "service_account"])
def test_fnox(scene: Scene, tmp_path: Path, whom: str) -> None:
    """Items and variables of an Environment are read one by one, and given to a program."""
    (tmp_path / "fnox.toml").write_text(CONFIG + VARIABLE % scene.environment)
    variables = scene.as_whom(whom)
    program = PROGRAMS / "fnox"
    run([program, "provider", "test", "op"], variables, folder=tmp_path)
    assert run([program, "get", "PASS"], variables, folder=tmp_path).strip() == "p4ss word"
    assert run([program, "get", "PIN"], variables, folder=tmp_path).strip() == "1234"
    words = ["exec", "--", "sh", "-c", 'printf "%s|%s|%s" "$PASS" "$PIN" "$TOKEN"']
    assert run([program, *words], variables, folder=tmp_path) == "p4ss word|1234|masked"
    wrong = CONFIG.replace('value = "db"', 'value = "nothing"')
    (tmp_path / "fnox.toml").write_text(wrong)
    with pytest.raises(AssertionError, match="nothing"):
        run([program, "get", "PASS"], variables, folder=tmp_path)
