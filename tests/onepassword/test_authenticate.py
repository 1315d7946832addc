"""`Client.authenticate`: the checks that need no home, and their exact texts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from onepassword import Client, DesktopAuth
from onepassword.errors import InvalidArgumentError
from strongroom.errors import InputError, StrongroomError
from strongroom.sync import SyncClient

PREFIX = "invalid user input: encountered the following errors: "
# Well-formed on the outside, so that only name and version are at fault.
TOKEN = "ops_e30"


def refuse(auth: Any = TOKEN, name: Any = "program", version: Any = "1.0") -> str:
    """Return the text with which both clients refuse the arguments."""
    with pytest.raises(StrongroomError) as refused:
        asyncio.run(Client.authenticate(auth, name, version))
    with pytest.raises(type(refused.value)) as refused_sync:
        SyncClient.authenticate(auth, name, version)
    assert str(refused.value) == str(refused_sync.value) == refused.value.message
    return str(refused.value)


@pytest.mark.parametrize("token", [" ", "ops", "OPS_x", "o ps_x", "\n", "eyJhbGciOi", "op_x"])
def test_token_form(token: str) -> None:
    """A token begins with exactly `ops_`."""
    assert refuse(token) == PREFIX + "service account token had invalid format"


@pytest.mark.parametrize(
    ("arguments", "faults"),
    [
        ({"auth": ""}, "service account token was not specified"),
        ({"name": ""}, "integration name was not specified"),
        ({"version": ""}, "integration version was not specified"),
        ({"name": "a" * 41}, "integration name was too long. Max allowed: 40 chars"),
        ({"version": "1" * 21}, "integration version was too long. Max allowed: 20 chars"),
        ({"name": "a+b"}, "integration name contained unallowed char: '+'"),
        ({"name": "a\nb"}, "integration name contained unallowed char: '\n'"),
        ({"version": "1é"}, "integration version contained unallowed char: 'é'"),
        (
            {"name": "!?"},
            (
                "integration name contained unallowed char: '!'; "
                "integration name contained unallowed char: '?'"
            ),
        ),
        (
            {"name": "é" * 21},
            "integration name was too long. Max allowed: 40 chars"
            + "; integration name contained unallowed char: 'é'" * 21,
        ),
        (
            {"auth": "x", "name": "", "version": "1" * 20 + "!"},
            (
                "service account token had invalid format; integration name was not specified; "
                "integration version was too long. Max allowed: 20 chars; "
                "integration version contained unallowed char: '!'"
            ),
        ),
    ],
)
def test_faults(arguments: dict[str, str], faults: str) -> None:
    """All faults of one call are listed: token, name, version; length before characters."""
    assert refuse(**arguments) == PREFIX + faults


@pytest.mark.parametrize("text", [" ", "a" * 20, "A-b_c.1 2"])
def test_allowed_names(text: str) -> None:
    """Names and versions at the limits get as far as the token."""
    assert refuse(name=text, version=text).startswith("invalid service account token, ")


def test_name_without_form() -> None:
    """Text that cannot be printed is refused in a message that can."""
    assert refuse(name="\ud800").encode()


@pytest.mark.parametrize(
    "arguments",
    [{"auth": None}, {"auth": b"ops_"}, {"auth": 5}, {"name": None}, {"version": 1.0}],
)
def test_types(arguments: dict[str, object]) -> None:
    """An argument of the wrong type is refused with the SDK's text and the argument's name."""
    text = refuse(**arguments)

    assert text.startswith("data did not match any variant of untagged enum ClientConfig: ")
    name, value = next(iter(arguments.items()))
    assert name in text
    assert type(value).__name__ in text


def test_type_error_has_msg() -> None:
    """Programs that look at the native core's `msg` find it."""
    with pytest.raises(InvalidArgumentError) as refused:
        asyncio.run(Client.authenticate(None, "program", "1"))  # type: ignore[arg-type]

    assert refused.value.msg == "data did not match any variant of untagged enum ClientConfig"
    assert refused.value.hint == "is OP_SERVICE_ACCOUNT_TOKEN set?"


def test_missing_arguments() -> None:
    """All three arguments are required."""
    with pytest.raises(TypeError):
        asyncio.run(Client.authenticate(TOKEN))  # type: ignore[call-arg]


def test_desktop() -> None:
    """Without an agent, asking for one is the SDK's FileNotFoundError."""
    with pytest.raises(FileNotFoundError) as refused:
        asyncio.run(Client.authenticate(DesktopAuth("me"), "program", "1"))

    assert str(refused.value) == "1Password desktop application not found"
    assert isinstance(refused.value, StrongroomError)
    assert refused.value.hint


def test_desktop_auth() -> None:
    """`DesktopAuth` holds the account's name."""
    assert DesktopAuth(account_name="me").account_name == "me"


def test_no_parts_before_authenticate() -> None:
    """`Client()` takes no arguments and has none of the parts."""
    with pytest.raises(TypeError):
        Client("x")  # type: ignore[call-arg]
    for part in ("secrets", "items", "vaults", "groups", "environments"):
        assert not hasattr(Client(), part)


def test_faults_are_input_errors() -> None:
    """A program can tell wrong arguments from everything else."""
    with pytest.raises(InputError):
        asyncio.run(Client.authenticate("", "", ""))
