"""`op group` and `op group user`."""

import pytest

from cli.people import bring_in, by_email, owner
from cli.program import EMAIL, sign_in

BEN = "ben@example.org"
MEMBERS = ("group", "user", "list")


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    """An owner and a member, both signed in."""
    folder = tmp_path_factory.mktemp("groups")
    ana = owner(folder)
    return ana, bring_in(ana, folder, "ben")


def test_create_edit_get(team):
    """A group has name, description, kind and times, under the keys and labels of `op`."""
    ana, _ = team
    made = ana("group", "create", "Ops", "--description", "on call", "--format", "json").json
    keys = ("id", "name", "description", "state", "created_at", "updated_at", "permissions", "type")
    assert tuple(made) == keys
    assert (made["state"], made["type"], made["permissions"]) == ("ACTIVE", "USER_DEFINED", [])
    assert ana("group", "edit", "Ops", "--name", "Crew", "--description", "").out == ""
    for one in ("Crew", "crew", made["id"].upper()):
        assert ana("group", "get", one, "--format=json").json["id"] == made["id"]
    assert ana("group", "get", given=made["id"]).out.splitlines()[1].split() == ["Name:", "Crew"]
    ana("group", "delete", "Crew")
    assert ana("group", "get", "Owners", "--format=json").json["type"] == "OWNERS"


def test_groups_of_standard_input(team):
    """Several groups are edited, shown, listed with their members, and deleted in one go."""
    ana, _ = team
    for name in ("one", "two"):
        ana("group", "create", name)
    given = ana("group", "list", "--format", "json").json
    ours = "".join(f"{row['id']}\n" for row in given if row["name"] in ("one", "two"))
    assert ana("group", "edit", "--description", "both", given=ours).out == ""
    assert ana("group", "get", "-", given=ours).out.count("Description:         both\n") == 2
    assert [row["role"] for row in ana(*MEMBERS, "--format=json", given=ours).json] == [
        "MANAGER",
        "MANAGER",
    ]
    refused = ana.run("group", "edit", "-", "--name", "three", given=ours)
    assert "only one at a time can get a new name" in refused.error
    assert "isn't a group" in ana.run("group", "edit", "--description", "x", given="one\nno").error
    assert "both" in ana("group", "get", "one").out
    ana("groups", "remove", given=ours)
    assert ana.run("group", "get", "two").code == 1


def test_list(team):
    """The list has the account's own groups; filters narrow it to a user's or a vault's."""
    ana, _ = team
    header, *lines = ana("group", "list").out.splitlines()
    assert header.split() == ["ID", "NAME", "DESCRIPTION", "STATE", "CREATED"]
    assert len(lines) >= 3
    [row] = ana("group", "list", "--user", BEN, "--format", "json").json
    assert set(row) == {"id", "name", "description", "state", "created_at"}
    assert row["name"] == "Team Members"
    ana("vault", "create", "listed")
    inside = ana("groups", "ls", "--vault", "listed", "--format", "json").json
    assert [one["name"] for one in inside] == ["Administrators"]


def test_members(team):
    """A member comes in, becomes manager, and goes; each list shows the role."""
    ana, _ = team
    ana("group", "create", "Web")
    grant = ("group", "user", "grant", "--group", "Web", "--user", BEN)
    assert ana(*grant).out == ""
    assert by_email(ana, "group", "user", "list", "Web")[BEN]["role"] == "MEMBER"
    ana(*grant, "--role", "MANAGER")
    assert by_email(ana, "group", "user", "list", "Web")[BEN]["role"] == "MANAGER"
    header = ana("group", "user", "list", "Web").out.splitlines()[0]
    assert header.split() == ["ID", "NAME", "EMAIL", "STATE", "TYPE", "ROLE"]
    assert ana("group", "user", "revoke", "--group", "Web", "--user", BEN).out == ""
    assert BEN not in by_email(ana, "group", "user", "list", "Web")


