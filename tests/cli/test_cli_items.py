"""Vaults and items end to end."""

import json
import re

import pytest

from cli.program import SECRET


def test_vault_life(op):
    """A vault is made, shown, renamed and deleted; editing and deleting print nothing."""
    made = op("vault", "create", "tmp", "--format", "json").json
    assert made["type"] == "USER_CREATED"
    assert made["name"] == "tmp"
    assert op("vault", "edit", "tmp", "--name", "tmp2", "--description", "d").out == ""
    shown = op("vault", "get", made["id"], "--format", "json").json
    assert (shown["name"], shown["description"], shown["items"]) == ("tmp2", "d", 0)
    assert op("vault", "rm", "tmp2").out == ""
    assert op.run("vault", "get", "tmp2").error == (
        '"tmp2" isn\'t a vault in this account. Specify the vault with its ID or name.'
    )


def test_vault_list(op):
    """Vaults are listed with the keys of `op`, and as a table with a header."""
    rows = op("vault", "list", "--format", "json").json
    assert all({"id", "name", "content_version"} <= set(row) for row in rows)
    assert "dev" in [row["name"] for row in rows]
    assert op("vaults", "ls").out.splitlines()[0].split() == ["ID", "NAME"]


def test_vault_from_standard_input(op):
    """Vaults may be named by line or JSON on standard input."""
    by_line = op("vault", "get", "--format", "json", given="dev\n").json
    by_json = op("vault", "get", "-", "--format", "json", given=json.dumps(by_line)).json
    assert by_line == by_json


def test_vaults_are_edited_from_standard_input(op):
    """Several vaults get one description, and cannot get one name."""
    for name in ("in-1", "in-2"):
        op("vault", "create", name)
    given = "in-1\nin-2\n"
    assert op("vault", "edit", "--description", "both", "--icon", "gears", given=given).out == ""
    assert op("vault", "get", given=given).out.count("both\n") == 2
    refused = op.run("vault", "edit", "-", "--name", "in-3", given=given)
    assert "only one at a time can get a new name" in refused.error
    op("vault", "edit", "--name", "in-3", given="in-2\n")
    op("vault", "delete", given="in-1\nin-3\n")


def test_vault_of_one_person(op):
    """A vault without administrators says what a lost password means."""
    assert "lost password" in op("vault", "create", "own", "--allow-admins-to-manage=false").out
    op("vault", "delete", "own")


def test_item_get_json(op):
    """An item in JSON has its real values, references and the keys of `op`."""
    item = op("item", "get", "db", "--format", "json").json
    by_id = {field["id"]: field for field in item["fields"]}
    assert item["vault"]["name"] == "dev"
    assert item["category"] == "LOGIN"
    assert item["tags"] == ["prod", "b/c"]
    assert item["urls"][0] == {
        "label": "website",
        "primary": True,
        "href": "https://db.example.org",
    }
    assert by_id["password"]["value"] == SECRET
    assert by_id["password"]["purpose"] == "PASSWORD"
    assert by_id["username"]["reference"] == "op://dev/db/username"
    for field in item["fields"]:
        if "value" in field:
            assert op("read", field["reference"]).out == f"{field['value']}\n"


def test_item_get_conceals(op):
    """Human output hides concealed values until --reveal."""
    hidden, shown = op("item", "get", "db").out, op("item", "get", "db", "--reveal").out
    assert SECRET not in hidden
    assert re.search(r"\[use 'op item get [a-z2-7]{26} --reveal' to reveal\]", hidden)
    assert SECRET in shown
    assert "https://db.example.org (primary)" in hidden


def test_item_fields(op):
    """One chosen field is an object or a bare value, several an array or one line."""
    get = ("item", "get", "db", "--fields")
    assert op(*get, "label=password", "--format", "json").json["value"] == SECRET
    assert [row["id"] for row in op(*get, "password,username", "--format", "json").json] == [
        "password",
        "username",
    ]
    assert op(*get, "username").out == "app\n"
    assert op(*get, "username,password", "--reveal").out == f"app,{SECRET}\n"
    assert SECRET not in op(*get, "password").out
    for asked in ("none", "label=none"):
        assert op.run(*get, asked).error == "item 'dev/db' does not have a field 'none'"
    assert "does not have a field 'type=date'" in op.run(*get, "type=date").error


def test_item_otp(op):
    """A one-time code is six digits and a newline."""
    assert re.fullmatch(r"\d{6}\n", op("item", "get", "db", "--otp").out)


def test_item_missing(op):
    """A missing item is refused with the texts that clients know."""
    tail = "Specify the item with its UUID, name, or domain."
    assert op.run("item", "get", "x").error == f'"x" isn\'t an item. {tail}'
    assert op.run("item", "get", "x", "--vault", "dev").error == (
        f'"x" isn\'t an item in the "dev" vault. {tail}'
    )


