"""What a key derivation costs, and between which limits.

Source: specs/formats.md section 2. Apart from the derivation itself, because the
service checks costs too and may not reach anything that derives a key.
"""

from __future__ import annotations

from typing import Final

import msgspec

from strongroom.errors import KdfDowngradeError, KdfRefusedError

KDF_SALT_BYTES: Final = 16

# Floors: RFC 9106's second choice. Ceilings: what a hostile keeper may make a client spend.
T_MIN, T_MAX = 3, 16
M_MIN_KIB, M_MAX_KIB = 65_536, 1_048_576
LANES_MIN, LANES_MAX = 1, 16


class KdfParameters(msgspec.Struct, frozen=True):
    """Argon2id cost: passes, memory in KiB, lanes; and the 16-byte salt."""

    salt: bytes
    t: int = T_MIN
    m: int = M_MIN_KIB
    lanes: int = 4

    def raised(self, other: KdfParameters) -> KdfParameters:
        """Return these parameters with passes and memory at least those of others."""
        return KdfParameters(
            self.salt, max(self.t, other.t), max(self.m, other.m), lanes=self.lanes
        )


def check_parameters(parameters: KdfParameters, *, remembered: tuple[int, int] | None) -> None:
    """Refuse costs that help a guesser or exhaust the client, before any work.

    Args:
        remembered: (t, m) that this device has seen, or `None`.

    Raises:
        KdfRefusedError: Outside floor and ceiling.
        KdfDowngradeError: Below what the device remembers.
    """
    inside = (
        T_MIN <= parameters.t <= T_MAX
        and M_MIN_KIB <= parameters.m <= M_MAX_KIB
        and LANES_MIN <= parameters.lanes <= LANES_MAX
        and len(parameters.salt) == KDF_SALT_BYTES
    )
    if not inside:
        message = "the account's key derivation parameters are outside the limits"
        raise KdfRefusedError(message, layer="parameters")
    if remembered is not None and (parameters.t < remembered[0] or parameters.m < remembered[1]):
        message = "the account's key derivation parameters are weaker than this device remembers"
        raise KdfDowngradeError(message, layer="remembered")
