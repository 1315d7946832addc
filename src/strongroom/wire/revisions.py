"""Revisions: one signed, sealed state of an object.

Source: specs/formats.md section 8.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import msgspec

from strongroom.crypto.public.digests import Fingerprint, Hash
from strongroom.ids import AccountId, ContainerId, ObjectId, PrincipalId
from strongroom.limits import INTEGER_MAX
from strongroom.pae import pae
from strongroom.wire.bodies import HASH, ID, INTEGER, OPTIONAL_HASH, BodyForm, require

_LABEL = "sr/v1/rev"

# The tag of what is never looked up by title: own objects, profiles, deleted revisions.
NO_TAG = bytes(16)


class State(IntEnum):
    """The state of an object."""

    ACTIVE = 1
    ARCHIVED = 2
    DELETED = 3


class Revision(msgspec.Struct, frozen=True):
    """The signed facts of one version of an object, in the order of its body."""

    account: AccountId
    kind: int
    container: ContainerId
    epoch: int
    access_rev: int
    access_hash: Hash
    generation: int
    directory_rev: int
    object: ObjectId
    version: int
    previous: Hash
    state: int
    tag: bytes
    created_ms: int
    updated_ms: int
    author: PrincipalId
    author_fp: Fingerprint
    via: PrincipalId
    group_hash: Hash
    overview_hash: Hash
    details_hash: Hash

    @property
    def is_container_object(self) -> bool:
        """Whether this is the container's own object: its title, or its variables."""
        own: bytes = self.container  # not converted: a list asks it of every object
        return self.object == own

    def encode(self) -> bytes:
        """Return the bytes that are signed."""
        return pae(_LABEL, *msgspec.structs.astuple(self))


_KINDS: Final = range(1, 5)
_STATES: Final = range(1, 4)
_FORM: Final = BodyForm(
    _LABEL,
    (
        *(ID, INTEGER, ID, INTEGER, INTEGER, HASH, INTEGER, INTEGER),  # account to directory rev
        *(ID, INTEGER, OPTIONAL_HASH, INTEGER, ID, INTEGER, INTEGER),  # object to updated
        *(ID, HASH, ID, OPTIONAL_HASH, HASH, HASH),  # author to details hash
    ),
    Revision,
)


def parse_revision(body: bytes) -> Revision:
    """Read the body of a revision.

    Raises:
        IntegrityError: Wrong shape (layer `form`).
    """
    one = _FORM.read(body)
    is_first = one.version == 1
    require(
        one.kind in _KINDS
        and 1 <= one.epoch <= INTEGER_MAX
        and one.access_rev <= INTEGER_MAX
        and one.generation <= INTEGER_MAX
        and one.directory_rev <= INTEGER_MAX
        and 1 <= one.version <= INTEGER_MAX
        and one.state in _STATES
        and one.created_ms <= INTEGER_MAX
        and one.updated_ms <= INTEGER_MAX
        and bool(one.previous) != is_first
        and (not is_first or one.state == State.ACTIVE)
    )
    return one
