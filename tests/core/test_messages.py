"""Messages that cannot be read, are too long, or ask for what there is not."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from strongroom.client.runtime import drive
from strongroom.core import messages, parsing
from strongroom.core.core import Core
from strongroom.core.failures import CoreError
from strongroom.core.messages import read_invocation, write_answer
from strongroom.errors import TooLargeError
from support.cores import invocation

MISMATCH = "data did not match any variant of untagged enum Invocation"
VALID = invocation("ValidateSecretReference", {"secret_reference": "op://a/b/c"})


def refuse(core: Core, text: str) -> str:
    """Return the text with which a message is refused, by both ways in."""
    texts = set()
    for call in (lambda: drive(core.invoke(text)), lambda: core.invoke_sync(text)):
        with pytest.raises(CoreError) as caught:
            call()
        assert caught.value.__context__ is None
        texts.add(json.loads(caught.value.msg)["message"])
    assert len(texts) == 1
    return texts.pop()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("  ", "EOF while parsing a value at line 1 column 2"),
        ("x", "expected value at line 1 column 1"),
        ("{}", "missing field `invocation` at line 1 column 2"),
        ("[]", "invalid type at line 1 column 2"),
        ("1", "invalid type at line 1 column 1"),
        (VALID + "x", f"trailing characters at line 1 column {len(VALID) + 1}"),
        (VALID[:-1], f"EOF while parsing a value at line 1 column {len(VALID) - 1}"),
        (
            '{"invocation": 1}',
            f"{MISMATCH} at line 1 column 17: the whole has the wrong type or value",
        ),
        ('\n{"invocation": {}}', f"{MISMATCH} at line 2 column 18: parameters is missing"),
        ('"\ud800"', "expected value at line 1 column 2"),
        ('{"invocation": ' + "[" * 100_000, "expected value at line 1 column 100015"),
    ],
)
def test_what_is_no_message(core, text, message):
    """What cannot be read is refused with the texts of the SDK's own core."""
    assert refuse(core, text) == message


WRONG = "has the wrong type or value"
HUGE = {"groupId": "g", "permissions": 2**32}


@pytest.mark.parametrize(
    ("name", "parameters", "reason"),
    [
        ("Nope", {}, "no message has that name"),
        ("itemsGet", {}, "no message has that name"),
        ("ItemsGet", {}, "ItemsGet: vault_id is missing"),
        ("ItemsGet", {"vault_id": "a"}, "ItemsGet: item_id is missing"),
        (
            "ItemsGet",
            {"vault_id": "hunter2", "item_id": 1},
            f"ItemsGet: item_id {WRONG}",
        ),
        ("ItemsGet", [], f"ItemsGet: the whole {WRONG}"),
        ("ItemsPut", {"item": {"id": "hunter2"}}, "ItemsPut: item.title is missing"),
        (
            "SecretsResolve",
            {"secret_reference": None},
            f"SecretsResolve: secret_reference {WRONG}",
        ),
        (
            "SecretsResolveAll",
            {"secret_references": ["a", 1]},
            f"SecretsResolveAll: secret_references[1] {WRONG}",
        ),
        (
            "VaultsGrantGroupPermissions",
            {"vault_id": "v", "group_permissions_list": [HUGE]},
            f"VaultsGrantGroupPermissions: group_permissions_list[0].permissions {WRONG}",
        ),
        (
            "GeneratePassword",
            {"recipe": {"type": "hunter2", "parameters": {}}},
            f"GeneratePassword: recipe.type {WRONG}",
        ),
        (
            "GeneratePassword",
            {"recipe": {"type": "Pin", "parameters": {"length": -1}}},
            f"GeneratePassword: recipe.parameters.length {WRONG}",
        ),
    ],
)
def test_what_cannot_be_invoked(core, name, parameters, reason):
    """An unknown message, or one with other parameters, is refused by name, never by value."""
    text = invocation(name, parameters, client_id=0)
    assert refuse(core, text) == f"{MISMATCH} at line 1 column {len(text)}: {reason}"


@pytest.mark.parametrize("number", [2**32 - 1, 2**32])
def test_numbers_are_u32(core, number):
    """The largest number that a message holds is read; one more is no message."""
    recipe = {"recipe": {"type": "Pin", "parameters": {"length": number}}}
    text = refuse(core, invocation("GeneratePassword", recipe))
    assert text.startswith(MISMATCH) == (number == 2**32)


