"""A token's state folder: what is stored when, in real programs on a real file."""

import asyncio
import threading

import pytest

from strongroom.client.aio import ThreadRuntime
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.crypto.tokens import parse_token
from strongroom.errors import LocalFileError, RollbackError
from strongroom.home import keeping
from strongroom.home.files import Folder
from strongroom.home.keeping import KEEP_EVERY_MS
from strongroom.home.objects import ObjectsFiles
from strongroom.home.state import token_state
from strongroom.ids import parse_id
from strongroom.wiring import backups
from strongroom.wiring.engines import open_token
from support.clocks import DAY, SetClock
from support.homes import login, make_home

REFERENCE = "op://vault/item/password"


class Place:
    """An account with an item, a token for it, and the token's state folder."""

    def __init__(self, path):
        self.clock = SetClock()
        self.home = make_home(path, clock=self.clock)
        self.owner = self.home.owner()
        self.vault = self.home.run(self.owner.vaults.create("vault"))["id"]
        self.item = self.home.run(self.owner.items.create(self.vault, login(password="0")))
        self.token = self.home.token(self.vault)
        self.folder = Folder(path / "state")

    @property
    def state(self):
        token = parse_token(self.token)
        owner = {"account": token.account, "principal": token.principal}
        return token_state(self.folder, **owner, seed=token.seed)

    def open(self):
        opening = open_token(
            self.token, runtime=InlineRuntime(), clock=self.clock, state_folder=self.folder
        )
        engine = drive(opening)
        self.home.opened.append(engine)
        return engine

    def change(self):
        """Write the item's next version."""
        item = self.home.run(self.owner.items.get(self.vault, self.item["id"]))
        item["fields"][0]["value"] = str(int(item["fields"][0]["value"]) + 1)
        self.home.run(self.owner.items.put(item))

    def stored_version(self):
        """Return the version of the item that a process would start from."""
        seed = parse_token(self.token).seed
        marks = self.state.load(seed)
        if marks is None:
            return 0
        place = (parse_id(self.vault), parse_id(self.item["id"]))
        mark = self.state.open(seed, marks).object_mark(*place)
        return mark.version if mark else 0

    def inodes(self):
        names = self.folder.names()
        return {name: (self.folder.path / name).stat().st_ino for name in names}


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    yield made
    made.home.close()


def resolve(engine):
    return drive(engine.secrets.resolve(REFERENCE))


def test_nothing_without_a_folder(place, tmp_path):
    """Without a state folder a token leaves no file anywhere."""
    before = sorted(tmp_path.iterdir())
    engine = place.home.by_token(place.token)
    assert resolve(engine) == "0"
    engine.close()
    assert sorted(tmp_path.iterdir()) == before


def test_stored_at_once(place):
    """What the first use case saw is stored when it ends, not only when the program does."""
    engine = place.open()
    assert place.stored_version() == 0
    resolve(engine)
    assert place.stored_version() == 1


def test_once_a_minute(place):
    """Later changes are stored a minute after the last time, and not at each of them."""
    engine = place.open()
    resolve(engine)
    for passed, stored in ((0, 1), (KEEP_EVERY_MS - 1, 1), (1, 4), (1, 4)):
        place.clock.now += passed
        place.change()
        resolve(engine)
        assert place.stored_version() == stored


def test_at_the_end(place):
    """What was not stored yet is stored when the client is released."""
    engine = place.open()
    resolve(engine)
    place.change()
    resolve(engine)
    assert place.stored_version() == 1
    engine.close()
    assert place.stored_version() == 2


def test_a_clock_that_goes_back(place):
    """A clock that was put back does not stop the storing."""
    engine = place.open()
    resolve(engine)
    place.clock.now -= 10 * KEEP_EVERY_MS
    place.change()
    resolve(engine)
    assert place.stored_version() == 2


def test_a_rotated_token(place):
    """The old and the new token of a rotation remember each for itself, while both work."""
    old = place.open()
    resolve(old)
    old.close()
    names = place.folder.names()
    robot = place.home.run(place.owner.service_accounts.list())[0]
    rotating = place.owner.service_accounts.rotate(robot["id"], old_ends_ms=place.clock.now + DAY)
    place.token = place.home.run(rotating).expose()
    assert place.stored_version() == 0
    new = place.open()
    assert resolve(new) == "0"
    assert place.stored_version() == 1
    assert set(names) < set(place.folder.names())


