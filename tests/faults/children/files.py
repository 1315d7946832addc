"""Somebody who stores files in a process of its own: to be killed, or to be measured.

It reads one JSON line of orders, prints `{"ready": …}`, waits for a line and
does its work, as `child` does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from child import CHANGES as STORE_CHANGES
from child import open_engine, say, stop_at, wait_for_go

from strongroom.client.items import items
from strongroom.client.items.content import FileSource, MemorySource, NewFile
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.service.objects import revisions

Orders = dict[str, Any]
KIB = 1024


def content_of(title: str, size: int) -> bytes:
    """Return the content that a title stands for."""
    line = f"{title}\n".encode()
    return (line * (size // len(line) + 1))[:size]


def store(orders: Orders) -> None:
    """Make documents, and attach a file to each; acknowledge every version."""
    engine = open_engine(orders["token"])
    say(ready=True)
    wait_for_go()
    for turn in range(orders["count"]):
        title = f"{orders['name']}-{turn}"
        raw = content_of(title, orders["size"])
        new = NewFile(name="d", size=len(raw), source=MemorySource(raw))
        draft = {"title": title, "category": "Document", "document": new}
        made = drive(engine.items.create(orders["vault"], draft))
        say(created=made["id"], title=title)
        more = NewFile(
            name="f", size=len(raw), source=MemorySource(raw), section_id="s", field_id="f"
        )
        drive(engine.files.attach(made, more))
        say(attached=made["id"], title=title)
    wait_for_go()


class _Endless:
    """A file object whose bytes are made when they are read."""

    def read(self, count: int) -> bytes:
        return b"m" * count


class _Sized(_Endless):
    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, count: int) -> bytes:
        taken = min(count, self._left)
        self._left -= taken
        return super().read(taken)


def measure(orders: Orders) -> None:
    """Store a large file and read it, and tell how many KiB the process grew by at most."""
    engine = open_engine(orders["token"])
    vault, size = orders["vault"], orders["size"]

    def move(size: int) -> None:
        source = FileSource(_Sized(size), InlineRuntime())
        new = NewFile(name="d", size=size, source=source)
        draft = {"title": f"of {size}", "category": "Document", "document": new}
        made = drive(engine.items.create(vault, draft))
        reader = drive(engine.files.open(vault, made["id"], made["document"]["id"]))
        received = 0
        if orders["whole"]:
            received = len(drive(reader.read_all()))
        else:
            while (part := drive(reader.next_chunk())) is not None:
                received += len(part)
        assert received == size

    say(ready=True)
    wait_for_go()
    move(2 * KIB * KIB)  # what any file costs is there before it is measured
    before = peak()
    move(size)
    say(grown_kib=peak() - before)


def peak() -> int:
    """Return the most KiB that the process has had in memory.

    Not `ru_maxrss`, which a child has from its parent.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1])


# -- mutants ----------------------------------------------------------------------


def named_before_stored() -> None:
    """MUTANT: a version that names a file is stored, and acknowledged, before its content."""
    genuine_send, genuine_write = items.send_contents, items.ItemWork.write_one
    genuine_fill, genuine_many = items.fill, items.ItemWork.write_many
    waiting: list[tuple[Any, ...]] = []

    async def later(session: Any, vault: Any, new: Any) -> Any:
        waiting.append((session, vault, new))
        return new.draft

    async def write_one(self: Any, *arguments: Any) -> Any:
        done = await genuine_write(self, *arguments)
        while waiting:
            await genuine_send(*waiting.pop())
        return done

    async def fill(session: Any, vault: Any, new: Any, *, independent: bool) -> Any:
        waiting.append((session, vault, new))
        return await genuine_fill(session, vault, type(new)(new.draft, []), independent=independent)

    async def write_many(self: Any, *arguments: Any, **keywords: Any) -> Any:
        done = await genuine_many(self, *arguments, **keywords)
        while waiting:
            await genuine_send(*waiting.pop())
        return done

    async def unchecked(*_: Any) -> None:
        return

    items.send_contents, items.ItemWork.write_one = later, write_one
    items.fill, items.ItemWork.write_many = fill, write_many
    revisions.check_files = unchecked


WORK: dict[str, Callable[[Orders], None]] = {"store": store, "measure": measure}
CHANGES = {**STORE_CHANGES, "named_before_stored": named_before_stored}


def main() -> None:
    orders = json.loads(sys.stdin.readline())
    for name in orders.get("changes", ()):
        CHANGES[name]()
    stop_at(orders)
    WORK[orders["work"]](orders)


if __name__ == "__main__":
    main()
