"""The objects files: what was checked stays checked, in a new process too."""

import multiprocessing
import stat

import msgspec
import pytest

from strongroom.client.view.marks import Marks
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.sealing import Purpose, open_envelope, seal
from strongroom.errors import ForkError, LocalFileError
from strongroom.home import objects
from strongroom.home.files import Folder
from strongroom.home.objects import OBJECTS_MAX, OWN_OBJECTS_MAX, ObjectsFiles
from strongroom.home.state import StateFile
from strongroom.trust.directory import HeadMark, Pin
from strongroom.trust.revisions import ObjectMark

ACCOUNT, USER = b"a" * 16, b"u" * 16
SEED = b"s" * 32
VAULT, OTHER = b"v" * 16, b"w" * 16


def identify(number):
    return sha256(number.to_bytes(8, "big"))[:16]


def mark(version, *, digest=None, access_rev=0):
    return ObjectMark(version, digest or sha256(version.to_bytes(8, "big")), access_rev)


def start(*, generation=0):
    return Marks(pin=Pin(0, b"p" * 32), head=HeadMark(generation, 1, b"h" * 32))


@pytest.fixture
def state(tmp_path):
    return StateFile(Folder(tmp_path / "home"), ACCOUNT, USER)


def remember(state, marks, *, generation=0):
    """Accept marks in a process of their own, and end it."""
    seen = state.open(SEED, start(generation=generation))
    for key, one in marks.items():
        seen.accept_object(key, one)
    state.merge(seen, seed=SEED)


def recall(state, container, object_id, *, generation=0):
    return state.open(SEED, start(generation=generation)).object_mark(container, object_id)


def object_names(state):
    return [name for name in state.folder.names() if name.startswith("objects-")]


def test_round_trip(state):
    """Version, hash and the access rev of that time are there in the next process."""
    remember(state, {(VAULT, identify(1)): mark(3, access_rev=7)})
    assert recall(state, VAULT, identify(1)) == mark(3, access_rev=7)
    assert recall(state, VAULT, identify(2)) is None
    assert recall(state, OTHER, identify(1)) is None


def test_file_per_container(state):
    """A container's objects have a file of their own; the containers' own objects share one."""
    places = ((VAULT, identify(1)), (OTHER, identify(2)), (VAULT, VAULT), (OTHER, OTHER))
    remember(state, dict.fromkeys(places, mark(1)))
    assert len(object_names(state)) == 3
    assert all(recall(state, *place) == mark(1) for place in places)


def test_private_and_sealed(state):
    """The files have mode 0600 and show neither ids nor hashes."""
    remember(state, {(VAULT, identify(1)): mark(1)})
    [name] = object_names(state)
    path = state.folder.path / name
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    plain = opened(content)
    assert content[4] == Purpose.LOCAL
    assert b"objects" in plain
    assert b"objects" not in content


def opened(content, *, kind="objects"):
    key = Keyset(SEED).local_key
    return open_envelope(key, Purpose.LOCAL, (ACCOUNT, USER, kind), content, what="it")


def test_symlink(state, tmp_path):
    """A link in a file's place is refused when something in it is asked for."""
    remember(state, {(VAULT, identify(1)): mark(1)})
    [name] = object_names(state)
    path = state.folder.path / name
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LocalFileError, match="symbolic link"):
        recall(state, VAULT, identify(1))


def test_older_marks_change_nothing(state):
    """Whoever knows less takes nothing back, and writes nothing."""
    place = (VAULT, identify(1))
    remember(state, {place: mark(5, access_rev=4)})
    [name] = object_names(state)
    before = (state.folder.path / name).stat().st_ino
    late = start()
    late.news[place] = mark(4, access_rev=2)
    state.merge(late, seed=SEED)
    assert recall(state, *place) == mark(5, access_rev=4)
    assert (state.folder.path / name).stat().st_ino == before


def test_each_part_has_its_own_maximum(state):
    """The higher version, and the higher access rev, wherever each was seen."""
    place = (VAULT, identify(1))
    remember(state, {place: mark(5, access_rev=2)})
    late = start()
    late.news[place] = mark(4, access_rev=3)
    state.merge(late, seed=SEED)
    assert recall(state, *place) == mark(5, access_rev=3)


