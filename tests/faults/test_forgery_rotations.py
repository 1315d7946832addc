"""Rotations to keys that a forger knows, and memberships that nobody gave (T5, T10).

Honest readers and an honest service refuse them by the rule that is named here.
Beside the refusals stand their mutants.
"""

from __future__ import annotations

from typing import Any

import pytest

from strongroom.crypto.grants import GrantContext, open_key, seal_key
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import StrongroomError
from strongroom.ids import format_id, parse_id
from strongroom.trust.access import AccessVerifier
from strongroom.wire.access import ContainerKind
from support.faults_access import (
    AUTHORITY,
    BELIEVED,
    CLAIMS,
    FORGED,
    FORGERS,
    KNOWN_KEY,
    SIGNER,
    judged,
    opened_with_known_key,
    refused_by_service,
    written,
)
from support.faults_forgers import Stage, rotation, spread, with_row

# -- rotations to a key that the forger knows (T10) ------------------------------------------------


@pytest.mark.parametrize("who", FORGERS)
def test_a_rotation_to_a_known_key(stage: Stage, who: str) -> None:
    """Nobody makes writers seal to a key of its own: the record is refused (T5)."""
    forger, before = stage.forgers[who], stage.file.record(stage.vault)
    change = rotation(stage.file, forger, before, KNOWN_KEY)
    refused_by_service(stage, forger, change)
    stage.file.put_record(change)
    rule = SIGNER if who in ("Fay", "Kim") else AUTHORITY
    for engine in (stage.fresh(), stage.remembering(), stage.fresh("Ana")):
        assert judged(engine, stage.vault) == rule
    assert written(stage, stage.fresh("Dan")) == rule[0]
    assert FORGED not in opened_with_known_key(stage)


