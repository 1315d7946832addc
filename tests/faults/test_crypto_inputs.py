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

import random
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom import ids
from strongroom.crypto import grants, sealing, secret_keys, unlock
from strongroom.crypto.grants import GrantContext, open_key, seal_epoch_link, seal_key
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public import principals, signatures
from strongroom.crypto.public.costs import KdfParameters, check_parameters
from strongroom.crypto.public.hashes import HASH_BYTES, hkdf, hkdf_expand, sha256
from strongroom.crypto.public.principals import check_sealing_key
from strongroom.crypto.public.signatures import derive_public_key, is_small_order, sign, verify
from strongroom.crypto.sealing import Purpose, derive_key_id
from strongroom.crypto.tokens import Token, format_token, parse_token
from strongroom.errors import (
    ForbiddenError,
    IntegrityError,
    InvalidIdError,
    InvalidKeyError,
    InvalidPasswordError,
    InvalidSecretKeyError,
    InvalidTokenError,
    KdfRefusedError,
)
from strongroom.ids import format_id, parse_id
from strongroom.pae import pae, parse_pae
from strongroom.trust.directory import Pin, check_entry, verify_head, verify_root_chain
from strongroom.wire.heads import Head, parse_head
from strongroom.wire.roots import RootSigner
from strongroom.wire.signed import SignedRoot
from support import faults_envelopes as envelopes
from support.faults_cases import Case, flipped, misjudged, outcome, replaced
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
from support.sealing_keys import false_keys, with_coefficient
from support.trust_world import ACCOUNT, ANA, BOB, make_root

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = derive_public_key(SEED)  # RFC 8032 section 7.1, test 1
MESSAGE = b"message"
SIGNATURE = sign(SEED, MESSAGE)
SMALL_ORDER = sorted({spelling for point in torsion_points() for spelling in point.spellings()})

Cases = Callable[[], Iterable[Case]]


def signed(public_key: bytes, signature: bytes, message: bytes = MESSAGE) -> Callable[[], Any]:
    return partial(verify, public_key, signature, message, what="x")


def refused_signature(name: str, *parts: bytes) -> Case:
    return Case(name, signed(*parts), "signature")


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


def forged_cases() -> Iterator[Case]:
    """Signatures that nobody made, under keys of small order, in every spelling of key and R."""
    for key in SMALL_ORDER:
        for r in SMALL_ORDER:
            for number in range(8):
                message = bytes([number])
                name = f"key {key.hex()}, R {r.hex()}, message {number}"
                yield refused_signature(name, key, r + bytes(32), message)
        # Of any order: S is free, and R is what the equation wants, up to what is small.
        point = (77 * BASE).encode()
        yield refused_signature(f"key {key.hex()}, S 77", key, point + le32(77))


def le32(value: int) -> bytes:
    return value.to_bytes(32, "little")


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


def directory_cases() -> Iterator[Case]:
    """Keys of small order in an entry, in a root document, under a head."""
    head = parse_head(_make_head(make_root().encode(), ANA.id))
    for key in SMALL_ORDER:
        (row,) = ANA.entry().keysets
        entry = ANA.entry(keysets=(msgspec.structs.replace(row, sign_pk=key),))
        yield Case(f"entry {key.hex()}", partial(check_entry, head, make_root(), entry), "form")
        first = make_root(owners=(RootSigner(ANA.id, ANA.fp, key),))
        second = make_root(version=1, previous=sha256(first.encode()), from_rev=2)
        for r in SMALL_ORDER:
            forged = ((ANA.id, r + bytes(32)),)
            chain = [SignedRoot(first.encode(), ()), SignedRoot(second.encode(), forged)]
            pin = Pin(0, sha256(first.encode()))
            work = partial(verify_root_chain, ACCOUNT, pin, chain)
            yield Case(f"root {key.hex()} {r.hex()}", work, "signature")
            work = partial(_head_under, first.encode(), r + bytes(32), first)
            yield Case(f"head {key.hex()} {r.hex()}", work, "signature")


