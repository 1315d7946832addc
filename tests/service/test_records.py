"""Changes of access records and of the directory, as the service refuses them."""

import msgspec
import pytest

from strongroom.client.change.records import Identity, Recipient, make_container
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import ConflictError, ForbiddenError, IntegrityError, StrongroomError
from strongroom.limits import AUTHORITY_STEPS_MAX
from strongroom.permissions import ALL_BITS, SERVICE_ACCOUNT_WORDS
from strongroom.trust.merkle import fold_path, hash_leaf
from strongroom.wire.access import Authority, ContainerKind, parse_access
from strongroom.wire.messages import CommitRequest, PrincipalsRequest, RecordChange
from strongroom.wire.signed import SignedBody
from support.keeper import make_robot, next_head, next_record, rotation


@pytest.fixture
def writer(service_home, owner):
    """A service account that may write in the vault and make vaults."""
    mask = SERVICE_ACCOUNT_WORDS["write_items"]
    return make_robot(service_home, owner, mask, can_create_vaults=True)


@pytest.fixture
def plain(service_home, owner):
    """A service account that may write in the vault only."""
    return make_robot(service_home, owner, SERVICE_ACCOUNT_WORDS["write_items"])


@pytest.fixture
def manager(service_home, owner):
    """A service account that manages the vault."""
    return make_robot(service_home, owner, ALL_BITS)


def refusal(keeper, hand, **parts):
    with pytest.raises(StrongroomError) as caught:
        keeper.rehearse(CommitRequest(**parts), hand.me)
    return type(caught.value)


# -- access records --------------------------------------------------------------------


def test_next_record(keeper, owner):
    """The creator signs the next record; the same a second time is a conflict."""
    change = next_record(owner)
    keeper.call(CommitRequest(records=(change,)), owner.me)
    assert refusal(keeper, owner, records=(change,)) is ConflictError


def test_record_of_a_manager(keeper, manager):
    """A manager signs the next record under the one that names it."""
    container = manager.container
    authority = {
        "authority": Authority.MANAGER,
        "authority_rev": container.record.access_rev,
        "authority_hash": container.record_hash,
    }
    change = next_record(manager, **authority)
    keeper.call(CommitRequest(records=(change,)), manager.me)


RECORD_FAULTS = {
    "another predecessor": ({"previous": bytes(32)}, ConflictError),
    "a number left out": ({"access_rev": 9}, ConflictError),
    "two epochs at once": ({"epoch": 3, "link_hash": bytes(32)}, ConflictError),
    "another key in the same epoch": ({"key_id": bytes(16)}, ConflictError),
    "an older directory": ({"directory_rev": 0}, ConflictError),
    "a new epoch without its link": ({"epoch": 2, "link_hash": bytes(32)}, IntegrityError),
    "another signer": ({"signer": b"x" * 16}, ForbiddenError),
    "another keyset": ({"signer_fp": bytes(32)}, ForbiddenError),
}


@pytest.mark.parametrize(("facts", "kind"), RECORD_FAULTS.values(), ids=RECORD_FAULTS.keys())
def test_record_faults(keeper, owner, facts, kind):
    """A record that does not follow, or is signed by another, is refused."""
    assert refusal(keeper, owner, records=(next_record(owner, **facts),)) is kind


def test_rows_of_a_record(keeper, owner):
    """Nobody gets a row who is not in the directory, and none without its sealed key."""
    row, *others = owner.container.record.accessors
    unknown = msgspec.structs.replace(row, principal=b"\xff" * 16)
    other_key = msgspec.structs.replace(row, sealed_hash=bytes(32))
    for rows in ((row, *others, unknown), (other_key, *others)):
        change = next_record(owner, accessors=rows)
        assert refusal(keeper, owner, records=(change,)) is IntegrityError


def test_record_by_somebody_without_manage(keeper, writer):
    """A writer does not change who uses the vault."""
    for authority in Authority:
        change = next_record(writer, authority=authority)
        assert refusal(keeper, writer, records=(change,)) is ForbiddenError


FALSE_AUTHORITIES = {
    "as the creator": {"authority": Authority.CREATOR},
    "under a record that is none": {"authority": Authority.MANAGER, "authority_hash": bytes(32)},
    "under no record": {"authority": Authority.MANAGER},
}


@pytest.mark.parametrize("facts", FALSE_AUTHORITIES.values(), ids=FALSE_AUTHORITIES.keys())
def test_records_that_readers_would_refuse(keeper, manager, facts):
    """A manager's record whose authority does not hold is refused: it would close the vault."""
    refusal(keeper, manager, records=(next_record(manager, **facts),))


def managed(hand, before, **facts):
    """Return the facts of a record that rests on an earlier one."""
    record, record_hash = before
    named = {"authority_rev": record.access_rev, "authority_hash": record_hash}
    return {"authority": Authority.MANAGER} | named | facts


