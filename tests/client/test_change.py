"""One change in the making: when it rotates, what it refuses, and how often it is tried."""

import pytest

from strongroom.client.change.change import Change, commit
from strongroom.client.change.records import Identity
from strongroom.client.change.roles import MEMBER
from strongroom.client.people.profiles import names_container, new_profile
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    InputError,
    IntegrityError,
    RotationDueError,
    TooLargeError,
)
from strongroom.ids import format_id, parse_id
from strongroom.limits import ACCESSORS_PER_CONTAINER_MAX
from strongroom.permissions import ALL_BITS, CREATE_ITEMS, READ_ITEMS, SERVICE_ACCOUNT_WORDS
from strongroom.wire.access import ContainerKind
from strongroom.wire.entries import EntryState
from support.homes import make_home
from support.people import join

READ = SERVICE_ACCOUNT_WORDS["read_items"]


@pytest.fixture
def home(tmp_path):
    """An owner, a member who reads a vault, and a group with rights in it."""
    made = make_home(tmp_path)
    made.ana = made.owner()
    made.cara = join(made, "Cara", by=made.ana)
    made.group = parse_id(made.run(made.ana.groups.create("Ops"))["id"])
    made.vault = parse_id(made.run(made.ana.vaults.create("v"))["id"])
    rights = {made.cara.id: READ, format_id(made.group): READ}
    made.run(made.ana.access.grant(format_id(made.vault), rights))
    yield made
    made.close()


def begin(home, *containers, principals=()):
    session = home.ana.session
    home.run(session.sync())
    rooms = [session.containers[one] for one in containers or (home.vault,)]
    return home.run(Change.begin(session, principals=principals, containers=rooms)), *rooms


def without(rights, principal):
    return {who: bits for who, bits in rights.items() if who != principal}


# -- when it rotates -----------------------------------------------------------------------


def test_rights_only(home):
    """Other bits for the same rows, or one row more, keep the key and what is sealed."""
    change, vault = begin(home, principals=[home.ana.session.directory.root.owners_group])
    rights = change.active_rights(vault)
    assert not change.set_rights(vault, rights | {home.cara.joined.user: ALL_BITS})
    (record,) = change.request().records
    assert (record.sealed, record.link) == ((), b"")
    owners = home.ana.session.directory.root.owners_group
    assert not change.set_rights(vault, rights | {owners: READ})
    (record,) = change.request().records
    assert [row.accessor for row in record.sealed] == [owners]


def test_somebody_leaves(home):
    """One row less begins an epoch, sealed to everybody who stays."""
    change, vault = begin(home)
    rights = without(change.active_rights(vault), home.cara.joined.user)
    assert change.set_rights(vault, rights)
    (record,) = change.request().records
    assert {row.accessor for row in record.sealed} == rights.keys()
    assert record.link


def test_somebody_is_suspended(home):
    """Who leaves the active state in this very change has no rights any more in it."""
    change, vault = begin(home)
    change.ledger.set_state(home.cara.joined.user, EntryState.SUSPENDED)
    assert not change.is_active(home.cara.joined.user)
    rights = change.active_rights(vault)
    assert home.cara.joined.user not in rights
    assert change.set_rights(vault, rights)


def test_a_group_with_new_keys(home):
    """A group that rotates in this change makes what is sealed to it rotate behind it."""
    change, group, vault = begin(home, home.group, home.vault, principals=[home.cara.joined.user])
    rights = change.active_rights(group) | {home.cara.joined.user: MEMBER}
    assert not change.set_rights(group, rights)
    home.run(home.ana.groups.add("Ops", home.cara.id))
    change, group, vault = begin(home, home.group, home.vault)
    assert not change.is_stale(vault.record, change.active_rights(vault))
    assert change.set_rights(group, without(change.active_rights(group), home.cara.joined.user))
    assert change.is_stale(vault.record, change.active_rights(vault))
    assert change.set_rights(vault, change.active_rights(vault))
    home.run(home.ana.session.transport.call(change.request()))
    home.run(home.ana.session.sync())
    epochs = [home.ana.session.containers[one].record.epoch for one in (home.group, home.vault)]
    assert epochs == [2, 2]
    assert home.run(home.ana.access.due()) == []


# -- what it refuses -------------------------------------------------------------------------


def test_false_rights(home):
    """No rights for who is suspended, or was not fetched, and no mask that lacks something."""
    dan = join(home, "Dan", by=home.ana)
    home.run(home.ana.users.suspend("Dan"))
    change, vault = begin(home, principals=[dan.joined.user])
    rights = change.active_rights(vault)
    for more, kind in (
        ({dan.joined.user: READ}, ForbiddenError),
        ({b"x" * 16: READ}, ConflictError),
        ({home.cara.joined.user: CREATE_ITEMS}, InputError),
    ):
        with pytest.raises(kind):
            change.set_rights(vault, rights | more)