def _head_under(root_body: bytes, signature: bytes, root: Any) -> None:
    body = _make_head(root_body, ANA.id)
    verify_head(ACCOUNT, [root], sha256(root_body), body, signature, mark=None)


def _make_head(root_body: bytes, signer: bytes) -> bytes:
    head = Head(
        account=ACCOUNT,
        generation=0,
        rev=1,
        previous=b"",
        root_version=0,
        root_hash=sha256(root_body),
        count=1,
        tree_root=bytes(32),
        created_ms=1,
        signer=signer,
    )
    return head.encode()


def test_keys_that_anybody_can_sign_with() -> None:
    """A key of small order stands nowhere in a directory that a client accepts."""
    assert misjudged(directory_cases()) == []
    unlisted = partial(_head_by, BOB)
    assert outcome(unlisted) == f"{ForbiddenError.__name__} at signer"


def _head_by(person: Any) -> None:
    root = make_root(administrators=())
    body, root_hash = _make_head(root.encode(), person.id), sha256(root.encode())
    verify_head(ACCOUNT, [root], root_hash, body, person.keyset.sign(body), mark=None)


@pytest.mark.parametrize("size", [0, 1, 31, 33, 64])
def test_seeds_of_other_sizes(size: int) -> None:
    """No door lets a seed of another size in, and nothing is signed with one."""
    with pytest.raises(ValueError, match="32 bytes"):
        sign(bytes(size), MESSAGE)
    token = msgspec.structs.replace(TOKEN, seed=bytes(size))
    assert outcome(lambda: parse_token(format_token(token))) == "InvalidTokenError at keys"
    sealed = seal_key(bytes(size), KEYSET.enc_pk, GrantContext(**PLACE))
    key_id = derive_key_id(bytes(size))
    assert outcome(lambda: opened(sealed, key_id=key_id)) == "IntegrityError at key-id"
    place = {key: PLACE[key] for key in ("account", "kind", "container", "epoch")}
    link = seal_epoch_link(KEY, bytes(size), **place)
    opening = partial(grants.open_epoch_link, link, KEY, **place, link_hash=sha256(link))
    assert outcome(partial(opening, key_id=key_id)) == "IntegrityError at link-key-id"


# -- sealed keys: HPKE with X-Wing ---------------------------------------------------------

KEYSET = Keyset(bytes(range(32)))
KEY = b"k" * 32
PLACE: dict[str, Any] = {
    "account": b"a" * 16,
    "kind": 1,
    "container": b"c" * 16,
    "epoch": 2,
    "accessor": b"p" * 16,
    "fp": b"f" * 32,
}
SEALED = seal_key(KEY, KEYSET.enc_pk, GrantContext(**PLACE))
_LATTICE, _ENCAPSULATED = 1088, 1120  # where the X25519 part begins, where the sealed key does


def opened(sealed: bytes, *, key_id: bytes | None = None, **changes: Any) -> bytes:
    context = GrantContext(**(PLACE | changes))
    key_id = derive_key_id(KEY) if key_id is None else key_id
    return open_key(sealed, KEYSET, context, sealed_hash=sha256(sealed), key_id=key_id)


def refused_key(name: str, sealed: bytes, **changes: Any) -> Case:
    return Case(name, partial(opened, sealed, **changes), "hpke")


