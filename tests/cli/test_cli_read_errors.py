"""What `op read` says of references that lead nowhere, and what it never repeats."""

import re

import pytest

from cli.program import SECRET

NOWHERE = {
    "vault": (
        "op://none/db/x",
        '"none" isn\'t a vault in this account. Specify the vault with its ID or name.',
    ),
    "item": ("op://dev/none/x", "could not find item none in vault dev"),
    "field": ("op://dev/db/none", "item 'dev/db' does not have a field 'none'"),
    "field of a section": (
        "op://dev/db/Admin/none",
        "item 'dev/db' does not have a field 'Admin.none'",
    ),
    "section": ("op://dev/db/none/pin", "item 'dev/db' does not have a field 'none.pin'"),
}


@pytest.mark.parametrize(("reference", "reason"), NOWHERE.values(), ids=NOWHERE)
def test_nowhere(op, reference, reason):
    """A reference that leads nowhere is named with the reason, in words that clients know."""
    for flags in ([], ["--force"]):
        done = op.run("read", reference, *flags)
        assert done.error == f"could not read secret '{reference}': {reason}"


MALFORMED = {
    "too long": (
        f"op://dev/db/a/b/{SECRET}",
        "too many '/': secret references should match op://<vault>/<item>[/<section>]/<field>",
    ),
    "too short": ("op://dev/hunter2", "invalid format"),
    "no reference": (SECRET, "not prefixed"),
    "odd characters": (f"op://dev/db/{SECRET}!", "invalid character"),
    "unknown attribute": ("op://dev/db/x?attribute=hunter2", "invalid query parameter value"),
    "unknown query": ("op://dev/db/x?hunter2=1", "invalid query parameter key"),
}


@pytest.mark.parametrize(("text", "reason"), MALFORMED.values(), ids=MALFORMED)
def test_malformed(op, text, reason):
    """What is no reference may be a secret: it is refused with the reason and never quoted."""
    done = op.run("read", text)
    assert done.error.startswith("could not read secret: ")
    assert reason in done.error
    assert not done.error.endswith("}")
    assert "hint: " in done.err
    assert SECRET not in done.err
    assert "hunter2" not in done.err


def test_unknown_attribute_says_which_are_known(op):
    """An attribute that is not read here is refused with those that are."""
    assert "?attribute=value, otp, " in op.run("read", "op://dev/db/username?attribute=kind").err


def test_twins(op):
    """A title of several items is refused with the line of each, in the words of `op`."""
    create = ("item", "create", "--vault", "dev", "--category", "login", "--title", "pair", "a=1")
    ids = {op(*create, "--format", "json").json["id"] for _ in range(2)}
    done = op.run("read", "op://dev/pair/a")
    assert done.error == (
        "could not read secret 'op://dev/pair/a': "
        'More than one item matches "pair". Try again and specify the item by its ID: '
    )
    lines = [line for line in done.err.splitlines() if line.startswith("\t")]
    found = [
        re.fullmatch(r'\t\* for the item "pair" in vault dev: (\S{26})', line) for line in lines
    ]
    assert {one[1] for one in found} == ids
    op("item", "delete", "-", given="\n".join(ids))


def test_twin_vaults(op):
    """A name of several vaults is refused with their ids, by references and by commands."""
    ids = {op("vault", "create", "twice", "--format", "json").json["id"] for _ in range(2)}
    for arguments in (["read", "op://twice/x/y"], ["vault", "get", "twice"]):
        done = op.run(*arguments)
        assert 'More than one vault matches "twice". ' in done.error
        lines = [line for line in done.err.splitlines() if line.startswith("\t")]
        assert {line.removeprefix('\t* for the vault "twice": ') for line in lines} == ids
    op("vault", "delete", "-", given="\n".join(ids))
