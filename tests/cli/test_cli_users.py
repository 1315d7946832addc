"""`op user`: inviting, confirming, listing, suspending and deleting people on one file."""

import json
import re

import pytest

from cli.people import answer, bring_in, by_email, computer, invite, owner
from cli.program import EMAIL, PASSWORD, sign_in, type_in
from strongroom.cli.people.shapes import person_state

BEN = "ben@example.org"
CLEO = "cleo@example.org"
ZERO = "0001-01-01T00:00:00Z"
VIEWING = ("--permissions", "allow_viewing", "--no-input")


@pytest.fixture
def ana(tmp_path):
    """An owner, signed in."""
    return owner(tmp_path)


def test_from_invite_to_first_vault(ana, tmp_path):
    """The whole way: a link, an answer, a confirmation, and the new person signs in."""
    link = invite(ana, BEN, "--name", "Ben")
    assert link.startswith("file:///")
    assert "/join#" in link
    rows = by_email(ana, "user", "list")
    assert set(rows[BEN]) == {"id", "name", "email", "type", "state"}
    assert rows[BEN]["state"] == "TEAM_REGISTRATION_INITIATED"
    ben = computer(tmp_path, "ben")
    joined = answer(ben, link)
    assert by_email(ana, "user", "list")[BEN]["state"] == "PENDING"
    # Both see the same fingerprint, so they can compare it.
    assert ana("user", "get", BEN, "--fingerprint").out.strip() == joined["fingerprint"]
    assert ana("user", "confirm", BEN).out == ""
    assert by_email(ana, "user", "list")[BEN] == {
        "id": joined["user_uuid"],
        "name": "Ben",
        "email": BEN,
        "type": "MEMBER",
        "state": "ACTIVE",
    }
    assert ana("user", "get", "Ben", "--fingerprint").out.strip() == joined["fingerprint"]
    assert sign_in(ben)("vault", "list").out


def test_provision_json(ana):
    """JSON has the link with role and end; human output the link alone."""
    done = ana("user", "provision", "--email", BEN, "--role=administrator", "--format", "json").json
    assert (done["email"], done["name"], done["role"]) == (BEN, "", "administrator")
    assert done["state"] == "TEAM_REGISTRATION_INITIATED"
    assert set(done) == {"id", "name", "email", "type", "state", "role", "link", "expires_at"}
    assert ana("user", "provision", "--email", CLEO, "--language", "en").out.count("\n") == 1


def test_provision_refusals(ana, tmp_path):
    """A taken address, no address, an unknown role: refused, and no link is printed."""
    assert EMAIL not in invite(ana, BEN)
    assert "has that e-mail address" in ana.run("user", "provision", "--email", EMAIL).error
    assert "must have an @" in ana.run("user", "provision", "--email", "ben").error
    assert ana.run("user", "provision", "--email", CLEO, "--role", "king").code == 1
    cleo = bring_in(ana, tmp_path, "cleo")
    refused = cleo.run("user", "provision", "--email", "dora@example.org")
    assert refused.error.startswith('you may not invite "dora@example.org"')
    assert "hint: ask an owner or administrator" in refused.err


def test_confirm_forms(ana, tmp_path):
    """An e-mail address, a name, a user ID in capitals, standard input: all name an answer."""
    names = {}
    for word in ("ben", "cleo", "dora", "emil"):
        joined = answer(
            computer(tmp_path, word), invite(ana, f"{word}@example.org", "--name", word)
        )
        names[word] = joined["user_uuid"]
    ana("user", "confirm", "ben")
    ana("user", "confirm", names["cleo"].upper())
    ana("user", "confirm", "-", given=f"{names['dora']}\n")
    ana("user", "confirm", given=json.dumps([{"id": names["emil"]}]))
    rows = ana("user", "list", "--format", "json").json
    assert {one["id"]: one["state"] for one in rows if one["email"] != EMAIL} == dict.fromkeys(
        names.values(), "ACTIVE"
    )


def test_confirm_all(ana, tmp_path):
    """--all takes in everybody who answered, and leaves the others."""
    assert ana("user", "confirm", "--all").out == ""
    for word in ("ben", "cleo"):
        answer(computer(tmp_path, word), invite(ana, f"{word}@example.org"))
    invite(ana, "dora@example.org")
    done = ana("user", "confirm", "--all", "--format", "json").json
    assert {one["email"] for one in done} == {BEN, CLEO}
    state = by_email(ana, "user", "list")["dora@example.org"]["state"]
    assert state == "TEAM_REGISTRATION_INITIATED"


