"""`strongroom restore accept` and `strongroom fingerprint` as whole commands."""

import pytest

from cli.people import bring_in, by_email, owner
from cli.program import PASSWORD, type_in


@pytest.fixture
def op(tmp_path):
    """An owner's computer, with a vault, and a backup of that moment."""
    op = owner(tmp_path)
    op("vault", "create", "kept")
    op("backup", "first.db")
    return op


def names(op):
    return {row["name"] for row in op("vault", "list", "--format", "json").json}


def test_accept(op, tmp_path):
    """After a restore everybody who saw more refuses it, until an owner accepts it."""
    ben = bring_in(op, tmp_path, "ben", "--role", "owner")
    op("vault", "create", "lost")
    assert names(op) == {"kept", "lost", "Private"}
    op("restore", "first.db")
    assert "older" in op.run("vault", "list").error
    done = op("restore", "accept", given=f"{PASSWORD}\n")
    assert "generation 1" in done.out
    assert names(op) == {"kept", "Private"}
    # Who was made since is not there any more.
    assert set(by_email(op, "user", "list")) == {"ana@example.org"}
    assert ben.run("vault", "list").code != 0
    op("vault", "create", "new")
    assert names(op) == {"kept", "new", "Private"}


def test_accept_as_json(op):
    """For scripts it says which numbers are in force."""
    op("restore", "first.db")
    done = op("restore", "accept", "--format", "json", given=f"{PASSWORD}\n").json
    assert (done["generation"], done["rev"] > 1_000_000) == (1, True)


def test_accept_needs_the_password(op):
    """A session is not enough, and a wrong password changes nothing."""
    op("restore", "first.db")
    assert "wrong" in op.run("restore", "accept", given="another horse battery\n").error
    head = op("fingerprint", "--format", "json").json
    assert head["generation"] == 0


def test_accept_needs_an_owner(op, tmp_path):
    """A member cannot accept a restored database."""
    ben = bring_in(op, tmp_path, "ben")
    op("backup", "second.db")
    op("vault", "create", "more")
    op("restore", "second.db")
    refused = ben.run("restore", "accept", given=f"{PASSWORD}\n")
    assert "owner" in refused.error


# -- a head that this computer has not seen ----------------------------------------------------


@pytest.fixture
def unseen(op, tmp_path):
    """An owner's computer after a restore of a backup with whose head it never worked.

    Ben, an administrator, took Cleo in and made the backup; Cleo was removed by Ben, too.
    """
    ben = bring_in(op, tmp_path, "ben", "--role", "administrator")
    bring_in(ben, tmp_path, "cleo")
    ben("backup", "second.db")
    ben("user", "delete", "cleo@example.org")
    op("vault", "list")
    op("restore", str(tmp_path / "ben" / "second.db"))
    return op


def test_unseen_is_shown(unseen):
    """Without a terminal it shows who is in the file, changes nothing, and names the way on."""
    done = unseen.run("restore", "accept", given=f"{PASSWORD}\n")
    assert done.code == 1
    assert "not one that this computer has seen" in done.err
    lines = done.out.splitlines()
    assert lines[0] == "The directory in the database is not one that this computer has seen:"
    [signer] = [line for line in lines if line.startswith("Signed by:")]
    assert "ben@example.org" in signer
    changed = [
        line for line in lines if "example.org" in line and " * " in line.replace("*", " * ")
    ]
    assert any("cleo@example.org" in line for line in changed)
    assert not any("ana@example.org" in line for line in changed if line != signer)
    assert unseen.run("vault", "list").code == 1
    hint = done.err.splitlines()[-1]
    command, _, digest = hint.rpartition(" ")
    assert command.endswith("strongroom restore accept --head")
    assert f"Hash: {digest}" in " ".join(done.out.split())


def test_unseen_as_json(unseen):
    """Scripts are told the same facts, and name the hash."""
    done = unseen.run("restore", "accept", "--format", "json", given=f"{PASSWORD}\n")
    assert done.code == 1
    facts = done.json
    by_address = {row["email"]: row for row in facts["principals"]}
    assert by_address["cleo@example.org"]["changed"]
    assert not by_address["ana@example.org"]["changed"]
    assert by_address["ben@example.org"]["role"] == "administrator"
    assert facts["signer"] == by_address["ben@example.org"]["id"]
    assert facts["seen"]["rev"] > facts["rev"] > facts["seen_before"] > 0
    accept = ("restore", "accept", "--format", "json", "--head", facts["head"])
    assert unseen(*accept, given=f"{PASSWORD}\n").json["generation"] == 1
    assert names(unseen) == {"kept", "Private"}


