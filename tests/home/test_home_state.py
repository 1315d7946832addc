"""The state file: sealed, merged by maximum, never silently forgotten."""

import json
import multiprocessing

import pytest

from strongroom.client.view.marks import HEADS_MAX, ContainerMark, Marks
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.sealing import Purpose, open_envelope, seal
from strongroom.errors import ForkError, LocalFileError
from strongroom.home.files import Folder
from strongroom.home.state import StateFile, merge_marks
from strongroom.trust.directory import HeadMark, Pin
from strongroom.wire.signed import SignedRoot

ACCOUNT, USER = b"a" * 16, b"u" * 16
SEED = b"s" * 32


def h(number):
    return bytes([number % 256]) * 32


def make_marks(*, version=0, generation=0, rev=1, head_hash=None, containers=None):
    known = h(rev) if head_hash is None else head_hash
    return Marks(
        pin=Pin(version, h(version)),
        head=HeadMark(generation, rev, known),
        containers=containers or {},
    )


def make_heads(*revs):
    return {sha256(rev.to_bytes(8, "big")): rev for rev in revs}


def make_container(access_rev, *, digest=None, epoch=1, directory_rev=1):
    return ContainerMark(access_rev, digest or h(access_rev), epoch, directory_rev)


@pytest.fixture
def state(tmp_path):
    return StateFile(Folder(tmp_path / "home"), ACCOUNT, USER)


def test_round_trip(state):
    """What was merged is loaded again, whole."""
    marks = make_marks(version=3, rev=9, containers={b"c" * 16: make_container(4, epoch=2)})
    state.merge(marks, seed=SEED)
    assert state.load(SEED) == marks


def test_nothing_yet(state):
    """Before the first command nothing is remembered."""
    assert state.load(SEED) is None


def test_is_sealed(state):
    """The file shows neither hashes nor ids of containers."""
    state.merge(make_marks(containers={b"c" * 16: make_container(7)}), seed=SEED)
    [name] = state.folder.names()
    content = (state.folder.path / name).read_bytes()
    assert h(7) not in content
    assert b"root" not in content


def test_unchanged_is_not_rewritten(state):
    """A merge without news costs no write."""
    state.merge(make_marks(), seed=SEED)
    [name] = state.folder.names()
    before = (state.folder.path / name).stat().st_ino
    state.merge(make_marks(), seed=SEED)
    assert (state.folder.path / name).stat().st_ino == before


def test_older_marks_change_nothing(state):
    """A process that knows less than the disk cannot take anything back."""
    new = make_marks(version=2, rev=9, containers={b"c" * 16: make_container(5)})
    state.merge(new, seed=SEED)
    old = make_marks(version=1, rev=3, containers={b"c" * 16: make_container(2)})
    assert state.merge(old, seed=SEED) == new
    assert state.load(SEED) == new


def test_each_mark_has_its_own_maximum():
    """Pin, head and every container are merged one by one."""
    c, d = b"c" * 16, b"d" * 16
    one = make_marks(version=2, rev=3, containers={c: make_container(5, directory_rev=3)})
    other = make_marks(
        version=1,
        rev=8,
        containers={c: make_container(4, directory_rev=8), d: make_container(1)},
    )
    merged = merge_marks(one, other)
    assert merged == merge_marks(other, one)
    assert (merged.pin.version, merged.head.rev) == (2, 8)
    assert merged.containers == {c: make_container(5, directory_rev=8), d: make_container(1)}


def test_head_hash_is_learnt():
    """A head that was known by its numbers only gets its hash."""
    merged = merge_marks(make_marks(rev=4, head_hash=b""), make_marks(rev=4))
    assert merged.head.hash == h(4)


def test_higher_generation_forgets_containers():
    """After a restore the marks of the older generation do not count, the pin does."""
    old = make_marks(version=2, rev=200, containers={b"c" * 16: make_container(5)})
    new = make_marks(version=1, generation=1, rev=7, containers={b"d" * 16: make_container(1)})
    merged = merge_marks(old, new)
    assert merged.head == new.head
    assert set(merged.containers) == {b"d" * 16}
    assert merged.pin.version == 2


def test_heads_round_trip(state):
    """The heads that were seen are loaded again, whole."""
    marks = make_marks(rev=9)
    marks.heads = make_heads(1, 4, 9)
    state.merge(marks, seed=SEED)
    assert state.load(SEED).heads == make_heads(1, 4, 9)


def test_heads_are_joined(state):
    """What two processes saw is all remembered, the one with the lower head too."""
    one, other = make_marks(rev=9), make_marks(rev=7)
    one.heads, other.heads = make_heads(1, 9), make_heads(1, 7)
    state.merge(one, seed=SEED)
    assert list(state.merge(other, seed=SEED).heads.values()) == [1, 7, 9]
    assert state.load(SEED).heads == make_heads(1, 7, 9)


