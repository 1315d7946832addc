"""A removal that is killed: everybody who stays reads on, and the work can be finished.

Ben removes Dan, and with that signs new records for the groups and vaults that
Dan could open, each in a transaction of its own. He is killed at a step that he
tells, between two transactions, or at any moment, while Cleo goes on writing in
another process. Then Ana finishes what he began. Mutants beside each walk.

`STRONGROOM_FAULTS=full` kills at every step and ten times as often at random.
"""

from __future__ import annotations

import copy
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from strongroom.client.change.change import Change
from strongroom.client.engine import Engine
from strongroom.client.runtime import drive
from strongroom.client.view.marks import Marks
from strongroom.errors import StrongroomError, UnauthorizedError
from strongroom.ids import parse_id
from support.faults_exmember import Loot
from support.faults_people import EDITOR, READER, Crowd, make_crowd, make_robot
from support.faults_processes import Child, started
from support.faults_whole import assert_whole
from support.homes import login

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
SEED = 20_240_608
SAMPLE = 100_000 if FULL else 2
TIMED = 60 if FULL else 4
SCRIPT = Path(__file__).parent / "children" / "people.py"
STAY = ("Ana", "Ben", "Cleo", "Robot")
VAULTS = ("alpha", "beta", "gamma")


@dataclass
class Place:
    """The file before the removal, what everybody had seen of it, and what Dan had."""

    crowd: Crowd
    vaults: dict[str, str]
    values: dict[str, dict[str, str]]  # vault title -> title -> value
    marks: dict[str, Marks]
    loot: Loot
    folder: Path

    def copy(self, name: str) -> Crowd:
        return self.crowd.copy(self.folder / name)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Two groups and three vaults; Dan is in all of them, in several ways."""
    folder = tmp_path_factory.mktemp("rotation")
    crowd = make_crowd(folder)
    ana, run = crowd.open("Ana"), crowd.home.run
    vaults = {title: run(ana.vaults.create(title))["id"] for title in VAULTS}
    for group, members in {"crew": ("Ben", "Cleo", "Dan"), "team": ("Ben", "Dan")}.items():
        run(ana.groups.create(group))
        for who in members:
            run(
                ana.groups.add(
                    group, crowd.id_of(who), role="manager" if who == "Ben" else "member"
                )
            )
    ids = {name: run(ana.groups.find(name))["id"] for name in ("crew", "team")}
    make_robot(crowd, {vaults["beta"]: READER})
    run(ana.access.grant(vaults["alpha"], {ids["crew"]: EDITOR}))
    run(ana.access.grant(vaults["beta"], {ids["team"]: EDITOR, crowd.id_of("Cleo"): EDITOR}))
    run(ana.access.grant(vaults["gamma"], {crowd.id_of("Dan"): EDITOR, ids["crew"]: READER}))
    values: dict[str, dict[str, str]] = {}
    for title, vault in vaults.items():
        run(ana.items.create(vault, login("old", value=f"old in {title}")))
        values[title] = {"old": f"old in {title}"}
    run(crowd.open("Dan").items.create(vaults["gamma"], login("his", value="written by Dan")))
    values["gamma"]["his"] = "written by Dan"
    marks = {}
    for who in STAY:
        engine = crowd.open(who)
        read(engine)
        marks[who] = copy.deepcopy(engine.marks)
    loot = Loot.of(crowd.open("Dan"))
    crowd.close()
    yield Place(crowd, vaults, values, marks, loot, folder)
    crowd.close()


def read(engine: Engine) -> dict[str, dict[str, str]]:
    """Return every value of every shared vault; all records, authors and entries are verified."""
    seen: dict[str, dict[str, str]] = {}
    for vault in drive(engine.vaults.list()):
        if vault["vaultType"] == "personal":
            continue
        rows = drive(engine.items.list(vault["id"]))
        items = drive(engine.items.get_all(vault["id"], [row["id"] for row in rows]))
        for item in items:
            if isinstance(item, StrongroomError):
                raise item
        seen[vault["title"]] = {i["title"]: i["fields"][0]["value"] for i in items}
    session = engine.session
    for container in session.containers.values():
        session.need_container(container.id, container.record.kind).key()
    return seen


def visible(who: str) -> tuple[str, ...]:
    return ("beta",) if who == "Robot" else VAULTS


# -- what must hold afterwards ---------------------------------------------------------


def assert_whole_file(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert_whole(db)
        # A record and the columns beside it are of one change; so are a group's keys and record.
        assert not db.execute(
            "SELECT c.id FROM containers c LEFT JOIN access_records r"
            " ON r.container = c.id AND r.access_rev = c.access_rev WHERE r.hash IS NULL"
        ).fetchall()
        assert not db.execute(
            "SELECT c.id FROM containers c WHERE c.epoch <>"
            " (SELECT max(e.epoch) FROM epochs e WHERE e.container = c.id)"
        ).fetchall()


def assert_all_read(place: Place, crowd: Crowd, values: dict[str, dict[str, str]]) -> None:
    """Everybody who stays reads every value, on a new device and on one that remembers."""
    for who in STAY:
        for marks in (None, copy.deepcopy(place.marks[who])):
            if who == "Robot" and marks is not None:
                continue  # a token has no state here; the people's marks show the same
            seen = read(crowd.open(who, marks))
            assert seen == {title: values[title] for title in visible(who)}, who


def assert_kept(
    place: Place, crowd: Crowd, *, acknowledged: bool, created: dict[str, tuple[str, str]]
) -> None:
    """All that the module's first lines promise, for one file after one kill."""
    assert_whole_file(crowd.path)
    values = copy.deepcopy(place.values)
    for title, (vault, name) in created.items():
        values[vault][title] = f"v-{name}"
    crowd.home.opened.clear()
    ana, run = crowd.open("Ana"), crowd.home.run
    if not created:
        assert_all_read(place, crowd, values)
    removed = run(ana.users.list(deleted=True))
    state = next(row["state"] for row in removed if row["id"] == crowd.id_of("Dan"))
    assert state == "DELETED" or not acknowledged
    dues = run(ana.users.remove(crowd.id_of("Dan")))  # which finishes it where it was begun
    assert all(due.done for due in dues), dues
    for who in ("Ana", "Ben"):
        assert run(crowd.open(who).access.due()) == []
    listed = read(ana)
    for title, (vault, name) in created.items():
        assert listed[vault][title] == f"v-{name}"
    # At most one write of Cleo's was stored and not yet acknowledged when she was stopped.
    more = sum(len(listed[vault]) - len(values[vault]) for vault in VAULTS)
    assert 0 <= more <= (1 if created else 0)
    assert_all_read(place, crowd, listed)
    assert_shut_out(place, crowd)
    crowd.close()


