"""Envelopes with one fault each, made by the vectors' generator, which shares no code with src."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial

from generator.envelope import Sealing, pad, padded_size, seal_padded
from generator.envelope import seal as seal_fresh
from strongroom.crypto.sealing import (
    HEADER_BYTES,
    NO_KEY_ID,
    Purpose,
    open_envelope,
)
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import TruncatedError, UnsupportedVersionError
from strongroom.pae import Part
from support.faults_cases import Case, flipped, replaced
from support.faults_curves import collide

KEY, SALT = bytes(range(32)), b"s" * 24
DATA = b"what nobody else may read"
ACCOUNT, USER, CONTAINER, OBJECT = b"a" * 16, b"u" * 16, b"c" * 16, b"o" * 16

# What specs/formats.md section 3 lists after the header.
CONTEXTS: dict[Purpose, tuple[Part, ...]] = {
    Purpose.OVERVIEW: (ACCOUNT, 1, CONTAINER, 3, OBJECT, 7, b""),
    Purpose.DETAILS: (ACCOUNT, 1, CONTAINER, 3, OBJECT, 7, b"h" * 32),
    Purpose.FILE_CHUNK: (ACCOUNT, CONTAINER, OBJECT, 2, 1, 3),
    Purpose.KEYSET_SEED: (ACCOUNT, USER, 1),
    Purpose.SHARE: (OBJECT, 86_400_000),
    Purpose.LOCAL: (ACCOUNT, USER, "state"),
    Purpose.EPOCH_LINK: (ACCOUNT, 1, CONTAINER, 3),
    Purpose.INVITE: (ACCOUNT, OBJECT),
    Purpose.SHARE_SECRET: (ACCOUNT, 1, CONTAINER, 3, OBJECT),
}


def sealing(purpose: Purpose = Purpose.OVERVIEW, key: bytes = KEY) -> Sealing:
    """Return the inputs of one seal."""
    return Sealing(purpose, key, CONTEXTS[purpose], SALT, derived=purpose == Purpose.KEYSET_SEED)


def opening(
    purpose: Purpose, envelope: bytes, *, context: tuple[Part, ...] | None = None, key: bytes = KEY
) -> bytes:
    """Open an envelope as its reader would."""
    return open_envelope(
        SymmetricKey(key),
        purpose,
        CONTEXTS[purpose] if context is None else context,
        envelope,
        what="item x",
        key_id=NO_KEY_ID if purpose == Purpose.KEYSET_SEED else None,
    )


def header_cases() -> Iterator[Case]:
    """Every byte of the header with every other value."""
    envelope = seal_fresh(sealing(), DATA)
    for place in range(HEADER_BYTES):
        layer = _layer_of_header(place)
        kind = UnsupportedVersionError if place == 3 else Case.kind
        for value in range(256):
            if value != envelope[place]:
                changed = replaced(envelope, place, bytes([value]))
                work = partial(opening, Purpose.OVERVIEW, changed)
                yield Case(f"byte {place} is {value}", work, layer, kind)


def _layer_of_header(place: int) -> str:
    bounds = ((4, "version"), (5, "purpose"), (21, "key-id"))
    return next((layer for end, layer in bounds if place < end), "commitment")


def body_cases() -> Iterator[Case]:
    """Every bit of commitment, ciphertext and tag; every length."""
    envelope = seal_fresh(sealing(), DATA)
    for bit in range(HEADER_BYTES * 8, len(envelope) * 8):
        layer = "commitment" if bit < 77 * 8 else "tag"
        work = partial(opening, Purpose.OVERVIEW, flipped(envelope, bit))
        yield Case(f"bit {bit}", work, layer)
    for length in range(len(envelope)):
        work = partial(opening, Purpose.OVERVIEW, envelope[:length])
        if length < 97:
            yield Case(f"{length} bytes", work, "length", TruncatedError)
        else:
            yield Case(f"{length} bytes", work, "tag")
    for more in (1, 16, 5000):
        work = partial(opening, Purpose.OVERVIEW, envelope + bytes(more))
        yield Case(f"{more} bytes more", work, "tag")


def padding_cases() -> Iterator[Case]:
    """Plaintexts that the key's holder sealed with a false length, size or filling."""
    for purpose in Purpose:
        right = pad(purpose, DATA)
        for what, padded in _spoilt(purpose, right):
            envelope = seal_padded(sealing(purpose), padded)
            yield Case(f"{purpose.name}: {what}", partial(opening, purpose, envelope), "padding")