def test_unseen_on_a_terminal(unseen):
    """On a terminal it shows and asks there; Enter alone is a no."""
    prompts = [(b"vault.db: ", PASSWORD), (b"[y/N] ", "")]
    code, out, err, shown = type_in(unseen, prompts, "restore", "accept")
    assert (code, out) == (1, "")
    assert "not one that this computer has seen" in err
    assert "cleo@example.org" in shown
    prompts = [(b"vault.db: ", PASSWORD), (b"[y/N] ", "y")]
    code, out, err, shown = type_in(unseen, prompts, "restore", "accept")
    assert (code, err) == (0, "")
    assert out.startswith("Accepted")
    assert names(unseen) == {"kept", "Private"}


@pytest.mark.parametrize("head", ["ab" * 32, "ab" * 31, "no hash"])
def test_another_head(unseen, head):
    """A hash that is not the file's accepts nothing."""
    refused = unseen.run("restore", "accept", "--head", head, given=f"{PASSWORD}\n")
    assert "head" in refused.error
    assert unseen.run("vault", "list").code == 1


def test_a_head_of_who_has_no_role_any_more(op, tmp_path):
    """What a former administrator signs today in an old file is refused, named or not."""
    ben = bring_in(op, tmp_path, "ben", "--role", "administrator")
    op("backup", "second.db")
    op("group", "user", "revoke", "--group", "Administrators", "--user", "ben@example.org")
    op("restore", "second.db")
    bring_in(ben, tmp_path, "mallory")
    head = ben("fingerprint", "--format", "json").json["head"]
    for flags in ((), ("--head", head)):
        refused = op.run("restore", "accept", *flags, given=f"{PASSWORD}\n")
        assert "no longer an owner or administrator" in refused.error
    op("restore", "second.db")
    op("restore", "accept", given=f"{PASSWORD}\n")
    assert set(by_email(op, "user", "list")) == {"ana@example.org", "ben@example.org"}


def test_members_without_their_role(op, tmp_path):
    """Who is in the groups of a role again without having it is named, with the command to end it.

    The role itself is the root document's, which the owner kept; the groups' keys are the file's.
    """
    bring_in(op, tmp_path, "ben", "--role", "owner")
    op("backup", "second.db")
    ben = by_email(op, "user", "list")["ben@example.org"]["id"]
    for group in ("Owners", "Administrators"):
        op("group", "user", "revoke", "--group", group, "--user", ben)
    op("restore", "second.db")
    accepted = ("restore", "accept", "--format", "json")
    left = op(*accepted, given=f"{PASSWORD}\n").json["members_without_role"]
    assert {one["user_id"] for one in left} == {ben}
    assert len(left) == 2
    op("restore", "second.db")
    lines = op("restore", "accept", given=f"{PASSWORD}\n").out.splitlines()
    commands = [line.split() for line in lines if line.startswith("  op ")]
    assert len(commands) == 1
    assert lines[-1] == "Then give everything new keys: strongroom doctor --fix"
    checks = op.run("doctor", "--format", "json").json["findings"]
    found = [row for row in checks if row["check"] == "roles"]
    assert [(row["state"], ben in row["hint"]) for row in found] == [("PROBLEM", True)] * 2
    op(*commands[0][1:])
    assert op.run("doctor", "--fix", "--format", "json").json["ok"]
    for group in ("Owners", "Administrators"):
        members = op("group", "user", "list", group, "--format", "json").json
        assert ben not in {one["id"] for one in members}
    refused = op.run("group", "user", "revoke", "--group", "Owners", "--user", ben)
    assert "is not in the group" in refused.error


def test_fingerprint(op, tmp_path):
    """Two people see the same numbers, which change when the directory does."""
    ben = bring_in(op, tmp_path, "ben")
    seen = op("fingerprint").out
    assert seen == ben("fingerprint").out
    assert seen.startswith("Root document 0:")
    op("group", "create", "Ops")
    assert op("fingerprint").out != seen
    assert op("fingerprint", "--format", "json").json == ben("fingerprint", "--format", "json").json
