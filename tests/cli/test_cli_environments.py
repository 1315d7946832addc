"""`op environment …` end to end."""

import json
import re

import pytest

from cli.people import bring_in
from cli.program import SECRET

NOT_FOUND = 'environment "{}" not found. Specify the environment with its ID or name.'


@pytest.fixture(scope="module")
def env(op):
    """The environment `prod`, by its id."""
    (op.folder / ".env").write_text("# for tests\nexport HOST=db.example.org\nKEY='a\nb'\n")
    made = op(
        *("environment", "create", "prod", "TOKEN[masked]=-", "--description", "for tests"),
        *("--env-file", ".env", "--format", "json"),
        given=SECRET,
    ).json
    assert set(made) == {"id", "name", "description", "version", "created_at", "updated_at"}
    assert (made["name"], made["description"], made["version"]) == ("prod", "for tests", 1)
    return made["id"]


@pytest.fixture(scope="module")
def token(op, env):
    """The program with a service account that may read `prod`."""
    made = op("service-account", "create", "env", "--environment", env, "--raw").out.strip()
    return op.with_(OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=made)


def names(op, name):
    return [row["name"] for row in op("environment", "read", name, "--format", "json").json]


@pytest.mark.parametrize("by", ["op", "token"])
@pytest.mark.parametrize("named", ["id", "name"])
def test_read(request, env, by, named):
    """Lines are NAME=value, unquoted; JSON is a list of name, value and masked."""
    program = request.getfixturevalue(by)
    read = ("environment", "read", env if named == "id" else "prod")
    assert program(*read).out == f"HOST=db.example.org\nKEY=a\nb\nTOKEN={SECRET}\n"
    assert program(*read, "--format", "json").json == [
        {"name": "HOST", "value": "db.example.org", "masked": False},
        {"name": "KEY", "value": "a\nb", "masked": False},
        {"name": "TOKEN", "value": SECRET, "masked": True},
    ]


def test_get_conceals(op, env):
    """`get` shows names, and values only with --reveal, in both formats."""
    hidden = op("environment", "get", "prod").out
    assert SECRET not in hidden
    assert "db.example.org" not in hidden
    assert re.search(rf"  TOKEN: +\[use 'op environment get {env} --reveal' to reveal\]", hidden)
    assert SECRET in op("environment", "get", "prod", "--reveal").out
    shown = op("environment", "get", env, "--format", "json").json
    assert shown["variables"] == [
        {"name": "HOST", "masked": False},
        {"name": "KEY", "masked": False},
        {"name": "TOKEN", "masked": True},
    ]
    revealed = op("environment", "get", env, "--reveal", "--format", "json").json
    assert revealed["variables"][2]["value"] == SECRET


def test_list(op, env):
    """Environments are listed by id and name; vaults are not among them."""
    rows = op("environment", "list", "--format", "json").json
    assert env in [row["id"] for row in rows]
    assert "dev" not in [row["name"] for row in rows]
    header, *lines = op("environment", "ls").out.splitlines()
    assert header.split() == ["ID", "NAME", "EDITED"]
    assert any(line.startswith(f"{env}    prod") for line in lines)


def test_life(op):
    """An environment is made, changed part by part, looked back at, and deleted."""
    op("environment", "create", "life", "A=1", "B=2")
    assert op("environment", "edit", "life", "B[masked]=3", "C=4", "A[delete]").out == ""
    assert op("environment", "read", "life").out == "B=3\nC=4\n"
    op("environment", "edit", "life", "C=-", "--name", "life 2", given="from input\n")
    assert op("environment", "read", "life 2").out == "B=3\nC=from input\n"
    op("environment", "edit", "life 2", "B[unmasked]", "--description", "why")
    rows = op("environment", "read", "life 2", "--format", "json").json
    assert [row["masked"] for row in rows] == [False, False]
    history = op("environment", "history", "life 2", "--format", "json").json
    assert [row["version"] for row in history] == [4, 3, 2, 1]
    assert set(history[0]) == {"version", "state", "updated_at", "author"}
    assert op("environment", "history", "life 2").out.splitlines()[0].split() == [
        *("VERSION", "STATE", "EDITED", "AUTHOR")
    ]
    assert op("environment", "read", "life 2", "--version", "1").out == "A=1\nB=2\n"
    missing = op.run("environment", "read", "life 2", "--version", "9").error
    assert missing == 'the environment "life 2" has no version 9 that is kept'
    assert op("environment", "rm", "life 2").out == ""
    assert op.run("environment", "read", "life 2").error == NOT_FOUND.format("life 2")


