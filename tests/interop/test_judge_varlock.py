"""varlock with its plugin on our `op`: references and an Environment become variables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.javascript import install, node_of
from support.judges import Scene, run

SCHEMA = """\
# @plugin(@varlock/1password-plugin)
# @initOp({init})
# @setValuesBulk(opLoadEnvironment({environment}))
# ---
PLAIN=
TOKEN=
"""
WITH_TOKEN = "token=$OP_SERVICE_ACCOUNT_TOKEN, useCliWithServiceAccount=true"
REFERENCES = """\
# @type=opServiceAccountToken @sensitive @internal
OP_SERVICE_ACCOUNT_TOKEN=

PASS=op("op://dev/db/password")
PIN=op(op://dev/db/Admin/pin)
NONE=fallback(op(op://dev/none/x, allowMissing=true), "default")
"""
VARIABLES = {"PLAIN": "a b", "TOKEN": "masked"}
EXPECTED = {"PASS": "p4ss word", "PIN": "1234", "NONE": "default", **VARIABLES}


def varlock(scene: Scene, folder: Path, whom: str, schema: str, *words: str) -> str:
    """Run varlock in a project that has it."""
    (folder / ".env.schema").write_text(schema)
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(install())
    locked = json.loads((install().parent / "package.json").read_text())["dependencies"]
    (folder / "package.json").write_text(json.dumps({"name": "a", "dependencies": locked}))
    command = [node_of("22"), install() / "varlock/bin/cli.js", *words]
    return run(command, scene.as_whom(whom), folder=folder)


def with_token(scene: Scene) -> str:
    return SCHEMA.format(init=WITH_TOKEN, environment=scene.environment) + REFERENCES


def test_load(scene: Scene, tmp_path: Path) -> None:
    """References of several forms and all variables of an Environment are loaded."""
    words = ("load", "--format", "json")
    out = varlock(scene, tmp_path, "service_account", with_token(scene), *words)
    assert json.loads(out) == EXPECTED


def test_load_with_a_session(scene: Scene, tmp_path: Path) -> None:
    """An Environment is loaded with a session.

    References are not: for them varlock keeps the session's variable from `op`, as it waits for an
    app that authorizes.
    """
    schema = SCHEMA.format(init="allowAppAuth=true", environment=scene.environment)
    out = varlock(scene, tmp_path, "session", schema, "load", "--format", "json")
    assert json.loads(out) == VARIABLES


def test_run(scene: Scene, tmp_path: Path) -> None:
    """A program that varlock starts has them."""
    words = ("run", "--", "sh", "-c", 'printf "%s|%s|%s" "$PLAIN" "$NONE" "$PASS" > out')
    varlock(scene, tmp_path, "service_account", with_token(scene), *words)
    assert (tmp_path / "out").read_text() == "a b|default|p4ss word"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("op://dev/db/Admin/pin", "op://dev/db/Admin/none", "none"),
        ("op://dev/db/Admin/pin", "op://dev/nothing/pin", "nothing"),
        ("op://dev/db/Admin/pin", "op://nowhere/db/pin", "nowhere"),
    ],
)
def test_missing(scene: Scene, tmp_path: Path, right: str, wrong: str, said: str) -> None:
    """varlock shows from our texts what is missing, and no secret."""
    schema = with_token(scene).replace(right, wrong)
    with pytest.raises(AssertionError) as failed:
        varlock(scene, tmp_path, "service_account", schema, "load")
    assert said in str(failed.value)
    assert EXPECTED["PASS"] not in str(failed.value)
