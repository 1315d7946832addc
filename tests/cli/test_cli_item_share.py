"""`op item share` on a file: checks, and says that a link needs a server."""

import pytest


def test_needs_a_server(op):
    """With everything right it fails with the reason."""
    assert "need a server" in op.run("item", "share", "db", "--emails", "a@b.org,c.org").error


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--expires-in", "31d"), "30 days"),
        (("--expires-in", "5q"), "unknown unit"),
        (("--emails", "nobody"), "nobody"),
    ],
)
def test_refusals(op, flags, said):
    """What could not be right with a server either is said first."""
    assert said in op.run("item", "share", "db", *flags).error


def test_without_the_permission(op):
    """A refusal names item and vault, and whom to ask."""
    token = op("service-account", "create", "reader", "--vault", "dev", "--raw").out.strip()
    done = op.with_(OP_SERVICE_ACCOUNT_TOKEN=token).run("item", "share", "db")
    assert done.error == 'you may not share the item "db" in the vault "dev"'
    assert "share_items" in done.err


def test_unknown_item(op):
    """An item that is not there is named."""
    assert "isn't an item" in op.run("item", "share", "nothing").error


def test_link_to_an_item(op):
    """A link that opens an item for somebody who has it already needs a server, too."""
    done = op.run("item", "get", "db", "--share-link")
    assert done.error == "links to items need a server; this account lives in a file"
    assert "isn't an item" in op.run("item", "get", "nothing", "--share-link").error
