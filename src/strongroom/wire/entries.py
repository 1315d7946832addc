"""Directory entries: the public keys and the state of every principal.

Source: specs/formats.md section 4.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from strongroom.crypto.public.digests import Fingerprint, Hash
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.ids import AccountId, PrincipalId
from strongroom.limits import GAPS_PER_PRINCIPAL_MAX, KEYSETS_PER_PRINCIPAL_MAX
from strongroom.pae import pae
from strongroom.wire.bodies import BodyReader, require

_LABEL = "sr/v1/entry"
MAY_CREATE_VAULTS = 1


class EntryState(IntEnum):
    """The state of a principal."""

    ACTIVE = 1
    SUSPENDED = 2
    REMOVED = 3


class EntryKeyset(msgspec.Struct, frozen=True):
    """One keyset of a principal and the directory revs for which it signs."""

    number: int
    fp: Fingerprint
    enc_pk_hash: Hash
    sign_pk: bytes
    since: int
    until: int

    def holds_at(self, rev: int) -> bool:
        """Tell whether the keyset was valid at a directory rev."""
        return self.since <= rev and (self.until == 0 or rev < self.until)


class Gap(msgspec.Struct, frozen=True):
    """Directory revs at which a principal was suspended: from `start` on, before `until`."""

    start: int
    until: int

    def covers(self, rev: int) -> bool:
        """Tell whether a directory rev lies in the gap."""
        return self.start <= rev < self.until


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One principal in the directory.

    `state_rev` is the rev at which it last left or entered the active state;
    `gaps` are the suspensions that are over.
    """

    account: AccountId
    index: int
    principal: PrincipalId
    kind: int
    entry_rev: int
    state: int
    state_rev: int
    flags: int
    creator: PrincipalId
    expires_ms: int
    keysets: tuple[EntryKeyset, ...]
    gaps: tuple[Gap, ...] = ()

    @property
    def current(self) -> EntryKeyset:
        """The keyset to which new keys are sealed."""
        return self.keysets[-1]

    @property
    def is_active(self) -> bool:
        """Whether the principal may do anything now."""
        return self.state == EntryState.ACTIVE

    def was_active_at(self, rev: int) -> bool:
        """Tell whether the principal was active at a directory rev, as far as the entry knows."""
        left = not self.is_active and self.state_rev <= rev
        return not left and not any(gap.covers(rev) for gap in self.gaps)

    def keyset(self, fp: Fingerprint) -> EntryKeyset | None:
        """Return the keyset with a fingerprint."""
        return next((keyset for keyset in self.keysets if keyset.fp == fp), None)

    def encode(self) -> bytes:
        """Return the bytes that the tree hashes."""
        keysets: list[bytes | int] = [len(self.keysets)]
        for row in self.keysets:
            keysets += [row.number, row.fp, row.enc_pk_hash, row.sign_pk, row.since, row.until]
        gaps: list[bytes | int] = [len(self.gaps)]
        for gap in self.gaps:
            gaps += [gap.start, gap.until]
        return pae(
            _LABEL,
            self.account,
            self.index,
            self.principal,
            self.kind,
            self.entry_rev,
            self.state,
            self.state_rev,
            self.flags,
            self.creator,
            self.expires_ms,
            *keysets,
            *gaps,
        )


def parse_entry(body: bytes) -> Entry:
    """Read the body of an entry.

    Raises:
        IntegrityError: Wrong shape (layer `form`).
    """
    reader = BodyReader(body, _LABEL)
    entry = Entry(
        account=reader.fixed(16),
        index=reader.integer(),
        principal=reader.fixed(16),
        kind=reader.integer(low=1, high=3),
        entry_rev=reader.integer(),
        state=reader.integer(low=1, high=3),
        state_rev=reader.integer(),
        flags=reader.integer(),
        creator=reader.fixed(16),
        expires_ms=reader.integer(),
        keysets=_read_keysets(reader),
        gaps=_read_gaps(reader),
    )
    reader.end()
    require(not entry.gaps or entry.gaps[-1].until <= entry.state_rev)
    require(entry.kind != PrincipalKind.USER or _is_single(entry.keysets))
    return entry


def _is_single(keysets: tuple[EntryKeyset, ...]) -> bool:
    """Tell whether these can be a user's: version 1 gives nobody who exists another key."""
    return [(row.number, row.until) for row in keysets] == [(1, 0)]


def _read_keysets(reader: BodyReader) -> tuple[EntryKeyset, ...]:
    count = reader.count(high=KEYSETS_PER_PRINCIPAL_MAX)
    rows = tuple(
        EntryKeyset(
            reader.integer(low=1),
            reader.fixed(32),
            reader.fixed(32),
            reader.fixed(32),
            reader.integer(),
            reader.integer(),
        )
        for _ in range(count)
    )
    numbers = [row.number for row in rows]
    require(bool(rows) and rows[-1].until == 0)
    require(all(left < right for left, right in zip(numbers, numbers[1:], strict=False)))
    return rows


def _read_gaps(reader: BodyReader) -> tuple[Gap, ...]:
    count = reader.count(high=GAPS_PER_PRINCIPAL_MAX)
    gaps = tuple(Gap(reader.integer(), reader.integer()) for _ in range(count))
    revs = [rev for gap in gaps for rev in (gap.start, gap.until)]
    require(all(left < right for left, right in zip(revs, revs[1:], strict=False)))
    return gaps