def assert_shut_out(place: Place, crowd: Crowd) -> None:
    """Dan opens nothing that is written from now on, whatever he kept and finds in the file."""
    run = crowd.home.run
    ids = set()
    for title, vault in place.vaults.items():
        writer = crowd.open("Cleo" if title != "gamma" else "Ben")
        made = run(writer.items.create(vault, login("new", value="after Dan")))
        ids.add(parse_id(made["id"]))
    loot = Loot(dict(place.loot.keysets), set(place.loot.keys))
    loot.search(crowd.path)
    opened = {revision.object for revision in loot.opened(crowd.path)}
    assert opened  # what he could read before he still can: the search is a real one
    assert not opened & ids
    with pytest.raises(UnauthorizedError):
        crowd.open("Dan")


# -- kills at named steps --------------------------------------------------------------


def removal(crowd: Crowd, *changes: str, **orders: object) -> Child:
    """A process in which Ben removes Dan."""
    who = crowd.people["Ben"].orders(crowd.path)
    commands = [[["remove", crowd.id_of("Dan")]]]
    return Child(
        "do", script=SCRIPT, commands=commands, changes=list(changes), stays=True, **who, **orders
    )


def whole_walk(place: Place, *changes: str) -> list[str]:
    """Let one removal finish; return its steps, those of the opening left out."""
    crowd = place.copy(f"whole{'-'.join(changes)}")
    with removal(crowd, "stop_between", *changes, phases=True) as child:
        started([child])
        child.until("finished")
        events = child.kill()
    ready = next(n for n, event in enumerate(events) if "ready" in event)
    return [event.get("phase", "") for event in events[ready:] if "phase" in event]


def sample(steps: list[str]) -> list[int]:
    """Choose steps by number: the first and last of each name, and others by chance."""
    numbers = range(1, len(steps) + 1)
    last = {steps[number - 1]: number for number in numbers}
    names = ("begun", "about to commit", "committed", "before a commit", "after a commit")
    between = [n for n in numbers if steps[n - 1] == "after a commit"][:: 1 if FULL else 3]
    chosen = {*between, *(last[name] for name in names), steps.index("begun") + 2}
    others = random.Random(SEED).sample(numbers, min(len(steps), SAMPLE))
    return sorted({*chosen, *others})


def kill_at(place: Place, step: int, *changes: str) -> tuple[Crowd, str, bool]:
    """Kill one removal at a step; return the file, the step and whether it was acknowledged."""
    crowd = place.copy(f"step{step}{'-'.join(changes)}")
    with removal(crowd, "stop_between", *changes, stop_at=step) as child:
        started([child])
        told = child.until("stopped")["stopped"]
        return crowd, told, any("done" in event for event in child.kill())


