"""What a client remembers, and how it walks forward from it."""

import pytest

from strongroom.client.directory import Directory
from strongroom.client.marks import ContainerMark, Marks
from strongroom.crypto.hashes import sha256
from strongroom.errors import ForkError, RollbackError
from strongroom.trust.access import AccessMark
from strongroom.trust.directory import HeadMark, Pin
from strongroom.trust.revisions import ObjectMark
from strongroom.wire.heads import Head
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


def walk(directory, chain, *, without=()):
    for place, record in enumerate(chain):
        if place not in without:
            directory.add_record(record)
    directory.walk(sha256(chain[0].body), sha256(chain[-1].body))


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
        directory.walk(sha256(mine[0].body), sha256(theirs[-1].body))


def test_walk_under_an_older_directory(directory):
    """A step in the middle that names an older directory than the one before is refused (T9).

    Who saw the first record knows that directory; a manager who was removed under it could
    otherwise sign such a step with the keeper's help and hide it under a later, sound one.
    """
    with pytest.raises(RollbackError):
        walk(directory, make_chain(12, 11, 13))
