"""A change of password or Secret Key that is killed: the old ones open the account, or the new.

A child process runs the command; it stops at a given step and is killed there,
or is killed at a random moment. Afterwards the device has to unlock with what
it holds, and exactly one password, or one Emergency Kit, opens the account.
Mutants: a device file that learns of a new Secret Key after the account, and a
row that is replaced in two transactions.

`STRONGROOM_FAULTS=full` kills at random ten times as often.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from strongroom.errors import UnauthorizedError
from strongroom.home.device import Device, load_devices, store_device
from strongroom.home.files import Folder
from strongroom.home.kit import create_kit, load_kit
from strongroom.home.paths import device_name
from strongroom.home.pending import unlock_device
from strongroom.ids import parse_id
from strongroom.secret import Secret
from strongroom.wiring.accounts import unlock
from support.faults_processes import Child, started
from support.homes import PASSWORD, Home, make_home

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
SEED = 20_240_608
KILLS_AT_RANDOM = 60 if FULL else 6
PROGRAM = Path(__file__).parent / "children" / "credentials.py"


@dataclass
class Place:
    """An account, one device of its owner, and what opens it now as far as anybody knows."""

    home: Home
    folder: Path
    password: str = PASSWORD
    kit: Path = field(default_factory=Path)
    stopped: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)
    seconds: float = 0.0

    @property
    def files(self) -> Folder:
        return Folder(self.folder / "device")

    def run(
        self,
        given: str,
        *arguments: str,
        after: float | None,
        changes: tuple[str, ...],
        **more: Any,
    ) -> bool:
        """Run a command, kill it at its step or after some seconds; tell whether it was done."""
        home = {"STRONGROOM_HOME": str(self.files.path)}
        orders = {"arguments": ["account", *arguments], "changes": list(changes), **more}
        with Child("command", script=PROGRAM, environment=home, **orders) as child:
            started([child])
            begun = time.monotonic()
            child.tell(given)
            if after is None:
                while (event := child.next()) is not None:
                    if "stopped" in event or "done" in event:
                        break
                else:
                    raise AssertionError(child.stderr())
                self.seconds = time.monotonic() - begun
            else:
                time.sleep(after)
            events = child.kill()
        self.stopped += [event["stopped"] for event in events if "stopped" in event]
        done = [event for event in events if "done" in event]
        assert all(event["done"] == 0 for event in done), events
        return bool(done)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """An account that is set up on one device, with its Emergency Kit."""
    home = make_home(tmp_path)
    account = home.account
    device = Device(
        url=account.url,
        account_name=account.account_name,
        email=account.email,
        account_id=parse_id(account.account_id),
        user_id=parse_id(account.user_id),
        pin=account.pin,
        kdf=account.kdf,
        secret_key=account.secret_key,
    )
    made = Place(home, tmp_path, kit=tmp_path / "first-kit.txt")
    store_device(made.files, device)
    create_kit(made.kit, device)
    yield made
    home.close()


def unlock_here(place: Place, password: str) -> bytes | None:
    """Unlock on the device, as `op signin` does; return the seed."""
    (device,) = load_devices(place.files)
    secret = Secret(password)
    try:
        opened = unlock_device(place.files, device, lambda one: unlock(one, secret))
    except UnauthorizedError:
        return None
    (device,) = load_devices(place.files)
    assert device.pending_secret_key is None
    # Nothing else in the folder holds a Secret Key, whatever the killed command was writing.
    assert [path.name for path in place.files.path.iterdir() if b"SR1-" in path.read_bytes()] == [
        device_name(account=device.account_id, user=device.user_id)
    ]
    return opened.seed


# -- one change, killed ------------------------------------------------------------


def change_password(
    place: Place, *, after: float | None = None, changes: tuple[str, ...] = (), **more: Any
) -> bool:
    """Kill one change of the password; find the one that is good. Tell whether it was done."""
    new = f"password number {next(place.numbers)}"
    given = f"{place.password}\n{new}"
    command = ("password", "--password-stdin")
    acknowledged = place.run(given, *command, after=after, changes=changes, **more)
    seeds = {word: unlock_here(place, word) for word in (place.password, new)}
    good = [word for word, seed in seeds.items() if seed == place.home.account.seed]
    assert len(good) == 1, f"{len(good)} passwords are good after {place.stopped[-1:]}"
    assert not acknowledged or good == [new]
    place.password = good[0]
    return acknowledged


def change_secret_key(
    place: Place, *, after: float | None = None, changes: tuple[str, ...] = (), **more: Any
) -> bool:
    """Kill one change of the Secret Key; find the Kit that is good. Tell whether it was done."""
    kit = place.folder / f"kit-{next(place.numbers)}.txt"
    command = ("new-secret-key", "--kit", str(kit))
    acknowledged = place.run(place.password, *command, after=after, changes=changes, **more)
    seed = unlock_here(place, place.password)
    assert seed == place.home.account.seed, f"locked out after {place.stopped[-1:]}"
    # What opened it is the device's one Secret Key now; one Kit has to hold that too.
    (device,) = load_devices(place.files)
    key = device.secret_key.expose()
    is_old = load_kit(place.kit).secret_key.expose() == key
    assert is_old or load_kit(kit).secret_key.expose() == key
    assert not (acknowledged and is_old)
    place.kit = place.kit if is_old else kit
    return acknowledged


CHANGES = {"password": change_password, "Secret Key": change_secret_key}
COMMON = {"verified", "sealed", "begun", "UPDATE users", "about to commit", "committed"}
COMMON |= {"device half written", "device written", "device replaced"}
OF_KITS = {"Kit half written", "Kit without its name", "Kit written"}
PHASES = {"password": COMMON, "Secret Key": COMMON | OF_KITS}


# -- kills -------------------------------------------------------------------------


@pytest.mark.parametrize("what", CHANGES)
def test_killed_at_every_step(place: Place, what: str) -> None:
    """A change that is killed at any step leaves the old or the new one good, never neither."""
    CHANGES[what](place)  # the first command on a device writes more files than later ones
    steps = next(step for step in count(1) if CHANGES[what](place, stop_at=step)) - 1
    print(f"killed at: {place.stopped}")
    assert set(place.stopped) >= PHASES[what]
    assert len(place.stopped) == steps
    place.home.run(place.home.owner().vaults.list())


@pytest.mark.parametrize("what", CHANGES)
def test_killed_at_random(place: Place, what: str) -> None:
    """A change that is killed at a random moment leaves the old or the new one good."""
    rng = random.Random(SEED)
    CHANGES[what](place)
    for _ in range(KILLS_AT_RANDOM):
        CHANGES[what](place, after=rng.random() * place.seconds)


@pytest.mark.parametrize(
    ("phase", "is_new"), [("about to commit", False), ("committed", True)], ids=["before", "after"]
)
def test_the_commit_decides(place: Place, phase: str, is_new: bool) -> None:
    """A kill before the commit leaves the old Secret Key, and one after it the new one."""
    first = place.kit
    change_secret_key(place, stop_at=phase)
    assert (place.kit != first) == is_new


# -- mutants -----------------------------------------------------------------------


def test_the_kill_test_catches_a_late_device_file(place: Place) -> None:
    """MUTANT: a device that learns of its new Secret Key after the account is locked out."""
    change_secret_key(place, changes=("no_pending",))
    with pytest.raises(AssertionError, match="locked out"):
        change_secret_key(place, changes=("no_pending",), stop_at="committed")


def test_the_kill_test_catches_two_transactions(place: Place) -> None:
    """MUTANT: where salt and seed are replaced one after the other, no password may be good."""
    change_password(place, changes=("two_transactions",))
    with pytest.raises(AssertionError, match="0 passwords"):
        change_password(place, changes=("two_transactions",), stop_at="half changed")