def _spoilt(purpose: Purpose, right: bytes) -> Iterator[tuple[str, bytes]]:
    size = len(DATA)
    for place in range(4 + size, len(right)):
        yield f"a filling of one at {place}", replaced(right, place, b"\x01")
        yield f"a filling of 128 at {place}", replaced(right, place, b"\x80")
    for word in (len(right) - 3, len(right), 2**31, 2**32 - 1):
        yield f"a length of {word}", replaced(right, 0, struct.pack("<I", word))
    yield "a length in the other order", replaced(right, 0, struct.pack(">I", size))
    if size + 4 == len(right):
        # Where nothing is filled up, any other length is false.
        yield "one byte kept back", replaced(right, 0, struct.pack("<I", size - 1))
        yield "nothing but filling", replaced(right, 0, bytes(4))
    for more in (1, -1, 16, 128, 256):
        if more > 0 or len(right) > size + 4 + -more:
            yield (
                f"{more} bytes of filling more",
                right.ljust(len(right) + more, b"\0")[: len(right) + more],
            )
    yield "not filled up", right[: 4 + size] if len(right) > 4 + size else right + b"\0"


def padme_cases() -> Iterator[Case]:
    """Sizes that are one step of the padding too large, at both sides of each step."""
    for size in (124, 125, 252, 253, 268, 269, 508, 509, 1020, 1021, 4092, 65_532, 65_533):
        for purpose in (Purpose.OVERVIEW, Purpose.DETAILS, Purpose.SHARE):
            right = pad(purpose, bytes(size))
            step = padded_size(purpose, len(right) - 3) - len(right)
            for padded in (right + bytes(step), right + b"\0", right[:-1]):
                if len(padded) >= size + 4:
                    envelope = seal_padded(sealing(purpose), padded)
                    name = f"{purpose.name}: {size} bytes in {len(padded)}"
                    yield Case(name, partial(opening, purpose, envelope), "padding")


def elsewhere_cases() -> Iterator[Case]:
    """Every purpose in every other one's place, and in its own with one fact changed."""
    for purpose, context in CONTEXTS.items():
        envelope = seal_fresh(sealing(purpose), DATA)
        for other in CONTEXTS:
            if other != purpose:
                yield Case(
                    f"{purpose.name} as {other.name}", partial(opening, other, envelope), "purpose"
                )
                forged = replaced(envelope, 4, bytes([other]))
                # Only the unlock key has no id.
                same_id = Purpose.KEYSET_SEED not in (purpose, other)
                layer = "commitment" if same_id else "key-id"
                work = partial(opening, other, forged)
                yield Case(f"{purpose.name} relabelled {other.name}", work, layer)
        for what, changed in _other_contexts(context):
            work = partial(opening, purpose, envelope, context=changed)
            yield Case(f"{purpose.name}: {what}", work, "commitment")


def _other_contexts(context: tuple[Part, ...]) -> Iterator[tuple[str, tuple[Part, ...]]]:
    for place, part in enumerate(context):
        yield f"without part {place}", (*context[:place], *context[place + 1 :])
        for changed in _other_parts(part):
            yield f"part {place} {changed!r}", (*context[:place], changed, *context[place + 1 :])
        if place and context[place - 1] != part:
            swapped = (*context[: place - 1], part, context[place - 1], *context[place + 1 :])
            yield f"parts {place - 1} and {place} swapped", swapped
        if isinstance(part, bytes) and place and isinstance(context[place - 1], bytes):
            joined = (*context[: place - 1], bytes(context[place - 1]) + part, b"")
            yield f"parts {place - 1} and {place} joined", (*joined, *context[place + 1 :])
    yield "one part more", (*context, b"")
    yield "nothing", ()


def _other_parts(part: Part) -> list[Part]:
    if isinstance(part, int):
        return [part + 1, part - 1, part ^ 1 << 40, 0, part.to_bytes(4, "little"), str(part)]
    if isinstance(part, str):
        return [part + "\0", part.upper(), "session", ""]
    return (
        [part + b"\0", part[:-1], flipped(part, 0), flipped(part, len(part) * 8 - 1)]
        if (part)
        else [b"\0", bytes(32)]
    )


def two_keys_case() -> tuple[Case, bytes]:
    """An envelope whose GCM part opens under two keys: only the commitment tells them apart.

    Returns:
        The case of the second key, and the envelope.
    """
    from generator.envelope import _derive

    keys = (KEY, KEY[::-1])
    made = [sealing(Purpose.KEYSET_SEED, key) for key in keys]
    header = made[0].header()
    (first, commitment), (second, _) = (_derive(one.key, header, one.context) for one in made)
    body = collide(first, second, bytes(12), header, bytes(32))
    envelope = header + commitment + body
    work = partial(opening, Purpose.KEYSET_SEED, envelope, key=keys[1])
    return Case("a second key", work, "commitment"), envelope
