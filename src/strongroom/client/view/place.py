"""Where in the directory something is signed, by whom, and when."""

from __future__ import annotations

import msgspec

from strongroom.crypto.public.digests import NO_HASH, Fingerprint, Hash
from strongroom.ids import AccountId, PrincipalId
from strongroom.wire.roots import RootDocument


class Place(msgspec.Struct, frozen=True):
    """What every signed body names: the directory's state, the signer, the time.

    `root` is the root document in force there; `None` only while an account is
    being made.
    """

    account: AccountId
    generation: int
    directory_rev: int
    signer: PrincipalId
    signer_fp: Fingerprint
    now: int
    root: RootDocument | None = None
    root_hash: Hash = NO_HASH
