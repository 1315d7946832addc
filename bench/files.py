"""Files: what a process holds in memory while 1 GiB goes through it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.fixtures import Fixtures, make_owner
from bench.report import Row
from strongroom.client.runtime import drive
from strongroom.permissions import SERVICE_ACCOUNT_WORDS

_NAME = "memory over idle, 1 GiB stored and read as streams"
_GOAL_KIB = 32 * 1024
# The peak of the process itself: `ru_maxrss` would begin with that of the one that started it.
_PROGRAM = """
import os
from pathlib import Path
from strongroom import SyncClient
from onepassword import *

class Made:
    def __init__(self, size):
        self.left = size
    def read(self, count):
        taken = min(count, self.left)
        self.left -= taken
        return b"m" * taken

def peak():
    (line,) = [l for l in Path("/proc/self/status").read_text().splitlines() if l[:6] == "VmHWM:"]
    return int(line.split()[1])

def move(client, vault, size):
    empty = DocumentCreateParams(name="d", content=b"")
    made = client.items.create(ItemCreateParams(
        category="Document", vault_id=vault, title=f"of {size}", document=empty))
    files = client.items.files
    made = files.replace_document_stream(made, Made(size), name="d", size=size)
    stream = files.read_stream(vault, made.id, made.document)
    assert sum(len(part) for part in stream) == size

token = os.environ["OP_SERVICE_ACCOUNT_TOKEN"]
with SyncClient.authenticate(token, "bench", "1") as client:
    vault = client.vaults.list()[0].id
    move(client, vault, 2 << 20)
    before = peak()
    move(client, vault, 1 << 30)
    print(peak() - before)
"""


def rows(_fixtures: Fixtures, *, rounds: int, only: str) -> Iterator[Row]:
    """Measure the peak once: it does not vary."""
    del rounds
    if only not in _NAME or not Path("/proc/self/status").exists():
        return
    with tempfile.TemporaryDirectory(prefix="strongroom-bench-") as folder:
        owner = make_owner(Path(folder) / "strongroom.db")
        vault = drive(owner.vaults.create("vault"))["id"]
        writes = {vault: SERVICE_ACCOUNT_WORDS["write_items"]}
        token = drive(owner.service_accounts.create("bench", writes)).expose()
        owner.close()
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            env={**os.environ, "OP_SERVICE_ACCOUNT_TOKEN": token},
            capture_output=True,
            check=True,
        )
    grown = int(done.stdout) / _GOAL_KIB
    yield Row(_NAME, grown, grown, 1.0)