def test_item_ambiguous(op):
    """A title of several items is refused with their vaults and ids."""
    made = [
        op("item", "create", "--vault", "dev", "--category", "password", "--title", "twin", "a=1")
        for _ in range(2)
    ]
    ids = {re.search(r"[a-z2-7]{26}", one.out)[0] for one in made}
    done = op.run("item", "get", "twin")
    assert done.error == (
        'More than one item matches "twin". Try again and specify the item by its ID: '
    )
    lines = done.err.splitlines()[1:]
    assert all(line.startswith('\t* for the item "twin" in vault dev: ') for line in lines[:2])
    assert {line.rpartition(" ")[2] for line in lines[:2]} == ids
    for one in ids:
        op("item", "delete", one)


def test_fields_ambiguous(op):
    """A name of several fields is refused by `item get`, `read` and `item edit`, with their ids."""
    made = op(
        *("item", "create", "--vault", "dev", "--category", "login", "--title", "two"),
        *("A.key[text]=1", "B.key[text]=2", "--format", "json"),
    ).json
    ids = {field["id"] for field in made["fields"] if field["label"] == "key"}
    for arguments in (
        ["item", "get", "two", "--fields", "key"],
        ["read", "op://dev/two/key"],
        ["read", "-f", "op://dev/two/key"],
        ["item", "edit", "two", "key=3"],
    ):
        done = op.run(*arguments)
        start = 'More than one field matches "key". Try again and specify the field by its ID: '
        assert done.error.endswith(start)
        lines = [line for line in done.err.splitlines() if line.startswith("\t* ")]
        assert all(line.startswith('\t* for the field "key"') for line in lines)
        assert {line.rpartition(": ")[2] for line in lines} == ids
    assert op("item", "get", "two", "--fields", "b.key").out == "2\n"
    op("item", "delete", "two")


def test_secret_after_a_blank(op):
    """What stands behind a blank, or in a flag's place, is not repeated on standard error."""
    create = ("item", "create", "--vault", "dev", "--category", "login", "--title", "x")
    for stray in (
        ["hunter2"],
        ["hunter2[delete]"],
        ["hunter2[zorro]"],
        ["-Xhunter2"],
        ["--Hunter2"],
    ):
        done = op.run(*create, "password=", *stray)
        assert done.error
        assert "unter2" not in done.err
        assert "zorro" not in done.err
    assert op.run(*create, "password=", "hunter2").error == (
        "the 2nd assignment has neither a value nor a type"
    )
    assert op.run("item", "get", "x").code == 1


def test_value_that_does_not_come(op):
    """An empty pipe sets no value, and nothing is stored; an empty line is an empty value."""
    before = op("item", "get", "db", "--format", "json").json["version"]
    done = op.run("item", "edit", "db", "extra=-", given="")
    assert done.error == 'expected the value of "extra" on stdin but none found'
    assert op("item", "get", "db", "--format", "json").json["version"] == before
    create = ("item", "create", "--vault", "dev", "--category", "login", "--dry-run", "a=-")
    assert op.run(*create, given="").code == 1
    op(*create, given="\n")


def test_edit_without_changes(op):
    """An edit that says nothing is refused with a hint of its own, and makes no version."""
    before = op("item", "get", "db", "--format", "json").json["version"]
    with_nothing = op.run("item", "edit", "db", given="")
    assert with_nothing.code == 1
    assert op("item", "get", "db", "--format", "json").json["version"] == before
    version = op("vault", "get", "dev", "--format", "json").json["attribute_version"]
    done = op.run("vault", "edit", "dev")
    assert done.error == "say what to change: add --name, --description or --icon"
    assert "Usage: op vault edit" in done.err
    assert op("vault", "get", "dev", "--format", "json").json["attribute_version"] == version


def test_item_edit(op):
    """Edits change what they name, carry the rest along, and count versions."""
    made = op(
        *("item", "create", "--vault", "dev", "--category", "API_CREDENTIAL", "--title", "api"),
        *("credential=old", "Net.host[text]=a", "--format", "json"),
    ).json
    edited = op(
        *("item", "edit", "api", "--vault", "dev", "credential=-", "Net.host[delete]"),
        *("--title", "api2", "--tags", "t", "--format", "json"),
        given="new",
    ).json
    assert edited["id"] == made["id"]
    assert edited["version"] == 2
    assert (edited["title"], edited["tags"]) == ("api2", ["t"])
    assert "sections" not in edited
    assert op("read", "op://dev/api2/credential").out == "new\n"
    assert "tags" not in op("item", "edit", "api2", "--tags=", "--format", "json").json
    op("item", "delete", "api2")


def test_item_edit_by_template(op):
    """An item's JSON, changed and piped back, changes the item."""
    op("item", "create", "--vault", "dev", "--category", "login", "--title", "piped", "username=a")
    template = op("item", "get", "piped", "--format", "json").out.replace('"a"', '"z"')
    op("item", "edit", "piped", given=template)
    assert op("read", "op://dev/piped/username").out == "z\n"
    (op.folder / "t.json").write_text(template.replace('"z"', '"y"'))
    op("item", "edit", "piped", "--template", "t.json")
    assert op("read", "op://dev/piped/username", "-n").out == "y"
    op("item", "delete", "piped")