def test_copy(op, env):
    """What `read` prints as JSON makes the same environment again; `--replace` drops the rest."""
    text = op("environment", "read", env, "--format", "json").out
    op("environment", "create", "copy", "OLD=1", "-", given=text)
    assert names(op, "copy") == ["HOST", "KEY", "TOKEN", "OLD"]
    op("environment", "edit", "copy", "--env-file", "-", "--replace", given=text)
    assert op("environment", "read", "copy", "--format", "json").json == json.loads(text)
    op("environment", "delete", "copy")


def test_empty(op):
    """An environment without variables prints nothing, or an empty list."""
    op("environment", "create", "bare")
    assert op("environment", "read", "bare").out == ""
    assert op("environment", "read", "bare", "--format", "json").json == []
    assert "Variables" not in op("environment", "get", "bare").out
    op("environment", "edit", "bare", "--masked", "A=1", "B[unmasked]=2")
    rows = op("environment", "read", "bare", "--format", "json").json
    assert [row["masked"] for row in rows] == [True, False]
    op("environment", "delete", given="bare\n")


def test_dialect(op):
    """A file is read as the program that is named reads it; without a name, doubt is an error."""
    text = "A = 1 # one\nB=`it's`\n"
    create = ("environment", "create", "dialects", "-")
    done = op.run(*create, given=text)
    assert done.error.startswith("line 1 of standard input has blanks around its name")
    assert "--dialect" in done.err
    op(*create, "--dialect", "node", given=text)
    assert op("environment", "read", "dialects").out == "A=1\nB=it's\n"
    (op.folder / "docker.env").write_text("B='2'\n")
    flags = ("--env-file", "docker.env", "--dialect", "docker")
    op("environment", "edit", "dialects", *flags, "--replace")
    assert op("environment", "read", "dialects").out == "B='2'\n"
    assert "python-dotenv" in op.run(*create, "--dialect", "ruby", given=text).err
    op("environment", "delete", "dialects")


def test_nothing_comes_in(op):
    """A pipe or file without variables empties no environment and makes none; `--empty` does."""
    (op.folder / "empty.env").write_text("")
    op("environment", "create", "full", "A=1", "B=2")
    refused = {
        "standard input names no variable": ["-", "--replace"],
        "the file empty.env names no variable": ["--env-file", "empty.env"],
        "--replace without new variables would remove every variable": ["--replace", "A[delete]"],
    }
    for error, arguments in refused.items():
        assert op.run("environment", "edit", "full", *arguments, given="").error == error
    assert op.run("environment", "edit", "full", "--replace", "--name", "x").code == 1
    assert op.run("environment", "edit", "full", "--empty").code == 1
    for source in (["-"], ["--env-file", "empty.env"]):
        done = op.run("environment", "create", "none made", *source, given="")
        assert done.error.endswith("names no variable")
    assert op.run("environment", "read", "none made").code == 1
    assert op("environment", "read", "full").out == "A=1\nB=2\n"
    for dialect in ("python-dotenv", "node", "docker"):
        command = ("environment", "edit", "full", "-", "--replace", "--dialect", dialect)
        done = op.run(*command, given="# C=3\n")
        assert done.error == "standard input names no variable"
    assert op("environment", "read", "full").out == "A=1\nB=2\n"
    op("environment", "edit", "full", "--replace", "--empty")
    assert op("environment", "read", "full").out == ""
    op("environment", "edit", "full", "C=3")
    op("environment", "edit", "full", "-", "--replace", "--empty", given="")
    assert op("environment", "read", "full").out == ""
    op("environment", "create", "made empty", "--env-file", "empty.env", "--empty")
    op("environment", "delete", given="full\nmade empty\n")


def test_restore(op):
    """An older version's variables come back as a new version; the name stays."""
    op("environment", "create", "back", "A=1", "B[masked]=2")
    op("environment", "edit", "back", "--replace", "--empty", "--name", "back again")
    restored = op("environment", "restore", "back again", "--version", "1", "--format", "json")
    assert (restored.json["version"], restored.json["name"]) == (3, "back again")
    assert op("environment", "read", "back again").out == "A=1\nB=2\n"
    shown = op("environment", "restore", "back again", "--version", "2").out
    assert re.search(r"^Version: +4$", shown, re.MULTILINE)
    assert op("environment", "read", "back again").out == ""
    missing = op.run("environment", "restore", "back again", "--version", "9")
    assert missing.error == 'the environment "back again" has no version 9 that is kept'
    assert op.run("environment", "restore", "back again").code == 1
    op("environment", "delete", "back again")


def test_refused_changes(op, env):
    """A change that is refused says why without repeating it, and changes nothing."""
    refused = {
        "nothing to change": [],
        "a blank behind the equals sign": ["A=", "hunter2"],
        "a variable that is not there": ["hunter2[delete]"],
        "a long value": [f"A={'hunter2' * 17_600}"],
    }
    for what, arguments in refused.items():
        done = op.run("environment", "edit", "prod", *arguments)
        assert done.code == 1, what
        assert "hunter2" not in done.err, what
    assert op("environment", "get", env, "--format", "json").json["version"] == 1