def test_seen_again(state):
    """Seeing the same again costs no write."""
    place = (VAULT, identify(1))
    remember(state, {place: mark(5)})
    before = {name: (state.folder.path / name).stat().st_ino for name in state.folder.names()}
    remember(state, {place: mark(5)})
    assert before == {
        name: (state.folder.path / name).stat().st_ino for name in state.folder.names()
    }


def test_fork(state):
    """Two hashes under one version are a fork; the disk keeps what it had."""
    place = (VAULT, identify(1))
    remember(state, {place: mark(5)})
    late = start()
    late.news[place] = mark(5, digest=b"x" * 32)
    with pytest.raises(ForkError):
        state.merge(late, seed=SEED)
    assert recall(state, *place) == mark(5)


def test_higher_generation_forgets(state):
    """After an accepted restore the older versions are what is meant."""
    place = (VAULT, identify(1))
    remember(state, {place: mark(5)})
    assert recall(state, *place, generation=1) is None
    remember(state, {place: mark(2)}, generation=1)
    assert recall(state, *place, generation=1) == mark(2)


def test_a_process_of_the_older_generation(state):
    """Whoever has not seen the acceptance yet brings nothing of before back."""
    place = (VAULT, identify(1))
    before = state.open(SEED, start())
    before.accept_object(place, mark(5))
    remember(state, {place: mark(2)}, generation=1)
    state.merge(before, seed=SEED)
    assert recall(state, *place, generation=1) == mark(2)


def test_a_generation_that_moves_under_way(state):
    """A running client that accepts a new generation asks the older files nothing."""
    place = (VAULT, identify(1))
    remember(state, {place: mark(5)})
    seen = state.open(SEED, start())
    assert seen.object_mark(*place) == mark(5)
    seen.accept_head(HeadMark(1, 1_000_001, b"n" * 32))
    assert seen.object_mark(*place) is None


LIMITS = {"a container's": (OBJECTS_MAX, VAULT), "own": (OWN_OBJECTS_MAX, None)}


@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize(("most", "container"), LIMITS.values(), ids=LIMITS)
def test_newest_objects(state, most, container, over):
    """A file holds so many objects, and of more those that moved last."""
    rows = {}
    for number in range(most + over):
        object_id = identify(number)
        rows[container or object_id, object_id] = mark(1)
    remember(state, rows)
    first, last = identify(0), identify(most + over - 1)
    assert recall(state, container or last, last) == mark(1)
    assert (recall(state, container or first, first) is None) == bool(over)


def test_what_moves_is_among_the_newest(state):
    """An object that moved again is not the first to be forgotten."""
    remember(state, {(VAULT, identify(number)): mark(1) for number in range(OBJECTS_MAX)})
    remember(state, {(VAULT, identify(0)): mark(2)})
    remember(state, {(VAULT, identify(OBJECTS_MAX)): mark(1)})
    assert recall(state, VAULT, identify(0)) == mark(2)
    assert recall(state, VAULT, identify(1)) is None


def test_an_id_across_two_rows(state):
    """Bytes that look like an id and stand across two rows are none."""
    first = ObjectMark(1, b"\1" * 32, int.from_bytes(b"\2" * 8, "little"))
    remember(state, {(VAULT, b"\3" * 16): first, (VAULT, b"\4" * 16): mark(1)})
    across = b"\2" * 8 + b"\4" * 8
    assert recall(state, VAULT, across) is None
    remember(state, {(VAULT, across): mark(9)})
    assert recall(state, VAULT, across) == mark(9)


DAMAGES = {
    "cut": lambda raw: raw[:-1],
    "empty": lambda _raw: b"",
    "one bit": lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
    "half a row": lambda raw: sealed(raw, lambda record: record | {"objects": "AAAA"}),
    "another container": lambda raw: sealed(raw, lambda record: record | {"container": "a" * 26}),
    "no container": lambda raw: sealed(raw, lambda record: record | {"container": ""}),
    "an unknown key": lambda raw: sealed(raw, lambda record: record | {"more": 1}),
    "another version": lambda raw: sealed(raw, lambda record: record | {"v": 2}),
    "another kind": lambda raw: sealed(raw, lambda record: record, kind="state"),
}