def test_chain_of_managers(keeper, service_home, manager):
    """A record rests on eight others at most: readers walk no further."""
    kept = (manager.container.record, manager.container.record_hash)
    for _ in range(AUTHORITY_STEPS_MAX):
        before = (manager.container.record, manager.container.record_hash)
        change = next_record(manager, **managed(manager, before))
        keeper.call(CommitRequest(records=(change,)), manager.me)
        service_home.run(manager.session.sync())
    before = (manager.container.record, manager.container.record_hash)
    too_long = next_record(manager, **managed(manager, before))
    assert refusal(keeper, manager, records=(too_long,)) is ForbiddenError
    short = next_record(manager, **managed(manager, kept))
    keeper.call(CommitRequest(records=(short,)), manager.me)
    fresh = service_home.owner()
    vault = fresh._session.need_container(manager.vault)
    assert vault.record.access_rev == kept[0].access_rev + AUTHORITY_STEPS_MAX + 1


def by_root(hand, **facts):
    root = hand.session.directory.root
    named = {
        "authority": Authority.ROOT,
        "authority_rev": root.version,
        "authority_hash": hand.session.directory.root_hash(root.version),
    }
    return next_record(hand, **(named | facts))


FALSE_ROOTS = {
    "another version": {"authority_rev": 1},
    "another hash": {"authority_hash": bytes(32)},
    "through a group": {"via": b"g" * 16},
    "with the record of a group": {"group_hash": bytes(32)},
}


@pytest.mark.parametrize("facts", FALSE_ROOTS.values(), ids=FALSE_ROOTS.keys())
def test_record_by_root(keeper, owner, facts):
    """An owner signs under the newest root document, and as itself."""
    keeper.rehearse(CommitRequest(records=(by_root(owner),)), owner.me)
    assert refusal(keeper, owner, records=(by_root(owner, **facts),)) is ForbiddenError


FALSE_CREATORS = {
    "with a number": {"authority_rev": 1},
    "with a record": {"authority_hash": bytes(32)},
    "through a group": {"via": b"g" * 16},
    "with the record of a group": {"group_hash": bytes(32)},
}


@pytest.mark.parametrize("facts", FALSE_CREATORS.values(), ids=FALSE_CREATORS.keys())
def test_record_by_the_creator(keeper, owner, facts):
    """A creator signs without naming any authority, the first record and later ones."""
    assert refusal(keeper, owner, records=(next_record(owner, **facts),)) is ForbiddenError
    change = new_container(owner, ContainerKind.VAULT)
    record = msgspec.structs.replace(parse_access(change.record.body), **facts)
    body = record.encode()
    signed = SignedBody(body, owner.session.keyset.sign(body))
    false = msgspec.structs.replace(change, record=signed)
    assert refusal(keeper, owner, records=(false,)) is IntegrityError


def test_link_of_the_same_epoch(keeper, owner):
    """The link of an epoch is named as it was before."""
    rotated = rotation(owner)
    keeper.rehearse(CommitRequest(records=(rotated,)), owner.me)
    record = parse_access(rotated.record.body)
    body = msgspec.structs.replace(
        record,
        access_rev=record.access_rev + 1,
        previous=sha256(rotated.record.body),
        link_hash=bytes(32),
    ).encode()
    other = RecordChange(record=SignedBody(body, owner.session.keyset.sign(body)))
    assert refusal(keeper, owner, records=(rotated, other)) is ConflictError


def new_container(hand, kind, *, subtype=0):
    session = hand.session
    me = Recipient(session.principal, session.kind, session.fp, session.keyset.enc_pk, ALL_BITS)
    identity = Identity.make(kind, hand.me, subtype=subtype)
    rows = [] if kind == ContainerKind.GROUP else [me]
    return make_container(session.place(), identity, rows, session.keyset).change


def test_who_makes_vaults(keeper, service_home, writer, plain):
    """A service account makes vaults only if it was allowed to."""
    service_home.run(writer.session.sync())
    keeper.rehearse(CommitRequest(records=(new_container(writer, ContainerKind.VAULT),)), writer.me)
    change = new_container(plain, ContainerKind.VAULT)
    assert refusal(keeper, plain, records=(change,)) is ForbiddenError


def test_containers_are_made_once(keeper, owner):
    """A container that is there, or was there a moment ago, is not made again."""
    change = new_container(owner, ContainerKind.VAULT)
    assert refusal(keeper, owner, records=(change, change)) is ConflictError


def test_what_owners_make(keeper, owner):
    """An owner makes vaults for everyone, but no second container of names."""
    change = new_container(owner, ContainerKind.VAULT, subtype=2)
    keeper.rehearse(CommitRequest(records=(change,)), owner.me)
    names = new_container(owner, ContainerKind.ACCOUNT)
    assert refusal(keeper, owner, records=(names,)) is ForbiddenError


