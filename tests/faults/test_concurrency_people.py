"""Many people change who may do what at once: every change lands, none is lost.

Processes and threads add and remove members, rotate, give roles, confirm and
write against each other. Afterwards every container has one unbroken chain of
records, which fresh readers and those who remember its beginning both walk.
Mutants: a service that does not compare, engines that give up, one that lets a
removed member go on.
"""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from strongroom.client.engine import Engine
from strongroom.client.people import users
from strongroom.client.view import view as view_module
from strongroom.client.view.session import Session
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    StaleEpochError,
    StrongroomError,
    UnauthorizedError,
)
from strongroom.ids import parse_id
from strongroom.secret import Secret
from strongroom.service.objects import revisions
from strongroom.wire.access import parse_access
from strongroom.wire.entries import Entry, parse_entry
from strongroom.wire.revisions import parse_revision
from strongroom.wiring.accounts import join_account
from support.faults_people import EDITOR, MANAGER, READER, Crowd, make_crowd
from support.faults_place import ROUNDS, SCRIPT, Commands, Place, assert_sound, only_done
from support.faults_processes import Child, Event, named, started
from support.homes import PASSWORD, login


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """A group that Ana and Ben manage, with Cleo in it, and a vault that it may edit."""
    crowd = make_crowd(tmp_path_factory.mktemp("concurrency"))
    ana, run = crowd.open("Ana"), crowd.home.run
    run(ana.groups.create("crew"))
    run(ana.groups.add("crew", crowd.id_of("Ben"), role="manager"))
    run(ana.groups.add("crew", crowd.id_of("Cleo")))
    vault = run(ana.vaults.create("vault"))["id"]
    crew = run(ana.groups.find("crew"))["id"]
    run(ana.access.grant(vault, {crew: EDITOR}))
    crowd.close()
    yield crowd
    crowd.close()


@pytest.fixture
def place(template: Crowd, tmp_path: Path) -> Iterator[Place]:
    """A copy for one test."""
    made = Place(template.copy(tmp_path / "copy"))
    yield made
    made.crowd.close()


# -- one group, one vault, two administrators ---------------------------------------------


def test_two_administrators_change_one_group(place: Place) -> None:
    """Each takes somebody in and out of one group again and again: all of it lands."""
    before = len(place.records(place.crew))
    ana = [["take", place.crew, place.cleo], ["add", place.crew, place.cleo]] * ROUNDS
    ben = [["add", place.crew, place.dan], ["take", place.crew, place.dan]] * ROUNDS
    events = place.together(("Ana", ana), ("Ben", [*ben, ["add", place.crew, place.dan]]))
    only_done(events, 4 * ROUNDS + 1)
    assert {place.cleo, place.dan} <= place.members()
    assert len(place.records(place.crew)) >= before + 4 * ROUNDS + 1
    assert_sound(place)


def test_threads_of_one_program_change_one_group(place: Place) -> None:
    """The same with two engines in two threads of one process."""
    one = [["take", place.crew, place.cleo], ["add", place.crew, place.cleo]] * ROUNDS
    two = [["add", place.crew, place.dan], ["take", place.crew, place.dan]] * ROUNDS
    with place.child("Ben", one, [*two, ["add", place.crew, place.dan]]) as child:
        started([child])
        events = child.rest()
    only_done(events, 4 * ROUNDS + 1)
    assert {place.cleo, place.dan} <= place.members()
    assert_sound(place)


def grants(place: Place, who: str, *, last: bool) -> Commands:
    rounds = [["grant", place.vault, who, READER], ["revoke", place.vault, who]] * ROUNDS
    return [*rounds, ["grant", place.vault, who, EDITOR]] if last else rounds


def test_two_rotations_at_once(place: Place) -> None:
    """Two who rotate one vault at once both succeed, and each rotation is an epoch of its own."""
    before = parse_access(place.records(place.vault)[-1]).epoch
    works = [
        ("Ana", grants(place, place.cleo, last=True)),
        ("Ben", grants(place, place.dan, last=True)),
    ]
    assert_both_landed(place, place.together(*works))
    after = parse_access(place.records(place.vault)[-1]).epoch
    assert after == before + 2 * ROUNDS


def assert_both_landed(place: Place, events: list[Event]) -> None:
    only_done(events, 4 * ROUNDS + 2)
    assert {place.cleo, place.dan} <= place.accessors()
    assert_sound(place)


