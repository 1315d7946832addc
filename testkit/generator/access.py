"""Access records as bytes (section 6 of specs/formats.md)."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from generator.crypto import sha256
from generator.directory import USER
from generator.errors import require
from generator.pae import Part, Reader, encode, flatten

VAULT, ENVIRONMENT, GROUP_CONTAINER, ACCOUNT_CONTAINER = 1, 2, 3, 4
BY_CREATOR, BY_ROOT, BY_MANAGER = 1, 2, 3

MANAGE, REVEAL, READ, UPDATE, CREATE = 2, 16, 32, 64, 128
ARCHIVE, DELETE, HISTORY, SEND = 256, 512, 1024, 1_048_576
READER = READ | REVEAL
WRITER = READER | UPDATE | CREATE | ARCHIVE | DELETE
MANAGER = WRITER | MANAGE
ALL = MANAGER | HISTORY | SEND | 2_097_152 | 4_194_304 | 8_388_608


@dataclass(frozen=True)
class Accessor:
    """One row: who may do what, and the hash of the key sealed to it."""

    principal: bytes
    kind: int
    fp: bytes
    bits: int
    sealed_hash: bytes


@dataclass(frozen=True)
class Access:
    """An access record."""

    account: bytes
    kind: int
    subtype: int
    container: bytes
    access_rev: int
    previous: bytes
    creator: bytes
    salt: bytes
    epoch: int
    key_id: bytes
    link_hash: bytes
    generation: int
    directory_rev: int
    authority: int
    authority_rev: int
    authority_hash: bytes
    via: bytes
    group_record: bytes
    created: int
    signer: bytes
    signer_fp: bytes
    accessors: tuple[Accessor, ...]

    def parts(self) -> list[Part]:
        """The parts of the signed body."""
        rows = flatten((a.principal, a.kind, a.fp, a.bits, a.sealed_hash) for a in self.accessors)
        return [
            "sr/v1/access",
            self.account,
            self.kind,
            self.subtype,
            self.container,
            self.access_rev,
            self.previous,
            self.creator,
            self.salt,
            self.epoch,
            self.key_id,
            self.link_hash,
            self.generation,
            self.directory_rev,
            self.authority,
            self.authority_rev,
            self.authority_hash,
            self.via,
            self.group_record,
            self.created,
            self.signer,
            self.signer_fp,
            *rows,
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
        """Generation and rev of the head that was current."""
        return self.generation, self.directory_rev

    def bits_of(self, principal: bytes) -> int:
        """The bits of a principal, 0 without a row."""
        return next((a.bits for a in self.accessors if a.principal == principal), 0)

    def has_row(self, principal: bytes) -> bool:
        """Whether a principal is an accessor, with whatever bits."""
        return any(a.principal == principal for a in self.accessors)


def _read_accessor(reader: Reader) -> Accessor:
    return Accessor(
        reader.fixed(16), reader.integer(), reader.fixed(32), reader.integer(), reader.fixed(32)
    )


def parse_access(body: bytes) -> Access:
    """An access record, shape only."""
    reader = Reader(body, "sr/v1/access")
    record = Access(
        reader.fixed(16),
        reader.integer(),
        reader.integer(),
        reader.fixed(16),
        reader.integer(),
        reader.optional(32),
        reader.fixed(16),
        reader.fixed(32),
        reader.integer(),
        reader.fixed(16),
        reader.optional(32),
        reader.integer(),
        reader.integer(),
        reader.integer(),
        reader.integer(),
        reader.optional(32),
        reader.fixed(16),
        reader.optional(32),
        reader.integer(),
        reader.fixed(16),
        reader.fixed(32),
        tuple(reader.rows(_read_accessor)),
    )
    reader.end()
    _check_shape(record)
    return record


def _check_shape(record: Access) -> None:
    """What must be present or absent together; order and number of rows."""
    require(record.kind in (VAULT, ENVIRONMENT, GROUP_CONTAINER, ACCOUNT_CONTAINER), "form")
    require(record.subtype in ((0, 1, 2, 3) if record.kind == VAULT else (0,)), "form")
    require((record.access_rev == 0) == (record.previous == b""), "form")
    require(record.epoch >= 1 and (record.epoch == 1) == (record.link_hash == b""), "form")
    require(record.authority in (BY_CREATOR, BY_ROOT, BY_MANAGER), "form")
    require((record.authority == BY_CREATOR) == (record.authority_hash == b""), "form")
    require(record.authority != BY_CREATOR or record.authority_rev == 0, "form")
    require((record.via == record.signer) == (record.group_record == b""), "form")
    rows = record.accessors
    keys = [(a.principal, a.fp) for a in rows]
    require(all(a < b for a, b in pairwise(keys)), "form")
    for first, second in pairwise(rows):
        same = first.principal == second.principal
        require(not same or (first.bits, first.kind) == (second.bits, second.kind), "form")
    if record.kind == GROUP_CONTAINER:
        require(all(a.kind == USER for a in rows), "form")
