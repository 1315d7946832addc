"""A group's record counts while those stand who signed it and what it rests on (section 6)."""

import msgspec
import pytest

from strongroom.client.change.roles import MEMBER
from strongroom.client.people import groups, users
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import ForbiddenError, RotationDueError
from strongroom.ids import format_id, parse_id
from strongroom.permissions import ALL_BITS, SERVICE_ACCOUNT_WORDS
from strongroom.wire.access import Accessor
from strongroom.wire.messages import CommitRequest, SealedRow
from support.homes import login, make_home
from support.keeper import Hand, keeper_of, next_record
from support.people import join, thief_opens

WRITE = SERVICE_ACCOUNT_WORDS["write_items"]


@pytest.fixture
def home(tmp_path):
    """An administrator's group, of which the owner is no member, that may write in a vault."""
    made = make_home(tmp_path)
    made.ana = made.owner()
    made.ben = join(made, "Ben", role="administrator", by=made.ana)
    made.cara, made.dan = (join(made, name, by=made.ana) for name in ("Cara", "Dan"))
    made.group = made.run(made.ben.engine.groups.create("Devs"))["id"]
    made.run(made.ben.engine.groups.add("Devs", made.cara.id, role="manager"))
    made.vault = made.run(made.ana.vaults.create("vault"))["id"]
    made.run(made.ana.access.grant(made.vault, {made.group: WRITE}))
    yield made
    made.close()


def write(home, member, title):
    return home.run(member.engine.items.create(home.vault, login(title, password="x")))["id"]


def group_record(home):
    engine = home.open_as(home.cara.joined)
    home.run(engine.session.sync())
    return engine.session.containers[parse_id(home.group)].record


def take_role(home, monkeypatch, *, settled):
    """Make a plain member of Ben; `settled` as it goes, or as if the computer stopped after it."""
    if not settled:
        monkeypatch.setattr(groups, "settle", _nothing)
    home.run(home.ana.groups.remove("Administrators", home.ben.id))
    monkeypatch.undo()


def of_group(home, dues):
    return [(due.kind, due.done, due.hint) for due in dues if due.container == home.group]


async def _nothing(_session):
    return []


def test_whoever_takes_a_role_signs_the_groups_anew(home, monkeypatch):
    """An owner signs a group's record without its key, and its members go on."""
    before = group_record(home)
    take_role(home, monkeypatch, settled=True)
    record = group_record(home)
    assert format_id(before.signer) == home.ben.id
    assert format_id(record.signer) == home.ana.identity()["principalId"]
    assert (record.epoch, record.accessors) == (before.epoch, before.accessors)
    item = write(home, home.cara, "after")
    for engine in (home.ana, home.cara.engine, home.ben.engine):
        assert home.run(engine.items.get(home.vault, item))["title"] == "after"
    assert home.run(home.ana.access.due()) == []


def test_until_then_nobody_writes_through_it(home, monkeypatch):
    """The writer is told that the record is due, and an administrator's `settle` mends it."""
    earlier = write(home, home.cara, "before")
    take_role(home, monkeypatch, settled=False)
    with pytest.raises(RotationDueError) as refused:
        write(home, home.cara, "no")
    assert home.group in refused.value.message
    # What was written while he stood stays good.
    assert home.run(home.owner().items.get(home.vault, earlier))["title"] == "before"
    assert of_group(home, home.run(home.ana.access.due())) == [("group", False, "")]
    # A manager is told of it too, and cannot mend it.
    ((kind, done, hint),) = of_group(home, home.run(home.cara.engine.access.settle()))
    assert (kind, done, bool(hint)) == ("group", False, True)
    assert of_group(home, home.run(home.ana.access.settle())) == [("group", True, "")]
    write(home, home.cara, "yes")


