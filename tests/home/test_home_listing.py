"""The listing of accounts for programs that are written for `op`."""

import json
import os
import stat

import pytest

from home.test_home_device import SECRET, make_device
from strongroom.errors import LocalFileError
from strongroom.home.device import load_devices, store_device, store_latest
from strongroom.home.files import Folder
from strongroom.home.forgetting import forget_devices
from strongroom.home.listing import has_listing, publish_accounts
from strongroom.home.paths import Places
from strongroom.ids import format_id


@pytest.fixture
def places(tmp_path):
    """A home with two accounts, and an empty place for their listing."""
    home, listing = Folder(tmp_path / "home"), Folder(tmp_path / "user/.config/op")
    store_device(home, make_device(1))
    store_device(home, make_device(2))
    return Places(home, listing, is_looked_at=True)


def listed(places):
    return json.loads(places.listing.load("config"))


def test_what_is_listed(places):
    """It has the keys that programs read, the account of the last sign-in, and no secret."""
    publish_accounts(places)
    found = listed(places)
    assert found["latest_signin"] == "Account 2"
    assert [set(one) for one in found["accounts"]] == 2 * [
        {"shorthand", "accountUUID", "url", "email", "userUUID"}
    ]
    assert found["accounts"][0] == {
        "shorthand": "Account 1",
        "accountUUID": format_id(make_device(1).account_id),
        "url": "file:///srv/1.db",
        "email": "ana1@example.org",
        "userUUID": format_id(make_device(1).user_id),
    }
    raw = places.listing.load("config").decode()
    assert SECRET not in raw
    assert make_device(1).formatted_secret_key.expose() not in raw


def test_listing_is_private(places):
    """Folder and file have the modes of all local files."""
    publish_accounts(places)
    path = places.listing.path
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE((path / "config").stat().st_mode) == 0o600


def test_listing_follows_the_accounts(places):
    """It is written anew when something changed, and only then; with the last account it goes."""
    publish_accounts(places)
    path = places.listing.path / "config"
    before = path.stat().st_ino
    publish_accounts(places)
    assert path.stat().st_ino == before
    store_latest(places.home, make_device(1))
    publish_accounts(places)
    assert listed(places)["latest_signin"] == "Account 1"
    forget_devices(places, [make_device(1)])
    assert [one["shorthand"] for one in listed(places)["accounts"]] == ["Account 2"]
    assert listed(places)["latest_signin"] == "Account 2"
    forget_devices(places, [make_device(2)])
    assert not path.exists()


FOREIGN = {
    "that of op": b'{"latest_signin":"acme","accounts":null}',
    "somebody's": b'{"written_by":"somebody","accounts":[]}',
    "not an object": b'["strongroom"]',
    "not JSON": b"written_by: strongroom",
    "not text": b"\xff\xfe",
    "empty": b"",
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_foreign_file(places, content):
    """A file that is not ours is neither replaced nor removed."""
    places.listing.store("config", content)
    assert has_listing(places.listing) is None
    publish_accounts(places)
    forget_devices(places, [make_device(1), make_device(2)])
    assert places.listing.load("config") == content
    assert load_devices(places.home) == []


def test_whose_listing(places):
    """What is there is told apart: nothing, ours."""
    assert has_listing(places.listing) is False
    publish_accounts(places)
    assert has_listing(places.listing) is True


def no_folder(path):
    path.parent.mkdir(parents=True)
    path.write_text("a file where the folder would be")


def open_folder(path):
    path.mkdir(parents=True, mode=0o755)


def linked_file(path):
    path.mkdir(parents=True, mode=0o700)
    (path / "config").symlink_to(path / "elsewhere")


def folder_for_file(path):
    path.mkdir(parents=True, mode=0o700)
    (path / "config").mkdir()


@pytest.mark.parametrize("spoil", [no_folder, open_folder, linked_file, folder_for_file])
def test_place_that_cannot_be_written(places, spoil):
    """Where the listing cannot be written nothing else fails, and nothing there is changed."""
    spoil(places.listing.path)
    before = sorted(os.walk(places.listing.path))
    publish_accounts(places)
    assert sorted(os.walk(places.listing.path)) == before
    assert len(load_devices(places.home)) == 2


def test_damaged_home(places):
    """A device file that cannot be read leaves the listing as it is, and is told by others."""
    publish_accounts(places)
    before = listed(places)
    name = next(name for name in places.home.names() if name.startswith("device-"))
    places.home.store(name, b"{}")
    publish_accounts(places)
    assert listed(places) == before
    with pytest.raises(LocalFileError, match="damaged"):
        load_devices(places.home)


def test_what_a_killed_writer_left(places):
    """It goes with the next change; what an editor keeps beside the file is not ours."""
    publish_accounts(places)
    path = places.listing.path
    left = path / ".config.0123456789abcdef"
    others = {path / ".config.swp", path / ".config.0123456789abcdef.bak", path / ".config.0123"}
    for one in (left, *others):
        one.write_text("x")
    forget_devices(places, [make_device(1), make_device(2)])
    assert set(path.iterdir()) == others