def test_personal_vaults_are_ones_own(keeper, owner, writer):
    """A personal vault has nobody in it but its maker."""
    session = owner.session
    request = PrincipalsRequest(principals=(writer.me,))
    (proof,) = keeper.call(request, owner.me).proofs
    entry = session.directory.add_entry(proof)
    people = [
        Recipient(hand.me, hand.session.kind, hand.session.fp, hand.session.keyset.enc_pk, ALL_BITS)
        for hand in (owner, writer)
    ]
    assert entry.current.fp == writer.session.fp
    identity = Identity.make(ContainerKind.VAULT, owner.me, subtype=1)
    alone, shared = (
        make_container(session.place(), identity, rows, session.keyset).change
        for rows in (people[:1], people)
    )
    # The first one is there since the account was made, so alone it is only one too many.
    assert refusal(keeper, owner, records=(alone,)) is ConflictError
    assert refusal(keeper, owner, records=(shared,)) is ForbiddenError


NOT_FOR_MEMBERS = {
    "an environment without the flag": (ContainerKind.ENVIRONMENT, 0),
    "a vault for everyone": (ContainerKind.VAULT, 2),
    "a group": (ContainerKind.GROUP, 0),
    "a second container of names": (ContainerKind.ACCOUNT, 0),
    "a personal vault": (ContainerKind.VAULT, 1),
}


@pytest.mark.parametrize(("kind", "subtype"), NOT_FOR_MEMBERS.values(), ids=NOT_FOR_MEMBERS.keys())
def test_what_service_accounts_do_not_make(keeper, service_home, writer, plain, kind, subtype):
    """Who may make vaults does not thereby make groups, names or personal vaults."""
    hand = plain if kind == ContainerKind.ENVIRONMENT else writer
    service_home.run(hand.session.sync())
    change = new_container(hand, kind, subtype=subtype)
    assert refusal(keeper, hand, records=(change,)) in (ForbiddenError, IntegrityError)


# -- the directory -----------------------------------------------------------------------


def tree_with(keeper, owner, entry, *, place_of):
    """Return the fact of the tree in which an entry stands at the place of a principal."""
    request = PrincipalsRequest(principals=(place_of,))
    (proof,) = keeper.call(request, owner.me).proofs
    head = owner.session.directory.head
    leaf = hash_leaf(msgspec.structs.replace(entry, entry_rev=head.rev + 1).encode())
    return {"tree_root": fold_path(leaf, index=entry.index, count=head.count, path=proof.path)}


def own_entry(hand):
    return hand.session.directory.need_entry(hand.me)


def test_directory_change(keeper, owner):
    """An owner stores an entry anew under the next head."""
    entry = own_entry(owner)
    tree = tree_with(keeper, owner, entry, place_of=owner.me)
    change = next_head(owner, entry, **tree)
    keeper.rehearse(CommitRequest(directory=change), owner.me)


def test_directory_is_for_administrators(keeper, writer):
    """A service account does not change the directory."""
    change = next_head(writer, own_entry(writer))
    assert refusal(keeper, writer, directory=change) is ForbiddenError


HEAD_FAULTS = {
    "another predecessor": ({"previous": bytes(32)}, ConflictError),
    "a rev left out": ({"rev": 10**6}, ConflictError),
    "another tree": ({"tree_root": bytes(32)}, IntegrityError),
    "another count": ({"count": 999}, IntegrityError),
    "another generation": ({"generation": 7}, IntegrityError),
    "another account": ({"account": b"B" * 16}, IntegrityError),
    "another root document": ({"root_hash": bytes(32)}, IntegrityError),
    "another version of it": ({"root_version": 1}, IntegrityError),
    "another signer": ({"signer": b"x" * 16}, ForbiddenError),
}


@pytest.mark.parametrize(("facts", "kind"), HEAD_FAULTS.values(), ids=HEAD_FAULTS.keys())
def test_head_faults(keeper, owner, facts, kind):
    """A head that readers would refuse is not stored: nobody could open the account after it."""
    entry = own_entry(owner)
    tree = tree_with(keeper, owner, entry, place_of=owner.me)
    change = next_head(owner, entry, **(tree | facts))
    assert refusal(keeper, owner, directory=change) is kind


def test_places_are_not_given_away(keeper, owner, writer):
    """The place of one principal is never taken by another: who knows the first refuses it."""
    first = owner.session.directory.root.team_members_group
    (proof,) = keeper.call(PrincipalsRequest(principals=(first,)), owner.me).proofs
    place = owner.session.directory.add_entry(proof).index
    moved = msgspec.structs.replace(own_entry(writer), index=place)
    tree = tree_with(keeper, owner, moved, place_of=first)
    change = next_head(owner, moved, **tree)
    refusal(keeper, owner, directory=change)


def test_keysets_are_not_rewritten(keeper, owner):
    """An entry that rewrites an earlier keyset is refused before readers have to."""
    entry = own_entry(owner)
    rewritten = msgspec.structs.replace(entry.keysets[0], since=0)
    changed = msgspec.structs.replace(entry, keysets=(rewritten,))
    tree = tree_with(keeper, owner, changed, place_of=owner.me)
    change = next_head(owner, changed, **tree)
    refusal(keeper, owner, directory=change)
