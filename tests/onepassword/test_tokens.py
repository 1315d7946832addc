"""`Client.authenticate`: tokens that cannot be read, in the SDK's words."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import b64encode

import msgspec
import pytest

from onepassword import Client
from strongroom.clock import system_clock
from strongroom.crypto.tokens import format_token, parse_token
from strongroom.errors import (
    ForeignTokenError,
    InvalidTokenError,
    StrongroomError,
    TokenExpiredError,
)
from strongroom.ids import throw_away_id
from strongroom.sync import SyncClient
from support.homes import Home

PREFIX = (
    "invalid service account token, "
    "please make sure you provide a valid service account token as parameter:  "
)
BASE64 = PREFIX + "service account token base64 decoding failed, please create another token"
RECORD = PREFIX + "service account deserialization failed, please create another token"


def encode(raw: bytes) -> str:
    """Wrap bytes like a token."""
    return "ops_" + b64encode(raw).decode().rstrip("=")


def refuse(token: str) -> InvalidTokenError:
    """Return the error for a token."""
    with pytest.raises(InvalidTokenError) as refused:
        asyncio.run(Client.authenticate(token, "program", "1"))
    return refused.value


@pytest.mark.parametrize(
    "token", ["ops_e30=", "ops_e3-_", "ops_e 30", "ops_e\n30", "ops_e.30", "ops_a", "ops_é"]
)
def test_base64(token: str) -> None:
    """Only the standard alphabet without padding is base64 here."""
    assert str(refuse(token)) == BASE64


@pytest.mark.parametrize("raw", [b"{}", b"[]", b"null", b'{"a": 1}', b"{", b"\xff\xfe"])
def test_record(raw: bytes) -> None:
    """Anything but the expected record is refused."""
    assert str(refuse(encode(raw))) == RECORD


def test_foreign_token() -> None:
    """A token of 1Password itself is named as such, and nothing of it is repeated."""
    record = {"signInAddress": "example.1password.com", "secretKey": "FIXTURE-NOT-A-KEY"}
    error = refuse(encode(json.dumps(record).encode()))

    assert isinstance(error, ForeignTokenError)
    assert "1Password service account token" in str(error)
    assert "FIXTURE" not in str(error)


PAST = "2020-01-01T00:00:00Z"


def test_clock_of_tests(home: Home, vault_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of tests brings no token of an account back to life that has come to its end."""
    token = home.token(vault_id, expires_ms=system_clock() + 50)
    time.sleep(0.1)
    monkeypatch.setenv("STRONGROOM_TEST_CLOCK", PAST)
    with pytest.raises(TokenExpiredError):
        SyncClient.authenticate(token, "program", "1")


def test_forged_throw_away_token(
    home: Home, vault_id: str, item_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that is made to look like one of a throw-away account opens nothing."""
    parsed = parse_token(home.token(vault_id, expires_ms=system_clock() + 50))
    time.sleep(0.1)
    monkeypatch.setenv("STRONGROOM_TEST_CLOCK", PAST)
    forged = msgspec.structs.replace(parsed, account=throw_away_id(parsed.account))
    with pytest.raises(StrongroomError), connect(format_token(forged)) as client:
        client.items.get(vault_id, item_id)


def connect(token: str) -> SyncClient:
    """Return a client of a token."""
    return SyncClient.authenticate(token, "program", "1")


AROUND = {
    "a line end": "{}\n",
    "as on Windows": "{}\r\n",
    "blanks": " {}\t",
    "an empty line": "\n{}",
}


@pytest.mark.parametrize("text", AROUND.values(), ids=AROUND)
def test_white_space_around(token: str, text: str) -> None:
    """A token that was read from a file opens with what stands around it there."""
    with SyncClient.authenticate(text.format(token), "program", "1") as client:
        assert client.vaults.list()


@pytest.mark.parametrize("text", AROUND.values(), ids=AROUND)
def test_white_space_is_no_reason(text: str) -> None:
    """What is wrong with a token is told as it would be without white space around it."""
    assert str(refuse(text.format("ops_e30"))) == RECORD
    record = json.dumps({"signInAddress": "example.1password.com"})
    assert isinstance(refuse(text.format(encode(record.encode()))), ForeignTokenError)


def test_white_space_inside(token: str) -> None:
    """A token that was broken over two lines is refused, in the SDK's words."""
    assert str(refuse(f"{token[:60]}\n{token[60:]}")) == BASE64
