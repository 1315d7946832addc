"""Heads as bytes."""

import msgspec
import pytest
from hypothesis import given

from strongroom.wire.heads import Head, parse_head
from support.bodies import HEADS, check_every_part, refuse_form

HEAD = Head(
    account=b"a" * 16,
    generation=0,
    rev=2,
    previous=b"p" * 32,
    root_version=0,
    root_hash=b"r" * 32,
    count=4,
    tree_root=b"t" * 32,
    created_ms=5,
    signer=b"s" * 16,
)


@given(HEADS)
def test_round_trip(head):
    """Reading and writing are inverse."""
    assert parse_head(head.encode()) == head
    assert parse_head(head.encode()).encode() == head.encode()


def test_every_part():
    """Every part has its length, and nothing may be left out or over."""
    check_every_part(HEAD.encode(), parse_head, free=set())


REFUSED = {
    "no entries": {"count": 0},
    "more entries than an account has": {"count": 1_000_001},
    "a rev of 2^53": {"rev": 2**53},
    "a time of 2^53": {"created_ms": 2**53},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED.keys())
def test_form(changes):
    """Numbers outside their bounds are refused."""
    refuse_form(msgspec.structs.replace(HEAD, **changes).encode(), parse_head)
