"""A small account in memory for the rules of trust: people, root document, records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind, derive_principal_id
from strongroom.permissions import ALL_BITS
from strongroom.trust.access import derive_names_container
from strongroom.wire.access import Accessor, AccessRecord, derive_container_id, parse_access
from strongroom.wire.entries import Entry, EntryKeyset
from strongroom.wire.roots import RootDocument, RootSigner
from strongroom.wire.signed import SignedBody

ACCOUNT = b"A" * 16
HEAD_REV = 20
OWNERS, ADMINISTRATORS, TEAM_MEMBERS = b"1" * 16, b"2" * 16, b"3" * 16
_SALT = b"s" * 32


@dataclass(frozen=True)
class Person:
    """A principal with its keys."""

    keyset: Keyset
    id: bytes
    kind: int

    @property
    def fp(self) -> bytes:
        """The fingerprint of the only keyset."""
        return self.keyset.fingerprint(self.id, self.kind)

    def entry(self, index: int = 0, **changes: Any) -> Entry:
        """Return the entry, active since rev 1 unless changed."""
        keys = EntryKeyset(1, self.fp, sha256(self.keyset.enc_pk), self.keyset.sign_pk, 1, 0)
        entry = Entry(
            account=ACCOUNT,
            index=index,
            principal=self.id,
            kind=self.kind,
            entry_rev=1,
            state=1,
            state_rev=1,
            flags=0,
            creator=self.id,
            expires_ms=0,
            keysets=(keys,),
        )
        return msgspec.structs.replace(entry, **changes)

    def row(self, permissions: int = ALL_BITS) -> Accessor:
        """Return a row of an access record."""
        return Accessor(self.id, self.kind, self.fp, permissions, b"h" * 32)

    def sign(self, body: bytes) -> SignedBody:
        """Sign a body."""
        return SignedBody(body, self.keyset.sign(body))


def make_person(number: int, kind: int = PrincipalKind.USER) -> Person:
    """Return a principal whose keys come from a number."""
    keyset = Keyset(bytes([number]) * 32)
    enc_hash = sha256(keyset.enc_pk)
    return Person(keyset, derive_principal_id(ACCOUNT, kind, enc_hash, keyset.sign_pk), kind)


ANA, BOB, CARA, DAN = (make_person(number) for number in range(1, 5))
ROBOT = make_person(9, PrincipalKind.SERVICE_ACCOUNT)


def make_root(**changes: Any) -> RootDocument:
    """Return a root document: Ana owns, Bob administers."""
    root = RootDocument(
        account=ACCOUNT,
        version=0,
        previous=b"",
        generation=0,
        from_rev=1,
        created_ms=1,
        owners=(RootSigner(ANA.id, ANA.fp, ANA.keyset.sign_pk),),
        administrators=(RootSigner(BOB.id, BOB.fp, BOB.keyset.sign_pk),),
        owners_group=OWNERS,
        owners_group_fp=b"o" * 32,
        administrators_group=ADMINISTRATORS,
        administrators_group_fp=b"d" * 32,
        team_members_group=TEAM_MEMBERS,
        policy=b"{}",
    )
    return msgspec.structs.replace(root, **changes)


def make_epoch(number: int, since: int = 1, until: int = 0) -> EntryKeyset:
    """Return a group's keyset of an epoch."""
    return EntryKeyset(number, bytes([number]) * 32, b"e" * 32, b"s" * 32, since, until)


@dataclass
class World:
    """Implements `trust.signers.Evidence`."""

    entries: dict[bytes, Entry] = field(default_factory=dict)
    chain: list[RootDocument] = field(default_factory=lambda: [make_root()])
    records: dict[bytes, SignedBody] = field(default_factory=dict)
    rev: int = HEAD_REV

    def entry(self, principal: bytes) -> Entry | None:
        """Return an entry."""
        return self.entries.get(principal)

    def roots(self) -> list[RootDocument]:
        """Return the root documents."""
        return self.chain

    def root_hash(self, version: int) -> bytes:
        """Return the hash of a root document."""
        return sha256(self.chain[version - self.chain[0].version].encode())

    def head_rev(self) -> int:
        """Return the rev of the head."""
        return self.rev

    def head_generation(self) -> int:
        """Return the generation of the head."""
        return self.chain[-1].generation

    def names_container(self) -> bytes:
        """Return the id of the account container."""
        return derive_names_container(self.chain, self.root_hash)

    def keep_group(self, group: SignedBody, *keysets: EntryKeyset, **changes: Any) -> bytes:
        """Keep the record of a group, and its entry with such keysets; return the record's hash."""
        principal = parse_access(group.body).container
        entry = ANA.entry(len(self.entries), principal=principal, kind=PrincipalKind.GROUP)
        keysets = keysets or (make_epoch(1),)
        self.entries[principal] = msgspec.structs.replace(entry, keysets=keysets, **changes)
        return self.keep(group)

    def record(self, record_hash: bytes) -> SignedBody | None:
        """Return a record by its hash."""
        return self.records.get(record_hash)

    def keep(self, signed: SignedBody) -> bytes:
        """Keep a record; return its hash."""
        self.records[sha256(signed.body)] = signed
        return sha256(signed.body)


def make_world() -> World:
    """Return a world in which everybody is active."""
    people = (ANA, BOB, CARA, DAN, ROBOT)
    return World(entries={who.id: who.entry(n) for n, who in enumerate(people)})


def make_record(
    by: Person,
    rows: list[Accessor],
    *,
    before: SignedBody | None = None,
    kind: int = 1,
    subtype: int = 0,
    **changes: Any,
) -> SignedBody:
    """Return a signed access record: the first of a container, or the next after `before`."""
    creator = changes.pop("creator", by.id)
    salt = changes.pop("salt", _SALT)
    earlier = parse_access(before.body) if before else None
    if earlier is not None:
        kind, subtype, creator = earlier.kind, earlier.subtype, earlier.creator
        salt = earlier.salt
    container = derive_container_id(
        account=ACCOUNT, kind=kind, subtype=subtype, creator=creator, salt=salt
    )
    record = AccessRecord(
        account=ACCOUNT,
        kind=kind,
        subtype=subtype,
        container=container,
        access_rev=earlier.access_rev + 1 if earlier else 0,
        previous=sha256(before.body) if before else b"",
        creator=creator,
        salt=salt,
        epoch=1,
        key_id=b"k" * 16,
        link_hash=b"",
        generation=0,
        directory_rev=10,
        authority=1,
        authority_rev=0,
        authority_hash=b"",
        via=by.id,
        group_hash=b"",
        created_ms=1,
        signer=by.id,
        signer_fp=by.fp,
        accessors=tuple(sorted(rows, key=lambda row: (row.principal, row.fp))),
    )
    return by.sign(msgspec.structs.replace(record, **changes).encode())
