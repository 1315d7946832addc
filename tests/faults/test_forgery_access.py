"""Access records and group memberships forged by people who may not sign them.

Whatever authority, row, group or number a record claims, honest readers refuse
it by the rule that is named here, fresh ones and those who walk on from what
they remember (T5); nobody writes under it. What T6 and T9 do not promise is
shown, and how far it goes. An honest service refuses the same as a request.
Beside the refusals stand their mutants.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from strongroom.client.view import directory as client_directory
from strongroom.errors import StrongroomError
from strongroom.trust import access as trust_access
from strongroom.trust.access import AccessVerifier
from support.faults_access import (
    AUTHORITY,
    BELIEVED,
    CHANGES,
    CLAIMS,
    FORGED,
    FORGERS,
    KNOWN_KEY,
    SIGNER,
    Rule,
    judged,
    opened_with_known_key,
    refused_by_service,
    written,
)
from support.faults_forgers import Stage, rotation, spread, with_row

PERMISSION: Rule = ("ForbiddenError", "permission")


@pytest.mark.parametrize(("who", "claim"), spread(FORGERS, CLAIMS))
def test_a_record_without_authority(stage: Stage, who: str, claim: str) -> None:
    """Nobody gives itself every right, whatever it claims; nobody writes under that (T5)."""
    forger, before = stage.forgers[who], stage.file.record(stage.vault)
    rows = with_row(before, forger)
    change = forger.record(stage.file, before, accessors=rows, **CLAIMS[claim](stage))
    refused_by_service(stage, forger, change)
    stage.file.put_record(change)
    rule = SIGNER if who in ("Fay", "Kim") else AUTHORITY
    assert judged(stage.fresh(), stage.vault) == rule
    assert judged(stage.remembering(), stage.vault) == rule
    assert judged(stage.early_reader(), stage.vault) == rule
    assert written(stage, stage.fresh("Dan")) == rule[0]


RULES: dict[str, Rule] = {
    "another creator": ("IntegrityError", "container-id"),
    "another subtype": ("IntegrityError", "container-id"),
    "another account": ("IntegrityError", "context"),
    "a directory to come": SIGNER,
    "the owner as signer": ("IntegrityError", "signature"),
    "a group as signer": SIGNER,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("who", ["Eve", "Robot"])
def test_a_record_changed_otherwise(stage: Stage, who: str, change: str) -> None:
    """Rows dropped or raised, numbers, creators and signers exchanged: each has its rule (T5)."""
    forger, before = stage.forgers[who], stage.file.record(stage.vault)
    signed = forger.record(stage.file, before, **CHANGES[change](stage, forger))
    refused_by_service(stage, forger, signed)
    stage.file.put_record(signed)
    assert judged(stage.fresh(), stage.vault) == RULES.get(change, AUTHORITY)
    assert judged(stage.remembering(), stage.vault) == RULES.get(change, AUTHORITY)


@pytest.mark.parametrize("who", ["Eve", "Robot", "Joe"])
def test_readers_without_the_authority_rule(
    stage: Stage, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: readers that do not ask by what right a record was signed believe it."""
    forger, before = stage.forgers[who], stage.file.record(stage.vault)
    stage.file.put_record(forger.record(stage.file, before, accessors=with_row(before, forger)))
    monkeypatch.setattr(AccessVerifier, "_check_authority", lambda *_, **__: None)
    assert judged(stage.fresh(), stage.vault) == BELIEVED
    # Who walks on from a record that it remembers asks the same at each step.
    assert judged(stage.remembering(), stage.vault) == AUTHORITY
    monkeypatch.setattr(AccessVerifier, "_may_manage", lambda *_, **__: True)
    assert judged(stage.remembering(), stage.vault) == BELIEVED


