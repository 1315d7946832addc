"""Access records: whether a record was signed by somebody who might.

Rules, in the order in which they refuse (specs/formats.md section 6, "Reader's
check"): account, container id, signer, signature, authority, expected
container, marks. The sealed key is opened elsewhere (`crypto.grants`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from strongroom.crypto.hashes import sha256
from strongroom.crypto.principals import PrincipalKind
from strongroom.crypto.signatures import verify
from strongroom.errors import ForbiddenError, ForkError, RollbackError, RotationDueError
from strongroom.ids import format_id
from strongroom.limits import AUTHORITY_STEPS_MAX
from strongroom.permissions import MANAGE_VAULT
from strongroom.trust.signers import (
    Dated,
    Evidence,
    check_dated,
    check_generations,
    check_numbers,
    check_signer,
    damaged,
    root_in_force,
)
from strongroom.wire.access import (
    AccessRecord,
    Authority,
    ContainerKind,
    derive_container_id,
    parse_access,
)
from strongroom.wire.entries import Entry
from strongroom.wire.roots import RootDocument, RootSigner
from strongroom.wire.signed import SignedBody


class ThroughGroup(Dated, Protocol):
    """A record or revision that may be signed through a group."""

    @property
    def via(self) -> bytes:
        """The row under which its signer acts: its own id, or a group's."""

    @property
    def group_hash(self) -> bytes:
        """Hash of the group's record that lists the signer, or empty."""


class AccessMark(msgspec.Struct, frozen=True):
    """The newest record of a container that a client has seen."""

    access_rev: int
    hash: bytes = b""
    directory_rev: int = 0


def signer_by_root(root: RootDocument, record: AccessRecord, principal: bytes) -> RootSigner | None:
    """Return the row that lets a principal sign a container's records by the root document.

    Owners for the two role groups that they alone may change, owners and
    administrators for all else, nobody for private vaults (section 6).
    """
    if record.is_private:
        return None
    owners_only = record.container in (root.owners_group, root.administrators_group)
    return root.owner(principal) if owners_only else root.signer(principal)


def only_by_root(root: RootDocument, record: AccessRecord) -> bool:
    """Tell whether only the root document says who signs a container's records after the first.

    So it is for role groups and for the account's names (section 6).
    """
    return record.kind == ContainerKind.ACCOUNT or record.container in root.role_groups


def derive_names_container(roots: Sequence[RootDocument], hashes: Callable[[int], bytes]) -> bytes:
    """Return the id of the account container, the only one of its kind (section 6).

    Empty where root document 0 is not known: then none is believed.

    Args:
        roots: Verified root documents, ascending by version.
        hashes: Gives the hash of the body of one of them.
    """
    founding = roots[0]
    if founding.version != 0:
        return b""
    return derive_container_id(
        account=founding.account,
        kind=ContainerKind.ACCOUNT,
        subtype=0,
        creator=founding.owners[0].principal,
        salt=hashes(0),
    )


def acts_for_group(entry: Entry | None, record: AccessRecord, dated: Dated) -> bool:
    """Tell whether a group's record can be named by what is signed through the group.

    A group's epochs are its keysets, so its verified entry dates its records:
    an older record under today's directory is a past membership (section 6).

    Args:
        entry: The verified entry of the group.
        record: The group's record.
        dated: What names it.
    """
    rev = dated.directory_rev
    if entry is None or entry.kind != PrincipalKind.GROUP or record.directory_rev > rev:
        return False
    return entry.was_active_at(rev) and _epoch_held(entry, record.epoch, rev)


def _epoch_held(entry: Entry, epoch: int, rev: int) -> bool:
    oldest = entry.keysets[0]
    if epoch < oldest.number:
        return rev < oldest.since
    return any(row.number == epoch and row.holds_at(rev) for row in entry.keysets)


