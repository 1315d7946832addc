"""The directory as one client has verified it, and the evidence for signatures.

State moves only forward: a newer head replaces everything that was proven
under the older one (specs/formats.md section 4).
"""

from __future__ import annotations

from collections.abc import Sequence

from strongroom.client.marks import Marks
from strongroom.crypto.hashes import sha256
from strongroom.errors import ForkError, IntegrityError, NotFoundError
from strongroom.ids import format_id
from strongroom.limits import RECORD_WALK_MAX
from strongroom.trust.access import AccessVerifier
from strongroom.trust.directory import (
    HeadMark,
    Pin,
    check_encryption_key,
    check_entry_follows,
    verify_entry,
    verify_head,
    verify_root_chain,
)
from strongroom.trust.revisions import RevisionVerifier
from strongroom.wire.access import parse_access
from strongroom.wire.entries import Entry
from strongroom.wire.heads import Head
from strongroom.wire.messages import EntryProof, Evidence, Known
from strongroom.wire.roots import RootDocument
from strongroom.wire.signed import SignedBody, SignedRoot


class Directory:
    """Root documents, head and entries, verified up to the pin.

    Implements `trust.signers.Evidence`.
    """

    def __init__(self, account: bytes, marks: Marks) -> None:
        self.account = account
        self._marks = marks
        self._signed_roots: list[SignedRoot] = []
        self._roots: list[RootDocument] = []
        self._head: Head | None = None
        self._entries: dict[bytes, Entry] = {}
        self._seen_entries: dict[bytes, Entry] = {}
        self._records: dict[bytes, SignedBody] = {}
        self.access = AccessVerifier(account, self)
        self.revisions = RevisionVerifier(self, self.access)

    @property
    def head(self) -> Head:
        """The verified head; `accept` comes first."""
        if self._head is None:
            message = "the directory has not been read yet"
            raise IntegrityError(message)
        return self._head

    @property
    def root(self) -> RootDocument:
        """The newest verified root document."""
        return self._roots[-1]

    @property
    def root_version(self) -> int:
        """From which root document on an answer has to bring them."""
        return self._roots[-1].version if self._roots else 0

    def known(self) -> Known:
        """Return what an answer may leave out."""
        return Known(
            head_rev=self._head.rev if self._head else 0,
            entries=frozenset(self._entries),
            records=frozenset(self._records),
        )

    def accept(self, roots: Sequence[SignedRoot], head: SignedBody) -> None:
        """Verify root documents and head; move pin and mark.

        Raises:
            IntegrityError: And its kinds, as `trust.directory` says.
        """
        chain = self._merge(roots)
        parsed = verify_root_chain(self.account, self._marks.pin, chain)
        root_hash = sha256(chain[-1].body)
        verified = verify_head(
            self.account, parsed, root_hash, head.body, head.signature, mark=self._marks.head
        )
        if self._head is None or (verified.generation, verified.rev) != (
            self._head.generation,
            self._head.rev,
        ):
            self._entries = {}
        self._signed_roots, self._roots, self._head = chain, parsed, verified
        self._marks.pin = Pin(parsed[-1].version, root_hash)
        self._marks.accept_head(HeadMark(verified.generation, verified.rev, sha256(head.body)))

    def _merge(self, roots: Sequence[SignedRoot]) -> list[SignedRoot]:
        """Append root documents to those held; an answer repeats the newest held one."""
        held = {document.body for document in self._signed_roots}
        return self._signed_roots + [root for root in roots if root.body not in held]

    def add(self, evidence: Evidence) -> None:
        """Verify the entries of an answer and keep its records for later."""
        for proof in evidence.entries:
            self.add_entry(proof)
        for signed in evidence.records:
            self._records[sha256(signed.body)] = signed

    def add_entry(self, proof: EntryProof) -> Entry:
        """Verify one entry and keep it."""
        entry = verify_entry(self.head, self.root, proof.body, proof.path)
        before = self._seen_entries.get(entry.principal)
        if before is not None:
            check_entry_follows(before, entry)
        self._entries[entry.principal] = self._seen_entries[entry.principal] = entry
        return entry

    def add_record(self, signed: SignedBody) -> None:
        """Keep a record, so that revisions which name it find it."""
        self._records[sha256(signed.body)] = signed

    def walk(self, remembered: bytes, current: bytes) -> None:
        """Check every record between a remembered one and the current one, both by hash.

        Raises:
            IntegrityError: And its kinds: a step is missing or false.
            ForbiddenError: A step was signed without the right to.
        """
        steps: list[SignedBody] = []
        record_hash = current
        while record_hash != remembered:
            signed = self._records.get(record_hash)
            previous = parse_access(signed.body).previous if signed else b""
            if signed is None or not previous or len(steps) == RECORD_WALK_MAX:
                message = "the history of a container's access does not reach what was seen before"
                raise ForkError(message, layer="step")
            steps.append(signed)
            record_hash = previous
        start = self._records.get(remembered)
        if start is None:
            message = "an access record that was seen before is not there any more"
            raise ForkError(message, layer="step")
        before = start.body
        for step in reversed(steps):
            self.access.verify_step(parse_access(before), sha256(before), step)
            before = step.body

    def need_entry(self, principal: bytes) -> Entry:
        """Return a verified entry.

        Raises:
            NotFoundError: The answer did not bring it.
        """
        entry = self._entries.get(principal)
        if entry is None:
            message = f"principal {format_id(principal)} is not in the directory"
            raise NotFoundError(message)
        return entry

    def need_encryption_key(self, principal: bytes, enc_pk: bytes) -> bytes:
        """Check a key that came beside its entry; return it."""
        check_encryption_key(self.need_entry(principal), enc_pk)
        return enc_pk

    def entry(self, principal: bytes) -> Entry | None:
        """Return a principal's verified entry, or `None`."""
        return self._entries.get(principal)

    def roots(self) -> list[RootDocument]:
        """Return every verified root document, ascending by version."""
        return self._roots

    def root_hash(self, version: int) -> bytes:
        """Return the hash of a verified root document."""
        first = self._roots[0].version
        return sha256(self._signed_roots[version - first].body)

    def head_rev(self) -> int:
        """Return the rev of the verified head."""
        return self.head.rev

    def record(self, record_hash: bytes) -> SignedBody | None:
        """Return the access record with that hash, not yet verified."""
        return self._records.get(record_hash)