@pytest.mark.parametrize("count", [HEADS_MAX, HEADS_MAX + 1])
def test_newest_heads(state, count):
    """Ten thousand heads are remembered, and of more the newest."""
    one, other = make_marks(rev=count), make_marks(rev=count)
    one.heads, other.heads = make_heads(*range(1, count)), make_heads(count)
    state.merge(one, seed=SEED)
    state.merge(other, seed=SEED)
    revs = list(state.load(SEED).heads.values())
    assert (len(revs), revs[0], revs[-1]) == (HEADS_MAX, count - HEADS_MAX + 1, count)


def test_no_generation_forgets_heads():
    """A backup from before an accepted restore is still known as one that there was."""
    old, new = make_marks(rev=200), make_marks(generation=1, rev=1_000_200)
    old.heads, new.heads = make_heads(199, 200), make_heads(1_000_200)
    assert merge_marks(old, new).heads == make_heads(199, 200, 1_000_200)


def test_two_heads_under_one_rev_are_both_remembered():
    """Others may have written on after a restore that was accepted later: that is no fork."""
    old, new = make_marks(rev=5), make_marks(generation=1, rev=1_000_005)
    old.heads, new.heads = {h(1): 4, h(2): 5}, {h(1): 4, h(3): 5, h(4): 1_000_005}
    assert set(merge_marks(old, new).heads) == {h(1), h(2), h(3), h(4)}


def test_the_longer_chain_of_root_documents():
    """A newer pin without its documents takes none away: the older ones may have to be put back."""
    one, other = make_marks(version=1), make_marks(version=2)
    one.roots = [SignedRoot(b"zero", ()), SignedRoot(b"one", ())]
    merged = merge_marks(one, other)
    assert (merged.pin.version, merged.roots) == (2, one.roots)


FORKS = {
    "root documents": (make_marks(), Marks(pin=Pin(0, h(9)), head=HeadMark(0, 1, h(1)))),
    "heads": (make_marks(), make_marks(head_hash=h(9))),
    "access records": (
        make_marks(containers={b"c" * 16: make_container(1)}),
        make_marks(containers={b"c" * 16: make_container(1, digest=h(9))}),
    ),
}


@pytest.mark.parametrize(("one", "other"), FORKS.values(), ids=FORKS.keys())
def test_fork(state, one, other):
    """Equal numbers with different hashes are a fork, and the disk keeps what it had."""
    state.merge(one, seed=SEED)
    with pytest.raises(ForkError):
        state.merge(other, seed=SEED)
    assert state.load(SEED) == one


DAMAGES = {
    "cut": lambda raw: raw[:-1],
    "empty": lambda _raw: b"",
    "one bit": lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged(state, damage):
    """A damaged state file stops the command and names the one that starts afresh."""
    state.merge(make_marks(), seed=SEED)
    [name] = state.folder.names()
    state.folder.store(name, damage(state.folder.load(name)))
    for use in (lambda: state.load(SEED), lambda: state.merge(make_marks(), seed=SEED)):
        with pytest.raises(LocalFileError, match="damaged") as caught:
            use()
        assert "strongroom account reset-state" in caught.value.hint


@pytest.mark.parametrize("heads", ["AAAA", "A", "!", "A" * 53 + "B"])
def test_damaged_heads(state, heads):
    """Heads that are not whole, or no canonical text, damage the whole file."""
    state.merge(make_marks(), seed=SEED)
    key, context = Keyset(SEED).local_key, (ACCOUNT, USER, "state")
    [name] = state.folder.names()
    sealed = state.folder.load(name)
    record = json.loads(open_envelope(key, Purpose.LOCAL, context, sealed, what="it"))
    changed = json.dumps(record | {"heads": heads}).encode()
    state.folder.store(name, seal(key, Purpose.LOCAL, context, changed))
    with pytest.raises(LocalFileError, match="damaged"):
        state.load(SEED)


def test_of_another_user(state):
    """A state file put in another user's place does not open there."""
    state.merge(make_marks(), seed=SEED)
    [name] = state.folder.names()
    other = StateFile(state.folder, ACCOUNT, b"v" * 16)
    other.merge(make_marks(), seed=SEED)
    [theirs] = [one for one in state.folder.names() if one != name]
    state.folder.store(theirs, state.folder.load(name))
    with pytest.raises(LocalFileError, match="damaged"):
        other.load(SEED)


def test_remove(state):
    """Starting afresh forgets everything."""
    state.merge(make_marks(), seed=SEED)
    assert state.remove() is True
    assert state.load(SEED) is None


def _merge_one(path, number):
    containers = {bytes([number]) * 16: make_container(1)}
    StateFile(Folder(path), ACCOUNT, USER).merge(make_marks(containers=containers), seed=SEED)


def test_processes_lose_nothing(state):
    """What two processes learn at the same time is all there afterwards."""
    context = multiprocessing.get_context("fork")
    children = [
        context.Process(target=_merge_one, args=(state.folder.path, number))
        for number in range(1, 9)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert len(state.load(SEED).containers) == 8
