"""The next state of the directory: what a ledger writes is what readers and the service accept."""

import pytest

from strongroom.client.change.holders import fetch_holders
from strongroom.client.change.ledger import Ledger
from strongroom.client.change.owners import need_listed, need_owner
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import ConflictError, ForbiddenError
from strongroom.ids import parse_id
from strongroom.limits import KEYSETS_PER_PRINCIPAL_MAX
from strongroom.trust.directory import Pin, verify_head, verify_root_chain
from strongroom.trust.merkle import hash_leaf, tree_root
from strongroom.wire.entries import EntryState, parse_entry
from strongroom.wire.messages import CommitRequest
from strongroom.wire.people import PeopleRequest
from support.homes import make_home
from support.people import join

ROBOT = PrincipalKind.SERVICE_ACCOUNT


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = make_home(tmp_path_factory.mktemp("ledger"))
    made.ana = made.owner()
    made.ben = join(made, "Ben", role="administrator", by=made.ana)
    made.cara = join(made, "Cara", by=made.ana)
    yield made
    made.close()


def begin(home, engine, *principals):
    session = engine.session
    home.run(session.sync())
    return Ledger(session, home.run(fetch_holders(session, principals)))


def whole_tree(home, change):
    """Return the root over all entries as they will be, computed from all of them."""
    answer = home.run(home.ana.session.transport.call(PeopleRequest()))
    leaves = {
        (entry := parse_entry(row.proof.body)).index: hash_leaf(entry.encode())
        for row in answer.rows
    }
    leaves |= {parse_entry(write.body).index: hash_leaf(write.body) for write in change.entries}
    return tree_root([leaves[index] for index in range(len(leaves))])


def head_of(home, change):
    """Verify a change's head as a reader does; return it."""
    directory = home.ana.session.directory
    home.run(home.ana.session.sync())
    directory = home.ana.session.directory
    head_root = change.roots[-1] if change.roots else None
    roots = directory.roots()
    root_hash = directory.root_hash(roots[-1].version)
    if head_root is not None:
        chain = [*home.ana.session.marks.roots, *change.roots]
        roots = verify_root_chain(directory.account, Pin(0, sha256(chain[0].body)), chain)
        root_hash = sha256(head_root.body)
    return verify_head(
        directory.account,
        roots,
        root_hash,
        body=change.head.body,
        signature=change.head.signature,
        mark=None,
    )


@pytest.mark.parametrize("count", range(1, 6))
def test_added(home, count):
    """Principals stand at the end, in order, and the head names the tree over all entries."""
    ledger = begin(home, home.ana)
    first = ledger._head.count
    made = [ledger.add_keyset(ROBOT, Keyset.make(), flags=1, expires_ms=9) for _ in range(count)]
    assert [entry.index for entry in made] == list(range(first, first + count))
    change, place = ledger.finish()
    head = head_of(home, change)
    assert (head.count, head.tree_root) == (first + count, whole_tree(home, change))
    assert place.directory_rev == head.rev == ledger.rev
    home.run(home.ana.session.transport.call(CommitRequest(directory=change)))


def test_changed(home):
    """Changed entries keep their places; several and new ones go under one head."""
    ledger = begin(home, home.ana, home.cara.joined.user)
    ledger.add_keyset(ROBOT, Keyset.make())
    ledger.set_state(home.cara.joined.user, EntryState.SUSPENDED)
    change, _ = ledger.finish()
    assert head_of(home, change).tree_root == whole_tree(home, change)
    after = ledger.entry(home.cara.joined.user)
    assert (after.state, after.state_rev, after.entry_rev) == (2, ledger.rev, ledger.rev)


def test_nothing_changes_twice(home):
    """The state that a principal has already is no change."""
    ledger = begin(home, home.ana, home.cara.joined.user)
    ledger.set_state(home.cara.joined.user, EntryState.ACTIVE)
    assert ledger.finish()[0].entries == ()


def test_who_was_not_fetched(home):
    """Nothing is changed of a principal whose path was not fetched."""
    ledger = begin(home, home.ana)
    with pytest.raises(ConflictError):
        ledger.set_state(home.cara.joined.user, EntryState.SUSPENDED)


def test_listed(home):
    """Owners, administrators and their groups are neither suspended nor removed."""
    root = home.ana.session.directory.root
    listed = [home.ben.joined.user, home.ana.session.principal]
    listed += [root.owners_group, root.administrators_group]
    ledger = begin(home, home.ana, *listed)
    for principal in listed:
        for state in (EntryState.SUSPENDED, EntryState.REMOVED):
            with pytest.raises(ForbiddenError):
                ledger.set_state(principal, state)


