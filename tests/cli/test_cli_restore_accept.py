"""`strongroom restore accept` and `strongroom fingerprint` as whole commands."""

import pytest

from cli.people import bring_in, by_email, owner
from cli.program import PASSWORD


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


def test_fingerprint(op, tmp_path):
    """Two people see the same numbers, which change when the directory does."""
    ben = bring_in(op, tmp_path, "ben")
    seen = op("fingerprint").out
    assert seen == ben("fingerprint").out
    assert seen.startswith("Root document 0:")
    op("group", "create", "Ops")
    assert op("fingerprint").out != seen
    assert op("fingerprint", "--format", "json").json == ben("fingerprint", "--format", "json").json
