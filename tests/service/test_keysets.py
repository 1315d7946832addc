"""Encryption keys as the service keeps them: none to which nobody could seal anything."""

import pytest

from strongroom.crypto.hashes import sha256
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.principals import PrincipalKind, derive_fingerprint, derive_principal_id
from strongroom.errors import IntegrityError, InvalidKeyError, StrongroomError
from strongroom.trust.merkle import PartialTree, hash_leaf
from strongroom.wire.entries import Entry, EntryKeyset, EntryState
from strongroom.wire.messages import CommitRequest, PrincipalsRequest
from support.keeper import next_head
from support.sealing_keys import edge_keys, false_keys

KEYS = Keyset(b"new" + bytes(29))
FALSE, EDGES = false_keys(KEYS.enc_pk), edge_keys(KEYS.enc_pk)


def row_of(principal, enc_pk, *, rev, number=1):
    fp = derive_fingerprint(principal, PrincipalKind.SERVICE_ACCOUNT, enc_pk, KEYS.sign_pk)
    return EntryKeyset(number, fp, sha256(enc_pk), KEYS.sign_pk, rev, 0)


def robot_with(hand, enc_pk):
    """Return the entry of a new service account that has a given encryption key."""
    head = hand.session.directory.head
    kind, rev = PrincipalKind.SERVICE_ACCOUNT, head.rev + 1
    principal = derive_principal_id(hand.session.account, kind, sha256(enc_pk), KEYS.sign_pk)
    return Entry(
        account=hand.session.account,
        index=head.count,
        principal=principal,
        kind=kind,
        entry_rev=rev,
        state=EntryState.ACTIVE,
        state_rev=rev,
        flags=0,
        creator=hand.me,
        expires_ms=0,
        keysets=(row_of(principal, enc_pk, rev=rev),),
    )


def adding(keeper, hand, entry, enc_pk):
    """Return the request that adds a principal to the directory."""
    head = hand.session.directory.head
    last = keeper.call("principals", PrincipalsRequest(), hand.me).last
    tree = PartialTree(head.count)
    tree.show(hash_leaf(last.body), index=head.count - 1, path=last.path)
    tree.append(hash_leaf(entry.encode()))
    change = next_head(hand, entry, enc_pk, count=head.count + 1, tree_root=tree.root())
    return CommitRequest(directory=change)


def refusal(keeper, hand, request):
    with pytest.raises(StrongroomError) as caught:
        keeper.rehearse("commit", request, hand.me)
    return type(caught.value), caught.value.layer


@pytest.mark.parametrize("enc_pk", EDGES.values(), ids=EDGES.keys())
def test_usable_keys(keeper, owner, enc_pk):
    """An entry comes into the directory with a key to which something can be sealed."""
    request = adding(keeper, owner, robot_with(owner, enc_pk), enc_pk)
    keeper.rehearse("commit", request, owner.me)


@pytest.mark.parametrize(("enc_pk", "layer"), FALSE.values(), ids=FALSE.keys())
def test_unusable_keys(keeper, owner, enc_pk, layer):
    """A key to which nothing can be sealed is not stored, though its entry names it."""
    request = adding(keeper, owner, robot_with(owner, enc_pk), enc_pk)
    assert refusal(keeper, owner, request) == (InvalidKeyError, layer)


def test_another_key(keeper, owner):
    """The key beside a new entry is the one that the entry names."""
    request = adding(keeper, owner, robot_with(owner, KEYS.enc_pk), Keyset(bytes(32)).enc_pk)
    assert refusal(keeper, owner, request) == (IntegrityError, "key-hash")
    request = adding(keeper, owner, robot_with(owner, KEYS.enc_pk), b"")
    assert refusal(keeper, owner, request) == (IntegrityError, "key-hash")