def test_new_keys(home):
    """New keys are the current ones; the older ones end, or overlap if that is wanted."""
    for overlap in (False, True):
        ledger = begin(home, home.ana)
        entry = ledger.add_keyset(ROBOT, old := Keyset.make())
        new = Keyset.make()
        after = ledger.replace_keys(entry.principal, new, overlap=overlap)
        assert [row.number for row in after.keysets] == [1, 2]
        assert after.current.fp == new.fingerprint(entry.principal, ROBOT)
        assert after.keysets[0].until == (0 if overlap else ledger.rev)
        assert ledger.enc_pk(entry.principal) == new.enc_pk != old.enc_pk


def test_ends(home):
    """Keysets end by fingerprint, the current one never."""
    ledger = begin(home, home.ana)
    entry = ledger.add_keyset(ROBOT, Keyset.make())
    for _ in range(2):
        after = ledger.replace_keys(entry.principal, Keyset.make(), overlap=True)
    first, second, third = (row.fp for row in after.keysets)
    ledger.end_older_keys(entry.principal, {first, third})
    ends = {row.fp: row.until for row in ledger.entry(entry.principal).keysets}
    assert ends == {first: ledger.rev, second: 0, third: 0}


def test_many_keys(home):
    """A service account has at most 16 keysets; a group drops its oldest."""
    ledger = begin(home, home.ana)
    robot = ledger.add_keyset(ROBOT, Keyset.make()).principal
    group = ledger.add_keyset(PrincipalKind.GROUP, Keyset.make(), group=b"g" * 16).principal
    for _ in range(KEYSETS_PER_PRINCIPAL_MAX - 1):
        ledger.replace_keys(robot, Keyset.make())
        ledger.replace_keys(group, Keyset.make())
    assert len(ledger.entry(robot).keysets) == KEYSETS_PER_PRINCIPAL_MAX
    with pytest.raises(ForbiddenError):
        ledger.replace_keys(robot, Keyset.make())
    after = ledger.replace_keys(group, Keyset.make())
    numbers = [row.number for row in after.keysets]
    assert numbers == list(range(2, KEYSETS_PER_PRINCIPAL_MAX + 2))


def test_keys_of_role_groups(home):
    """The root document follows the keys of the two groups that it lists, of no other."""
    root = home.ana.session.directory.root
    ledger = begin(home, home.ana, *root.role_groups)
    ledger.replace_keys(root.team_members_group, Keyset.make())
    assert ledger.root == root
    owners = ledger.replace_keys(root.owners_group, Keyset.make())
    administrators = ledger.replace_keys(root.administrators_group, Keyset.make())
    after = ledger.root
    assert (after.version, after.from_rev) == (root.version + 1, ledger.rev)
    assert after.owners_group_fp == owners.current.fp
    assert after.administrators_group_fp == administrators.current.fp
    change, place = ledger.finish()
    assert head_of(home, change).root_version == after.version
    assert (place.root, place.root_hash) == (after, sha256(change.roots[-1].body))


def test_who_signs_root_documents(home):
    """An administrator does not change the root document, not even through a group's keys."""
    group = home.ana.session.directory.root.administrators_group
    ledger = begin(home, home.ben.engine, group)
    with pytest.raises(ForbiddenError):
        ledger.set_root(policy=b"{}")
    with pytest.raises(ForbiddenError):
        ledger.replace_keys(group, Keyset.make())


def test_who_may(home):
    """Owners may all, administrators all but roots, members nothing."""
    for engine, rules in (
        (home.ana, ()),
        (home.ben.engine, (need_owner,)),
        (home.cara.engine, (need_owner, need_listed)),
    ):
        for rule in (need_owner, need_listed):
            if rule in rules:
                with pytest.raises(ForbiddenError):
                    rule(engine.session)
            else:
                rule(engine.session)


def test_overtaken(home):
    """Of two ledgers on one head one is stored; the other is a conflict."""
    ledgers = [begin(home, home.ana) for _ in range(2)]
    changes = []
    for ledger in ledgers:
        ledger.add_keyset(ROBOT, Keyset.make())
        changes.append(ledger.finish()[0])
    call = home.ana.session.transport.call
    home.run(call(CommitRequest(directory=changes[0])))
    with pytest.raises(ConflictError):
        home.run(call(CommitRequest(directory=changes[1])))


def test_holders_of_an_older_head(home):
    """Keys are fetched under the head that was verified, or not at all."""
    session = home.ana.session
    home.run(session.sync())
    home.invite("late@example.org", by=home.ben.engine)
    with pytest.raises(ConflictError):
        home.run(fetch_holders(session, [parse_id(home.cara.id)]))
