"""`op service-account …` end to end."""

import re
import time

import pytest

from cli.program import SECRET


@pytest.fixture
def made(op):
    """A service account of its own for each test: its name and the program with its token."""
    name = f"robot {next(_numbers)}"
    token = op("service-account", "create", name, "--vault", "dev", "--raw").out.strip()
    yield name, op.with_(OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=token)
    op.run("service-account", "revoke", name)


_numbers = iter(range(1, 1 << 32))


def with_token(program, token):
    return program.with_(OP_SERVICE_ACCOUNT_TOKEN=token.strip())


def get(op, name):
    return op("service-account", "get", name, "--format", "json").json


def test_list_and_get(op, made):
    """Service accounts are listed with their facts; `get` says what they may use."""
    name, _ = made
    [row] = [
        one for one in op("service-account", "list", "--format", "json").json if one["name"] == name
    ]
    assert set(row) == {"id", "name", "state", "can_create_vaults", "creator_id", "created_at"}
    assert (row["state"], row["can_create_vaults"]) == ("ACTIVE", False)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["created_at"])
    shown = get(op, row["id"])
    [vault] = shown["vaults"]
    assert (vault["name"], vault["permissions"]) == ("dev", ["read_items"])
    assert shown == row | {"vaults": [vault], "environments": []}
    assert op("service-account", "ls").out.splitlines()[0].split() == [
        *("ID", "NAME", "STATE", "ENDS")
    ]
    assert "dev (read_items)" in op("service-account", "get", name).out


def test_ids_of_a_new_one(op):
    """JSON of `create` has the ids that other commands take, beside the names."""
    made = op(
        *("service-account", "create", "ids", "--vault", "dev:read_items,write_items"),
        *("--format", "json"),
    ).json
    shown = get(op, made["id"])
    assert shown["name"] == "ids"
    assert made["vaults"] == shown["vaults"]
    assert set(made) == {"id", "name", "vaults", "token"}
    op("service-account", "revoke", made["id"])


def test_words(op):
    """Words that were given are the words that are shown; an end too."""
    op(
        *("service-account", "create", "words", "--expires-in", "1d"),
        *("--vault", "dev:read_items,write_items,share_items", "--can-create-vaults"),
    )
    shown = get(op, "words")
    assert shown["vaults"][0]["permissions"] == ["read_items", "write_items", "share_items"]
    assert shown["can_create_vaults"] is True
    assert "expires_at" in shown
    op("service-account", "rm", "words")


def test_edit(op, made):
    """A service account is renamed; its token works on."""
    name, program = made
    assert op("service-account", "edit", name, "--name", f"{name} new").out == ""
    assert program("read", "op://dev/db/password").out == f"{SECRET}\n"
    assert "isn't a service account" in op.run("service-account", "get", name).error
    op("service-account", "edit", f"{name} new", "--name", name)


def test_rotate_at_once(op, made):
    """Without an overlap the old token is refused as soon as the new one is there."""
    name, program = made
    token = op("service-account", "rotate", name, "--raw").out
    assert token.startswith("ops_")
    assert program.run("read", "op://dev/db/password").code == 1
    assert with_token(program, token)("read", "op://dev/db/password").out == f"{SECRET}\n"


def test_rotate_with_overlap(op, made):
    """With an overlap both tokens work, and the end of the old one is shown."""
    name, program = made
    answer = op(
        *("service-account", "rotate", name, "--expire-old-in", "1h", "--format", "json")
    ).json
    assert set(answer) == {"id", "name", "old_token_ends_at", "token"}
    assert get(op, name)["old_token_ends_at"] == answer["old_token_ends_at"]
    for one in (program, with_token(program, answer["token"])):
        assert one("read", "op://dev/db/password").out == f"{SECRET}\n"
    shown = op("service-account", "rotate", name).out
    assert "shown only once" in shown
    assert "refused from now on" in shown
    assert program.run("read", "op://dev/db/password").code == 1


