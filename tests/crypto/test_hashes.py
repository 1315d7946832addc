"""Hashes and derivations against the published examples."""

import pytest

from strongroom.crypto.public.hashes import equal, hkdf, hkdf_expand, hmac_sha256, sha256


def test_sha256():
    """FIPS 180-4's example."""
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256(b"abc").hex() == expected


def test_hkdf():
    """RFC 5869, test case 1; expanding its PRK gives the same bytes."""
    info = bytes.fromhex("f0f1f2f3f4f5f6f7f8f9")
    okm = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    prk = bytes.fromhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
    salt = bytes(range(13))
    assert hkdf(b"\x0b" * 22, salt=salt, info=info, length=42).hex() == okm
    assert hkdf_expand(prk, info=info, length=42).hex() == okm


def test_hmac():
    """RFC 4231, test case 2."""
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex() == expected


@pytest.mark.parametrize(("left", "right"), [(b"a", b"b"), (b"a", b"aa"), (b"", b"a")])
def test_equal(left, right):
    """Equal is equal, and different in content or length is not."""
    assert equal(left, left)
    assert not equal(left, right)
