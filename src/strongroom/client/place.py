"""Where in the directory something is signed, by whom, and when."""

from __future__ import annotations

import msgspec


class Place(msgspec.Struct, frozen=True):
    """What every signed body names: the directory's state, the signer, the time."""

    account: bytes
    generation: int
    directory_rev: int
    signer: bytes
    signer_fp: bytes
    now: int
