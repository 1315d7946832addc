"""Several rotations of one token in a row: each older token ends at its own time, never later."""

import pytest

from strongroom.client.change.recipients import Recipients
from strongroom.errors import StrongroomError, UnauthorizedError
from strongroom.ids import format_id, parse_id
from strongroom.permissions import READ_ITEMS, REVEAL_ITEM_PASSWORD
from support.homes import login, make_home

HOUR = 3_600_000
READ = READ_ITEMS | REVEAL_ITEM_PASSWORD


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 1_800_000_000_000

    def __call__(self):
        return self.now


@pytest.fixture
def home(tmp_path):
    """A service account that reads one item, whose token was rotated twice, with two ends."""
    made = make_home(tmp_path, clock=Clock())
    made.ana = made.owner()
    made.start = made.clock.now
    vault = made.run(made.ana.vaults.create("v"))["id"]
    made.run(made.ana.items.create(vault, login("x", p="y")))
    made.tokens = [made.token(vault)]
    principal = format_id(made.by_token(made.tokens[0]).session.principal)
    for hours in (1, 5):
        ends = made.start + hours * HOUR
        rotation = made.ana.service_accounts.rotate(principal, old_ends_ms=ends)
        made.tokens.append(made.run(rotation).expose())
    yield made
    made.close()


def works(home, number):
    try:
        engine = home.by_token(home.tokens[number])
        return home.run(engine.secrets.resolve("op://v/x/p")) == "y"
    except UnauthorizedError:
        return False


def after(home, hours):
    home.clock.now = home.start + hours * HOUR
    return [works(home, number) for number in range(3)]


def test_each_at_its_time(home):
    """The second rotation gives the first token no longer life than was agreed."""
    home.clock.now = home.start + HOUR - 1
    assert [works(home, number) for number in range(3)] == [True, True, True]
    assert after(home, 1) == [False, True, True]
    assert after(home, 5) == [False, False, True]


def rotate_the_vault(home):
    """Give somebody rights and take them again, so that the vault gets a new key."""
    vault = home.run(home.ana.vaults.find("v"))["id"]
    ben = home.run(home.ana.users.find("ben@example.org"))["id"]
    home.run(home.ana.access.grant(vault, {ben: READ}))
    home.run(home.ana.access.revoke(vault, ben))
    item = home.run(home.ana.items.create(vault, login("new", p="z")))
    home.run(home.ana.items.delete(vault, item["id"]))


def test_an_unrelated_rotation(home):
    """A rotation for another reason closes no token's vault before its agreed end (T16)."""
    home.invite("ben@example.org")
    rotate_the_vault(home)
    assert [works(home, number) for number in range(3)] == [True, True, True]
    home.clock.now = home.start + HOUR
    rotate_the_vault(home)
    assert [works(home, number) for number in range(3)] == [False, True, True]
    rows = [row.fp for row in rows_of(home)]
    assert len(rows) == 2


def rows_of(home):
    home.run(home.ana.session.sync())
    robot = home.by_token(home.tokens[2]).session.principal
    vault = parse_id(home.run(home.ana.vaults.find("v"))["id"])
    record = home.ana.session.containers[vault].record
    return [row for row in record.accessors if row.principal == robot]


def test_an_unrelated_rotation_to_the_newest_keys_only(home, monkeypatch):
    """MUTANT: a rotation that seals to current keysets alone ends the overlap."""
    home.invite("ben@example.org")
    monkeypatch.setattr(Recipients, "_is_over", lambda *_, **__: True)
    rotate_the_vault(home)
    with pytest.raises(StrongroomError):
        works(home, 1)
    assert works(home, 2)


def test_revoked_in_an_overlap(home):
    """A revocation takes the newer and the older tokens out at once."""
    robot = format_id(home.by_token(home.tokens[2]).session.principal)
    home.run(home.ana.service_accounts.revoke(robot))
    assert [works(home, number) for number in range(3)] == [False, False, False]
    vault = parse_id(home.run(home.ana.vaults.find("v"))["id"])
    record = home.ana.session.containers[vault].record
    assert record.row(parse_id(robot)) is None


def test_finishing_early_ends_nothing_else(home):
    """When the keys of the first token are ended, the second one works up to its own time."""
    home.clock.now = home.start + HOUR - 1
    assert home.run(home.ana.service_accounts.finish_rotations()) == []
    home.clock.now += 1
    assert len(home.run(home.ana.service_accounts.finish_rotations())) == 1
    home.run(home.ana.access.settle())
    assert works(home, 2)
    home.run(home.ana.session.sync())
    entry = home.by_token(home.tokens[1]).session
    assert entry.fp
    home.clock.now = home.start + 5 * HOUR
    assert len(home.run(home.ana.service_accounts.finish_rotations())) == 1
    assert home.run(home.ana.service_accounts.finish_rotations()) == []
    with pytest.raises(UnauthorizedError):
        home.by_token(home.tokens[1])