def test_how_many(home):
    """A container has at most 2,000 accessors."""
    change, vault = begin(home)
    many = {number.to_bytes(16, "big"): READ for number in range(ACCESSORS_PER_CONTAINER_MAX)}
    with pytest.raises(ConflictError):  # as many as may be, but they are not in the directory
        change.set_rights(vault, many)
    with pytest.raises(TooLargeError):
        change.set_rights(vault, many | {b"x" * 16: READ})


def test_groups_hold_users(home):
    """A group is no member of a group, neither of a new one nor of an older one."""
    change, group = begin(home, home.group, principals=[home.group])
    rights = change.active_rights(group)
    with pytest.raises(InputError):
        change.set_rights(group, rights | {home.group: READ_ITEMS})
    identity = Identity.make(ContainerKind.GROUP, home.ana.session.principal)
    with pytest.raises(InputError):
        change.add_container(identity, {home.group: READ_ITEMS})


def test_nothing_is_shown(home):
    """What a change holds shows no key."""
    change, vault = begin(home)
    change.set_rights(vault, without(change.active_rights(vault), home.cara.joined.user))
    identity = Identity.make(ContainerKind.VAULT, home.ana.session.principal)
    change.add_container(identity, {home.ana.session.principal: ALL_BITS}, key=b"k" * 32)
    for part in (*change._plans.values(), *change._births.values()):
        assert "kkk" not in repr(part)
        assert repr(part).startswith(("Plan(vault", "Birth([secret]"))


# -- the account's names -----------------------------------------------------------------------


def test_keep_current(home):
    """A container that is due is renewed before it is written, one that is not stays."""
    names = names_container(home.ana.session)
    change, room = begin(home, names.id)
    change.keep_current(room)
    assert change.request().records == ()
    team = home.ana.session.directory.root.team_members_group
    change, room, group = begin(home, names.id, team)
    change.set_rights(group, without(change.active_rights(group), home.cara.joined.user))
    change.keep_current(room)
    change.keep_current(room)
    robot = change.ledger.add_keyset(PrincipalKind.SERVICE_ACCOUNT, Keyset.make()).principal
    change.write(room.id, new_profile(robot, "robot"))
    request = change.request()
    assert len(request.records) == 2
    home.run(home.ana.session.transport.call(request))
    home.run(home.ana.session.sync())
    assert names_container(home.ana.session).record.epoch == 2


# -- how often it is tried -----------------------------------------------------------------------


def counted(home, monkeypatch, outcomes):
    """Let commits end in these errors, `None` for success; count them."""
    session, made = home.ana.session, []
    call = session.transport.call

    async def answering(request):
        if request.operation != "commit":
            return await call(request)
        made.append(request)
        error = outcomes[len(made) - 1] if len(made) <= len(outcomes) else None
        if error is not None:
            raise error
        return await call(request)

    monkeypatch.setattr(session.transport, "call", answering)
    return made


def builder(home, built):
    async def build():
        session = home.ana.session
        vault = session.need_container(home.vault)
        change = await Change.begin(session, containers=[vault])
        rights = change.active_rights(vault)
        change.set_rights(vault, rights | {home.cara.joined.user: READ_ITEMS})
        built.append(change)
        return change

    return build


def test_again_after_a_conflict(home, monkeypatch):
    """Whoever was faster, the change is built anew on what it left."""
    built = []
    made = counted(home, monkeypatch, [ConflictError("x"), ConflictError("x")])
    home.run(commit(home.ana.session, builder(home, built)))
    assert len(built) == len(made) == 3
    assert len({id(change) for change in built}) == 3


@pytest.mark.parametrize("error", [RotationDueError("x"), ForbiddenError("x"), IntegrityError("x")])
def test_once_after_a_refusal(home, monkeypatch, error):
    """What another attempt would not change is told at once."""
    built = []
    counted(home, monkeypatch, [error])
    with pytest.raises(type(error)):
        home.run(commit(home.ana.session, builder(home, built)))
    assert len(built) == 1


def test_nothing_to_do(home, monkeypatch):
    """Without a change nothing is sent."""
    made = counted(home, monkeypatch, [])

    async def nothing():
        return None

    home.run(commit(home.ana.session, nothing))
    assert made == []


def test_stored_once(home, monkeypatch):
    """What is stored is not repeated, even if the look at it afterwards fails."""
    built = []
    made = counted(home, monkeypatch, [])
    syncs = []
    sync = home.ana.session.sync

    async def failing():
        syncs.append(True)
        if len(made) == 1:
            message = "x"
            raise ConflictError(message)
        await sync()

    monkeypatch.setattr(home.ana.session, "sync", failing)
    home.run(commit(home.ana.session, builder(home, built)))
    assert (len(made), len(built)) == (1, 1)
    assert len(syncs) == 2
