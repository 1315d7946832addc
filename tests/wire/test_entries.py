"""Directory entries as bytes."""

import msgspec
import pytest
from hypothesis import given

from strongroom.limits import GAPS_PER_PRINCIPAL_MAX, KEYSETS_PER_PRINCIPAL_MAX
from strongroom.wire.entries import Entry, EntryKeyset, Gap, parse_entry
from support.bodies import ENTRIES, change_part, check_every_part, refuse_form


def keyset(number, *, since=1, until=0):
    return EntryKeyset(number, bytes([number]) * 32, b"e" * 32, b"s" * 32, since, until)


ENTRY = Entry(
    account=b"a" * 16,
    index=3,
    principal=b"p" * 16,
    kind=3,
    entry_rev=4,
    state=1,
    state_rev=9,
    flags=0,
    creator=b"c" * 16,
    expires_ms=0,
    keysets=(keyset(1, until=5), keyset(2, since=5)),
    gaps=(Gap(6, 7), Gap(8, 9)),
)
COUNT_OF_KEYSETS = 11
COUNT_OF_GAPS = 24


def body(**changes):
    return msgspec.structs.replace(ENTRY, **changes).encode()


@given(ENTRIES)
def test_round_trip(entry):
    """Reading and writing are inverse."""
    assert parse_entry(entry.encode()) == entry
    assert parse_entry(entry.encode()).encode() == entry.encode()


def test_every_part():
    """Every part has its length, and nothing may be left out or over."""
    check_every_part(ENTRY.encode(), parse_entry, free=set())


def test_most_gaps():
    """Eight suspensions that are over are kept, and no ninth."""
    most = tuple(Gap(2 * n, 2 * n + 1) for n in range(GAPS_PER_PRINCIPAL_MAX))
    assert parse_entry(body(gaps=most, state_rev=99)).gaps == most
    refuse_form(body(gaps=(*most, Gap(50, 51)), state_rev=99), parse_entry)


def test_a_user():
    """A user has one keyset, with which its id was made."""
    assert parse_entry(body(kind=1, keysets=(keyset(1),))).current.number == 1


def test_most_keysets():
    """A principal has at most 16 keysets."""
    most = tuple(keyset(number) for number in range(1, KEYSETS_PER_PRINCIPAL_MAX + 1))
    assert parse_entry(body(keysets=most)).current == most[-1]
    refuse_form(body(keysets=(*most, keyset(17))), parse_entry)


REFUSED = {
    "kind 0": body(kind=0),
    "kind 4": body(kind=4),
    "state 0": body(state=0),
    "state 4": body(state=4),
    "a rev of 2^53": body(entry_rev=2**53),
    "no keyset": body(keysets=()),
    "keyset number 0": body(keysets=(keyset(0),)),
    "keysets out of order": body(keysets=(keyset(2), keyset(1))),
    "a keyset twice": body(keysets=(keyset(1), keyset(1))),
    "a current keyset that has ended": body(keysets=(keyset(1, until=9),)),
    "more keysets than follow": change_part(ENTRY.encode(), COUNT_OF_KEYSETS, 3),
    "two keysets of a user": body(kind=1),
    "another keyset of a user": body(kind=1, keysets=(keyset(2),)),
    "a gap that ends where it begins": body(gaps=(Gap(6, 6),)),
    "gaps out of order": body(gaps=(Gap(8, 9), Gap(6, 7))),
    "gaps that touch": body(gaps=(Gap(6, 8), Gap(8, 9))),
    "a gap after the state": body(gaps=(Gap(6, 10),)),
    "more gaps than follow": change_part(ENTRY.encode(), COUNT_OF_GAPS, 3),
    "fewer gaps than follow": change_part(ENTRY.encode(), COUNT_OF_GAPS, 1),
    "fewer keysets than follow": change_part(ENTRY.encode(), COUNT_OF_KEYSETS, 1),
}


@pytest.mark.parametrize("changed", REFUSED.values(), ids=REFUSED.keys())
def test_form(changed):
    """A body of another shape is refused."""
    refuse_form(changed, parse_entry)


VALID = {"before": (4, False), "first": (5, True), "last": (8, True), "after": (9, False)}


@pytest.mark.parametrize(("rev", "holds"), VALID.values(), ids=VALID.keys())
def test_when_a_keyset_holds(rev, holds):
    """A keyset holds from its first rev on and ends before its last."""
    assert keyset(1, since=5, until=9).holds_at(rev) is holds
    assert keyset(1, since=5).holds_at(rev) is (rev >= 5)


def test_keysets_by_fingerprint():
    """A keyset is found by its fingerprint; the last one is current."""
    assert ENTRY.keyset(bytes([1]) * 32) == ENTRY.keysets[0]
    assert ENTRY.keyset(bytes(32)) is None
    assert ENTRY.current == ENTRY.keysets[1]
    assert ENTRY.is_active
    assert not msgspec.structs.replace(ENTRY, state=2).is_active
