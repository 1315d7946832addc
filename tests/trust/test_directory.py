"""Root documents, heads and entries, up to the pin (specs/formats.md section 4)."""

import msgspec
import pytest

from strongroom.crypto.public.hashes import sha256
from strongroom.errors import (
    ForbiddenError,
    ForkError,
    IntegrityError,
    RollbackError,
    StrongroomError,
)
from strongroom.limits import GAPS_PER_PRINCIPAL_MAX, SEQUENCE_MAX
from strongroom.trust.directory import (
    HeadMark,
    Pin,
    check_encryption_key,
    check_entry_follows,
    verify_entry,
    verify_head,
    verify_root_chain,
)
from strongroom.trust.merkle import hash_leaf, tree_root
from strongroom.trust.states import move_state
from strongroom.wire.entries import EntryKeyset, Gap, parse_entry
from strongroom.wire.heads import Head
from strongroom.wire.roots import RootSigner
from strongroom.wire.signed import SignedRoot
from support.trust_world import ACCOUNT, ADMINISTRATORS, ANA, BOB, CARA, DAN, ROBOT, make_root

BOB_ROW = RootSigner(BOB.id, BOB.fp, BOB.keyset.sign_pk)


def refusal(work, *args, **options):
    with pytest.raises(StrongroomError) as caught:
        work(*args, **options)
    return type(caught.value), caught.value.layer


# -- root documents --------------------------------------------------------------


def signed(root, *signers):
    body = root.encode()
    return SignedRoot(body, tuple((who.id, who.keyset.sign(body)) for who in signers))


def make_chain(length=3, signer=ANA, **last):
    """Return signed root documents 0, 1, …; the last one may be changed."""
    chain = [signed(make_root(), ANA)]
    for version in range(1, length):
        changes = last if version == length - 1 else {}
        facts = {
            "version": version,
            "previous": sha256(chain[-1].body),
            "from_rev": version + 1,
        } | changes
        chain.append(signed(make_root(**facts), signer if version == length - 1 else ANA))
    return chain


def pin_of(chain, version):
    return Pin(version, sha256(chain[version].body))


@pytest.mark.parametrize("version", [0, 1, 2])
def test_chain_from_any_pin(version):
    """A chain is accepted from any pin in it, whole or from the pin on."""
    chain = make_chain()
    pin = pin_of(chain, version)
    assert [root.version for root in verify_root_chain(ACCOUNT, pin, chain)] == [0, 1, 2]
    assert len(verify_root_chain(ACCOUNT, pin, chain[version:])) == 3 - version


def test_chain_below_the_pin():
    """What lies below the pin is proven by hashes alone; no signature is needed."""
    chain = make_chain()
    bare = [SignedRoot(document.body, ()) for document in chain]
    assert len(verify_root_chain(ACCOUNT, pin_of(chain, 2), bare)) == 3
    assert refusal(verify_root_chain, ACCOUNT, pin_of(chain, 1), bare) == (ForbiddenError, "signer")


CHAIN = make_chain()
CHAIN_FAULTS = {
    "nothing": ([], Pin(0, bytes(32)), (RollbackError, "pin")),
    "older than the pin": (CHAIN[:2], pin_of(CHAIN, 2), (RollbackError, "pin")),
    "another one at the pin": (CHAIN, Pin(1, bytes(32)), (ForkError, "pin")),
    "starts after the pin": (CHAIN[1:], pin_of(CHAIN, 0), (IntegrityError, "chain")),
    "a version left out": ([CHAIN[0], CHAIN[2]], pin_of(CHAIN, 0), (IntegrityError, "chain")),
    "another predecessor": (
        make_chain(previous=bytes(32)),
        pin_of(CHAIN, 0),
        (IntegrityError, "chain"),
    ),
    "signed by an administrator": (
        make_chain(signer=BOB),
        pin_of(CHAIN, 0),
        (ForbiddenError, "signer"),
    ),
    "signed by a stranger": (make_chain(signer=DAN), pin_of(CHAIN, 0), (ForbiddenError, "signer")),
    "in force from the same rev": (
        make_chain(from_rev=2),
        pin_of(CHAIN, 0),
        (IntegrityError, "chain"),
    ),
    "another account": (
        make_chain(account=b"B" * 16),
        pin_of(CHAIN, 0),
        (IntegrityError, "context"),
    ),
}


