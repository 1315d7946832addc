"""Groups: made, renamed, deleted; members come and go, and keys with them."""

import pytest

from strongroom.client.people import groups
from strongroom.errors import ForbiddenError, InputError, IntegrityError, NotFoundError, StoreError
from strongroom.ids import format_id, parse_id
from strongroom.limits import KEYSETS_PER_PRINCIPAL_MAX
from strongroom.permissions import ALL_BITS, SERVICE_ACCOUNT_WORDS
from support.homes import login, make_home
from support.people import join, thief_opens

READ = SERVICE_ACCOUNT_WORDS["read_items"]


@pytest.fixture
def home(tmp_path):
    """An owner, an administrator and a member; a group that the owner made."""
    made = make_home(tmp_path)
    made.ana = made.owner()
    made.ben = join(made, "Ben", role="administrator", by=made.ana)
    made.cara = join(made, "Cara", by=made.ana)
    made.group = made.run(made.ana.groups.create("Ops", description="who is on call"))["id"]
    yield made
    made.close()


def record(home, engine, container):
    home.run(engine.session.sync())
    return engine.session.containers[parse_id(container)].record


def members(home, engine, group="Ops"):
    return {row["id"]: row["role"] for row in home.run(engine.groups.members(group))}


def me(engine):
    return engine.identity()["principalId"]


# -- lists ---------------------------------------------------------------------------------


def test_list(home):
    """Everybody sees all groups: the account's own three, and those that were made."""
    for engine in (home.ana, home.cara.engine):
        rows = {row["name"]: row for row in home.run(engine.groups.list())}
        assert {row["type"] for row in rows.values()} == {
            "OWNERS",
            "ADMINISTRATORS",
            "TEAM_MEMBERS",
            "USER_DEFINED",
        }
        assert rows["Ops"]["description"] == "who is on call"
        assert rows["Ops"]["state"] == "ACTIVE"


def test_find(home):
    """A group is found by id or name."""
    for text in (home.group, "ops", "Ops"):
        assert home.run(home.cara.engine.groups.find(text))["id"] == home.group
    for text in ("nothing", home.cara.id):
        with pytest.raises(NotFoundError):
            home.run(home.ana.groups.find(text))


def test_who_makes_groups(home):
    """Owners and administrators make groups and manage what they made; members make none."""
    made = home.run(home.ben.engine.groups.create("Devs"))
    assert members(home, home.ben.engine, "Devs") == {home.ben.id: "MANAGER"}
    assert made["type"] == "USER_DEFINED"
    with pytest.raises(ForbiddenError):
        home.run(home.cara.engine.groups.create("Mine"))


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 255])
def test_names(home, name):
    """A group has a name of one line that fits a list."""
    with pytest.raises(InputError):
        home.run(home.ana.groups.create(name))
    with pytest.raises(InputError):
        home.run(home.ana.groups.edit("Ops", name=name))


def test_edit(home):
    """A new name or description leaves the other as it is."""
    assert home.run(home.ana.groups.edit("Ops", name="Operations"))["name"] == "Operations"
    row = home.run(home.ben.engine.groups.edit(home.group, description="nobody"))
    assert (row["name"], row["description"]) == ("Operations", "nobody")
    with pytest.raises(ForbiddenError):
        home.run(home.cara.engine.groups.edit(home.group, name="Mine"))


# -- members -------------------------------------------------------------------------------


def test_members(home):
    """Members and administrators see who is in a group; others do not."""
    home.run(home.ana.groups.add("Ops", home.cara.id))
    expected = {me(home.ana): "MANAGER", home.cara.id: "MEMBER"}
    for engine in (home.ana, home.ben.engine, home.cara.engine):
        assert members(home, engine) == expected
    dan = join(home, "Dan", by=home.ana)
    with pytest.raises(ForbiddenError):
        members(home, dan.engine)


def test_managers_add_members(home):
    """A manager adds members without being an administrator; a plain member does not."""
    dan = join(home, "Dan", by=home.ana)
    home.run(home.ana.groups.add("Ops", home.cara.id))
    with pytest.raises(ForbiddenError):
        home.run(home.cara.engine.groups.add("Ops", dan.id))
    home.run(home.ana.groups.add("Ops", home.cara.id, role="manager"))
    home.run(home.cara.engine.groups.add("Ops", dan.id))
    assert members(home, dan.engine)[dan.id] == "MEMBER"
    # A rotation needs a new entry, which only owners and administrators sign.
    with pytest.raises(ForbiddenError):
        home.run(home.cara.engine.groups.remove("Ops", dan.id))