def test_lost_changes_are_noticed(place: Place) -> None:
    """MUTANT: where the last record wins, a change of one administrator is lost."""
    works = [
        ("Ana", grants(place, place.cleo, last=True)),
        ("Ben", grants(place, place.dan, last=True)),
    ]
    events = place.together(*works, changes=("last_record_wins",))
    with pytest.raises((AssertionError, StrongroomError)):
        assert_both_landed(place, events)


def test_engines_that_give_up_are_noticed(place: Place) -> None:
    """MUTANT: engines that do not try again leave that to their callers, much too often."""
    works = [(who, grants(place, place.dan, last=False)) for who in ("Ana", "Ben", "Ana")]
    events = place.together(*works, changes=("gives_up",))
    assert len(list(named(events, "outrun"))) > 2


def test_roles_against_rotations(place: Place) -> None:
    """Giving and taking a role, which changes the root document, loses nothing to rotations."""
    role = [
        ["role", place.cleo, "Administrators", "add"],
        ["role", place.cleo, "Administrators", "remove"],
    ]
    events = place.together(
        ("Ana", [*(role * ROUNDS), role[0]]), ("Ben", grants(place, place.dan, last=True))
    )
    only_done(events, 4 * ROUNDS + 2)
    ana = place.crowd.open("Ana", copy.deepcopy(place.marks))
    assert place.run(ana.users.find("Cleo"))["role"] == "administrator"
    assert place.dan in place.accessors()
    assert place.run(place.crowd.open("Cleo").access.due()) == []
    assert_sound(place)


# -- writers while keys change --------------------------------------------------------------


def test_a_writer_beside_rotations(place: Place) -> None:
    """A member who writes while the vault rotates gets no error, and every write is there."""
    cleo = place.crowd.people["Cleo"].orders(place.crowd.path)
    with (
        place.child("Ana", grants(place, place.dan, last=False)) as rotating,
        Child("write", script=SCRIPT, name="w", vaults=[place.vault], **cleo) as writing,
    ):
        started([rotating, writing])
        only_done(rotating.rest(), 2 * ROUNDS)
        writing.tell("stop")
        events = writing.rest()
    assert list(named(events, "error")) == []
    created = {event["created"]: event["title"] for event in events if "created" in event}
    assert created
    reader = place.crowd.open("Ana")
    items = place.run(reader.items.get_all(place.vault, list(created)))
    assert {i["id"]: i["fields"][0]["value"] for i in items} == {
        item_id: f"v-{title}" for item_id, title in created.items()
    }
    assert_sound(place)


def before_the_next_commit(engine: Engine, work: Callable[[], None]) -> list[str]:
    """Let somebody do something after an engine sealed and before it stores; return its calls."""
    transport = engine.session.transport
    genuine, calls = transport.call, []

    async def call(request: Any) -> Any:
        calls.append(request.operation)
        if request.operation == "commit" and calls.count("commit") == 1:
            work()
        return await genuine(request)

    transport.call = call
    return calls


def epoch_of(place: Place, item: str) -> int:
    with closing(sqlite3.connect(place.crowd.path)) as db:
        (body,) = db.execute(
            "SELECT body FROM revisions WHERE object = ?", (parse_id(item),)
        ).fetchone()
    return parse_revision(body).epoch


def rotate(place: Place) -> None:
    ana = place.crowd.open("Ana")
    place.run(ana.access.grant(place.vault, {place.dan: READER}))
    place.run(ana.access.revoke(place.vault, place.dan))


def test_a_write_under_an_old_epoch_is_sealed_anew(place: Place) -> None:
    """What was sealed when a rotation came in between lands under the new key."""
    cleo = place.crowd.open("Cleo")
    before = parse_access(place.records(place.vault)[-1]).epoch
    calls = before_the_next_commit(cleo, lambda: rotate(place))
    made = place.run(cleo.items.create(place.vault, login("item", field="value")))
    assert calls.count("commit") == 2
    assert epoch_of(place, made["id"]) == before + 1


