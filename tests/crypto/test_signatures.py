"""Ed25519, strict."""

import pytest

from strongroom.crypto.public.signatures import derive_public_key, is_small_order, sign, verify
from strongroom.errors import IntegrityError

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
EMPTY_SIGNATURE = (
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
    "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
)
ORDER = 2**252 + 27742317777372353535851937790883648493


def test_published_example():
    """RFC 8032 section 7.1, test 1."""
    assert derive_public_key(SEED) == PUBLIC
    assert sign(SEED, b"").hex() == EMPTY_SIGNATURE
    verify(PUBLIC, bytes.fromhex(EMPTY_SIGNATURE), b"", what="x")


def _with_larger_s(signature):
    s = int.from_bytes(signature[32:], "little") + ORDER
    return signature[:32] + s.to_bytes(32, "little")


SIGNATURE = sign(SEED, b"message")
REFUSED = {
    "another message": (PUBLIC, SIGNATURE, b"massage"),
    "another key": (derive_public_key(bytes(32)), SIGNATURE, b"message"),
    "a flipped bit": (PUBLIC, bytes([SIGNATURE[0] ^ 1]) + SIGNATURE[1:], b"message"),
    "a cut signature": (PUBLIC, SIGNATURE[:-1], b"message"),
    "a longer signature": (PUBLIC, SIGNATURE + b"\0", b"message"),
    "no signature": (PUBLIC, b"", b"message"),
    "a second spelling of S": (PUBLIC, _with_larger_s(SIGNATURE), b"message"),
    "a cut key": (PUBLIC[:-1], SIGNATURE, b"message"),
    "no key": (b"", SIGNATURE, b"message"),
    "a key that is no point": (b"\x02" + bytes(31), SIGNATURE, b"message"),
    "a key of small order": (b"\x01" + bytes(31), b"\x01" + bytes(63), b"message"),
    "a second spelling of a key": (b"\xf0" + b"\xff" * 30 + b"\x7f", SIGNATURE, b"message"),
}


@pytest.mark.parametrize(("key", "signature", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refusals(key, signature, message):
    """Anything but the one signature by this key over this message is refused by name."""
    with pytest.raises(IntegrityError, match="the signature of record x is wrong") as caught:
        verify(key, signature, message, what="record x")
    assert caught.value.layer == "signature"


def test_small_order():
    """Points under which anybody can sign are known, in every spelling; real keys are not."""
    one, minus_one = b"\1" + bytes(31), (2**255 - 20).to_bytes(32, "little")
    for point in (bytes(32), one, minus_one):
        with_sign = point[:-1] + bytes([point[-1] | 0x80])
        assert is_small_order(point)
        assert is_small_order(with_sign)
    assert not is_small_order(PUBLIC)
