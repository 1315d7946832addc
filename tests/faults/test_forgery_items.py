"""Items that their authors had no right to write, put into the file past the service.

Each kind of forger tries each change of an item; every honest reader refuses by
the rule that is named here, on a new device and on one that remembers (T2). What
the threat table does not promise is shown too, and how far it goes (T6 to T9,
T21). An honest service, given the same as a request, stores none of it. Beside
each refusal stands its mutant: the reader without that one rule believes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from strongroom.client.engine import Engine
from strongroom.client.view import names, objects
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.sealing import Purpose, seal
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import IntegrityError, StrongroomError
from strongroom.ids import format_id, parse_id
from strongroom.trust import access as trust_access
from strongroom.trust import revisions
from strongroom.trust.revisions import RevisionVerifier
from strongroom.wire.messages import CommitRequest, StoredRevision
from strongroom.wire.revisions import Revision, State
from support.faults_forgers import Forger, Stage, forger_of
from support.faults_people import READER
from support.homes import login
from support.keeper import keeper_of

FORGED = "forged-value"
ADDED = bytes(range(16))
Outcome = tuple[str, str | None]


def seen(stage: Stage, engine: Engine, title: str) -> Outcome:
    """Return what somebody gets who opens an item: a value, or error and layer."""
    item = ADDED if title == "added" else stage.items[title]
    try:
        got = stage.crowd.home.run(engine.items.get(format_id(stage.vault), format_id(item)))
    except StrongroomError as error:
        return type(error).__name__, error.layer
    return "value", got["fields"][0]["value"] if got["fields"] else ""


def resolved(stage: Stage, engine: Engine, title: str) -> str:
    """Return what somebody gets who resolves its name: a value, or the kind of the error."""
    try:
        return stage.crowd.home.run(engine.secrets.resolve(f"op://vault/{title}/field"))
    except StrongroomError as error:
        return type(error).__name__


def refused_by_service(stage: Stage, forger: Forger, request: CommitRequest) -> str:
    """Return how an honest service refuses the same thing as a request."""
    keeper = keeper_of(stage.crowd.home)
    try:
        with pytest.raises(StrongroomError) as refused:
            keeper.rehearse(request, forger.principal)
    finally:
        keeper.close()
    return type(refused.value).__name__


# -- under the current record (T2) ------------------------------------------------------


VERBS: dict[str, tuple[str, int]] = {
    "an added item": ("added", State.ACTIVE),
    "a changed item": ("item", State.ACTIVE),
    "a revived archived item": ("archived", State.ACTIVE),
    "a revived deleted item": ("deleted", State.ACTIVE),
    "an archived item": ("item", State.ARCHIVED),
    "a deleted item": ("item", State.DELETED),
}
PERMISSION: Outcome = ("ForbiddenError", "permission")
SIGNER: Outcome = ("ForbiddenError", "signer")
# Who may read, lost rights, or never had any, is refused by the rule on permissions; who is not
# in the directory any more, or never was, by the rule on signers.
RULES: dict[str, Outcome] = dict.fromkeys(("Eve", "Gus", "Hal", "Ivy", "Joe", "Robot"), PERMISSION)
RULES |= dict.fromkeys(("Fay", "Kim"), SIGNER)


def forge(stage: Stage, who: str, verb: str, **ways: Any) -> StoredRevision:
    """Sign what a verb says, under the current record unless told otherwise."""
    title, state = VERBS[verb]
    item = ADDED if title == "added" else stage.items[title]
    record = ways.pop("record", None) or stage.file.record(stage.vault)
    return stage.forgers[who].revision(
        stage.file, record, item, state=state, title=title, value=FORGED, **ways
    )


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("who", RULES)
def test_an_item_without_the_right(stage: Stage, who: str, verb: str) -> None:
    """What somebody writes without the right is refused by name, by new readers and old (T2)."""
    stored = forge(stage, who, verb)
    title, _ = VERBS[verb]
    refused_by_service(stage, stage.forgers[who], CommitRequest(revisions=(stored,)))
    stage.file.put_revision(stored)
    for engine in (stage.fresh(), stage.remembering(), stage.remembering("Ana")):
        assert seen(stage, engine, title) == RULES[who]
        assert seen(stage, engine, "sibling") == ("value", "sibling-3")


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("who", ["Eve", "Robot", "Gus", "Hal"])
def test_a_reader_without_permissions_believes_it(
    stage: Stage, who: str, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a reader that does not ask for the author's right believes what it opens."""
    title, state = VERBS[verb]
    stage.file.put_revision(forge(stage, who, verb))
    monkeypatch.setattr(RevisionVerifier, "_check_permission", lambda *_, **__: None)
    found = seen(stage, stage.fresh(), title)
    # A deleted item opens as nothing, so that is what a forged deletion looks like.
    assert found == (("NotFoundError", None) if state == State.DELETED else ("value", FORGED))


