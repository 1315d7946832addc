"""A Secret Key under change: which one a device takes, and what it remembers of costs."""

import fcntl
import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from strongroom.crypto.public.costs import KdfParameters
from strongroom.errors import (
    ConflictError,
    KdfDowngradeError,
    LocalFileError,
    NotFoundError,
    StoreError,
    StoreFullError,
    UnauthorizedError,
)
from strongroom.home.device import Device, load_device, load_devices, replace_device, store_device
from strongroom.home.files import Folder
from strongroom.home.kit import load_kit
from strongroom.home.paths import device_name
from strongroom.home.pending import change_secret_key, remember_costs, unlock_device
from strongroom.secret import Secret
from strongroom.trust.directory import Pin

OLD, NEW, THIRD = (letter * 26 for letter in "ABC")
ACCOUNT, USER = b"a" * 16, b"u" * 16
USUAL = KdfParameters(b"s" * 16)
DEARER = KdfParameters(b"t" * 16, 4, 70_000)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "home")


@pytest.fixture
def device(folder):
    """A device with the key OLD."""
    made = Device(
        url="file:///srv/1.db",
        account_name="Home",
        email="ana@example.org",
        account_id=ACCOUNT,
        user_id=USER,
        pin=Pin(0, b"h" * 32),
        kdf=USUAL,
        secret_key=Secret(OLD),
    )
    store_device(folder, made)
    return made


@dataclass
class Opened:
    """What an unlocking gave."""

    kdf: KdfParameters


class Account:
    """The account's side: which Secret Key opens it, at what cost, and which were tried."""

    def __init__(self, key=OLD, kdf=USUAL):
        self.key, self.kdf, self.tried = key, kdf, []

    def __call__(self, device):
        self.tried.append(device.secret_key.expose())
        if device.secret_key.expose() != self.key:
            raise UnauthorizedError("the password or the Secret Key is wrong")
        return Opened(self.kdf)


def kept(folder):
    """Return the Secret Keys and costs of the device file."""
    device = load_device(folder, account=ACCOUNT, user=USER)
    pending = device.pending_secret_key
    return device.secret_key.expose(), pending and pending.expose(), device.kdf


# -- the device file ---------------------------------------------------------------


def test_pending_round_trip(folder, device):
    """A device file gives back both Secret Keys, stays private, and prints neither."""
    replace_device(folder, replace(device, pending_secret_key=Secret(NEW)))
    assert kept(folder) == (OLD, NEW, USUAL)
    path = folder.path / device_name(account=ACCOUNT, user=USER)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert NEW not in repr(load_devices(folder))


def test_no_pending_key_is_left_out(folder, device):
    """Without a change under way the file is the one that earlier releases read."""
    text = (folder.path / device_name(account=ACCOUNT, user=USER)).read_text()
    assert "pendingSecretKey" not in json.loads(text)


