"""A restore, a backup or an upgrade that is killed: what is there is the old or the new, whole.

The child process (children/upkeep.py) stops at a given step and is killed
there, or is killed at some moment of the genuine work. Each walk has mutants.

`STRONGROOM_FAULTS=full` kills at every step and ten times as often at random.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from strongroom.store.schema import SCHEMA_VERSION
from strongroom.store.sqlite.backup import backup
from strongroom.store.sqlite.store import SqliteStore
from support.faults_processes import Child, started
from support.faults_world import copy_database
from support.homes import Home, login, make_home
from support.releases import NEXT_VERSION, become_next

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
SEED = 20_240_608
# Of the many steps of a walk (a page is one) so many are tried beside one of each name.
SAMPLE = 10_000 if FULL else 4
TIMED = 100 if FULL else 8
SCRIPT = Path(__file__).parent / "children" / "upkeep.py"


def content(path: Path) -> str:
    """Return a hash of every row of a sound file."""
    digest = sha256()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        for (table,) in tables.fetchall():
            rows = sorted(map(repr, db.execute(f"SELECT * FROM {table}")))
            digest.update(repr((table, rows)).encode())
    return digest.hexdigest()


def changes_of(work: str, *changes: str) -> tuple[str, ...]:
    """Return what is changed in a child: it upgrades a file of today as the next release."""
    return ("next_release", *changes) if work == "upgrade" else changes


def walk_to(stop_at: int, work: str, *changes: str, **orders: Any) -> tuple[str, bool]:
    """Kill one child at a step; return the step and whether it had acknowledged its work."""
    changes = changes_of(work, "stop_inside", *changes)
    with Child(work, script=SCRIPT, changes=changes, stop_at=stop_at, **orders) as child:
        started([child])
        event = child.until("stopped")
        return event["stopped"], any("done" in one for one in child.kill())


def kill_after(seconds: float, work: str, **orders: Any) -> bool:
    """Kill one child at some moment; return whether it had acknowledged its work."""
    with Child(work, script=SCRIPT, changes=changes_of(work), **orders) as child:
        started([child])
        time.sleep(seconds)
        return any("done" in one for one in child.kill())


def whole_walk(work: str, *changes: str, **orders: Any) -> list[str]:
    """Let one child finish; return the steps of its work."""
    with Child(
        work, script=SCRIPT, changes=changes_of(work, "stop_inside", *changes), **orders
    ) as child:
        started([child])
        return list(child.until("phases")["phases"])


def sample(phases: list[str]) -> list[int]:
    """Choose steps by number: the last one of each name, and some others, most of them pages."""
    chosen = {phases[number - 1]: number for number in range(1, len(phases) + 1)}
    others = random.Random(SEED).sample(range(1, len(phases) + 1), min(len(phases), SAMPLE))
    return sorted({*chosen.values(), *others})


# -- restore -----------------------------------------------------------------------


@dataclass
class Place:
    """A database with acknowledged writes that its backup does not have, copied for each kill."""

    home: Home
    vault: str
    written: list[str]
    pristine: Path
    source: Path
    folder: Path
    old: str
    new: str

    def fresh(self, name: str, *, missing: bool = False) -> Path:
        """Return a copy of the database with what waits in its WAL, in a folder of its own."""
        folder = self.folder / name
        folder.mkdir()
        if not missing:
            copy_database(self.pristine, folder / "strongroom.db")
        return folder / "strongroom.db"

    def assert_old_or_new(self, path: Path, *, acknowledged: bool, missing: bool) -> None:
        """All of the old content or all of the new; the new if that was said; then it works."""
        if missing and not path.exists():
            assert not acknowledged
            return
        found = content(path)
        assert found == self.new or (found == self.old and not (acknowledged or missing))
        home = Home(path, self.home.account)
        engine = home.owner()
        listed = {row["id"] for row in home.run(engine.items.list(self.vault))}
        assert listed == set(self.written if found == self.old else self.written[:3])
        made = home.run(engine.items.create(self.vault, login("later", a="b")))
        assert home.run(home.owner().items.get(self.vault, made["id"]))["title"] == "later"
        home.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Three items that the backup has, and five that it lacks."""
    folder = tmp_path_factory.mktemp("upkeep")
    home = make_home(folder)
    engine = home.owner()
    vault = str(home.run(engine.vaults.create("vault"))["id"])

    def write(count: int) -> list[str]:
        made = [engine.items.create(vault, login(f"item {n}", a="b")) for n in range(count)]
        return [str(home.run(one)["id"]) for one in made]

    written = write(3)
    source = folder / "copy.db"
    backup(home.path, source)
    written += write(5)
    pristine = folder / "pristine.db"
    copy_database(home.path, pristine)
    home.close()
    old, new = content(home.path), content(source)
    return Place(home, vault, written, pristine, source, folder, old, new)


def restore_steps(place: Place, name: str, *changes: str, missing: bool) -> list[int]:
    path = place.fresh(f"{name}-whole", missing=missing)
    return sample(whole_walk("restore", *changes, source=str(place.source), target=str(path)))


def kill_restores(place: Place, name: str, *changes: str, missing: bool = False) -> set[str]:
    """Kill a restore at each chosen step and look at what is left; return the steps."""
    stopped = set()
    for step in restore_steps(place, name, *changes, missing=missing):
        path = place.fresh(f"{name}-{step}", missing=missing)
        where = {"source": str(place.source), "target": str(path)}
        phase, acknowledged = walk_to(step, "restore", *changes, **where)
        place.assert_old_or_new(path, acknowledged=acknowledged, missing=missing)
        stopped.add(phase)
    return stopped


def test_a_killed_restore(place: Place) -> None:
    """A restore that is killed leaves the old content or the new one, and writing goes on."""
    stopped = kill_restores(place, "restore")
    assert {"page", "all pages", "after _match_pages"} <= stopped


