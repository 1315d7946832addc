"""The envelope: opened whole and in its place, or refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.crypto.sealing import (
    HEADER_BYTES,
    KEY_ID_BYTES,
    NO_KEY_ID,
    OVERHEAD_BYTES,
    Purpose,
    open_envelope,
    padded_size,
    seal,
    sealed_key_id,
)
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import IntegrityError, TruncatedError, UnsupportedVersionError

KEY = SymmetricKey(bytes(range(32)))
OTHER_KEY = SymmetricKey(bytes(range(1, 33)))
CONTEXT = (b"a" * 16, 1, b"c" * 16, 3, b"o" * 16, 7, b"")
DATA = b"what nobody else may read"
VERSION_BYTE = 3
PURPOSE_BYTE = 4
NOT_PADDED = (Purpose.FILE_CHUNK, Purpose.KEYSET_SEED, Purpose.LOCAL, Purpose.EPOCH_LINK)


def sealed(purpose=Purpose.OVERVIEW, data=DATA, **options):
    return seal(KEY, purpose, CONTEXT, data, **options)


def opened(envelope, *, key=KEY, purpose=Purpose.OVERVIEW, context=CONTEXT, **options):
    return open_envelope(key, purpose, context, envelope, what="item x", **options)


def refused(envelope, **options):
    """Return the error of an envelope that must not open, its text already checked."""
    with pytest.raises((IntegrityError, UnsupportedVersionError)) as caught:
        opened(envelope, **options)
    assert caught.value.message.startswith("item x")
    return caught.value


def flipped(envelope, bit):
    changed = bytearray(envelope)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@given(st.sampled_from(Purpose), st.binary(max_size=2000))
def test_round_trip(purpose, data):
    """Every purpose gives back exactly what was sealed."""
    assert opened(sealed(purpose, data), purpose=purpose) == data


def test_sealed_twice():
    """Sealing is salted: twice the same is not the same envelope."""
    assert sealed() != sealed()


def test_every_bit_of_the_header():
    """Each single flipped bit of the 45 bytes of the header is refused."""
    envelope = sealed()
    layers = {"version": 0, "purpose": 0, "key-id": 0, "commitment": 0}
    for bit in range(HEADER_BYTES * 8):
        error = refused(flipped(envelope, bit))
        layers[error.layer] += 1
        assert isinstance(error, UnsupportedVersionError) == (bit // 8 == VERSION_BYTE)
    assert layers == {"version": 32, "purpose": 8, "key-id": 128, "commitment": 192}


def test_bits_behind_the_header():
    """A flipped bit of the commitment or of the sealed bytes is refused, anywhere."""
    envelope = sealed()
    for bit in range(HEADER_BYTES * 8, len(envelope) * 8, 7):
        assert refused(flipped(envelope, bit)).layer in ("commitment", "tag")


def test_every_length():
    """Cut at any length, or lengthened, an envelope is refused."""
    envelope = sealed()
    for length in range(len(envelope)):
        error = refused(envelope[:length])
        too_short = length < OVERHEAD_BYTES + 4
        assert isinstance(error, TruncatedError) == too_short
        assert (error.layer == "length") == too_short
    assert refused(envelope + b"\0").layer == "tag"


ELSEWHERE = {
    "another account": (0, b"b" * 16),
    "another kind of container": (1, 2),
    "another container": (2, b"d" * 16),
    "another epoch": (3, 4),
    "another object": (4, b"p" * 16),
    "another version": (5, 8),
    "another overview": (6, b"h" * 32),
}


@pytest.mark.parametrize(("place", "part"), ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_moved_elsewhere(place, part):
    """An envelope opens nowhere but where it was sealed."""
    context = (*CONTEXT[:place], part, *CONTEXT[place + 1 :])
    assert refused(sealed(), context=context).layer == "commitment"


def test_context_with_another_number_of_parts():
    """Parts that are left out or added are another context."""
    for context in (CONTEXT[:-1], (*CONTEXT, b""), ()):
        assert refused(sealed(), context=context).layer == "commitment"


@pytest.mark.parametrize("purpose", Purpose, ids=lambda purpose: purpose.name)
def test_every_other_purpose(purpose):
    """An envelope of one purpose opens under no other."""
    envelope = sealed(purpose)
    for other in set(Purpose) - {purpose}:
        assert refused(envelope, purpose=other).layer == "purpose"


def test_another_key():
    """Another key is refused by its id; where ids are not written, by the commitment."""
    assert refused(sealed(), key=OTHER_KEY).layer == "key-id"
    hidden = sealed(key_id=NO_KEY_ID)
    assert opened(hidden, key_id=NO_KEY_ID) == DATA
    assert refused(hidden, key=OTHER_KEY, key_id=NO_KEY_ID).layer == "commitment"


def test_key_id():
    """The header names the key by an id that is not the key."""
    assert sealed_key_id(sealed()) == KEY.id
    assert len(KEY.id) == KEY_ID_BYTES
    assert KEY.expose_key()[:KEY_ID_BYTES] not in sealed()


def test_refusals_read_alike():
    """No text and no class tells at which step an opening failed."""
    envelope = sealed()
    errors = [
        refused(envelope, key=OTHER_KEY),
        refused(envelope, context=()),
        refused(envelope, purpose=Purpose.DETAILS),
        refused(flipped(envelope, len(envelope) * 8 - 1)),
        refused(flipped(envelope, 0)),
    ]
    assert len({error.layer for error in errors}) == 5
    assert len({(type(error), str(error), repr(error), error.hint) for error in errors}) == 1


# -- padding -------------------------------------------------------------------


@given(st.integers(4, 2**33), st.sampled_from(sorted(set(Purpose) - set(NOT_PADDED))))
def test_padded_sizes(size, purpose):
    """Padding never cuts, costs at most 12 % past the floor, and is its own fixed point."""
    floor = 128 if purpose == Purpose.OVERVIEW else 256
    padded = padded_size(size, purpose)
    assert padded >= max(size, floor)
    assert padded == floor or padded <= size * 1.12
    assert padded_size(padded, purpose) == padded


PADME = {1: 256, 256: 256, 257: 272, 272: 272, 273: 288, 1000: 1024, 1025: 1088, 65_537: 67_584}


@pytest.mark.parametrize(("size", "padded"), PADME.items())
def test_padme(size, padded):
    """Sizes worked out by hand after the paper, on both sides of a step."""
    assert padded_size(size, Purpose.DETAILS) == padded


@given(st.sampled_from(Purpose), st.integers(0, 3000))
@settings(max_examples=60)
def test_envelope_sizes(purpose, size):
    """An envelope has the padded size and 93 bytes more."""
    envelope = sealed(purpose, bytes(size))
    assert len(envelope) == OVERHEAD_BYTES + padded_size(size + 4, purpose)
    if purpose in NOT_PADDED:
        assert len(envelope) == OVERHEAD_BYTES + 4 + size


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_sizes_hide_small_differences(left, right):
    """Two short overviews are equally long."""
    assert len(sealed(data=left)) == len(sealed(data=right))