DAMAGED = {
    "nothing": "null",
    "a typing error": '"SR1-MFQWCY-BBBBBB-BBBBB-BBBBB-BBBBB-BBBBBAA"',
    "another account's": '"SR1-AAAAAA-BBBBBB-BBBBB-BBBBB-BBBBB-BBBBBXX"',
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_damaged_pending_key(folder, device, text):
    """A pending Secret Key that is none makes the device file a damaged one."""
    path = folder.path / device_name(account=ACCOUNT, user=USER)
    path.write_text(path.read_text()[:-2] + f',"pendingSecretKey": {text}}}')
    with pytest.raises(LocalFileError, match="damaged"):
        load_devices(folder)


def test_unknown_device(folder):
    """A user of whom this computer knows nothing has no device file."""
    assert load_device(folder, account=ACCOUNT, user=USER) is None


def test_latest_stays(folder, device):
    """Replacing a device file does not make its account the most recent one."""
    other = replace(device, user_id=b"v" * 16)
    store_device(folder, other)
    replace_device(folder, device)
    assert folder.load("latest").decode() == device_name(account=ACCOUNT, user=b"v" * 16)


# -- unlocking ---------------------------------------------------------------------


def test_without_pending(folder, device):
    """A device with one Secret Key tries that one, and its file is not written."""
    account = Account()
    before = (folder.path / device_name(account=ACCOUNT, user=USER)).stat()
    unlock_device(folder, device, account)
    assert account.tried == [OLD]
    assert (folder.path / device_name(account=ACCOUNT, user=USER)).stat() == before


def test_current_is_dropped_for_pending(folder, device):
    """Where the pending key opens the account, it is the current one afterwards."""
    replace_device(folder, replace(device, pending_secret_key=Secret(NEW)))
    account = Account(NEW)
    unlock_device(folder, device, account)
    assert account.tried == [OLD, NEW]
    assert kept(folder) == (NEW, None, USUAL)


def test_pending_is_dropped(folder, device):
    """Where the current key opens the account, the change never was; nothing else is tried."""
    replace_device(folder, replace(device, pending_secret_key=Secret(NEW)))
    account = Account(OLD)
    unlock_device(folder, device, account)
    assert account.tried == [OLD]
    assert kept(folder) == (OLD, None, USUAL)


def test_neither(folder, device):
    """Where neither opens it, two were tried and both stay: the password may have been wrong."""
    replace_device(folder, replace(device, pending_secret_key=Secret(NEW)))
    account = Account(THIRD)
    with pytest.raises(UnauthorizedError):
        unlock_device(folder, device, account)
    assert account.tried == [OLD, NEW]
    assert kept(folder) == (OLD, NEW, USUAL)


def test_other_errors_try_no_second_key(folder, device):
    """Only a seed that does not open makes the second key worth a try."""
    replace_device(folder, replace(device, pending_secret_key=Secret(NEW)))
    tried = []

    def unlock(one):
        tried.append(one.secret_key.expose())
        raise KdfDowngradeError("weaker")

    with pytest.raises(KdfDowngradeError):
        unlock_device(folder, device, unlock)
    assert tried == [OLD]
    assert kept(folder) == (OLD, NEW, USUAL)


def test_a_device_that_was_read_earlier(folder, device):
    """What another process wrote while a password was typed counts, not what was read before."""
    replace_device(folder, replace(device, secret_key=Secret(NEW)))
    account = Account(NEW)
    unlock_device(folder, device, account)
    assert account.tried == [NEW]


def test_what_a_kill_left_is_removed(folder, device):
    """A device file that was never put in its place holds a Secret Key: unlocking removes it."""
    name = device_name(account=ACCOUNT, user=USER)
    leftover = folder.path / f".{name[:64]}.0123456789abcdef"
    leftover.write_text(f"half a device file: {NEW}")
    other = folder.path / ".latest.0123456789abcdef"
    other.write_text("somebody else's")
    with pytest.raises(UnauthorizedError):
        unlock_device(folder, device, Account(THIRD))
    assert not leftover.exists()
    assert other.exists()
    leftover.write_text(f"half a device file: {NEW}")
    unlock_device(folder, device, Account())
    assert not leftover.exists()
    assert kept(folder) == (OLD, None, USUAL)


def test_a_forgotten_account(folder, device):
    """An account that was forgotten meanwhile is not brought back."""
    folder.remove(device_name(account=ACCOUNT, user=USER))
    with pytest.raises(NotFoundError):
        unlock_device(folder, device, Account())
    remember_costs(folder, device, DEARER)
    assert load_devices(folder) == []


# -- costs -------------------------------------------------------------------------


@pytest.mark.parametrize("pending", [None, Secret(NEW)], ids=["one key", "two keys"])
def test_costs_are_remembered(folder, device, pending):
    """What an unlocking took is what the device remembers."""
    replace_device(folder, replace(device, pending_secret_key=pending))
    unlock_device(folder, device, Account(OLD, DEARER))
    assert kept(folder) == (OLD, None, DEARER)


def test_costs_never_fall(folder, device):
    """Passes and memory that a device remembers only grow, each for itself."""
    remember_costs(folder, device, DEARER)
    mixed = KdfParameters(b"x" * 16, 3, 80_000)
    remember_costs(folder, device, mixed)
    assert kept(folder)[2] == KdfParameters(b"x" * 16, 4, 80_000)
    remember_costs(folder, device, replace(USUAL, salt=b"x" * 16))
    assert kept(folder)[2] == KdfParameters(b"x" * 16, 4, 80_000)


# -- changing ----------------------------------------------------------------------


def change(folder, device, kit, commit, **changes):
    facts = {"secret_key": Secret(NEW), "kdf": DEARER} | changes
    change_secret_key(folder, device, **facts, kit=kit, commit=commit)


def test_order(folder, device, tmp_path):
    """When the account comes to depend on the new key, device file and Kit hold it already."""
    kit, seen = tmp_path / "kit.txt", []

    def commit():
        seen.append((kept(folder), load_kit(kit).secret_key.expose(), locked(folder)))

    change(folder, device, kit, commit)
    assert seen == [((OLD, NEW, USUAL), NEW, True)]
    assert kept(folder) == (NEW, None, DEARER)
    assert stat.S_IMODE(kit.stat().st_mode) == 0o600
    assert not locked(folder)


def locked(folder):
    """Tell whether somebody holds the folder's lock."""
    descriptor = os.open(folder.path / ".lock", os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def failing(error):
    def commit():
        raise error

    return commit


def test_everything_is_on_the_disk_before_the_account_depends_on_it(
    folder, device, tmp_path, monkeypatch
):
    """Device file, Kit and both folders are synced, renames first, before the commit begins."""
    genuine_sync, genuine_replace, done = os.fsync, os.replace, []

    def sync(descriptor):
        name = Path(f"/proc/self/fd/{descriptor}").readlink().name
        name = re.sub(r"\.[0-9a-f]{16}$", "", name.strip("."))  # a file that has no name yet
        name = "kit.txt" if name.endswith("(deleted)") else name  # nor even one of those
        done.append(f"synced {name.partition('-')[0]}")
        genuine_sync(descriptor)

    def rename(source, target, **folders):
        done.append(f"renamed {target.partition('-')[0]}")
        genuine_replace(source, target, **folders)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", rename)
    outside = tmp_path / "outside"
    outside.mkdir()
    before = []
    change(folder, device, outside / "kit.txt", lambda: before.extend(done))
    device_file = ["synced device", "renamed device", "synced home"]
    assert before == [*device_file, "synced kit.txt", "synced outside"]
    assert done[len(before) :] == device_file


def test_a_refused_change(folder, device, tmp_path):
    """A change that the account refused leaves neither Kit nor pending key."""
    kit = tmp_path / "kit.txt"
    with pytest.raises(ConflictError):
        change(folder, device, kit, failing(ConflictError("changed elsewhere")))
    assert kept(folder) == (OLD, None, USUAL)
    assert not kit.exists()


@pytest.mark.parametrize("error", [StoreError("the disk failed"), StoreFullError("no room")])
def test_an_uncertain_change(folder, device, tmp_path, error):
    """Where it is open whether a change was stored, both keys stay, and the hint says so."""
    kit = tmp_path / "kit.txt"
    with pytest.raises(type(error)) as caught:
        change(folder, device, kit, failing(error))
    assert caught.value.message == error.message
    assert str(kit) in caught.value.hint
    assert kept(folder) == (OLD, NEW, USUAL)
    assert load_kit(kit).secret_key.expose() == NEW


def test_a_kit_that_cannot_be_written(folder, device, tmp_path):
    """Without a Kit nothing is changed; a file in its place stays as it is."""
    kit, committed = tmp_path / "kit.txt", []
    kit.write_text("precious")
    with pytest.raises(LocalFileError, match="exists already"):
        change(folder, device, kit, lambda: committed.append(True))
    assert committed == []
    assert kept(folder) == (OLD, None, USUAL)
    assert kit.read_text() == "precious"


FIRST = {
    "another change is pending": {"pending_secret_key": Secret(THIRD)},
    "another change was made": {"secret_key": Secret(THIRD)},
}


@pytest.mark.parametrize("meanwhile", FIRST.values(), ids=FIRST)
def test_two_changes_on_one_computer(folder, device, tmp_path, meanwhile):
    """A change does not write over another one of this computer."""
    replace_device(folder, replace(device, **meanwhile))
    before, committed = kept(folder), []
    with pytest.raises(ConflictError):
        change(folder, device, tmp_path / "kit.txt", lambda: committed.append(True))
    assert (kept(folder), committed) == (before, [])
    assert not (tmp_path / "kit.txt").exists()


def test_a_device_file_that_cannot_be_written_any_more(folder, device, tmp_path):
    """If only the last step fails, it is said that the change was made, and what repairs it."""

    def commit():
        folder.path.chmod(0o755)

    with pytest.raises(LocalFileError, match="was changed") as caught:
        change(folder, device, tmp_path / "kit.txt", commit)
    folder.path.chmod(0o700)
    assert "op signin" in caught.value.hint
    assert kept(folder) == (OLD, NEW, USUAL)


def test_errors_quote_no_key(folder, device, tmp_path):
    """No refusal names a Secret Key."""
    texts = []
    for error in (ConflictError("changed"), StoreError("failed")):
        with pytest.raises(type(error)) as caught:
            change(folder, device, tmp_path / f"{error.code}.txt", failing(error))
        texts += [repr(caught.value), str(caught.value.hint)]
        replace_device(folder, device)
    assert not [text for text in texts if OLD in text or NEW in text]
