"""Directory heads: one signature over every entry of an account.

Source: specs/formats.md section 4.
"""

from __future__ import annotations

import msgspec

from strongroom.crypto.public.digests import Hash
from strongroom.ids import AccountId, PrincipalId
from strongroom.limits import PRINCIPALS_PER_ACCOUNT_MAX
from strongroom.pae import pae
from strongroom.wire.bodies import BodyReader

_LABEL = "sr/v1/head"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the directory at one rev."""

    account: AccountId
    generation: int
    rev: int
    previous: Hash
    root_version: int
    root_hash: Hash
    count: int
    tree_root: Hash
    created_ms: int
    signer: PrincipalId

    def encode(self) -> bytes:
        """Return the bytes that are signed."""
        return pae(
            _LABEL,
            self.account,
            self.generation,
            self.rev,
            self.previous,
            self.root_version,
            self.root_hash,
            self.count,
            self.tree_root,
            self.created_ms,
            self.signer,
        )


def parse_head(body: bytes) -> Head:
    """Read the body of a head.

    Raises:
        IntegrityError: Wrong shape (layer `form`).
    """
    reader = BodyReader(body, _LABEL)
    head = Head(
        account=reader.fixed(16),
        generation=reader.integer(),
        rev=reader.integer(),
        previous=reader.optional(32),
        root_version=reader.integer(),
        root_hash=reader.fixed(32),
        count=reader.integer(low=1, high=PRINCIPALS_PER_ACCOUNT_MAX),
        tree_root=reader.fixed(32),
        created_ms=reader.integer(),
        signer=reader.fixed(16),
    )
    reader.end()
    return head
