"""The README's way from nothing to a token, typed as it stands there."""

import fcntl
import os
import pty
import re
import subprocess
import termios
from pathlib import Path

import pytest

from cli.program import PASSWORD, SECONDS_MAX, SECRET

ROOT = Path(__file__).resolve().parents[2]
PROMPTS = [
    (b"Enter a new password (at least 10 characters): ", PASSWORD),
    (b"Enter it again: ", PASSWORD),
    (b"strongroom.db: ", PASSWORD),
    (b'the value of "field": ', SECRET),
]


def readme_block():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    [block] = [one for one in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "op signin" in one]
    # The environment is there: these tests run in it.
    return block.replace("script/demo ", "true ")


@pytest.mark.skipif(not (ROOT / ".venv/bin/op").exists(), reason="no environment in .venv")
def test_shell_block(tmp_path):
    """The block works literally for a user with an empty home, up to the secret that it reads."""
    leader, follower = pty.openpty()
    kept = {name: text for name, text in os.environ.items() if not name.startswith("OP_")}
    for name in ("STRONGROOM_HOME", "XDG_DATA_HOME"):
        kept.pop(name, None)
    child = subprocess.Popen(
        ["/bin/sh", "-eu", "-c", readme_block()],
        env=kept | {"HOME": str(tmp_path)},
        cwd=ROOT,
        stdin=follower,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  (no threads here)
    )
    shown = b""
    for prompt, line in PROMPTS:
        while not shown.endswith(prompt):
            shown += os.read(leader, 1024)
        os.write(leader, line.encode() + b"\n")
    out, err = child.communicate(timeout=SECONDS_MAX)
    os.close(follower)
    os.close(leader)
    assert (child.returncode, err) == (0, b"")
    assert out.decode().splitlines()[-1] == SECRET
    assert {path.name for path in tmp_path.iterdir()} >= {
        "strongroom.db",
        "strongroom-emergency-kit.txt",
    }