def test_so_it_is_with_what_a_manager_signed(home, monkeypatch):
    """The record by a manager rests on one by whoever lost the role."""
    home.run(home.cara.engine.groups.add("Devs", home.dan.id))
    assert format_id(group_record(home).signer) == home.cara.id
    write(home, home.dan, "before")
    take_role(home, monkeypatch, settled=False)
    for member in (home.cara, home.dan):
        with pytest.raises(RotationDueError):
            write(home, member, "no")
    home.run(home.ana.access.settle())
    for member in (home.cara, home.dan):
        write(home, member, "yes")
    eve = join(home, "Eve", by=home.ana)
    home.run(home.cara.engine.groups.add("Devs", eve.id))
    write(home, eve, "the manager's next record rests on the new one")


def test_a_member_who_is_listed_writes_at_once(home, monkeypatch):
    """Whoever may sign the group's record does so before the write."""
    owner = home.ana.identity()["principalId"]
    home.run(home.ben.engine.groups.add("Devs", owner))
    take_role(home, monkeypatch, settled=False)
    home.run(home.ana.items.create(home.vault, login("by the owner", password="x")))
    assert format_id(group_record(home).signer) == owner
    write(home, home.cara, "by a manager")


def test_a_manager_who_stops_managing_costs_the_keys(home):
    """Otherwise it could go on listing members, of itself or others, for ever."""
    item = write(home, home.cara, "item")
    cara = home.cara.engine.session
    old = cara.containers[parse_id(home.vault)]
    dues = home.run(home.ben.engine.groups.add("Devs", home.cara.id, role="member"))
    assert [(due.container, due.done) for due in dues] == [(home.vault, True)]
    assert group_record(home).epoch == 2
    write(home, home.cara, "she is a member still")
    assert thief_opens(home, cara, old, parse_id(home.vault), parse_id(item)) is not None
    assert home.run(home.ben.engine.groups.add("Devs", home.cara.id)) == []
    assert group_record(home).epoch == 2


def test_who_is_not_listed_stops_nobody_from_managing(home):
    """A group's new keys are in its entry."""
    home.run(home.ben.engine.groups.add("Devs", home.dan.id, role="manager"))
    for who in (home.dan, home.cara):
        with pytest.raises(ForbiddenError):
            home.run(home.cara.engine.groups.add("Devs", who.id, role="member"))
    assert group_record(home).epoch == 1


def test_a_manager_goes_on_after_a_rotation(home):
    """Its right is that of the epoch's first record, whoever gave it before."""
    home.run(home.ben.engine.groups.add("Devs", home.dan.id))
    home.run(home.ben.engine.groups.remove("Devs", home.dan.id))
    assert group_record(home).epoch == 2
    home.run(home.cara.engine.groups.add("Devs", home.dan.id))
    record = group_record(home)
    assert (format_id(record.signer), record.epoch) == (home.cara.id, 2)
    write(home, home.dan, "item")


def test_a_first_look_signs_nothing(home, monkeypatch):
    """Whoever never saw a group's record looks before it vouches for the members in it."""
    take_role(home, monkeypatch, settled=False)
    fresh = home.owner()
    for look in (fresh.access.settle, fresh.access.due, fresh.access.settle):
        ((_, done, hint),) = of_group(home, home.run(look()))
        assert not done
        assert "check who is in the group" in hint
    assert format_id(group_record(home).signer) == home.ben.id
    home.run(fresh.groups.members("Devs"))
    assert of_group(home, home.run(fresh.access.settle())) == [("group", True, "")]


def test_a_member_who_left_does_not_hold_the_others_up(home, monkeypatch):
    """Who is no member cannot rotate, and signs with the rows as they are; the rest waits."""
    home.run(home.cara.engine.groups.add("Devs", home.dan.id))
    home.run(home.ana.groups.remove("Administrators", home.ben.id))
    home.run(home.ana.users.remove(home.cara.id))  # who had signed last but the owner
    write(home, home.dan, "goes on")
    dues = of_group(home, home.run(home.ana.access.settle()))
    assert [done for _, done, _ in dues] == [False]
    assert "must make a member an administrator" in dues[0][2]
    home.run(home.ana.groups.add("Administrators", home.dan.id))
    home.run(home.dan.engine.access.settle())
    assert of_group(home, home.run(home.ana.access.due())) == []
    write(home, home.dan, "with new keys")