def sealed_key_cases() -> Iterator[Case]:
    """Lengths, bits, low-order points, ciphertexts of nobody, every field of the context."""
    for size in (*range(0, 1100, 37), *range(1100, 1168), *range(1169, 1240), 2336, 1_000_000):
        yield refused_key(f"{size} bytes", (SEALED * 900)[:size])
    rng = random.Random(1)
    for bit in (*rng.sample(range(1168 * 8), 400), 0, _LATTICE * 8 + 255, 1168 * 8 - 1):
        yield refused_key(f"bit {bit}", flipped(SEALED, bit))
    for point in LOW_ORDER_U:
        yield refused_key(f"ephemeral {point.hex()}", replaced(SEALED, _LATTICE, point))
    respelled = le32(FIELD + 9)
    yield refused_key("ephemeral in a second spelling", replaced(SEALED, _LATTICE, respelled))
    # ML-KEM answers a ciphertext of nobody with a secret of nobody, and no error.
    for filling in (bytes(1088), b"\xff" * 1088, rng.randbytes(1088), bytes(range(136)) * 8):
        yield refused_key("a ciphertext of nobody", filling + SEALED[_LATTICE:])
    other = seal_key(KEY, KEYSET.enc_pk, GrantContext(**PLACE))
    yield refused_key("mixed lattice parts", other[:_LATTICE] + SEALED[_LATTICE:])
    yield refused_key("mixed curve parts", replaced(SEALED, _LATTICE, other[_LATTICE:1120]))
    yield refused_key("mixed keys", SEALED[:_ENCAPSULATED] + other[_ENCAPSULATED:])
    stranger = seal_key(KEY, Keyset(bytes(32)).enc_pk, GrantContext(**PLACE))
    yield refused_key("sealed to somebody else", stranger)
    for name, value in PLACE.items():
        for changed in _neighbours(value):
            yield refused_key(f"{name} {changed!r}", SEALED, **{name: changed})
    swapped = {"container": PLACE["accessor"], "accessor": PLACE["container"]}
    yield refused_key("container and accessor swapped", SEALED, **swapped)


def _neighbours(value: Any) -> list[Any]:
    if isinstance(value, int):
        return [value + 1, value - 1, value + 2**32, 2**53 - 1]
    return [flipped(value, 0), flipped(value, len(value) * 8 - 1), value[:-1], value + b"\0", b""]


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


def unusable_key_cases() -> Iterator[Case]:
    """Public keys that the arithmetic refuses before anybody stores them."""
    for name, (key, layer) in false_keys(KEYSET.enc_pk).items():
        yield Case(name, partial(check_sealing_key, key), layer, InvalidKeyError)


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
        key_id=derive_key_id(KEY),
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


# -- derivations -----------------------------------------------------------------------


def test_hkdf_limits() -> None:
    """RFC 5869 gives 255 blocks at the most; one byte more is no key, and none is cut short."""
    for derive in (partial(hkdf, KEY), partial(hkdf_expand, KEY)):
        assert len(derive(info=b"", length=255 * 32)) == 255 * 32
        with pytest.raises(ValueError, match="8160"):
            derive(info=b"", length=255 * 32 + 1)


HUGE = 2**62


def costs_outside() -> Iterator[Case]:
    """Parameters that a hostile keeper may store."""
    good = KdfParameters(b"s" * 16)
    bad: dict[str, list[Any]] = {
        "t": [0, 1, 2, 17, 255, 2**31, HUGE, -1, -3],
        "m": [0, 8, 65_535, 1_048_577, 2**31, 2**32, HUGE, -65_536],
        "lanes": [0, 17, 255, 2**24, HUGE, -4],
        "salt": [b"", b"s", b"s" * 8, b"s" * 15, b"s" * 17, bytes(10**6)],
    }
    for name, values in bad.items():
        for value in values:
            changed = msgspec.structs.replace(good, **{name: value})
            for remembered in (None, (3, 65_536), (16, 1_048_576)):
                work = partial(check_parameters, changed, remembered=remembered)
                shown = len(value) if isinstance(value, bytes) else value
                yield Case(f"{name} {shown}", work, "parameters", KdfRefusedError)


def test_costs_of_a_hostile_keeper() -> None:
    """Costs beyond floor and ceiling are refused before any work, whatever was remembered."""
    assert misjudged(costs_outside()) == []


@given(st.text(max_size=40) | st.sampled_from(["\ud800" * 12, "\ufdfa" * 31, "\0", "  "]))
@settings(max_examples=200, deadline=None)
def test_any_password(typed: str) -> None:
    """Any text is a password of 1 to 1,024 bytes without NUL, or refused as none."""
    found = outcome(partial(unlock.normalise_password, typed))
    assert found in ("accepted", f"{InvalidPasswordError.__name__} at password")
    if found == "accepted":
        raw = unlock.normalise_password(typed)
        assert 1 <= len(raw) <= 1024
        assert b"\0" not in raw


