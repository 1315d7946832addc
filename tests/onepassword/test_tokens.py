"""`Client.authenticate`: tokens that cannot be read, in the SDK's words."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode

import pytest

from onepassword import Client
from strongroom.errors import ForeignTokenError, InvalidTokenError

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
    "token", ["ops_e30=", "ops_e3-_", "ops_e30 ", "ops_e30\n", "ops_e.30", "ops_a", "ops_é"]
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
