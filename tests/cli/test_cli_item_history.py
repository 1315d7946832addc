"""What items were: deleted ones come back, versions are listed."""

import pytest

from cli.program import SECRET


@pytest.fixture
def gone(op):
    """An item with two versions that was deleted."""
    made = op(
        *("item", "create", "--vault", "dev", "--category", "login", "--title", "gone"),
        *("password=-", "--format", "json"),
        given=SECRET,
    ).json
    op("item", "edit", made["id"], "username=ana")
    op("item", "delete", made["id"])
    return made["id"]


def test_recover(op, gone):
    """A deleted item is listed, and comes back with everything that it held."""
    [row] = [
        row
        for row in op("item", "list", "--deleted", "--vault", "dev", "--format", "json").json
        if row["id"] == gone
    ]
    assert (row["title"], row["state"]) == ("gone", "DELETED")
    assert gone in op("item", "list", "--deleted").out
    assert gone not in op("item", "list", "--include-archive").out
    back = op("item", "recover", gone, "--vault", "dev", "--format", "json").json
    assert back["id"] == gone
    assert op("read", "op://dev/gone/password", "-n").out == SECRET
    assert gone not in op("item", "list", "--deleted").out
    op("item", "delete", gone)


def test_recover_shows_no_secret(op, gone):
    """The item that came back is shown as `item get` shows it."""
    assert SECRET not in op("item", "recover", gone, "--vault", "dev").out
    op("item", "delete", gone)


def test_recover_what_is_not_deleted(op):
    """Only a deleted item can be recovered, by its ID, from a vault that is named."""
    live = op("item", "get", "db", "--format", "json").json["id"]
    for name in (live, "db", "a" * 26):
        done = op.run("item", "recover", name, "--vault", "dev")
        assert done.error == f'"{name}" isn\'t the ID of a deleted item in the "dev" vault'
        assert "op item list --deleted" in done.err
    assert "--vault" in op.run("item", "recover", live).error


def test_recover_by_a_reader(reader, gone):
    """Recovering is a write."""
    done = reader.run("item", "recover", gone, "--vault", "dev")
    assert done.error == f'you may not recover the item "{gone}" in the vault "dev"'


def test_history(op, gone):
    """Versions are listed newest first with state, time and author, also of a deleted item."""
    rows = op("item", "history", gone, "--vault", "dev", "--format", "json").json
    assert [(row["version"], row["state"]) for row in rows] == [
        (3, "DELETED"),
        (2, "ACTIVE"),
        (1, "ACTIVE"),
    ]
    me = op("whoami", "--format", "json").json["user_uuid"]
    assert {row["author"] for row in rows} == {me}
    assert all(row["updated_at"].endswith("Z") for row in rows)
    table = op("item", "history", "db", "--vault", "dev").out.splitlines()
    assert table[0].split() == ["VERSION", "STATE", "EDITED", "AUTHOR"]
    assert SECRET not in "".join(table)


def test_history_of_nothing(op):
    """An item that never was has no history."""
    for arguments in (["none"], ["a" * 26, "--vault", "dev"]):
        assert "isn't an item" in op.run("item", "history", *arguments).error
