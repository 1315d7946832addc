"""The one envelope: every sealed byte of Strongroom, opened or refused here.

Source: specs/formats.md section 3.

    header  45 B = "SR1" | 0x01 | purpose | key id (16) | salt (24)
    okm     64 B = HKDF(key, salt, PAE("sr/v1/seal", header, context…))
    envelope     = header | okm[32:] | AES-256-GCM(okm[:32], nonce 0, padded, aad = header)

The salt makes the GCM key unique per sealing, hence the fixed nonce. The
commitment (okm[32:]) makes an envelope open under one key only.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongroom.crypto.public.hashes import HASH_BYTES, equal, hkdf
from strongroom.crypto.public.randomness import make_bytes
from strongroom.crypto.symmetric_keys import KEY_BYTES, KEY_ID_BYTES, SymmetricKey
from strongroom.errors import IntegrityError, TruncatedError, UnsupportedVersionError
from strongroom.pae import Part, pae

MAGIC: Final = b"SR1"
VERSION: Final = 1
SALT_BYTES: Final = 24
HEADER_BYTES: Final = len(MAGIC) + 2 + KEY_ID_BYTES + SALT_BYTES
GCM_TAG_BYTES: Final = 16
OVERHEAD_BYTES: Final = HEADER_BYTES + HASH_BYTES + GCM_TAG_BYTES
LENGTH_BYTES: Final = 4

# The unlock key is derived, never stored, so its id would only help a guesser (section 1).
NO_KEY_ID: Final = bytes(KEY_ID_BYTES)
_NONCE: Final = bytes(12)

Context = tuple[Part, ...]


class Purpose(IntEnum):
    """What an envelope holds; 3, 4 and 7 are not used."""

    OVERVIEW = 1
    DETAILS = 2
    FILE_CHUNK = 5
    KEYSET_SEED = 6
    SHARE = 8
    LOCAL = 9
    EPOCH_LINK = 10
    INVITE = 11
    SHARE_SECRET = 12


# Sizes of these are exact: their content has one size, or is known to be visible (section 3).
_NOT_PADDED: Final = frozenset(
    {Purpose.FILE_CHUNK, Purpose.KEYSET_SEED, Purpose.LOCAL, Purpose.EPOCH_LINK}
)
_OVERVIEW_MIN: Final = 128
_PADDED_MIN: Final = 256


def padded_size(size: int, purpose: Purpose) -> int:
    """Return the padded length of `size` bytes (length word included).

    Padmé (Nikitin et al., PETS 2019): at most 12 % more, and only
    log log size bits of the size remain visible.
    """
    if purpose in _NOT_PADDED:
        return size
    least = _OVERVIEW_MIN if purpose == Purpose.OVERVIEW else _PADDED_MIN
    if size <= least:
        return least
    exponent = size.bit_length() - 1
    mask = (1 << exponent - exponent.bit_length()) - 1
    return (size + mask) & ~mask


def seal(
    key: SymmetricKey,
    purpose: Purpose,
    context: Context,
    data: bytes,
    *,
    key_id: bytes | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Seal `data` under `key`, bound to its purpose and context.

    Args:
        context: The parts that section 3 lists for the purpose.
        key_id: Given only for the unlock key (`NO_KEY_ID`).
        salt: Given only by vectors; otherwise 24 fresh random bytes.
    """
    header = b"".join(
        (
            MAGIC,
            bytes((VERSION, purpose)),
            key.id if key_id is None else key_id,
            make_bytes(SALT_BYTES) if salt is None else salt,
        )
    )
    cipher, commitment = _derive(key, header, context)
    plain = len(data).to_bytes(LENGTH_BYTES, "little") + data
    padded = plain.ljust(padded_size(len(plain), purpose), b"\0")
    return header + commitment + cipher.encrypt(_NONCE, padded, header)


def open_envelope(
    key: SymmetricKey,
    purpose: Purpose,
    context: Context,
    envelope: bytes,
    *,
    what: str,
    key_id: bytes | None = None,
) -> bytes:
    """Open an envelope and return its data.

    Args:
        what: Names the object in errors, for example `item <id>`.
        key_id: Given only for the unlock key (`NO_KEY_ID`).

    Raises:
        TruncatedError: Shorter than any envelope.
        UnsupportedVersionError: Another version byte.
        IntegrityError: Anything else; text and class never say which check.
    """
    if len(envelope) < OVERHEAD_BYTES + LENGTH_BYTES:
        message = f"{what}: sealed data is too short"
        raise TruncatedError(message, layer="length")
    header = envelope[:HEADER_BYTES]
    _check_header(header, purpose, key_id=key.id if key_id is None else key_id, what=what)
    cipher, commitment = _derive(key, header, context)
    if not equal(commitment, envelope[HEADER_BYTES : HEADER_BYTES + HASH_BYTES]):
        raise _refusal(what, layer="commitment")
    try:
        padded = cipher.decrypt(_NONCE, envelope[HEADER_BYTES + HASH_BYTES :], header)
    except InvalidTag:
        raise _refusal(what, layer="tag") from None
    return _unpad(padded, purpose, what)


def sealed_key_id(envelope: bytes) -> bytes:
    """Return the key id that an envelope's header names, unchecked."""
    start = len(MAGIC) + 2
    return envelope[start : start + KEY_ID_BYTES]


def _derive(key: SymmetricKey, header: bytes, context: Context) -> tuple[AESGCM, bytes]:
    okm = hkdf(
        key.expose_key(),
        salt=header[-SALT_BYTES:],
        info=pae("sr/v1/seal", header, *context),
        length=KEY_BYTES + HASH_BYTES,
    )
    return AESGCM(okm[:KEY_BYTES]), okm[KEY_BYTES:]


def _check_header(header: bytes, purpose: Purpose, *, key_id: bytes, what: str) -> None:
    if header[: len(MAGIC)] != MAGIC:
        raise _refusal(what, layer="version")
    if header[len(MAGIC)] != VERSION:
        message = f"{what}: sealed by a newer release"
        raise UnsupportedVersionError(message, layer="version", hint="update strongroom")
    if header[len(MAGIC) + 1] != purpose:
        raise _refusal(what, layer="purpose")
    if sealed_key_id(header) != key_id:
        raise _refusal(what, layer="key-id")


def _unpad(padded: bytes, purpose: Purpose, what: str) -> bytes:
    size = int.from_bytes(padded[:LENGTH_BYTES], "little") + LENGTH_BYTES
    padding = padded[size:]
    if size > len(padded) or len(padded) != padded_size(size, purpose) or padding.strip(b"\0"):
        raise _refusal(what, layer="padding")
    return padded[LENGTH_BYTES:size]


def _refusal(what: str, *, layer: str) -> IntegrityError:
    return IntegrityError(f"{what} is damaged or not what was asked for", layer=layer)
