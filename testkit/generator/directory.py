"""Entries and heads as bytes (section 4 of specs/formats.md).

Writing keeps whatever it is given, as with root documents; reading looks at the
shape only.
"""

from dataclasses import dataclass
from functools import cached_property

from generator.crypto import sha256
from generator.errors import require
from generator.pae import Part, Reader, ascending, encode, flatten

USER, GROUP, SERVICE_ACCOUNT = 1, 2, 3
ACTIVE, SUSPENDED, REMOVED = 1, 2, 3
KEYSETS_MAX = 16
GAPS_MAX = 8


@dataclass(frozen=True)
class EntryKeyset:
    """One keyset of an entry; `until` is 0 while it is open."""

    number: int
    fp: bytes
    enc_pk_hash: bytes
    sign_pk: bytes
    since: int
    until: int

    def covers(self, rev: int) -> bool:
        """Whether it may sign what names the directory rev `rev`."""
        return self.since <= rev and (self.until == 0 or rev < self.until)


@dataclass(frozen=True)
class Gap:
    """A time in which a principal was suspended, and is no more."""

    start: int
    until: int

    def covers(self, rev: int) -> bool:
        """Whether the directory rev `rev` lies inside."""
        return self.start <= rev < self.until


@dataclass(frozen=True)
class Entry:
    """A principal in the directory."""

    account: bytes
    index: int
    principal: bytes
    kind: int
    entry_rev: int
    state: int
    state_rev: int
    flags: int
    creator: bytes
    expires: int
    keysets: tuple[EntryKeyset, ...]
    inactive: tuple[Gap, ...] = ()

    def parts(self) -> list[Part]:
        """The parts of the body."""
        rows = flatten(
            (k.number, k.fp, k.enc_pk_hash, k.sign_pk, k.since, k.until) for k in self.keysets
        )
        gaps = flatten((gap.start, gap.until) for gap in self.inactive)
        return [
            "sr/v1/entry",
            self.account,
            self.index,
            self.principal,
            self.kind,
            self.entry_rev,
            self.state,
            self.state_rev,
            self.flags,
            self.creator,
            self.expires,
            *rows,
            *gaps,
        ]

    @cached_property
    def body(self) -> bytes:
        """The bytes that the tree hashes."""
        return encode(*self.parts())

    def active_at(self, rev: int) -> bool:
        """Whether it had not left the active state before or at `rev`, and is in no gap."""
        stays = self.state == ACTIVE or self.state_rev > rev
        return stays and not any(gap.covers(rev) for gap in self.inactive)


@dataclass(frozen=True)
class Head:
    """The Merkle head."""

    account: bytes
    generation: int
    rev: int
    previous: bytes
    root_version: int
    root_hash: bytes
    count: int
    tree_root: bytes
    created: int
    signer: bytes

    def parts(self) -> list[Part]:
        """The parts of the signed body."""
        return [
            "sr/v1/head",
            self.account,
            self.generation,
            self.rev,
            self.previous,
            self.root_version,
            self.root_hash,
            self.count,
            self.tree_root,
            self.created,
            self.signer,
        ]

    @cached_property
    def body(self) -> bytes:
        """The signed bytes."""
        return encode(*self.parts())

    @property
    def hash(self) -> bytes:
        """`H(body)`."""
        return sha256(self.body)


def _read_keyset(reader: Reader) -> EntryKeyset:
    return EntryKeyset(
        reader.integer(),
        reader.fixed(32),
        reader.fixed(32),
        reader.fixed(32),
        reader.integer(),
        reader.integer(),
    )


def _read_gap(reader: Reader) -> Gap:
    return Gap(reader.integer(), reader.integer())


def parse_entry(body: bytes) -> Entry:
    """An entry, shape only."""
    reader = Reader(body, "sr/v1/entry")
    entry = Entry(
        reader.fixed(16),
        reader.integer(),
        reader.fixed(16),
        reader.integer(),
        reader.integer(),
        reader.integer(),
        reader.integer(),
        reader.integer(),
        reader.fixed(16),
        reader.integer(),
        tuple(reader.rows(_read_keyset)),
        tuple(reader.rows(_read_gap)),
    )
    reader.end()
    require(entry.kind in (USER, GROUP, SERVICE_ACCOUNT), "form")
    require(entry.state in (ACTIVE, SUSPENDED, REMOVED), "form")
    require(1 <= len(entry.keysets) <= KEYSETS_MAX, "form")
    require(ascending([k.number for k in entry.keysets]), "form")
    require(entry.keysets[-1].until == 0, "form")
    # A second keyset of a user would be somebody else's key to all that is sealed next.
    require(entry.kind != USER or [k.number for k in entry.keysets] == [1], "form")
    _check_gaps(entry)
    return entry


def _check_gaps(entry: Entry) -> None:
    """In order, apart, and over before the state that holds now began."""
    gaps = entry.inactive
    require(len(gaps) <= GAPS_MAX, "form")
    edges = [edge for gap in gaps for edge in (gap.start, gap.until)]
    require(ascending(edges), "form")
    require(not gaps or gaps[-1].until <= entry.state_rev, "form")


def parse_head(body: bytes) -> Head:
    """A head, shape only."""
    reader = Reader(body, "sr/v1/head")
    head = Head(
        reader.fixed(16),
        reader.integer(),
        reader.integer(),
        reader.optional(32),
        reader.integer(),
        reader.fixed(32),
        reader.integer(),
        reader.fixed(32),
        reader.integer(),
        reader.fixed(16),
    )
    reader.end()
    return head
