"""Share links on a file: everything is checked, and the link itself needs a server."""

import pytest

from strongroom.errors import ForbiddenError, InputError, NotAvailableError, NotFoundError
from support.homes import login


@pytest.fixture
def item(run, owner, vault):
    return run(owner.items.create(vault, login("shared", password="x")))["id"]


def test_policy(run, owner, vault, item):
    """The policy of an item is the account's."""
    policy = run(owner.shares.policy(vault, item))
    assert (policy["maxExpiry"], policy["files"]["allowed"]) == ("ThirtyDays", True)
    with pytest.raises(NotFoundError):
        run(owner.shares.policy(vault, vault))


def test_links_need_a_server(run, owner, vault, item):
    """After everything was found right, the error says what is missing."""
    with pytest.raises(InputError):
        run(owner.shares.create(vault, item, expire_after="TenYears"))
    with pytest.raises(NotAvailableError, match="server"):
        run(owner.shares.create(vault, item))


def test_permission(shared, run, vault, item):
    """Who may read but not share is told so."""
    reader = shared.by_token(shared.token(vault, "read_items"))
    with pytest.raises(ForbiddenError):
        run(reader.shares.policy(vault, item))
    sharer = shared.by_token(shared.token(vault, "share_items"))
    assert run(sharer.shares.policy(vault, item))
