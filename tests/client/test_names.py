"""One bad vault among others."""

import sqlite3

import pytest

from strongroom.errors import IntegrityError
from strongroom.ids import parse_id
from support.homes import login, make_home


@pytest.fixture
def home(tmp_path):
    made = make_home(tmp_path)
    yield made
    made.close()


def damage_title(home, vault):
    """Overwrite the sealed title of a vault, as any of its managers may."""
    connection = sqlite3.connect(home.path)
    changed = connection.execute(
        "UPDATE revisions SET overview = zeroblob(221) WHERE container = ? AND object = ?",
        (parse_id(vault), parse_id(vault)),
    ).rowcount
    connection.commit()
    connection.close()
    assert changed == 1


def test_a_title_that_does_not_open(home):
    """A vault whose title does not open spoils neither names nor lists of the others.

    A member may give such a vault to anybody, so it must not close the sound ones.
    """
    engine = home.owner()
    good, bad = (home.run(engine.vaults.create(title))["id"] for title in ("good", "bad"))
    home.run(engine.items.create(good, login(password="top")))
    damage_title(home, bad)
    fresh = home.owner()
    assert home.run(fresh.secrets.resolve(f"op://{good}/item/password")) == "top"
    assert home.run(fresh.secrets.resolve("op://good/item/password")) == "top"
    assert good in {row["id"] for row in home.run(fresh.vaults.list())}


def test_the_damaged_vault_itself(home):
    """The vault whose title does not open is refused by name and by id."""
    engine = home.owner()
    bad = home.run(engine.vaults.create("bad"))["id"]
    damage_title(home, bad)
    with pytest.raises(IntegrityError):
        home.run(home.owner().vaults.get(bad))
