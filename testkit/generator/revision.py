"""Revisions: their bytes and the reader's check (section 8 of specs/formats.md)."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from generator.access import ARCHIVE, CREATE, DELETE, ENVIRONMENT, MANAGE, UPDATE, VAULT
from generator.access_check import Acting, check_record, check_via
from generator.crypto import sha256
from generator.envelope import open_envelope
from generator.errors import refuse, require
from generator.known import Known
from generator.limits import check_generations, check_numbers
from generator.pae import Part, Reader, encode
from generator.titles import normalise_title

ACTIVE, ARCHIVED, DELETED = 1, 2, 3


@dataclass(frozen=True)
class Revision:
    """A revision body."""

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
    created: int
    updated: int
    author: bytes
    author_fp: bytes
    via: bytes
    group_record: bytes
    overview_hash: bytes
    details_hash: bytes

    def parts(self) -> list[Part]:
        """The parts of the signed body."""
        return [
            "sr/v1/rev",
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
            self.created,
            self.updated,
            self.author,
            self.author_fp,
            self.via,
            self.group_record,
            self.overview_hash,
            self.details_hash,
        ]

    @cached_property
    def body(self) -> bytes:
        """The signed bytes."""
        return encode(*self.parts())

    @property
    def hash(self) -> bytes:
        """`H(body)`."""
        return sha256(self.body)

    @property
    def point(self) -> tuple[int, int]:
        """Generation and rev of the head under which it was written."""
        return self.generation, self.directory_rev


@dataclass(frozen=True)
class Asked:
    """What the reader asked for, and what it remembers of it."""

    kind: int
    container: bytes
    object: bytes
    title: str | None = None
    mark: list[Any] | None = None


def parse_revision(body: bytes) -> Revision:
    """A revision body, shape only."""
    reader = Reader(body, "sr/v1/rev")
    revision = Revision(
        reader.fixed(16),
        reader.integer(),
        reader.fixed(16),
        reader.integer(),
        reader.integer(),
        reader.fixed(32),
        reader.integer(),
        reader.integer(),
        reader.fixed(16),
        reader.integer(),
        reader.optional(32),
        reader.integer(),
        reader.fixed(16),
        reader.integer(),
        reader.integer(),
        reader.fixed(16),
        reader.fixed(32),
        reader.fixed(16),
        reader.optional(32),
        reader.fixed(32),
        reader.fixed(32),
    )
    reader.end()
    require(revision.version >= 1, "form")
    require((revision.version == 1) == (revision.previous == b""), "form")
    require(revision.state in (ACTIVE, ARCHIVED, DELETED), "form")
    require(revision.version > 1 or revision.state == ACTIVE, "form")
    require((revision.via == revision.author) == (revision.group_record == b""), "form")
    return revision


def needed_bit(revision: Revision) -> int:
    """The permission that this revision needs."""
    if revision.object == revision.container and revision.kind == VAULT:
        return MANAGE
    if revision.object == revision.container and revision.kind == ENVIRONMENT:
        return UPDATE
    if revision.version == 1:
        return CREATE
    return {ACTIVE: UPDATE, ARCHIVED: ARCHIVE, DELETED: DELETE}[revision.state]


def envelope_contexts(revision: Revision, overview: bytes) -> tuple[tuple[Part, ...], ...]:
    """The contexts of overview and details; details are bound to their overview."""
    common: tuple[Part, ...] = (
        revision.account,
        revision.kind,
        revision.container,
        revision.epoch,
        revision.object,
        revision.version,
    )
    return (*common, ""), (*common, sha256(overview))


def check_revision(
    known: Known,
    body: bytes,
    signature: bytes,
    overview: bytes,
    details: bytes,
    key: bytes,
    asked: Asked,
) -> tuple[Revision, bytes, bytes]:
    """The reader's check when details are opened; both plaintexts."""
    revision = parse_revision(body)
    require(revision.account == known.account, "context")
    check_numbers(
        revision.access_rev, revision.generation, revision.directory_rev, revision.version
    )
    require(revision.generation <= known.head_generation, "context")
    found = (revision.kind, revision.container, revision.object)
    require(found == (asked.kind, asked.container, asked.object), "context")
    author_key = known.check_signer(revision.author, revision.author_fp, revision.directory_rev)
    known.check_signature(author_key, signature, body)
    _check_rights(known, revision)
    require(revision.overview_hash == sha256(overview), "hashes")
    require(revision.details_hash == sha256(details), "hashes")
    if asked.mark is not None:
        _check_mark(revision, asked.mark)
    contexts = envelope_contexts(revision, overview)
    plain_overview = open_envelope(overview, purpose=1, key=key, context=contexts[0])
    plain_details = open_envelope(details, purpose=2, key=key, context=contexts[1])
    if asked.title is not None:
        title = json.loads(plain_overview)["title"]
        require(normalise_title(title) == normalise_title(asked.title), "title")
        require(revision.state == ACTIVE, "state", "not_found")
    return revision, plain_overview, plain_details


def _check_rights(known: Known, revision: Revision) -> None:
    named = known.records.get(revision.access_hash)
    if named is None:
        refuse("record")
    record = check_record(known, *named)
    right = (record.container, record.epoch, record.access_rev)
    require(right == (revision.container, revision.epoch, revision.access_rev), "record")
    require(record.directory_rev <= revision.directory_rev, "record")
    check_generations(record.point, revision.point)
    acting = Acting(revision.via, revision.author, revision.group_record, revision.point)
    check_via(known, record, acting, needed_bit(revision), "permission")


def _check_mark(revision: Revision, mark: list[Any]) -> None:
    """A mark is [version, hash or "", access_rev of the container when last seen]."""
    require(revision.version >= mark[0], "mark", "rollback")
    if revision.version == mark[0]:
        same = not mark[1] or revision.hash == bytes.fromhex(mark[1])
        require(same, "mark", "fork")
    else:
        require(revision.access_rev >= mark[2], "mark", "rollback")
