"""The demo, and the two programs that it runs."""

import hashlib
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from cli.program import PASSWORD, Op

PROGRAM_HASHES = {
    "resolve_reference.py": "212813d16a68598c8c53a38abd68ef24132f7baf98445b952a953bfdb4c86c44",
    "list_vaults.py": "fee1dee9547df7fc57dde396c10f1035826512aef11b6039cea3f53c3597d5aa",
}


@pytest.mark.parametrize(("name", "expected"), PROGRAM_HASHES.items(), ids=PROGRAM_HASHES.keys())
def test_demo_programs_are_unchanged(name, expected):
    """The programs that the demo runs are those of their documentation, byte for byte."""
    content = (files("strongroom.cli.demo.programs") / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == expected


def test_demo(tmp_path):
    """The demo shows the secret and the title through real programs, and cleans up."""
    op = Op(tmp_path, TMPDIR=str(tmp_path), OP_SERVICE_ACCOUNT_TOKEN="ops_of_somebody_else")
    text = op("demo").out
    assert re.search(r"resolve_reference\.py\):\n    \w{24}\n", text)
    assert re.search(r"list_vaults\.py\):\n    vault\n", text)
    assert text.index("not sealed: found") < text.index("not found")
    assert text.splitlines()[-1].startswith("next: strongroom account create ")
    assert list(tmp_path.iterdir()) == []


def test_demo_after_a_clone(tmp_path):
    """The command that the demo names last can be run where nothing was installed."""
    program = str(Path(sys.executable).with_name("strongroom"))
    command = [program, "demo"]
    shown = subprocess.run(
        command, env={"TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=True
    ).stdout
    [line] = re.findall(r"^next: (.*)", shown, re.MULTILINE)
    environment = {"HOME": str(tmp_path), "PATH": ""}
    shell = f"{line} --password-stdin --kit kit.txt"
    done = subprocess.run(
        ["/bin/sh", "-c", shell],
        cwd=tmp_path,
        env=environment,
        input=PASSWORD,
        text=True,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_demo_keep(tmp_path):
    """A kept demo can be signed in to, and an existing folder is left alone."""
    op = Op(tmp_path)
    [password] = re.findall(r"password of the demo account: (\w+)", op("demo", "--keep", "d").out)
    kept = op.with_(STRONGROOM_HOME=str(tmp_path / "d" / "home"))
    session = kept("signin", "--raw", given=password).out.strip()
    assert kept.with_(OP_SESSION=session)("read", "op://vault/item/field").out
    assert "exists already" in op.run("demo", "--keep", "d").error
