"""The digest by which client and service compare what the client holds of a container.

Source: specs/formats.md section 13 ("Sync"). It says only whether something
has to be sent; nothing is believed because of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.pae import pae
from strongroom.wire.messages import ContainerState, StoredRevision

DIGEST_BYTES: Final = 16


def digest_state(state: ContainerState) -> bytes:
    """Return the digest of a container as the service sends it."""
    parts = (
        "sr/v1/held",
        sha256(state.record.body),
        _hash(part for row in state.sealed for part in (row.accessor, row.fp, row.sealed)),
        _hash(part for row in state.links for part in (row.epoch, row.link)),
        _hash(state.live_epochs),
        _hash(_object_parts(state.object)),
        state.active_items,
        state.content_version,
        state.attribute_version,
        state.created_ms,
        state.updated_ms,
    )
    return _hash(parts)[:DIGEST_BYTES]


def _object_parts(stored: StoredRevision | None) -> tuple[bytes, ...]:
    if stored is None:
        return ()
    details = () if stored.details is None else (stored.details,)
    return (stored.body, stored.signature, stored.overview, *details)


def _hash(parts: Iterable[bytes | int | str]) -> Hash:
    return sha256(pae(*parts))
