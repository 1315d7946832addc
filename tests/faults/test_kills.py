"""A writer that is killed or loses power: what it acknowledged is there, nothing is half there.

The child process stops at a given step of its write transaction and is killed
there, or is killed at once after an acknowledgement. A power cut is what the
kernel had been asked to sync by then (children/synced.c). Mutants: a child
that acknowledges early, one without transactions, one with synchronous=OFF.

A full run (`STRONGROOM_FAULTS=full`) makes 300 kills, of which at least 50 hit
between BEGIN and COMMIT; the child tells the step at which it stands. Batches
are killed too, at random moments.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from strongroom.errors import StrongroomError
from strongroom.store.sqlite import connections
from strongroom.store.sqlite import store as sqlite
from support.faults_processes import Child, Event, started
from support.faults_whole import assert_whole
from support.faults_world import copy_database
from support.homes import Home, make_home

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
SEED = 20_240_608
# Steps of a write: begun, each statement, about to commit, committed. These are those of a
# create and a put; a full run goes on into the writes that follow.
STEPS = 17
KILLS_INSIDE = 100 if FULL else STEPS
KILLS_AFTER = 100 if FULL else 8
KILLS_IN_BATCHES = 100 if FULL else 6
INSIDE_MIN = 50 if FULL else 8
BATCH = 12
SYNCED_BATCHES = 40 if FULL else 8
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
    assert sum(step != "committed" for step in diary.stopped) >= INSIDE_MIN
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


# -- batches -----------------------------------------------------------------------


@dataclass
class Batches:
    """What batch writers acknowledged: whole batches, by name and number."""

    acknowledged: set[str] = field(default_factory=set)
    created: dict[str, str] = field(default_factory=dict)  # id -> title
    phases: list[str] = field(default_factory=list)

    def note(self, events: list[Event]) -> None:
        for event in events:
            for item_id, title in event.get("batch", {}).items():
                self.created[item_id] = title
                self.acknowledged.add(title.rpartition("-")[0])
        # Where it was when it was killed: the last step that it told.
        self.phases += [event["phase"] for event in events if "phase" in event][-1:]


def kill_batches(place: Place, *changes: str, kills: int = KILLS_IN_BATCHES) -> Batches:
    """Kill as many batch writers, each at some moment of its work."""
    rng, batches = random.Random(SEED), Batches()
    for number in range(kills):
        orders = {"token": place.token, "vault": place.vault, "name": f"batch{number}"}
        changes_ = ["stop_inside", *changes]
        with Child(
            "write_batches", changes=changes_, count=1000, size=BATCH, phases=True, **orders
        ) as child:
            started([child])
            # Each batch takes some eighty steps, of which most lie between BEGIN and COMMIT.
            for _ in range(rng.randrange(1, 200)):
                child.until("phase")
            time.sleep(rng.uniform(0, 0.002))
            batches.note(child.kill())
    return batches


def assert_batches_kept(place: Place, batches: Batches, *, killed: int) -> None:
    """Every acknowledged batch is there, with its values; no other is there in part."""
    with closing(sqlite3.connect(place.home.path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert_whole(db)
    home = Home(place.home.path, place.home.account)
    reader = home.owner()
    listed = {row["id"]: row["title"] for row in home.run(reader.items.list(place.vault))}
    assert batches.created.items() <= listed.items()
    for item in home.run(reader.items.get_all(place.vault, list(listed))):
        assert item["fields"][0]["value"] == f"v-{item['title']}"
    sizes = Counter(title.rpartition("-")[0] for title in listed.values())
    home.close()
    assert set(sizes.values()) <= {BATCH}
    assert len(set(sizes) - batches.acknowledged) <= killed


def test_a_killed_batch_is_there_whole_or_not_at_all(place: Place) -> None:
    """A batch writer killed at any moment leaves whole batches, all acknowledged ones too."""
    batches = kill_batches(place)
    inside = [phase for phase in batches.phases if phase != "committed"]
    print(f"{len(inside)} of {KILLS_IN_BATCHES} kills between BEGIN and COMMIT")
    assert len(inside) >= KILLS_IN_BATCHES // 4
    assert_batches_kept(place, batches, killed=KILLS_IN_BATCHES)


def test_the_kill_test_catches_batches_in_parts(place: Place) -> None:
    """MUTANT: where every statement is its own transaction, a kill leaves a part of a batch."""
    batches = kill_batches(place, "bare_statements", kills=6)
    with pytest.raises((AssertionError, StrongroomError)):
        assert_batches_kept(place, batches, killed=6)


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


def synced_batches(place: Place, shim: Path, *changes: str) -> list[Event]:
    """Return what a batch writer tells with each acknowledgement of its syncs."""
    orders = {"token": place.token, "vault": place.vault, "name": "synced", "size": 2}
    environment = {"LD_PRELOAD": str(shim)}
    with Child(
        "write_batches", changes=changes, count=SYNCED_BATCHES, environment=environment, **orders
    ) as child:
        started([child])
        return [child.until("batch") for _ in range(SYNCED_BATCHES)]


def assert_synced(told: list[Event]) -> None:
    """Both connections sync in full, and the log was synced anew before each acknowledgement."""
    assert {(event["synchronous"], event["connections"]) for event in told} == {(2, 2)}
    counts = [event["syncs"] for event in told]
    assert counts[0] >= 1
    assert all(after > before for before, after in pairwise(counts)), counts


def test_each_acknowledged_commit_was_synced(place: Place, shim: Path) -> None:
    """Before each acknowledgement the log is synced, counted at the operating system's calls."""
    assert_synced(synced_batches(place, shim))


@pytest.mark.parametrize("change", ["committed_unsynced", "synchronous_off"])
def test_the_count_of_syncs_catches(place: Place, shim: Path, change: str) -> None:
    """MUTANT: a commit that returns before its sync is found out, whatever connections say."""
    told = synced_batches(place, shim, change)
    with pytest.raises(AssertionError):
        assert_synced(told)


def test_every_connection_syncs_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a home opens, to read or to write, reads back `synchronous = 2`."""
    read_back = []
    genuine = connections.raw_connection

    def opened(*args: Any, **keywords: Any) -> sqlite3.Connection:
        connection = genuine(*args, **keywords)
        read_back.append(connection.execute("PRAGMA synchronous").fetchone())
        return connection

    for module in (connections, sqlite):
        monkeypatch.setattr(module, "raw_connection", opened)
    home = make_home(tmp_path, password="made here, not copied")
    home.token(str(home.run(home.owner().vaults.create("vault"))["id"]))
    home.close()
    assert len(read_back) >= 5
    assert set(read_back) == {(2,)}


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