# -- PAE ---------------------------------------------------------------------------------

PARTS = st.lists(st.binary(max_size=12) | st.text(max_size=4) | st.integers(0, 2**53 - 1))


def as_bytes(part: bytes | str | int) -> bytes:
    if isinstance(part, int):
        return part.to_bytes(8, "little")
    return part.encode() if isinstance(part, str) else part


@given(PARTS, PARTS)
@settings(deadline=None)
def test_pae_is_one_to_one(left: list[Any], right: list[Any]) -> None:
    """Two lists of parts have one encoding only if their bytes are the same, part by part."""
    alike = [as_bytes(part) for part in left] == [as_bytes(part) for part in right]
    assert (pae(*left) == pae(*right)) == alike
    assert parse_pae(pae(*left)) == [as_bytes(part) for part in left]


@given(st.lists(st.binary(max_size=12), min_size=2, max_size=6), st.data())
@settings(deadline=None)
def test_pae_knows_where_a_part_ends(parts: list[bytes], data: st.DataObject) -> None:
    """The same bytes cut elsewhere, joined, or one list in another, are another encoding."""
    place = data.draw(st.integers(0, len(parts) - 2))
    joined = parts[place] + parts[place + 1]
    cut = data.draw(st.integers(0, len(joined)))
    others = [
        [*parts[:place], joined[:cut], joined[cut:], *parts[place + 2 :]],
        [*parts[:place], joined, *parts[place + 2 :]],
        [*parts, b""],
        [pae(*parts)],
    ]
    assert all((pae(*other) == pae(*parts)) == (other == parts) for other in others)


@given(st.lists(st.binary(max_size=12), max_size=5), st.data())
@settings(deadline=None, max_examples=300)
def test_pae_has_one_reading(parts: list[bytes], data: st.DataObject) -> None:
    """Whatever bytes are read as parts are the one encoding of these parts."""
    body = bytearray(pae(*parts))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place] = data.draw(st.integers(0, 255))
    found = outcome(lambda: parse_pae(bytes(body)))
    assert found in ("accepted", "IntegrityError at form")
    if found == "accepted":
        assert pae(*parse_pae(bytes(body))) == bytes(body)


def false_pae_cases() -> Iterator[Case]:
    """Counts and lengths beyond the bytes, bytes beyond the last part, words cut in two."""
    body = pae(b"ab", b"", b"cdef")
    for size in range(len(body)):
        yield Case(f"cut to {size}", partial(parse_pae, body[:size]), "form")
    for tail in (b"\0", bytes(8), body, b"\xff" * 100):
        yield Case(f"{len(tail)} bytes more", partial(parse_pae, body + tail), "form")
    words = (4, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64 - 8, 2**64 - 16)
    for word in words:
        raw = word.to_bytes(8, "little")
        for place in (0, 8, 18, 26):
            if (word, place) == (4, 26):
                continue  # that is the length that stands there
            work = partial(parse_pae, replaced(body, place, raw))
            yield Case(f"{word} at {place}", work, "form")
        yield Case(f"only {word}", partial(parse_pae, raw), "form")
        padded = raw + bytes(1 << 20)
        if word != 4:
            yield Case(f"{word} before a megabyte", partial(parse_pae, padded), "form")
    for count in (0, 2, 4):
        other = replaced(body, 0, count.to_bytes(8, "little"))
        yield Case(f"a count of {count}", partial(parse_pae, other), "form")


def test_false_pae() -> None:
    """What is no encoding is refused for its form."""
    assert misjudged(false_pae_cases()) == []


def test_pae_allocates_nothing_for_a_false_word() -> None:
    """A count or length of any size costs no memory beyond the bytes that are there."""
    bodies = [
        raw + bytes(1 << 16)
        for word in (2**20, 2**40, 2**63, 2**64 - 1)
        for raw in (word.to_bytes(8, "little"), pae(b"")[:8] + word.to_bytes(8, "little"))
    ]
    tracemalloc.start()
    for body in bodies:
        assert outcome(partial(parse_pae, body)) == "IntegrityError at form"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


