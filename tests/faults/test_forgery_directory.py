"""Entries, heads and root documents forged by people who are not listed.

Whoever holds the file can change an entry and grow a tree over it, and cannot
sign a head; can list itself in a root document, and cannot sign that. Readers
refuse by the rules that are named here, new ones and those who remember (T4,
T6). A former administrator deceives a client whose pin is older than the
unlisting, as T4 says. An honest service refuses the same as a request. Mutants
stand beside the refusals.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from strongroom.client.engine import Engine
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import StrongroomError
from strongroom.ids import parse_id
from strongroom.trust import directory
from strongroom.wire.entries import Entry, EntryKeyset, EntryState
from strongroom.wire.messages import CommitRequest, DirectoryChange, EntryWrite
from strongroom.wire.roots import RootDocument, RootSigner
from strongroom.wire.signed import SignedBody, SignedRoot
from support.faults_forgers import Forger, Stage, spread
from support.faults_world import copy_database
from support.keeper import keeper_of

Rule = tuple[str, str | None]
FORGERS = ("Eve", "Gus", "Hal", "Ivy", "Joe", "Robot", "Fay", "Kim")
BELIEVED: Rule = ("believed", None)
FORM: Rule = ("IntegrityError", "form")


def opened(open_one: Callable[[], Engine], stage: Stage, asked: bytes) -> tuple[Rule, Entry | None]:
    """Return how a reader takes the directory, and the entry that it believes in."""
    try:
        engine = open_one()
        stage.crowd.home.run(engine.users.list(deleted=True))
        return BELIEVED, engine.session.directory.entry(asked)
    except StrongroomError as error:
        return (type(error).__name__, error.layer), None


def ana(stage: Stage) -> bytes:
    return parse_id(stage.crowd.id_of("Ana"))


# -- entries (T4) ---------------------------------------------------------------------------


def with_keys(entry: Entry, keyset: Keyset, rev: int) -> Entry:
    """Return an entry with one more keyset, which is the current one."""
    enc_hash = sha256(keyset.enc_pk)
    fp = keyset.fingerprint(entry.principal, entry.kind)
    number = entry.current.number + 1
    row = EntryKeyset(number, fp, enc_hash, keyset.sign_pk, rev, 0)
    ended = tuple(msgspec.structs.replace(old, until=old.until or rev) for old in entry.keysets)
    return msgspec.structs.replace(entry, keysets=(*ended, row))


# Entry, encryption key if the keyset is new, place if another.
Forged = tuple[Entry, bytes, int | None]


def own_keys(stage: Stage, forger: Forger) -> Forged:
    entry, _ = stage.file.entry(forger.principal)
    keyset = Keyset.make()
    return with_keys(entry, keyset, stage.file.head()[0].rev + 1), keyset.enc_pk, None


def foreign_keys(stage: Stage, forger: Forger) -> Forged:
    entry, _ = stage.file.entry(parse_id(stage.crowd.id_of("Cleo")))
    return with_keys(entry, forger.keyset, stage.file.head()[0].rev + 1), forger.keyset.enc_pk, None


def owner_keys(stage: Stage, forger: Forger) -> Forged:
    entry, _ = stage.file.entry(ana(stage))
    return with_keys(entry, forger.keyset, stage.file.head()[0].rev + 1), forger.keyset.enc_pk, None


def changed(who: str, **facts: Any) -> Callable[[Stage, Forger], Forged]:
    """Change what an entry says of somebody."""

    def forge(stage: Stage, forger: Forger) -> Forged:
        principal = forger.principal if who == "own" else stage.forgers[who].principal
        entry, _ = stage.file.entry(principal)
        told = {name: fact(stage) if callable(fact) else fact for name, fact in facts.items()}
        return msgspec.structs.replace(entry, **told), b"", entry.index

    return forge


ENTRIES: dict[str, Callable[[Stage, Forger], Forged]] = {
    "its own entry with new keys": own_keys,
    "a reader's entry with the forger's keys": foreign_keys,
    "the owner's entry with the forger's keys": owner_keys,
    "another index": changed("Gus", index=0),
    "another kind": changed("Gus", kind=3),
    "another creator": changed("Gus", creator=bytes(16)),
    "the right to make vaults": changed("Gus", flags=1),
    "a removed member revived": changed(
        "Fay", state=EntryState.ACTIVE, state_rev=lambda s: s.file.head()[0].rev + 1
    ),
    "a member removed": changed(
        "Gus", state=EntryState.REMOVED, state_rev=lambda s: s.file.head()[0].rev + 1
    ),
}


def put(stage: Stage, forged: Forged) -> tuple[Entry, bytes]:
    """Store a forged entry; return it as stored, and the tree over it."""
    entry, enc_pk, place = forged
    entry = msgspec.structs.replace(entry, entry_rev=stage.file.head()[0].rev + 1)
    return entry, stage.file.put_entry(entry, enc_pk, position=place)


def in_owners_name(stage: Stage, forger: Forger, **facts: Any) -> SignedBody:
    return forger.head(stage.file, **facts | {"signer": ana(stage)})


HEADS: dict[str, tuple[Callable[..., SignedBody | None], Rule]] = {
    "under the old head": (lambda *_, **__: None, ("IntegrityError", "path")),
    "under a head of its own": (
        lambda stage, forger, **facts: forger.head(stage.file, **facts),
        ("ForbiddenError", "signer"),
    ),
    "under a head in the owner's name": (in_owners_name, ("IntegrityError", "signature")),
}


def refused_by_service(
    stage: Stage, forger: Forger, forged: Forged, head: SignedBody, *roots: SignedRoot
) -> None:
    """An honest service refuses the same things as a request."""
    entry, enc_pk, _ = forged
    change = DirectoryChange((EntryWrite(entry.encode(), enc_pk),), head, roots)
    keeper = keeper_of(stage.crowd.home)
    try:
        with pytest.raises(StrongroomError):
            keeper.rehearse(CommitRequest(directory=change), forger.principal)
    finally:
        keeper.close()


@pytest.mark.parametrize(
    ("who", "forgery", "head"), spread(("Eve", "Ivy", "Robot"), ENTRIES, HEADS)
)
def test_an_entry_changed(stage: Stage, who: str, forgery: str, head: str) -> None:
    """Whatever an entry is made to say, no head speaks for it: it is refused by name (T4)."""
    forger = stage.forgers[who]
    forged, (make_head, rule) = ENTRIES[forgery](stage, forger), HEADS[head]
    refused_by_service(stage, forger, forged, forger.head(stage.file))
    entry, tree_root = put(stage, forged)
    signed = make_head(stage, forger, tree_root=tree_root)
    if signed is not None:
        stage.file.put_head(signed)
    rules = [rule]
    if entry.kind == PrincipalKind.USER and len(entry.keysets) > 1:
        rules.append(FORM)  # where this entry is read before the head, or before another one
    for open_one in (stage.fresh, stage.remembering, stage.early_reader):
        found, believed = opened(open_one, stage, entry.principal)
        assert found in rules
        assert believed is None


@pytest.mark.parametrize("who", FORGERS)
def test_a_head_signed(stage: Stage, who: str) -> None:
    """Nobody who is not listed signs a head, even one that changes nothing (T4)."""
    forger = stage.forgers[who]
    stage.file.put_head(forger.head(stage.file))
    for open_one in (stage.fresh, stage.remembering):
        assert opened(open_one, stage, ana(stage))[0] == ("ForbiddenError", "signer")


@pytest.mark.parametrize("forgery", ["the right to make vaults", "a removed member revived"])
def test_readers_who_believe_any_head(
    stage: Stage, forgery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: readers that take any signer for a listed one believe the forged entry."""
    joe = stage.forgers["Joe"]
    entry, tree_root = put(stage, ENTRIES[forgery](stage, joe))
    stage.file.put_head(joe.head(stage.file, tree_root=tree_root))
    genuine = RootDocument.signer

    def anybody(self: RootDocument, principal: bytes) -> RootSigner | None:
        own = RootSigner(joe.principal, joe.fp, joe.keyset.sign_pk)
        return own if principal == joe.principal else genuine(self, principal)

    monkeypatch.setattr(RootDocument, "signer", anybody)
    assert opened(stage.fresh, stage, entry.principal) == (BELIEVED, entry)


