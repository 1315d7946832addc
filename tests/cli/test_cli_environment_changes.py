"""`op environment import` and `op environment diff`."""

import pytest

from cli.program import SECRET

NOT_FOUND = 'environment "none" not found. Specify the environment with its ID or name.'


@pytest.fixture(scope="module")
def changed(op):
    """The environment `changes` in three versions."""
    op("environment", "create", "changes", f"A={SECRET}", "B=1", "C=2")
    op("environment", "edit", "changes", "B[masked]=3", "C[delete]", "D=4")
    op("environment", "edit", "changes", "A=5", "B[unmasked]")
    return ("environment", "diff", "changes")


def test_diff_since_a_version(op, changed):
    """With one version, it is compared with what is there now; values are not shown."""
    lines = [line.split() for line in op(*changed, "1").out.splitlines()]
    assert lines == [
        ["CHANGE", "NAME", "WHAT"],
        ["changed", "A", "value"],
        ["changed", "B", "value"],
        ["removed", "C"],
        ["added", "D"],
    ]
    assert SECRET not in op(*changed, "1").out


def test_diff_of_two_versions(op, changed):
    """Two versions are compared in the order in which they are named."""
    assert op(*changed, "1", "2", "--format", "json").json == [
        {"name": "B", "change": "changed", "parts": ["value", "masked"]},
        {"name": "C", "change": "removed"},
        {"name": "D", "change": "added"},
    ]
    backwards = op(*changed, "2", "1", "--format", "json").json
    assert [row["change"] for row in backwards] == ["changed", "removed", "added"]
    assert [row["name"] for row in backwards] == ["B", "D", "C"]


def test_diff_reveals(op, changed):
    """Values before and after are shown if they are asked for."""
    shown = op(*changed, "1", "--reveal", "--format", "json").json
    assert shown[0] == {
        "name": "A",
        "change": "changed",
        "parts": ["value"],
        "before": SECRET,
        "after": "5",
    }
    assert shown[2] == {"name": "C", "change": "removed", "before": "2"}
    assert shown[3] == {"name": "D", "change": "added", "after": "4"}
    table = op(*changed, "1", "--reveal").out.splitlines()
    assert table[0].split() == ["CHANGE", "NAME", "WHAT", "BEFORE", "AFTER"]
    assert SECRET in table[1]


def test_diff_of_the_same(op, changed):
    """Where nothing differs nothing is printed, or an empty list."""
    assert op(*changed, "3").out == ""
    assert op(*changed, "2", "2", "--format", "json").json == []


def test_diff_refusals(op, changed):
    """A version or environment that is not there is named."""
    error = 'the environment "changes" has no version 9 that is kept'
    assert op.run(*changed, "9").error == error
    assert op.run(*changed, "1", "9").error == error
    words = op.run("environment", "diff", "changes", "first").error
    assert words.endswith("'first' is not a whole number")
    assert op.run("environment", "diff", "none", "1").error == NOT_FOUND
    assert op.run(*changed, "0").code == 1


def test_import(op):
    """A file makes an environment or changes one, as one version."""
    (op.folder / "a.env").write_text("A=1\nB='2'\n")
    (op.folder / "b.json").write_text('[{"name": "B", "value": "3", "masked": true}]')
    made = op("environment", "import", "imported", "a.env", "--format", "json").json
    assert (made["name"], made["version"]) == ("imported", 1)
    changed = op("environment", "import", "imported", "b.json", "--format", "json").json
    assert (changed["id"], changed["version"]) == (made["id"], 2)
    read = ("environment", "read", "imported")
    assert op(*read).out == "A=1\nB=3\n"
    op("environment", "import", made["id"], "-", "--masked", given="C=4\n")
    assert [row["masked"] for row in op(*read, "--format", "json").json] == [False, True, True]
    op("environment", "import", "imported", "a.env", "--replace")
    assert op(*read).out == "A=1\nB=2\n"
    (op.folder / "docker.env").write_text('A="x"\n')
    op("environment", "import", "imported", "docker.env", "--dialect", "docker")
    assert op(*read).out == 'A="x"\nB=2\n'


REFUSED = {
    "empty": ("", (), "names no variable"),
    "replaced by nothing": ("", ("--replace",), "names no variable"),
    "not understood": ("A=$B\n", (), "line 1"),
}


@pytest.mark.parametrize(("text", "flags", "reason"), REFUSED.values(), ids=REFUSED)
def test_import_refusals(op, text, flags, reason):
    """A file without variables, or with a line that is read in two ways, changes nothing."""
    done = op.run("environment", "import", "refused", "-", *flags, given=text)
    assert reason in done.error
    assert op.run("environment", "get", "refused").error.startswith('environment "refused" not')


def test_import_nothing(op):
    """--empty says that no variables are meant."""
    op("environment", "import", "nothing", "-", "--empty", given="")
    assert op("environment", "read", "nothing").out == ""


def test_import_without_permission(op):
    """Who may read an environment only cannot import into it, and is told so."""
    op("environment", "create", "readonly", "A=1")
    token = op("service-account", "create", "env", "--environment", "readonly", "--raw").out.strip()
    program = op.with_(OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=token)
    done = program.run("environment", "import", "readonly", "-", given="A=2\n")
    assert done.error == 'you may not change the environment "readonly"'
    assert op("environment", "read", "readonly").out == "A=1\n"
