"""Cases of encryption keys that can and cannot be sealed to (section 4 of specs/formats.md)."""

from collections.abc import Iterator
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, all_good
from generator.enc_keys import (
    COEFFICIENTS_SIZE,
    FIELD,
    LATTICE_MODULUS,
    LATTICE_SIZE,
    SMALL_ORDER,
    coefficients,
)
from generator.world import EDITORS, RITA, RUNNER

Json = dict[str, Any]
KEY = RITA.keys.enc_pk
TOP_BIT = 2**255


def _ask(enc_pk: bytes) -> Json:
    return {"op": "check", "enc_pk": enc_pk.hex()}


def _with_coefficient(number: int, value: int) -> bytes:
    """Rita's key with one other coefficient."""
    values = coefficients(KEY)
    values[number] = value
    pairs = zip(values[::2], values[1::2], strict=True)
    packed = b"".join((low | high << 12).to_bytes(3, "little") for low, high in pairs)
    return packed + KEY[COEFFICIENTS_SIZE:]


def _with_point(u: int) -> bytes:
    """Rita's key with these 32 bytes as its X25519 part."""
    return KEY[:LATTICE_SIZE] + u.to_bytes(32, "little")


def _points() -> dict[str, tuple[str, int]]:
    """Every spelling that is refused: five points, and what is not below the modulus."""
    names = ("zero", "one", "order_eight_low", "order_eight_high", "minus_one")
    points = dict(zip(names, SMALL_ORDER, strict=True))
    small = {f"small_order_{name}": ("a point of small order", u) for name, u in points.items()}
    low = (
        ("the modulus is another spelling of zero", FIELD),
        ("the modulus and one is another spelling of one", FIELD + 1),
        *(("not below the modulus", FIELD + n) for n in range(2, 19)),
    )
    beyond = {f"modulus_plus_{n}": (comment, u) for n, (comment, u) in enumerate(low)}
    topped = {
        f"top_bit_on_{name}": (
            "a point of small order, with the bit that X25519 ignores",
            u + TOP_BIT,
        )
        for name, u in points.items()
    }
    own = int.from_bytes(KEY[LATTICE_SIZE:], "little")
    others = {
        "top_bit": ("a good key, with the bit that X25519 ignores", own + TOP_BIT),
        "top_bit_on_modulus": ("the modulus, with the bit that X25519 ignores", FIELD + TOP_BIT),
        "all_ones": ("all bits set", 2**256 - 1),
    }
    return small | beyond | topped | others


def enc_key_cases() -> Iterator[Case]:
    """What the service stores, and what it refuses by arithmetic."""
    largest = LATTICE_MODULUS - 1
    seeded = KEY[:COEFFICIENTS_SIZE] + b"\xff" * 32 + KEY[LATTICE_SIZE:]
    table = {
        "check_user": ("the key of a user", _ask(KEY)),
        "check_service_account": ("a second keyset", _ask(RUNNER.keys.enc_pk)),
        "check_group": ("the key of a group", _ask(EDITORS.keys.enc_pk)),
        "check_largest_coefficient": (
            "a coefficient of 3328 in the first place",
            _ask(_with_coefficient(0, largest)),
        ),
        "check_any_seed": ("the seed of the matrix has no wrong value", _ask(seeded)),
        "check_point_two": ("a small number, not of small order", _ask(_with_point(2))),
        "check_largest_point": (
            "the largest canonical u of large order",
            _ask(_with_point(FIELD - 2)),
        ),
    }
    yield from all_good("keyset", table)
    lengths = {
        "check_short": ("1,215 bytes", _ask(KEY[:-1])),
        "check_long": ("1,217 bytes", _ask(KEY + b"\0")),
        "check_nothing": ("no byte", _ask(b"")),
        "check_lattice_alone": ("without the X25519 part", _ask(KEY[:LATTICE_SIZE])),
        "check_curve_alone": ("without the ML-KEM part", _ask(derive_bytes("curve"))),
    }
    yield from all_bad("keyset", "length", lengths, code="invalid_key")
    places = {
        "first": (0, LATTICE_MODULUS, "the first coefficient is the modulus"),
        "second": (1, LATTICE_MODULUS, "the second coefficient shares a byte with the first"),
        "last": (767, LATTICE_MODULUS, "the last coefficient is the modulus"),
        "middle": (384, 4095, "a coefficient of all ones"),
    }
    faults = {
        f"check_{name}_coefficient": (comment, _ask(_with_coefficient(at, value)))
        for name, (at, value, comment) in places.items()
    }
    yield from all_bad("keyset", "ml-kem", faults, code="invalid_key")
    points = {
        f"check_{name}": (comment, _ask(_with_point(u))) for name, (comment, u) in _points().items()
    }
    yield from all_bad("keyset", "x25519", points, code="invalid_key")
