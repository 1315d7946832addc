"""`op item move`, `op item restore` and versions on the command line."""

import json

import pytest


@pytest.fixture
def item(op):
    """An item in `dev` that was changed once, as JSON; it is deleted afterwards."""
    create = ("item", "create", "--vault", "dev", "--category", "login", "--title", "thing")
    made = op(*create, "username=one", "password=secret-1", "--format", "json").json
    op("item", "edit", made["id"], "username=two", "password=secret-2")
    yield made
    op.run("item", "delete", made["id"])


@pytest.fixture(scope="module")
def other(op):
    """Another vault."""
    return op("vault", "create", "other", "--format", "json").json["id"]


def test_move(op, item, other):
    """An item is moved under a new ID, which is printed; the old one can be recovered."""
    move = ("item", "move", "thing", "--current-vault", "dev", "--destination-vault", "other")
    moved = op(*move, "--format", "json").json
    assert (moved["vault"]["id"], moved["version"]) == (other, 1)
    assert moved["id"] != item["id"]
    assert op("read", "op://other/thing/username").out == "two\n"
    assert op.run("read", "op://dev/thing/username").code == 1
    deleted = op("item", "list", "--deleted", "--vault", "dev", "--format", "json").json
    assert item["id"] in [row["id"] for row in deleted]
    op("item", "delete", moved["id"])


def test_move_many(op, item, other):
    """Items that standard input names are moved one after another; people see no secrets."""
    done = op("item", "get", "thing", "--format", "json")
    moved = op("item", "move", "-", "--destination-vault", "other", given=done.out)
    assert "secret-2" not in moved.out
    assert "other (" in moved.out
    back = ("item", "move", "thing", "--destination-vault", "dev", "--reveal")
    assert "secret-2" in op(*back).out
    op("item", "delete", "thing", "--vault", "dev")


def test_refused_moves(op, item, reader):
    """A move to where it is, of what is not there, or without the right, changes nothing."""
    move = ("item", "move", "thing", "--destination-vault")
    assert "is already in that vault" in op.run(*move, "dev").error
    assert "isn't a vault in this account" in op.run(*move, "nowhere").error
    missing = op.run("item", "move", "nothing", "--destination-vault", "dev")
    assert '"nothing" isn\'t an item.' in missing.error
    assert op.run("item", "move", "thing").code == 1
    assert reader.run(*move, "dev").code == 1
    assert len(op("item", "history", "thing", "--format", "json").json) == 2


def test_versions(op, item):
    """An older version is shown, concealed as any item, and restored as the newest."""
    shown = op("item", "history", "thing", "--version", "1", "--format", "json").json
    assert {f["id"]: f.get("value") for f in shown["fields"]}["username"] == "one"
    assert shown["version"] == 1
    assert "secret-1" not in op("item", "history", "thing", "--version", "1").out
    assert "secret-1" in op("item", "history", "thing", "--version", "1", "--reveal").out
    restored = op("item", "restore", "thing", "--version", "1", "--format", "json").json
    assert restored["version"] == 3
    assert op("read", "op://dev/thing/password").out == "secret-1\n"


@pytest.mark.parametrize("version", ["0", "9"])
def test_no_such_version(op, item, version):
    """A version that is not kept is refused by the name that was typed."""
    told = f'the item "thing" has no version {version} that is kept'
    assert op.run("item", "restore", "thing", "--version", version).error == told
    assert op.run("item", "history", "thing", "--version", version).error == told


def test_restore_needs_a_version(op, item, reader):
    """Without a version nothing is restored, and not without the right to."""
    assert op.run("item", "restore", "thing").code == 1
    assert reader.run("item", "restore", "thing", "--version", "1").code == 1
    assert json.loads(op("item", "get", "thing", "--format", "json").out)["version"] == 2