def test_item_create_from_standard_input(op):
    """A template, or an array of them, may be piped in; flags win over templates."""
    template = op("item", "get", "db", "--format", "json").json
    one = op("item", "create", "--format", "json", given=json.dumps(template)).json
    assert one["id"] != template["id"]
    assert one["vault"] == template["vault"]
    both = json.dumps([template, template])
    op("item", "create", "-", "--vault", "dev", "--title", "bulk", given=both)
    bulk = [row for row in op("item", "list", "--format", "json").json if row["title"] == "bulk"]
    assert len(bulk) == 2
    op("item", "delete", "-", given=json.dumps([*bulk, one]))
    assert len(op("item", "list", "--vault", "dev", "--format", "json").json) == 1


def test_item_create_in_the_personal_vault(op):
    """Without --vault a user's item goes into the personal vault."""
    made = op("item", "create", "--category", "login", "--title", "mine", "--format=json").json
    shown = op("vault", "get", made["vault"]["id"], "--format", "json").json
    assert shown["type"] == "PERSONAL"
    op("item", "rm", "mine")


def test_item_create_dry_run(op):
    """A dry run shows the item and saves nothing."""
    shown = op(
        *("item", "create", "--vault", "dev", "--category", "login", "--title", "dry"),
        *("username=a", "--dry-run", "--format", "json"),
    ).json
    assert shown["title"] == "dry"
    assert op.run("item", "get", "dry").code == 1


def test_generate_password(op):
    """A generated password follows its recipe; the flag takes no word after it as a value."""
    made = op(
        *("item", "create", "--vault", "dev", "--category", "login", "--title", "gen"),
        *("--generate-password", "username=a", "--format", "json"),
    ).json
    by_id = {field["id"]: field.get("value") for field in made["fields"]}
    assert len(by_id["password"]) == 32
    assert by_id["username"] == "a"
    op("item", "edit", "gen", "--generate-password=digits,8")
    assert re.fullmatch(r"\d{8}", op("read", "op://dev/gen/password", "-n").out)
    assert (
        "Login and Password"
        in op.run(
            *("item", "create", "--vault", "dev", "--category", "server", "--generate-password"),
        ).error
    )
    op("item", "delete", "gen")


STDIN_MISUSE = {
    "two values": ["--category", "login", "a=-", "b=-"],
    "value and template": ["-", "--category", "login", "a=-"],
}


@pytest.mark.parametrize("arguments", STDIN_MISUSE.values(), ids=STDIN_MISUSE.keys())
def test_standard_input_serves_one(op, arguments):
    """Standard input cannot give two parts of an item."""
    done = op.run("item", "create", "--vault", "dev", *arguments, given="{}")
    assert "already used" in done.error or "category" in done.error


def test_archive(op):
    """An archived item is found by id, or with --include-archive, and never by a reference."""
    made = op(
        *("item", "create", "--vault", "dev", "--category", "login", "--title", "old"),
        *("username=a", "--format", "json"),
    ).json
    op("item", "delete", "old", "--archive")
    assert op.run("item", "get", "old").code == 1
    assert op.run("read", "op://dev/old/username").code == 1
    assert op("item", "get", made["id"]).out
    assert op("item", "get", "old", "--include-archive").out
    assert op.with_(OP_INCLUDE_ARCHIVE="true")("item", "get", "old").out
    titles = [row["title"] for row in op("item", "list", "--format", "json").json]
    assert "old" not in titles
    op("item", "delete", made["id"])
    assert op.run("item", "get", made["id"]).code == 1


def test_item_list(op):
    """Lists can be narrowed by category and tag; a tag also means what is below it."""
    rows = op("items", "list", "--vault", "dev", "--categories", "Login", "--format", "json").json
    assert [row["title"] for row in rows] == ["db"]
    assert "fields" not in rows[0]
    assert op("item", "list", "--vault", "dev", "--tags", "b", "--format", "json").json == rows
    # In lists and in whole items: whoever wrote the version that is shown.
    me = op("whoami", "--format", "json").json["user_uuid"]
    whole = op("item", "get", "db", "--format", "json").json
    assert {row["last_edited_by"] for row in (*rows, whole)} == {me}
    assert op("item", "list", "--vault", "dev", "--tags", "c", "--format", "json").json == []
    assert op("item", "ls", "--vault", "dev").out.split()[:4] == ["ID", "TITLE", "VAULT", "EDITED"]


def test_unicode_and_newlines(op):
    """Values are bytes that nobody touches: line ends, tabs, any script."""
    value = "línea 1\r\n\tline 2 \u2028 金庫 🔐\n"
    op(
        *("item", "create", "--vault", "dev", "--category", "login", "--title", "odd"),
        *("password=-",),
        given=f"{value}\n",
    )
    assert op("read", "op://dev/odd/password", "--no-newline").out == value
    op("item", "delete", "odd")
