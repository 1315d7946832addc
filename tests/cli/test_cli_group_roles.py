"""Who is in a group as what, and what is said where nothing can be or is changed."""

import pytest

from cli.people import bring_in, by_email, invite, owner
from cli.program import EMAIL

BEN = "ben@example.org"
CLEO = "cleo@example.org"
VIEWING = ("--permissions", "allow_viewing")


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    """An owner, an administrator who manages a group without the owner, and a member of it."""
    folder = tmp_path_factory.mktemp("roles")
    ana = owner(folder)
    ben = bring_in(ana, folder, "ben", "--role", "administrator")
    cleo = bring_in(ana, folder, "cleo")
    ben("group", "create", "Crew")
    ben("group", "user", "grant", "--group", "Crew", "--user", CLEO)
    return ana, ben, cleo


def test_grant_keeps_the_role(team):
    """Without --role a manager stays one, and that is said; with it the role changes."""
    _, ben, _ = team
    grant = ("group", "user", "grant", "--group", "Crew", "--user", CLEO)
    assert 'is in the group "Crew" already and is a member of it' in ben(*grant).out
    assert ben(*grant, "--role", "manager").out == ""
    told = ben(*grant).out
    assert 'is in the group "Crew" already and is a manager of it' in told
    assert "--role member" in told
    assert ben(*grant, "--format", "json").out == ""
    assert by_email(ben, "group", "user", "list", "Crew")[CLEO]["role"] == "MANAGER"
    ben(*grant, "--role", "member")
    assert by_email(ben, "group", "user", "list", "Crew")[CLEO]["role"] == "MEMBER"


@pytest.mark.parametrize("group", ["Administrators", "Owners"])
def test_no_plain_members_of_a_role(team, group):
    """A group that gives a role has no plain members: asking for one is refused, never ignored."""
    ana, _, _ = team
    for user in (BEN, CLEO):
        done = ana.run("group", "user", "grant", "--group", group, "--user", user, "--role=member")
        assert "it has no plain members" in done.error
        assert "takes the role away" in done.err
    roles = {line.split()[-1] for line in ana("user", "list").out.splitlines()[1:]}
    assert roles == {"OWNER", "ADMINISTRATOR", "MEMBER"}


def test_who_has_the_role_already(team):
    """Giving a role to who has it, or a higher one, says so."""
    ana, _, _ = team
    grant = ("group", "user", "grant", "--group", "Administrators", "--user")
    assert "already and has the role administrator in the account" in ana(*grant, BEN).out
    assert "already and has the role owner in the account" in ana(*grant, EMAIL).out


CHANGES = {
    "bring in": ("grant", ("--user", EMAIL)),
    "demote": ("grant", ("--user", BEN, "--role", "member")),
    "take out": ("revoke", ("--user", CLEO)),
}


@pytest.mark.parametrize(("verb", "flags"), CHANGES.values(), ids=CHANGES)
def test_owner_outside(team, verb, flags):
    """An owner who is not in a group is told why that stops them, and not to ask an owner."""
    ana, ben, _ = team
    done = ana.run("group", "user", verb, "--group", "Crew", *flags)
    assert done.error.startswith("you may not ")
    assert "you are not in this group, and only its members hold its keys" in done.error
    assert "hint: a manager of the group can do it, or make you a manager first" in done.err
    assert set(by_email(ben, "group", "user", "list", "Crew")) == {BEN, CLEO}


def test_member_may_not_bring_in(team):
    """A plain member of a group is told who can."""
    _, _, cleo = team
    done = cleo.run("group", "user", "grant", "--group", "Crew", "--user", EMAIL)
    assert done.error.startswith("you may not put")
    assert "hint: a manager of the group can do it" in done.err


def test_administrator_is_told_of_owners(team):
    """What administrators may not do, owners may: that is whom an administrator is told to ask."""
    _, ben, _ = team
    for refused in (
        ben.run("group", "user", "grant", "--group", "Administrators", "--user", CLEO),
        ben.run("user", "provision", "--email", "x@example.org", "--role", "owner"),
    ):
        assert "hint: ask an owner of the account" in refused.err.splitlines()


def test_reasons_without_help(team):
    """What nobody can do comes without somebody to ask."""
    ana, ben, _ = team
    for caller in (ana, ben):
        assert "hint:" not in caller.run("group", "delete", "Owners").err
    assert "hint: another owner or administrator" in ana.run("user", "suspend", EMAIL).err


def test_void_invites_are_told(tmp_path):
    """Who makes open invites void is told which; a change that makes none void tells nothing."""
    ana = owner(tmp_path)
    bring_in(ana, tmp_path, "ben", "--role", "administrator")
    invite(ana, "dora@example.org")
    bring_in(ana, tmp_path, "cleo")
    assert "void" not in ana("user", "delete", CLEO).out
    told = ana("group", "user", "revoke", "--group", "Administrators", "--user", BEN).out
    assert "These invites became void" in told
    assert "dora@example.org" in told
    assert by_email(ana, "user", "list")["dora@example.org"]["state"] == "UNKNOWN"
    # It was told once; and what has its shape in JSON keeps it.
    assert "void" not in ana("user", "suspend", BEN).out


def test_only_manager_leaves(tmp_path):
    """A private vault whose only manager is gone is named, with a way out, and can be read."""
    ana = owner(tmp_path)
    ben = bring_in(ana, tmp_path, "ben")
    ben("vault", "create", "own", "--allow-admins-to-manage=false")
    ben("item", "create", "--vault", "own", "--category", "login", "--title", "db", "username=x")
    ben("vault", "user", "grant", "--vault", "own", "--user", EMAIL, *VIEWING)
    out = ana("user", "delete", BEN).out
    assert "Nobody is left who may manage these" in out
    assert "own" in out
    assert "move its content to a new one" in out
    assert "Their managers renew" not in out
    for flags in ((), ("--fix",)):
        told = ana.run("doctor", *flags)
        assert "nobody is left who may manage it" in told.out
    # The way out.
    ana("vault", "create", "new")
    moved = ("item", "get", "db", "--vault", "own", "--format", "json")
    ana("item", "create", "--vault", "new", "-", given=ana(*moved).out)
    assert ana("read", "op://new/db/username").out == "x\n"


def test_only_manager_who_is_suspended_comes_back(tmp_path):
    """After a suspension the only manager of a private vault manages it as before."""
    ana = owner(tmp_path)
    ben = bring_in(ana, tmp_path, "ben")
    ben("vault", "create", "own", "--allow-admins-to-manage=false")
    ana("user", "suspend", BEN)
    ana("user", "reactivate", BEN)
    ben("vault", "user", "grant", "--vault", "own", "--user", EMAIL, *VIEWING)
    assert "own" in ana("vault", "list").out