def test_the_only_manager_left(home):
    """Whoever renews a group that nobody manages any more manages it from then on."""
    owner = home.ana.identity()["principalId"]
    home.run(home.ben.engine.groups.add("Devs", owner))
    home.run(home.ana.groups.remove("Administrators", home.ben.id))
    for member in (home.ben, home.cara):
        home.run(home.ana.users.remove(member.id))
    roles = {row["id"]: row["role"] for row in home.run(home.ana.groups.members("Devs"))}
    assert roles == {owner: "MANAGER"}


def test_a_group_that_stands_is_taken_first(home, monkeypatch):
    """Of two groups that give the right, it is not the one that waits for somebody else."""
    others = [home.run(home.ana.groups.create(f"Ops {number}"))["id"] for number in range(6)]
    home.run(home.ben.engine.groups.add("Devs", home.dan.id))
    for other in others:
        home.run(home.ana.groups.add(other, home.dan.id))
    home.run(home.ana.access.grant(home.vault, dict.fromkeys(others, WRITE)))
    take_role(home, monkeypatch, settled=False)
    write(home, home.dan, "through another group")


def test_a_removal_beside_a_change_of_the_directory(home):
    """What is looked at before and after a removal is looked at again when it moved."""
    transport, left = home.ana.session.transport, [True]
    genuine = transport.call

    async def call(request):
        if request.operation == "people/record" and left:
            left.clear()
            home.run(home.ben.engine.groups.create("meanwhile"))
        return await genuine(request)

    transport.call = call
    dues = home.run(home.ana.users.remove(home.dan.id))
    assert all(due.done for due in dues if due.container != home.group)


def test_a_group_that_the_caller_cannot_renew_stops_no_write(home):
    """A manager who puts owners into a group with keys that do not open shuts nobody out."""
    owner = home.ana.identity()["principalId"]
    home.run(home.cara.engine.session.sync())
    hand = Hand(home.cara.engine, parse_id(home.group))
    home.run(home.ana.users.list())
    entry, sealed = home.ana.session.directory.need_entry(parse_id(owner)), b"no key"
    row = Accessor(parse_id(owner), 1, entry.current.fp, MEMBER, sha256(sealed))
    rows = tuple(sorted((*hand.container.record.accessors, row), key=lambda one: one.principal))
    facts = {"accessors": rows, "authority": 3, "authority_rev": hand.container.record.access_rev}
    change = next_record(hand, **facts, authority_hash=hand.container.record_hash)
    keyed = msgspec.structs.replace(change, sealed=(SealedRow(row.principal, row.fp, sealed),))
    keeper = keeper_of(home)
    keeper.call(CommitRequest(records=(keyed,)), parse_id(home.cara.id))
    keeper.close()
    home.run(home.ana.users.remove(home.dan.id))
    home.run(home.ana.groups.remove("Administrators", home.ben.id))
    for who in (home.ana, home.owner()):
        home.run(who.items.create(home.vault, login("by the owner", password="x")))


def test_a_write_waits_for_no_group_that_it_does_not_need(home, monkeypatch):
    """Whose renewal goes through a group that nobody stands for, it is somebody else's."""
    made = home.run(home.ana.vaults.create("managed"))["id"]
    home.run(home.ana.access.grant(made, {home.group: ALL_BITS, home.cara.id: WRITE}))
    home.run(home.ana.access.grant(made, {home.dan.id: WRITE}))
    monkeypatch.setattr(users, "settle", _nothing)
    home.run(home.ana.users.remove(home.dan.id))
    take_role(home, monkeypatch, settled=False)
    home.run(home.cara.engine.items.create(made, login("by her own row", password="x")))