def test_a_killed_restore_of_a_missing_file(place: Place) -> None:
    """A restore that makes the file and is killed leaves no file, or a whole one."""
    stopped = kill_restores(place, "missing", missing=True)
    assert {"before publish", "before _claim", "after _claim"} <= stopped


def test_a_restore_killed_at_any_moment(place: Place) -> None:
    """The genuine restore, killed at random moments, leaves the old or the new as well."""
    rng, acknowledged = random.Random(SEED), 0
    for number in range(TIMED):
        path = place.fresh(f"timed-{number}")
        where = {"source": str(place.source), "target": str(path)}
        done = kill_after(rng.uniform(0, 0.15), "restore", **where)
        place.assert_old_or_new(path, acknowledged=done, missing=False)
        acknowledged += done
    print(f"{acknowledged} of {TIMED} had been acknowledged")


@pytest.mark.parametrize("change", ["plain_copy", "early_acknowledgement"])
def test_the_restore_walk_catches(place: Place, change: str) -> None:
    """MUTANT: overwriting the file in place, and saying it is done too early, are found out."""
    with pytest.raises((AssertionError, sqlite3.Error)):
        kill_restores(place, change, change)


# -- backup ------------------------------------------------------------------------


def kill_backups(place: Place, name: str, *changes: str) -> None:
    """Kill a backup that replaces an older one, at each chosen step."""
    source = place.fresh(f"{name}-source")

    def target(number: int) -> Path:
        folder = place.folder / f"{name}-{number}"
        folder.mkdir()
        return Path(shutil.copyfile(place.source, folder / "copy.db"))

    where = {"source": str(source)}
    for step in sample(whole_walk("backup", *changes, **where, target=str(target(0)))):
        path = target(step)
        _, acknowledged = walk_to(step, "backup", *changes, **where, target=str(path))
        found = content(path)
        assert found == place.old or (found == place.new and not acknowledged)


def test_a_killed_backup(place: Place) -> None:
    """A backup that is killed leaves the older backup or the newer one under its name."""
    kill_backups(place, "backup")


def test_the_backup_walk_catches_a_growing_file(place: Place) -> None:
    """MUTANT: a backup that grows under its final name is found out."""
    with pytest.raises((AssertionError, sqlite3.Error)):
        kill_backups(place, "growing", "final_name_first")


# -- upgrade -----------------------------------------------------------------------


@pytest.fixture
def today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of this release, full of rows; this process is the next release from now on."""
    home = make_home(tmp_path)
    vault = home.run(home.owner().vaults.create("vault"))["id"]
    home.run(home.owner().items.create(vault, login("item", a="b")))
    home.close()
    become_next(put=monkeypatch.setattr)
    return home.path


def old_rows(path: Path, today: Path) -> list[str]:
    """Return every row of the tables that a file of today has."""
    with closing(sqlite3.connect(today.as_uri() + "?immutable=1", uri=True)) as db:
        names = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        tables = [row[0] for row in names]
    with closing(sqlite3.connect(path)) as db:
        return [repr(row) for name in tables for row in db.execute(f"SELECT * FROM {name}")]


def state(path: Path) -> tuple[int, frozenset[str]]:
    """Return version and tables of a sound file."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (version,) = db.execute("PRAGMA user_version").fetchone()
        return version, frozenset(row[0] for row in db.execute("SELECT name FROM sqlite_master"))


def assert_one_or_the_other(
    path: Path, today: Path, old: Any, new: Any, *, acknowledged: bool
) -> None:
    found = state(path)
    assert found == new or (found == old and not acknowledged)
    SqliteStore.open(path).close()
    assert state(path) == new
    assert old_rows(path, today) == old_rows(today, today)


def kill_upgrades(today: Path, *changes: str) -> set[str]:
    """Kill an upgrade at each of its steps; return the steps."""
    new_copy = fresh_copies(today)
    whole = new_copy()
    old = state(whole)
    steps = len(whole_walk("upgrade", *changes, target=str(whole)))
    new, stopped = state(whole), set()
    assert (old[0], new[0]) == (SCHEMA_VERSION, NEXT_VERSION)
    for step in range(1, steps + 1):
        path = new_copy()
        phase, acknowledged = walk_to(step, "upgrade", *changes, target=str(path))
        assert_one_or_the_other(path, today, old, new, acknowledged=acknowledged)
        stopped.add(phase)
    return stopped


def fresh_copies(today: Path) -> Callable[[], Path]:
    """Return a maker of copies of the file of today."""
    numbers = iter(range(1_000_000))

    def make() -> Path:
        return Path(shutil.copyfile(today, today.with_name(f"{next(numbers)}.db")))

    return make


def test_a_killed_upgrade(today: Path) -> None:
    """An upgrade that is killed leaves the older version or the newer one, and is made up for."""
    stopped = kill_upgrades(today)
    assert {"begun", "CREATE TABLE later", "about to commit", "committed"} <= stopped


def test_an_upgrade_killed_at_any_moment(today: Path) -> None:
    """The genuine upgrade, killed at random moments, leaves one version or the other."""
    rng, new_copy = random.Random(SEED), fresh_copies(today)
    whole = new_copy()
    old = state(whole)
    SqliteStore.open(whole).close()
    for _ in range(TIMED):
        path = new_copy()
        done = kill_after(rng.uniform(0, 0.05), "upgrade", target=str(path))
        assert_one_or_the_other(path, today, old, state(whole), acknowledged=done)


def test_the_upgrade_walk_catches_bare_statements(today: Path) -> None:
    """MUTANT: an upgrade without a transaction is found out."""
    with pytest.raises(AssertionError):
        kill_upgrades(today, "bare_statements")
