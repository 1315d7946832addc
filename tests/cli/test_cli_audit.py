"""`strongroom audit …` as whole commands."""

import re
import sqlite3
from contextlib import closing

import pytest

from cli.program import make_account, sign_in
from strongroom.cli.audit import parse_head, parse_since
from strongroom.errors import InputError

NOW = 1_800_000_000_000
HEAD = re.compile(r"(\d+):([0-9a-f]{64})\n")


@pytest.fixture(scope="module")
def op(tmp_path_factory):
    """A signed-in owner with a vault and an item."""
    op = sign_in(make_account(tmp_path_factory.mktemp("audit"))[0])
    op("vault", "create", "dev")
    op("item", "create", "--vault", "dev", "--category", "login", "--title", "db", "a[text]=b")
    return op


def test_list(op):
    """The list has a line for each thing that was done, and JSON has the Events API's keys."""
    lines = op("audit", "list").out.splitlines()
    assert lines[0].split() == ["TIME", "ACTOR", "ACTION", "TYPE", "OBJECT", "AUX", "INFO"]
    rows = op("audit", "list", "--format", "json").json
    assert len(rows) == len(lines) - 1
    assert (rows[-1]["action"], rows[-1]["object_type"]) == ("create", "item")
    assert rows[-1]["object_uuid"] in lines[-1]
    assert op("item", "get", rows[-1]["object_uuid"], "--format", "json").json["title"] == "db"


def test_list_since(op):
    """A list may begin at a time; nothing after it is an empty list."""
    assert op("audit", "list", "--since", "1h").out == op("audit", "list").out
    assert op("audit", "list", "--since", "2999-01-01").out == ""
    assert op("audit", "list", "--since", "2999-01-01", "--format", "json").json == []
    assert "not a time" in op.run("audit", "list", "--since", "yesterday").error


def test_head_and_verify(op):
    """The end of the log is one line to keep, and is given back to be checked against."""
    head = op("audit", "head").out
    position, digest = HEAD.fullmatch(head).groups()
    assert op("audit", "verify").out == head
    assert op("audit", "verify", head.strip()).out == head
    told = op("audit", "head", "--format", "json").json
    assert told == {"position": int(position), "hash": digest}
    op("vault", "edit", "dev", "--description", "more")
    assert op("audit", "verify", head.strip()).out != head


def test_who_may_read(op):
    """A service account does not read the log."""
    token = op("service-account", "create", "robot", "--vault", "dev", "--raw").out.strip()
    robot = op.with_(OP_SESSION="", OP_SERVICE_ACCOUNT_TOKEN=token)
    for words in (("list",), ("head",), ("verify",)):
        assert "only owners and administrators" in robot.run("audit", *words).error


def test_tampering(tmp_path):
    """A log that was changed says where, and the exit code tells it to a script."""
    op = sign_in(make_account(tmp_path)[0])
    head = op("audit", "head").out.strip()
    with closing(sqlite3.connect(tmp_path / "vault.db")) as db:
        db.execute("UPDATE audit SET action = 'view' WHERE position = 3")
        db.commit()
    for words in ((), (head,)):
        done = op.run("audit", "verify", *words)
        assert done.code == 1
        assert done.error == "the audit log breaks at row 3"


BAD_HEADS = ["", "5", "5:", f"5:{'G' * 64}", f"5:{'a' * 63}", f"-5:{'a' * 64}", f"5:{'a' * 65}"]


@pytest.mark.parametrize("text", BAD_HEADS)
def test_bad_head(text):
    """What is no end of a log is refused before anything is opened."""
    with pytest.raises(InputError, match="64 hexadecimal digits"):
        parse_head(text)


TIMES = {
    "2026-01-31": 1_769_817_600_000,
    "2026-01-31T12:00:00Z": 1_769_860_800_000,
    "2026-01-31T12:00:00+02:00": 1_769_853_600_000,
    "24h": NOW - 86_400_000,
    "1w2d": NOW - 9 * 86_400_000,
    "99999w": 0,
    "1066-10-14": 0,
}


@pytest.mark.parametrize(("text", "expected"), TIMES.items(), ids=TIMES.keys())
def test_since(text, expected):
    """A time is a day, a moment, or how long ago it was."""
    assert parse_since(text, now_ms=NOW) == expected


@pytest.mark.parametrize("text", ["", "noon", "24", "2026-13-01", "-1h"])
def test_bad_since(text):
    """What is no time is refused."""
    with pytest.raises(InputError, match="not a time"):
        parse_since(text, now_ms=NOW)
