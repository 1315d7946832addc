"""Refusals for want of a permission: what was refused, on what, and whom to ask."""

import pytest

from strongroom.cli.program.refusals import TO_WRITE, Advice, permission_to
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
    assert done.err.splitlines()[2] == f"hint: {TO_WRITE.service_account}"


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
    told = ("only people who manage", "ask an owner or administrator", "create another service")
    assert any(f"hint: {text}" in done.err for text in told)


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


class _Caller:
    """An engine, as far as a refusal asks it."""

    def __init__(self, kind):
        self._kind = kind

    def identity(self):
        return {"userType": self._kind}


READERS = {"USER": "ask the choir", "SERVICE_ACCOUNT": "make another one"}


@pytest.mark.parametrize(("kind", "advice"), READERS.items(), ids=READERS)
def test_bare_refusal_loses_the_engines_ids(kind, advice):
    """Where only the permission is missing, the engine's ids are not shown; people and programs
    are told different things."""
    with (
        pytest.raises(ForbiddenError) as caught,
        permission_to(_Caller(kind), "sing", Advice(*READERS.values())),
    ):
        raise MissingPermissionError("no bits in container xyz")
    assert (caught.value.message, caught.value.hint) == ("you may not sing", advice)


def test_other_reasons_get_no_advice():
    """Whom to ask is said only where a permission is missing; a reason's own hint stays."""
    for error, hint in (
        (ForbiddenError("it is raining"), None),
        (ForbiddenError("it is raining", hint="wait"), "wait"),
        (MissingPermissionError("no bits", hint="wait"), "wait"),
    ):
        with (
            pytest.raises(ForbiddenError) as caught,
            permission_to(_Caller("USER"), "sing", Advice(*READERS.values())),
        ):
            raise error
        assert caught.value.hint == hint


def test_service_account_is_named(op, reader):
    """A refusal says which service account acted, and that a variable made it act."""
    account = reader("whoami", "--format", "json").json["user_uuid"]
    line = f"acting as: service account {account}, because OP_SERVICE_ACCOUNT_TOKEN is set"
    # The variable wins over a session, which is what surprises people.
    both = reader.with_(OP_SESSION=op.environment["OP_SESSION"])
    for refused in (
        both.run("vault", "create", "x"),
        both.run("item", "delete", "db"),
        both.run("vault", "get", "nowhere"),
        both.run("read", "op://nowhere/db/password"),
        both.run("service-account", "rotate", "somebody"),
    ):
        assert line in refused.err.splitlines()
    assert (
        "create another service account with --can-create-vaults"
        in both.run("vault", "create", "x").err
    )


def test_rotated_token_is_named(op, reader):
    """A credential that is not valid any more says which one it was."""
    old = op("service-account", "create", "old", "--vault", "dev", "--raw").out.strip()
    op("service-account", "rotate", "old")
    refused = reader.with_(OP_SERVICE_ACCOUNT_TOKEN=old).run("vault", "list")
    assert "because OP_SERVICE_ACCOUNT_TOKEN is set" in refused.err
    assert "sign in" not in refused.err


def test_person_is_named(op):
    """A refusal names the person, the account and where the session comes from."""
    user = op("whoami", "--format", "json").json["user_uuid"]
    token = op.environment["OP_SESSION"]
    bare = op.with_(OP_SESSION="")
    places = {
        "--session": bare.run("--session", token, "vault", "get", "nowhere"),
        "OP_SESSION": op.run("vault", "get", "nowhere"),
        f"OP_SESSION_{user}": bare.with_(**{f"OP_SESSION_{user}": token}).run(
            "vault", "get", "nowhere"
        ),
    }
    for place, refused in places.items():
        told = refused.err.splitlines()[1]
        assert told.startswith('acting as: ana@example.org in the account "Home" (file://')
        assert told.endswith(f", by the session in {place}")


def test_other_failures_name_nobody(op):
    """What was not refused to somebody says nothing of who asked."""
    assert "acting as" not in op.run("item", "get", "nothing", "--vault", "dev").err
    assert "acting as" not in op.with_(OP_SESSION="").run("vault", "list").err


def test_candidates_have_lines(capsys):
    """What to choose among is printed line by line, once, without control characters."""
    report(AmbiguousError("several", candidates=("a\x1b", "b")))
    report(AmbiguousError("several\n\t* for x: a\n\t* for x: b", candidates=("a", "b")))
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("\t")]
    assert lines == ["\t* a ", "\t* b", "\t* for x: a", "\t* for x: b"]
