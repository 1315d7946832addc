"""Which encryption keys can be sealed to (section 4 of specs/formats.md).

Plain arithmetic on the 1,216 bytes: whoever stores a key needs no cryptography
to refuse one that no client could use.
"""

from generator.errors import require

ENC_PK_SIZE = 1216
LATTICE_SIZE = 1184
# 3 polynomials of 256 coefficients, 12 bits each; the 32 bytes behind them are a seed.
COEFFICIENTS_SIZE = 1152
LATTICE_MODULUS = 3329
FIELD = 2**255 - 19
_ORDER_EIGHT = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
# The u coordinates of all points of small order, on the curve and on its twist.
SMALL_ORDER = (0, 1, *_ORDER_EIGHT, FIELD - 1)
_CODE = "invalid_key"


def coefficients(lattice: bytes) -> list[int]:
    """The 12-bit numbers of an ML-KEM-768 key, three bytes for two of them."""
    out = []
    for at in range(0, COEFFICIENTS_SIZE, 3):
        pair = int.from_bytes(lattice[at : at + 3], "little")
        out += [pair & 0xFFF, pair >> 12]
    return out


def check_enc_pk(enc_pk: bytes) -> None:
    """Length, every coefficient below the modulus, one spelling of a point of large order."""
    require(len(enc_pk) == ENC_PK_SIZE, "length", _CODE)
    within = all(value < LATTICE_MODULUS for value in coefficients(enc_pk))
    require(within, "ml-kem", _CODE)
    # All 256 bits count: the top bit, which X25519 ignores, would be a second spelling.
    u = int.from_bytes(enc_pk[LATTICE_SIZE:], "little")
    require(u < FIELD and u not in SMALL_ORDER, "x25519", _CODE)