# -- texts ---------------------------------------------------------------------------------

SECRET = "23456789ABCDEFGHJKLMNPQRST"
ACCOUNT_TEXT = format_id(bytes(range(16)))
SECRET_KEY = secret_keys.format_secret_key(ACCOUNT_TEXT, SECRET)
TOKEN = Token(
    "file:///home/ana/strongroom.db", b"", b"a" * 16, b"p" * 16, b"s" * 32, 3, b"r" * 32, 0, 9, None
)
TOKEN_TEXT = format_token(TOKEN)
LOOK_ALIKES = "OIl0o1\u0410\u0391\uff21\u212a\u017f\u0131\u0660\ud800\0\n\u200b"


def id_cases() -> Iterator[Case]:
    """Every other spelling of an id."""
    right = format_id(b"\xff" * 16)
    for size in (*range(26), *range(27, 60), 10**6):
        work = partial(parse_id, (right * 40_000)[:size])
        yield Case(f"{size} characters", work, "spelling", InvalidIdError)
    for place in range(26):
        for letter in f"{LOOK_ALIKES}A89=-_ ":
            changed = right[:place] + letter + right[place + 1 :]
            if letter not in "lo":
                work = partial(parse_id, changed)
                yield Case(f"{letter!r} at {place}", work, "spelling", InvalidIdError)
    for last in "abcdefghijklmnopqrstuvwxyz234567":
        index = "abcdefghijklmnopqrstuvwxyz234567".index(last)
        if index % 4:
            work = partial(parse_id, right[:-1] + last)
            yield Case(f"an end of {last}", work, "spare-bits", InvalidIdError)


def secret_key_cases() -> Iterator[Case]:
    """Typing errors, look-alikes, groups left out or twice."""
    for letter in LOOK_ALIKES.replace("l", "").replace("o", ""):
        for place in range(11, len(SECRET_KEY)):
            if SECRET_KEY[place] != "-":
                changed = SECRET_KEY[:place] + letter + SECRET_KEY[place + 1 :]
                work = partial(secret_keys.parse_secret_key, changed)
                yield Case(f"{letter!r} at {place}", work, "symbols", InvalidSecretKeyError)
    groups = SECRET_KEY.split("-")
    for place in range(1, len(groups)):
        for changed_groups in (
            [*groups[:place], *groups[place + 1 :]],
            [*groups[:place], groups[place], *groups[place:]],
        ):
            work = partial(secret_keys.parse_secret_key, "-".join(changed_groups))
            yield Case(f"group {place}", work, "length", InvalidSecretKeyError)
    for text in ("", "SR", "SR2" + SECRET_KEY[3:], SECRET_KEY[1:], "\u017fr1" + SECRET_KEY[3:]):
        work = partial(secret_keys.parse_secret_key, text)
        yield Case(repr(text[:4]), work, "prefix", InvalidSecretKeyError)


def test_texts_that_are_nearly_right() -> None:
    """Ids and Secret Keys have one meaning; nothing near them is repaired."""
    assert parse_id(format_id(b"\xff" * 16)) == b"\xff" * 16
    assert misjudged(id_cases()) == []
    assert secret_keys.parse_secret_key(SECRET_KEY)[1] == SECRET
    assert misjudged(secret_key_cases()) == []


def test_the_check_of_a_secret_key() -> None:
    """Of all single wrong symbols and swaps the two check symbols let at most one in 300 pass."""
    plain = SECRET_KEY.replace("-", "")
    typos = {
        plain[:place] + letter + plain[place + 1 :]
        for place in range(9, len(plain))
        for letter in secret_keys.ALPHABET
    }
    typos |= {
        plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
        for place in range(9, len(plain) - 1)
    }
    results = [outcome(partial(secret_keys.parse_secret_key, typo)) for typo in typos - {plain}]
    assert set(results) <= {"accepted", "InvalidSecretKeyError at check"}
    assert results.count("accepted") <= len(results) // 300


