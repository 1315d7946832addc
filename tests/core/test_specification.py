"""`specs/core.md` names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from strongroom.core.clients import CLIENT_IDLE_MS, CLIENTS_MAX
from strongroom.core.configuration import Configuration
from strongroom.core.failures import FAILURE_BYTES_MAX
from strongroom.core.invocations.base import StaticInvocation
from strongroom.core.invocations.files import READ_BYTES_MAX
from strongroom.core.invocations.table import DECODERS
from strongroom.sdk.texts import MESSAGE_LIMIT

TEXT = (Path(__file__).parents[2] / "specs/core.md").read_text(encoding="utf-8")
ROWS = {
    row[1]: row[0]
    for row in re.finditer(r"^\| `(\w+)`(?: \(no client\))? \|.*$", TEXT, re.MULTILINE)
}


@pytest.mark.parametrize("name", DECODERS)
def test_every_message_is_described(name):
    """Each message has a row with all of its parameters, and says whether it needs a client."""
    kind = DECODERS[name].type
    row = ROWS[name]
    assert ("(no client)" in row) == issubclass(kind, StaticInvocation)
    parameters = row.split("|")[2]
    for field in msgspec.structs.fields(kind):
        mark = "" if field.required else r"\?"
        assert re.search(rf"`{field.encode_name}{mark}`", parameters)
    named = re.findall(r"`(\w+)\??`", parameters)
    assert set(named) == {field.encode_name for field in msgspec.structs.fields(kind)}


def test_every_key_of_a_configuration_is_described():
    """Section 2 names each key."""
    section = TEXT.partition("## 2. ")[2].partition("## 3. ")[0]
    for field in msgspec.structs.fields(Configuration):
        assert f"`{field.encode_name}`" in section


def test_limits():
    """Section 7 has the limits as they are."""
    section = TEXT.partition("## 7. ")[2]
    assert f"({MESSAGE_LIMIT} bytes)" in section
    assert f"{READ_BYTES_MAX / 1024**2} MiB as base64" in section
    assert f"{FAILURE_BYTES_MAX // 1024} KiB" in section
    assert f"{CLIENTS_MAX:,}; {CLIENT_IDLE_MS // 60_000} minutes without use" in section
