"""Where the home stands, and where programs written for `op` look for accounts."""

from pathlib import Path

import pytest

from strongroom.errors import LocalFileError
from strongroom.home.paths import find_places

CHOICES = {
    "flag": ("/flag", {"STRONGROOM_HOME": "/own", "OP_CONFIG_DIR": "/theirs"}, "/flag"),
    "own variable": (None, {"STRONGROOM_HOME": "/own", "OP_CONFIG_DIR": "/theirs"}, "/own"),
    "variable of op": (None, {"OP_CONFIG_DIR": "/theirs", "XDG_DATA_HOME": "/data"}, "/theirs"),
    "default": (None, {"XDG_DATA_HOME": "/data"}, "/data/strongroom"),
    "nothing in them": ("", {"STRONGROOM_HOME": "", "OP_CONFIG_DIR": ""}, "~"),
    "relative data": (None, {"XDG_DATA_HOME": "data"}, "~"),
}


@pytest.fixture
def user(tmp_path, monkeypatch):
    """The home directory of a user who has nothing yet."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("flag", "variables", "home"), CHOICES.values(), ids=CHOICES)
def test_home(user, flag, variables, home):
    """--config goes before STRONGROOM_HOME, that before OP_CONFIG_DIR, that before the default."""
    default = user / ".local/share/strongroom"
    found = find_places(variables, config=flag).home.path
    assert found == (default if home == "~" else Path(home))


def test_relative_home(tmp_path, monkeypatch):
    """STRONGROOM_HOME has to be absolute; the flag and the variable of `op` count from here."""
    with pytest.raises(LocalFileError, match="STRONGROOM_HOME"):
        find_places({"STRONGROOM_HOME": "relative"})
    monkeypatch.chdir(tmp_path)
    assert find_places({}, config="c").home.path == tmp_path / "c"
    assert find_places({"OP_CONFIG_DIR": "d"}).home.path == tmp_path / "d"


def test_folder_that_is_gone(tmp_path, monkeypatch):
    """Where the current folder was removed nothing counts from it, and that is said."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for flag, variables in (("c", {}), (None, {"OP_CONFIG_DIR": "d"})):
        with pytest.raises(LocalFileError, match="the current folder is gone"):
            find_places(variables, config=flag)
    assert find_places({"STRONGROOM_HOME": "/c", "OP_CONFIG_DIR": "d"}).home.path == Path("/c")


def test_user_without_home(monkeypatch):
    """A container may run as a user without a home directory, who needs one only by default."""

    def unknown():
        raise RuntimeError

    monkeypatch.setattr(Path, "home", unknown)
    with pytest.raises(LocalFileError, match="no home directory"):
        find_places({})
    places = find_places({"STRONGROOM_HOME": "/c"})
    assert (places.home.path, places.is_looked_at) == (Path("/c"), False)
    assert find_places({"OP_CONFIG_DIR": "/c"}).home.path == Path("/c")


@pytest.mark.parametrize("variables", [{"OP_CONFIG_DIR": "/c"}, {"STRONGROOM_HOME": "/c"}])
def test_listing_of_a_chosen_home(variables):
    """A home that was chosen has its listing within; programs look only where `op` would."""
    places = find_places(variables)
    assert places.listing == places.home
    assert places.is_looked_at is ("OP_CONFIG_DIR" in variables)


def test_listing_where_both_are_chosen():
    """STRONGROOM_HOME decides; programs find the listing if OP_CONFIG_DIR says the same."""
    both = {"STRONGROOM_HOME": "/c", "OP_CONFIG_DIR": "/c"}
    assert find_places(both).is_looked_at
    assert not find_places(both | {"OP_CONFIG_DIR": "/d"}).is_looked_at


# The order in which `op` searches, and where it makes its folder at first.
SEARCH = (".op", "xdg/.op", ".config/op", "xdg/op")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_listing_of_the_default_home(user, kind):
    """Without a choice it stands in the first folder that `op` knows, where one is there."""
    variables = {"XDG_CONFIG_HOME": str(user / "xdg")}
    assert find_places(variables).listing.path == user / "xdg/op"
    assert find_places({}).listing.path == user / ".config/op"
    assert find_places({"XDG_CONFIG_HOME": "xdg"}).listing.path == user / ".config/op"
    for name in reversed(SEARCH):
        (user / name).mkdir(parents=True)
        if kind == "file":
            (user / name / "config").touch()
        places = find_places(variables)
        assert places.listing.path == user / name
        assert places.is_looked_at


def test_file_goes_before_a_folder(user):
    """A folder without a file hides none that programs would find behind it."""
    (user / ".op").mkdir()
    (user / ".config/op").mkdir(parents=True)
    (user / ".config/op/config").touch()
    assert find_places({}).listing.path == user / ".config/op"