def test_a_writer_that_does_not_try_again_fails(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: without the second try the rotation is the writer's error; nothing was stored."""
    monkeypatch.setattr(view_module, "ATTEMPTS_MAX", 1)
    cleo = place.crowd.open("Cleo")
    before_the_next_commit(cleo, lambda: rotate(place))
    with pytest.raises(ConflictError):
        place.run(cleo.items.create(place.vault, login("item", field="value")))
    assert place.run(place.crowd.open("Ana").items.list(place.vault)) == []


def change_the_group(place: Place, *, rotates: bool) -> None:
    ana = place.crowd.open("Ana")
    place.run(ana.groups.add(place.crew, place.dan))
    if rotates:
        place.run(ana.groups.remove(place.crew, place.dan))


def write_through_a_changed_group(place: Place, *, rotates: bool) -> None:
    """Let Cleo write who has last seen the group before it changed."""
    cleo = place.crowd.open("Cleo")
    place.run(cleo.items.create(place.vault, login("before", field="value")))
    change_the_group(place, rotates=rotates)
    place.run(cleo.items.create(place.vault, login("after", field="value")))


@pytest.mark.parametrize("rotates", [False, True])
def test_a_writer_whose_group_changed(place: Place, rotates: bool) -> None:
    """A member's open engine writes on when somebody else joins or leaves its group."""
    write_through_a_changed_group(place, rotates=rotates)
    rows = place.run(place.crowd.open("Ana").items.list(place.vault))
    assert {row["title"] for row in rows} == {"before", "after"}


def test_a_manager_whose_group_changed(place: Place) -> None:
    """Who manages through a group signs anew when the group changed between sealing and storing."""
    place.run(place.crowd.open("Ana").access.grant(place.vault, {place.crew: MANAGER}))
    cleo = place.crowd.open("Cleo")
    calls = before_the_next_commit(cleo, lambda: change_the_group(place, rotates=False))
    place.run(cleo.access.grant(place.vault, {place.dan: READER}))
    assert calls.count("commit") == 2
    assert place.dan in place.accessors()


def test_a_service_that_calls_late_members_strangers(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a service that does not tell an older membership from none refuses the writer."""
    genuine = revisions.is_current_member

    async def strict(*args: Any) -> bool:
        try:
            return await genuine(*args)
        except StaleEpochError:
            return False

    monkeypatch.setattr(revisions, "is_current_member", strict)
    with pytest.raises(ForbiddenError):
        write_through_a_changed_group(place, rotates=False)


def test_a_writer_who_lost_the_right_meanwhile_is_refused(place: Place) -> None:
    """Whoever was taken out of the group between sealing and storing is refused, typed."""
    cleo = place.crowd.open("Cleo")
    work = lambda: place.run(place.crowd.open("Ana").groups.remove(place.crew, place.cleo))  # noqa: E731
    before_the_next_commit(cleo, work)
    with pytest.raises(StrongroomError) as refused:
        place.run(cleo.items.create(place.vault, login("item", field="value")))
    assert refused.value.code in ("forbidden", "not_found")
    assert place.run(place.crowd.open("Ana").items.list(place.vault)) == []


# -- people who come and go -------------------------------------------------------------------


def invite(place: Place) -> str:
    """Invite somebody, who answers."""
    link = place.run(place.crowd.open("Ana").invites.create("eve@example.org", name="Eve"))
    joined = join_account(link.expose(), lambda _email: Secret(PASSWORD))
    return joined.user.hex()


def users_with_keys(place: Place) -> list[str]:
    with closing(sqlite3.connect(place.crowd.path)) as db:
        bodies = [body for (body,) in db.execute("SELECT body FROM entries ORDER BY position")]
    entries = [parse_entry(body) for body in bodies]
    assert [entry.index for entry in entries] == list(range(len(entries)))
    return [entry.principal.hex() for entry in entries]


def test_an_invite_is_confirmed_once(place: Place) -> None:
    """Of two who confirm one invite at once one does, the other is told; there is one new user."""
    user = invite(place)
    confirm = [["confirm", "eve@example.org"]]
    events = place.together(("Ana", confirm), ("Ben", confirm), ("Ben", confirm))
    assert len(list(named(events, "done"))) == 1
    assert set(named(events, "kind")) <= {"NotFoundError", "ConflictError"}
    assert users_with_keys(place).count(user) == 1
    assert user in {parse_id(one).hex() for one in members_of(place, "Team Members")}
    assert_sound(place)


def members_of(place: Place, group: str) -> list[str]:
    ana = place.crowd.open("Ana")
    return [row["id"] for row in place.run(ana.groups.members(group))]


def removed_while_writing(place: Place) -> list[Event]:
    """Remove Cleo while she writes; return what she told."""
    cleo = place.crowd.people["Cleo"].orders(place.crowd.path)
    orders = {"name": "w", "vaults": [place.vault], "until_refused": True}
    with Child("write", script=SCRIPT, **cleo, **orders) as writing:
        started([writing])
        for _ in range(5):
            writing.until("created")
        ana = place.crowd.open("Ana")
        place.run(ana.users.remove(place.cleo))
        # She may be refused, and gone, before that.
        with suppress(BrokenPipeError):
            writing.tell("stop")
        return writing.rest()


def test_a_member_removed_while_writing(place: Place) -> None:
    """What a member wrote before its removal stays, what comes after is refused, typed."""
    events = removed_while_writing(place)
    assert set(named(events, "kind")) <= {"UnauthorizedError"}
    created = {event["created"]: event["title"] for event in events if "created" in event}
    reader = place.crowd.open("Ana")
    items = place.run(reader.items.get_all(place.vault, list(created)))
    assert [item["fields"][0]["value"] for item in items] == [f"v-{t}" for t in created.values()]
    entry = {e.principal: e for e in entries(place)}[parse_id(place.cleo)]
    assert all(rev < entry.state_rev for rev in revs_of(place, entry.principal))
    with pytest.raises(UnauthorizedError):
        place.crowd.open("Cleo")
    assert_sound(place)


def entries(place: Place) -> list[Entry]:
    with closing(sqlite3.connect(place.crowd.path)) as db:
        return [parse_entry(body) for (body,) in db.execute("SELECT body FROM entries")]


def revs_of(place: Place, author: bytes) -> list[int]:
    """Return the directory revs that an author's revisions name."""
    with closing(sqlite3.connect(place.crowd.path)) as db:
        found = [parse_revision(body) for (body,) in db.execute("SELECT body FROM revisions")]
    return [revision.directory_rev for revision in found if revision.author == author]


def test_a_removed_member_who_goes_on_is_noticed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a service that does not ask for the state stores what a removed member writes."""
    cleo = place.crowd.open("Cleo")
    place.run(place.crowd.open("Ana").access.grant(place.vault, {place.cleo: EDITOR}))
    place.run(cleo.vaults.list())

    def remove() -> None:
        # Only her state changes; taking her rows is a later transaction of the same removal.
        with monkeypatch.context() as patch:
            patch.setattr(users, "settle", nothing_due)
            place.run(place.crowd.open("Ana").users.remove(place.cleo))
        monkeypatch.setattr(Entry, "is_active", property(lambda _: True))

    before_the_next_commit(cleo, remove)
    place.run(cleo.items.create(place.vault, login("item", field="value")))
    monkeypatch.undo()
    entry = {e.principal: e for e in entries(place)}[parse_id(place.cleo)]
    assert not entry.is_active
    assert len(place.run(place.crowd.open("Ana").items.list(place.vault))) == 1


async def nothing_due(_session: Session) -> list[Any]:
    return []


# -- many creators ----------------------------------------------------------------------------


CREATORS = 64


def test_sixty_four_threads_create_in_one_vault(place: Place) -> None:
    """64 threads of one process, each with an engine of its own, create without a conflict."""
    lists = [
        [["create", place.vault, f"{number}-{n}"] for n in range(2)] for number in range(CREATORS)
    ]
    with place.child("Cleo", *lists) as child:
        started([child])
        events = child.rest()
    only_done(events, 2 * CREATORS)
    assert not list(named(events, "outrun"))  # creators never meet a conflict
    ana = place.crowd.open("Ana")
    titles = {row["title"] for row in place.run(ana.items.list(place.vault))}
    assert titles == {f"{number}-{n}" for number in range(CREATORS) for n in range(2)}
    assert place.run(ana.vaults.get(place.vault))["activeItemCount"] == 2 * CREATORS


def test_creators_while_the_vault_rotates(place: Place) -> None:
    """Creators in four processes meet no error while an administrator rotates their vault."""
    works = [
        ("Cleo", [["create", place.vault, f"{number}-{n}"] for n in range(4 * ROUNDS)])
        for number in range(4)
    ]
    events = place.together(*works, ("Ana", grants(place, place.dan, last=False)))
    only_done(events, 4 * 4 * ROUNDS + 2 * ROUNDS)
    assert all(command[0] != "create" for command in named(events, "outrun"))
    rows = place.run(place.crowd.open("Ana").items.list(place.vault))
    assert len(rows) == 4 * 4 * ROUNDS
    assert_sound(place)
