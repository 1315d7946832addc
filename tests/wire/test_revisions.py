"""Revisions as bytes."""

import msgspec
import pytest
from hypothesis import given

from strongroom.wire.revisions import parse_revision
from support.bodies import REVISION, REVISIONS, check_every_part, refuse_form


def body(**changes):
    return msgspec.structs.replace(REVISION, **changes).encode()


@given(REVISIONS)
def test_round_trip(revision):
    """Reading and writing are inverse."""
    assert parse_revision(revision.encode()) == revision
    assert parse_revision(revision.encode()).encode() == revision.encode()


def test_every_part():
    """Every part has its length, and nothing may be left out or over."""
    check_every_part(REVISION.encode(), parse_revision, free=set())


REFUSED = {
    "version 0": {"version": 0, "previous": b""},
    "version 1 with a predecessor": {"version": 1},
    "version 2 without one": {"previous": b""},
    "version 1 archived": {"version": 1, "previous": b"", "state": 2},
    "version 1 deleted": {"version": 1, "previous": b"", "state": 3},
    "state 0": {"state": 0},
    "state 4": {"state": 4},
    "kind 0": {"kind": 0},
    "kind 5": {"kind": 5},
    "epoch 0": {"epoch": 0},
    "a time of 2^53": {"updated_ms": 2**53},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED.keys())
def test_form(changes):
    """A body of another shape is refused."""
    refuse_form(body(**changes), parse_revision)


def test_own_object():
    """The container's own object has the container's id."""
    assert not REVISION.is_container_object
    assert parse_revision(body(object=REVISION.container)).is_container_object