def sealed(raw, change, *, kind="objects"):
    plain = msgspec.json.encode(change(msgspec.json.decode(opened(raw))))
    return seal(Keyset(SEED).local_key, Purpose.LOCAL, (ACCOUNT, USER, kind), plain)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged(state, damage):
    """A damaged file is never taken for an absent one, and the error names the way out."""
    place = (VAULT, identify(1))
    remember(state, {place: mark(5)})
    [name] = object_names(state)
    state.folder.store(name, damage(state.folder.load(name)))
    late = start()
    late.news[place] = mark(6)
    for use in (lambda: recall(state, *place), lambda: state.merge(late, seed=SEED)):
        with pytest.raises(LocalFileError, match="damaged") as caught:
            use()
        assert "strongroom account reset-state" in caught.value.hint
    assert state.remove()
    assert recall(state, *place) is None


def test_another_containers_file(state):
    """A file that was put in the place of another container's does not pass for it."""
    remember(state, {(VAULT, identify(1)): mark(5), (OTHER, identify(1)): mark(1)})
    one, other = object_names(state)
    state.folder.store(one, state.folder.load(other))
    with pytest.raises(LocalFileError, match="damaged"):
        [recall(state, place, identify(1)) for place in (VAULT, OTHER)]


def test_of_another_user(state):
    """A file of another user of the same account does not open."""
    remember(state, {(VAULT, identify(1)): mark(5)})
    theirs = StateFile(state.folder, ACCOUNT, b"x" * 16)
    remember(theirs, {(VAULT, identify(1)): mark(5)})
    one, other = object_names(state)
    state.folder.store(other, state.folder.load(one))
    with pytest.raises(LocalFileError, match="damaged"):
        [recall(whose, VAULT, identify(1)) for whose in (state, theirs)]


def test_remove(state):
    """Starting afresh forgets the objects of this user, and of nobody else."""
    theirs = StateFile(state.folder, ACCOUNT, b"x" * 16)
    places = {(VAULT, identify(1)): mark(5), (VAULT, VAULT): mark(1)}
    for whose in (state, theirs):
        remember(whose, places)
    assert state.remove() is True
    assert [recall(state, *place) for place in places] == [None, None]
    assert [recall(theirs, *place) for place in places] == list(places.values())
    assert state.remove() is False


def _remember_one(path, number):
    state = StateFile(Folder(path), ACCOUNT, USER)
    remember(state, {(VAULT, identify(number)): mark(1), (VAULT, identify(0)): mark(number)})


def processes(state):
    context = multiprocessing.get_context("fork")
    children = [
        context.Process(target=_remember_one, args=(state.folder.path, number))
        for number in range(1, 9)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    return [recall(state, VAULT, identify(number)) for number in range(9)]


def test_processes_lose_nothing(state):
    """What eight processes check at the same time is all there afterwards, the highest of each."""
    assert processes(state) == [mark(8), *[mark(1)] * 8]


def test_mutant_without_merging(state, monkeypatch):
    """If a process did not read again what is on the disk, it would lose the others': seen here."""
    monkeypatch.setattr(
        ObjectsFiles, "_merge_group", _store_without_reading(ObjectsFiles._merge_group)
    )
    assert processes(state) != [mark(8), *[mark(1)] * 8]


def _store_without_reading(genuine):
    def merge(self, group, news, generation):
        self._folder.remove(self._file(group).name)
        genuine(self, group, news, generation)

    return merge


def test_mutant_without_generations(state, monkeypatch):
    """If the files did not tell their generation, what is meant would be refused: seen here."""
    remember(state, {(VAULT, identify(1)): mark(5)})
    monkeypatch.setattr(
        objects, "_parse", lambda group, plain, old=objects._parse: _of_now(old(group, plain))
    )
    assert recall(state, VAULT, identify(1), generation=1) == mark(5)


def _of_now(rows):
    return msgspec.structs.replace(rows, generation=1)