def test_a_reader_without_signers_believes_who_was_removed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a reader that asks neither for standing nor right believes a removed member."""
    fay = stage.forgers["Fay"]
    fay.keys |= stage.forgers["Eve"].keys  # the new key would be missing otherwise
    stage.file.put_revision(forge(stage, "Fay", "a changed item"))
    monkeypatch.setattr(RevisionVerifier, "_check_permission", lambda *_, **__: None)
    assert seen(stage, stage.fresh(), "item") == SIGNER
    genuine = revisions.check_signer
    monkeypatch.setattr(
        revisions, "check_signer", lambda evidence, *a, **k: genuine(Standing(evidence), *a, **k)
    )
    assert seen(stage, stage.fresh(), "item") == ("value", FORGED)


class Standing:
    """MUTANT: evidence in which everybody is still active."""

    def __init__(self, evidence: Any) -> None:
        self._evidence = evidence

    def __getattr__(self, name: str) -> Any:
        return getattr(self._evidence, name)

    def entry(self, principal: bytes) -> Any:
        entry = self._evidence.entry(principal)
        return entry and msgspec.structs.replace(entry, state=1)


WAYS: dict[str, tuple[Callable[[Stage], dict[str, Any]], Outcome]] = {
    "through a group, with its current record": (
        lambda s: {
            "via": s.groups["Administrators"],
            "group_hash": s.file.record(s.groups["Administrators"]).hash,
        },
        PERMISSION,
    ),
    "through a group, without its record": (
        lambda s: {"via": s.groups["Administrators"]},
        PERMISSION,
    ),
    "through a group, with another group's record": (
        lambda s: {
            "via": s.groups["Administrators"],
            "group_hash": s.file.record(s.groups["crew"]).hash,
        },
        PERMISSION,
    ),
    "as another person's row": (
        lambda s: {"via": parse_id(s.crowd.id_of("Ana"))},
        PERMISSION,
    ),
    "under a record of another vault": (
        lambda s: {"access_hash": s.file.record(s.other).hash},
        ("IntegrityError", "record"),
    ),
    "under a record that is not there": (
        lambda _: {"access_hash": bytes(32)},
        ("IntegrityError", "record"),
    ),
    "under a later number of the record": (
        lambda s: {"access_rev": s.file.record(s.vault).parsed.access_rev + 1},
        ("IntegrityError", "record"),
    ),
    "under a directory to come": (
        lambda s: {"directory_rev": s.file.head()[0].rev + 1},
        SIGNER,
    ),
    "in the owner's name": (
        lambda s: {
            "author": parse_id(s.crowd.id_of("Ana")),
            "author_fp": s.file.entry(parse_id(s.crowd.id_of("Ana")))[0].current.fp,
            "via": parse_id(s.crowd.id_of("Ana")),
        },
        ("IntegrityError", "signature"),
    ),
    "in a group's name": (
        lambda s: {
            "author": s.groups["crew"],
            "author_fp": s.file.entry(s.groups["crew"])[0].current.fp,
        },
        SIGNER,
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", ["Eve", "Hal"])
def test_an_item_signed_in_another_way(stage: Stage, who: str, way: str) -> None:
    """Whatever row, group, record, directory or name is claimed, its own rule refuses it (T2)."""
    facts, rule = WAYS[way]
    stored = forge(stage, who, "a changed item", **facts(stage))
    refused_by_service(stage, stage.forgers[who], CommitRequest(revisions=(stored,)))
    stage.file.put_revision(stored)
    for engine in (stage.fresh(), stage.remembering()):
        assert seen(stage, engine, "item") == rule


# -- order, names, lists (T1, T3, T7, T21) -----------------------------------------------


def test_versions_in_another_order(stage: Stage) -> None:
    """Versions that change places are refused by the place that each one signs (T1, T6)."""
    item = stage.items["item"]
    for number, other in ((1, 90), (3, 1), (90, 3)):
        stage.file.run(
            "UPDATE revisions SET version = ? WHERE object = ? AND version = ?", other, item, number
        )
    assert seen(stage, stage.remembering(), "item") == ("RollbackError", "mark")
    # Whoever never saw a later one is shown an older value under a true signature, and no other.
    assert seen(stage, stage.fresh(), "item") == ("value", "item-1")
    engine = stage.fresh()
    vault = format_id(stage.vault)
    with pytest.raises(IntegrityError) as refused:
        stage.crowd.home.run(engine.items.get_version(vault, format_id(item), 3))
    assert refused.value.layer == "context"


def test_items_in_another_order(stage: Stage) -> None:
    """Two items that change places are refused, whoever asks for either by its id (T1)."""
    item, sibling = stage.items["item"], stage.items["sibling"]
    for before, after in ((item, bytes(16)), (sibling, item), (bytes(16), sibling)):
        for table, column in (("revisions", "object"), ("objects", "id")):
            stage.file.run(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", after, before)
    for title in ("item", "sibling"):
        for engine in (stage.fresh(), stage.remembering()):
            assert seen(stage, engine, title) == ("IntegrityError", "context")


def test_a_name_answered_with_a_sibling(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name answered with a sibling is refused; the MUTANT that compares nothing takes it (T3)."""
    item, sibling = stage.items["item"], stage.items["sibling"]
    tags = dict(stage.file.all("SELECT id, tag FROM objects"))
    for one, other in ((item, sibling), (sibling, item)):
        stage.file.run("UPDATE objects SET tag = ? WHERE id = ?", tags[other], one)
    for engine in (stage.fresh(), stage.remembering()):
        assert resolved(stage, engine, "item") == "IntegrityError"
        with pytest.raises(IntegrityError) as refused:
            stage.crowd.home.run(engine.items.find("item"))
        assert refused.value.layer == "title"
    monkeypatch.setattr(names, "check_title", lambda *_, **__: None)
    assert resolved(stage, stage.fresh(), "item") == "sibling-3"