def test_tokens_that_are_nearly_right() -> None:
    """A token with any character changed, left out, doubled or cut off is refused as one."""
    layers = [
        outcome(partial(parse_token, text)).rpartition(" at ")
        for text in _near_tokens(random.Random(2))
        if text != TOKEN_TEXT
    ]
    assert {layer for _, _, layer in layers} == {"prefix", "base64", "json", "keys", "chk"}
    assert {kind for kind, _, _ in layers} == {InvalidTokenError.__name__}


def _near_tokens(rng: random.Random) -> Iterator[str]:
    yield from (TOKEN_TEXT[:size] for size in range(0, len(TOKEN_TEXT), 3))
    for place in range(0, len(TOKEN_TEXT), 2):
        before, after = TOKEN_TEXT[:place], TOKEN_TEXT[place + 1 :]
        letters = [*rng.sample("ABCDabcd0123+/", 3), *"-= \u0410\ud800", "", TOKEN_TEXT[place] * 2]
        yield from (before + letter + after for letter in letters)


# -- mutants ---------------------------------------------------------------------------------


def _lenient_id(text: str) -> bytes:
    return ids.b32decode(text.upper().ljust(32, "="))


def _any_padding(padded: bytes, _purpose: int, _what: str) -> bytes:
    return padded[4 : 4 + int.from_bytes(padded[:4], "little")]


def _any_size(padded: bytes, purpose: int, what: str) -> bytes:
    data = _any_padding(padded, purpose, what)
    if len(data) + 4 > len(padded) or any(padded[len(data) + 4 :]):
        raise IntegrityError(what, layer="padding")
    return data


_COSTS = sys.modules[check_parameters.__module__]
MUTANTS: dict[str, tuple[Any, str, Any, Cases]] = {
    "keys of small order verify": (
        signatures,
        "is_public_key",
        lambda _key: True,
        lambda: [*forged_cases(), *directory_cases()],
    ),
    "no commitment": (sealing, "equal", lambda *_: True, lambda: [envelopes.two_keys_case()[0]]),
    "no look at the header": (
        sealing,
        "_check_header",
        lambda *_: None,
        envelopes.elsewhere_cases,
    ),
    "no look at the padding": (sealing, "_unpad", _any_padding, envelopes.padding_cases),
    "no padding": (sealing, "padded_size", lambda size, _: size, envelopes.padding_cases),
    "no look at the size": (sealing, "_unpad", _any_size, envelopes.padme_cases),
    "no look at a sealed key's place": (
        grants,
        "pae",
        lambda *_: b"",
        sealed_key_cases,
    ),
    "no look at a key's coefficients": (principals, "_MODULUS", 4096, unusable_key_cases),
    "no look at a key's order": (principals, "_SMALL_ORDER_U", frozenset(), unusable_key_cases),
    "no look at a key's spelling": (principals, "_FIELD", 2**256, unusable_key_cases),
    "no bounds of costs": (_COSTS, "T_MIN", -(2**63), costs_outside),
    "no look at the check of a Secret Key": (
        secret_keys,
        "ALPHABET",
        secret_keys.ALPHABET + "OI01",
        secret_key_cases,
    ),
}


@pytest.mark.parametrize(
    ("module", "name", "instead", "cases"), MUTANTS.values(), ids=MUTANTS.keys()
)
def test_the_cases_catch_a_wrapper_without_that_check(
    module: Any, name: str, instead: Any, cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: with one check patched out some case passes that must not."""
    monkeypatch.setattr(module, name, instead)
    if module is grants:
        monkeypatch.setitem(
            globals(), "SEALED", seal_key(KEY, KEYSET.enc_pk, GrantContext(**PLACE))
        )
    assert misjudged(cases()) != []


def test_the_cases_catch_a_lenient_reader_of_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: an id that is read without looking at its spare bits is found out, errors too."""
    monkeypatch.setitem(globals(), "parse_id", _lenient_id)
    findings = misjudged(id_cases())
    assert any("accepted" in finding for finding in findings)
    assert any("untyped" in finding for finding in findings)