def test_clock_of_tests(op):
    """The clock of tests brings no token back to life that has come to its end."""
    made = ("service-account", "create", "short", "--vault", "dev", "--expires-in", "1s", "--raw")
    token = op(*made).out.strip()
    time.sleep(1.1)
    program = op.with_(
        OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=token, STRONGROOM_TEST_CLOCK="2020-01-01T00:00:00Z"
    )
    for arguments in (("read", "op://dev/db/password"), ("item", "get", "db", "--vault", "dev")):
        assert program.run(*arguments).error == "the service account token has expired"
    op("service-account", "revoke", "short")


def test_bad_overlap(op, made):
    """A bad duration is refused in the words of its flag, and rotates nothing."""
    name, program = made
    done = op.run("service-account", "rotate", name, "--expire-old-in", "5q")
    assert done.error == (
        'invalid argument "5q" for "--expire-old-in" flag: time: unknown unit "q" in duration "5q"'
    )
    assert program("read", "op://dev/db/password").out == f"{SECRET}\n"


@pytest.mark.parametrize("verb", ["revoke", "delete"])
def test_revoke(op, made, verb):
    """A revoked token is refused at once, and its service account is in no list."""
    name, program = made
    assert program("read", "op://dev/db/password").out == f"{SECRET}\n"
    assert op("service-account", verb, name).out == ""
    assert program.run("read", "op://dev/db/password").code == 1
    names = [row["name"] for row in op("service-account", "list", "--format", "json").json]
    assert name not in names
    assert op("read", "op://dev/db/password").out == f"{SECRET}\n"


def test_rotate_what_was_revoked(op, made):
    """A revoked service account gets no new token, and the hint says what to do instead."""
    name, _ = made
    op("service-account", "revoke", name)
    done = op.run("service-account", "rotate", name)
    assert done.error == f'the service account "{name}" was revoked'
    assert "hint: create another one" in done.err


def test_revoke_tells_what_was_rotated(op, made):
    """As JSON, revoking names the vaults that got new keys; ids may come on standard input."""
    name, _ = made
    revoked = op("service-account", "revoke", "--format", "json", given=f"{name}\n").json
    assert [(row["name"], row["rotated"]) for row in revoked] == [("dev", True)]


def test_missing(op):
    """An unknown service account is refused by name; the others stay."""
    text = '"none" isn\'t a service account in this account. '
    text += "Specify the service account with its ID or name."
    for verb in ("get", "rotate", "revoke", "ratelimit"):
        assert op.run("service-account", verb, "none").error == text
    assert op.run("service-account", "edit", "none", "--name", "x").error == text


def test_several(op):
    """A name that two service accounts have is refused with their ids."""
    for _ in range(2):
        op("service-account", "create", "twin", "--vault", "dev")
    done = op.run("service-account", "rotate", "twin")
    assert done.error.startswith('More than one service account matches "twin".')
    ids = re.findall(r"\t.* ([a-z2-7]{26})$", done.err, re.MULTILINE)
    assert len(ids) == 2
    op("service-account", "revoke", "-", given="\n".join(ids))


def test_by_a_token(op, made):
    """A token manages no service account."""
    _, program = made
    account = program("whoami", "--format", "json").json["user_uuid"]
    for arguments in (["rotate", account], ["revoke", account], ["edit", account, "--name", "x"]):
        done = program.run("service-account", *arguments)
        assert done.error.startswith("you may not ")
    assert program("read", "op://dev/db/password").out == f"{SECRET}\n"


@pytest.mark.parametrize("by", ["op", "reader"])
def test_ratelimit(request, by):
    """There are no limits: an empty list, or a sentence."""
    program = request.getfixturevalue(by)
    assert program("service-account", "ratelimit", "--format", "json").json == []
    assert program("service-account", "ratelimit").out == (
        "There are no rate limits on a database file.\n"
    )


def test_nothing_to_use(op):
    """A service account that could use nothing is not made."""
    done = op.run("service-account", "create", "x")
    assert done.error == "a service account needs a vault or an environment"