def test_what_is_no_member(home):
    """Only users are members, under a role that there is."""
    vault = home.run(home.ana.vaults.create("v"))["id"]
    robot = format_id(home.by_token(home.token(vault)).session.principal)
    other = home.run(home.ana.groups.create("Other"))["id"]
    for principal in (robot, other):
        with pytest.raises(InputError):
            home.run(home.ana.groups.add("Ops", principal))
    with pytest.raises(NotFoundError):
        home.run(home.ana.groups.add("Ops", "a" * 26))
    with pytest.raises(InputError):
        home.run(home.ana.groups.add("Ops", home.cara.id, role="king"))


def test_suspended_people_are_not_added(home):
    """Who is suspended does not become a member."""
    home.run(home.ana.users.suspend("Cara"))
    with pytest.raises(ForbiddenError):
        home.run(home.ana.groups.add("Ops", home.cara.id))


def test_the_last_manager_stays(home):
    """A group keeps somebody who manages it, and one of the listed who may renew its keys."""
    home.run(home.ana.groups.add("Ops", home.cara.id))
    with pytest.raises(ForbiddenError):
        home.run(home.ana.groups.remove("Ops", me(home.ana)))
    with pytest.raises(ForbiddenError):
        home.run(home.ana.groups.add("Ops", me(home.ana), role="member"))
    home.run(home.ana.groups.add("Ops", home.cara.id, role="manager"))
    with pytest.raises(ForbiddenError, match="renew"):
        home.run(home.ana.groups.remove("Ops", me(home.ana)))
    home.run(home.ana.groups.add("Administrators", home.cara.id))
    home.run(home.ana.groups.remove("Ops", me(home.ana)))
    assert members(home, home.cara.engine) == {home.cara.id: "MANAGER"}


def test_who_is_not_there(home):
    """Nobody is taken out of a group who is not in it, nor a user out of the team."""
    with pytest.raises(NotFoundError):
        home.run(home.ana.groups.remove("Ops", home.cara.id))
    team = next(row for row in home.run(home.ana.groups.list()) if row["type"] == "TEAM_MEMBERS")
    with pytest.raises(ForbiddenError):
        home.run(home.ana.groups.remove(team["id"], home.cara.id))


# -- keys ----------------------------------------------------------------------------------


def give(home):
    """Give the group a vault with one item; return the vault's id and the item's."""
    vault = home.run(home.ana.vaults.create("Team"))["id"]
    home.run(home.ana.access.grant(vault, {home.group: READ}))
    return vault, home.run(home.ana.items.create(vault, login("old", p="1")))["id"]


def test_members_open_what_the_group_opens(home):
    """A new member reads the group's vaults, older items and newer ones, and across rotations."""
    vault, _ = give(home)
    home.run(home.ana.groups.add("Ops", home.cara.id))
    assert home.run(home.cara.engine.secrets.resolve("op://Team/old/p")) == "1"
    home.run(home.ana.groups.add("Ops", home.ben.id))
    home.run(home.ana.groups.remove("Ops", home.ben.id))
    home.run(home.ana.items.create(vault, login("new", p="2")))
    for title, value in (("old", "1"), ("new", "2")):
        assert home.run(home.cara.engine.secrets.resolve(f"op://Team/{title}/p")) == value


def test_rotating_a_group_makes_its_containers_due(home, monkeypatch):
    """What is sealed to the older keys of a group gets new keys after it."""
    vault, _ = give(home)
    home.run(home.ana.groups.add("Ops", home.cara.id))

    async def nothing(_session):
        return []

    monkeypatch.setattr(groups, "settle", nothing)
    home.run(home.ana.groups.remove("Ops", home.cara.id))
    monkeypatch.undo()
    assert record(home, home.ana, home.group).epoch == 2
    assert [row.container for row in home.run(home.ana.access.due())] == [vault]
    home.run(home.ana.access.settle())
    assert record(home, home.ana, vault).epoch == 2
    assert home.run(home.ana.access.due()) == []


def test_many_rotations_of_a_group(home, monkeypatch):
    """A container that nobody rotated since is read after the group's entry dropped its keyset."""
    vault, _ = give(home)
    home.run(home.ana.groups.add("Ops", home.cara.id))

    async def nothing(_session):
        return []

    monkeypatch.setattr(groups, "settle", nothing)
    for _ in range(KEYSETS_PER_PRINCIPAL_MAX + 1):
        home.run(home.ana.groups.add("Ops", home.ben.id))
        home.run(home.ana.groups.remove("Ops", home.ben.id))
    assert record(home, home.ana, vault).epoch == 1
    fresh = home.open_as(home.cara.joined)
    assert home.run(fresh.secrets.resolve("op://Team/old/p")) == "1"