class AccessVerifier:
    """Verifies access records, each at most once.

    Attributes:
        signature_checks: How many signatures were checked so far.
    """

    def __init__(
        self,
        account: bytes,
        evidence: Evidence,
        *,
        verified: dict[bytes, AccessRecord] | None = None,
    ) -> None:
        """Start from records that were `verified` under an older head of the same directory."""
        self._account = account
        self._evidence = evidence
        self._verified = {} if verified is None else verified
        self.signature_checks = 0

    @property
    def verified(self) -> dict[bytes, AccessRecord]:
        """The records verified so far, by hash."""
        return self._verified

    def verify(
        self, signed: SignedBody, *, container: bytes | None = None, mark: AccessMark | None = None
    ) -> AccessRecord:
        """Check a current record.

        Args:
            container: The container that was asked for.
            mark: The newest record that the client has seen.

        Raises:
            IntegrityError: Shape, account, container or signature are wrong.
            ForbiddenError: The signer could not sign, or had no authority.
            RollbackError: Older than the mark, or under an older directory.
            ForkError: The rev of the mark with another hash.
        """
        record = self._verify(signed, AUTHORITY_STEPS_MAX)
        what = _name(record)
        if container is not None and record.container != container:
            raise damaged(what, "context")
        _check_mark(record, sha256(signed.body), mark)
        return record

    def verify_by_hash(self, record_hash: bytes) -> AccessRecord | None:
        """Check the record with a hash; `None` if nobody has it."""
        return self._verify_by_hash(record_hash, AUTHORITY_STEPS_MAX)

    def verify_step(
        self, before: AccessRecord, before_hash: bytes, after: SignedBody, *, seen_rev: int = 0
    ) -> None:
        """Check a record that follows one which the client remembers.

        Args:
            seen_rev: The head rev under which the client last saw the container
                without this record.

        Raises:
            IntegrityError: Not the next record of the same container.
            ForkError: It follows another record than the remembered one.
            ForbiddenError: Its signer had no right in the remembered one.
        """
        record = parse_access(after.body)
        what = _name(record)
        self._check_context(record)
        if (record.container, record.kind) != (before.container, before.kind):
            raise damaged(what, "context")
        if record.access_rev != before.access_rev + 1:
            raise damaged(what, "step")
        if record.previous != before_hash:
            message = f"{what}: there are two histories"
            raise ForkError(message, layer="step")
        check_generations(what, before, record)
        if not before.epoch <= record.epoch <= before.epoch + 1:
            raise damaged(what, "step")
        if record.directory_rev < max(before.directory_rev, seen_rev):
            message = f"{what} names an older directory than it can have been signed under"
            raise RollbackError(message, layer="step")
        self._check_signature(record, after)
        if record.authority == Authority.ROOT:
            self._check_root_authority(record, what)
        elif not self._may_manage(before, record):
            raise _no_authority(what)

    def check_writable(self, record: AccessRecord) -> None:
        """Refuse to seal anything under a record whose signer lost its standing.

        Raises:
            RotationDueError: Somebody who may sign must write a new record.
        """
        entry = self._evidence.entry(record.signer)
        root = self._evidence.roots()[-1]
        unlisted = record.authority == Authority.ROOT and root.signer(record.signer) is None
        if entry is None or not entry.is_active or unlisted:
            message = f"{_name(record)} was signed by somebody who no longer could"
            raise RotationDueError(
                message, layer="writing", hint="an owner must sign it anew: strongroom doctor"
            )

    def _verify(self, signed: SignedBody, steps_left: int) -> AccessRecord:
        record_hash = sha256(signed.body)
        known = self._verified.get(record_hash)
        if known is not None:
            return known
        record = parse_access(signed.body)
        what = _name(record)
        self._check_context(record)
        self._check_signature(record, signed)
        self._check_authority(record, what, steps_left)
        self._verified[record_hash] = record
        return record

    def _verify_by_hash(self, record_hash: bytes, steps_left: int) -> AccessRecord | None:
        known = self._verified.get(record_hash)
        if known is not None:
            return known
        signed = self._evidence.record(record_hash)
        return None if signed is None else self._verify(signed, steps_left)

    def _check_context(self, record: AccessRecord) -> None:
        what = _name(record)
        if record.account != self._account:
            raise damaged(what, "context")
        check_numbers(what, record.access_rev)
        check_dated(self._evidence, what, record)
        proven = derive_container_id(
            account=record.account,
            kind=record.kind,
            subtype=record.subtype,
            creator=record.creator,
            salt=record.salt,
        )
        if proven != record.container:
            raise damaged(what, "container-id")
        names = self._evidence.names_container
        if record.kind == ContainerKind.ACCOUNT and record.container != names():
            raise damaged(what, "context")

    def _check_signature(self, record: AccessRecord, signed: SignedBody) -> None:
        what = _name(record)
        keyset = check_signer(
            self._evidence, record.signer, record.signer_fp, record.directory_rev, what=what
        )
        self.signature_checks += 1
        verify(keyset.sign_pk, signed.signature, signed.body, what=what)

    def _check_authority(self, record: AccessRecord, what: str, steps_left: int) -> None:
        if record.authority == Authority.CREATOR:
            self._check_creator(record, what)
        elif record.access_rev == 0:
            raise _no_authority(what)
        elif record.authority == Authority.ROOT:
            self._check_root_authority(record, what)
        else:
            self._check_manager(record, what, steps_left)

    def _check_creator(self, record: AccessRecord, what: str) -> None:
        plain = record.signer == record.creator == record.via
        named = record.authority_rev or record.authority_hash or record.group_hash
        later_by_root_only = record.access_rev > 0 and self._only_root(record)
        if not plain or named or later_by_root_only:
            raise _no_authority(what)

    def _check_root_authority(self, record: AccessRecord, what: str) -> None:
        root = root_in_force(self._evidence, record.directory_rev)
        named = (record.authority_rev, record.authority_hash)
        if root is None or named != (root.version, self._evidence.root_hash(root.version)):
            raise _no_authority(what)
        row = signer_by_root(root, record, record.signer)
        plain = record.via == record.signer and not record.group_hash
        if row is None or row.fp != record.signer_fp or not plain:
            raise _no_authority(what)

    def _check_manager(self, record: AccessRecord, what: str, steps_left: int) -> None:
        if steps_left == 0 or self._only_root(record):
            raise _no_authority(what)
        earlier = self._verify_by_hash(record.authority_hash, steps_left - 1)
        if (
            earlier is None
            or earlier.container != record.container
            or earlier.access_rev != record.authority_rev
            or earlier.access_rev >= record.access_rev
            or earlier.directory_rev > record.directory_rev
            or not earlier.permissions(record.via) & MANAGE_VAULT
            or not self._acts_through(record, steps_left)
        ):
            raise _no_authority(what)
        check_generations(what, earlier, record)

    def _acts_through(self, record: AccessRecord, steps_left: int) -> bool:
        """Tell whether the signer is `via` or a member of that group."""
        if record.via == record.signer:
            return not record.group_hash
        group = self.membership(record.signer, record, _name(record), steps_left - 1)
        if group is not None:
            check_generations(_name(record), group, record)
        return group is not None

    def membership(
        self,
        member: bytes,
        signed: ThroughGroup,
        what: str,
        steps_left: int = AUTHORITY_STEPS_MAX,
    ) -> AccessRecord | None:
        """Return the group's record that something names, if it lists somebody as a member.

        Args:
            signed: What names the group and its record.
            what: How errors call it.

        Raises:
            ForbiddenError: The group's entry does not date that record to the
                named directory rev (layer `permission`).
        """
        group_hash = signed.group_hash
        record = self._verify_by_hash(group_hash, steps_left) if group_hash else None
        if record is None or record.kind != ContainerKind.GROUP or record.container != signed.via:
            return None
        if not acts_for_group(self._evidence.entry(signed.via), record, signed):
            message = f"{what} was signed through a group that was another one by then"
            raise ForbiddenError(message, layer="permission")
        return record if record.row(member) is not None else None

    def _may_manage(self, before: AccessRecord, record: AccessRecord) -> bool:
        manages = before.permissions(record.via) & MANAGE_VAULT
        return (
            bool(manages)
            and not self._only_root(record)
            and self._acts_through(record, AUTHORITY_STEPS_MAX)
        )

    def _only_root(self, record: AccessRecord) -> bool:
        return only_by_root(self._evidence.roots()[-1], record)


def _check_mark(record: AccessRecord, record_hash: bytes, mark: AccessMark | None) -> None:
    if mark is None:
        return
    newer = record.access_rev > mark.access_rev
    if record.access_rev < mark.access_rev or (newer and record.directory_rev < mark.directory_rev):
        message = f"{_name(record)} is older than this client has already seen"
        raise RollbackError(message, layer="mark", hint="was the database restored from a backup?")
    if not newer and mark.hash and mark.hash != record_hash:
        message = f"{_name(record)}: there are two under one number"
        raise ForkError(message, layer="mark")


def _name(record: AccessRecord) -> str:
    return f"access record of container {format_id(record.container)}"


def _no_authority(what: str) -> ForbiddenError:
    return ForbiddenError(f"{what} was signed without the right to", layer="authority")
