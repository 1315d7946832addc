"""What the wrappers of cryptography are given by an adversary, in the manner of Wycheproof.

Everything goes through `strongroom.crypto`, `pae`, `ids` and `trust`, never to
the library itself. Points, torsion and forged tags come from
support/faults_curves.py, envelopes from the vectors' generator, so that no
check of ours makes its own test. Each refusal has its error and its layer, and
nothing but a StrongroomError comes out. Mutants patch one check out each.

Wrappers that only the program itself calls with sizes of its own (a seed of
other than 32 bytes to sign with, a key of HKDF beyond its limit) raise the
library's ValueError; the doors through which such sizes could come are tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec
import pytest

from strongroom.crypto import grants
from strongroom.crypto.grants import GrantContext, open_key, seal_epoch_link, seal_key
from strongroom.crypto.public.hashes import HASH_BYTES, sha256
from strongroom.crypto.public.signatures import derive_public_key, is_small_order, sign, verify
from strongroom.crypto.sealing import Purpose
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.crypto.tokens import format_token, parse_token
from strongroom.errors import ForbiddenError
from strongroom.trust.directory import verify_head
from support import faults_envelopes as envelopes
from support.faults_cases import Case, flipped, misjudged, outcome
from support.faults_crypto_cases import (
    KEY,
    KEYSET,
    MESSAGE,
    PLACE,
    SEALED,
    SMALL_ORDER,
    TOKEN,
    Cases,
    directory_cases,
    forged_cases,
    make_head,
    opened,
    refused_signature,
    sealed_key_cases,
    unusable_key_cases,
)
from support.faults_curves import (
    BASE,
    FIELD,
    LOW_ORDER_U,
    NEUTRAL,
    ORDER,
    SIGN_BIT,
    Point,
    at,
    challenge,
    sign_mixed,
    torsion_points,
)
from support.sealing_keys import with_coefficient
from support.trust_world import ACCOUNT, BOB, make_root

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = derive_public_key(SEED)  # RFC 8032 section 7.1, test 1

SIGNATURE = sign(SEED, MESSAGE)


# -- Ed25519 -----------------------------------------------------------------------------


def ordinary_signature_cases() -> Iterator[Case]:
    """Lengths, bits, S beyond the order, parts of another signature."""
    for size in (*range(32), *range(33, 70), 1184, 100_000):
        yield refused_signature(f"a key of {size} bytes", bytes([9]) * size, SIGNATURE)
        yield refused_signature(f"a key cut to {size}", (PUBLIC * 4000)[:size], SIGNATURE)
    for size in (*range(64), *range(65, 130), 100_000):
        longer = (SIGNATURE * 2000)[:size]
        yield refused_signature(f"a signature of {size} bytes", PUBLIC, longer)
    for bit in range(512):
        yield refused_signature(f"bit {bit} of the signature", PUBLIC, flipped(SIGNATURE, bit))
    for bit in range(256):
        yield refused_signature(f"bit {bit} of the key", flipped(PUBLIC, bit), SIGNATURE)
    for bit in range(len(MESSAGE) * 8):
        changed = flipped(MESSAGE, bit)
        yield refused_signature(f"bit {bit} of the message", PUBLIC, SIGNATURE, changed)
    s = int.from_bytes(SIGNATURE[32:], "little")
    for times in range(1, 16):
        larger = (s + times * ORDER).to_bytes(32, "little") if times < 15 else b"\xff" * 32
        yield refused_signature(f"S with {times} orders", PUBLIC, SIGNATURE[:32] + larger)
    for value in (0, 1, ORDER - 1, ORDER, ORDER + 1, 2**252, 2**253, 2**255, 2**256 - 1):
        other = SIGNATURE[:32] + value.to_bytes(32, "little")
        yield refused_signature(f"S of {value}", PUBLIC, other)
    negated = SIGNATURE[:32] + (ORDER - s).to_bytes(32, "little")
    yield refused_signature("minus S", PUBLIC, negated)
    other_signature = sign(SEED, b"massage")
    yield refused_signature("the other message's", PUBLIC, other_signature)
    yield refused_signature("R of the other", PUBLIC, other_signature[:32] + SIGNATURE[32:])
    yield refused_signature("S of the other", PUBLIC, SIGNATURE[:32] + other_signature[32:])
    yield refused_signature("halves swapped", PUBLIC, SIGNATURE[32:] + SIGNATURE[:32])


def point_cases() -> Iterator[Case]:
    """R and A that are no points, or not spelled as one spells them."""
    off_curve = [y for y in range(2, 60) if at(y) is None]
    for y in (*off_curve, *(FIELD + small for small in range(2, 19))):
        for sign_bit in (0, SIGN_BIT):
            spelling = (y | sign_bit).to_bytes(32, "little")
            yield refused_signature(f"A with y {y}", spelling, SIGNATURE)
            yield refused_signature(f"R with y {y}", PUBLIC, spelling + SIGNATURE[32:])
    for spelling in SMALL_ORDER:
        yield refused_signature(f"R {spelling.hex()}", PUBLIC, spelling + SIGNATURE[32:])
        yield refused_signature(f"R {spelling.hex()}, no S", PUBLIC, spelling + bytes(32))


def respelled_cases() -> Iterator[Case]:
    """Keys of large order with a second spelling, signed for by who would know their secret."""
    for y in range(19):
        point = at(y)
        if point is None or 8 * point == NEUTRAL:
            continue
        for sign_bit in (0, SIGN_BIT):
            key = (y + FIELD | sign_bit).to_bytes(32, "little")
            yield refused_signature(f"key {key.hex()}", key, SIGNATURE)


def mixed_cases() -> Iterator[Case]:
    """Keys and R with a part of small order: good for verifiers that multiply by eight only."""
    for number, torsion in enumerate(torsion_points()):
        for in_r, r_torsion in enumerate(torsion_points()):
            if (torsion, r_torsion) == (NEUTRAL, NEUTRAL):
                continue
            key, signature, message = _lax_only(number, in_r, torsion, r_torsion)
            yield refused_signature(f"torsion {number} in A, {in_r} in R", key, signature, message)


def _lax_only(
    number: int, in_r: int, torsion: Point, r_torsion: Point
) -> tuple[bytes, bytes, bytes]:
    """Return a message whose signature holds only once the cofactor is multiplied in."""
    for turn in range(64):
        message = bytes([number, in_r, turn])
        key, signature = sign_mixed(1234 + number, 99, torsion, message, r_torsion=r_torsion)
        k = challenge(signature[:32], key, message)
        if k * torsion + r_torsion != NEUTRAL:
            return key, signature, message
    raise AssertionError("no such message")


@pytest.mark.parametrize(
    "cases",
    [ordinary_signature_cases, point_cases, forged_cases, respelled_cases, mixed_cases],
    ids=lambda cases: cases.__name__,
)
def test_false_signatures(cases: Cases) -> None:
    """A signature verifies in one spelling, under one spelling of a key that somebody holds."""
    assert misjudged(cases()) == []


def test_the_points_are_those_of_the_curve() -> None:
    """The arithmetic of these tests makes keys and signatures that verify."""
    key, signature = sign_mixed(1234, 99, NEUTRAL, MESSAGE)
    verify(key, signature, MESSAGE, what="x")
    assert len(set(torsion_points())) == 8
    assert len(SMALL_ORDER) == 14
    assert all(8 * point == NEUTRAL for point in torsion_points())


def test_small_order() -> None:
    """All spellings of the eight points are found, no other key is, and no length is too odd."""
    assert all(is_small_order(spelling) for spelling in SMALL_ORDER)
    keys = [derive_public_key(bytes([number]) * 32) for number in range(50)]
    mixed = [(BASE + point).encode() for point in torsion_points()]
    assert not any(is_small_order(key) for key in (*keys, *mixed))
    assert not any(is_small_order(bytes(size)) for size in (0, 1, 31, 33, 64))


def test_keys_that_anybody_can_sign_with() -> None:
    """A key of small order stands nowhere in a directory that a client accepts."""
    assert misjudged(directory_cases()) == []
    unlisted = partial(_head_by, BOB)
    assert outcome(unlisted) == f"{ForbiddenError.__name__} at signer"


def _head_by(person: Any) -> None:
    root = make_root(administrators=())
    body, root_hash = make_head(root.encode(), person.id), sha256(root.encode())
    verify_head(
        ACCOUNT, [root], root_hash, body=body, signature=person.keyset.sign(body), mark=None
    )


@pytest.mark.parametrize("size", [0, 1, 31, 33, 64])
def test_seeds_of_other_sizes(size: int) -> None:
    """No door lets a seed of another size in, and nothing is signed with one."""
    with pytest.raises(ValueError, match="32 bytes"):
        sign(bytes(size), MESSAGE)
    token = msgspec.structs.replace(TOKEN, seed=bytes(size))
    assert outcome(lambda: parse_token(format_token(token))) == "InvalidTokenError at keys"
    short = SymmetricKey(bytes(size))
    sealed = seal_key(short, KEYSET.enc_pk, GrantContext(**PLACE))
    key_id = short.id
    assert outcome(lambda: opened(sealed, key_id=key_id)) == "IntegrityError at key-id"
    place = {key: PLACE[key] for key in ("account", "kind", "container", "epoch")}
    link = seal_epoch_link(newer=KEY, older=short, **place)
    opening = partial(grants.open_epoch_link, link, KEY, **place, link_hash=sha256(link))
    assert outcome(partial(opening, key_id=key_id)) == "IntegrityError at link-key-id"


def false_recipient_cases() -> Iterator[Case]:
    """Public keys to which nothing may be sealed."""
    context = GrantContext(**PLACE)
    lattice, curve = KEYSET.enc_pk[:1184], KEYSET.enc_pk[1184:]
    keys = {f"curve part {point.hex()}": lattice + point for point in LOW_ORDER_U}
    # FIPS 203 section 7.2: each coefficient, 12 bits of the first 1,152 bytes, is below 3,329.
    for place in (0, 1, 575, 576, 766, 767):
        for coefficient in (3329, 3330, 4095):
            changed = with_coefficient(lattice + curve, place, coefficient)
            keys[f"coefficient {place} of {coefficient}"] = changed
    for size in (0, 1, 32, 1184, 1185, 1215, 1217, 2432):
        keys[f"{size} bytes"] = (KEYSET.enc_pk * 2)[:size]
    keys["halves swapped"] = curve + lattice
    for name, key in keys.items():
        yield Case(name, partial(seal_key, KEY, key, context), "key")


def test_sealed_keys() -> None:
    """A sealed key opens whole, for its accessor, in its place, or not at all."""
    assert opened(SEALED) == KEY
    assert misjudged(sealed_key_cases()) == []
    wrong_hash = partial(
        open_key,
        SEALED,
        KEYSET,
        GrantContext(**PLACE),
        sealed_hash=bytes(HASH_BYTES),
        key_id=KEY.id,
    )
    assert outcome(wrong_hash) == "IntegrityError at sealed-hash"
    assert outcome(partial(opened, SEALED, key_id=bytes(16))) == "IntegrityError at key-id"


def test_false_recipients() -> None:
    """Nothing is sealed to a public key whose secret anybody knows, or that is none."""
    assert misjudged(false_recipient_cases()) == []
    assert misjudged(unusable_key_cases()) == []
    highest = with_coefficient(KEYSET.enc_pk, 0, 3328)
    assert len(seal_key(KEY, highest, GrantContext(**PLACE))) == grants.SEALED_KEY_BYTES


# -- envelopes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cases",
    [
        envelopes.header_cases,
        envelopes.body_cases,
        envelopes.padding_cases,
        envelopes.padme_cases,
        envelopes.elsewhere_cases,
    ],
    ids=lambda cases: cases.__name__,
)
def test_false_envelopes(cases: Cases) -> None:
    """The first check that fails refuses an envelope; whole and in its place it opens."""
    assert misjudged(cases()) == []
    for purpose in Purpose:
        right = envelopes.seal_fresh(envelopes.sealing(purpose), envelopes.DATA)
        assert envelopes.opening(purpose, right) == envelopes.DATA


def test_one_envelope_opens_under_one_key() -> None:
    """A GCM tag that is right under two keys is refused under the second by the commitment."""
    case, envelope = envelopes.two_keys_case()
    assert misjudged([case]) == []
    # Under the first key the tag is right: what lies inside was never written by anybody.
    first = partial(envelopes.opening, Purpose.KEYSET_SEED, envelope)
    assert outcome(first) == "IntegrityError at padding"
