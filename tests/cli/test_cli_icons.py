"""Icons of vaults, and the travel mode that there is not."""

import asyncio
import re

import pytest

import onepassword
from strongroom.vaults.icons import ICONS


def shown(op, name):
    """Return a vault as people and as programs see it."""
    return op("vault", "get", name).out, op("vault", "get", name, "--format", "json").json


def test_icon(op):
    """A vault's icon is set, replaced, kept by other changes, and shown only where there is one."""
    made = op("vault", "create", "drawn", "--icon", "gears", "--format", "json").json
    assert made["icon"] == "gears"
    op("vault", "edit", "drawn", "--icon", "treasure-chest")
    op("vault", "edit", "drawn", "--description", "with an icon")
    human, row = shown(op, "drawn")
    assert re.search(r"^Icon: +treasure-chest$", human, re.MULTILINE)
    assert (row["icon"], row["description"]) == ("treasure-chest", "with an icon")
    human, row = shown(op, "dev")
    assert "Icon" not in human
    assert "icon" not in row
    op("vault", "edit", "dev", "--icon", "jet")
    assert shown(op, "dev")[1]["icon"] == "jet"


def test_sdk_has_no_icon(op):
    """Programs on the SDK get the vault of the SDK, which has no icon."""
    op("vault", "create", "for-sdk")
    token = op("service-account", "create", "sdk", "--vault", "for-sdk", "--raw").out.strip()
    op("vault", "edit", "for-sdk", "--icon", "jet")

    async def read():
        client = await onepassword.Client.authenticate(
            auth=token, integration_name="tests", integration_version="v1.0.0"
        )
        return await client.vaults.list()

    (vault,) = asyncio.run(read())
    assert vault.title == "for-sdk"
    assert not hasattr(vault, "icon")


@pytest.mark.parametrize("word", ["", "Gears", "gear", "gears "])
def test_no_such_icon(op, word):
    """Another word is refused, and the refusal has all that there are."""
    for command in ("create", "edit"):
        done = op.run("vault", command, "dev", "--icon", word)
        assert done.code == 1
        assert f"'{word}'" in done.error
        assert all(icon in done.error for icon in ICONS)


@pytest.mark.parametrize("noun", [("vault", "edit", "dev"), ("user", "edit", "ana@example.org")])
def test_travel_mode(op, noun):
    """That it is off is true, and that it be on is refused; a name has to fit all the same."""
    assert op(*noun, "--travel-mode", "off").out == ""
    assert op(*noun, "--travel-mode=OFF").out == ""
    done = op.run(*noun, "--travel-mode", "on")
    assert (done.code, done.error) == (1, "there is no travel mode, so it cannot be turned on")
    assert op.run(*noun, "--travel-mode", "yes").code == 1
    assert "nobody" in op.run(*noun[:2], "nobody", "--travel-mode", "off").error
    assert op.run(*noun).error.startswith("say what to change: add --name")


def test_travel_mode_with_a_change(op):
    """Beside a change that it takes part in, nothing is lost."""
    op("vault", "create", "moved")
    op("vault", "edit", "moved", "--name", "there", "--travel-mode", "off")
    assert shown(op, "there")[1]["name"] == "there"