@pytest.mark.parametrize("client_id", [None, "0", -1, [0]])
def test_a_client_has_to_be_named(core, client_id):
    """What needs a client names one by a number."""
    text = invocation("ItemsGet", {"vault_id": "v", "item_id": "i"}, client_id=client_id)
    assert refuse(core, text).startswith(MISMATCH)


def test_statics_need_no_client(core):
    """Static messages are answered by both ways in, without a client or with any; void is empty."""
    for client_id in (None, 99):
        text = invocation(
            "ValidateSecretReference", {"secret_reference": "op://a/b/c"}, client_id=client_id
        )
        assert core.invoke_sync(text) == ""
        assert drive(core.invoke(text)) == ""
    recipe = {"recipe": {"type": "Pin", "parameters": {"length": 5}}}
    pin = json.loads(core.invoke_sync(invocation("GeneratePassword", recipe)))["password"]
    assert len(pin) == 5
    assert pin.isdecimal()


LONG_PIN = {"recipe": {"type": "Pin", "parameters": {"length": 50}}}
FAILURES = {
    invocation("ValidateSecretReference", {"secret_reference": "ap://a/b/c"}): (
        "ParsingSecretReference",
        'the secret reference could not be parsed: secret reference is not prefixed with "op://"',
    ),
    invocation("GeneratePassword", LONG_PIN): (
        "InvalidConfiguration",
        "invalid user input: encountered the following errors: PIN length must be between 4 and 12",
    ),
}


@pytest.mark.parametrize("message", FAILURES)
def test_statics_that_fail(core, message):
    """Static messages fail with the SDK's names and texts."""
    name, text = FAILURES[message]
    with pytest.raises(CoreError) as caught:
        core.invoke_sync(message)
    assert json.loads(caught.value.msg) == {"name": name, "message": text}


def test_what_has_to_be_awaited(core):
    """A message to a client does not run where nothing can wait."""
    text = invocation("VaultsList", {"params": None}, client_id=0)
    with pytest.raises(CoreError, match="VaultsList has to be awaited"):
        core.invoke_sync(text)


def test_the_limit_of_messages(core, monkeypatch):
    """A message of exactly the limit is read; one byte more is refused with the SDK's text."""
    monkeypatch.setattr(parsing, "MESSAGE_LIMIT", len(VALID.encode()) + 3)
    assert core.invoke_sync(VALID + "   ") == ""
    assert refuse(core, VALID + "    ").startswith("message size exceeds the limit of 52428800 ")


def test_the_limit_counts_bytes(core, monkeypatch):
    """A character of two bytes counts twice."""
    text = (
        invocation("ValidateSecretReference", {"secret_reference": "op://a/b/c"})[:-1] + ', "ä": 1}'
    )
    monkeypatch.setattr(parsing, "MESSAGE_LIMIT", len(text))
    assert refuse(core, text).startswith("message size exceeds")
    monkeypatch.setattr(parsing, "MESSAGE_LIMIT", len(text) + 1)
    assert core.invoke_sync(text) == ""


@pytest.mark.parametrize("content", [b"", b"\x00", b"\x09\x0a\x63\x64\xff", bytes(range(256))])
@pytest.mark.parametrize("reads_base64", [False, True])
def test_the_limit_of_answers(monkeypatch, content, reads_base64):
    """An answer of exactly the limit is given; with one byte less room it is refused."""
    written = write_answer(content, reads_base64=reads_base64)
    assert isinstance(json.loads(written), str if reads_base64 else list)
    monkeypatch.setattr(messages, "MESSAGE_LIMIT", len(written))
    assert write_answer(content, reads_base64=reads_base64) == written
    monkeypatch.setattr(messages, "MESSAGE_LIMIT", len(written) - 1)
    with pytest.raises(TooLargeError, match="52428800"):
        write_answer(content, reads_base64=reads_base64)


def test_messages_show_nothing():
    """A message that ends in a log shows its name only."""
    _, read = read_invocation(
        invocation("SecretsResolve", {"secret_reference": "op://hunter2"}, client_id=0)
    )
    assert repr(read) == "SecretsResolve([secret])"


def test_the_core_needs_no_models():
    """A core starts without pydantic and without an event loop of its own."""
    program = (
        "import sys, strongroom.core.core\n"
        "heavy = {'pydantic', 'asyncio', 'onepassword', 'sqlite3'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
