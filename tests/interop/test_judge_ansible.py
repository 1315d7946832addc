"""Ansible on our `op`: the lookups of the collection community.general, in a play."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_ssh_private_key,
)

from support.judges import PROGRAMS, Scene, judge, run

DOCUMENT = "first line\nsecond line\n"


@pytest.fixture(scope="module")
def filled(scene: Scene) -> Scene:
    """The vault with what the play looks up."""
    vault = ("--vault", "dev")
    scene.op("item", "create", *vault, "--category", "login", "--title", "second", "password=2nd")
    scene.op("item", "create", *vault, "--category", "ssh", "--title", "key", "--ssh-generate-key")
    scene.op("document", "create", "-", *vault, "--title", "paper", given=DOCUMENT)
    return scene


def ansible(scene: Scene, whom: str, folder: Path, *command: str) -> str:
    variables = scene.as_whom(whom)
    program = judge(command[0])
    variables["PATH"] = f"{program.parent}:{variables['PATH']}"
    return run([program, "-i", "localhost,", *command[1:]], variables, folder=folder)


@pytest.mark.parametrize("whom", ["session", "service_account"])
def test_lookups(filled: Scene, tmp_path: Path, whom: str) -> None:
    """Fields, whole items, documents and SSH keys are what the vault holds."""
    shutil.copy(PROGRAMS / "judge_play.yml", tmp_path)
    ansible(filled, whom, tmp_path, "ansible-playbook", "judge_play.yml")
    found = json.loads((tmp_path / "found.json").read_text())
    reference = "op://dev/key/private key"
    assert found == {
        "password": "p4ss word",
        "username": "app",
        "pin": "1234",
        "several": ["p4ss word", "2nd"],
        "raw": found["raw"],
        "document": base64.b64encode(DOCUMENT.encode()).decode(),
        "key": filled.op("read", "--no-newline", reference).out,
        "openssh": found["openssh"],
    }
    # The form of OpenSSH has random bytes of its own in each copy.
    public = filled.op("read", "--no-newline", "op://dev/key/public key").out
    private = load_ssh_private_key(found["openssh"].encode(), None)
    form = (Encoding.OpenSSH, PublicFormat.OpenSSH)
    assert private.public_key().public_bytes(*form).decode() == public
    item = found["raw"][0] if isinstance(found["raw"], list) else found["raw"]
    assert item["title"] == "db"
    assert {field["label"]: field.get("value") for field in item["fields"]}["pin"] == "1234"


def test_missing(filled: Scene, tmp_path: Path) -> None:
    """An item that is not there fails the task with our text."""
    lookup = "{{ lookup('community.general.onepassword', 'nothing', vault='dev') }}"
    task = ("localhost", "-c", "local", "-m", "ansible.builtin.debug", "-a", f'msg="{lookup}"')
    with pytest.raises(AssertionError, match=r'"nothing" isn.*t an item in the "dev" vault'):
        ansible(filled, "service_account", tmp_path, "ansible", *task)