def test_readers_without_the_signer_rule(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: readers that let everybody sign who was ever there believe a removed manager."""
    fay = stage.forgers["Fay"]
    before, then = (
        stage.file.record(stage.vault),
        stage.file.records(stage.vault)[stage.past["vault"]],
    )
    named = {"authority_rev": then.parsed.access_rev, "authority_hash": then.hash}
    stage.file.put_record(fay.record(stage.file, before, accessors=with_row(before, fay), **named))
    assert judged(stage.fresh(), stage.vault) == SIGNER
    genuine = trust_access.check_signer
    monkeypatch.setattr(
        trust_access,
        "check_signer",
        lambda evidence, signer, fp, _rev, **k: genuine(
            evidence, signer, fp, stage.past["head"], **k
        ),
    )
    assert judged(stage.fresh(), stage.vault) == BELIEVED


# -- who once had the right (T6, T9, T10) --------------------------------------------------------


def then_manager(stage: Stage) -> dict[str, Any]:
    """Name the record that still gave MANAGE to Fay and Gus."""
    then = stage.file.records(stage.vault)[stage.past["vault"]]
    return {"authority_rev": then.parsed.access_rev, "authority_hash": then.hash}


def test_a_demoted_managers_record(stage: Stage) -> None:
    """A demoted manager who stays active deceives new readers and writers, no others (T9, T10)."""
    gus, before = stage.forgers["Gus"], stage.file.record(stage.vault)
    change = gus.record(stage.file, before, accessors=with_row(before, gus), **then_manager(stage))
    refused_by_service(stage, gus, change)
    stage.file.put_record(change)
    assert judged(stage.fresh(), stage.vault) == BELIEVED
    assert judged(stage.remembering(), stage.vault) == AUTHORITY
    assert judged(stage.early_reader(), stage.vault) == AUTHORITY
    assert written(stage, stage.remembering("Dan")) == "ForbiddenError"
    assert judged(stage.fresh("Ana"), stage.other) == BELIEVED  # which is as it was


STEPS: dict[str, tuple[Callable[[Stage], dict[str, Any]], Rule]] = {
    "a number left out": (
        lambda s: {"access_rev": s.file.record(s.vault).parsed.access_rev + 2},
        ("IntegrityError", "step"),
    ),
    "another record before it": (
        lambda s: {"previous": s.file.records(s.vault)[s.past["vault"]].hash},
        ("ForkError", "step"),
    ),
    "the number of the current record": (
        lambda s: {
            "access_rev": s.file.record(s.vault).parsed.access_rev,
            "previous": s.file.record(s.vault).parsed.previous,
        },
        ("ForkError", "mark"),
    ),
    "an earlier number": (
        lambda s: {"access_rev": s.past["vault"] + 1},
        ("RollbackError", "mark"),
    ),
    "an older directory": (
        lambda s: {"directory_rev": s.past["head"]},
        ("RollbackError", "mark"),
    ),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_demoted_managers_step(stage: Stage, step: str) -> None:
    """Numbers and places of a chain are checked by whoever remembers a part of it (T6, T9)."""
    gus, before = stage.forgers["Gus"], stage.file.record(stage.vault)
    facts, rule = STEPS[step]
    change = gus.record(stage.file, before, **then_manager(stage) | facts(stage))
    refused_by_service(stage, gus, change)
    stage.file.put_record(change)
    assert judged(stage.fresh(), stage.vault) == BELIEVED  # T9: nothing to compare with
    assert judged(stage.remembering(), stage.vault) == rule


@pytest.mark.parametrize("step", ["a number left out", "the number of the current record"])
def test_readers_without_marks_believe_a_step(
    stage: Stage, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: readers that neither walk nor compare believe what the demoted manager signs."""
    gus, before = stage.forgers["Gus"], stage.file.record(stage.vault)
    change = gus.record(stage.file, before, **then_manager(stage) | STEPS[step][0](stage))
    stage.file.put_record(change)
    monkeypatch.setattr(trust_access, "_check_mark", lambda *_, **__: None)
    monkeypatch.setattr(client_directory.Directory, "walk", lambda *_, **__: [])
    assert judged(stage.remembering(), stage.vault) == BELIEVED


def test_a_removed_managers_record(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A removed manager deceives new readers only, and nobody writes under its record (T9).

    MUTANT: a writer that does not ask for the signer's standing writes.
    """
    fay, before = stage.forgers["Fay"], stage.file.record(stage.vault)
    facts = {"directory_rev": stage.past["head"]} | then_manager(stage)
    change = fay.record(stage.file, before, **facts)
    refused_by_service(stage, fay, change)
    stage.file.put_record(change)
    assert judged(stage.fresh(), stage.vault) == BELIEVED
    assert judged(stage.remembering(), stage.vault) == ("RollbackError", "mark")
    assert written(stage, stage.fresh("Dan")) == "RotationDueError"
    monkeypatch.setattr(AccessVerifier, "check_writable", lambda *_, **__: None)
    assert written(stage, stage.fresh("Dan")) == "stored"


def past_membership(stage: Stage) -> dict[str, Any]:
    """Name the group's record that listed Ivy."""
    group = stage.groups["Administrators"]
    then = stage.file.records(group)[stage.past["Administrators"]]
    return {"via": group, "group_hash": then.hash}


def test_a_past_membership(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A former member who signs through the group's older record is refused by everybody (T5).

    MUTANT: readers who do not date the group's record by its entry believe it.
    """
    ivy, before = stage.forgers["Ivy"], stage.file.record(stage.vault)
    rows = with_row(before, ivy)
    change = ivy.record(stage.file, before, accessors=rows, **past_membership(stage))
    refused_by_service(stage, ivy, change)
    stage.file.put_record(change)
    members = (stage.fresh("Ana"), stage.remembering("Ana"), stage.early_reader("Ana"))
    for engine in (*members, stage.fresh(), stage.remembering()):
        assert judged(engine, stage.vault) == PERMISSION
    for engine in (stage.fresh("Ana"), stage.fresh("Dan")):
        assert written(stage, engine) == "ForbiddenError"
    assert stage.file.record(stage.groups["Administrators"]).parsed.row(ivy.principal) is None
    monkeypatch.setattr(trust_access, "acts_for_group", lambda *_, **__: True)
    for engine in (stage.fresh("Ana"), stage.fresh()):
        assert judged(engine, stage.vault) == BELIEVED


def test_a_past_membership_rotates(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same signs a rotation to a key of its own: nobody seals to it (T10).

    MUTANT: writers who do not date the group's record by its entry do.
    """
    ivy, before = stage.forgers["Ivy"], stage.file.record(stage.vault)
    change = rotation(stage.file, ivy, before, KNOWN_KEY, **past_membership(stage))
    refused_by_service(stage, ivy, change)
    stage.file.put_record(change)
    for engine in (stage.fresh("Ana"), stage.fresh("Dan"), stage.remembering("Dan")):
        assert written(stage, engine) == "ForbiddenError"
    assert opened_with_known_key(stage) == []
    monkeypatch.setattr(trust_access, "acts_for_group", lambda *_, **__: True)
    assert written(stage, stage.remembering("Dan")) == "stored"
    assert opened_with_known_key(stage) == [FORGED]


def test_a_reader_dropped(stage: Stage) -> None:
    """Who is taken out of a record by a forger sees no vault, as if the keeper hid it (T7)."""
    eve, before = stage.forgers["Eve"], stage.file.record(stage.vault)
    rows = tuple(row for row in before.parsed.accessors if row.principal == eve.principal)
    stage.file.put_record(eve.record(stage.file, before, accessors=rows))
    assert judged(stage.fresh(), stage.vault) == ("NotFoundError", None)
    assert judged(stage.fresh("Eve"), stage.vault) == AUTHORITY


def test_an_older_record_served_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The record of before, served again, deceives new readers only (T6).

    MUTANT: who does not compare with what it remembers takes it.
    """
    then = stage.file.records(stage.vault)[stage.past["vault"]]
    stage.file.run(
        "DELETE FROM access_records WHERE container = ? AND access_rev > ?",
        stage.vault,
        then.parsed.access_rev,
    )
    stage.file.run(
        "UPDATE containers SET access_rev = ?, epoch = 1 WHERE id = ?",
        then.parsed.access_rev,
        stage.vault,
    )
    assert judged(stage.fresh(), stage.vault) == BELIEVED
    assert judged(stage.remembering(), stage.vault) == ("RollbackError", "mark")
    monkeypatch.setattr(trust_access, "_check_mark", lambda *_, **__: None)
    assert judged(stage.remembering(), stage.vault) == BELIEVED


def test_another_vaults_record(stage: Stage) -> None:
    """A genuine record of another vault in this one's place is refused by its id (T1)."""
    other = stage.file.record(stage.other)
    current = stage.file.record(stage.vault).parsed.access_rev
    stage.file.run("DELETE FROM access_records WHERE container = ?", stage.other)
    stage.file.run(
        "UPDATE access_records SET body = ?, signature = ?, hash = ?"
        " WHERE container = ? AND access_rev = ?",
        other.signed.body,
        other.signed.signature,
        other.hash,
        stage.vault,
        current,
    )
    for open_one in (stage.fresh, stage.remembering):
        with pytest.raises(StrongroomError) as refused:
            open_one()
        assert (type(refused.value).__name__, refused.value.layer) == ("IntegrityError", "context")
