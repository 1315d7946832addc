"""A writer that is killed or loses power: what it acknowledged is there, nothing is half there.

The child process stops at a given step of its write transaction and is killed
there, or is killed at once after an acknowledgement. A power cut is what the
kernel had been asked to sync by then (children/synced.c). Mutants: a child
that acknowledges early, one without transactions, one with synchronous=OFF.

`STRONGROOM_FAULTS=full` kills ten times as often.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from support.faults_processes import Child, Event, started
from support.faults_world import copy_database
from support.homes import Home, make_home

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
SEED = 20_240_608
# Steps of a write: begun, each statement, about to commit, committed. These are those of a
# create and a put; a full run goes on into the writes that follow.
STEPS = 15
KILLS_INSIDE = 100 if FULL else STEPS
KILLS_AFTER = 100 if FULL else 8
SHIM = Path(__file__).parent / "children" / "synced.c"


@dataclass
class Diary:
    """What writers acknowledged so far: titles with the value that must be there."""

    created: dict[str, str] = field(default_factory=dict)  # id -> title
    changed: set[str] = field(default_factory=set)  # ids
    stopped: list[str] = field(default_factory=list)

    def note(self, events: list[Event]) -> None:
        for event in events:
            if "created" in event:
                self.created[event["created"]] = event["title"]
            if "changed" in event:
                self.changed.add(event["changed"])
            if "stopped" in event:
                self.stopped.append(event["stopped"])


@dataclass
class Place:
    """A vault on a file, and a token that may write there."""

    home: Home
    vault: str
    token: str

    def writer(self, name: str, *changes: str, puts: bool = True, **more: Any) -> Child:
        return Child(
            "write",
            token=self.token,
            vault=self.vault,
            name=name,
            changes=list(changes),
            puts=puts,
            **({"count": 1000} | more),
        )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """An empty vault; only the children have it open."""
    home = make_home(tmp_path)
    vault = str(home.run(home.owner().vaults.create("vault"))["id"])
    token = home.token(vault, "write_items")
    home.close()
    yield Place(home, vault, token)
    home.close()


def assert_kept(place: Place, diary: Diary, *, killed: int, path: Path | None = None) -> None:
    """The file opens; every acknowledged write is there; at most one per kill is besides."""
    where = path or place.home.path
    db = sqlite3.connect(where)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert_whole(db)
    db.close()
    home = Home(where, place.home.account)
    reader = home.owner()
    listed = {row["id"]: row["title"] for row in home.run(reader.items.list(place.vault))}
    assert set(diary.created) <= set(listed)
    assert len(listed) - len(diary.created) <= killed
    for item in home.run(reader.items.get_all(place.vault, list(listed))):
        assert isinstance(item, dict), item
        title, value = item["title"], item["fields"][0]["value"]
        allowed = {f"w-{title}"} if item["id"] in diary.changed else {f"v-{title}", f"w-{title}"}
        assert value in allowed
    home.close()


def assert_whole(db: sqlite3.Connection) -> None:
    """No part of a write is there without its other parts."""
    assert not db.execute(
        "SELECT o.id FROM objects o WHERE o.version <>"
        " (SELECT count(*) FROM revisions r WHERE r.container = o.container AND r.object = o.id)"
    ).fetchall()
    assert not db.execute(
        "SELECT r.object FROM revisions r LEFT JOIN objects o"
        " ON o.container = r.container AND o.id = r.object WHERE o.id IS NULL"
    ).fetchall()
    items = "FROM objects o WHERE o.container = c.id AND o.id <> c.id"
    assert not db.execute(
        f"SELECT c.id FROM containers c WHERE c.kind = 1 AND (c.active_items <>"
        f" (SELECT count(*) {items} AND o.state = 1) OR c.content_version <>"
        f" (SELECT coalesce(sum(o.version), 0) {items}))"
    ).fetchall()
    assert not db.execute(
        "SELECT e.container FROM epochs e JOIN containers c ON c.id = e.container"
        f" WHERE c.kind = 1 AND e.live_objects <> (SELECT count(*) {items} AND o.epoch = e.epoch)"
    ).fetchall()


# -- kills -------------------------------------------------------------------------


def kill_inside(place: Place, steps: Iterable[int], *changes: str) -> Diary:
    """Kill one writer at each of these steps."""
    diary = Diary()
    for step in steps:
        with place.writer(f"step{step}", *changes, "stop_inside", stop_at=step) as child:
            started([child])
            child.until("stopped")
            diary.note(child.kill())
    return diary


def test_a_killed_transaction_leaves_nothing_half_there(place: Place) -> None:
    """A writer killed between BEGIN and COMMIT leaves all of a write or nothing of it."""
    diary = kill_inside(place, range(1, KILLS_INSIDE + 1))
    print(f"killed at: {diary.stopped[:STEPS]}")
    assert {"begun", "INSERT INTO revisions", "about to commit", "committed"} <= set(diary.stopped)
    assert_kept(place, diary, killed=KILLS_INSIDE)


def test_an_acknowledged_write_survives_a_kill(place: Place) -> None:
    """What a writer acknowledged before it was killed is there, with the acknowledged content."""
    rng, diary = random.Random(SEED), Diary()
    for number in range(KILLS_AFTER):
        with place.writer(f"after{number}") as child:
            started([child])
            for _ in range(rng.randrange(1, 6)):
                child.until("title")
            diary.note(child.kill())
    assert len(diary.created) >= KILLS_AFTER
    assert_kept(place, diary, killed=KILLS_AFTER)


def test_the_kill_test_catches_an_early_acknowledgement(place: Place) -> None:
    """MUTANT: a writer that acknowledges before it commits is found out."""
    diary = Diary()
    with place.writer("early", "early_acknowledgement", puts=False, count=3) as child:
        started([child])
        for _ in range(3):
            child.until("title")
        diary.note(child.kill())
    with pytest.raises(AssertionError):
        assert_kept(place, diary, killed=1)


def test_the_kill_test_catches_writes_without_transactions(place: Place) -> None:
    """MUTANT: where every statement is its own transaction, a kill leaves half a write."""
    diary = kill_inside(place, range(2, 6), "bare_statements")
    with pytest.raises(AssertionError):
        assert_kept(place, diary, killed=4)


# -- power cuts --------------------------------------------------------------------


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that keeps what was synced."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("a power cut needs a C compiler to be imitated; kills are tested without")
    built = tmp_path_factory.mktemp("shim") / "synced.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", built, SHIM, "-ldl"], check=True)
    return built


def cut_power(place: Place, shim: Path, folder: Path, *changes: str) -> tuple[Path, Diary]:
    """Return the file as a power cut would leave it, and the 8 acknowledgements before it."""
    kept = folder / "synced"
    kept.mkdir()
    copy_database(place.home.path, kept / place.home.path.name)
    environment = {
        "LD_PRELOAD": str(shim),
        "FAULTS_SYNCED_FROM": str(place.home.path),
        "FAULTS_SYNCED_TO": str(kept),
    }
    diary = Diary()
    with place.writer("power", *changes, count=4, environment=environment) as child:
        started([child])
        for _ in range(8):
            child.until("title")
        diary.note(child.kill())
    assert len(diary.changed) == 4
    return kept / place.home.path.name, diary


def test_an_acknowledged_write_survives_a_power_cut(
    place: Place, shim: Path, tmp_path: Path
) -> None:
    """What was synced when a write was acknowledged already holds that write."""
    path, diary = cut_power(place, shim, tmp_path)
    assert_kept(place, diary, killed=1, path=path)


def test_the_power_cut_catches_a_writer_that_does_not_sync(
    place: Place, shim: Path, tmp_path: Path
) -> None:
    """MUTANT: with synchronous=OFF an acknowledged write is not on the disk."""
    path, diary = cut_power(place, shim, tmp_path, "synchronous_off")
    with pytest.raises(AssertionError):
        assert_kept(place, diary, killed=1, path=path)
