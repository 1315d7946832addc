"""What a client remembers, and how it walks forward from it."""

import pytest

from strongroom.client.view.directory import Directory
from strongroom.client.view.marks import HEADS_MAX, ContainerMark, Marks, newer_object
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import ForkError, LocalFileError, RollbackError
from strongroom.trust.access import AccessMark
from strongroom.trust.directory import HeadMark, Pin
from strongroom.trust.revisions import ObjectMark
from strongroom.wire.heads import Head
from support.homes import login
from support.trust_world import ACCOUNT, CARA, HEAD_REV, make_record, make_root, make_world


def make_marks():
    return Marks(
        pin=Pin(0, b"h" * 32),
        head=HeadMark(0, 5),
        containers={b"c": ContainerMark(1, b"h", 1, 5)},
        objects={(b"c", b"o"): ObjectMark(3)},
    )


def test_newer_head():
    """A newer head keeps what is known of containers and objects."""
    marks = make_marks()
    marks.accept_head(HeadMark(0, 6))
    assert (marks.head.rev, len(marks.containers), len(marks.objects)) == (6, 1, 1)


def test_newer_generation():
    """A newer generation forgets containers and objects: an owner accepted a restored backup."""
    marks = make_marks()
    marks.accept_head(HeadMark(1, 1_000_005))
    assert (marks.head.generation, marks.containers, marks.objects) == (1, {}, {})


def test_no_generation_forgets_heads():
    """Heads are remembered across generations: a restore may bring one of before."""
    marks = make_marks()
    marks.accept_head(HeadMark(0, 6, b"6" * 32))
    marks.accept_head(HeadMark(1, 1_000_006, b"7" * 32))
    assert marks.has_seen(b"6" * 32)
    assert marks.heads == {b"6" * 32: 6, b"7" * 32: 1_000_006}


def test_heads_without_a_hash():
    """A token or a sealed seed names numbers only, which is no head that was seen."""
    marks = make_marks()
    marks.accept_head(HeadMark(0, 6))
    assert marks.heads == {}
    assert not marks.has_seen(b"")
    marks.accept_head(HeadMark(0, 7, b"7" * 32))
    assert not marks.has_seen(b"")


def test_the_head_of_an_older_state_file():
    """The newest head counts as seen, whether or not it stands among the others."""
    marks = Marks(pin=Pin(0, b"h" * 32), head=HeadMark(0, 5, b"5" * 32))
    assert marks.has_seen(b"5" * 32)


@pytest.mark.parametrize("over", [0, 1])
def test_as_many_heads_as_the_limit(over):
    """Ten thousand heads are remembered; one more takes the place of the oldest."""
    marks = make_marks()
    hashes = [sha256(number.to_bytes(8, "big")) for number in range(HEADS_MAX + over)]
    for number, digest in enumerate(hashes):
        marks.accept_head(HeadMark(0, 6 + number, digest))
    assert len(marks.heads) == HEADS_MAX
    assert marks.has_seen(hashes[0]) is not bool(over)
    assert marks.has_seen(hashes[-1])


class Earlier:
    """What an earlier process left, by object; counts how often it is asked."""

    def __init__(self, marks):
        self.marks, self.asked = marks, 0

    def find(self, container, object_id, *, generation):
        self.asked += 1
        return self.marks.get((container, object_id)) if generation == 0 else None


def test_objects_of_an_earlier_process():
    """A mark is looked for among those that were left, once, and news are what is above them."""
    marks, key = make_marks(), (b"c", b"later")
    marks.remembered = Earlier({key: ObjectMark(4, b"4", 2)})
    assert marks.object_mark(*key) == marks.object_mark(*key) == ObjectMark(4, b"4", 2)
    assert marks.remembered.asked == 1
    marks.accept_object(key, ObjectMark(4, b"4", 2))
    assert marks.news == {}
    marks.accept_object(key, ObjectMark(5, b"5", 2))
    assert marks.news == {key: ObjectMark(5, b"5", 2)}


def test_no_news_without_a_place():
    """A client without local files collects nothing for them."""
    marks = make_marks()
    marks.accept_object((b"c", b"o"), ObjectMark(4, b"4", 2))
    assert (marks.objects[b"c", b"o"].version, marks.news) == (4, {})


def test_objects_of_an_older_generation():
    """After an accepted restore nothing that was left of before is asked for again."""
    marks, key = make_marks(), (b"c", b"later")
    marks.remembered = Earlier({key: ObjectMark(4, b"4", 2)})
    marks.accept_object((b"c", b"o"), ObjectMark(4, b"4", 2))
    marks.accept_head(HeadMark(1, 1_000_005))
    assert (marks.object_mark(*key), marks.news) == (None, {})