def test_confirm_refusals(ana, tmp_path):
    """Nobody, nobody yet, somebody who is in already, a caller who may not: refused."""
    assert ana.run("user", "confirm", "Zoe").error == (
        '"Zoe" isn\'t a user in this account. '
        "Specify the user with their UUID, email address, or name."
    )
    link = invite(ana, BEN, "--name", "Ben")
    assert "nobody has answered" in ana.run("user", "confirm", BEN).error
    answer(computer(tmp_path, "ben"), link)
    cleo = bring_in(ana, tmp_path, "cleo")
    assert "you may not confirm users" in cleo.run("user", "confirm", BEN).error
    assert "is already a user" in ana.run("user", "confirm", CLEO).error
    for more in ((CLEO, "--all"), ("--role", "owner", "--all")):
        assert "do not use it with --role or the name" in ana.run("user", "confirm", *more).error


@pytest.mark.parametrize("role", ["administrator", "owner"])
def test_confirm_a_role(ana, tmp_path, role):
    """A higher role is given only when --role says so, and never by --all."""
    answer(computer(tmp_path, "ben"), invite(ana, BEN, "--role", role))
    answer(computer(tmp_path, "cleo"), invite(ana, CLEO))
    ana("user", "confirm", "--all")
    people = by_email(ana, "user", "list")
    assert (people[BEN]["state"], people[CLEO]["state"]) == ("PENDING", "ACTIVE")
    refused = ana.run("user", "confirm", BEN)
    assert f"is for the role of {role}, not member" in refused.error
    assert f"--role {role}" in refused.err
    other = {"administrator": "owner", "owner": "administrator"}[role]
    assert "is for the role of" in ana.run("user", "confirm", BEN, "--role", other).error
    ana("user", "confirm", BEN, "--role", role)
    assert by_email(ana, "user", "list")[BEN]["state"] == "ACTIVE"


def test_confirm_on_a_terminal(ana, tmp_path):
    """A person sees address, name, role and fingerprint, and says yes; Enter alone is a no."""
    link = invite(ana, BEN, "--name", "Ben", "--role", "administrator")
    fingerprint = answer(computer(tmp_path, "ben"), link)["fingerprint"]
    confirm = ("user", "confirm", BEN, "--role", "administrator")
    code, out, err, shown = type_in(ana, [(b"[y/N] ", "")], *confirm)
    assert (code, out, err) == (0, "", "")
    for text in (BEN, "Ben", "administrator", fingerprint, "An administrator adds and removes"):
        assert text in shown
    assert by_email(ana, "user", "list")[BEN]["state"] == "PENDING"
    type_in(ana, [(b"[y/N] ", "y")], *confirm)
    assert by_email(ana, "user", "list")[BEN]["state"] == "ACTIVE"


@pytest.mark.parametrize("flag", ["--force", "--no-input"])
def test_confirm_without_a_question(ana, tmp_path, flag):
    """With --force or --no-input nobody is asked on a terminal."""
    answer(computer(tmp_path, "ben"), invite(ana, BEN))
    code, out, err, _ = type_in(ana, [], "user", "confirm", BEN, flag)
    assert (code, out, err) == (0, "", "")
    assert by_email(ana, "user", "list")[BEN]["state"] == "ACTIVE"


def test_get(ana):
    """A user by --me, address, name, ID and standard input; keys and labels are those of `op`."""
    me = ana("user", "get", "--me", "--format", "json").json
    assert set(me) == {
        *("id", "name", "email", "type", "state", "created_at", "updated_at", "last_auth_at")
    }
    assert (me["email"], me["last_auth_at"]) == (EMAIL, ZERO)
    for name in (EMAIL, me["name"], me["id"], me["id"].upper()):
        assert ana("user", "get", name, "--format=json").json == me
    assert ana("user", "get", "-", "--format=json", given=me["id"]).json == me
    labels = [line.split(":")[0] for line in ana("users", "get", EMAIL).out.splitlines()]
    words = ("ID", "Name", "Email", "State", "Type", "Created", "Updated", "Last Authentication")
    assert tuple(labels) == words
    assert len(ana("user", "get", "--me", "--public-key").out.strip()) > 1216
    assert "cannot be used together" in ana.run("user", "get", "--me", EMAIL).error
    both = ana.run("user", "get", "--me", "--fingerprint", "--public-key")
    assert both.error == "--fingerprint and --public-key cannot be used together"
    assert "isn't a user in this account" in ana.run("user", "get", "Zoe").error


def test_get_an_invite(ana):
    """An open invite can be shown, and has no keys before it is answered."""
    invite(ana, BEN)
    assert ana("user", "get", BEN, "--format=json").json["last_auth_at"] == ZERO
    assert "has not answered" in ana.run("user", "get", BEN, "--fingerprint").error