def test_missing(op):
    """An unknown environment is refused in words that clients look for."""
    for verb in ("read", "get", "edit", "history", "restore", "delete", "list-access"):
        arguments = {"edit": ["A=1"], "restore": ["--version", "1"]}.get(verb, [])
        done = op.run("environment", verb, "none", *arguments)
        assert done.error == NOT_FOUND.format("none")


def test_name_that_is_taken(op, env):
    """A second environment of a name is not made, by `create` or by a rename."""
    taken = 'there is already an environment "{}"'
    for typed in ("prod", "PROD"):
        done = op.run("environment", "create", typed, "A=1")
        assert done.error == taken.format(typed)
        assert f"\t* {env}\n" in done.err
        assert "`op environment edit`" in done.err
    op("environment", "create", "second", "A=1")
    done = op.run("environment", "edit", "second", "--name", "prod", "A=2")
    assert done.error == taken.format("prod")
    assert op("environment", "read", "second").out == "A=1\n"
    op("environment", "edit", "second", "--name", "Second")
    op("environment", "delete", "second")
    op("environment", "create", "second")
    op("environment", "delete", "second")


def test_ambiguous(op):
    """A name that two environments have is refused with their ids."""
    ben = bring_in(op, op.folder, "bea")
    ids = [who("environment", "create", "twin", "--format", "json").json["id"] for who in (op, ben)]
    op("environment", "grant", ids[0], "--user", "bea@example.org")
    done = ben.run("environment", "read", "twin")
    assert done.error.startswith('More than one environment matches "twin".')
    assert sorted(re.findall(r"[a-z2-7]{26}", done.err)) == sorted(ids)
    op("environment", "delete", ids[0])
    ben("environment", "delete", ids[1])


def test_write_by_a_reader(token, env):
    """A token that may read is told that it may not change, and whom to ask."""
    done = token.run("environment", "edit", env, "A=1")
    assert done.error == 'you may not change the environment "prod"'
    assert "hint: create another service account with write_items" in done.err
    assert token.run("environment", "delete", env).error == (
        'you may not delete the environment "prod"'
    )
    assert token.run("environment", "create", "x").error.startswith(
        'you may not create the environment "x"'
    )


def test_writing_token(op):
    """`write_items` changes an environment; `share_items` means nothing there."""
    op("environment", "create", "written", "A=1")
    create = ("service-account", "create", "writer", "--environment")
    text = "written:read_items,write_items"
    made = op(*create, text, "--format", "json").json
    [row] = made["environments"]
    assert op("environment", "get", row["id"]).out
    assert (row["name"], row["permissions"]) == ("written", ["read_items", "write_items"])
    writer = op.with_(OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=made["token"])
    writer("environment", "edit", "written", "A=2")
    assert op("environment", "read", "written").out == "A=2\n"
    done = op.run(*create, "written:read_items,share_items")
    assert done.error == '"share_items" isn\'t a permission of a service account'
    op("environment", "delete", "written")


def test_access(op):
    """People and groups are given an environment, listed, and lose it again."""
    ben = bring_in(op, op.folder, "ben")
    op("environment", "create", "team", "A=1")
    assert ben.run("environment", "read", "team").error == NOT_FOUND.format("team")
    op("environment", "grant", "team", "--user", "ben@example.org")
    assert ben("environment", "read", "team").out == "A=1\n"
    assert ben.run("environment", "edit", "team", "A=2").error.startswith("you may not change")
    op(
        *("environment", "grant", "team", "--user", "ben@example.org"),
        *("--permissions", "allow_editing"),
    )
    ben("environment", "edit", "team", "A=2")
    rows = op("environment", "list-access", "team", "--format", "json").json
    by_name = {row["name"]: row for row in rows}
    assert by_name["Ben"]["permissions"] == ["allow_viewing", "allow_editing"]
    assert by_name["Administrators"]["kind"] == "GROUP"
    assert op("environment", "list-access", "team").out.splitlines()[0].split() == [
        *("ID", "KIND", "NAME", "PERMISSIONS")
    ]
    revoke = ("environment", "revoke", "team", "--user", "ben@example.org")
    op(*revoke)
    told = '"Ben" has no direct rights in the environment "team"'
    assert op.run(*revoke).error == told
    assert ben.run("environment", "read", "team").error == NOT_FOUND.format("team")
    assert op("environment", "read", "team").out == "A=2\n"
    for flags in ((), ("--user", "ben@example.org", "--group", "Administrators")):
        assert "one of --user and --group" in op.run("environment", "grant", "team", *flags).error
    op("environment", "delete", "team")
