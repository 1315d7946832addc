"""Small Python programs on our `op`: unopass, keyring with onepassword-keyring, and secretspec."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.judges import PROGRAMS, Scene, judge, run, second_home

BOTH = pytest.mark.parametrize("whom", ["session", "service_account"])
PASS = "p4ss word"
SPEC = """\
[project]
name = "app"
revision = "1.0"

[profiles.default]
DATABASE_URL = {description = "by the name of the item", required = true}
PASS = {description = "by a reference", required = true, ref = {item = "db", field = "password"}}
"""


@BOTH
def test_unopass(scene: Scene, tmp_path: Path, whom: str) -> None:
    """It reads fields by their references, and fails where there is nothing."""
    command = [judge("python"), PROGRAMS / "unopass_read.py"]
    read = [*command, "dev/db/password", "dev/db/username"]
    assert run(read, scene.as_whom(whom), folder=tmp_path) == f"{PASS}\napp\n"
    with pytest.raises(AssertionError, match="op://dev/none/x"):
        run([*command, "dev/none/x"], scene.as_whom(whom), folder=tmp_path)


def test_unopass_signs_out(scene: Scene, tmp_path: Path) -> None:
    """Its sign-out ends the session."""
    other = second_home(tmp_path / "other")
    own = {name: other.environment[name] for name in ("STRONGROOM_HOME", "OP_SESSION")}
    command = [judge("python"), PROGRAMS / "unopass_read.py", "signout"]
    run(command, scene.session | own, folder=tmp_path)
    assert "signed in" in other.run("whoami").error


@BOTH
def test_keyring(scene: Scene, tmp_path: Path, whom: str) -> None:
    """The backend finds our `op`, and gets what `op` from 2.30 on shows without --reveal."""
    variables = scene.as_whom(whom)
    got = run([judge("keyring"), "get", "db", "app"], variables, folder=tmp_path)
    assert re.fullmatch(r"\[use 'op item get [a-z2-7]{26} --reveal' to reveal\]\n", got)
    with pytest.raises(AssertionError, match='"none" isn\'t an item'):
        run([judge("keyring"), "get", "none", "app"], variables, folder=tmp_path)


@BOTH
def test_secretspec(scene: Scene, tmp_path: Path, whom: str) -> None:
    """It finds items by the names that it gives them, and fields by references."""
    title = "secretspec/app/default/DATABASE_URL"
    url = "postgres://db.example.org/a b"
    made = scene.op(
        *("item", "create", "--vault", "dev", "--category", "password", "--title", title),
        *(f"value={url}", "--format", "json"),
    ).json["id"]
    (tmp_path / "secretspec.toml").write_text(SPEC)
    command = [judge("python"), PROGRAMS / "secretspec_load.py", "onepassword://dev"]
    found = json.loads(run(command, scene.as_whom(whom), folder=tmp_path))
    assert found == {"DATABASE_URL": url, "PASS": PASS}
    scene.op("item", "delete", made)
    with pytest.raises(AssertionError, match="DATABASE_URL"):
        run(command, scene.as_whom(whom), folder=tmp_path)
