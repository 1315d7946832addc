"""Configurations: the keys of three wrappers, and the texts of what is wrong with them."""

from __future__ import annotations

import json

import msgspec
import pytest

from strongroom.client.runtime import InlineRuntime, drive
from strongroom.core.configuration import read_configuration
from strongroom.core.core import Core
from strongroom.core.failures import CoreError
from strongroom.crypto.tokens import format_token, parse_token
from support.cores import GO, JAVASCRIPT, PYTHON, configure

MISMATCH = "data did not match any variant of untagged enum ClientConfig"
INPUT = "invalid user input: encountered the following errors: "


def refuse(text: str) -> tuple[str, str]:
    """Return name and message with which a configuration is refused."""
    with pytest.raises(CoreError) as caught:
        drive(Core(InlineRuntime(), environment={}).init_client(text))
    assert caught.value.__context__ is None
    failure = json.loads(caught.value.msg)
    return failure["name"], failure["message"]


@pytest.mark.parametrize("language", [PYTHON, JAVASCRIPT, GO])
def test_every_wrapper_makes_clients(language, core, account):
    """The configuration of each language makes a client; ids are counted, and never used again."""
    client = drive(core.init_client(configure(account.token, language)))
    assert client.isdigit()
    core.release_client(client)
    again = drive(core.init_client(configure(f" {account.token}\n", language)))
    assert int(again) == int(client) + 1


@pytest.mark.parametrize("missing", json.loads(configure("t")))
def test_missing_keys(missing):
    """A configuration without one of the keys that all wrappers send is refused, with its name."""
    given = json.loads(configure("ops_secret"))
    del given[missing]
    assert refuse(json.dumps(given)) == (
        "InvalidConfiguration",
        f"{MISMATCH}: {missing} is missing",
    )


@pytest.mark.parametrize("key", json.loads(configure("t")))
def test_wrong_types(key):
    """A value of another type is refused by its key, and never shown."""
    given = {**json.loads(configure("ops_hunter2")), key: ["hunter2"]}
    name, message = refuse(json.dumps(given))
    assert (name, message) == (
        "InvalidConfiguration",
        f"{MISMATCH}: {key} has the wrong type or value",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("x", "expected value at line 1 column 1"),
        ("[]", f"{MISMATCH}: the whole has the wrong type or value"),
        ("\ud800", "expected value at line 1 column 1"),
    ],
)
def test_no_configuration(text, message):
    """What is no JSON object is refused with the texts of the SDK's own core."""
    assert refuse(text) == ("InvalidConfiguration", message)


@pytest.mark.parametrize(
    ("token", "name", "version", "errors"),
    [
        ("", "n", "1", ["service account token was not specified"]),
        ("ey", "n", "1", ["service account token had invalid format"]),
        (
            "ey",
            "",
            "",
            [
                "service account token had invalid format",
                "integration name was not specified",
                "integration version was not specified",
            ],
        ),
        ("ops_", "n!", "1", ["integration name contained unallowed char: '!'"]),
        ("ops_", "n" * 41, "1", ["integration name was too long. Max allowed: 40 chars"]),
        ("ops_", "n", "1" * 21, ["integration version was too long. Max allowed: 20 chars"]),
    ],
)
def test_all_problems_at_once(token, name, version, errors):
    """Token, name and version are checked together, in the SDK's order and words."""
    given = configure(token, integrationName=name, integrationVersion=version)
    assert refuse(given) == ("InvalidConfiguration", INPUT + "; ".join(errors))


def test_a_token_that_cannot_be_read():
    """A damaged token has the SDK's own name and text."""
    name, message = refuse(configure("ops_!"))
    assert name == "ServiceAccountTokenParsing"
    assert message.startswith("invalid service account token, please make sure you provide")
    assert message.endswith("base64 decoding failed, please create another token")


@pytest.mark.parametrize(
    "given",
    [
        configure("", JAVASCRIPT, accountName="me"),
        configure("", GO, account_name="me"),
        configure(None, accountName="me"),
    ],
)
def test_a_desktop_that_is_not_there(given):
    """Who asks for the person at this computer is told, as by the facade, that nobody is there."""
    assert refuse(given) == ("Internal", "1Password desktop application not found")


def test_a_token_goes_before_a_name(core, account):
    """With a token the name of an account does not matter."""
    assert drive(core.init_client(configure(account.token, JAVASCRIPT, accountName="me"))).isdigit()


def test_workloads():
    """The identity of a workload is refused, and its secret is not shown."""
    details = {"customerManagedSecret": "hunter2", "workloadUuid": "w"}
    name, message = refuse(configure("", JAVASCRIPT, workloadDetails=details))
    assert (name, message) == ("Internal", "workload identity is not available")


def test_no_configuration_shows_itself(account):
    """A configuration that ends in a log shows neither token nor secret."""
    details = {"customerManagedSecret": "hunter2", "workloadUuid": "w"}
    read = read_configuration(configure(account.token, workloadDetails=details))
    assert repr(read) == "Configuration([secret])"
    assert repr(read.workload_details) == "WorkloadDetails([secret])"


def test_the_home_is_gone(core, account, tmp_path):
    """A token whose file is not there is refused, and the token is in no part of the error."""
    elsewhere = msgspec.structs.replace(
        parse_token(account.token), url=(tmp_path / "none.db").as_uri()
    )
    token = format_token(elsewhere)
    with pytest.raises(CoreError) as caught:
        drive(core.init_client(configure(token)))
    assert "none.db" in caught.value.msg
    assert token not in repr(caught.value)
    assert caught.value.__context__ is None
