"""Collecting what the signatures of an answer need beside it.

For every revision: its author's entry and the access record it names. For
every record: its signer's entry, its authority if that is an earlier record.
For what was signed through a group: the group's record and its entry. What the
client holds already is left out; the entries of who signed a group's record are
not, since they are judged again under every head.
"""

from __future__ import annotations

from collections.abc import Iterable

from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import IntegrityError, TooLargeError
from strongroom.ids import AccountId, ContainerId, PrincipalId, principal_of_group
from strongroom.limits import (
    AUTHORITY_STEPS_MAX,
    KNOWN_MAX,
    RECORD_WALK_MAX,
)
from strongroom.service.budget import Budget
from strongroom.service.directory.tree import prove
from strongroom.store.protocol import Transaction
from strongroom.wire.access import AccessRecord, Authority, ContainerKind, parse_access
from strongroom.wire.messages import Evidence, Known, StoredRevision
from strongroom.wire.revisions import Revision, parse_revision
from strongroom.wire.signed import SignedBody

_RECORD = "SELECT body, signature FROM access_records WHERE account = :account AND hash = :hash"
_WALK = """SELECT hash, body, signature FROM access_records
    WHERE account = :account AND container = :container AND access_rev >= :access_rev
    ORDER BY access_rev LIMIT :most"""


class EvidenceCollector:
    """Gathers entries and records for one answer."""

    def __init__(
        self,
        transaction: Transaction,
        account: AccountId,
        known: Known,
        *,
        head_rev: int,
        budget: Budget | None = None,
    ) -> None:
        """Start with what the client holds.

        Args:
            budget: Of an answer that ends early: what is read here is counted, too.

        Raises:
            TooLargeError: It names more than `KNOWN_MAX` entries or records.
        """
        if max(len(known.entries), len(known.records)) > KNOWN_MAX:
            message = f"a request names at most {KNOWN_MAX} entries and records as known"
            raise TooLargeError(message)
        self._transaction = transaction
        self._account = account
        self._principals: set[PrincipalId] = set()
        self._records: dict[Hash, SignedBody] = {}
        self._seen: set[Hash] = set(known.records)
        self._signers_of: set[Hash] = set()
        self._budget = budget
        # Entries are held under one head only; under another they must be proven again.
        self._known_entries = known.entries if known.head_rev == head_rev else frozenset()

    async def add_revisions(self, revisions: Iterable[StoredRevision]) -> None:
        """Add what revisions name."""
        for stored in revisions:
            try:
                revision = parse_revision(stored.body)
            except IntegrityError:
                continue  # the reader refuses this one, and only this one
            self._principals.add(revision.author)
            await self._add_hash(revision.access_hash, AUTHORITY_STEPS_MAX + 1)
            await self._add_group(revision)

    async def add_record(self, body: bytes) -> None:
        """Add what a record names, which itself is in the answer already.

        Of a group also its entry, which names the keys that the record gives.
        """
        self._seen.add(sha256(body))
        record = parse_access(body)
        if record.kind == ContainerKind.GROUP:
            self._principals.add(principal_of_group(record.container))
            await self._add_signers(record)
        await self._add_named(record, AUTHORITY_STEPS_MAX)

    async def add_walk(self, container: ContainerId, access_rev: int) -> None:
        """Add a container's records from the one that the client remembers to the current one.

        Even those that the client holds: it checks their signers under the head of this answer.
        """
        rows = await self._transaction.all(
            _WALK,
            account=self._account,
            container=container,
            access_rev=access_rev,
            most=RECORD_WALK_MAX + 1,
        )
        if self._budget is not None:
            self._budget.count(rows)
        for record_hash, body, signature in rows[:-1]:
            self._seen.add(record_hash)
            self._records[record_hash] = SignedBody(body, signature)
            await self._add_named(parse_access(body), AUTHORITY_STEPS_MAX)

    def add_principal(self, principal: PrincipalId) -> None:
        """Add one entry."""
        self._principals.add(principal)

    async def collect(self) -> Evidence:
        """Return everything gathered."""
        wanted = sorted(self._principals - self._known_entries)
        proofs = [await prove(self._transaction, self._account, principal) for principal in wanted]
        return Evidence(
            entries=tuple(proof for proof in proofs if proof is not None),
            records=tuple(self._records.values()),
        )

    async def _add_group(self, signed: AccessRecord | Revision) -> None:
        """Add what dates the group through which somebody acts: record, entry, signers."""
        if not signed.group_hash:
            return
        self._principals.add(signed.via)
        if signed.group_hash not in self._signers_of:
            self._signers_of.add(signed.group_hash)
            row = await self._read(signed.group_hash)
            if row is not None:
                await self._add_signers(parse_access(row.body))
        await self._add_hash(signed.group_hash, AUTHORITY_STEPS_MAX + 1)

    async def _add_signers(self, record: AccessRecord) -> None:
        """Add who signed a group's record, and what it rests on, even if the client holds those."""
        self._principals.add(record.signer)
        for _ in range(AUTHORITY_STEPS_MAX):
            if record.authority != Authority.MANAGER:
                return
            row = await self._read(record.authority_hash)
            if row is None:
                return
            record = parse_access(row.body)
            self._principals.add(record.signer)

    async def _read(self, record_hash: Hash) -> SignedBody | None:
        row = await self._transaction.one(_RECORD, account=self._account, hash=record_hash)
        if row is None:
            return None
        if self._budget is not None:
            self._budget.count((row,))
        return SignedBody(row[0], row[1])

    async def _add_hash(self, record_hash: Hash, steps_left: int) -> None:
        if not record_hash or record_hash in self._seen or steps_left == 0:
            return
        self._seen.add(record_hash)
        signed = await self._read(record_hash)
        if signed is None:
            return
        self._records[record_hash] = signed
        await self._add_named(parse_access(signed.body), steps_left - 1)

    async def _add_named(self, record: AccessRecord, steps_left: int) -> None:
        self._principals.add(record.signer)
        if record.kind != ContainerKind.GROUP:
            await self._add_group(record)  # so this goes one level deep
        if record.authority == Authority.MANAGER:
            await self._add_hash(record.authority_hash, steps_left)