def test_former_members(home):
    """Who left a group opens nothing that is written later, with the old keys and the file."""
    vault, item = give(home)
    home.run(home.ana.groups.add("Ops", home.cara.id))
    home.run(home.cara.engine.session.sync())
    session = home.cara.engine.session
    old = session.containers[parse_id(vault)]
    where = (home, session, old, parse_id(vault))
    assert thief_opens(*where, parse_id(item)) is not None
    done = home.run(home.ana.groups.remove("Ops", home.cara.id))
    assert [row.container for row in done if row.done] == [vault]
    later = home.run(home.ana.items.create(vault, login("later", p="3")))["id"]
    assert thief_opens(*where, parse_id(later)) is None


# -- deleting ------------------------------------------------------------------------------


def test_delete(home):
    """A deleted group opens nothing; its containers have new keys without it."""
    vault, _ = give(home)
    home.run(home.ana.groups.add("Ops", home.cara.id))
    assert vault in {row["id"] for row in home.run(home.cara.engine.vaults.list())}
    done = home.run(home.ben.engine.groups.delete("Ops"))
    assert [row.container for row in done if row.done] == [vault]
    assert vault not in {row["id"] for row in home.run(home.cara.engine.vaults.list())}
    assert record(home, home.ana, vault).row(parse_id(home.group)) is None
    assert "Ops" not in {row["name"] for row in home.run(home.ana.groups.list())}
    gone = {row["id"]: row["state"] for row in home.run(home.ana.groups.list(deleted=True))}
    assert gone[home.group] == "DELETED"
    assert home.run(home.ana.groups.delete(home.group)) == []


def test_who_deletes(home):
    """Members and managers do not delete groups, and nobody the account's own."""
    home.run(home.ana.groups.add("Ops", home.cara.id, role="manager"))
    with pytest.raises(ForbiddenError):
        home.run(home.cara.engine.groups.delete("Ops"))
    for group in home.ana.session.directory.root.role_groups:
        with pytest.raises(ForbiddenError):
            home.run(home.ana.groups.delete(format_id(group)))


def test_delete_with_a_damaged_profile(home, monkeypatch):
    """A damaged name does not keep a group alive that has to go."""

    async def damaged(_session, _principal):
        message = "damaged"
        raise IntegrityError(message)

    monkeypatch.setattr(groups, "open_profile", damaged)
    home.run(home.ana.groups.delete(home.group))
    assert home.group not in {row["id"] for row in home.run(home.ana.groups.list())}


# -- groups out of reach ---------------------------------------------------------------------


def test_groups_of_others(home):
    """A group that only others can rotate is told to owners and administrators, until it goes."""
    group = home.run(home.ben.engine.groups.create("Ben's"))["id"]
    home.run(home.ben.engine.groups.add("Ben's", home.cara.id))
    assert home.run(home.ana.access.due()) == []
    done = home.run(home.ana.users.remove("Cara"))
    (left,) = [row for row in done if not row.done]
    assert (left.container, left.kind) == (group, "group")
    assert left.hint
    assert [row.container for row in home.run(home.ana.access.due())] == [group]
    assert all(row.done for row in home.run(home.ben.engine.access.settle()))
    assert home.run(home.ana.access.due()) == []


def test_groups_of_others_are_deleted(home):
    """An administrator deletes a group of which it is no member."""
    group = home.run(home.ben.engine.groups.create("Ben's"))["id"]
    vault = home.run(home.ana.vaults.create("v"))["id"]
    home.run(home.ana.access.grant(vault, {group: ALL_BITS}))
    home.run(home.ana.groups.delete("Ben's"))
    assert record(home, home.ana, vault).epoch == 2


def test_a_group_that_cannot_be_read_back(home, monkeypatch):
    """A group that was made is returned, whatever fails then: a repeat would make another one."""

    async def fail(*_args):
        raise StoreError("the disk failed")

    with monkeypatch.context() as patch:
        patch.setattr(groups.Groups, "find", fail)
        made = home.run(home.ana.groups.create("Crew", description="at night"))
    found = home.run(home.ana.groups.find("Crew"))
    times = {"createdAt": 0, "updatedAt": 0}
    assert made | times == found | times
    assert 0 <= made["createdAt"] - found["createdAt"] < 60_000