@pytest.mark.parametrize(
    ("chain", "pin", "expected"), CHAIN_FAULTS.values(), ids=CHAIN_FAULTS.keys()
)
def test_chain_faults(chain, pin, expected):
    """A chain that is shorter, forked, broken or signed by no owner is refused."""
    assert refusal(verify_root_chain, ACCOUNT, pin, chain) == expected


def test_generations_never_fall():
    """A root document of an older generation than its predecessor's breaks the chain."""
    first = signed(make_root(generation=1), ANA)
    facts = {"version": 1, "previous": sha256(first.body), "from_rev": 2}
    for generation, accepted in ((1, True), (2, True), (0, False)):
        chain = [first, signed(make_root(generation=generation, **facts), ANA)]
        if accepted:
            verify_root_chain(ACCOUNT, pin_of(chain, 0), chain)
        else:
            expected = (IntegrityError, "chain")
            assert refusal(verify_root_chain, ACCOUNT, pin_of(chain, 0), chain) == expected


def test_forged_owner_signature():
    """An owner's name with another's signature is refused."""
    chain = make_chain(2)
    forged = SignedRoot(chain[1].body, ((ANA.id, DAN.keyset.sign(chain[1].body)),))
    found = refusal(verify_root_chain, ACCOUNT, pin_of(chain, 0), [chain[0], forged])
    assert found == (IntegrityError, "signature")


def test_signed_by_an_owner_of_the_version_before():
    """A new owner cannot make itself owner."""
    dan = (RootSigner(DAN.id, DAN.fp, DAN.keyset.sign_pk),)
    chain = make_chain(2, signer=DAN, owners=dan)
    expected = (ForbiddenError, "signer")
    assert refusal(verify_root_chain, ACCOUNT, pin_of(chain, 0), chain) == expected


# -- heads -------------------------------------------------------------------------

ROOT = make_root()
ROOT_HASH = sha256(ROOT.encode())


def make_head(by=ANA, **changes):
    head = Head(
        account=ACCOUNT,
        generation=0,
        rev=5,
        previous=b"p" * 32,
        root_version=0,
        root_hash=ROOT_HASH,
        count=2,
        tree_root=b"t" * 32,
        created_ms=1,
        signer=by.id,
    )
    return by.sign(msgspec.structs.replace(head, **changes).encode())


def accept(head, *, mark=None, root=ROOT):
    return verify_head(
        ACCOUNT, [root], sha256(root.encode()), body=head.body, signature=head.signature, mark=mark
    )


@pytest.mark.parametrize("signer", [ANA, BOB], ids=["owner", "administrator"])
def test_head(signer):
    """Owners and administrators sign heads."""
    assert accept(make_head(signer)).rev == 5


HEAD_FAULTS = {
    "another account": (make_head(account=b"B" * 16), (IntegrityError, "context")),
    "another root version": (make_head(root_version=1), (IntegrityError, "root")),
    "another root": (make_head(root_hash=bytes(32)), (IntegrityError, "root")),
    "another generation": (make_head(generation=1), (IntegrityError, "root")),
    "older than its root": (make_head(rev=0), (IntegrityError, "root")),
    "a member": (make_head(CARA), (ForbiddenError, "signer")),
    "signed by another": (make_head(ANA, signer=BOB.id), (IntegrityError, "signature")),
}


@pytest.mark.parametrize(("head", "expected"), HEAD_FAULTS.values(), ids=HEAD_FAULTS.keys())
def test_head_faults(head, expected):
    """A head belongs to the newest root document and is signed by somebody listed there."""
    assert refusal(accept, head) == expected


HEAD = make_head()
HEAD_MARKS = {
    "nothing": (None, None),
    "an older one": (HeadMark(0, 4, b"h" * 32), None),
    "this one": (HeadMark(0, 5, sha256(HEAD.body)), None),
    "this number only": (HeadMark(0, 5), None),
    "a newer one": (HeadMark(0, 6), (RollbackError, "mark")),
    "a newer generation": (HeadMark(1, 1), (RollbackError, "mark")),
    "another one of this number": (HeadMark(0, 5, b"h" * 32), (ForkError, "mark")),
}