def test_get_me_as_service_account(ana):
    """A token's `--me` is the service account."""
    ana("vault", "create", "dev")
    token = ana("service-account", "create", "ci", "--vault", "dev", "--raw").out.strip()
    robot = ana.with_(OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=token)
    me = robot("user", "get", "--me", "--format=json").json
    assert me["type"] == "SERVICE_ACCOUNT"
    prints = [robot("user", "get", one, "--fingerprint").out for one in ("--me", me["id"].upper())]
    assert re.fullmatch("[0-9a-f]{64}\n", prints[0])
    assert prints[0] == prints[1]
    assert len(robot("user", "get", "--me", "--public-key").out.strip()) > 1216


def test_unknown_times(ana):
    """A token may not read names and times of groups; the lists work and say so."""
    ana("vault", "create", "dev")
    token = ana("service-account", "create", "ci", "--vault", "dev", "--raw").out.strip()
    robot = ana.with_(OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=token)
    assert "years ago" not in robot("group", "list").out
    assert robot("group", "list", "--format=json").json[0]["created_at"] == ZERO
    assert robot("user", "list").out


def test_list_filters(ana, tmp_path):
    """--vault and --group narrow the list; with a group each row has its role."""
    bring_in(ana, tmp_path, "ben")
    invite(ana, CLEO)
    ana("vault", "create", "dev")
    assert set(by_email(ana, "user", "list", "--vault", "dev")) == {EMAIL}
    rows = by_email(ana, "user", "list", "--group", "Team Members")
    assert {email: row["role"] for email, row in rows.items()} == {EMAIL: "MANAGER", BEN: "MEMBER"}
    header, *lines = ana("user", "ls").out.splitlines()
    assert header.split() == ["ID", "NAME", "EMAIL", "STATE", "TYPE", "ROLE"]
    assert sorted(line.split()[-1] for line in lines) == ["MEMBER", "MEMBER", "OWNER"]
    assert all("role" not in row for row in by_email(ana, "user", "list").values())
    assert ana("user", "list", "--group", "Owners").out.splitlines()[0].split()[-1] == "ROLE"


def test_member_sees_no_invites(ana, tmp_path):
    """Whoever is no owner or administrator sees the users, and no invites."""
    ben = bring_in(ana, tmp_path, "ben")
    invite(ana, CLEO)
    assert set(by_email(ben, "user", "list")) == {EMAIL, BEN}
    assert "isn't a user" in ben.run("user", "get", CLEO).error


def test_edit(ana, tmp_path):
    """A user can be renamed, by owners and administrators only."""
    ben = bring_in(ana, tmp_path, "ben")
    assert ana("user", "edit", BEN, "--name", "Benno").out == ""
    assert ana("user", "get", BEN, "--format", "json").json["name"] == "Benno"
    assert (
        'you may not rename the user "Benno"'
        in ben.run("user", "edit", BEN, "--name", "King").error
    )
    listed = ana("user", "list", "--format", "json").out
    assert ana("user", "edit", "-", "--travel-mode=off", given=listed).out == ""
    refused = ana.run("user", "edit", "--name", "Same", given=listed)
    assert refused.error == (
        "only one at a time can get a new name, but standard input names several"
    )
    assert ana("user", "edit", "--name", "Ben", given=BEN).out == ""
    assert by_email(ana, "user", "list")[BEN]["name"] == "Ben"


def test_recovery(ana):
    """There is no recovery of other people's accounts; it says what helps instead."""
    refused = ana.run("user", "recovery", "begin", EMAIL)
    assert refused.error.startswith("nobody can recover the account of somebody else")
    assert "`strongroom account add --kit FILE`" in refused.err
    assert "Not offered" in ana("user", "recovery").out


def test_suspend_and_reactivate(ana, tmp_path):
    """Who is suspended is refused by every command until reactivated; both print nothing."""
    ben = bring_in(ana, tmp_path, "ben")
    assert ana("user", "suspend", BEN).out == ""
    assert by_email(ana, "user", "list")[BEN]["state"] == "SUSPENDED"
    assert ben.run("vault", "list").code == 1
    assert ana("user", "suspend", BEN).out == ""  # again, without harm
    assert ana("user", "reactivate", BEN).out == ""
    assert ben("vault", "list").out
    assert ana("user", "suspend", BEN, "--format", "json").json


def test_deauthorize_devices_after(ana, tmp_path):
    """The flag of `op` is read, and its lack of effect on a file is said."""
    bring_in(ana, tmp_path, "ben")
    flag = "--deauthorize-devices-after"
    assert f'for "{flag}" flag' in ana.run("user", "suspend", BEN, flag, "5q").error
    assert by_email(ana, "user", "list")[BEN]["state"] == "ACTIVE"
    assert "has no effect on an account in a file" in ana("user", "suspend", BEN, flag, "1h").out
    help_text = " ".join(ana("user", "suspend", "--help").out.split())
    assert "has no effect" in help_text


