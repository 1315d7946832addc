"""Access records: whether a record was signed by somebody who might.

Rules, in the order in which they refuse (specs/formats.md section 6, "Reader's
check"): account, container id, signer, signature, authority, expected
container, marks. The sealed key is opened elsewhere (`crypto.grants`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from strongroom.crypto.public.digests import NO_HASH, Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.signatures import verify
from strongroom.errors import ForbiddenError, ForkError, RollbackError, RotationDueError
from strongroom.errors.refusals import RESTORED_HINT
from strongroom.ids import (
    NO_CONTAINER,
    AccountId,
    ContainerId,
    PrincipalId,
    container_of_group,
    format_id,
)
from strongroom.limits import AUTHORITY_STEPS_MAX
from strongroom.permissions import MANAGE_VAULT
from strongroom.trust.memberships import ThroughGroup, acts_for_group, could_sign_at, reaches
from strongroom.trust.signers import (
    VerifiedFacts,
    check_dated,
    check_generations,
    check_numbers,
    check_signer,
    damaged,
    only_by_root,
    root_in_force,
    signer_by_root,
)
from strongroom.wire.access import (
    AccessRecord,
    Authority,
    ContainerKind,
    derive_container_id,
    parse_access,
)
from strongroom.wire.roots import RootDocument
from strongroom.wire.signed import SignedBody


class AccessMark(msgspec.Struct, frozen=True):
    """The newest record of a container that a client has seen."""

    access_rev: int
    hash: Hash = NO_HASH
    directory_rev: int = 0


def derive_names_container(
    roots: Sequence[RootDocument], hashes: Callable[[int], Hash]
) -> ContainerId:
    """Return the id of the account container, the only one of its kind (section 6).

    Empty where root document 0 is not known: then none is believed.

    Args:
        roots: Verified root documents, ascending by version.
        hashes: Gives the hash of the body of one of them.
    """
    founding = roots[0]
    if founding.version != 0:
        return NO_CONTAINER
    return derive_container_id(
        account=founding.account,
        kind=ContainerKind.ACCOUNT,
        subtype=0,
        creator=founding.owners[0].principal,
        salt=hashes(0),
    )


class AccessVerifier:
    """Verifies access records, each at most once.

    Attributes:
        signature_checks: How many signatures were checked so far.
    """

    def __init__(
        self,
        account: AccountId,
        evidence: VerifiedFacts,
        *,
        verified: dict[Hash, AccessRecord] | None = None,
    ) -> None:
        """Start from records that were `verified` under an older head of the same directory."""
        self._account = account
        self._evidence = evidence
        self._verified = {} if verified is None else verified
        self.signature_checks = 0

    @property
    def verified(self) -> dict[Hash, AccessRecord]:
        """The records verified so far, by hash."""
        return self._verified

    def verify(
        self,
        signed: SignedBody,
        *,
        container: ContainerId | None = None,
        mark: AccessMark | None = None,
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
            raise damaged(what, layer="context")
        _check_mark(record, sha256(signed.body), mark)
        return record

    def verify_by_hash(self, record_hash: Hash) -> AccessRecord | None:
        """Check the record with a hash; `None` if nobody has it."""
        return self._verify_by_hash(record_hash, AUTHORITY_STEPS_MAX)

    def verify_step(
        self, before: AccessRecord, before_hash: Hash, after: SignedBody, *, seen_rev: int = 0
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
            raise damaged(what, layer="context")
        if record.access_rev != before.access_rev + 1:
            raise damaged(what, layer="step")
        if record.previous != before_hash:
            message = f"{what}: there are two histories"
            raise ForkError(message, layer="step")
        check_generations(what, before, record)
        if not before.epoch <= record.epoch <= before.epoch + 1:
            raise damaged(what, layer="step")
        if record.directory_rev < max(before.directory_rev, seen_rev):
            message = (
                f"{what} names an older directory than the one under which it can have been signed"
            )
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
        if not self.has_standing(record):
            message = f"{_name(record)} was signed by somebody who had lost the right"
            raise RotationDueError(
                message, layer="writing", hint="an owner must sign it again: strongroom doctor"
            )

    def has_standing(self, record: AccessRecord) -> bool:
        """Tell whether something may be sealed under a record: its signer may sign today."""
        if record.kind == ContainerKind.GROUP:
            return self._holds_at(record, self._evidence.head_rev())
        entry = self._evidence.entry(record.signer)
        if entry is None or not entry.is_active:
            return False
        root = self._evidence.roots()[-1]
        by_root = record.authority == Authority.ROOT
        return not by_root or signer_by_root(root, record, record.signer) is not None

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

    def _verify_by_hash(self, record_hash: Hash, steps_left: int) -> AccessRecord | None:
        known = self._verified.get(record_hash)
        if known is not None:
            return known
        signed = self._evidence.record(record_hash)
        return None if signed is None else self._verify(signed, steps_left)

    def _check_context(self, record: AccessRecord) -> None:
        what = _name(record)
        if record.account != self._account:
            raise damaged(what, layer="context")
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
            raise damaged(what, layer="container-id")
        names = self._evidence.names_container
        if record.kind == ContainerKind.ACCOUNT and record.container != names():
            raise damaged(what, layer="context")

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
        if steps_left <= 0 or self._only_root(record):
            raise _no_authority(what)
        earlier = self._verify_by_hash(record.authority_hash, steps_left - 1)
        if (
            earlier is None
            or earlier.container != record.container
            or earlier.access_rev != record.authority_rev
            or earlier.access_rev >= record.access_rev
            or earlier.directory_rev > record.directory_rev
            or not reaches(earlier, record)
            or not earlier.permissions(record.via) & MANAGE_VAULT
            or not self._acts_through(record)
        ):
            raise _no_authority(what)
        check_generations(what, earlier, record)

    def _acts_through(self, record: AccessRecord) -> bool:
        """Tell whether the signer is `via` or a member of that group.

        Nobody acts in a group through another one, so this goes one level deep.
        """
        if record.via == record.signer:
            return not record.group_hash
        if record.kind == ContainerKind.GROUP:
            return False
        group = self.membership(record.signer, record, _name(record))
        if group is not None:
            check_generations(_name(record), group, record)
        return group is not None

    def membership(
        self, member: PrincipalId, signed: ThroughGroup, what: str
    ) -> AccessRecord | None:
        """Return the group's record that something names, if it lists somebody as a member.

        Args:
            signed: What names the group and its record.
            what: How errors call it.

        Raises:
            ForbiddenError: The group's entry does not date that record to the
                named directory rev, or its signer could not sign it by then
                (layer `permission`).
        """
        group_hash = signed.group_hash
        record = self.verify_by_hash(group_hash) if group_hash else None
        if (
            record is None
            or record.kind != ContainerKind.GROUP
            or record.container != container_of_group(signed.via)
        ):
            return None
        if not acts_for_group(self._evidence.entry(signed.via), record, signed):
            message = f"{what} was signed through a group that had changed by then"
            raise ForbiddenError(message, layer="permission")
        if not self._holds_at(record, signed.directory_rev):
            message = f"{what} names a group's record that no longer counts"
            raise ForbiddenError(message, layer="permission")
        return record if record.row(member) is not None else None

    def _holds_at(
        self, record: AccessRecord, rev: int, *, steps_left: int = AUTHORITY_STEPS_MAX
    ) -> bool:
        """Tell whether a group's record could have been signed at a later rev as well.

        With what it rests on: whoever lost a role could otherwise make a manager
        "as of then", who signs today.
        """
        root = root_in_force(self._evidence, rev)
        if not could_sign_at(record, self._evidence.entry(record.signer), root, rev):
            return False
        if record.authority != Authority.MANAGER:
            return True
        earlier = self._verify_by_hash(record.authority_hash, steps_left - 1)
        return earlier is not None and self._holds_at(earlier, rev, steps_left=steps_left - 1)

    def _may_manage(self, before: AccessRecord, record: AccessRecord) -> bool:
        manages = before.permissions(record.via) & MANAGE_VAULT
        return bool(manages) and not self._only_root(record) and self._acts_through(record)

    def _only_root(self, record: AccessRecord) -> bool:
        return only_by_root(self._evidence.roots()[-1], record)


def _check_mark(record: AccessRecord, record_hash: Hash, mark: AccessMark | None) -> None:
    if mark is None:
        return
    newer = record.access_rev > mark.access_rev
    if record.access_rev < mark.access_rev or (newer and record.directory_rev < mark.directory_rev):
        message = f"{_name(record)} is older than this client has already seen"
        raise RollbackError(message, layer="mark", hint=RESTORED_HINT)
    if not newer and mark.hash and mark.hash != record_hash:
        message = f"{_name(record)}: there are two versions with the same number"
        raise ForkError(message, layer="mark")


def _name(record: AccessRecord) -> str:
    return f"access record of container {format_id(record.container)}"


def _no_authority(what: str) -> ForbiddenError:
    return ForbiddenError(f"{what} was signed without the right to", layer="authority")
