"""The keys of open keysets: which the service takes, how long it keeps them, who gets them."""

import msgspec
import pytest

from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import (
    PrincipalKind,
    derive_fingerprint,
    derive_principal_id,
)
from strongroom.errors import IntegrityError, InvalidKeyError, StrongroomError
from strongroom.ids import format_id, parse_id
from strongroom.permissions import ALL_BITS
from strongroom.service.directory import keysets
from strongroom.trust.merkle import PartialTree, fold_path, hash_leaf
from strongroom.wire.entries import Entry, EntryKeyset, EntryState, parse_entry
from strongroom.wire.messages import CommitRequest, KeyRow, PrincipalsRequest
from support.faults_curves import torsion_points
from support.keeper import make_robot, next_head
from support.sealing_keys import edge_keys, false_keys

KEYS = Keyset(b"new" + bytes(29))
FALSE, EDGES = false_keys(KEYS.enc_pk), edge_keys(KEYS.enc_pk)


def row_of(principal, enc_pk, *, rev, number=1, kind=PrincipalKind.SERVICE_ACCOUNT):
    fp = derive_fingerprint(principal, kind, enc_pk=enc_pk, sign_pk=KEYS.sign_pk)
    return EntryKeyset(number, fp, sha256(enc_pk), KEYS.sign_pk, rev, 0)


def new_entry(hand, enc_pk, *, kind=PrincipalKind.SERVICE_ACCOUNT):
    """Return the entry of a new principal that has a given encryption key."""
    head = hand.session.directory.head
    rev = head.rev + 1
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
        keysets=(row_of(principal, enc_pk, rev=rev, kind=kind),),
    )


def adding(keeper, hand, entry, enc_pk, auth_pk=KEYS.auth_pk):
    """Return the request that adds a principal to the directory."""
    head = hand.session.directory.head
    last = keeper.call(PrincipalsRequest(), hand.me).last
    tree = PartialTree(head.count)
    tree.show(hash_leaf(last.body), index=head.count - 1, path=last.path)
    tree.append(hash_leaf(entry.encode()))
    change = next_head(hand, entry, enc_pk, auth_pk, count=head.count + 1, tree_root=tree.root())
    return CommitRequest(directory=change)


def changing(keeper, hand, principal, *keys, **facts):
    """Return the request that stores somebody's entry anew with facts changed."""
    head = hand.session.directory.head
    asked = PrincipalsRequest(principals=(principal,), keys=False)
    (proof,) = keeper.call(asked, hand.me).proofs
    entry = msgspec.structs.replace(parse_entry(proof.body), entry_rev=head.rev + 1, **facts)
    leaf = hash_leaf(entry.encode())
    root = fold_path(leaf, index=entry.index, count=head.count, path=proof.path)
    return CommitRequest(directory=next_head(hand, entry, *keys, tree_root=root))


def refusal(keeper, hand, request):
    with pytest.raises(StrongroomError) as caught:
        keeper.rehearse(request, hand.me)
    return type(caught.value), caught.value.layer


def keys_of(keeper, hand, principal):
    """Return the rows that the service gives of a principal."""
    (rows,) = keeper.call(PrincipalsRequest(principals=(principal,)), hand.me).keys
    return rows


def stored(keeper, principal):
    """Return fingerprints and auth keys as they are stored."""

    async def work(session):
        sql = "SELECT fp, auth_pk FROM keysets WHERE principal = :who ORDER BY fp"
        return await session.all(sql, who=principal)

    return dict(keeper.store.read(work))


# -- new keys ----------------------------------------------------------------------------


@pytest.mark.parametrize("enc_pk", EDGES.values(), ids=EDGES.keys())
def test_usable_keys(keeper, owner, enc_pk):
    """An entry comes into the directory with a key to which something can be sealed."""
    request = adding(keeper, owner, new_entry(owner, enc_pk), enc_pk)
    keeper.rehearse(request, owner.me)


