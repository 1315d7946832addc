"""What a client has seen is never taken back (threats T6): older files put in place of newer."""

import shutil
from pathlib import Path

import pytest

from strongroom.errors import ForkError, RollbackError, UnauthorizedError
from strongroom.errors.refusals import RESTORED_HINT
from support.homes import Home, login, make_home


@pytest.fixture
def home(tmp_path):
    made = make_home(tmp_path)
    yield made
    made.close()


@pytest.fixture
def vault(home):
    """The id of a vault with one item."""
    engine = home.owner()
    vault = home.run(engine.vaults.create("vault"))["id"]
    home.run(engine.items.create(vault, login("item", password="old")))
    return vault


def names_the_way_back(error):
    """Tell whether an error says what an owner runs who has restored a backup."""
    return error.hint == RESTORED_HINT


def settle(home):
    """Close all engines, so that everything is in the one file."""
    home.close()
    home.opened.clear()


class Backup:
    """A copy of a home's file at some time."""

    def __init__(self, home: Home):
        settle(home)
        self._home = home
        self._copy = home.path.with_suffix(".backup")
        shutil.copy(home.path, self._copy)

    def restore(self) -> None:
        """Put the copy back, as somebody does who stopped all programs first."""
        settle(self._home)
        shutil.copy(self._copy, self._home.path)

    def put_in_place(self) -> None:
        """Put the copy in place of the file while it is open."""
        for end in ("-wal", "-shm"):
            Path(f"{self._home.path}{end}").unlink(missing_ok=True)
        self._copy.replace(self._home.path)


def resolve(home, engine):
    return home.run(engine.secrets.resolve("op://vault/item/password"))


def change_value(home, vault, value="new"):
    engine = home.owner()
    found = home.run(engine.items.find("item", vault_id=vault))
    item = home.run(engine.items.get(vault, found["id"]))
    item["fields"][0]["value"] = value
    home.run(engine.items.put(item))
    return engine


def test_older_value(home, vault):
    """An engine that has seen a newer version of an item refuses the older one."""
    backup = Backup(home)
    marks = change_value(home, vault).marks
    backup.restore()
    with pytest.raises(RollbackError, check=names_the_way_back):
        resolve(home, home.owner(marks))
    assert resolve(home, home.owner()) == "old"


def test_older_directory(home, vault):
    """An engine that has seen a newer directory refuses the older one; it knows no new tokens."""
    backup = Backup(home)
    token = home.token(vault)
    marks = home.opened[-1].marks
    backup.restore()
    with pytest.raises(RollbackError, check=names_the_way_back):
        home.owner(marks)
    with pytest.raises(UnauthorizedError):
        home.by_token(token)
    assert resolve(home, home.owner()) == "old"


def test_fresh_token(home, vault):
    """A token without a memory of its own reads the older file (T6: does not hold for it)."""
    token = home.token(vault)
    backup = Backup(home)
    change_value(home, vault)
    backup.restore()
    assert resolve(home, home.by_token(token)) == "old"


def test_two_histories_of_the_directory(home, vault):
    """Two directories under one number are a fork."""
    backup = Backup(home)
    home.token(vault)
    marks = home.opened[-1].marks
    backup.restore()
    home.token(vault)
    settle(home)
    with pytest.raises(ForkError):
        home.owner(marks)


def test_two_histories_of_an_item(home, vault):
    """Two states of an item under one version are a fork."""
    backup = Backup(home)
    marks = change_value(home, vault, "mine").marks
    backup.restore()
    change_value(home, vault, "theirs")
    settle(home)
    with pytest.raises(ForkError):
        resolve(home, home.owner(marks))


def test_older_title_of_a_vault(home, vault):
    """A vault's title is never taken back either."""
    engine = home.owner()
    home.run(engine.vaults.get(vault))
    backup = Backup(home)
    engine = home.owner()
    home.run(engine.vaults.update(vault, title="renamed"))
    marks = engine.marks
    backup.restore()
    with pytest.raises(RollbackError, check=names_the_way_back):
        home.run(home.owner(marks).vaults.get(vault))


def test_walk_forward(home, vault):
    """A client that was away walks through all records that were written since."""
    engine = home.owner()
    assert resolve(home, engine) == "old"
    marks = engine.marks
    for _ in range(3):
        home.token(vault)
    assert marks.containers
    again = home.owner(marks)
    assert resolve(home, again) == "old"
    assert {mark.access_rev for mark in again.marks.containers.values()} >= {3}


def test_engine_that_stays_open(home, vault):
    """An engine that stays open notices that an older file was put in place of its own."""
    backup = Backup(home)
    engine = change_value(home, vault)
    assert resolve(home, engine) == "new"
    backup.put_in_place()
    with pytest.raises(RollbackError, check=names_the_way_back):
        resolve(home, engine)
