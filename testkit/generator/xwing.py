"""X-Wing, by hand (draft-connolly-cfrg-xwing-kem; section 2 of specs/formats.md).

A KEM of ML-KEM-768 and X25519.  The two come from the library, one at a time;
what joins them is written here, so that no other implementation has to be right.
"""

import hashlib

from cryptography.hazmat.primitives.asymmetric import mlkem, x25519

LATTICE_PK, LATTICE_CT, CURVE = 1184, 1088, 32
ENC_SIZE = LATTICE_CT + CURVE
# Six characters that draw an X-wing in two lines: backslash dot slash, slash caret backslash.
LABEL = bytes.fromhex("5c2e2f2f5e5c")


class PrivateKey:
    """An X-Wing key from its 32-byte seed: SHAKE-256 splits it into the two halves."""

    def __init__(self, seed: bytes) -> None:
        expanded = hashlib.shake_256(seed).digest(96)
        self._lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        self._curve = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])

    @property
    def public(self) -> bytes:
        """ML-KEM-768 public key (1,184 bytes), then X25519 (32 bytes)."""
        lattice, curve = self._lattice.public_key(), self._curve.public_key()
        return lattice.public_bytes_raw() + curve.public_bytes_raw()

    def decapsulate(self, enc: bytes) -> bytes:
        """The shared secret; ValueError when the X25519 half is of small order."""
        lattice_ct, curve_ct = enc[:LATTICE_CT], enc[LATTICE_CT:]
        lattice = self._lattice.decapsulate(lattice_ct)
        curve = self._curve.exchange(x25519.X25519PublicKey.from_public_bytes(curve_ct))
        return _combine(lattice, curve, curve_ct, self.public[LATTICE_PK:])


def _combine(lattice: bytes, curve: bytes, curve_ct: bytes, curve_pk: bytes) -> bytes:
    """The ML-KEM ciphertext need not be hashed: ML-KEM binds it by itself."""
    return hashlib.sha3_256(lattice + curve + curve_ct + curve_pk + LABEL).digest()


def curve_share(ephemeral: bytes) -> bytes:
    """The X25519 half of what an encapsulation with this ephemeral key sends."""
    key = x25519.X25519PrivateKey.from_private_bytes(ephemeral)
    return key.public_key().public_bytes_raw()


def encapsulate(public: bytes, ephemeral: bytes) -> tuple[bytes, bytes]:
    """A shared secret and what carries it; ML-KEM draws its half at random."""
    lattice_pk = mlkem.MLKEM768PublicKey.from_public_bytes(public[:LATTICE_PK])
    lattice, lattice_ct = lattice_pk.encapsulate()
    key = x25519.X25519PrivateKey.from_private_bytes(ephemeral)
    curve_pk = public[LATTICE_PK:]
    curve = key.exchange(x25519.X25519PublicKey.from_public_bytes(curve_pk))
    curve_ct = curve_share(ephemeral)
    return _combine(lattice, curve, curve_ct, curve_pk), lattice_ct + curve_ct