def test_waiting_containers_are_told(ana, tmp_path):
    """What the caller may not rotate is printed, in JSON with all that was rotated."""
    ben, _cleo = bring_in(ana, tmp_path, "ben"), bring_in(ana, tmp_path, "cleo")
    ben("vault", "create", "crew", "--allow-admins-to-manage=false")
    for email in (EMAIL, CLEO):
        ben(*("vault", "user", "grant", "--vault", "crew", "--user", email), *VIEWING)
    out = ana("user", "suspend", CLEO).out
    assert "still have their old keys" in out
    assert "crew" in out
    rows = ana("user", "delete", CLEO, "--format", "json").json
    assert {one["name"]: one["rotated"] for one in rows if one["kind"] == "vault"} == {
        "crew": False
    }
    # Its manager is told by `doctor`, and renews it.
    told = ben.run("doctor")
    assert (told.code, told.err) == (1, "")
    assert "crew" in told.out
    assert "Renewed: vault" in ben("doctor", "--fix").out
    assert ana("user", "delete", CLEO).out == ""


def test_delete(ana, tmp_path):
    """A deleted user is gone from lists, cannot sign in, and can be invited again."""
    ben = bring_in(ana, tmp_path, "ben")
    assert ana("user", "rm", BEN).out == ""
    assert BEN not in by_email(ana, "user", "list")
    assert ana("user", "get", BEN, "--format=json").json["state"] == "DELETED"
    assert ben.run("vault", "list").code == 1
    assert ben.with_(OP_SESSION="").run("signin", "--raw", given=PASSWORD).code == 1
    invite(ana, BEN)
    # The invite counts now, not who was removed.
    assert ana("user", "get", BEN, "--format=json").json["state"] == "TEAM_REGISTRATION_INITIATED"
    ana("user", "delete", BEN)
    assert BEN not in by_email(ana, "user", "list")


def test_confirm_where_two_invites_fit(ana, tmp_path):
    """Of several invites to one address, the one that was answered is confirmed."""
    invite(ana, BEN)
    ben = computer(tmp_path, "ben")
    answer(ben, invite(ana, BEN))
    ana("user", "confirm", BEN)
    assert ben("signin", "--raw", given=PASSWORD).out


def test_delete_where_a_user_and_an_invite_fit(ana, tmp_path):
    """Nobody is removed where the open invite of the same address may have been meant."""
    invite(ana, BEN)
    bring_in(ana, tmp_path, "ben")
    user = ana("user", "get", BEN, "--format=json").json["id"]
    refused = ana.run("user", "delete", BEN)
    assert "also has an open invite" in refused.error
    assert user in refused.err
    assert ana("user", "get", user, "--format=json").json["state"] == "ACTIVE"
    ana("user", "delete", user)
    assert ana("user", "get", user, "--format=json").json["state"] == "DELETED"


def test_delete_withdraws_an_invite(ana, tmp_path):
    """A withdrawn link is good for nothing, and who answered cannot be confirmed."""
    link = invite(ana, BEN)
    ana("user", "delete", BEN)
    ben = computer(tmp_path, "ben")
    refused = ben.run("account", "join", "--password-stdin", given=f"{link}\n{PASSWORD}\n")
    assert "no open invite" in refused.error
    answer(ben, invite(ana, BEN))
    ana("user", "delete", BEN)
    assert "isn't a user" in ana.run("user", "confirm", BEN).error


def test_end_refusals(ana, tmp_path):
    """Oneself, an unknown name beside a known one, a caller who may not: nothing is changed."""
    ben = bring_in(ana, tmp_path, "ben")
    assert "you cannot suspend or delete yourself" in ana.run("user", "suspend", EMAIL).error
    assert "isn't a user" in ana.run("user", "delete", "-", given=f"{BEN}\nZoe\n").error
    assert by_email(ana, "user", "list")[BEN]["state"] == "ACTIVE"
    for verb in ("suspend", "delete"):
        assert ben.run("user", verb, EMAIL).error.startswith(f"you may not {verb} the user")
    bring_in(ana, tmp_path, "cleo")
    ana("user", "suspend", CLEO)
    refused = ben.run("user", "reactivate", CLEO)
    assert refused.error.startswith('you may not reactivate the user "Cleo"')
    assert "hint: ask an owner or administrator" in refused.err


STATES = {
    "not answered": ({"state": "INVITED", "expiresAt": 2}, "TEAM_REGISTRATION_INITIATED"),
    "answered": ({"state": "PENDING", "expiresAt": 2}, "PENDING"),
    "voided by new keys": ({"state": "VOID", "expiresAt": 2}, "UNKNOWN"),
    "ended at this very millisecond": ({"state": "PENDING", "expiresAt": 1}, "UNKNOWN"),
    "a user": ({"state": "SUSPENDED"}, "SUSPENDED"),
}


@pytest.mark.parametrize(("row", "word"), STATES.values(), ids=STATES)
def test_states(row, word):
    """Each state of a user or an invite has its word of `op`."""
    assert person_state(row, now_ms=1) == word