def test_readers_who_check_no_signature(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: readers that do not check the head's signature believe one in the owner's name."""
    joe = stage.forgers["Joe"]
    entry, tree_root = put(stage, ENTRIES["a removed member revived"](stage, joe))
    stage.file.put_head(in_owners_name(stage, joe, tree_root=tree_root))
    monkeypatch.setattr(directory, "verify", lambda *_, **__: None)
    assert opened(stage.fresh, stage, entry.principal) == (BELIEVED, entry)


def test_readers_who_check_no_path(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: readers that do not check paths believe an entry under the old head."""
    joe = stage.forgers["Joe"]
    entry, enc_pk, place = ENTRIES["the right to make vaults"](stage, joe)
    stage.file.put_entry(entry, enc_pk, position=place)
    root = stage.file.head()[0].tree_root
    monkeypatch.setattr(directory, "fold_path", lambda *_, **__: root)
    assert opened(stage.fresh, stage, entry.principal) == (BELIEVED, entry)


# What even whoever may sign heads cannot do to somebody whom a reader has seen. The head is one
# that an administrator signed, so that these rules alone stand in the way.
REWRITES: dict[str, tuple[Callable[[Stage, Forger], Forged], Rule]] = {
    "another kind": (changed("Gus", kind=3), ("IntegrityError", "principal-id")),
    "the first keys exchanged": (
        lambda s, f: (
            msgspec.structs.replace(
                s.file.entry(s.forgers["Gus"].principal)[0],
                keysets=(
                    msgspec.structs.replace(s.file.entry(f.principal)[0].keysets[0], since=1),
                ),
            ),
            f.keyset.enc_pk,
            None,
        ),
        ("IntegrityError", "principal-id"),
    ),
    "the owner's keys exchanged": (owner_keys, FORM),
    "keys added to a reader's": (foreign_keys, FORM),
    "the owner removed": (
        lambda s, _: (
            msgspec.structs.replace(s.file.entry(ana(s))[0], state=EntryState.REMOVED),
            s.file.entry(ana(s))[1],
            None,
        ),
        ("IntegrityError", "listed"),
    ),
}


@pytest.mark.parametrize("rewrite", REWRITES)
def test_what_no_head_can_say(stage: Stage, rewrite: str) -> None:
    """An id holds its first keys, the root document those of whom it lists, for any head (T4)."""
    ben = stage.crowd.people["Ben"]
    administrator = Forger("Ben", ben.user, 1, Keyset(ben.seed))
    forge, rule = REWRITES[rewrite]
    forged = forge(stage, stage.forgers["Joe"])
    refused_by_service(stage, administrator, forged, administrator.head(stage.file))
    _, tree_root = put(stage, forged)
    stage.file.put_head(administrator.head(stage.file, tree_root=tree_root))
    for open_one in (stage.fresh, stage.remembering):
        assert opened(open_one, stage, ana(stage))[0] == rule


def test_keys_added_to_somebody(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """An administrator who adds keys to somebody's entry gets no vault that was closed to it (T4).

    MUTANT: where a user may have two keysets, the next grant seals to the added one.
    """
    ben, cleo = stage.crowd.people["Ben"], parse_id(stage.crowd.id_of("Cleo"))
    administrator = Forger("Ben", ben.user, 1, Keyset(ben.seed))
    owner, run = stage.crowd.open("Ana"), stage.crowd.home.run
    vault = run(owner.vaults.create("closed", allow_admins_access=False))["id"]
    thief = Keyset.make()
    entry = with_keys(stage.file.entry(cleo)[0], thief, stage.file.head()[0].rev + 1)
    forged = (entry, thief.enc_pk, None)
    refused_by_service(stage, administrator, forged, administrator.head(stage.file))
    entry, tree_root = put(stage, forged)
    stage.file.put_head(administrator.head(stage.file, tree_root=tree_root))
    grant = owner.access.grant(vault, {stage.crowd.id_of("Cleo"): 32 | 16})
    with pytest.raises(StrongroomError) as refused:
        run(grant)
    assert (type(refused.value).__name__, refused.value.layer) == FORM
    assert stage.file.record(parse_id(vault)).parsed.row(cleo) is None
    monkeypatch.setattr("strongroom.wire.entries._is_single", lambda _: True)
    run(owner.access.grant(vault, {stage.crowd.id_of("Cleo"): 32 | 16}))
    row = stage.file.record(parse_id(vault)).parsed.row(cleo)
    assert row is not None
    assert row.fp == entry.current.fp


def test_a_key_beside_its_entry(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that stands beside another's entry is sealed to by nobody; the MUTANT does (T4)."""
    joe, cleo = stage.forgers["Joe"], parse_id(stage.crowd.id_of("Cleo"))
    stage.file.run("UPDATE keysets SET enc_pk = ? WHERE principal = ?", joe.keyset.enc_pk, cleo)
    owner, run = stage.remembering("Ana"), stage.crowd.home.run
    vault = run(owner.vaults.create("new"))["id"]
    with pytest.raises(StrongroomError) as refused:
        run(owner.access.grant(vault, {stage.crowd.id_of("Cleo"): 32 | 16}))
    assert (type(refused.value).__name__, refused.value.layer) == ("IntegrityError", "key-hash")
    monkeypatch.setattr(
        "strongroom.client.change.holders.check_encryption_key", lambda *_, **__: None
    )
    run(owner.access.grant(vault, {stage.crowd.id_of("Cleo"): 32 | 16}))
    assert stage.file.record(parse_id(vault)).parsed.row(cleo) is not None


# -- root documents (T4, T6) -------------------------------------------------------------------


def next_root(stage: Stage, forger: Forger, **facts: Any) -> RootDocument:
    """Return the next root document, with the forger as owner unless facts say otherwise."""
    root, body = stage.file.root()
    usual = {
        "version": root.version + 1,
        "previous": sha256(body),
        "from_rev": stage.file.head()[0].rev + 1,
        "owners": (RootSigner(forger.principal, forger.fp, forger.keyset.sign_pk),),
    }
    return msgspec.structs.replace(root, **usual | facts)


def put_root(stage: Stage, forger: Forger, root: RootDocument, signer: bytes) -> None:
    """Store a root document, and a head of the forger's that names it."""
    body = root.encode()
    signature = forger.keyset.sign(body)
    stage.file.put_root(SignedRoot(body, ((signer, signature),)))
    named = {"root_version": root.version, "root_hash": sha256(body), "generation": root.generation}
    stage.file.put_head(forger.head(stage.file, **named))


ROOTS: dict[str, tuple[dict[str, Any], bool, Rule]] = {
    # what it says, whether it claims the owner's signature, the rule
    "its own list": ({}, False, ("ForbiddenError", "signer")),
    "its own list in the owner's name": ({}, True, ("IntegrityError", "signature")),
    "a generation up": ({"generation": 1}, False, ("ForbiddenError", "signer")),
    "a generation up in the owner's name": (
        {"generation": 1},
        True,
        ("IntegrityError", "signature"),
    ),
    "another document before it": ({"previous": bytes(32)}, False, ("IntegrityError", "chain")),
    "a number left out": ({"version": 90}, False, ("IntegrityError", "chain")),
    "an older directory": ({"from_rev": 1}, False, ("IntegrityError", "chain")),
    "another account": ({"account": bytes(16)}, False, ("IntegrityError", "context")),
}


@pytest.mark.parametrize(("who", "root"), spread(FORGERS, ROOTS))
def test_a_root_document(stage: Stage, who: str, root: str) -> None:
    """Nobody but an owner lists anybody, whatever the document says (T4)."""
    forger = stage.forgers[who]
    facts, owners_name, rule = ROOTS[root]
    document = next_root(stage, forger, **facts)
    body = document.encode()
    signed = SignedRoot(body, ((forger.principal, forger.keyset.sign(body)),))
    if who != "Kim":
        entry = stage.file.entry(forger.principal)
        refused_by_service(stage, forger, (*entry, None), forger.head(stage.file), signed)
    put_root(stage, forger, document, ana(stage) if owners_name else forger.principal)
    for open_one in (stage.fresh, stage.remembering, stage.early_reader):
        assert opened(open_one, stage, ana(stage))[0] == rule


def test_readers_who_let_anybody_sign_roots(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: readers that do not check who signed a root document take the forger for owner."""
    joe = stage.forgers["Joe"]
    root, _ = stage.file.root()
    own = RootSigner(joe.principal, joe.fp, joe.keyset.sign_pk)
    document = next_root(stage, joe, owners=tuple(sorted((*root.owners, own))))
    put_root(stage, joe, document, joe.principal)
    monkeypatch.setattr(directory, "_check_owner_signature", lambda *_, **__: None)
    engine = stage.fresh()
    assert stage.crowd.home.run(engine.users.find(stage.crowd.id_of("Joe")))["role"] == "owner"


def test_a_generation_down(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """No generation falls, even under the owner's own signature (T6); the MUTANT lets it fall."""
    person, run = stage.crowd.people["Ana"], stage.crowd.home.run
    owner = Forger("Ana", person.user, 1, Keyset(person.seed))
    up = next_root(stage, owner, owners=stage.file.root()[0].owners, generation=1)
    put_root(stage, owner, up, owner.principal)
    assert opened(stage.fresh, stage, ana(stage))[0] == BELIEVED
    down = next_root(stage, owner, owners=up.owners, generation=0)
    put_root(stage, owner, down, owner.principal)
    for open_one in (stage.fresh, stage.remembering):
        assert opened(open_one, stage, ana(stage))[0] == ("IntegrityError", "chain")
    genuine = directory._check_link
    monkeypatch.setattr(
        directory,
        "_check_link",
        lambda before, signed, after: genuine(
            before, signed, msgspec.structs.replace(after, generation=before.generation)
        ),
    )
    assert run(stage.fresh().users.find(stage.crowd.id_of("Ana")))["role"] == "owner"


def test_a_second_document_under_the_pinned_number(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another document under a number that a client pins is a fork (T4); the MUTANT takes it."""
    joe = stage.forgers["Joe"]
    root, _ = stage.file.root()
    own = RootSigner(joe.principal, joe.fp, joe.keyset.sign_pk)
    false = msgspec.structs.replace(root, owners=tuple(sorted((*root.owners, own))))
    body = false.encode()
    stage.file.put_root(SignedRoot(body, ((joe.principal, joe.keyset.sign(body)),)))
    stage.file.put_head(joe.head(stage.file, root_hash=sha256(body)))
    assert opened(stage.remembering, stage, ana(stage))[0] == ("ForkError", "pin")
    # Whoever pins an earlier one walks to it, and asks for an owner's signature on the way.
    assert opened(stage.fresh, stage, ana(stage))[0] == ("ForbiddenError", "signer")
    monkeypatch.setattr(directory, "_check_owner_signature", lambda *_, **__: None)
    assert (
        stage.crowd.home.run(stage.fresh().users.find(stage.crowd.id_of("Joe")))["role"] == "owner"
    )


# -- with the help of a former administrator (T4) ------------------------------------------------


def test_a_former_administrators_head(stage: Stage) -> None:
    """A client whose pin is older than the unlisting believes a former administrator (T4).

    Everybody whose pin is newer refuses, and an honest service does.
    """
    ivy = stage.forgers["Ivy"]
    copy_database(stage.then, stage.crowd.path)
    forged = ENTRIES["the right to make vaults"](stage, stage.forgers["Joe"])
    entry, tree_root = put(stage, forged)
    gus = entry.principal
    stage.file.put_head(ivy.head(stage.file, tree_root=tree_root))
    rule, believed = opened(lambda: stage.crowd.open("Dan"), stage, gus)
    assert (rule, believed) == (BELIEVED, entry)
    assert opened(stage.remembering, stage, gus)[0] == ("RollbackError", "pin")
    newer = stage.crowd.people["Dan"].marks()
    newer.pin = copy.deepcopy(stage.marks["Dan"].pin)
    assert opened(lambda: stage.crowd.open("Dan", newer), stage, gus)[0] == (
        "RollbackError",
        "pin",
    )


def test_an_older_directory(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory of before deceives new readers only (T6); the MUTANT takes it."""
    fay = stage.forgers["Fay"].principal
    newest = stage.file.head()[0]
    # A head with the same root document, so that nothing but its number is older.
    owner_seed = stage.crowd.people["Ana"].seed
    owner = Forger("Ana", ana(stage), 1, Keyset(owner_seed))
    stage.file.put_head(owner.head(stage.file))
    later = stage.crowd.open("Cleo")
    marks = copy.deepcopy(later.marks)
    stage.file.run("DELETE FROM heads WHERE rev > ?", newest.rev)
    assert opened(stage.fresh, stage, fay)[0] == BELIEVED
    assert opened(lambda: stage.crowd.open("Cleo", copy.deepcopy(marks)), stage, fay)[0] == (
        "RollbackError",
        "mark",
    )
    monkeypatch.setattr(directory, "check_head_mark", lambda *_, **__: None)
    assert opened(lambda: stage.crowd.open("Cleo", copy.deepcopy(marks)), stage, fay)[0] == BELIEVED