@pytest.mark.parametrize(("mark", "expected"), HEAD_MARKS.values(), ids=HEAD_MARKS.keys())
def test_head_marks(mark, expected):
    """A head is never older than, or another than, one that was seen."""
    if expected is None:
        assert accept(HEAD, mark=mark).rev == 5
    else:
        assert refusal(accept, HEAD, mark=mark) == expected


@pytest.mark.parametrize("field", ["rev", "generation", "root_version"])
def test_numbers_that_nobody_can_follow(field):
    """Heads and root documents with numbers above 2^48 are refused: none can end an account."""
    root_field = {"rev": "from_rev", "root_version": "version"}.get(field, field)
    for value in (SEQUENCE_MAX, SEQUENCE_MAX + 1):
        root = make_root(**({root_field: value} | ({"previous": b"p" * 32} if value else {})))
        root = msgspec.structs.replace(root, version=value if root_field == "version" else 1)
        facts = {
            "rev": SEQUENCE_MAX,
            "root_version": root.version,
            "root_hash": sha256(root.encode()),
            "generation": root.generation,
        }
        head = msgspec.structs.replace(accept(HEAD), **(facts | {field: value}))
        chain = [signed(root, ANA)]
        body = head.encode()
        given = (ACCOUNT, [root], facts["root_hash"])
        sealed = {"body": body, "signature": ANA.keyset.sign(body), "mark": None}
        if value == SEQUENCE_MAX:
            verify_head(*given, **sealed)
            verify_root_chain(ACCOUNT, Pin(root.version, facts["root_hash"]), chain)
        else:
            assert refusal(verify_head, *given, **sealed) == (IntegrityError, "context")
            if field != "rev":
                pin = Pin(root.version, facts["root_hash"])
                found = refusal(verify_root_chain, ACCOUNT, pin, chain)
                assert found == (IntegrityError, "context")


def test_newer_generation():
    """After a restore a higher generation wins over a higher rev."""
    root = make_root(generation=1)
    head = make_head(generation=1, root_hash=sha256(root.encode()))
    assert accept(head, mark=HeadMark(0, 900), root=root).generation == 1


# -- entries -----------------------------------------------------------------------

ENTRIES = [ANA.entry(0), CARA.entry(1)]


def prove(entry, place=None):
    """Return head, body and path of an entry in a tree of two, as the index says or elsewhere."""
    place = entry.index if place is None else place
    bodies = [row.encode() for row in ENTRIES]
    bodies[place] = entry.encode()
    leaves = [hash_leaf(body) for body in bodies]
    head = msgspec.structs.replace(accept(HEAD), tree_root=tree_root(leaves))
    return head, ROOT, bodies[place], [leaves[1 - place]]


def test_entry():
    """An entry that the head's tree holds is accepted."""
    assert verify_entry(*prove(ENTRIES[1])).principal == CARA.id


def test_entry_without_path():
    """An entry whose path leads elsewhere is refused."""
    head, root, body, path = prove(ENTRIES[1])
    for false in ([], [bytes(32)], [*path, path[0]]):
        assert refusal(verify_entry, head, root, body, false) == (IntegrityError, "path")
    moved = prove(CARA.entry(0), place=1)
    assert refusal(verify_entry, *moved) == (IntegrityError, "path")


def rekeyed(entry, **changes):
    keyset = msgspec.structs.replace(entry.keysets[0], **changes)
    return msgspec.structs.replace(entry, keysets=(keyset,))


def gapped(*gaps):
    return {"gaps": tuple(Gap(*gap) for gap in gaps), "entry_rev": 5, "state_rev": 5}


def ended(person, until):
    return msgspec.structs.replace(person.entry().current, until=until)


