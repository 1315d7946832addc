"""The rows of access records: who may have one, who leaves how, and what groups need."""

import msgspec
import pytest

from strongroom.client.change.change import Change
from strongroom.client.change.holders import fetch_holders
from strongroom.client.change.roles import MANAGER, MEMBER
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import (
    ForbiddenError,
    InputError,
    IntegrityError,
    StrongroomError,
)
from strongroom.ids import format_id, parse_id
from strongroom.limits import DELETED_KEPT_MS
from strongroom.permissions import (
    ALL_BITS,
    CREATE_ITEMS,
    MANAGE_VAULT,
    READ_ITEMS,
    REVEAL_ITEM_PASSWORD,
    SERVICE_ACCOUNT_WORDS,
    UPDATE_ITEMS,
)
from strongroom.service.authority import current_record
from strongroom.wire.access import Accessor
from strongroom.wire.entries import EntryState
from strongroom.wire.messages import CommitRequest, SealedRow, SyncRequest
from support.homes import make_home
from support.keeper import Hand, keeper_of, make_robot, next_record, resealed, rotation

WRITE = SERVICE_ACCOUNT_WORDS["write_items"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = make_home(tmp_path_factory.mktemp("rows"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def keeper(home):
    made = keeper_of(home)
    yield made
    made.close()


@pytest.fixture
def owner(home):
    """The owner's hand in a vault of this test's own."""
    engine = home.owner()
    return Hand(engine, parse_id(home.run(engine.vaults.create("vault"))["id"]))


@pytest.fixture
def robot(home, owner):
    """A service account that writes in that vault."""
    return make_robot(home, owner, WRITE)


def rehearse(keeper, hand, **parts):
    keeper.rehearse(CommitRequest(**parts), hand.me)


def refusal(keeper, hand, **parts):
    with pytest.raises(StrongroomError) as caught:
        rehearse(keeper, hand, **parts)
    return type(caught.value)


def rows_of(hand):
    return hand.container.record.accessors


def without(hand, principal):
    return tuple(row for row in rows_of(hand) if row.principal != principal)


def with_bits(rows, principal, bits):
    return tuple(
        msgspec.structs.replace(row, permissions=bits) if row.principal == principal else row
        for row in rows
    )


# -- leaving -----------------------------------------------------------------------------


def test_nobody_leaves_without_a_new_key(keeper, owner, robot):
    """Who loses a row could have held the key: the record without it begins an epoch."""
    rest = without(owner, robot.me)
    assert refusal(keeper, owner, records=(next_record(owner, accessors=rest),)) is IntegrityError
    rehearse(keeper, owner, records=(rotation(owner, rest),))


def test_nobody_stops_managing_a_group_without_a_new_key(home, keeper):
    """MANAGE in a group ends with the epoch, so whoever loses it must not keep the epoch."""
    engine = home.owner()
    group = home.run(engine.groups.create("crew"))["id"]
    ben = home.invite("lower@example.org").user
    home.run(engine.groups.add(group, format_id(ben), role="manager"))
    hand = Hand(engine, parse_id(group))
    lower = with_bits(rows_of(hand), ben, MEMBER)
    assert refusal(keeper, hand, records=(next_record(hand, accessors=lower),)) is IntegrityError
    higher = with_bits(rows_of(hand), ben, ALL_BITS)
    rehearse(keeper, hand, records=(next_record(hand, accessors=higher),))


def test_kept_rows_keep_their_keys(keeper, owner, robot):
    """Whoever manages would otherwise shut out the others, or write to a key of its own."""
    rows = tuple(
        msgspec.structs.replace(row, sealed_hash=sha256(b"other"))
        if row.principal == robot.me
        else row
        for row in rows_of(owner)
    )
    sealed = tuple(
        SealedRow(row.principal, row.fp, b"other") for row in rows if row.principal == robot.me
    )
    change = msgspec.structs.replace(next_record(owner, accessors=rows), sealed=sealed)
    assert refusal(keeper, owner, records=(change,)) is IntegrityError
    rehearse(keeper, owner, records=(rotation(owner),))


def test_nobody_else_stands_in_a_personal_vault(home, keeper):
    """Its owner's client would not open it any more."""
    engine = home.owner()
    home.run(engine.ensure_personal())
    (personal,) = (row.id for row in engine.session.containers.values() if row.record.is_personal)
    hand = Hand(engine, personal)
    row = rows_of(hand)[0]
    other = home.run(engine.vaults.create("other"))["id"]
    robot = make_robot(home, Hand(engine, parse_id(other)), WRITE)
    guest = msgspec.structs.replace(row, principal=robot.me)
    rows = tuple(sorted((row, guest), key=lambda one: one.principal))
    assert refusal(keeper, hand, records=(next_record(hand, accessors=rows),)) is ForbiddenError
    rehearse(keeper, hand, records=(next_record(hand, accessors=(row,)),))


def test_a_new_key_is_sealed_to_everybody(keeper, owner, robot):
    """A rotation that keeps an older sealed key would tell the old key as the new one."""
    change = rotation(owner)
    short = msgspec.structs.replace(change, sealed=change.sealed[1:])
    assert refusal(keeper, owner, records=(short,)) is IntegrityError
    old = next_record(
        owner, epoch=2, key_id=b"k" * 16, link_hash=sha256(b"link"), accessors=rows_of(owner)
    )
    old = msgspec.structs.replace(old, link=b"link")
    assert refusal(keeper, owner, records=(old,)) is IntegrityError


def test_a_row_of_another_keyset_is_another_row(keeper, owner, robot):
    """Rows are told apart by principal and keyset; one does not stand for the other."""
    swapped = tuple(
        msgspec.structs.replace(row, fp=b"o" * 32) if row.principal == robot.me else row
        for row in rows_of(owner)
    )
    change = next_record(owner, accessors=swapped)
    assert refusal(keeper, owner, records=(change,)) is IntegrityError


# -- who may have a row --------------------------------------------------------------------


def change_state(home, owner, principal, state):
    async def work():
        await owner.session.sync()
        change = await Change.begin(owner.session, principals=[principal])
        change.ledger.set_state(principal, state)
        await owner.session.transport.call(change.request())
        await owner.session.sync()

    home.run(work())


@pytest.mark.parametrize("state", [EntryState.SUSPENDED, EntryState.REMOVED])
def test_inactive_accessors(keeper, home, owner, robot, state):
    """The next record has no row of somebody who is not active, nor a new one for them."""
    change_state(home, owner, robot.me, state)
    assert refusal(keeper, owner, records=(next_record(owner),)) is IntegrityError
    assert refusal(keeper, owner, records=(rotation(owner),)) is IntegrityError
    rehearse(keeper, owner, records=(rotation(owner, without(owner, robot.me)),))


def new_keys(home, owner, robot, **options):
    """Give the service account new keys; return the old fingerprint and the new one."""
    old = robot.session.fp
    engine = home.owner()
    home.run(engine.service_accounts.rotate(format_id(robot.me), **options))
    home.run(owner.session.sync())
    holders = home.run(fetch_holders(owner.session, [robot.me]))
    return old, holders.need(robot.me).entry.current.fp


def test_rows_of_two_keysets(keeper, home, owner, robot):
    """While two keysets overlap both rows stay; no new row is given to the older one."""
    old, new = new_keys(home, owner, robot, old_ends_ms=home.clock() + 10**6)
    mine = [row for row in rows_of(owner) if row.principal == robot.me]
    assert {row.fp for row in mine} == {old, new}
    rehearse(keeper, owner, records=(next_record(owner),))
    engine = owner.engine
    other = Hand(engine, parse_id(home.run(engine.vaults.create("other"))["id"]))
    for fp, may in ((new, True), (old, False)):
        row = Accessor(robot.me, robot.session.kind, fp, WRITE, sha256(b"key"))
        rows = tuple(sorted((*rows_of(other), row), key=lambda one: (one.principal, one.fp)))
        change = next_record(other, accessors=rows)
        change = msgspec.structs.replace(change, sealed=(SealedRow(robot.me, fp, b"key"),))
        if may:
            rehearse(keeper, other, records=(change,))
        else:
            assert refusal(keeper, other, records=(change,)) is IntegrityError


def test_ended_keysets(keeper, home, owner, robot):
    """A row of a keyset that has ended does not stay: its holder may be a thief."""
    before = rows_of(owner)
    new_keys(home, owner, robot)
    stale = rotation(owner, before)
    assert refusal(keeper, owner, records=(stale,)) is IntegrityError
    rehearse(keeper, owner, records=(next_record(owner),))


def test_kind_of_an_accessor(keeper, owner, robot):
    """A row names the kind that the accessor's entry has."""
    rows = tuple(
        msgspec.structs.replace(row, kind=1) if row.principal == robot.me else row
        for row in rows_of(owner)
    )
    change = next_record(owner, accessors=rows)
    assert refusal(keeper, owner, records=(change,)) is IntegrityError


# -- masks -------------------------------------------------------------------------------

MASKS = {
    "nothing": (0, True),
    "reading": (READ_ITEMS, True),
    "revealing without reading": (REVEAL_ITEM_PASSWORD, False),
    "creating without reading": (CREATE_ITEMS, False),
    "the example as it is asked for": (READ_ITEMS | CREATE_ITEMS | UPDATE_ITEMS, False),
    "the example as it is stored": (
        READ_ITEMS | CREATE_ITEMS | UPDATE_ITEMS | REVEAL_ITEM_PASSWORD,
        True,
    ),
    "a reserved bit": (READ_ITEMS | 1, False),
}


@pytest.mark.parametrize(("mask", "may"), MASKS.values(), ids=MASKS.keys())
def test_masks(keeper, owner, robot, mask, may):
    """A mask that lacks a needed bit is not stored, nor one with unknown bits."""
    change = next_record(owner, accessors=with_bits(rows_of(owner), robot.me, mask))
    if may:
        rehearse(keeper, owner, records=(change,))
    else:
        assert refusal(keeper, owner, records=(change,)) is InputError


def test_somebody_manages(keeper, owner):
    """A container is not left to nobody who may manage it."""
    rows = [msgspec.structs.replace(row, permissions=READ_ITEMS) for row in rows_of(owner)]
    nobody = next_record(owner, accessors=tuple(rows))
    assert refusal(keeper, owner, records=(nobody,)) is ForbiddenError
    rows[0] = msgspec.structs.replace(rows[0], permissions=MANAGE_VAULT)
    rehearse(keeper, owner, records=(next_record(owner, accessors=tuple(rows)),))
    assert refusal(keeper, owner, records=(rotation(owner, ()),)) is ForbiddenError


# -- groups ------------------------------------------------------------------------------


@pytest.fixture
def group(home, owner):
    """A group whose maker is its only member."""
    made = parse_id(home.run(owner.engine.groups.create("Ops"))["id"])
    home.run(owner.session.sync())
    return Hand(owner.engine, made)


def rotated(home, group):
    """Return a request that rotates a group: its entry under a new head, and its record."""

    async def work():
        session = group.session
        await session.sync()
        change = await Change.begin(session, containers=[group.container])
        change._plans.clear()
        change.set_rights(group.container, {group.me: MANAGER})
        plan = change._plans[group.vault]
        change._plans[group.vault] = msgspec.structs.replace(
            plan, key=change._next_key(group.container)
        )
        return change.request()

    return home.run(work())


def test_rotation_of_a_group(keeper, home, group):
    """A group's new keys come with the record that gives them to its members."""
    request = rotated(home, group)
    keeper.rehearse(request, group.me)
    for half in (
        msgspec.structs.replace(request, records=()),
        msgspec.structs.replace(request, directory=None),
    ):
        with pytest.raises(StrongroomError):
            keeper.rehearse(half, group.me)


def test_epoch_of_a_group(keeper, group):
    """A group's epochs are its keysets: no record is ahead of its entry."""
    assert refusal(keeper, group, records=(rotation(group),)) is IntegrityError


def test_keys_without_record(keeper, home, group):
    """New keys in a group's entry alone would shut out every member, so they are refused."""
    request = msgspec.structs.replace(rotated(home, group), records=())
    with pytest.raises(IntegrityError):
        keeper.rehearse(request, group.me)


def test_group_without_record(keeper, home, owner):
    """A new group comes with its record."""

    async def work():
        session = owner.session
        change = await Change.begin(session, principals=[session.principal])
        change.ledger.add_keyset(2, session.keyset, group=b"g" * 16)
        return change.request()

    with pytest.raises(IntegrityError):
        keeper.rehearse(home.run(work()), owner.me)


def test_role_groups_stay(keeper, home, owner):
    """The account's own groups are neither suspended nor removed."""

    async def work(group, state):
        session = owner.session
        change = await Change.begin(session, principals=[group])
        change.ledger._put(
            msgspec.structs.replace(change.entry(group), state=state, state_rev=change.ledger.rev)
        )
        return change.request()

    for group in owner.session.directory.root.role_groups:
        for state in (EntryState.SUSPENDED, EntryState.REMOVED):
            with pytest.raises((ForbiddenError, IntegrityError)):
                keeper.rehearse(home.run(work(group, state)), owner.me)


@pytest.fixture
def member(home, owner, group):
    """A member of that group, which has all rights in the owner's vault."""
    number = len(home.opened)
    joined = home.invite(f"m{number}@example.org", by=owner.engine)
    engine = owner.engine
    home.run(engine.groups.add(format_id(group.vault), format_id(joined.user)))
    home.run(engine.access.grant(format_id(owner.vault), {format_id(group.vault): ALL_BITS}))
    home.run(owner.session.sync())
    hand = Hand(home.open_as(joined), owner.vault)
    home.run(hand.session.sync())
    return hand


def test_deleted_groups(keeper, home, owner, group, member):
    """From its deletion on nobody acts through a group, and its records stay to be read."""
    seen = keeper.call(SyncRequest(root_version=0), member.me)
    assert owner.vault in {row.id for row in seen.containers}
    change_state(home, owner, group.vault, EntryState.REMOVED)
    seen = keeper.call(SyncRequest(root_version=0), member.me)
    assert not {owner.vault, group.vault} & {row.id for row in seen.containers}

    async def work(session):
        return await current_record(session, keeper.account, group.vault)

    assert keeper.store.read(work) is None
    count = "SELECT count(*) FROM access_records WHERE account = :account AND container = :group"

    async def purged(session):
        return await session.one(count, account=keeper.account, group=group.vault)

    before = keeper.store.read(purged)
    later = home.clock() + DELETED_KEPT_MS + 10**6
    request = CommitRequest(records=(rotation(owner, without(owner, group.vault)),))
    keeper.call(request, owner.me, now=later)
    assert keeper.store.read(purged) == before != (0,)


def test_groups_do_not_come_back(keeper, home, owner, group):
    """A deleted group stays deleted; its record does not change any more."""
    change_state(home, owner, group.vault, EntryState.REMOVED)
    with pytest.raises(ForbiddenError):
        change_state(home, owner, group.vault, EntryState.ACTIVE)


def test_members_are_users(keeper, home, owner, group, robot):
    """Neither a service account nor a group becomes a member of a group."""
    home.run(group.session.sync())
    row = Accessor(robot.me, robot.session.kind, robot.session.fp, MEMBER, sha256(b"key"))
    rows, sealed = resealed((row,))
    accessors = tuple(sorted((*rows_of(group), *rows), key=lambda one: (one.principal, one.fp)))
    change = next_record(group, accessors=accessors)
    change = msgspec.structs.replace(change, sealed=sealed)
    assert refusal(keeper, group, records=(change,)) is IntegrityError


def test_unknown_groups(keeper, owner):
    """A record is not for a group that is in no directory."""
    row = Accessor(b"g" * 16, 2, b"f" * 32, READ_ITEMS, sha256(b"key"))
    accessors = tuple(sorted((*rows_of(owner), row), key=lambda one: (one.principal, one.fp)))
    change = next_record(owner, accessors=accessors)
    change = msgspec.structs.replace(change, sealed=(SealedRow(row.principal, row.fp, b"key"),))
    assert refusal(keeper, owner, records=(change,)) is IntegrityError
