"""Killed writers of files, what a file shows of itself, and memory (T1, T15).

Each case has its mutant, which must fail.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from strongroom.crypto import chunks
from strongroom.errors import StrongroomError
from support.faults_processes import Child, Event, started
from support.faults_stored import FULL, MIB, new_file
from support.homes import Home, login, make_home

SCRIPT = Path(__file__).parents[1] / "children" / "files.py"


# Steps of storing a document of two chunks: these and the revision are transactions of their own.
STEPS = 60 if FULL else 21
GROWTH_KIB_MAX = 32 * 1024
MEASURED_BYTES = (1024 if FULL else 64) * MIB


# -- what the file shows ---------------------------------------------------------------


def readable(folder: Path) -> list[str]:
    """Return which of a file's secrets stand in the database in clear."""
    home = make_home(folder)
    engine = home.owner()
    vault = home.run(engine.vaults.create("v"))["id"]
    content = b"a line of the content\n" * 100
    new = new_file("name-of-the-file", content)
    home.run(engine.items.create(vault, login() | {"files": [new]}))
    home.close()
    raw = b"".join(path.read_bytes() for path in folder.iterdir())
    return [text for text in ("line of the content", "name-of-the-file") if text.encode() in raw]


def test_nothing_of_a_file_stands_in_clear(tmp_path: Path) -> None:
    """Neither content nor name of a file is in the database."""
    assert readable(tmp_path) == []


def test_the_search_catches_an_open_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: a sealer that lets the content through is found out."""
    monkeypatch.setattr(chunks, "seal", lambda _key, _purpose, _context, data: b"S" * 97 + data)
    assert readable(tmp_path) == ["line of the content"]


# -- kills -------------------------------------------------------------------------------


@dataclass
class Diary:
    """What writers acknowledged: documents, and those with a file besides."""

    created: dict[str, str] = field(default_factory=dict)
    attached: set[str] = field(default_factory=set)
    stopped: list[str] = field(default_factory=list)

    def note(self, events: list[Event]) -> None:
        for event in events:
            if "created" in event:
                self.created[event["created"]] = event["title"]
            if "attached" in event:
                self.attached.add(event["attached"])
            if "stopped" in event:
                self.stopped.append(event["stopped"])


@dataclass
class Desk:
    """A vault, and a token that may write there; only the children have the file open."""

    home: Home
    vault: str
    token: str

    def kill(self, steps: list[int], *changes: str) -> Diary:
        """Kill one writer at each of these steps."""
        diary = Diary()
        for step in steps:
            with Child(
                "store",
                script=SCRIPT,
                token=self.token,
                vault=self.vault,
                name=f"step{step}",
                changes=[*changes, "stop_inside"],
                stop_at=step,
                count=100,
                size=MIB + 9,
            ) as child:
                started([child])
                child.until("stopped")
                diary.note(child.kill())
        return diary


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty vault."""
    home = make_home(tmp_path)
    vault = str(home.run(home.owner().vaults.create("vault"))["id"])
    token = home.token(vault, "write_items")
    home.close()
    yield Desk(home, vault, token)
    home.close()


def expected(title: str) -> bytes:
    line = f"{title}\n".encode()
    return (line * ((MIB + 9) // len(line) + 1))[: MIB + 9]


def assert_kept(desk: Desk, diary: Diary, killed: int) -> None:
    """What was acknowledged is there; what is there is whole; the rest is not to be seen."""
    with closing(sqlite3.connect(desk.home.path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    home = Home(desk.home.path, desk.home.account)
    reader = home.owner()
    listed = {row["id"]: row["title"] for row in home.run(reader.items.list(desk.vault))}
    assert diary.created.items() <= listed.items()
    assert len(listed) - len(diary.created) <= killed
    for item in home.run(reader.items.get_all(desk.vault, list(listed))):
        assert isinstance(item, dict), item
        files = [item["document"], *(row["attributes"] for row in item["files"])]
        assert len(files) == 2 or item["id"] not in diary.attached
        for one in files:
            content = home.run(reader.files.read(desk.vault, item["id"], one["id"]))
            assert content == expected(item["title"])
    home.close()


def test_a_killed_writer_leaves_whole_files_or_none(desk: Desk) -> None:
    """Killed in an upload or in the commit, a writer leaves no item with half a file."""
    diary = desk.kill(list(range(1, STEPS + 1)))
    print(f"killed at: {diary.stopped}")
    assert {"INSERT INTO file_chunks", "INSERT INTO object_files", "committed"} <= set(
        diary.stopped
    )
    assert_kept(desk, diary, STEPS)


def test_the_kills_catch_a_client_that_names_first(desk: Desk) -> None:
    """MUTANT: a client that stores a version before its files leaves an item with half a file."""
    diary = desk.kill([14, 18, 20, 22], "named_before_stored")
    with pytest.raises((AssertionError, StrongroomError)):
        assert_kept(desk, diary, 4)


def test_the_kills_catch_writes_without_transactions(desk: Desk) -> None:
    """MUTANT: where each statement is its own transaction, a kill leaves a file unnamed."""
    diary = desk.kill(list(range(8, 22)), "bare_statements")
    with pytest.raises((AssertionError, StrongroomError)):
        assert_kept(desk, diary, 14)


# -- memory ------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _measurable(request: pytest.FixtureRequest) -> None:
    """Skip what asks the kernel for a process's peak where it does not tell."""
    if "memory" in request.node.name and not Path("/proc/self/status").exists():
        pytest.skip("only Linux tells a process's peak of memory")


def growth(desk: Desk, size: int, *, whole: bool) -> int:
    """Return by how many KiB a process grew that stored and read a file."""
    orders = {"token": desk.token, "vault": desk.vault, "size": size, "whole": whole}
    with Child("measure", script=SCRIPT, **orders) as child:
        started([child])
        return int(child.until("grown_kib")["grown_kib"])


def test_memory_stays_flat(desk: Desk) -> None:
    """Whoever stores and reads a large file holds little of it."""
    grown = growth(desk, MEASURED_BYTES, whole=False)
    print(f"grown by {grown} KiB for {MEASURED_BYTES // MIB} MiB")
    assert grown <= GROWTH_KIB_MAX


def test_the_memory_test_catches_a_reader_of_all(desk: Desk) -> None:
    """MUTANT: a reader that collects the parts grows by as much as the file."""
    assert growth(desk, 64 * MIB, whole=True) > GROWTH_KIB_MAX
