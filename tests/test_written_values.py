"""Ids, times and padded sizes against slower ways to compute the same."""

import math
from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.clock import format_time, naive_time
from strongroom.crypto.sealing import Purpose, padded_size
from strongroom.errors import InvalidIdError
from strongroom.ids import format_id, parse_id
from strongroom.limits import INTEGER_MAX

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
LAST_MS = 253_402_300_799_999
PADDED = (
    Purpose.OVERVIEW,
    Purpose.DETAILS,
    Purpose.SHARE,
    Purpose.INVITE,
    Purpose.SHARE_SECRET,
)


def slow_id(value):
    """Write an id bit by bit, as RFC 4648 section 6 says."""
    bits = "".join(f"{byte:08b}" for byte in value) + "00"
    return "".join(ALPHABET[int(bits[at : at + 5], 2)] for at in range(0, len(bits), 5))


@given(st.binary(min_size=16, max_size=16))
def test_random_ids(value):
    """An id is written as base32 bit by bit, and read back."""
    assert format_id(value) == slow_id(value)
    assert parse_id(slow_id(value)) == value


@pytest.mark.parametrize("bit", range(128))
def test_each_bit_of_an_id(bit):
    """Each single bit, and each single missing one, stands where it belongs."""
    for number in (1 << bit, (1 << 128) - 1 - (1 << bit)):
        value = number.to_bytes(16, "big")
        assert format_id(value) == slow_id(value)


@pytest.mark.parametrize("size", [0, 1, 15, 17, 32])
def test_bytes_that_are_no_id(size):
    """Fewer or more than 16 bytes, as a damaged file may hold, have a text that is no id."""
    text = format_id(b"\xff" * size)
    assert text == b32encode(b"\xff" * size).decode().rstrip("=").lower()
    with pytest.raises(InvalidIdError):
        parse_id(text)


@given(st.integers(0, LAST_MS))
def test_random_times(milliseconds):
    """A time is written as `strftime` writes it, and its value is the same moment."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    assert format_time(milliseconds) == moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert naive_time(milliseconds) == moment.replace(tzinfo=None)
    assert naive_time(milliseconds).tzinfo is None


ENDS = {
    "before the beginning": (-1, 0),
    "the beginning": (0, 0),
    "the last moment but one": (LAST_MS - 1, LAST_MS - 1),
    "the last moment": (LAST_MS, LAST_MS),
    "past the last moment": (LAST_MS + 1, LAST_MS),
    "the largest integer": (INTEGER_MAX, LAST_MS),
}


@pytest.mark.parametrize(("milliseconds", "shown"), ENDS.values(), ids=ENDS.keys())
def test_times_at_the_ends(milliseconds, shown):
    """A time outside the years that have a text is shown as the nearest one that has."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=shown)
    assert naive_time(milliseconds).replace(tzinfo=UTC) == moment
    assert format_time(milliseconds) == format_time(shown)


def slow_padded_size(size, purpose):
    """Pad after the paper: round up to a multiple of 2^(E - S), floors applied last."""
    exponent = math.floor(math.log2(size))
    step = 2 ** max(exponent - (math.floor(math.log2(exponent)) + 1), 0)
    return max(math.ceil(size / step) * step, 128 if purpose == Purpose.OVERVIEW else 256)


@pytest.mark.parametrize("purpose", PADDED, ids=lambda purpose: purpose.name)
def test_every_small_padded_size(purpose):
    """Below the floor, on it and past it, sizes are those of the paper."""
    for size in range(4, 1_100):
        assert padded_size(size, purpose) == slow_padded_size(size, purpose)


@given(st.integers(4, 2**33), st.sampled_from(PADDED))
def test_random_padded_sizes(size, purpose):
    """Whatever the size, it is that of the paper."""
    assert padded_size(size, purpose) == slow_padded_size(size, purpose)
