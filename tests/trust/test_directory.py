"""Root documents, heads and entries, up to the pin (specs/formats.md section 4)."""

import msgspec
import pytest

from strongroom.crypto.hashes import sha256
from strongroom.errors import (
    ForbiddenError,
    ForkError,
    IntegrityError,
    RollbackError,
    StrongroomError,
)
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
from strongroom.wire.entries import EntryKeyset
from strongroom.wire.heads import Head
from strongroom.wire.roots import RootSigner
from strongroom.wire.signed import SignedRoot
from support.trust_world import ACCOUNT, ADMINISTRATORS, ANA, BOB, CARA, DAN, make_root

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
    """A root document of an older generation than its predecessor's is a rollback."""
    first = signed(make_root(generation=1), ANA)
    facts = {"version": 1, "previous": sha256(first.body), "from_rev": 2}
    for generation, accepted in ((1, True), (2, True), (0, False)):
        chain = [first, signed(make_root(generation=generation, **facts), ANA)]
        if accepted:
            verify_root_chain(ACCOUNT, pin_of(chain, 0), chain)
        else:
            expected = (RollbackError, "chain")
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
    return verify_head(ACCOUNT, [root], sha256(root.encode()), head.body, head.signature, mark=mark)


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


SMALL_ORDER = b"\1" + bytes(31)
ENTRY_FAULTS = {
    "another account": (CARA.entry(1, account=b"B" * 16), "context"),
    "a key with which anybody signs": (rekeyed(CARA.entry(1), sign_pk=SMALL_ORDER), "form"),
    "under another's id": (CARA.entry(1, principal=DAN.id), "principal-id"),
    "of another kind": (CARA.entry(1, kind=3), "principal-id"),
    "another signing key": (rekeyed(CARA.entry(1), sign_pk=DAN.keyset.sign_pk), "principal-id"),
    "another encryption key": (rekeyed(CARA.entry(1), enc_pk_hash=bytes(32)), "principal-id"),
    "without its first keyset": (rekeyed(CARA.entry(1), number=2), "principal-id"),
    "an owner with another keyset": (rekeyed(ANA.entry(0), fp=bytes(32)), "listed"),
    "an owner who is suspended": (ANA.entry(0, state=2), "listed"),
    "a listed group with other keys": (CARA.entry(1, kind=2, principal=ADMINISTRATORS), "listed"),
}


@pytest.mark.parametrize(("entry", "layer"), ENTRY_FAULTS.values(), ids=ENTRY_FAULTS.keys())
def test_entry_faults(entry, layer):
    """What an entry says of itself must be true, even where an administrator signed it."""
    assert refusal(verify_entry, *prove(entry)) == (IntegrityError, layer)


OLD = EntryKeyset(1, b"f" * 32, b"e" * 32, b"s" * 32, 1, 0)
NEW = EntryKeyset(2, b"g" * 32, b"e" * 32, b"s" * 32, 7, 0)
FOLLOWS = {
    "the same": ({}, True),
    "another state": ({"state": 2, "state_rev": 7, "entry_rev": 7}, True),
    "a new keyset": ({"keysets": (OLD, NEW)}, True),
    "the old keyset ended": ({"keysets": (msgspec.structs.replace(OLD, until=9), NEW)}, True),
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


def test_encryption_key():
    """A key that came beside its entry is the one that the entry's current keyset names."""
    check_encryption_key(CARA.entry(1), CARA.keyset.enc_pk)
    for false in (DAN.keyset.enc_pk, b"", CARA.keyset.enc_pk + b"\0"):
        found = refusal(check_encryption_key, CARA.entry(1), false)
        assert found == (IntegrityError, "key-hash")
    other_fp = rekeyed(CARA.entry(1), fp=bytes(32))
    found = refusal(check_encryption_key, other_fp, CARA.keyset.enc_pk)
    assert found == (IntegrityError, "key-hash")
