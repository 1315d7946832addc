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

import msgspec
import pytest

from strongroom.client.engine import Engine
from strongroom.client.view import directory as client_directory
from strongroom.crypto.grants import GrantContext, open_key, seal_key
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.sealing import derive_key_id
from strongroom.errors import StrongroomError
from strongroom.ids import format_id, parse_id
from strongroom.trust import access as trust_access
from strongroom.trust.access import AccessVerifier
from strongroom.wire.access import Authority, ContainerKind
from strongroom.wire.messages import CommitRequest, RecordChange
from support.faults_exmember import Loot
from support.faults_forgers import Forger, Stage, rotation, spread, with_row
from support.homes import login
from support.keeper import keeper_of

FORGED = "forged-value"
KNOWN_KEY = bytes(range(32))
Rule = tuple[str, str | None]
AUTHORITY: Rule = ("ForbiddenError", "authority")
PERMISSION: Rule = ("ForbiddenError", "permission")
SIGNER: Rule = ("ForbiddenError", "signer")
BELIEVED: Rule = ("believed", None)


def judged(engine: Engine, container: bytes, kind: int = ContainerKind.VAULT) -> Rule:
    """Return how a reader takes a container's current record."""
    try:
        engine.session.need_container(container, kind)
    except StrongroomError as error:
        return type(error).__name__, error.layer
    return BELIEVED


def written(stage: Stage, engine: Engine) -> str:
    """Return what comes of an honest write: stored, or the kind of the error."""
    try:
        draft = login("new", field="secret")
        stage.crowd.home.run(engine.items.create(format_id(stage.vault), draft))
    except StrongroomError as error:
        return type(error).__name__
    return "stored"


def refused_by_service(stage: Stage, forger: Forger, change: RecordChange) -> None:
    """An honest service refuses the same thing as a request."""
    keeper = keeper_of(stage.crowd.home)
    try:
        with pytest.raises(StrongroomError):
            keeper.rehearse(CommitRequest(records=(change,)), forger.principal)
    finally:
        keeper.close()


# -- every kind of authority, for every forger (T5) --------------------------------------------


def by_root(stage: Stage) -> dict[str, Any]:
    root, body = stage.file.root()
    return {
        "authority": Authority.ROOT,
        "authority_rev": root.version,
        "authority_hash": sha256(body),
    }


def by_old_root(stage: Stage) -> dict[str, Any]:
    ((version, body),) = stage.file.all(
        "SELECT version, body FROM roots ORDER BY version DESC LIMIT 1 OFFSET 1"
    )
    return {"authority": Authority.ROOT, "authority_rev": version, "authority_hash": sha256(body)}


def through(stage: Stage, group: str, record_of: str) -> dict[str, Any]:
    record = stage.file.record(stage.groups[record_of])
    return {"via": stage.groups[group], "group_hash": record.hash}


CREATOR = {"authority": Authority.CREATOR, "authority_rev": 0, "authority_hash": b""}
CLAIMS: dict[str, Callable[[Stage], dict[str, Any]]] = {
    "by its own row": lambda _: {},
    "as the creator": lambda _: CREATOR,
    "as one who is listed": by_root,
    "as one who was listed": by_old_root,
    "by the owner's row": lambda s: {"via": parse_id(s.crowd.id_of("Ana"))},
    "by a group": lambda s: through(s, "Administrators", "Administrators"),
    "by its own group": lambda s: through(s, "crew", "crew"),
    "by another group's record": lambda s: through(s, "Administrators", "crew"),
    "by a group without a record": lambda s: {"via": s.groups["Administrators"]},
    "by a record of another vault": lambda s: {
        "authority_rev": s.file.record(s.other).parsed.access_rev,
        "authority_hash": s.file.record(s.other).hash,
    },
    "by a record that is not there": lambda _: {"authority_hash": bytes(32)},
    "by itself, under the number to come": lambda s: {
        "authority_rev": s.file.record(s.vault).parsed.access_rev + 1
    },
}
FORGERS = ("Eve", "Gus", "Hal", "Ivy", "Joe", "Robot", "Fay", "Kim")


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


CHANGES: dict[str, Callable[[Stage, Forger], dict[str, Any]]] = {
    "another one dropped": lambda s, _: {
        "accessors": tuple(
            row
            for row in s.file.record(s.vault).parsed.accessors
            if row.principal != parse_id(s.crowd.id_of("Dan"))
        )
    },
    "everybody's bits raised": lambda s, _: {
        "accessors": tuple(
            msgspec.structs.replace(row, permissions=row.permissions | 2)
            for row in s.file.record(s.vault).parsed.accessors
        )
    },
    "a number left out": lambda s, _: {"access_rev": s.file.record(s.vault).parsed.access_rev + 2},
    "another record before it": lambda s, _: {"previous": s.file.records(s.vault)[0].hash},
    "another creator": lambda _, f: {"creator": f.principal},
    "another subtype": lambda *_: {"subtype": 3},
    "another account": lambda *_: {"account": bytes(16)},
    "a directory to come": lambda s, _: {"directory_rev": s.file.head()[0].rev + 1},
    "the owner as signer": lambda s, _: {
        "signer": parse_id(s.crowd.id_of("Ana")),
        "signer_fp": s.file.entry(parse_id(s.crowd.id_of("Ana")))[0].current.fp,
        "via": parse_id(s.crowd.id_of("Ana")),
    },
    "a group as signer": lambda s, _: {
        "signer": s.groups["crew"],
        "signer_fp": s.file.entry(s.groups["crew"])[0].current.fp,
    },
}
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
    monkeypatch.setattr(AccessVerifier, "_check_authority", lambda *_: None)
    assert judged(stage.fresh(), stage.vault) == BELIEVED
    # Who walks on from a record that it remembers asks the same at each step.
    assert judged(stage.remembering(), stage.vault) == AUTHORITY
    monkeypatch.setattr(AccessVerifier, "_may_manage", lambda *_: True)
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
    monkeypatch.setattr(trust_access, "_check_mark", lambda *_: None)
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
    monkeypatch.setattr(AccessVerifier, "check_writable", lambda *_: None)
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
    monkeypatch.setattr(trust_access, "acts_for_group", lambda *_: True)
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
    monkeypatch.setattr(trust_access, "acts_for_group", lambda *_: True)
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
    monkeypatch.setattr(trust_access, "_check_mark", lambda *_: None)
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


def opened_with_known_key(stage: Stage) -> list[str]:
    loot = Loot(keys={KNOWN_KEY})
    return [FORGED for _ in loot.opened(stage.crowd.path)]


def test_a_writer_without_the_authority_rule(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: a writer that does not ask for authority seals what the forger opens."""
    eve, before = stage.forgers["Eve"], stage.file.record(stage.vault)
    stage.file.put_record(rotation(stage.file, eve, before, KNOWN_KEY))
    monkeypatch.setattr(AccessVerifier, "_check_authority", lambda *_: None)
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

    def careless(envelope: bytes, keyset: Any, context: Any, **_: Any) -> bytes:
        return open_key(
            envelope, keyset, context, sealed_hash=sha256(envelope), key_id=derive_key_id(KNOWN_KEY)
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
    monkeypatch.setattr(AccessVerifier, "_check_authority", lambda *_: None)
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