def test_group_opens_a_vault(team):
    """What a group may open, its member opens, until the member or the group is gone."""
    ana, ben = team
    ana("vault", "create", "shared")
    ana("group", "create", "Readers")
    ana(
        *("vault", "group", "grant", "--vault", "shared", "--group", "Readers"),
        *("--permissions", "allow_viewing"),
    )
    member = ("--group", "Readers", "--user", BEN)
    assert "shared" not in ben("vault", "list").out
    ana("group", "user", "grant", *member)
    assert "shared" in ben("vault", "list").out
    ana("group", "user", "revoke", *member)
    assert "shared" not in ben("vault", "list").out
    ana("group", "user", "grant", *member)
    assert "shared" in ben("vault", "list").out
    ana("group", "delete", "Readers")
    assert "shared" not in ben("vault", "list").out
    assert "Readers" not in ana("group", "list").out


def test_grant_by_somebody_outside(team):
    """Who is not in a group is told by its name that they may not bring anybody in."""
    ana, ben = team
    ana("group", "create", "Closed")
    done = ben.run("group", "user", "grant", "--group", "Closed", "--user", BEN)
    assert done.error.startswith('you may not put "Ben" into the group "Closed": ')
    ana("group", "delete", "Closed")


def test_role_of_the_account(team):
    """The group Administrators gives the role, and takes it again."""
    ana, ben = team
    invite = ("user", "provision", "--email", "dora@example.org")
    assert ben.run(*invite).code == 1
    member = ("--group", "Administrators", "--user", BEN)
    ana("group", "user", "grant", *member)
    assert ben(*invite).out
    ana("group", "user", "revoke", *member)
    assert ben.run(*invite).code == 1


REFUSED = {
    "an unknown group": (["group", "get", "Nobody"], '"Nobody" isn\'t a group in this account. '),
    "no change": (["group", "edit", "Owners"], "say what to change"),
    "an own group": (["group", "delete", "Owners"], "cannot be deleted"),
    "everybody's group": (
        ["group", "user", "revoke", "--group", "Team Members", "--user", BEN],
        "every user is a member of this group",
    ),
    "who is not in it": (
        ["group", "user", "revoke", "--group", "Administrators", "--user", BEN],
        '"Ben" is not in the group "Administrators"',
    ),
    "an unknown role": (
        ["group", "user", "grant", "--group", "Owners", "--user", BEN, "--role", "king"],
        "role",
    ),
    "a long name": (["group", "create", "x" * 255], "1 to 254"),
    "an unknown user": (["group", "list", "--user", "Zoe"], "isn't a user in this account"),
}


@pytest.mark.parametrize(("arguments", "text"), REFUSED.values(), ids=REFUSED)
def test_refusals(team, arguments, text):
    """What cannot be is refused in words that name it."""
    assert text in team[0].run(*arguments).error


FOR_ADMINISTRATORS = {
    "create": (["group", "create", "X"], 'you may not create the group "X"'),
    "edit": (["group", "edit", "Owners", "--name", "X"], 'you may not change the group "Owners"'),
    "see": (["group", "user", "list", "Owners"], "you may not see who is in"),
    "grant": (
        ["group", "user", "grant", "--group", "Owners", "--user", BEN],
        'you may not put "Ben" into the group "Owners"',
    ),
}


@pytest.mark.parametrize(("arguments", "text"), FOR_ADMINISTRATORS.values(), ids=FOR_ADMINISTRATORS)
def test_members_may_not(team, arguments, text):
    """A plain member is told what is refused, and whom to ask."""
    done = team[1].run(*arguments)
    assert done.error.startswith(text)
    assert "hint: ask an owner" in done.err


def test_waiting_vaults_are_told(tmp_path):
    """Who leaves a group keeps an old key where the caller may not renew it; that is said."""
    ana = owner(tmp_path)
    ben = bring_in(ana, tmp_path, "ben")
    bring_in(ana, tmp_path, "cleo")
    ana("group", "create", "Crew")
    for email in (BEN, "cleo@example.org"):
        ana("group", "user", "grant", "--group", "Crew", "--user", email)
    ben("vault", "create", "own", "--allow-admins-to-manage=false")
    words = ("--permissions", "allow_viewing")
    ben("vault", "group", "grant", "--vault", "own", "--group", "Crew", *words)
    left = ("group", "user", "revoke", "--group", "Crew", "--user", "cleo@example.org")
    out = ana(*left).out
    assert "still have their old keys" in out
    assert "own" in out
    assert "own" in ben.run("doctor").out
    ben("doctor", "--fix")
    assert EMAIL in by_email(sign_in(ana), "user", "list", "--group", "Crew")
