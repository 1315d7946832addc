"""Whoever writes and may sign rotates first where somebody left (section 6, "Writers")."""

import pytest

from strongroom.client.change import rotation
from strongroom.client.people import users
from strongroom.client.view import view
from strongroom.errors import RotationDueError
from strongroom.ids import format_id, parse_id
from strongroom.permissions import ALL_BITS, SERVICE_ACCOUNT_WORDS
from support.homes import login, make_home

WRITE = SERVICE_ACCOUNT_WORDS["write_items"]


@pytest.fixture
def home(tmp_path):
    """An owner, two members of a vault, of whom only one may manage it."""
    made = make_home(tmp_path)
    made.ana = made.owner()
    made.vault = made.run(made.ana.vaults.create("vault"))["id"]
    made.ben, made.cleo = made.invite("ben@example.org"), made.invite("cleo@example.org")
    rights = {format_id(made.ben.user): WRITE, format_id(made.cleo.user): WRITE}
    made.run(made.ana.access.grant(made.vault, rights))
    yield made
    made.close()


def epoch(home, engine):
    home.run(engine.vaults.list())
    return engine.session.containers[parse_id(home.vault)].record.epoch


def leave_without_rotation(home, monkeypatch):
    """Remove a member as somebody does whose computer stops right after."""
    monkeypatch.setattr(users, "settle", _nothing)
    home.run(home.ana.users.remove("cleo@example.org"))
    monkeypatch.undo()


async def _nothing(_session):
    return []


def test_the_next_writer_who_may_rotates(home, monkeypatch):
    """A member who may not sign writes under the old key; a manager's write rotates first."""
    leave_without_rotation(home, monkeypatch)
    ben = home.open_as(home.ben)
    home.run(ben.items.create(home.vault, login("by ben", password="x")))
    assert epoch(home, ben) == 1
    assert [due.kind for due in home.run(home.owner().access.due())] == ["group", "vault"]
    home.run(home.ana.items.create(home.vault, login("by ana", password="y")))
    assert epoch(home, ben) == 2
    assert home.run(ben.secrets.resolve("op://vault/by ana/password")) == "y"
    assert home.run(ben.secrets.resolve("op://vault/by ben/password")) == "x"


def test_groups_first(home, monkeypatch):
    """Where a group is the accessor, the group gets new keys before the vault does."""
    home.run(home.ana.groups.create("Ops"))
    for user in (home.ben, home.cleo):
        home.run(home.ana.groups.add("Ops", format_id(user.user)))
    group = home.run(home.ana.groups.find("Ops"))["id"]
    home.run(home.ana.access.grant(home.vault, {group: WRITE}))
    leave_without_rotation(home, monkeypatch)
    home.run(home.ana.items.create(home.vault, login("by ana", password="y")))
    assert epoch(home, home.ana) >= 2
    record = home.ana.session.containers[parse_id(group)].record
    assert record.epoch == 2
    assert record.row(home.cleo.user) is None
    ben = home.open_as(home.ben)
    assert home.run(ben.secrets.resolve("op://vault/by ana/password")) == "y"


def test_more_groups_than_attempts(home, monkeypatch):
    """However many of a vault's groups are due, the next write renews them all, and is made."""
    groups = ("One", "Two", "Three")
    for name in groups:
        home.run(home.ana.groups.create(name))
        home.run(home.ana.groups.add(name, format_id(home.cleo.user)))
        group = home.run(home.ana.groups.find(name))["id"]
        home.run(home.ana.access.grant(home.vault, {group: WRITE}))
    leave_without_rotation(home, monkeypatch)
    monkeypatch.setattr(view, "ATTEMPTS_MAX", 2)
    home.run(home.ana.items.create(home.vault, login("by ana", password="y")))
    for name in groups:
        group = parse_id(home.run(home.ana.groups.find(name))["id"])
        assert home.ana.session.containers[group].record.row(home.cleo.user) is None


def test_nothing_is_judged_twice(home, monkeypatch):
    """The accessors of a container are asked for once while nothing changes."""
    asked = []
    begin = rotation.Change.begin.__func__

    async def counted(cls, session, **options):
        asked.append(options)
        return await begin(cls, session, **options)

    monkeypatch.setattr(rotation.Change, "begin", classmethod(counted))
    for title in ("one", "two", "three"):
        home.run(home.ana.items.create(home.vault, login(title, password="y")))
    assert len(asked) == 1


def test_nobody_writes_under_a_record_whose_signer_left(home, monkeypatch):
    """A record by somebody removed is signed anew by who may; others are told that it is due."""
    home.run(home.ana.access.grant(home.vault, {format_id(home.cleo.user): ALL_BITS}))
    cleo = home.open_as(home.cleo)
    robot = home.run(home.ana.service_accounts.create("robot", {home.vault: WRITE})).expose()
    home.run(cleo.access.revoke(home.vault, format_id(home.ben.user)))
    home.run(cleo.access.grant(home.vault, {format_id(home.ben.user): WRITE}))
    leave_without_rotation(home, monkeypatch)
    ben, engine = home.open_as(home.ben), home.by_token(robot)
    for writer in (ben, engine):
        with pytest.raises(RotationDueError):
            home.run(writer.items.create(home.vault, login("no", password="x")))
    home.run(home.ana.items.create(home.vault, login("by ana", password="y")))
    for writer in (ben, engine):
        home.run(writer.items.create(home.vault, login("yes", password="x")))


def test_mutant_without_rotation(home, monkeypatch):
    """If writers did not rotate, who left would hold the key of what is written: seen here."""
    leave_without_rotation(home, monkeypatch)

    async def forgetful(_session, _container):
        return

    monkeypatch.setattr(rotation, "renew_if_due", forgetful)
    home.run(home.ana.items.create(home.vault, login("by ana", password="y")))
    assert epoch(home, home.ana) == 1
