"""Whether somebody could sign something at a directory rev.

Source: specs/formats.md sections 4, 6 ("state_rev rule") and 17. Access records
and revisions share these checks and the place where evidence comes from.
"""

from __future__ import annotations

from typing import Protocol

from strongroom.crypto.public.digests import Fingerprint, Hash
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import ForbiddenError, IntegrityError
from strongroom.ids import ContainerId, PrincipalId, container_of_group, format_id
from strongroom.limits import SEQUENCE_MAX
from strongroom.wire.access import AccessRecord, ContainerKind
from strongroom.wire.entries import Entry, EntryKeyset
from strongroom.wire.roots import RootDocument, RootSigner
from strongroom.wire.signed import SignedBody


class VerifiedFacts(Protocol):
    """What has been verified, or can be had by hash, when a signature is judged."""

    def entry(self, principal: PrincipalId) -> Entry | None:
        """Return a principal's verified entry, or `None` if there is none."""

    def roots(self) -> list[RootDocument]:
        """Return every verified root document, ascending by version."""

    def root_hash(self, version: int) -> Hash:
        """Return the hash of a verified root document."""

    def names_container(self) -> ContainerId:
        """Return the id of the account container, which follows from root document 0."""

    def head_rev(self) -> int:
        """Return the rev of the verified head."""

    def head_generation(self) -> int:
        """Return the generation of the verified head."""

    def record(self, record_hash: Hash) -> SignedBody | None:
        """Return the access record with that hash, not yet verified."""


def check_signer(
    evidence: VerifiedFacts, signer: PrincipalId, fp: Fingerprint, directory_rev: int, *, what: str
) -> EntryKeyset:
    """Return the keyset under which `signer` could sign at `directory_rev`.

    Raises:
        ForbiddenError: Unknown, a group, no longer active by then, or with
            another keyset (layer `signer`).
    """
    entry = evidence.entry(signer)
    if entry is None or entry.kind == PrincipalKind.GROUP:
        raise _refused_signer(what, signer, reason="is not somebody who can sign")
    if directory_rev > evidence.head_rev():
        raise _refused_signer(what, signer, reason="names a directory that does not exist yet")
    if not entry.was_active_at(directory_rev):
        raise _refused_signer(what, signer, reason="was not active")
    keyset = entry.keyset(fp)
    if keyset is None or not keyset.holds_at(directory_rev):
        raise _refused_signer(what, signer, reason="did not have that key")
    return keyset


def root_in_force(evidence: VerifiedFacts, directory_rev: int) -> RootDocument | None:
    """Return the root document that was in force at a directory rev."""
    found = None
    for root in evidence.roots():
        if root.from_rev <= directory_rev:
            found = root
    return found


def signer_by_root(
    root: RootDocument, record: AccessRecord, principal: PrincipalId
) -> RootSigner | None:
    """Return the row that lets a principal sign a container's records by the root document.

    Owners for the two role groups that they alone may change, owners and
    administrators for all else, nobody for private vaults (section 6).
    """
    if record.is_private:
        return None
    owners_only = record.container in map(
        container_of_group, (root.owners_group, root.administrators_group)
    )
    return root.owner(principal) if owners_only else root.signer(principal)


def only_by_root(root: RootDocument, record: AccessRecord) -> bool:
    """Tell whether only the root document says who signs a container's records after the first.

    So it is for role groups and for the account's names (section 6).
    """
    return record.kind == ContainerKind.ACCOUNT or record.container in map(
        container_of_group, root.role_groups
    )


def check_numbers(what: str, *numbers: int) -> None:
    """Refuse revs, access revs, versions and generations that nobody could follow.

    Raises:
        IntegrityError: One is above `SEQUENCE_MAX` (layer `context`).
    """
    if max(numbers) > SEQUENCE_MAX:
        raise damaged(what, layer="context")


class Dated(Protocol):
    """A record or revision: it names a directory by generation and rev."""

    @property
    def generation(self) -> int:
        """The generation of the head that it names."""

    @property
    def directory_rev(self) -> int:
        """The rev of the head that it names."""


def check_generations(what: str, earlier: Dated, later: Dated) -> None:
    """Refuse two bodies, of which one names or follows the other, that no directory fits.

    Generations never fall while the rev grows, and one rev has one generation.

    Raises:
        IntegrityError: They do (layer `context`).
    """
    falls = later.generation < earlier.generation and later.directory_rev > earlier.directory_rev
    same_rev = later.directory_rev == earlier.directory_rev
    if falls or (same_rev and later.generation != earlier.generation):
        raise damaged(what, layer="context")


def check_dated(evidence: VerifiedFacts, what: str, dated: Dated) -> None:
    """Refuse a generation above that of the verified head.

    Raises:
        IntegrityError: It is (layer `context`).
    """
    check_numbers(what, dated.generation, dated.directory_rev)
    if dated.generation > evidence.head_generation():
        raise damaged(what, layer="context")


def _refused_signer(what: str, signer: PrincipalId, *, reason: str) -> ForbiddenError:
    return ForbiddenError(f"{what}: signer {format_id(signer)} {reason}", layer="signer")


def damaged(what: str, *, layer: str) -> IntegrityError:
    """Return the error for an object that is not what it should be."""
    return IntegrityError(f"{what} is damaged or not what was asked for", layer=layer)
