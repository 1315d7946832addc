"""New root documents: a false one would close the account to everybody, so it is refused."""

import msgspec
import pytest

from strongroom.client.change.holders import fetch_holders
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    IntegrityError,
    StrongroomError,
)
from strongroom.ids import parse_id
from strongroom.limits import RESTORE_REV_STEP
from strongroom.permissions import ALL_BITS
from strongroom.wire.messages import CommitRequest, DirectoryChange
from strongroom.wire.roots import RootSigner
from strongroom.wire.signed import SignedBody, SignedRoot
from support.homes import make_home
from support.keeper import Hand, keeper_of, make_robot


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = make_home(tmp_path_factory.mktemp("roots"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def keeper(home):
    made = keeper_of(home)
    yield made
    made.close()


@pytest.fixture(scope="module")
def owner(home):
    """The owner's hand."""
    engine = home.owner()
    vault = home.run(engine.vaults.create("vault"))
    return Hand(engine, parse_id(vault["id"]))


@pytest.fixture(scope="module")
def people(home, owner):
    """An administrator, a member, and one who was suspended, by name."""
    roles = {"ben": "administrator", "cara": "member", "dan": "member"}
    joined = {name: home.invite(f"{name}@example.org", role=roles[name]) for name in roles}
    home.run(owner.engine.users.suspend("dan@example.org"))
    home.run(owner.session.sync())
    return joined


def next_root(hand, **facts):
    directory = hand.session.directory
    before = directory.root
    usual = {
        "version": before.version + 1,
        "previous": directory.root_hash(before.version),
        "from_rev": directory.head.rev + 1,
    }
    return msgspec.structs.replace(before, **(usual | facts))


def signed_root(hand, root):
    body = root.encode()
    return SignedRoot(body, ((hand.me, hand.session.keyset.sign(body)),))


def change_to(hand, *roots, signed=None, **facts):
    """Return a change to root documents, without entries; facts of the head may differ."""
    before, newest = hand.session.directory.head, roots[-1]
    usual = {
        "rev": before.rev + 1,
        "previous": sha256(before.encode()),
        "generation": newest.generation,
        "root_version": newest.version,
        "root_hash": sha256(newest.encode()),
        "signer": hand.me,
    }
    body = msgspec.structs.replace(before, **(usual | facts)).encode()
    head = SignedBody(body, hand.session.keyset.sign(body))
    return DirectoryChange((), head, signed or tuple(signed_root(hand, one) for one in roots))


def accept(keeper, hand, change):
    keeper.rehearse(CommitRequest(directory=change), hand.me)


def refusal(keeper, hand, change):
    with pytest.raises(StrongroomError) as caught:
        accept(keeper, hand, change)
    return type(caught.value)


def hand_of(home, joined, vault):
    hand = Hand(home.open_as(joined), vault)
    home.run(hand.session.sync())
    return hand


def row_of(hand, who, **changes):
    """Return a person's row for a list of owners or administrators."""
    entry = hand.session.directory.need_entry(who)
    row = RootSigner(who, entry.current.fp, entry.current.sign_pk)
    return msgspec.structs.replace(row, **changes)


def seen(home, owner, principal):
    """Make the owner's client see an entry."""
    home.run(owner.session.sync())
    home.run(fetch_holders(owner.session, [principal]))
    return principal


def test_new_root_document(keeper, owner, people):
    """An owner signs the next root document, with the head that names it."""
    accept(
        keeper, owner, change_to(owner, next_root(owner, policy=b'{"membersCreateVaults":true}'))
    )


@pytest.mark.parametrize("name", ["ben", "cara"])
def test_owners_only(home, keeper, owner, people, name):
    """Neither an administrator nor a member signs root documents."""
    hand = hand_of(home, people[name], owner.vault)
    assert refusal(keeper, hand, change_to(hand, next_root(hand))) is ForbiddenError


def test_an_owners_document_stored_by_another(home, keeper, owner, people):
    """A root document that an owner signed is not stored by somebody else."""
    ben = hand_of(home, people["ben"], owner.vault)
    root = next_root(owner)
    change = change_to(ben, root, signed=(signed_root(owner, root),))
    assert refusal(keeper, ben, change) is ForbiddenError


def test_one_signature(keeper, owner, people):
    """A root document carries the signature of its owner and nothing beside it."""
    root = next_root(owner)
    plain = signed_root(owner, root)
    for signatures in ((), (*plain.signatures, (b"x" * 16, bytes(64)))):
        change = change_to(owner, root, signed=(SignedRoot(plain.body, signatures),))
        assert refusal(keeper, owner, change) is ForbiddenError
    ((signer, _),) = plain.signatures
    false = SignedRoot(plain.body, ((signer, bytes(64)),))
    assert refusal(keeper, owner, change_to(owner, root, signed=(false,))) is IntegrityError


ROOT_FAULTS = {
    "a version left out": ({"version": 9}, IntegrityError),
    "another predecessor": ({"previous": bytes(32)}, IntegrityError),
    "another account": ({"account": b"B" * 16}, IntegrityError),
    "in force before": ({"from_rev": 2}, IntegrityError),
    "other owners": ({"owners_group": b"g" * 16}, IntegrityError),
    "other administrators": ({"administrators_group": b"g" * 16}, IntegrityError),
    "other members": ({"team_members_group": b"g" * 16}, IntegrityError),
    "other keys of the owners": ({"owners_group_fp": bytes(32)}, IntegrityError),
    "other keys of the administrators": ({"administrators_group_fp": bytes(32)}, IntegrityError),
    "two generations at once": ({"generation": 2}, IntegrityError),
}


@pytest.mark.parametrize(("facts", "kind"), ROOT_FAULTS.values(), ids=ROOT_FAULTS.keys())
def test_root_faults(keeper, owner, people, facts, kind):
    """A root document that does not follow, or lists false groups, is refused."""
    assert refusal(keeper, owner, change_to(owner, next_root(owner, **facts))) is kind


def test_not_with_its_head(keeper, owner, people):
    """A root document names the head that it comes with."""
    head = owner.session.directory.head
    for rev in (head.rev, head.rev + 2):
        root = next_root(owner, from_rev=rev)
        assert refusal(keeper, owner, change_to(owner, root)) is IntegrityError


def test_two_at_once(keeper, owner, people):
    """Without a restored file there is one new root document under a head."""
    root = next_root(owner)
    head = owner.session.directory.head
    second = msgspec.structs.replace(
        root, version=root.version + 1, previous=sha256(root.encode()), from_rev=head.rev + 1
    )
    first = msgspec.structs.replace(root, from_rev=head.rev)
    second = msgspec.structs.replace(second, previous=sha256(first.encode()))
    assert refusal(keeper, owner, change_to(owner, first, second)) is IntegrityError


def test_the_head_names_it(keeper, owner, people):
    """The head that comes with a root document names it, not the one before."""
    before = owner.session.directory.root
    old = {"root_version": before.version, "root_hash": sha256(before.encode())}
    assert refusal(keeper, owner, change_to(owner, next_root(owner), **old)) is IntegrityError


# -- who is listed -----------------------------------------------------------------------


def listing(owner, row, *, where="administrators"):
    before = getattr(owner.session.directory.root, where)
    return change_to(owner, next_root(owner, **{where: tuple(sorted((*before, row)))}))


def test_listing(home, keeper, owner, people):
    """An active person is listed under the keys of its entry."""
    cara = seen(home, owner, people["cara"].user)
    for where in ("owners", "administrators"):
        accept(keeper, owner, listing(owner, row_of(owner, cara), where=where))


FALSE_ROWS = {
    "other keys": {"fp": bytes(32)},
    "another key to sign with": {"sign_pk": b"k" * 32},
    "an unknown person": {"principal": b"x" * 16},
}


@pytest.mark.parametrize("facts", FALSE_ROWS.values(), ids=FALSE_ROWS.keys())
def test_false_rows(home, keeper, owner, people, facts):
    """Nobody is listed who is not in the directory under those keys."""
    row = row_of(owner, seen(home, owner, people["cara"].user), **facts)
    for where in ("owners", "administrators"):
        assert refusal(keeper, owner, listing(owner, row, where=where)) is IntegrityError


def test_listing_the_suspended(home, keeper, owner, people):
    """Who is suspended is not listed."""
    row = row_of(owner, seen(home, owner, people["dan"].user))
    assert refusal(keeper, owner, listing(owner, row)) is IntegrityError


def test_listing_a_service_account(home, keeper, owner, people):
    """Owners and administrators are people."""
    robot = make_robot(home, owner, ALL_BITS)
    row = row_of(owner, seen(home, owner, robot.me))
    assert refusal(keeper, owner, listing(owner, row)) is IntegrityError


def test_without_owners(keeper, owner, people):
    """An account without owners is not stored: nobody could change it any more."""
    assert refusal(keeper, owner, change_to(owner, next_root(owner, owners=()))) is IntegrityError


# -- revs and generations ------------------------------------------------------------------


@pytest.mark.parametrize("step", [0, 2, RESTORE_REV_STEP])
def test_revs_are_not_skipped(keeper, owner, people, step):
    """In one generation every head is one above the one before."""
    rev = owner.session.directory.head.rev + step
    change = change_to(owner, next_root(owner, from_rev=rev), rev=rev)
    assert refusal(keeper, owner, change) in (ConflictError, IntegrityError)


STEPS = {
    "one less": (RESTORE_REV_STEP - 1, False),
    "exactly": (RESTORE_REV_STEP, True),
    "one more": (RESTORE_REV_STEP + 1, True),
}


@pytest.mark.parametrize(("step", "may"), STEPS.values(), ids=STEPS.keys())
def test_step_of_a_restore(keeper, owner, people, step, may):
    """A new generation starts at least 1,000,000 revs further on."""
    directory = owner.session.directory
    rev = directory.head.rev + step
    root = next_root(owner, from_rev=rev, generation=directory.root.generation + 1)
    change = change_to(owner, root, rev=rev)
    if may:
        accept(keeper, owner, change)
    else:
        assert refusal(keeper, owner, change) is ConflictError


def test_older_generation(keeper, home, owner, people):
    """A generation never falls; the head has that of its root document."""
    root = next_root(owner, generation=1, from_rev=owner.session.directory.head.rev + 10**7)
    assert (
        refusal(keeper, owner, change_to(owner, root, rev=root.from_rev, generation=0))
        is IntegrityError
    )
    back = msgspec.structs.replace(
        root,
        version=root.version + 1,
        previous=sha256(root.encode()),
        generation=0,
        from_rev=root.from_rev + 1,
    )
    change = change_to(owner, root, back, rev=back.from_rev)
    assert refusal(keeper, owner, change) is IntegrityError


def test_several_of_a_restored_file(keeper, owner, people):
    """After a restore the lost root documents come again, below the one that accepts it."""
    head = owner.session.directory.head
    lost = next_root(owner, from_rev=head.rev + 5, policy=b'{"membersCreateVaults":true}')
    accepting = msgspec.structs.replace(
        lost,
        version=lost.version + 1,
        previous=sha256(lost.encode()),
        generation=lost.generation + 1,
        from_rev=head.rev + RESTORE_REV_STEP + 5,
    )
    accept(keeper, owner, change_to(owner, lost, accepting, rev=accepting.from_rev))
