"""The device file, the choice of an account, the paths, and the Emergency Kit."""

import json
import stat

import pytest

from strongroom.crypto.public.costs import KdfParameters
from strongroom.errors import InputError, LocalFileError, NotFoundError
from strongroom.home.device import (
    Device,
    load_devices,
    select_device,
    store_device,
    store_latest,
)
from strongroom.home.files import Folder
from strongroom.home.kit import check_kit_path, create_kit, format_kit
from strongroom.home.paths import device_name
from strongroom.ids import format_id
from strongroom.secret import Secret
from strongroom.trust.directory import Pin

SECRET = "23456789ABCDEFGHJKLMNPQRST"


def make_device(number=1, **changes):
    facts = {
        "url": f"file:///srv/{number}.db",
        "account_name": f"Account {number}",
        "email": f"ana{number}@example.org",
        "account_id": bytes([number]) * 16,
        "user_id": bytes([number + 100]) * 16,
        "pin": Pin(0, b"h" * 32),
        "kdf": KdfParameters(b"s" * 16),
        "secret_key": Secret(SECRET),
    }
    return Device(**(facts | changes))


def facts_of(device):
    return {
        name: getattr(device, name)
        for name in ("url", "account_name", "email", "account_id", "user_id", "pin", "kdf")
    } | {"secret_key": device.secret_key.expose()}


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "home")


def path_of(folder, device):
    return folder.path / device_name(account=device.account_id, user=device.user_id)


def test_round_trip(folder):
    """A device file gives back what was stored, Secret Key included."""
    store_device(folder, make_device())
    [loaded] = load_devices(folder)
    assert facts_of(loaded) == facts_of(make_device())


def test_mode(folder):
    """A device file is for its owner only."""
    store_device(folder, make_device())
    assert stat.S_IMODE(path_of(folder, make_device()).stat().st_mode) == 0o600


def test_repr_hides_secret_key():
    """A printed device shows no Secret Key."""
    assert SECRET not in repr(make_device())


DAMAGED = {
    "empty": lambda _text: "",
    "not JSON": lambda text: text[:-10],
    "another version": lambda text: text.replace('"v": 1', '"v": 2'),
    "unknown key": lambda text: text.replace('"v": 1', '"v": 1, "x": 1'),
    "typing error in the Secret Key": lambda text: text.replace("23456", "23457"),
    "another account's id": lambda text: text.replace(format_id(b"\1" * 16), format_id(b"\2" * 16)),
    "another user's id": lambda text: text.replace(format_id(b"\x65" * 16), format_id(b"\2" * 16)),
    "short pin": lambda text: text.replace(
        json.loads(text)["root"][1], json.loads(text)["root"][1][:-4]
    ),
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged(folder, damage):
    """A damaged device file is an error that names it and says what to do, not a guess."""
    store_device(folder, make_device())
    path = path_of(folder, make_device())
    text = path.read_text()
    assert damage(text) != text
    path.write_text(damage(text))
    with pytest.raises(LocalFileError, match="device-") as caught:
        load_devices(folder)
    assert caught.value.hint
    assert SECRET not in str(caught.value)


def test_no_account(folder):
    """A computer without accounts selects none."""
    assert select_device(folder, None) is None


def test_latest(folder):
    """Without a filter the account of the most recent sign-in is meant."""
    one, two = make_device(1), make_device(2)
    store_device(folder, one)
    store_device(folder, two)
    assert select_device(folder, None).user_id == two.user_id
    store_latest(folder, one)
    assert select_device(folder, None).user_id == one.user_id


FILTERS = {
    "name": "account 2",
    "address": "file:///srv/2.db",
    "e-mail": "ANA2@example.org",
    "account id": format_id(b"\2" * 16),
    "user id in capitals": format_id(b"\x66" * 16).upper(),
}


@pytest.mark.parametrize("wanted", FILTERS.values(), ids=FILTERS.keys())
def test_filter(folder, wanted):
    """An account can be named in any of five ways, without regard to case."""
    store_device(folder, make_device(2))
    store_device(folder, make_device(1))
    assert select_device(folder, wanted).user_id == make_device(2).user_id


def test_filter_fits_nothing(folder):
    """An unknown account is refused with the text that clients know."""
    store_device(folder, make_device())
    with pytest.raises(NotFoundError, match="no account found for filter x"):
        select_device(folder, "x")


def test_filter_fits_several(folder):
    """A filter that fits several accounts is refused, and the hint lists their ids."""
    store_device(folder, make_device(1, email="ana@example.org"))
    store_device(folder, make_device(2, email="ana@example.org"))
    with pytest.raises(InputError) as caught:
        select_device(folder, "ana@example.org")
    assert format_id(b"\x66" * 16) in caught.value.hint


def test_kit(tmp_path):
    """The Kit holds all that brings an account back, and a place for the password."""
    path = tmp_path / "kit.txt"
    create_kit(path, make_device())
    text = path.read_text()
    for part in ("Account 1", "file:///srv/1.db", "ana1@example.org", format_id(b"\1" * 16)):
        assert part in text
    assert make_device().formatted_secret_key.expose() in text
    assert "Password       ____" in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_kit_refuses_existing(tmp_path):
    """A Kit never overwrites a file, and says so before an account is made."""
    path = tmp_path / "kit.txt"
    path.write_text("precious")
    with pytest.raises(LocalFileError, match="exists already"):
        check_kit_path(path)
    with pytest.raises(LocalFileError, match="exists already"):
        create_kit(path, make_device())
    with pytest.raises(LocalFileError, match="does not exist"):
        check_kit_path(tmp_path / "none" / "kit.txt")
    assert path.read_text() == "precious"


def test_kit_lines_cannot_be_forged():
    """A name with a line break cannot add a line to the Kit."""
    text = format_kit(make_device(account_name="Home\nSecret Key     SR1-FALSE"))
    assert [line for line in text.splitlines() if line.startswith("Secret Key")] == [
        f"Secret Key     {make_device().formatted_secret_key.expose()}"
    ]
