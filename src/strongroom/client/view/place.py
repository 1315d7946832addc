"""Where in the directory something is signed, by whom, and when."""

from __future__ import annotations

import msgspec

from strongroom.wire.roots import RootDocument


class Place(msgspec.Struct, frozen=True):
    """What every signed body names: the directory's state, the signer, the time.

    `root` is the root document in force there; `None` only while an account is
    being made.
    """

    account: bytes
    generation: int
    directory_rev: int
    signer: bytes
    signer_fp: bytes
    now: int
    root: RootDocument | None = None
    root_hash: bytes = b""
