"""`op item list --long`: every item of the list, opened and verified."""

import sqlite3

import pytest

from cli.people import bring_in, owner
from strongroom.cli.item import item as item_module
from strongroom.cli.item.item import LONG_BATCH
from strongroom.cli.program.progress import ITEMS, MIB, SHOWN_ITEMS_MIN, Progress

LIST = ("item", "list", "--vault", "dev", "--long")


@pytest.fixture(scope="module")
def key(op):
    """An SSH key, which a fingerprint tells from its likes."""
    made = op(
        *("item", "create", "--vault", "dev", "--category", "ssh", "--title", "key"),
        *("--ssh-generate-key", "--tags", "t", "--format", "json"),
    ).json
    yield made
    op("item", "delete", made["id"])


def test_long_json(op, key):
    """JSON has what a short list has, and what tells an item from its likes."""
    rows = {row["title"]: row for row in op(*LIST, "--format", "json").json}
    short = op("item", "list", "--vault", "dev", "--format", "json").json
    assert [row | {"additional_information": None} for row in rows.values()] == [
        row | {"additional_information": None} for row in short
    ]
    whole = op("item", "get", "db", "--format", "json").json
    assert rows["db"] == {
        name: whole[name] for name in whole if name not in ("fields", "sections", "files")
    }
    assert rows["db"]["additional_information"] == "app"
    assert rows["key"]["additional_information"].startswith("SHA256:")
    assert not any("additional_information" in row for row in short)


def test_long_table(op, key):
    """People see user names and the name of who edited an item."""
    lines = op(*LIST, "--iso-timestamps").out.splitlines()
    header = "ID TITLE CATEGORY VAULT INFORMATION TAGS EDITED EDITED BY"
    assert lines[0].split() == header.split()
    (line,) = [one for one in lines if one.split()[1] == "db"]
    whole = op("item", "get", "db", "--format", "json").json
    assert line.split() == [
        *(whole["id"], "db", "LOGIN", "dev", "app", "prod,", "b/c", whole["updated_at"]),
        op("user", "get", "--me", "--format", "json").json["name"],
    ]


def test_long_for_a_service_account(op, reader, key):
    """Who may not read the names of the account sees who edited by ID."""
    me = op("whoami", "--format", "json").json["user_uuid"]
    lines = reader(*LIST).out.splitlines()
    assert [line.split()[-1] for line in lines[1:]] == [me, me]
    assert reader(*LIST, "--format", "json").json == op(*LIST, "--format", "json").json


def test_long_is_narrowed(op, key):
    """Only what the list shows is opened: by category, tag, mark and state."""
    titles = [line.split()[1] for line in op(*LIST, "--categories", "ssh key").out.splitlines()]
    assert titles == ["TITLE", "key"]
    assert op(*LIST, "--tags", "none", "--format", "json").json == []
    assert op(*LIST, "--favorite").out == ""
    op("item", "delete", key["id"], "--archive")
    assert "key" not in op(*LIST).out
    archived = op(*LIST, "--include-archive", "--format", "json").json
    assert {row["title"]: row.get("state") for row in archived}["key"] == "ARCHIVED"
    refused = op.run(*LIST, "--deleted")
    assert refused.error == "--long and --deleted cannot be used together"


def test_long_where_fields_are_closed(tmp_path):
    """Who may see items but not their values gets verified rows without information."""
    ana = owner(tmp_path)
    ana("vault", "create", "dev")
    made = ana(
        *("item", "create", "--vault", "dev", "--category", "login", "--title", "db"),
        *("username=app", "--format", "json"),
    ).json
    cleo = bring_in(ana, tmp_path, "cleo")
    rights = ("--permissions", "view_items", "--no-input")
    ana("vault", "user", "grant", "--vault", "dev", "--user", "cleo@example.org", *rights)
    (row,) = cleo(*LIST, "--format", "json").json
    assert (row["id"], row["last_edited_by"]) == (made["id"], made["last_edited_by"])
    assert "additional_information" not in row
    assert cleo.run("item", "get", "db").code == 1


def test_long_with_a_damaged_item(tmp_path):
    """An item that cannot be verified ends the list as it ends `item get`, and is named."""
    ana = owner(tmp_path)
    ana("vault", "create", "dev")
    for title in ("first", "second"):
        ana("item", "create", "--vault", "dev", "--category", "login", "--title", title)
    damaged = ana("item", "get", "second", "--format", "json").json["id"]
    with sqlite3.connect(tmp_path / "vault.db") as connection:
        # Of two whole items one gets the signature of the other.
        connection.execute(
            "UPDATE revisions SET signature = zeroblob(length(signature)) WHERE rowid ="
            " (SELECT max(rowid) FROM revisions)"
        )
    connection.close()
    assert len(ana("item", "list", "--vault", "dev").out.splitlines()) == 3
    done, single = ana.run(*LIST), ana.run("item", "get", damaged)
    assert done.code == single.code == 1
    assert done.error.startswith('the item "second" in the vault "dev": ')
    assert done.error.endswith(single.error)


def test_long_in_parts(op, monkeypatch, key):
    """Items are opened in parts, of which a vault's last may be smaller; nothing is lost."""
    asked = []

    class Items:
        """Counts what it is asked for."""

        def get_all(self, vault_id, ids):
            asked.append(len(ids))
            return [{"id": one, "vaultId": vault_id} for one in ids]

    class Engine:
        """Has items only."""

        items = Items()

    monkeypatch.setattr(item_module, "drive", lambda answer: answer)
    rows = [
        ({"id": str(number), "title": ""}, {"id": vault, "title": vault})
        for vault, count in (("a", LONG_BATCH), ("b", LONG_BATCH + 1), ("c", 1))
        for number in range(count)
    ]
    opened = list(item_module._open_all(Engine(), rows))
    assert asked == [LONG_BATCH, LONG_BATCH, 1, 1]
    assert [(one["id"], vault["id"]) for one, vault in opened] == [
        (one["id"], vault["id"]) for one, vault in rows
    ]


@pytest.mark.parametrize(
    ("count", "shown"), [(SHOWN_ITEMS_MIN - 1, False), (SHOWN_ITEMS_MIN, True)]
)
def test_progress_of_items(monkeypatch, capsys, count, shown):
    """A bar is drawn on a terminal from so many items on, and gone at the end."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    progress = Progress("reading", count, unit=ITEMS)
    progress.show(500)
    progress.show(count)
    err = capsys.readouterr().err
    assert (f"500 of {count} items" in err) is shown
    assert err.endswith("\r\x1b[K") is shown
    assert MIB.size == 2**20