NEW = EntryKeyset(2, b"g" * 32, b"e" * 32, b"s" * 32, 7, 0)
NEW_ONE = msgspec.structs.replace(NEW, since=1)
SMALL_ORDER = b"\1" + bytes(31)
ENTRY_FAULTS = {
    "another account": (CARA.entry(1, account=b"B" * 16), "context"),
    "a key with which anybody signs": (rekeyed(CARA.entry(1), sign_pk=SMALL_ORDER), "form"),
    "under another's id": (CARA.entry(1, principal=DAN.id), "principal-id"),
    "of another kind": (CARA.entry(1, kind=3), "principal-id"),
    "another signing key": (rekeyed(CARA.entry(1), sign_pk=DAN.keyset.sign_pk), "principal-id"),
    "another encryption key": (rekeyed(CARA.entry(1), enc_pk_hash=bytes(32)), "principal-id"),
    "a token without its first keyset": (rekeyed(ROBOT.entry(1), number=2), "principal-id"),
    "a person without its first keyset": (rekeyed(CARA.entry(1), number=2), "form"),
    "a person whose keys end": (rekeyed(CARA.entry(1), until=1), "form"),
    "a person with a second keyset": (CARA.entry(1, keysets=(CARA.entry().current, NEW)), "form"),
    "from a later head": (CARA.entry(1, entry_rev=6), "context"),
    "a state of later": (CARA.entry(1, state_rev=2), "context"),
    "keys of later": (rekeyed(CARA.entry(1), since=2), "context"),
    "keys that end later": (ROBOT.entry(1, keysets=(ended(ROBOT, 2), NEW_ONE)), "context"),
    "gaps out of order": (CARA.entry(1, **gapped((3, 4), (1, 2))), "form"),
    "gaps that touch": (CARA.entry(1, **gapped((1, 2), (2, 3))), "form"),
    "an empty gap": (CARA.entry(1, **gapped((1, 1))), "form"),
    "a gap after its state": (CARA.entry(1, **(gapped((1, 3)) | {"state_rev": 2})), "form"),
    "an owner with another keyset": (rekeyed(ANA.entry(0), fp=bytes(32)), "listed"),
    "an owner who is suspended": (ANA.entry(0, state=2), "listed"),
    "a listed group with other keys": (CARA.entry(1, kind=2, principal=ADMINISTRATORS), "listed"),
}


@pytest.mark.parametrize(("entry", "layer"), ENTRY_FAULTS.values(), ids=ENTRY_FAULTS.keys())
def test_entry_faults(entry, layer):
    """What an entry says of itself must be true, even where an administrator signed it."""
    assert refusal(verify_entry, *prove(entry)) == (IntegrityError, layer)


OLD = EntryKeyset(1, b"f" * 32, b"e" * 32, b"s" * 32, 1, 0)
LATER = {"entry_rev": 9}
FOLLOWS = {
    "the same": ({}, True),
    "another state": ({"state": 2, "state_rev": 7, "entry_rev": 7}, True),
    "a new keyset": (LATER | {"keysets": (OLD, NEW)}, True),
    "the old keyset ended": (
        LATER | {"keysets": (msgspec.structs.replace(OLD, until=9), NEW)},
        True,
    ),
    "another one under the same rev": ({"flags": 1}, False),
    "an older one": ({"entry_rev": 0}, False),
    "another index": ({"index": 2}, False),
    "another kind": ({"kind": 3}, False),
    "another fingerprint": ({"keysets": (msgspec.structs.replace(OLD, fp=bytes(32)),)}, False),
    "another signing key": ({"keysets": (msgspec.structs.replace(OLD, sign_pk=bytes(32)),)}, False),
    "an earlier beginning": ({"keysets": (msgspec.structs.replace(OLD, since=0), NEW)}, False),
}


@pytest.mark.parametrize(("changes", "accepted"), FOLLOWS.values(), ids=FOLLOWS.keys())
def test_entry_follows(changes, accepted):
    """Who holds an older entry accepts new states and keysets, but nothing rewritten."""
    before = CARA.entry(1, keysets=(OLD,))
    after = msgspec.structs.replace(before, **changes)
    if accepted:
        check_entry_follows(before, after)
    else:
        assert refusal(check_entry_follows, before, after) == (IntegrityError, "entry")