@pytest.mark.parametrize(("enc_pk", "layer"), FALSE.values(), ids=FALSE.keys())
def test_unusable_keys(keeper, owner, enc_pk, layer):
    """A key to which nothing can be sealed is not stored, though its entry names it."""
    request = adding(keeper, owner, new_entry(owner, enc_pk), enc_pk)
    assert refusal(keeper, owner, request) == (InvalidKeyError, layer)


def test_a_service_without_the_arithmetic(keeper, owner, monkeypatch):
    """MUTANT: without the check of keys, every one of them is stored."""
    monkeypatch.setattr(keysets, "check_sealing_key", lambda _: None)
    for enc_pk, _ in FALSE.values():
        if len(enc_pk) == len(KEYS.enc_pk):
            request = adding(keeper, owner, new_entry(owner, enc_pk), enc_pk)
            keeper.rehearse(request, owner.me)


def test_another_key(keeper, owner):
    """The key beside a new entry is the one that the entry names, and it is there."""
    for false in (Keyset(bytes(32)).enc_pk, b""):
        request = adding(keeper, owner, new_entry(owner, KEYS.enc_pk), false)
        assert refusal(keeper, owner, request) == (IntegrityError, "key-hash")


FALSE_AUTH_KEYS = {
    "none": b"",
    "a short one": KEYS.auth_pk[:-1],
    "a long one": KEYS.auth_pk + b"\0",
    "a second spelling": (2**255 - 10).to_bytes(32, "little"),
    **{f"small order {n}": point.encode() for n, point in enumerate(torsion_points())},
}


@pytest.mark.parametrize("auth_pk", FALSE_AUTH_KEYS.values(), ids=FALSE_AUTH_KEYS.keys())
def test_false_auth_keys(keeper, owner, auth_pk):
    """A service account comes with a key under which nobody but it signs requests."""
    request = adding(keeper, owner, new_entry(owner, KEYS.enc_pk), KEYS.enc_pk, auth_pk)
    assert refusal(keeper, owner, request) == (IntegrityError, None)


def test_auth_keys_of_others(keeper, owner):
    """Users have their auth key elsewhere and groups none, so none comes with their entries."""
    entry = new_entry(owner, KEYS.enc_pk, kind=PrincipalKind.USER)
    request = adding(keeper, owner, entry, KEYS.enc_pk)
    assert refusal(keeper, owner, request) == (IntegrityError, None)
    keeper.rehearse(adding(keeper, owner, entry, KEYS.enc_pk, b""), owner.me)


def test_keys_without_a_new_keyset(keeper, owner):
    """While a keyset stays, nobody touches its keys; its entry changes all the same."""
    keys = owner.session.keyset
    keeper.rehearse(changing(keeper, owner, owner.me), owner.me)
    for given in ((keys.enc_pk,), (b"", keys.auth_pk), (KEYS.enc_pk,)):
        request = changing(keeper, owner, owner.me, *given)
        assert refusal(keeper, owner, request) == (IntegrityError, None)


def test_older_keys_again(keeper, service_home, owner):
    """A new keyset has new keys: an older one does not come back under another number."""
    robot = make_robot(service_home, owner, ALL_BITS)
    keys = robot.session.keyset
    (row,) = robot.session.directory.need_entry(robot.me).keysets
    rev = owner.session.directory.head.rev + 1
    for until in (0, rev):
        older = msgspec.structs.replace(row, until=until)
        again = msgspec.structs.replace(row, number=2, since=rev)
        request = changing(
            keeper, owner, robot.me, keys.enc_pk, keys.auth_pk, keysets=(older, again)
        )
        assert refusal(keeper, owner, request) == (IntegrityError, None)


# -- how long they stay --------------------------------------------------------------------


@pytest.fixture
def robot(service_home, owner):
    """A service account with two open keysets."""
    made = make_robot(service_home, owner, ALL_BITS)
    engine = owner.engine
    service_home.run(
        engine.service_accounts.rotate(
            format_id(made.me), old_ends_ms=service_home.clock() + 1_000_000
        )
    )
    service_home.run(owner.session.sync())
    return made


