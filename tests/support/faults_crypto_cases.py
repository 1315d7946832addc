"""What an adversary gives to the wrappers of cryptography, case by case."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import msgspec

from strongroom.crypto.grants import GrantContext, open_key, seal_key
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import check_sealing_key
from strongroom.crypto.public.signatures import verify
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.crypto.tokens import Token
from strongroom.errors import InvalidKeyError
from strongroom.trust.directory import Pin, check_entry, verify_head, verify_root_chain
from strongroom.wire.heads import Head, parse_head
from strongroom.wire.roots import RootSigner
from strongroom.wire.signed import SignedRoot
from support.faults_cases import Case, flipped, replaced
from support.faults_curves import BASE, FIELD, LOW_ORDER_U, torsion_points
from support.sealing_keys import false_keys
from support.trust_world import ACCOUNT, ANA, make_root

MESSAGE = b"message"

SMALL_ORDER = sorted({spelling for point in torsion_points() for spelling in point.spellings()})

Cases = Callable[[], Iterable[Case]]


def signed(public_key: bytes, signature: bytes, message: bytes = MESSAGE) -> Callable[[], Any]:
    return partial(verify, public_key, signature, message, what="x")


def refused_signature(name: str, *parts: bytes) -> Case:
    return Case(name, signed(*parts), "signature")


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


def directory_cases() -> Iterator[Case]:
    """Keys of small order in an entry, in a root document, under a head."""
    head = parse_head(make_head(make_root().encode(), ANA.id))
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
    body = make_head(root_body, ANA.id)
    verify_head(ACCOUNT, [root], sha256(root_body), body=body, signature=signature, mark=None)


def make_head(root_body: bytes, signer: bytes) -> bytes:
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


# -- sealed keys: HPKE with X-Wing ---------------------------------------------------------


KEYSET = Keyset(bytes(range(32)))
MATERIAL = b"k" * 32
KEY = SymmetricKey(MATERIAL)
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
    key_id = KEY.id if key_id is None else key_id
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


def unusable_key_cases() -> Iterator[Case]:
    """Public keys that the arithmetic refuses before anybody stores them."""
    for name, (key, layer) in false_keys(KEYSET.enc_pk).items():
        yield Case(name, partial(check_sealing_key, key), layer, InvalidKeyError)


TOKEN = Token(
    "file:///home/ana/strongroom.db", b"", b"a" * 16, b"p" * 16, b"s" * 32, 3, b"r" * 32, 0, 9, None
)