NEWER = {
    "a higher version": (ObjectMark(4, b"4", 2), ObjectMark(5, b"5", 2), ObjectMark(5, b"5", 2)),
    "a higher access rev": (ObjectMark(4, b"4", 2), ObjectMark(4, b"4", 3), ObjectMark(4, b"4", 3)),
    "both, one each": (ObjectMark(5, b"5", 2), ObjectMark(4, b"4", 3), ObjectMark(5, b"5", 3)),
    "a hash": (ObjectMark(4), ObjectMark(4, b"4"), ObjectMark(4, b"4")),
}


@pytest.mark.parametrize(("one", "other", "newer"), NEWER.values(), ids=NEWER)
def test_newer_object(one, other, newer):
    """Each part of an object's mark has its own maximum, in whatever order they come."""
    assert newer_object(one, other) == newer_object(other, one) == newer


def test_two_states_under_one_version():
    """Two hashes under one version are a fork, also between tasks."""
    marks = make_marks()
    marks.accept_object((b"c", b"o"), ObjectMark(4, b"4", 2))
    with pytest.raises(ForkError):
        marks.accept_object((b"c", b"o"), ObjectMark(4, b"x", 2))


def test_access_mark():
    """Verification gets the number, the hash and the directory of a remembered record."""
    assert ContainerMark(1, b"h", 2, 5).as_access_mark() == AccessMark(1, b"h", 5)


# -- walking forward ------------------------------------------------------------------------


@pytest.fixture
def directory():
    """A verified directory in which everybody is active."""
    made = Directory(ACCOUNT)
    made._entries = make_world().entries
    made._roots = [make_root()]
    made._head = Head(
        account=ACCOUNT,
        generation=0,
        rev=HEAD_REV,
        previous=b"p" * 32,
        root_version=0,
        root_hash=b"r" * 32,
        count=5,
        tree_root=b"t" * 32,
        created_ms=1,
        signer=CARA.id,
    )
    return made


def make_chain(*directory_revs):
    """Return records of one vault, each following the one before."""
    chain = []
    for rev in directory_revs:
        before = chain[-1] if chain else None
        chain.append(make_record(CARA, [CARA.row()], before=before, directory_rev=rev))
    return chain


def walk(directory, chain, *, without=(), seen_rev=0):
    for place, record in enumerate(chain):
        if place not in without:
            directory.add_record(record)
    first, last = (sha256(chain[place].body) for place in (0, -1))
    directory.walk(remembered=first, current=last, seen_rev=seen_rev)


def test_walk(directory):
    """Every step between the remembered record and the current one is checked."""
    before = directory.access.signature_checks
    walk(directory, make_chain(10, 10, 11, 12))
    assert directory.access.signature_checks == before + 3


@pytest.mark.parametrize("missing", [0, 1, 2, 3])
def test_walk_with_a_hole(directory, missing):
    """A record that is not there, be it the remembered one, is a fork."""
    with pytest.raises(ForkError):
        walk(directory, make_chain(10, 10, 11, 12), without=(missing,))


def test_walk_to_another_history(directory):
    """A chain that does not reach the remembered record is a fork."""
    mine, theirs = make_chain(10, 10, 11), make_chain(9, 10, 11)
    for record in (*mine, *theirs):
        directory.add_record(record)
    with pytest.raises(ForkError):
        directory.walk(remembered=sha256(mine[0].body), current=sha256(theirs[-1].body), seen_rev=0)


def test_walk_under_an_older_directory(directory):
    """A step in the middle that names an older directory than the one before is refused (T9).

    Who saw the first record knows that directory; a manager who was removed under it could
    otherwise sign such a step with the keeper's help and hide it under a later, sound one.
    """
    with pytest.raises(RollbackError):
        walk(directory, make_chain(12, 11, 13))


@pytest.mark.parametrize(("seen_rev", "refused"), [(11, False), (12, True)])
def test_walk_past_what_was_seen(directory, seen_rev, refused):
    """No step may name a directory older than the one under which it was not there yet (T9).

    Somebody who was unlisted could otherwise sign such a step as if before that, give an
    accomplice MANAGE by it, and let that one sign the current record.
    """
    chain = make_chain(10, 11, 13)
    if refused:
        with pytest.raises(RollbackError):
            walk(directory, chain, seen_rev=seen_rev)
    else:
        walk(directory, chain, seen_rev=seen_rev)


class Unreadable:
    """What earlier processes left, of which the part for new objects cannot be read."""

    def find(self, container, object_id, **_generation):
        if object_id != container:
            raise LocalFileError("the objects file is damaged")


def test_unreadable_memory_stops_before_the_write(home, vault_id):
    """What is remembered of an object is read before it is written: afterwards nothing may fail."""
    owner = home.owner()
    home.run(owner.items.list(vault_id))
    owner.marks.remembered = Unreadable()
    with pytest.raises(LocalFileError):
        home.run(owner.items.create(vault_id, login("new")))
    assert home.run(home.owner().items.list(vault_id)) == []