def test_overlap(keeper, service_home, owner, robot):
    """Every open keyset has its keys, the older first, with its agreed end and no auth key."""
    rows = keys_of(keeper, owner, robot.me)
    (proof,) = keeper.call(PrincipalsRequest(principals=(robot.me,)), owner.me).proofs
    entry = parse_entry(proof.body)
    assert [row.fp for row in rows] == [row.fp for row in entry.keysets]
    assert [sha256(row.enc_pk) for row in rows] == [row.enc_pk_hash for row in entry.keysets]
    older, newer = rows
    assert (older.fp, newer.ends_ms) == (robot.session.fp, 0)
    assert older.ends_ms > service_home.clock()
    assert KeyRow.__struct_fields__ == ("fp", "enc_pk", "ends_ms")
    held = stored(keeper, robot.me)
    assert held.keys() == {row.fp for row in rows}
    assert held[robot.session.fp] == robot.session.keyset.auth_pk
    assert all(len(auth_pk) == 32 for auth_pk in held.values())


def test_a_keyset_that_ends_takes_its_keys_along(keeper, service_home, owner, robot):
    """With its end in the directory a keyset's row goes; the current one's stays."""
    newest = keys_of(keeper, owner, robot.me)[-1]
    engine = owner.engine
    service_home.run(engine.service_accounts.rotate(format_id(robot.me), old_ends_ms=None))
    (row,) = keys_of(keeper, owner, robot.me)
    assert row.fp not in (newest.fp, robot.session.fp)
    assert stored(keeper, robot.me).keys() == {row.fp}


def test_revoked(keeper, service_home, owner, robot):
    """Of who was removed no key is left."""
    name, engine = format_id(robot.me), owner.engine
    held = stored(keeper, robot.me)
    service_home.run(engine.service_accounts.revoke(name))
    assert held
    assert stored(keeper, robot.me) == {}
    assert keys_of(keeper, owner, robot.me) == ()


def test_suspended(keeper, service_home, owner):
    """A suspension drops no keys: reactivation needs none."""
    joined = service_home.invite("kept@example.org")
    held = stored(keeper, joined.user)
    assert held == {row.fp: b"" for row in keys_of(keeper, owner, joined.user)}
    service_home.run(owner.engine.users.suspend("kept@example.org"))
    assert stored(keeper, joined.user) == held
    service_home.run(owner.engine.users.reactivate("kept@example.org"))
    assert stored(keeper, joined.user) == held
    service_home.run(owner.engine.users.remove("kept@example.org"))
    assert stored(keeper, joined.user) == {}


def test_groups(keeper, service_home, owner):
    """Of a group the current keyset alone has a key: former members know the older ones."""
    group = parse_id(service_home.run(owner.engine.groups.create("Rotated"))["id"])
    before = stored(keeper, group)
    member = format_id(service_home.invite("in@example.org").user)
    service_home.run(owner.engine.groups.add("Rotated", member))
    service_home.run(owner.engine.groups.remove("Rotated", member))
    after = stored(keeper, group)
    assert len(before) == len(after) == 1
    assert before.keys() != after.keys()


# -- answers -------------------------------------------------------------------------------


def test_without_keys(keeper, owner):
    """Who asks for entries alone gets no key, and none is read."""
    asked = PrincipalsRequest(principals=(owner.me,), keys=False)
    answer = keeper.call(asked, owner.me)
    assert answer.keys == ()
    assert len(answer.proofs) == 1


def test_lost_keys(keeper, service_home, owner):
    """A key that is not stored is left out, and does not hide the entry."""
    joined = service_home.invite("lost@example.org")

    async def drop(session):
        await session.run("DELETE FROM keysets WHERE principal = :who", who=joined.user)

    keeper.store.write(drop)
    assert keys_of(keeper, owner, joined.user) == ()
    service_home.run(owner.engine.users.remove("lost@example.org"))
