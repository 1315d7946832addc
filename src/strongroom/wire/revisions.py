"""Revisions: one signed, sealed state of an object.

Source: specs/formats.md section 8.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from strongroom.pae import pae
from strongroom.wire.bodies import BodyReader, require

_LABEL = "sr/v1/rev"

# The tag of what is never looked up by title: own objects, profiles, deleted revisions.
NO_TAG = bytes(16)


class State(IntEnum):
    """The state of an object."""

    ACTIVE = 1
    ARCHIVED = 2
    DELETED = 3


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """The signed facts of one version of an object."""

    account: bytes
    kind: int
    container: bytes
    epoch: int
    access_rev: int
    access_hash: bytes
    generation: int
    directory_rev: int
    object: bytes
    version: int
    previous: bytes
    state: int
    tag: bytes
    created_ms: int
    updated_ms: int
    author: bytes
    author_fp: bytes
    via: bytes
    group_hash: bytes
    overview_hash: bytes
    details_hash: bytes

    @property
    def is_container_object(self) -> bool:
        """Whether this is the container's own object: its title, or its variables."""
        return self.object == self.container

    def encode(self) -> bytes:
        """Return the bytes that are signed."""
        return pae(
            _LABEL,
            self.account,
            self.kind,
            self.container,
            self.epoch,
            self.access_rev,
            self.access_hash,
            self.generation,
            self.directory_rev,
            self.object,
            self.version,
            self.previous,
            self.state,
            self.tag,
            self.created_ms,
            self.updated_ms,
            self.author,
            self.author_fp,
            self.via,
            self.group_hash,
            self.overview_hash,
            self.details_hash,
        )


def parse_revision(body: bytes) -> Revision:
    """Read the body of a revision.

    Raises:
        IntegrityError: Wrong shape (layer `form`).
    """
    reader = BodyReader(body, _LABEL)
    revision = Revision(
        account=reader.fixed(16),
        kind=reader.integer(low=1, high=4),
        container=reader.fixed(16),
        epoch=reader.integer(low=1),
        access_rev=reader.integer(),
        access_hash=reader.fixed(32),
        generation=reader.integer(),
        directory_rev=reader.integer(),
        object=reader.fixed(16),
        version=reader.integer(low=1),
        previous=reader.optional(32),
        state=reader.integer(low=1, high=3),
        tag=reader.fixed(16),
        created_ms=reader.integer(),
        updated_ms=reader.integer(),
        author=reader.fixed(16),
        author_fp=reader.fixed(32),
        via=reader.fixed(16),
        group_hash=reader.optional(32),
        overview_hash=reader.fixed(32),
        details_hash=reader.fixed(32),
    )
    reader.end()
    require(bool(revision.previous) == (revision.version > 1))
    require(revision.version > 1 or revision.state == State.ACTIVE)
    return revision