def test_a_false_title(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member's false title stands in lists (T21) and opens nowhere; the MUTANT opens it."""
    stage.file.put_revision(
        stage.forgers["Eve"].revision(
            stage.file,
            stage.file.record(stage.vault),
            stage.items["item"],
            title="false",
            value=FORGED,
        )
    )
    for engine in (stage.fresh(), stage.remembering()):
        rows = stage.crowd.home.run(engine.items.list(format_id(stage.vault)))
        assert {row["title"] for row in rows} == {"false", "sibling"}
        assert seen(stage, engine, "item") == PERMISSION
        assert resolved(stage, engine, "false") == "ForbiddenError"
    monkeypatch.setattr(RevisionVerifier, "_check_permission", lambda *_, **__: None)
    assert resolved(stage, stage.fresh(), "false") == FORGED


def test_an_envelope_exchanged(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Envelopes that a member seals in place of the signed ones are refused by their hashes (T1).

    MUTANT: a reader that does not compare hashes goes on, and meets the bond of the details.
    """
    item, record = stage.items["item"], stage.file.record(stage.vault)
    newest = stage.file.newest(item)
    assert newest is not None
    overview, details = own_envelopes(stage.forgers["Eve"].key(record), newest[0])
    stage.file.run(
        "UPDATE revisions SET overview = ?, details = ? WHERE object = ? AND version = 3",
        overview,
        details,
        item,
    )
    for engine in (stage.fresh(), stage.remembering()):
        assert seen(stage, engine, "item") == ("IntegrityError", "hashes")
    signed = {overview: newest[0].overview_hash, details: newest[0].details_hash}
    monkeypatch.setattr(revisions, "sha256", lambda raw: signed.get(raw) or sha256(raw))
    # The details are bound to the overview that was signed, so the last bond holds even then.
    assert seen(stage, stage.fresh(), "item") == ("IntegrityError", "commitment")


def own_envelopes(key: SymmetricKey, revision: Revision) -> tuple[bytes, bytes]:
    """Seal another title and value for the place and version of a revision."""
    where = (
        revision.account,
        revision.kind,
        revision.container,
        revision.epoch,
        revision.object,
        revision.version,
    )
    overview = {"title": "item", "category": "Login", "tags": [], "websites": []}
    details = {"fields": login("item", field=FORGED)["fields"], "sections": [], "notes": ""}
    first = seal(key, Purpose.OVERVIEW, (*where, b""), json.dumps(overview).encode())
    second = seal(key, Purpose.DETAILS, (*where, sha256(first)), json.dumps(details).encode())
    return first, second


def test_hidden_items(stage: Stage) -> None:
    """A keeper hides an item, and nobody notices (T7); no other item changes by it."""
    stage.file.run("DELETE FROM objects WHERE id = ?", stage.items["item"])
    for engine in (stage.fresh(), stage.remembering()):
        assert seen(stage, engine, "item") == ("NotFoundError", None)
        rows = stage.crowd.home.run(engine.items.list(format_id(stage.vault)))
        assert {row["title"] for row in rows} == {"sibling"}
        assert seen(stage, engine, "sibling") == ("value", "sibling-3")


def test_a_deleted_item_shown_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A keeper shows the last active version to a new reader (T8); who saw the deletion refuses.

    MUTANT: who remembers nothing believes it too.
    """
    owner, sibling = stage.remembering("Ana"), stage.items["sibling"]
    stage.crowd.home.run(owner.items.delete(format_id(stage.vault), format_id(sibling)))
    assert seen(stage, stage.fresh(), "sibling") == ("NotFoundError", None)
    stage.file.run("UPDATE objects SET version = 3, state = 1 WHERE id = ?", sibling)
    assert seen(stage, stage.fresh(), "sibling") == ("value", "sibling-3")
    assert seen(stage, owner, "sibling") == ("RollbackError", "mark")
    assert seen(stage, owner, "item") == ("value", "item-3")
    monkeypatch.setattr(revisions, "_check_mark", lambda *_, **__: None)
    assert seen(stage, owner, "sibling") == ("value", "sibling-3")


# -- as if before one's removal (T9) -------------------------------------------------------


def past(stage: Stage, who: str, verb: str) -> StoredRevision:
    """Sign what a verb says under the record that still gave the right, at the head of then."""
    ways: dict[str, Any] = {"rev": stage.past["head"]}
    if who == "Ivy":
        group = stage.groups["Administrators"]
        then = stage.file.records(group)[stage.past["Administrators"]]
        ways |= {"via": group, "group_hash": then.hash}
    record = stage.file.records(stage.vault)[stage.past["vault"]]
    return forge(stage, who, verb, record=record, **ways)


@pytest.mark.parametrize("verb", ["an added item", "a revived archived item"])
@pytest.mark.parametrize("who", ["Fay", "Gus", "Ivy"])
def test_signing_as_if_before(stage: Stage, who: str, verb: str) -> None:
    """An ex-member's work under the record of then deceives a new reader (T9), never an old one.

    An object that a reader never saw is new to whoever it is; that much T9 says.
    """
    title, _ = VERBS[verb]
    stored = past(stage, who, verb)
    refused_by_service(stage, stage.forgers[who], CommitRequest(revisions=(stored,)))
    stage.file.put_revision(stored)
    assert seen(stage, stage.fresh(), title) == ("value", FORGED)
    known = title != "added"
    for reader in ("Cleo", "Ana"):
        found = seen(stage, stage.remembering(reader), title)
        assert found == (("RollbackError", "mark") if known else ("value", FORGED))
    assert seen(stage, stage.fresh(), "sibling") == ("value", "sibling-3")


@pytest.mark.parametrize("who", ["Fay", "Gus", "Ivy"])
def test_an_item_changed_as_if_before(
    stage: Stage, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has seen an item under a later record refuses; the MUTANT without marks believes (T9)."""
    stage.file.put_revision(past(stage, who, "a changed item"))
    assert seen(stage, stage.fresh(), "item") == ("value", FORGED)
    assert seen(stage, stage.remembering(), "item") == ("RollbackError", "mark")
    monkeypatch.setattr(revisions, "_check_mark", lambda *_, **__: None)
    assert seen(stage, stage.remembering(), "item") == ("value", FORGED)


@pytest.mark.parametrize("who", ["Fay", "Gus", "Ivy"])
def test_a_past_right_named_today(stage: Stage, who: str) -> None:
    """The same under today's head: who was removed is refused, and who left a group (T2).

    For who lost a row of its own the mark decides (T9).
    """
    record = stage.file.records(stage.vault)[stage.past["vault"]]
    ways: dict[str, Any] = {"record": record}
    if who == "Ivy":
        group = stage.groups["Administrators"]
        then = stage.file.records(group)[stage.past["Administrators"]]
        ways |= {"via": group, "group_hash": then.hash}
    stage.file.put_revision(forge(stage, who, "a changed item", **ways))
    if who == "Gus":
        fresh, known = ("value", FORGED), ("RollbackError", "mark")
    else:
        fresh = known = SIGNER if who == "Fay" else PERMISSION
    assert seen(stage, stage.fresh(), "item") == fresh
    assert seen(stage, stage.remembering(), "item") == known


def test_a_past_membership_named_today(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who left a group and may still read writes through its older record: nobody believes it (T2).

    MUTANT: readers who do not date the group's record by its entry do.
    """
    ana, run = stage.crowd.open("Ana"), stage.crowd.home.run
    run(ana.access.grant(format_id(stage.vault), {stage.crowd.id_of("Ivy"): READER}))
    ivy = stage.forgers["Ivy"]
    ivy.keys = forger_of(stage.crowd, "Ivy").keys
    group = stage.groups["Administrators"]
    then = stage.file.records(group)[stage.past["Administrators"]]
    stored = forge(stage, "Ivy", "a changed item", via=group, group_hash=then.hash)
    refused_by_service(stage, ivy, CommitRequest(revisions=(stored,)))
    stage.file.put_revision(stored)
    readers = (stage.fresh("Ana"), stage.remembering("Ana"), stage.fresh(), stage.remembering())
    for engine in readers:
        assert seen(stage, engine, "item") == PERMISSION
        assert seen(stage, engine, "sibling") == ("value", "sibling-3")
    monkeypatch.setattr(trust_access, "acts_for_group", lambda *_, **__: True)
    for engine in (stage.fresh("Ana"), stage.fresh()):
        assert seen(stage, engine, "item") == ("value", FORGED)


def test_a_forged_record_in_the_past(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second record under an old number convinces nobody who knew the first (T9).

    MUTANT: who does not compare the records that were in force believes it.
    """
    gus, records = stage.forgers["Gus"], stage.file.records(stage.vault)
    then, after = records[stage.past["vault"]], records[stage.past["vault"] + 1]
    false = gus.record(
        stage.file,
        then,
        directory_rev=then.parsed.directory_rev,
        accessors=then.parsed.accessors,
    )
    stage.file.run("UPDATE access_records SET access_rev = 900 WHERE hash = ?", after.hash)
    stage.file.run(
        "INSERT INTO access_records VALUES (?, ?, ?, ?, ?, ?)",
        stage.file.account,
        stage.vault,
        after.parsed.access_rev + 500,
        sha256(false.record.body),
        false.record.body,
        false.record.signature,
    )
    forged = stage.file.records(stage.vault)
    record = next(row for row in forged if row.hash == sha256(false.record.body))
    stage.file.put_revision(
        forge(stage, "Gus", "an added item", record=record, rev=stage.past["head"])
    )
    reader = stage.remembering()
    reader.marks.records[stage.vault, after.parsed.access_rev] = after.hash
    assert seen(stage, reader, "added") == ("ForkError", "record")
    monkeypatch.setattr(objects, "check_record_in_force", lambda *_, **__: None)
    reader = stage.remembering()
    assert seen(stage, reader, "added") == ("value", FORGED)