def test_a_writer_without_the_authority_rule(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: a writer that does not ask for authority seals what the forger opens."""
    eve, before = stage.forgers["Eve"], stage.file.record(stage.vault)
    stage.file.put_record(rotation(stage.file, eve, before, KNOWN_KEY))
    monkeypatch.setattr(AccessVerifier, "_check_authority", lambda *_, **__: None)
    assert written(stage, stage.fresh("Dan")) == "stored"
    assert opened_with_known_key(stage) == [FORGED]


def test_a_link_exchanged(stage: Stage) -> None:
    """A link to another older key is refused by its hash, and opens nothing (T1)."""
    current = stage.file.record(stage.vault).parsed
    eve, before = stage.forgers["Eve"], stage.file.record(stage.vault)
    false = rotation(stage.file, eve, before, KNOWN_KEY).link
    stage.file.run(
        "UPDATE epochs SET link = ? WHERE container = ? AND epoch = ?",
        false,
        stage.vault,
        current.epoch,
    )
    for engine in (stage.fresh(), stage.remembering()):
        with pytest.raises(StrongroomError) as refused:
            engine.session.containers[stage.vault].key(current.epoch - 1)
        assert (type(refused.value).__name__, refused.value.layer) == (
            "IntegrityError",
            "link-hash",
        )
        assert engine.session.containers[stage.vault].key()


def test_a_sealed_key_exchanged(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sealed key that a forger puts in a reader's row is refused by its hash (T1).

    MUTANT: who takes any key that opens would seal to the forger's.
    """
    before = stage.file.record(stage.vault)
    cleo = parse_id(stage.crowd.id_of("Cleo"))
    row = before.parsed.row(cleo)
    assert row is not None
    context = GrantContext(
        account=stage.file.account,
        kind=before.parsed.kind,
        container=stage.vault,
        epoch=before.parsed.epoch,
        accessor=cleo,
        fp=row.fp,
    )
    sealed = seal_key(KNOWN_KEY, stage.file.entry(cleo)[1], context)
    stage.file.run(
        "UPDATE accessors SET sealed = ? WHERE container = ? AND principal = ?",
        sealed,
        stage.vault,
        cleo,
    )
    with pytest.raises(StrongroomError) as refused:
        stage.fresh().session.containers[stage.vault].key()
    assert (type(refused.value).__name__, refused.value.layer) == ("IntegrityError", "sealed-hash")

    def careless(envelope: bytes, keyset: Any, context: Any, **_: Any) -> SymmetricKey:
        return open_key(
            envelope, keyset, context, sealed_hash=sha256(envelope), key_id=KNOWN_KEY.id
        )

    monkeypatch.setattr("strongroom.client.view.containers.open_key", careless)
    assert stage.fresh().session.containers[stage.vault].key() == KNOWN_KEY


# -- members of groups (T5) -----------------------------------------------------------------------


ROLE_CLAIMS = ("by its own row", "as one who is listed", "as one who was listed")


@pytest.mark.parametrize(
    ("who", "group", "claim"),
    spread(FORGERS, ("Owners", "Administrators", "Team Members"), ROLE_CLAIMS),
)
def test_a_role_taken(stage: Stage, who: str, group: str, claim: str) -> None:
    """Nobody who is not listed adds itself to a group of a role (T5)."""
    forger, before = stage.forgers[who], stage.file.record(stage.groups[group])
    change = forger.record(
        stage.file, before, accessors=with_row(before, forger), **CLAIMS[claim](stage)
    )
    if forger.kind != 1:  # a group's members are users, which its form says
        change = forger.record(stage.file, before, accessors=before.parsed.accessors)
    refused_by_service(stage, forger, change)
    stage.file.put_record(change)
    rule = SIGNER if who in ("Fay", "Kim") else AUTHORITY
    for engine in (stage.fresh("Ana"), stage.remembering("Ana")):
        assert judged(engine, before.parsed.container, ContainerKind.GROUP) == rule


@pytest.mark.parametrize("who", ["Eve", "Gus", "Ivy", "Joe", "Robot"])
def test_a_membership_taken(stage: Stage, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody but a manager adds members to a group; the MUTANT reader believes who does (T5)."""
    forger, before = stage.forgers[who], stage.file.record(stage.groups["crew"])
    rows = before.parsed.accessors if forger.kind != 1 else with_row(before, forger)
    change = forger.record(stage.file, before, accessors=rows)
    refused_by_service(stage, forger, change)
    stage.file.put_record(change)
    group = before.parsed.container
    assert judged(stage.fresh("Ana"), group, ContainerKind.GROUP) == AUTHORITY
    assert judged(stage.remembering("Ana"), group, ContainerKind.GROUP) == AUTHORITY
    monkeypatch.setattr(AccessVerifier, "_check_authority", lambda *_, **__: None)
    assert judged(stage.fresh("Ana"), group, ContainerKind.GROUP) == BELIEVED


def test_a_groups_manager_goes_no_further(stage: Stage) -> None:
    """A manager who is not listed rotates nothing: a group's keys are an entry's (T4, T5)."""
    hal, before = stage.forgers["Hal"], stage.file.record(stage.groups["crew"])
    joe = stage.forgers["Joe"]
    change = rotation(stage.file, hal, before, KNOWN_KEY)
    refused_by_service(stage, hal, change)
    stage.file.put_record(change)
    # MANAGE in a group ends with the epoch, so nobody believes the record, and what is new goes to
    # the key that the directory names.
    ana = stage.fresh("Ana")
    assert judged(ana, before.parsed.container, ContainerKind.GROUP) == (
        "ForbiddenError",
        "authority",
    )
    entry, _ = stage.file.entry(before.parsed.container)
    made = stage.crowd.home.run(ana.vaults.create("later"))["id"]
    stage.crowd.home.run(
        ana.access.grant(made, {format_id(before.parsed.container): 32 | 16 | 1024})
    )
    row = stage.file.record(parse_id(made)).parsed.row(before.parsed.container)
    assert row is not None
    assert row.fp == entry.current.fp
    assert joe.principal not in {one.principal for one in before.parsed.accessors}
