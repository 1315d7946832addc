"""The envelope around everything that is sealed (section 3 of specs/formats.md)."""

import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from generator.crypto import hkdf
from generator.errors import refuse, require
from generator.keys import ZERO_KEY_ID, key_id
from generator.pae import Part, encode

MAGIC = b"SR1"
VERSION = 1
OVERHEAD = 93
SMALLEST = OVERHEAD + 4
UNPADDED = frozenset({5, 6, 9, 10})
_HEADER = 45
_NONCE = bytes(12)


@dataclass(frozen=True)
class Sealing:
    """The inputs of one seal; tests change one of them at a time."""

    purpose: int
    key: bytes
    context: tuple[Part, ...]
    salt: bytes
    derived: bool = False
    magic: bytes = MAGIC
    version: int = VERSION

    def header(self) -> bytes:
        """45 bytes that say what this is; they are bound and readable."""
        name = ZERO_KEY_ID if self.derived else key_id(self.key)
        return self.magic + bytes([self.version, self.purpose]) + name + self.salt


def padme(size: int) -> int:
    """Padme: the size with its low bits rounded up, at most 12 % more."""
    if size < 2:
        return size
    exponent = size.bit_length() - 1
    low = exponent - exponent.bit_length()
    mask = (1 << low) - 1
    return (size + mask) & ~mask


def padded_size(purpose: int, size: int) -> int:
    """The length of the padded plaintext for `size` bytes of data."""
    if purpose in UNPADDED:
        return size + 4
    return max(padme(size + 4), 128 if purpose == 1 else 256)


def pad(purpose: int, data: bytes) -> bytes:
    """LE32 length, data, zeros."""
    framed = len(data).to_bytes(4, "little") + data
    return framed.ljust(padded_size(purpose, len(data)), b"\0")


def _derive(key: bytes, header: bytes, context: tuple[Part, ...]) -> tuple[bytes, bytes]:
    okm = hkdf(key, header[21:], encode("sr/v1/seal", header, *context), 64)
    return okm[:32], okm[32:]


def seal_padded(sealing: Sealing, padded: bytes) -> bytes:
    """Seal a plaintext whose padding somebody else made (or spoiled)."""
    header = sealing.header()
    content_key, commitment = _derive(sealing.key, header, sealing.context)
    return header + commitment + AESGCM(content_key).encrypt(_NONCE, padded, header)


def seal(sealing: Sealing, data: bytes) -> bytes:
    """Seal `data` as this text says."""
    return seal_padded(sealing, pad(sealing.purpose, data))


def open_envelope(
    envelope: bytes,
    *,
    purpose: int,
    key: bytes,
    context: tuple[Part, ...],
    derived: bool = False,
) -> bytes:
    """Open in the order of the text: every step has a layer of its own."""
    require(len(envelope) >= SMALLEST, "length", "truncated")
    require(envelope[:3] == MAGIC, "version")
    require(envelope[3] == VERSION, "version", "unsupported_version")
    require(envelope[4] == purpose, "purpose")
    header = envelope[:_HEADER]
    require(header[5:21] == (ZERO_KEY_ID if derived else key_id(key)), "key-id")
    content_key, commitment = _derive(key, header, context)
    given = envelope[_HEADER : _HEADER + 32]
    require(hmac.compare_digest(given, commitment), "commitment")
    try:
        padded = AESGCM(content_key).decrypt(_NONCE, envelope[_HEADER + 32 :], header)
    except InvalidTag:
        refuse("tag")
    return _unpad(purpose, padded)


def _unpad(purpose: int, padded: bytes) -> bytes:
    size = int.from_bytes(padded[:4], "little")
    require(size + 4 <= len(padded), "padding")
    require(len(padded) == padded_size(purpose, size), "padding")
    require(not any(padded[4 + size :]), "padding")
    return padded[4 : 4 + size]
