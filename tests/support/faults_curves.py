"""Arithmetic of its own for inputs that no library makes: points, spellings, forged GCM tags.

Sources: RFC 8032 section 5.1 (edwards25519), RFC 7748 section 5 (Curve25519),
NIST SP 800-38D (GHASH). The kinds of edge cases are those of the Wycheproof
project and of "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko 2020).
Slow, and not in constant time: for tests only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, FIELD) % FIELD
_ROOT_OF_MINUS_ONE = pow(2, (FIELD - 1) // 4, FIELD)
SIGN_BIT = 1 << 255


@dataclass(frozen=True)
class Point:
    """A point of edwards25519."""

    x: int
    y: int

    def __add__(self, other: Point) -> Point:
        product = _D * self.x * other.x * self.y * other.y
        x = (self.x * other.y + self.y * other.x) * pow(1 + product, -1, FIELD)
        y = (self.y * other.y + self.x * other.x) * pow(1 - product, -1, FIELD)
        return Point(x % FIELD, y % FIELD)

    def __rmul__(self, scalar: int) -> Point:
        total, term = NEUTRAL, self
        while scalar:
            if scalar & 1:
                total += term
            term, scalar = term + term, scalar >> 1
        return total

    def encode(self) -> bytes:
        """Return the one canonical spelling."""
        return (self.y | (self.x & 1) << 255).to_bytes(32, "little")

    def spellings(self) -> set[bytes]:
        """Return every 32 bytes that a lax decoder takes for this point."""
        signs = (0, SIGN_BIT) if self.x == 0 else ((self.x & 1) << 255,)
        ys = [y for y in (self.y, self.y + FIELD) if y < SIGN_BIT]
        return {(y | sign).to_bytes(32, "little") for y in ys for sign in signs}


NEUTRAL = Point(0, 1)


def at(y: int, *, odd: bool = False) -> Point | None:
    """Return the point with this y-coordinate, if the curve has one."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if x * x % FIELD != square:
        x = x * _ROOT_OF_MINUS_ONE % FIELD
    if x * x % FIELD != square:
        return None
    return Point(FIELD - x if x and bool(x & 1) != odd else x, y)


_base = at(4 * pow(5, -1, FIELD) % FIELD)
assert _base is not None
BASE: Point = _base


@cache
def torsion_points() -> tuple[Point, ...]:
    """Return the eight points whose order divides eight."""
    y = 2
    while True:
        point = at(y)
        # Eight times smaller than any point: what is left is of small order.
        generator = None if point is None else ORDER * point
        if generator is not None and 4 * generator != NEUTRAL:
            return tuple(turn * generator for turn in range(8))
        y += 1


def challenge(r: bytes, public_key: bytes, message: bytes) -> int:
    """Return the k of a signature."""
    return int.from_bytes(hashlib.sha512(r + public_key + message).digest(), "little") % ORDER


def sign_mixed(
    secret: int, nonce: int, torsion: Point, message: bytes, *, r_torsion: Point = NEUTRAL
) -> tuple[bytes, bytes]:
    """Sign as somebody whose key, or R, has a part of small order; return (key, signature)."""
    public_key = (secret * BASE + torsion).encode()
    r = (nonce * BASE + r_torsion).encode()
    s = (nonce + challenge(r, public_key, message) * secret) % ORDER
    return public_key, r + s.to_bytes(32, "little")


# u-coordinates with which every X25519 gives zero, with the spellings beyond the field.
# Source: D. J. Bernstein, "Curve25519: validating public keys" (cr.yp.to/ecdh.html#validate).
_ORDER_8 = 325606250916557431795983626356110631294008115727848805560023387167927233504
_ORDER_8_TOO = 39382357235489614581723060781553021112529911719440698176882885853963445705823
LOW_ORDER_U = tuple(
    (u | high).to_bytes(32, "little")
    for u in (0, 1, _ORDER_8, _ORDER_8_TOO, FIELD - 1, FIELD, FIELD + 1)
    for high in (0, SIGN_BIT)
)


# -- GCM: one ciphertext under two keys ---------------------------------------------------

_BLOCK = 16
_REDUCTION = 0xE1 << 120


def _times(left: int, right: int) -> int:
    """Multiply in the field of GHASH, whose bits count from the left."""
    product = 0
    for bit in range(127, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = right >> 1 ^ (_REDUCTION if right & 1 else 0)
    return product


def _power(base: int, exponent: int) -> int:
    result = 1 << 127
    while exponent:
        if exponent & 1:
            result = _times(result, base)
        base, exponent = _times(base, base), exponent >> 1
    return result


def _encrypt_block(key: bytes, block: bytes) -> int:
    encryptor = Cipher(AES(key), ECB()).encryptor()
    return int.from_bytes(encryptor.update(block), "big")


def _tag(key: bytes, nonce: bytes, blocks: list[int]) -> tuple[int, int]:
    """Return the tag over blocks (lengths included) and the key of the hash."""
    hash_key, total = _encrypt_block(key, bytes(_BLOCK)), 0
    for block in blocks:
        total = _times(total ^ block, hash_key)
    return total ^ _encrypt_block(key, nonce + (1).to_bytes(4, "big")), hash_key


def collide(first: bytes, second: bytes, nonce: bytes, aad: bytes, head: bytes) -> bytes:
    """Return a ciphertext with tag that AES-256-GCM accepts under both keys.

    Args:
        head: How the ciphertext begins, in whole blocks; one block more is solved for.
    """
    assert len(head) % _BLOCK == 0
    padded = aad.ljust(-(-len(aad) // _BLOCK) * _BLOCK, b"\0") + head
    blocks = [int.from_bytes(padded[at : at + _BLOCK], "big") for at in range(0, len(padded), 16)]
    lengths = (len(aad) * 8) << 64 | (len(head) + _BLOCK) * 8
    tag, hash_key = _tag(first, nonce, [*blocks, 0, lengths])
    other_tag, other_hash_key = _tag(second, nonce, [*blocks, 0, lengths])
    # The free block stands two places before the end: it counts times the square of the key.
    factor = _times(hash_key, hash_key) ^ _times(other_hash_key, other_hash_key)
    block = _times(tag ^ other_tag, _power(factor, 2**128 - 2))
    tag, _ = _tag(first, nonce, [*blocks, block, lengths])
    return head + block.to_bytes(_BLOCK, "big") + tag.to_bytes(_BLOCK, "big")
