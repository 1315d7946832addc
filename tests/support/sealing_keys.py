"""Encryption keys to which nothing may be sealed, made out of a good one; and the edges that pass.

Sources: FIPS 203 sections 7.2 and 8 (ML-KEM-768), RFC 7748 section 5 (X25519).
"""

from __future__ import annotations

from support.faults_curves import FIELD, LOW_ORDER_U

LATTICE_BYTES = 1184
_COEFFICIENTS_BYTES = 1152
MODULUS = 3329


def with_coefficient(enc_pk: bytes, place: int, value: int) -> bytes:
    """Return a key with one of its 768 coefficients of 12 bits replaced."""
    packed = int.from_bytes(enc_pk[:_COEFFICIENTS_BYTES], "little")
    packed &= ~(0xFFF << place * 12)
    changed = (packed | value << place * 12).to_bytes(_COEFFICIENTS_BYTES, "little")
    return changed + enc_pk[_COEFFICIENTS_BYTES:]


def with_coordinate(enc_pk: bytes, u: int) -> bytes:
    """Return a key with another coordinate on Curve25519."""
    return enc_pk[:LATTICE_BYTES] + u.to_bytes(32, "little")


def false_keys(good: bytes) -> dict[str, tuple[bytes, str]]:
    """Return keys that are refused, by name, each with the layer that refuses it."""
    lattice = good[:LATTICE_BYTES]
    found = {f"{size} bytes": ((good * 2)[:size], "length") for size in (0, 1, 1184, 1215, 1217)}
    for place in (0, 1, 2, 575, 766, 767):
        for value in (MODULUS, MODULUS + 1, 4095):
            changed = with_coefficient(good, place, value)
            found[f"coefficient {place} of {value}"] = (changed, "ml-kem")
    for point in LOW_ORDER_U:
        found[f"low order {point.hex()}"] = (lattice + point, "x25519")
    for u in range(FIELD, 2**255):
        found[f"second spelling {u - FIELD}"] = (with_coordinate(good, u), "x25519")
    high = bytes([good[-1] | 0x80])
    found["top bit set"] = (good[:-1] + high, "x25519")
    found["halves swapped"] = (good[LATTICE_BYTES:] + lattice, "ml-kem")
    return found


def edge_keys(good: bytes) -> dict[str, bytes]:
    """Return keys just inside the limits."""
    found = {
        f"coefficient {place} of {MODULUS - 1}": with_coefficient(good, place, MODULUS - 1)
        for place in (0, 1, 767)
    }
    found |= {f"coordinate {u}": with_coordinate(good, u) for u in (2, 9, FIELD - 2)}
    found["any last 32 bytes of the lattice"] = (
        good[:_COEFFICIENTS_BYTES] + b"\xff" * 32 + good[LATTICE_BYTES:]
    )
    return found
