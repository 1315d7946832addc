"""A place where many people change who may do what, and what must hold there afterwards."""

from __future__ import annotations

import copy
import os
import sqlite3
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path
from typing import Any

from strongroom.crypto.public.hashes import sha256
from strongroom.ids import parse_id
from strongroom.wire.access import parse_access
from support.faults_people import Crowd
from support.faults_processes import Child, Event, named, started
from support.faults_whole import assert_whole

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
ROUNDS = 25 if FULL else 4
SCRIPT = Path(__file__).parents[1] / "faults" / "children" / "people.py"
Commands = list[list[Any]]


class Place:
    """A copy of that file, and what everybody knew of it at the beginning."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.run = crowd.home.run
        ana = crowd.open("Ana")
        self.vault = self.run(ana.vaults.find("vault"))["id"]
        self.crew = self.run(ana.groups.find("crew"))["id"]
        for container in ana.session.containers.values():
            ana.session.need_container(container.id, container.record.kind)
        self.marks = copy.deepcopy(ana.marks)
        self.cleo, self.dan = crowd.id_of("Cleo"), crowd.id_of("Dan")

    def child(self, who: str, *lists: Commands, changes: tuple[str, ...] = ()) -> Child:
        orders = self.crowd.people[who].orders(self.crowd.path)
        return Child("do", script=SCRIPT, commands=lists, changes=list(changes), **orders)

    def together(self, *works: tuple[str, Commands], changes: tuple[str, ...] = ()) -> list[Event]:
        """Let several processes work at once; return all that they told."""
        with ExitStack() as stack:
            children = [
                stack.enter_context(self.child(who, commands, changes=changes))
                for who, commands in works
            ]
            return [event for child in started(children) for event in child.rest()]

    def records(self, container: str) -> list[bytes]:
        """Return the bodies of a container's records, in order."""
        with closing(sqlite3.connect(self.crowd.path)) as db:
            rows = db.execute(
                "SELECT body FROM access_records WHERE container = ? ORDER BY access_rev",
                (parse_id(container),),
            )
            return [body for (body,) in rows]

    def members(self) -> set[str]:
        ana = self.crowd.open("Ana")
        return {row["id"] for row in self.run(ana.groups.members(self.crew))}

    def accessors(self) -> set[str]:
        ana = self.crowd.open("Ana")
        return {row["id"] for row in self.run(ana.access.list(self.vault))}


def assert_one_chain(place: Place, container: str) -> None:
    """A container's records follow each other, with no number left out or used twice."""
    bodies = place.records(container)
    records = [parse_access(body) for body in bodies]
    assert [record.access_rev for record in records] == list(range(len(records)))
    for (body, _), (_, after) in pairwise(zip(bodies, records, strict=True)):
        assert after.previous == sha256(body)
    for before, after in pairwise(records):
        assert after.epoch - before.epoch in (0, 1)
        assert after.directory_rev >= before.directory_rev


def assert_sound(place: Place) -> None:
    """Everything is whole, verifies for old and new readers, and nothing is due."""
    with closing(sqlite3.connect(place.crowd.path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert_whole(db)
        heads = [rev for (rev,) in db.execute("SELECT rev FROM heads ORDER BY rev")]
    assert heads == list(range(heads[0], heads[0] + len(heads)))
    for marks in (None, copy.deepcopy(place.marks)):
        engine = place.crowd.open("Ana", marks)
        for container in engine.session.containers.values():
            engine.session.need_container(container.id, container.record.kind).key()
        place.run(engine.access.settle())
        assert place.run(engine.access.due()) == []
        place.run(engine.users.list())
    assert_one_chain(place, place.vault)
    assert_one_chain(place, place.crew)


def only_done(events: list[Event], count: int) -> None:
    """Every command was done; hardly one of a long row was outrun at all attempts of its engine."""
    assert list(named(events, "error")) == []
    assert len(list(named(events, "done"))) == count
    assert len(list(named(events, "outrun"))) <= count // 25
