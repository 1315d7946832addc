"""Access records as bytes."""

import msgspec
import pytest
from hypothesis import given

from strongroom.limits import ACCESSORS_PER_CONTAINER_MAX
from strongroom.wire.access import Accessor, AccessRecord, derive_container_id, parse_access
from support.bodies import ACCESS_RECORDS, change_part, check_every_part, refuse_form


def row(name, *, kind=1, fp=b"f", permissions=32):
    return Accessor(name * 16, kind, fp * 32, permissions, b"h" * 32)


RECORD = AccessRecord(
    account=b"a" * 16,
    kind=1,
    subtype=0,
    container=b"c" * 16,
    access_rev=1,
    previous=b"p" * 32,
    creator=b"m" * 16,
    salt=b"s" * 32,
    epoch=2,
    key_id=b"k" * 16,
    link_hash=b"l" * 32,
    generation=0,
    directory_rev=3,
    authority=3,
    authority_rev=0,
    authority_hash=b"q" * 32,
    via=b"v" * 16,
    group_hash=b"g" * 32,
    created_ms=5,
    signer=b"m" * 16,
    signer_fp=b"f" * 32,
    accessors=(row(b"a"), row(b"b", kind=2)),
)
COUNT_OF_ROWS = 22


def body(**changes):
    return msgspec.structs.replace(RECORD, **changes).encode()


@given(ACCESS_RECORDS)
def test_round_trip(record):
    """Reading and writing are inverse."""
    assert parse_access(record.encode()) == record
    assert parse_access(record.encode()).encode() == record.encode()


def test_every_part():
    """Every part has its length, and nothing may be left out or over."""
    check_every_part(RECORD.encode(), parse_access, free=set())


def test_first_record():
    """Record 0 has no predecessor, epoch 1 no link."""
    first = {"access_rev": 0, "previous": b"", "epoch": 1, "link_hash": b""}
    assert parse_access(body(**first)).access_rev == 0
    for key in first:
        refuse_form(body(**(first | {key: getattr(RECORD, key)})), parse_access)


def test_most_accessors():
    """A container has at most 2,000 accessors."""
    rows = tuple(
        Accessor(number.to_bytes(16, "big"), 1, b"f" * 32, 32, b"h" * 32)
        for number in range(ACCESSORS_PER_CONTAINER_MAX + 1)
    )
    assert len(parse_access(body(accessors=rows[:-1])).accessors) == ACCESSORS_PER_CONTAINER_MAX
    refuse_form(body(accessors=rows), parse_access)


GOOD = {
    "nobody": {"accessors": ()},
    "two keysets of one principal": {"accessors": (row(b"a"), row(b"a", fp=b"g"))},
    "every subtype of a vault": {"subtype": 3},
    "a group of users": {"kind": 3, "accessors": (row(b"a"),)},
}


@pytest.mark.parametrize("changes", GOOD.values(), ids=GOOD.keys())
def test_accepted(changes):
    """These stand on the good side of a rule."""
    parse_access(body(**changes))


REFUSED = {
    "kind 0": body(kind=0),
    "kind 5": body(kind=5),
    "subtype 4": body(subtype=4),
    "a subtype of a group": body(kind=3, subtype=1, accessors=()),
    "a subtype of an environment": body(kind=2, subtype=1),
    "epoch 0": body(epoch=0, link_hash=b""),
    "authority 0": body(authority=0),
    "authority 4": body(authority=4),
    "accessors out of order": body(accessors=(row(b"b"), row(b"a"))),
    "an accessor twice": body(accessors=(row(b"a"), row(b"a"))),
    "two rows of one principal with other bits": body(
        accessors=(row(b"a"), row(b"a", fp=b"g", permissions=48))
    ),
    "two rows of one principal of other kinds": body(
        accessors=(row(b"a"), row(b"a", fp=b"g", kind=3))
    ),
    "an accessor of kind 4": body(accessors=(row(b"a", kind=4),)),
    "a group in a group": body(kind=3, accessors=(row(b"a", kind=2),)),
    "a service account in a group": body(kind=3, accessors=(row(b"a", kind=3),)),
    "bits of 2^53": body(accessors=(row(b"a", permissions=2**53),)),
    "more accessors than follow": change_part(RECORD.encode(), COUNT_OF_ROWS, 3),
    "fewer accessors than follow": change_part(RECORD.encode(), COUNT_OF_ROWS, 1),
}


@pytest.mark.parametrize("changed", REFUSED.values(), ids=REFUSED.keys())
def test_form(changed):
    """A body of another shape is refused."""
    refuse_form(changed, parse_access)


def test_rows():
    """Rows are found by principal and by keyset; who has none has no bits."""
    record = parse_access(body(accessors=(row(b"a"), row(b"a", fp=b"g"))))
    assert record.row(b"a" * 16, b"g" * 32) == record.accessors[1]
    assert record.row(b"a" * 16) == record.accessors[0]
    assert record.row(b"a" * 16, bytes(32)) is None
    assert (record.permissions(b"a" * 16), record.permissions(b"z" * 16)) == (32, 0)


def test_container_id():
    """A container's id depends on account, kind, subtype, creator and salt."""
    parts = {"account": b"a", "kind": 1, "subtype": 0, "creator": b"c", "salt": b"s"}
    others = {"account": b"b", "kind": 2, "subtype": 1, "creator": b"d", "salt": b"t"}
    ids = {derive_container_id(**(parts | {key: others[key]})) for key in parts}
    assert len(ids | {derive_container_id(**parts)}) == 6
