"""Owners and administrators: who gives roles, who takes them, and what follows."""

import pytest

from strongroom.client.people import groups
from strongroom.errors import ForbiddenError, NotFoundError
from strongroom.ids import format_id, parse_id
from support.homes import make_home
from support.people import join


@pytest.fixture
def home(tmp_path):
    """An owner, an administrator and a member."""
    made = make_home(tmp_path)
    made.ana = made.owner()
    made.ben = join(made, "Ben", role="administrator", by=made.ana)
    made.cara = join(made, "Cara", by=made.ana)
    root = made.ana.session.directory.root
    made.owners = format_id(root.owners_group)
    made.administrators = format_id(root.administrators_group)
    yield made
    made.close()


def role(home, member):
    return home.run(home.ana.users.find(member.id))["role"]


def epochs(home):
    home.run(home.ana.session.sync())
    containers = home.ana.session.containers
    return [containers[parse_id(one)].record.epoch for one in (home.owners, home.administrators)]


def test_promotion(home):
    """A new administrator administers at once; nobody gets new keys for it."""
    home.run(home.ana.groups.add(home.administrators, home.cara.id))
    assert role(home, home.cara) == "administrator"
    assert epochs(home) == [1, 1]
    home.run(home.cara.engine.groups.create("Cara's"))
    vault = home.run(home.ana.vaults.create("v"))["id"]
    assert vault in {row["id"] for row in home.run(home.cara.engine.vaults.list())}


def test_a_second_owner(home):
    """A new owner does what the first one does, and is in both groups."""
    home.run(home.ana.groups.add(home.owners, home.ben.id))
    assert role(home, home.ben) == "owner"
    home.run(home.ben.engine.groups.add(home.administrators, home.cara.id))
    assert role(home, home.cara) == "administrator"
    for group in (home.owners, home.administrators):
        rows = {row["id"] for row in home.run(home.ana.groups.members(group))}
        assert home.ben.id in rows


def test_owners_stay_owners(home):
    """To add an owner to the administrators, where it is already, does not take its role."""
    home.run(home.ana.groups.add(home.owners, home.ben.id))
    home.run(home.ana.groups.add(home.administrators, home.ben.id))
    assert role(home, home.ben) == "owner"


def test_demotion(home):
    """Who loses a role keeps the team, and the group and what it opens get new keys."""
    vault = home.run(home.ana.vaults.create("v"))["id"]
    done = home.run(home.ana.groups.remove(home.administrators, home.ben.id))
    assert role(home, home.ben) == "member"
    assert epochs(home) == [1, 2]
    assert {row.kind for row in done if row.done} == {"vault", "account"}
    assert vault not in {row["id"] for row in home.run(home.ben.engine.vaults.list())}
    assert home.run(home.ben.engine.users.list())
    with pytest.raises(ForbiddenError):
        home.run(home.ben.engine.groups.create("Ben's"))


def test_from_owner_to_administrator(home):
    """Taken out of the owners, a person is still an administrator."""
    home.run(home.ana.groups.add(home.owners, home.ben.id))
    home.run(home.ana.groups.remove(home.owners, home.ben.id))
    assert role(home, home.ben) == "administrator"
    assert epochs(home)[0] == 2


def test_the_last_owner(home):
    """An account keeps an owner, and an owner does not demote itself."""
    me = home.ana.identity()["principalId"]
    with pytest.raises(ForbiddenError, match="at least one owner"):
        home.run(home.ana.groups.remove(home.owners, me))
    home.run(home.ana.groups.add(home.owners, home.ben.id))
    with pytest.raises(ForbiddenError, match="their own role"):
        home.run(home.ana.groups.remove(home.owners, me))
    home.run(home.ben.engine.groups.remove(home.owners, me))
    assert home.run(home.ben.engine.users.find(me))["role"] == "administrator"


def test_owners_leave_the_owners_first(home):
    """An owner is an administrator too, as long as it is an owner."""
    home.run(home.ana.groups.add(home.owners, home.ben.id))
    with pytest.raises(ForbiddenError):
        home.run(home.ana.groups.remove(home.administrators, home.ben.id))


def test_only_owners(home):
    """An administrator neither gives nor takes roles, nor a member."""
    for engine in (home.ben.engine, home.cara.engine):
        for group in (home.owners, home.administrators):
            with pytest.raises(ForbiddenError):
                home.run(engine.groups.add(group, home.cara.id))
        with pytest.raises(ForbiddenError):
            home.run(engine.groups.remove(home.administrators, home.ben.id))


def test_who_has_no_role(home):
    """Nothing is taken from somebody who has nothing."""
    with pytest.raises(NotFoundError):
        home.run(home.ana.groups.remove(home.administrators, home.cara.id))
    with pytest.raises(NotFoundError):
        home.run(home.ana.groups.remove(home.owners, home.ben.id))


def test_who_gets_no_role(home):
    """A role is for an active user: not for a service account, nor for the suspended."""
    vault = home.run(home.ana.vaults.create("v"))["id"]
    robot = format_id(home.by_token(home.token(vault)).session.principal)
    home.run(home.ana.users.suspend("Cara"))
    for principal in (robot, home.cara.id):
        with pytest.raises(ForbiddenError):
            home.run(home.ana.groups.add(home.administrators, principal))


def test_membership_is_a_role(home):
    """Nobody gets the keys of the owners or administrators without being listed."""
    for group in (home.owners, home.administrators):
        with pytest.raises(ForbiddenError):
            home.run(home.ana.access.grant(group, {home.cara.id: 48}, kind=3))


def test_records_of_a_former_administrator(home, monkeypatch):
    """What somebody signed as an administrator is signed anew before it is written (section 6)."""
    vault = home.run(home.ben.engine.vaults.create("Ben's"))["id"]
    home.run(home.ben.engine.access.grant(vault, {home.cara.id: 48}))

    async def nothing(_session):
        return []

    monkeypatch.setattr(groups, "settle", nothing)
    home.run(home.ana.groups.remove(home.administrators, home.ben.id))
    monkeypatch.undo()
    reasons = {row.container: row.reason for row in home.run(home.ana.access.due())}
    assert vault in reasons
    # A new name is written into the account's names in the same change that renews them.
    home.run(home.ana.groups.create("After"))
    names = next(row for row in home.ana.session.containers.values() if row.record.kind == 4)
    assert names.record.epoch == 2
    home.run(home.ana.access.settle())
    assert home.run(home.ana.access.due()) == []