def test_a_removal_killed_at_a_step(place: Place) -> None:
    """Wherever a removal is killed, all who stay read on and another administrator finishes it."""
    steps = whole_walk(place)
    begun, told = steps.count("begun"), []
    assert begun >= 6  # the removal itself, two groups and three vaults, each by itself
    for step in sample(steps):
        crowd, phase, acknowledged = kill_at(place, step)
        assert_kept(place, crowd, acknowledged=acknowledged, created={})
        told.append(phase)
    print(f"{len(steps)} steps in {begun} transactions; killed at {sorted(set(told))}")
    assert {"begun", "about to commit", "committed", "before a commit"} <= set(told)


def test_the_walk_catches_half_a_rotation(place: Place) -> None:
    """MUTANT: where every statement is its own transaction, a killed rotation is half there."""
    steps = whole_walk(place, "bare_statements")
    middle = [n for n, name in enumerate(steps, 1) if name.startswith("INSERT INTO accessors")]
    crowd, _, acknowledged = kill_at(place, middle[len(middle) // 2], "bare_statements")
    with pytest.raises((AssertionError, StrongroomError)):
        assert_kept(place, crowd, acknowledged=acknowledged, created={})


def test_the_walk_catches_a_removal_without_new_keys(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: where nothing is rotated, Dan opens what is written after his removal."""
    monkeypatch.setattr(Change, "is_stale", lambda *_, **__: False)
    crowd = place.copy("unrotated")
    # Removed and still among the accessors: the service's own rule would notice, readers cannot.
    with suppress(StrongroomError):
        crowd.home.run(crowd.open("Ana").users.remove(crowd.id_of("Dan")))
    with pytest.raises(AssertionError):
        assert_shut_out(place, crowd)
    crowd.close()


# -- kills at any moment, beside a writer ------------------------------------------------


def kill_in_company(place: Place, number: int, seconds: float) -> tuple[Crowd, bool, dict]:
    """Kill one removal after some time, while Cleo writes; return what both acknowledged."""
    crowd = place.copy(f"timed{number}")
    names = {place.vaults[title]: title for title in ("alpha", "beta")}
    cleo = crowd.people["Cleo"].orders(crowd.path)
    writing = {"name": "cleo", "vaults": list(names)}
    with (
        removal(crowd) as ben,
        Child("write", script=SCRIPT, **cleo, **writing) as writer,
    ):
        started([ben, writer])
        time.sleep(seconds)
        acknowledged = any("done" in event for event in ben.kill())
        time.sleep(0.03)
        writer.tell("stop")
        events = writer.rest()
    errors = [event for event in events if "error" in event]
    # She may not sign a record; while the last signer is gone she waits for who may.
    assert {event["kind"] for event in errors} <= {"RotationDueError"}, errors
    created = {e["title"]: (names[e["vault"]], e["title"]) for e in events if "created" in e}
    return crowd, acknowledged, created


def how_long(place: Place) -> float:
    """Return how long a removal takes on this machine."""
    with removal(place.copy("measured")) as child:
        started([child])
        began = time.monotonic()
        child.until("finished")
        return time.monotonic() - began


def test_a_removal_killed_at_any_moment(place: Place) -> None:
    """A removal killed at random moments beside a writer loses nothing that was acknowledged."""
    rng, done, written = random.Random(SEED), 0, 0
    lasts = how_long(place)
    for number in range(TIMED):
        crowd, acknowledged, created = kill_in_company(place, number, rng.uniform(0, 3 * lasts))
        assert_kept(place, crowd, acknowledged=acknowledged, created=created)
        done += acknowledged
        written += len(created)
    print(f"{done} of {TIMED} removals were acknowledged; Cleo wrote {written} items meanwhile")
    assert written


def test_the_check_catches_a_lost_write(place: Place) -> None:
    """MUTANT: where one acknowledged item is taken out afterwards, the check of all fails."""
    crowd, acknowledged, created = kill_in_company(place, 10_000, 0.05)
    title, _ = next(iter(created.items()))
    ana, run = crowd.open("Ana"), crowd.home.run
    vault = place.vaults[created[title][0]]
    lost = run(ana.items.find(title, vault_id=vault))["id"]
    with sqlite3.connect(crowd.path) as db:
        db.execute("DELETE FROM revisions WHERE object = ?", (parse_id(lost),))
        db.execute("DELETE FROM objects WHERE id = ?", (parse_id(lost),))
    db.close()
    with pytest.raises((AssertionError, StrongroomError)):
        assert_kept(place, crowd, acknowledged=acknowledged, created=created)
    crowd.close()
