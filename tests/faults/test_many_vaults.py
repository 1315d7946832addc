"""Ten thousand vaults: what one use case sends does not grow with what else there is."""

from support.homes import login, make_home
from support.meter import copy_home, make_vaults, measure
from support.people import join

VAULTS = 10_000


def test_flat_to_ten_thousand(tmp_path):
    """A grant, an edit, a create and all others take the very same bytes."""
    home = make_home(tmp_path)
    ana = home.owner()
    home.ben = join(home, "Ben", by=ana)
    home.vault = home.run(ana.vaults.create("Shared"))["id"]
    home.item = home.run(ana.items.create(home.vault, login("one", password="x")))
    few = measure(copy_home(home, tmp_path / "few.db"))
    make_vaults(ana, VAULTS)
    assert measure(copy_home(home, tmp_path / "many.db")) == few
    home.close()
