"""An older entry, or a group's older record, beside today's head: what the keeper keeps for later.

The head is true in all of these, or signed by an administrator; beside each
stands its mutant.
"""

from __future__ import annotations

import copy

import pytest

from strongroom.client.engine import Engine
from strongroom.client.view import directory as client_directory
from strongroom.client.view import objects
from strongroom.crypto.keysets import Keyset
from strongroom.errors import IntegrityError, StrongroomError
from strongroom.wire.access import ContainerKind
from strongroom.wire.entries import Entry
from support.faults_file import File
from support.faults_forgers import Forger, Stage

Rule = tuple[str, str | None]
BELIEVED: Rule = ("believed", None)


def then(stage: Stage) -> File:
    """Return the file of before Fay, Gus and Ivy lost their rights."""
    return File(stage.then, stage.file.account)


# -- entries (T6) ------------------------------------------------------------------------------


def put_older_entry(stage: Stage, principal: bytes) -> Entry:
    """Let an administrator sign a head over an entry of before."""
    ben = stage.crowd.people["Ben"]
    administrator = Forger("Ben", ben.user, 1, Keyset(ben.seed))
    older, enc_pk = then(stage).entry(principal)
    tree_root = stage.file.put_entry(older, enc_pk)
    stage.file.put_head(administrator.head(stage.file, tree_root=tree_root))
    return older


def seen_entry(engine: Engine, stage: Stage, principal: bytes) -> Rule:
    try:
        found = stage.crowd.home.run(engine.users.list())
    except StrongroomError as error:
        return type(error).__name__, error.layer
    assert found
    entry = engine.session.directory.entry(principal)
    return BELIEVED if entry is not None and entry.is_active else ("gone", None)


def test_an_older_entry_under_a_newer_head(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has seen a removal takes no entry of before it, whoever signs the head (T6).

    MUTANT: who takes the older of two entries for the one that came before believes it.
    """
    fay = stage.forgers["Fay"].principal

    def at_work() -> Engine:
        engine = stage.crowd.open("Dan")
        assert seen_entry(engine, stage, fay) == ("gone", None)
        return engine

    readers = [at_work(), at_work()]
    put_older_entry(stage, fay)
    assert seen_entry(readers[0], stage, fay) == ("IntegrityError", "entry")
    genuine = client_directory.check_entry_follows
    monkeypatch.setattr(
        client_directory,
        "check_entry_follows",
        lambda *two: genuine(*sorted(two, key=lambda entry: entry.entry_rev)),
    )
    assert seen_entry(readers[1], stage, fay) == BELIEVED


# -- groups (T4, T10) --------------------------------------------------------------------------


def show_older_group(stage: Stage, name: str) -> None:
    """Let the keeper show a group's record of before, with its sealed keys."""
    group, older = stage.groups[name], then(stage)
    record = older.record(group)
    rows = older.all("SELECT * FROM accessors WHERE container = ?", group)
    with stage.file.db() as db:
        query = "DELETE FROM access_records WHERE container = ? AND access_rev > ?"
        db.execute(query, (group, record.parsed.access_rev))
        query = "UPDATE containers SET access_rev = ?, epoch = ? WHERE id = ?"
        db.execute(query, (record.parsed.access_rev, record.parsed.epoch, group))
        db.execute("DELETE FROM accessors WHERE container = ?", (group,))
        for row in rows:
            db.execute(f"INSERT INTO accessors VALUES ({', '.join('?' * len(row))})", row)


@pytest.mark.parametrize("remembers", [False, True])
def test_an_invite_under_a_groups_older_key(
    stage: Stage, remembers: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No invite is sealed to, or taken from, a key that a former administrator holds (T4).

    MUTANT: who does not compare the group's key with its entry seals the link's secret to it.
    """
    show_older_group(stage, "Administrators")
    marks = copy.deepcopy(stage.early["Ana"]) if remembers else None
    owner, run = stage.crowd.open("Ana", marks), stage.crowd.home.run
    with pytest.raises(IntegrityError) as refused:
        run(owner.invites.create("new@example.org"))
    assert refused.value.layer == "context"
    assert stage.file.all("SELECT id FROM invites") == []
    monkeypatch.setattr(objects, "_check_group_keys", lambda *_, **__: None)
    run(stage.crowd.open("Ana", copy.deepcopy(marks)).invites.create("new@example.org"))
    ((sealed,),) = stage.file.all("SELECT sealed FROM invites")
    assert sealed[5:21] in stage.forgers["Ivy"].keys


def test_a_group_of_today(stage: Stage) -> None:
    """Where the keeper shows what is true, the group's keys are those of its entry."""
    run = stage.crowd.home.run
    for name in ("Owners", "Administrators", "Team Members", "crew"):
        owner = stage.crowd.open("Ana").session
        run(owner.sync())
        assert stage.groups[name] in owner.containers
        owner.need_container(stage.groups[name], ContainerKind.GROUP)
