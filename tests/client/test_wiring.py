"""Engines from credentials: opened, closed, and what they print."""

import pytest

from strongroom.client.runtime import InlineRuntime
from strongroom.errors import InputError, StoreError, StoreMissingError, StrongroomError
from strongroom.wiring.engines import open_token
from support.homes import login


def test_identity(shared, owner, vault):
    """An engine says who it is, by ids and never by keys."""
    robot = shared.by_token(shared.token(vault))
    account = shared.account.account_id
    for engine, kind in ((owner, "USER"), (robot, "SERVICE_ACCOUNT")):
        facts = engine.identity()
        assert (facts["accountId"], facts["url"]) == (account, shared.url)
        assert facts["userType"] == kind
    assert owner.identity()["principalId"] == shared.account.user_id


def test_closed_engine(run, shared, vault):
    """A closed engine is refused by a typed error; the others go on."""
    engine, other = shared.owner(), shared.owner()
    engine.close()
    engine.close()
    for ask in (engine.vaults.list(), engine.secrets.resolve(f"op://{vault}/x/y")):
        with pytest.raises(StoreError):
            run(ask)
    assert run(other.vaults.get(vault))["id"] == vault


def test_warm_engine_that_is_closed(run, shared, owner, vault):
    """A closed engine answers nothing from its memory either."""
    run(owner.items.create(vault, login(password="top")))
    engine = shared.owner()
    reference = f"op://{vault}/item/password"
    assert run(engine.secrets.resolve(reference)) == "top"
    engine.close()
    with pytest.raises(StoreError):
        run(engine.secrets.resolve(reference))


OVERRIDES = {
    "a server with a path": ("https://example.org/path", InputError),
    "plain HTTP to another computer": ("http://example.org", InputError),
    "an open bracket": ("file://[", InputError),
    "half a character": ("file:///\udc80", InputError),
    "nothing there": ("file:///nowhere/at/all.db", StoreMissingError),
}


@pytest.mark.parametrize(("url", "kind"), OVERRIDES.values(), ids=OVERRIDES.keys())
def test_false_override(run, shared, vault, url, kind):
    """An address that overrides a token's is checked like any other."""
    token = shared.token(vault)
    with pytest.raises(kind):
        run(open_token(token, runtime=InlineRuntime(), url_override=url))


def test_override(run, shared, vault, tmp_path):
    """The same home at another address opens with the same token; its pin still holds."""
    token = shared.token(vault)
    moved = tmp_path / "moved.db"
    moved.symlink_to(shared.path)
    opening = open_token(token, runtime=InlineRuntime(), url_override=f"file://{moved}")
    engine = run(opening)
    assert [row["id"] for row in run(engine.vaults.list())] == [vault]
    engine.close()


def test_refusals_print_no_token(shared, vault):
    """Whatever is wrong with a token, no part of it is repeated."""
    token = shared.token(vault)
    for text in (token[:-2], token[:40], token + "A", "x" + token):
        with pytest.raises(StrongroomError) as caught:
            shared.by_token(text)
        told = f"{caught.value!r}{caught.value.hint}"
        assert not any(token[n : n + 12] in told for n in range(4, len(token) - 12))
