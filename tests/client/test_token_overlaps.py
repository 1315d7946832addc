"""Several rotations of one token in a row: each older token ends at its own time, never later."""

import pytest

from strongroom.errors import UnauthorizedError
from strongroom.ids import format_id
from support.homes import login, make_home

HOUR = 3_600_000


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