# State, state_rev and gaps: what a reader remembers from rev 10, and what comes at rev 30.
A, S, R = 1, 2, 3
MOVES = {
    "stays": ((A, 5, ()), (A, 5, ()), True),
    "suspended": ((A, 5, ()), (S, 11, ()), True),
    "suspended as if before": ((A, 5, ()), (S, 10, ()), False),
    "removed": ((A, 5, ()), (R, 11, ()), True),
    "active since another rev": ((A, 5, ()), (A, 11, ()), False),
    "suspended and back": ((A, 5, ()), (A, 20, ((11, 20),)), True),
    "suspended and back, as if before": ((A, 5, ()), (A, 20, ((10, 20),)), False),
    "twice": ((A, 5, ()), (A, 22, ((11, 20), (21, 22))), True),
    "back, and suspended again": ((A, 5, ()), (S, 21, ((11, 20),)), True),
    "back, and suspended at once": ((A, 5, ()), (S, 20, ((11, 20),)), False),
    "back, and active since another rev": ((A, 5, ()), (A, 21, ((11, 20),)), False),
    "suspended still": ((S, 8, ()), (S, 8, ()), True),
    "suspended since later": ((S, 8, ()), (S, 11, ()), False),
    "suspended, then removed": ((S, 8, ()), (R, 8, ()), True),
    "a removal that reopens a suspension": ((S, 8, ()), (R, 11, ()), False),
    "back": ((S, 8, ()), (A, 11, ((8, 11),)), True),
    "back without a gap": ((S, 8, ()), (A, 11, ()), False),
    "back with a shorter gap": ((S, 8, ()), (A, 11, ((9, 11),)), False),
    "back as if before": ((S, 8, ()), (A, 10, ((8, 10),)), False),
    "back and removed": ((S, 8, ()), (R, 12, ((8, 11),)), True),
    "removed still": ((R, 8, ()), (R, 8, ()), True),
    "removed and back": ((R, 8, ()), (A, 11, ((8, 11),)), False),
    "removed and suspended": ((R, 8, ()), (S, 8, ()), False),
    "a gap kept": ((A, 5, ((4, 5),)), (A, 5, ((4, 5),)), True),
    "a gap dropped": ((A, 5, ((4, 5),)), (A, 5, ()), False),
    "a gap altered": ((A, 5, ((4, 5),)), (A, 5, ((3, 5),)), False),
    "a gap before": ((A, 5, ((4, 5),)), (A, 5, ((1, 2), (4, 5))), False),
}


@pytest.mark.parametrize(("before", "after", "may"), MOVES.values(), ids=MOVES.keys())
def test_moves_of_state(before, after, may):
    """Who holds an older entry accepts states that it can have come to, and no others."""
    held, later = (moved(*row, entry_rev=rev) for row, rev in ((before, 10), (after, 30)))
    if may:
        check_entry_follows(held, later)
    else:
        assert refusal(check_entry_follows, held, later) == (IntegrityError, "entry")


def moved(state, state_rev, gaps, **changes):
    gaps = tuple(Gap(*gap) for gap in gaps)
    return CARA.entry(1, state=state, state_rev=state_rev, gaps=gaps, **changes)


def test_returns_are_counted():
    """Eight suspensions may end; a ninth return is refused, and no entry holds nine gaps."""
    entry = CARA.entry(1)
    for rev in range(2, 2 + 2 * GAPS_PER_PRINCIPAL_MAX, 2):
        before = entry
        entry = move_state(move_state(entry, S, rev=rev), A, rev=rev + 1)
        entry = msgspec.structs.replace(entry, entry_rev=rev + 1)
        check_entry_follows(before, entry)
    assert len(parse_entry(entry.encode()).gaps) == GAPS_PER_PRINCIPAL_MAX
    suspended = move_state(entry, S, rev=90)
    assert move_state(suspended, R, rev=91).state_rev == 90
    with pytest.raises(ForbiddenError, match="cannot be reactivated"):
        move_state(suspended, A, rev=91)
    nine = (*entry.gaps, Gap(90, 91))
    with pytest.raises(IntegrityError, match="malformed"):
        parse_entry(msgspec.structs.replace(entry, gaps=nine, state_rev=91).encode())


def test_nothing_leaves_removed():
    """Who was removed stays so, in the service and in every client that signs."""
    removed = move_state(CARA.entry(1), R, rev=2)
    for state in (A, S, R):
        with pytest.raises(ForbiddenError, match="cannot be undone"):
            move_state(removed, state, rev=3)


def test_encryption_key():
    """A key that came beside its entry is the one that the entry's current keyset names."""
    check_encryption_key(CARA.entry(1), CARA.keyset.enc_pk)
    for false in (DAN.keyset.enc_pk, b"", CARA.keyset.enc_pk + b"\0"):
        found = refusal(check_encryption_key, CARA.entry(1), false)
        assert found == (IntegrityError, "key-hash")
    other_fp = rekeyed(CARA.entry(1), fp=bytes(32))
    found = refusal(check_encryption_key, other_fp, CARA.keyset.enc_pk)
    assert found == (IntegrityError, "key-hash")