def test_nothing_moved(place):
    """A program that sees what it saw before writes nothing."""
    for _ in range(2):
        engine = place.open()
        resolve(engine)
        engine.close()
        before = place.inodes()
    engine = place.open()
    resolve(engine)
    engine.close()
    assert place.inodes() == before
    assert len(before) == 3  # state, the containers' own objects, the vault's


def test_two_programs(place):
    """What two programs saw at the same time is all kept."""
    one, other = place.open(), place.open()
    resolve(one)
    place.change()
    resolve(other)
    one.close()
    other.close()
    assert place.stored_version() == 2


def test_directory_is_remembered(place):
    """A token's own process refuses an older directory that an earlier one has moved on from."""
    content = backup(place)
    place.home.run(place.owner.groups.create("Ops"))
    engine = place.open()
    resolve(engine)
    engine.close()
    restore(place, content)
    with pytest.raises(RollbackError):
        place.open()
    fresh = place.home.by_token(place.token)
    assert resolve(fresh) == "0"


def backup(place):
    path = place.home.path.with_name("copy.db")
    backups.back_up(place.home.url, path, replace=True)
    return path


def restore(place, path):
    place.home.close()
    place.home.opened.clear()
    backups.restore(place.home.url, path)


def test_folder_open_to_others(place):
    """A state folder that others may read is refused before anything is opened."""
    place.folder.path.mkdir(mode=0o755)
    with pytest.raises(LocalFileError, match="open to other users"):
        place.open()


def test_damaged(place):
    """A damaged state file stops the program; the error names the command to start afresh."""
    resolve(place.open())
    [name] = [name for name in place.folder.names() if name.startswith("state-")]
    place.folder.store(name, b"damaged")
    with pytest.raises(LocalFileError, match="damaged") as caught:
        place.open()
    assert "strongroom account reset-state" in caught.value.hint


@pytest.mark.parametrize("container", [False, True], ids=["own objects", "the vault's"])
def test_damaged_objects(place, container):
    """A damaged objects file stops what needs it, by name: it is never taken for an absent one."""
    resolve(place.open())
    names = [name for name in place.folder.names() if name.startswith("objects-")]
    place.folder.store(max(names, key=len) if container else min(names, key=len), b"damaged")
    with pytest.raises(LocalFileError, match="damaged"):
        resolve(place.open())


def test_disk_refuses(place):
    """What cannot be stored is an error of its own kind; the client is released all the same."""
    engine = place.open()
    place.folder.path.mkdir(mode=0o700)
    (place.folder.path / ".lock").mkdir()
    with pytest.raises(LocalFileError):
        resolve(engine)
    with pytest.raises(LocalFileError):
        engine.close()
    (place.folder.path / ".lock").rmdir()


def test_released_while_another_stores(place, monkeypatch):
    """A client that is released in the middle of another's storing does not wait for itself."""
    one, other = place.open(), place.open()
    genuine = ObjectsFiles.merge

    def merge(self, *parts, **more):
        other.close()  # as the garbage collector may at any step
        genuine(self, *parts, **more)

    monkeypatch.setattr(ObjectsFiles, "merge", merge)
    thread = threading.Thread(target=resolve, args=(one,), daemon=True)
    thread.start()
    thread.join(timeout=20)
    assert not thread.is_alive()
    monkeypatch.undo()
    assert place.stored_version() == 1


def test_in_a_thread(place):
    """A program with an event loop goes on while its state is stored, and nothing is lost."""

    async def work():
        engine = await open_token(
            place.token, runtime=ThreadRuntime(), clock=place.clock, state_folder=place.folder
        )
        try:
            return await asyncio.gather(*(engine.secrets.resolve(REFERENCE) for _ in range(5)))
        finally:
            engine.close()

    assert asyncio.run(work()) == ["0"] * 5
    assert place.stored_version() == 1


def test_mutant_that_stores_at_each(place, monkeypatch):
    """If it did not look at the time, every change would be a write: seen here."""
    monkeypatch.setattr(keeping.StateKeeper, "_is_time", lambda _self: True)
    engine = place.open()
    resolve(engine)
    place.change()
    resolve(engine)
    assert place.stored_version() == 2
