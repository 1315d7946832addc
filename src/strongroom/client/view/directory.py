"""The directory as one client has verified it, and the evidence for signatures.

A `Directory` belongs to one head and is replaced when a newer head comes, so
that whoever began to verify something under one head ends under the same one.
Source: specs/formats.md section 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from strongroom.client.view.marks import Marks
from strongroom.crypto.public.digests import NO_HASH, Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import ForkError, IntegrityError, NotFoundError, RollbackError
from strongroom.errors.refusals import RESTORED_HINT
from strongroom.ids import AccountId, ContainerId, PrincipalId, format_id
from strongroom.limits import KNOWN_MAX, RECORD_WALK_MAX
from strongroom.trust.access import AccessVerifier, derive_names_container
from strongroom.trust.directory import (
    HeadMark,
    Pin,
    check_entry_follows,
    verify_entry,
    verify_head,
    verify_root_chain,
)
from strongroom.trust.revisions import RevisionVerifier
from strongroom.wire.access import AccessRecord, parse_access
from strongroom.wire.entries import Entry
from strongroom.wire.heads import Head
from strongroom.wire.messages import EntryProof, Evidence, Known
from strongroom.wire.roots import RootDocument
from strongroom.wire.signed import SignedBody, SignedRoot

# Access records that one client holds beside the current ones. Each names all accessors of its
# time, so a container that is shared often would fill the memory of a program that runs for long.
RECORD_BYTES_MAX: Final = 8 * 1024 * 1024


class SeenEntry(NamedTuple):
    """The newest entry of a principal that a client has verified, and the head rev under it."""

    entry: Entry
    head_rev: int


class Directory:
    """Root documents, head and entries, verified up to the pin.

    Implements `trust.signers.Evidence`.
    """

    def __init__(
        self,
        account: AccountId,
        *,
        seen_entries: dict[PrincipalId, SeenEntry] | None = None,
        records: dict[Hash, SignedBody] | None = None,
        verified: dict[Hash, AccessRecord] | None = None,
    ) -> None:
        """Start empty, or with what was seen under an older head and does not depend on it."""
        self.account = account
        self._signed_roots: list[SignedRoot] = []
        self._roots: list[RootDocument] = []
        self._head: Head | None = None
        self._head_body = b""
        self._entries: dict[PrincipalId, Entry] = {}
        self._seen_entries = {} if seen_entries is None else seen_entries
        self._records = {} if records is None else records
        self.access = AccessVerifier(account, self, verified=verified)
        self.revisions = RevisionVerifier(self, self.access)

    @property
    def head(self) -> Head:
        """The verified head; a sync comes first."""
        if self._head is None:
            message = "the directory has not been read yet"
            raise IntegrityError(message)
        return self._head

    @property
    def is_read(self) -> bool:
        """Whether there is a verified head."""
        return self._head is not None

    @property
    def root(self) -> RootDocument:
        """The newest verified root document."""
        return self._roots[-1]

    @property
    def root_version(self) -> int:
        """From which root document on an answer has to bring them."""
        return self._roots[-1].version if self._roots else 0

    def known(self) -> Known:
        """Return what an answer may leave out: proven under this head, or verified."""
        # Whoever holds more than a request may name has them all sent again.
        few = max(len(self._entries), len(self.access.verified)) <= KNOWN_MAX
        return Known(
            head_rev=self._head.rev if self._head else 0,
            entries=frozenset(self._entries) if few else frozenset(),
            records=frozenset(self.access.verified) if few else frozenset(),
        )

    def is_at(self, head: SignedBody) -> bool:
        """Tell whether a signed head is the one of this directory."""
        return self._head_body == head.body

    def is_restart_of(self, before: Directory) -> bool:
        """Tell whether a restored file was accepted since another directory was read."""
        return before.is_read and self.head.generation > before.head.generation

    def advanced(self, roots: Sequence[SignedRoot], head: SignedBody, marks: Marks) -> Directory:
        """Verify root documents and head; return the directory under them and move the marks.

        Raises:
            IntegrityError: And its kinds, as `trust.directory` says.
        """
        if self._signed_roots and not roots:
            message = "the account's root document is older than the one this client trusts"
            raise RollbackError(message, layer="pin", hint=RESTORED_HINT)
        held = {document.body for document in self._signed_roots}
        chain = self._signed_roots + [root for root in roots if root.body not in held]
        parsed = verify_root_chain(self.account, marks.pin, chain)
        root_hash = sha256(chain[-1].body)
        verified = verify_head(
            self.account,
            parsed,
            root_hash,
            body=head.body,
            signature=head.signature,
            mark=marks.head,
        )
        marks.pin = Pin(parsed[-1].version, root_hash)
        marks.roots = chain
        marks.accept_head(HeadMark(verified.generation, verified.rev, sha256(head.body)))
        if self.is_at(head):
            return self
        # After a restore (a higher generation) nothing older counts any more (section 15).
        restored = self._head is not None and verified.generation > self._head.generation
        newer = Directory(self.account) if restored else self._successor()
        newer._take(chain, parsed, verified, head.body)  # noqa: SLF001  (one of its own kind)
        return newer

    def _take(
        self, signed_roots: list[SignedRoot], roots: list[RootDocument], head: Head, body: bytes
    ) -> None:
        self._signed_roots, self._roots = signed_roots, roots
        self._head, self._head_body = head, body

    def trimmed(self) -> Directory:
        """Return this directory, or one at the same head that lets go of too many records.

        For the time before a request, which then names nothing as known.
        """
        if sum(len(row.body) for row in self._records.values()) <= RECORD_BYTES_MAX:
            return self
        lighter = Directory(self.account, seen_entries=self._seen_entries)
        if self._head is not None:
            body = self._head_body
            lighter._take(self._signed_roots, self._roots, self._head, body)
        return lighter

    def _successor(self) -> Directory:
        return Directory(
            self.account,
            seen_entries=self._seen_entries,
            records=self._records,
            verified=self.access.verified,
        )

    def add(self, evidence: Evidence) -> None:
        """Verify the entries of an answer and keep its records for later."""
        for proof in evidence.entries:
            self.add_entry(proof)
        for signed in evidence.records:
            self.add_record(signed)

    def add_entry(self, proof: EntryProof) -> Entry:
        """Verify one entry and keep it."""
        entry = verify_entry(self.head, self.root, proof.body, proof.path)
        found = SeenEntry(entry, self.head.rev)
        seen = self._seen_entries.get(entry.principal, found)
        # Another task of this program may have read it under a newer head meanwhile.
        older, newer = sorted((seen, found), key=lambda row: row.head_rev)
        check_entry_follows(older.entry, newer.entry)
        self._entries[entry.principal] = entry
        self._seen_entries[entry.principal] = newer
        return entry

    def add_record(self, signed: SignedBody) -> None:
        """Keep a record, so that revisions which name it find it."""
        self._records[sha256(signed.body)] = signed

    def walk(self, *, remembered: Hash, current: Hash, seen_rev: int) -> list[tuple[int, Hash]]:
        """Check every record between a remembered one and the current one, both by hash.

        Args:
            seen_rev: The head rev under which the remembered one was seen. None
                of the later ones was there by then, so none may say so.

        Returns:
            The (access rev, hash) of every record from the remembered one on.

        Raises:
            IntegrityError: And its kinds: a step is missing or false.
            RollbackError: A step names an older head than `seen_rev`.
            ForbiddenError: A step was signed without the right to.
        """
        hashes = [current]
        while hashes[-1] != remembered:
            signed = self._records.get(hashes[-1])
            previous = parse_access(signed.body).previous if signed else NO_HASH
            if not previous or len(hashes) > RECORD_WALK_MAX or previous not in self._records:
                message = (
                    "the history of a container's access does not lead to what was seen before"
                )
                raise ForkError(message, layer="step")
            hashes.append(previous)
        hashes.reverse()
        for before, after in zip(hashes, hashes[1:], strict=False):
            record = parse_access(self._records[before].body)
            self.access.verify_step(record, before, self._records[after], seen_rev=seen_rev)
        return [(parse_access(self._records[one].body).access_rev, one) for one in hashes]

    def need_entry(self, principal: PrincipalId) -> Entry:
        """Return a verified entry.

        Raises:
            NotFoundError: The answer did not bring it.
        """
        entry = self._entries.get(principal)
        if entry is None:
            message = f"principal {format_id(principal)} is not in the directory"
            raise NotFoundError(message)
        return entry

    def entry(self, principal: PrincipalId) -> Entry | None:
        """Return a principal's verified entry, or `None`."""
        return self._entries.get(principal)

    def roots(self) -> list[RootDocument]:
        """Return every verified root document, ascending by version."""
        return self._roots

    def root_hash(self, version: int) -> Hash:
        """Return the hash of a verified root document."""
        first = self._roots[0].version
        return sha256(self._signed_roots[version - first].body)

    def head_rev(self) -> int:
        """Return the rev of the verified head."""
        return self.head.rev

    def names_container(self) -> ContainerId:
        """Return the id of the account container, which follows from root document 0."""
        return derive_names_container(self._roots, self.root_hash)

    def generation_rev(self) -> int:
        """Return the rev with which the generation began; 0 if no restore was ever accepted."""
        generation = self.head.generation
        began = [root.from_rev for root in self._roots if root.generation == generation]
        return min(began) if generation and began else 0

    def head_generation(self) -> int:
        """Return the generation of the verified head."""
        return self.head.generation

    def record(self, record_hash: Hash) -> SignedBody | None:
        """Return the access record with that hash, not yet verified."""
        return self._records.get(record_hash)
