"""Accepting a restored file: who has seen newer refuses it until an owner says that it is meant."""

import pytest

from strongroom import wiring
from strongroom.client.change import Change
from strongroom.client.directory import Directory
from strongroom.client.marks import Marks
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.errors import (
    ForbiddenError,
    ForkError,
    RollbackError,
    StrongroomError,
    UnauthorizedError,
)
from strongroom.ids import format_id, parse_id
from strongroom.limits import RESTORE_REV_STEP
from strongroom.permissions import READ_ITEMS as READ
from strongroom.trust.directory import HeadMark, Pin
from support.homes import login, make_home

REFERENCE = "op://vault/item/password"


@pytest.fixture
def home(tmp_path):
    """An account with one item, its backup beside it."""
    made = make_home(tmp_path)
    owner = made.owner()
    vault = made.run(owner.vaults.create("vault"))["id"]
    made.run(owner.items.create(vault, login("item", password="kept")))
    made.vault, made.backup = vault, tmp_path / "backup.db"
    wiring.back_up(made.url, made.backup, replace=False)
    yield made
    made.close()


def restore(home):
    wiring.restore(home.url, home.backup, account=parse_id(home.account.account_id), force=False)


def accept(home, seen, *, user=None, seed=None):
    engine = drive(
        wiring.accept_restored(
            url=home.url,
            account=parse_id(home.account.account_id),
            user=user or parse_id(home.account.user_id),
            seed=seed or home.account.seed,
            seen=seen,
            runtime=InlineRuntime(),
        )
    )
    home.opened.append(engine)
    return engine


def read(home, engine):
    return home.run(engine.secrets.resolve(REFERENCE))


def test_refused_until_accepted(home):
    """Who has seen the directory move refuses the backup; after the owner's word all go on."""
    owner, token = home.owner(), home.token(home.vault)
    robot = home.by_token(token)
    assert read(home, owner) == read(home, robot) == "kept"
    restore(home)
    with pytest.raises(RollbackError):
        home.run(owner.vaults.list())
    accepted = accept(home, owner.marks)
    assert read(home, accepted) == read(home, owner) == "kept"
    with pytest.raises(UnauthorizedError):
        read(home, robot)  # its service account was made after the backup
    with pytest.raises(UnauthorizedError):
        home.by_token(token)


def test_a_token_of_before_goes_on(home):
    """A token that is in the backup works again, in a running process and in a new one."""
    token = home.token(home.vault)
    home.backup.unlink()
    wiring.back_up(home.url, home.backup, replace=False)
    robot, owner = home.by_token(token), home.owner()
    home.run(owner.items.create(home.vault, login("later", password="gone")))
    home.run(owner.groups.create("Ops"))
    assert read(home, robot) == "kept"
    restore(home)
    with pytest.raises(RollbackError):
        read(home, home.owner(owner.marks))
    accept(home, owner.marks)
    assert read(home, robot) == read(home, home.by_token(token)) == "kept"


def test_no_rev_is_used_twice(home):
    """The accepted head is a million revs ahead of every head that this owner has seen."""
    owner = home.owner()
    home.run(owner.groups.create("Ops"))
    seen = owner.marks.head
    restore(home)
    accepted = accept(home, owner.marks)
    assert accepted.marks.head.generation == seen.generation + 1
    assert accepted.marks.head.rev == seen.rev + RESTORE_REV_STEP


def test_lost_root_documents_are_put_back(home):
    """Root documents that the file has lost are under the new one; their people are not."""
    owner = home.owner()
    ben = home.invite("ben@example.org", role="owner", by=owner)
    before = owner.marks.pin
    assert before.version == 1
    by_ben = home.open_as(ben)
    home.run(by_ben.vaults.list())
    restore(home)
    accepted = accept(home, owner.marks)
    assert accepted.marks.pin.version == before.version + 1
    assert [row.body for row in accepted.marks.roots][: before.version + 1] == [
        row.body for row in owner.marks.roots
    ]
    users = home.run(accepted.users.list())
    assert [user["email"] for user in users] == ["ana@example.org"]
    with pytest.raises(UnauthorizedError):
        home.run(by_ben.vaults.list())
    # A client that starts from the newer pin finds its way.
    pinned = home.owner(Marks(pin=before, head=HeadMark(0, 1)))
    assert read(home, pinned) == "kept"


def test_only_owners(home):
    """Somebody who is not an owner accepts nothing."""
    owner = home.owner()
    ben = home.invite("ben@example.org", by=owner)
    home.backup.unlink()
    wiring.back_up(home.url, home.backup, replace=False)
    marks = home.open_as(ben).marks
    home.run(owner.groups.create("Ops"))
    restore(home)
    with pytest.raises(ForbiddenError):
        accept(home, marks, user=ben.user, seed=ben.seed)


def test_another_account_s_truth(home, tmp_path):
    """A file whose root documents are not those of the owner's pin is not accepted."""
    owner = home.owner()
    restore(home)
    false = Marks(pin=Pin(0, bytes(32)), head=owner.marks.head)
    with pytest.raises(ForkError):
        accept(home, false)


def test_write_after_acceptance(home):
    """After it everybody writes on, and a running client sees what was written."""
    owner = home.owner()
    read(home, owner)
    home.run(owner.groups.create("Ops"))
    restore(home)
    accepted = accept(home, owner.marks)
    home.run(accepted.items.create(home.vault, login("two", password="new")))
    assert home.run(owner.secrets.resolve("op://vault/two/password")) == "new"
    assert home.run(accepted.access.due()) == []


def test_mutant_without_forgetting(home, monkeypatch):
    """If a higher generation did not ask anew, a running client would stay stuck: seen here."""
    robot = home.by_token(home.token(home.vault))
    home.backup.unlink()
    wiring.back_up(home.url, home.backup, replace=False)
    owner = home.owner()
    assert read(home, robot) == "kept"
    home.run(owner.groups.create("Ops"))
    restore(home)
    accept(home, owner.marks)
    monkeypatch.setattr(Directory, "is_restart_of", lambda _self, _before: False)
    with pytest.raises(StrongroomError):
        read(home, robot)


def test_a_revocation_is_remembered_at_once(home):
    """An older file that is put back right after a revocation does not undo it in a new process."""
    owner = home.owner()
    ben = format_id(home.invite("ben@example.org", by=owner).user)
    home.run(owner.access.grant(home.vault, {ben: READ}))
    home.backup.unlink()
    wiring.back_up(home.url, home.backup, replace=False)
    home.run(owner.access.revoke(home.vault, ben))
    restore(home)
    seen = Marks(pin=owner.marks.pin, head=owner.marks.head, containers=owner.marks.containers)
    with pytest.raises(RollbackError):
        home.run(home.owner(seen).access.list(home.vault))


def test_mutant_without_remembering(home, monkeypatch):
    """If what was stored were not looked at again, the older record would pass: seen here."""
    monkeypatch.setattr(Change, "remember", lambda _self: None)
    with pytest.raises(pytest.fail.Exception):
        test_a_revocation_is_remembered_at_once(home)
