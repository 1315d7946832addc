"""Why a principal may sign the next record of a container.

Source: specs/formats.md section 6, "Who may sign".
"""

from __future__ import annotations

import msgspec

from strongroom.client.view.containers import Acting, Container
from strongroom.client.view.place import Place
from strongroom.client.view.session import Session
from strongroom.crypto.public.digests import NO_HASH, Hash
from strongroom.errors import ForbiddenError
from strongroom.errors.refusals import ASK_LISTED
from strongroom.ids import ContainerId, PrincipalId
from strongroom.permissions import MANAGE_VAULT
from strongroom.trust.memberships import reaches
from strongroom.trust.signers import only_by_root, signer_by_root
from strongroom.wire.access import Authority, ContainerKind


class ChosenAuthority(msgspec.Struct, frozen=True):
    """Authority kind, the row acted under, and the record or root document that gives it."""

    kind: int
    via: PrincipalId
    rev: int = 0
    hash: Hash = NO_HASH
    group_hash: Hash = NO_HASH


def choose_authority(
    session: Session, place: Place, container: Container, groups: dict[ContainerId, Container]
) -> ChosenAuthority:
    """Choose why this principal may sign: root document, creator, or MANAGE.

    Args:
        place: Where the record will be signed.
        groups: The caller's groups as they will be then.

    Raises:
        ForbiddenError: It may not.
    """
    root, record = place.root, container.record
    if root is not None and signer_by_root(root, record, session.principal) is not None:
        return ChosenAuthority(Authority.ROOT, session.principal, root.version, place.root_hash)
    if root is not None and only_by_root(root, record):
        message = f"only owners and administrators can change who uses {container.name}"
        raise ForbiddenError(message, hint=ASK_LISTED)
    acting = session.acting_row(container, groups, MANAGE_VAULT)
    # In a group the creator's word counts like that of a manager (section 6).
    is_creator = record.creator == session.principal == acting.via
    if is_creator and record.kind != ContainerKind.GROUP:
        return ChosenAuthority(Authority.CREATOR, session.principal)
    rev, record_hash = _oldest_authority(session, container, acting)
    return ChosenAuthority(Authority.MANAGER, acting.via, rev, record_hash, acting.group_hash)


def _oldest_authority(session: Session, container: Container, acting: Acting) -> tuple[int, Hash]:
    """Return the record that gives MANAGE: the one that the current record leans on, if it may.

    A chain of authorities has at most 8 steps, so it grows only where it must.
    In a group it begins anew with each epoch.
    """
    record = container.record
    if record.authority == Authority.MANAGER:
        earlier = session.directory.access.verify_by_hash(record.authority_hash)
        gives = earlier is not None and earlier.permissions(acting.via) & MANAGE_VAULT
        if earlier is not None and gives and reaches(earlier, record):
            return earlier.access_rev, record.authority_hash
    return record.access_rev, container.record_hash
