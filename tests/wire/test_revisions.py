"""Revisions as bytes."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.errors import IntegrityError
from strongroom.limits import INTEGER_MAX
from strongroom.pae import pae, parse_pae
from strongroom.wire.bodies import BodyReader
from strongroom.wire.revisions import parse_revision
from support.bodies import REVISION, REVISIONS, change_part, check_every_part, refuse_form

# The parts after the label, one letter each: id, number, hash, optional hash.
PARTS = "ininnhnninoninnihiohh"
NUMBERS = [place for place, part in enumerate(PARTS, 1) if part == "n"]


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


def slow_parse(raw):
    """Read a revision part by part, and check each by itself."""
    reader = BodyReader(raw, "sr/v1/rev")
    take = {
        "i": lambda: reader.fixed(16),
        "n": reader.integer,
        "h": lambda: reader.fixed(32),
        "o": lambda: reader.optional(32),
    }
    values = dict(zip(type(REVISION).__struct_fields__, [take[p]() for p in PARTS], strict=True))
    reader.end()
    first = values["version"] == 1
    fits = (
        values["kind"] in (1, 2, 3, 4)
        and values["state"] in (1, 2, 3)
        and values["epoch"] > 0
        and values["version"] > 0
        and (values["previous"] == b"") == first
        and (not first or values["state"] == 1)
    )
    if not fits:
        message = "the parts contradict each other"
        raise IntegrityError(message, layer="form")
    return type(REVISION)(**values)


def outcome(parse, raw):
    """Return what a parser makes of a body, or the layer at which it is refused."""
    try:
        return parse(raw)
    except IntegrityError as error:
        return error.layer


@given(REVISIONS, st.data())
def test_damaged_bodies(revision, data):
    """A body that is changed anywhere is read, or refused, as by a reader of single parts."""
    raw = revision.encode()
    place = data.draw(st.integers(0, len(raw) - 1))
    flipped = bytearray(raw)
    flipped[place] ^= data.draw(st.integers(1, 255))
    for changed in (raw, bytes(flipped), raw[:place], raw[:place] + raw[place + 1 :], raw + b"\0"):
        assert outcome(parse_revision, changed) == outcome(slow_parse, changed)


@given(st.lists(st.binary(max_size=33) | st.integers(0, 4), max_size=24))
def test_bodies_of_other_parts(parts):
    """Other parts in other numbers are refused, as by a reader of single parts."""
    for changed in (pae(*parts), pae("sr/v1/rev", *parts)):
        assert outcome(parse_revision, changed) == outcome(slow_parse, changed)


@pytest.mark.parametrize("moved", [-1, 1], ids=["shorter", "longer"])
@pytest.mark.parametrize("place", range(len(PARTS)))
def test_bytes_that_move_between_parts(place, moved):
    """A body of the right size, of whose parts one is shorter and the next longer, is refused."""
    parts = parse_pae(body(group_hash=bytes(32)))
    joined = parts[place] + parts[place + 1]
    cut = len(parts[place]) + moved
    parts[place : place + 2] = [joined[:cut], joined[cut:]]
    refuse_form(pae(*parts), parse_revision)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("group_hash", [b"", b"g" * 32], ids=["alone", "through a group"])
def test_optional_parts(version, group_hash):
    """The two parts that may be empty are so each by itself; one never passes for the other."""
    previous = b"p" * 32 if version > 1 else b""
    raw = body(version=version, previous=previous, group_hash=group_hash)
    assert parse_revision(raw) == slow_parse(raw)
    for wrong in {b"", b"p" * 32} - {previous}:
        refuse_form(body(version=version, previous=wrong, group_hash=group_hash), parse_revision)


@pytest.mark.parametrize("place", NUMBERS)
def test_largest_numbers(place):
    """Every number of a body may be 2^53 - 1 at most, unless it has less room."""
    room = {2: 4, 12: 3}.get(place, INTEGER_MAX)
    parse_revision(change_part(REVISION.encode(), place, room))
    refuse_form(change_part(REVISION.encode(), place, room + 1), parse_revision)


def test_own_object():
    """The container's own object has the container's id."""
    assert not REVISION.is_container_object
    assert parse_revision(body(object=REVISION.container)).is_container_object
