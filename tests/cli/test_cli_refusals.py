"""Refusals for want of a permission: what was refused, on what, and whom to ask."""

import pytest

from strongroom.cli.program.refusals import ASK_TO_WRITE, permission_to
from strongroom.cli.program.ui import report
from strongroom.errors import AmbiguousError, ForbiddenError, MissingPermissionError

WRITES = {
    "create": (
        ["item", "create", "--vault", "dev", "--category", "login", "username=x"],
        'you may not create items in the vault "dev"',
    ),
    "edit": (
        ["item", "edit", "db", "username=x"],
        'you may not change the item "db" in the vault "dev"',
    ),
    "delete": (["item", "delete", "db"], 'you may not delete the item "db" in the vault "dev"'),
    "archive": (
        ["item", "delete", "db", "--archive"],
        'you may not archive the item "db" in the vault "dev"',
    ),
}


@pytest.mark.parametrize(("arguments", "text"), WRITES.values(), ids=WRITES)
def test_write_by_a_reader(reader, arguments, text):
    """A write without the right says which, where, and how to get it."""
    done = reader.run(*arguments)
    assert done.error == text
    assert done.err.splitlines()[1] == f"hint: {ASK_TO_WRITE}"


MANAGES = {
    "rename": (["vault", "edit", "dev", "--name", "x"], 'you may not change the vault "dev"'),
    "delete": (["vault", "delete", "dev"], 'you may not delete the vault "dev"'),
    "make": (["vault", "create", "x"], 'you may not create the vault "x"'),
    "token": (
        ["service-account", "create", "x", "--vault", "dev"],
        'you may not create the service account "x"',
    ),
}


@pytest.mark.parametrize(("arguments", "text"), MANAGES.values(), ids=MANAGES)
def test_management_by_a_reader(reader, arguments, text):
    """Managing without the right says what was refused, and whom to ask."""
    done = reader.run(*arguments)
    assert done.error.startswith(text)
    assert "ask" in done.err.splitlines()[1] or "administrator" in done.err


def test_personal_vault(op):
    """A refusal with another reason than a permission keeps it."""
    [personal] = [
        row
        for row in op("vault", "list", "--format", "json").json
        if op("vault", "get", row["id"], "--format", "json").json["type"] == "PERSONAL"
    ]
    done = op.run("vault", "delete", personal["id"])
    assert done.error.startswith("you may not delete the vault ")
    assert "personal vault cannot be deleted" in done.error


def test_bare_refusal_loses_the_engines_ids():
    """Where nothing but the permission is missing, the engine's ids are not shown."""
    with (
        pytest.raises(ForbiddenError) as caught,
        permission_to("sing", hint="ask the choir"),
    ):
        raise MissingPermissionError("no bits in container xyz")
    assert (caught.value.message, caught.value.hint) == ("you may not sing", "ask the choir")


def test_candidates_have_lines(capsys):
    """What to choose among is printed line by line, once, without control characters."""
    report(AmbiguousError("several", candidates=("a\x1b", "b")))
    report(AmbiguousError("several\n\t* for x: a\n\t* for x: b", candidates=("a", "b")))
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("\t")]
    assert lines == ["\t* a ", "\t* b", "\t* for x: a", "\t* for x: b"]
