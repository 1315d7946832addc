"""Owners and administrators: the root document and the groups of the two roles.

Source: specs/formats.md sections 4 and 5. Only an owner signs root documents,
so only an owner gives and takes roles.
"""

from __future__ import annotations

from typing import Final

from strongroom.client.change.change import Change
from strongroom.client.change.plans import rights_of
from strongroom.client.view.containers import Container
from strongroom.client.view.session import Session
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import ForbiddenError, NotFoundError
from strongroom.errors.refusals import ASK_AN_OWNER
from strongroom.ids import PrincipalId, container_of_group, format_id, principal_of_group
from strongroom.permissions import MANAGE_VAULT, READ_ITEMS, REVEAL_ITEM_PASSWORD
from strongroom.wire.access import ContainerKind
from strongroom.wire.roots import RootDocument, RootSigner

# In a group a row is a membership; MANAGE makes a manager of it.
MEMBER: Final = READ_ITEMS | REVEAL_ITEM_PASSWORD
MANAGER: Final = MEMBER | MANAGE_VAULT


# Who belongs into a role group, by whether it is that of the owners.
_ROLES_IN: Final = {True: {"owner"}, False: {"owner", "administrator"}}


def role_of(root: RootDocument, principal: PrincipalId) -> str:
    """Return the role that a root document gives: owner, administrator or member."""
    if root.owner(principal) is not None:
        return "owner"
    return "administrator" if root.signer(principal) is not None else "member"


def role_containers(session: Session) -> list[Container]:
    """Return the containers of the two role groups that the caller holds keys of."""
    root = session.directory.root
    groups = map(container_of_group, (root.owners_group, root.administrators_group))
    return [session.containers[group] for group in groups if group in session.containers]


def members_without_role(session: Session) -> list[tuple[PrincipalId, PrincipalId]]:
    """Return who is in a role group without having the role: (group, principal), owners first.

    A restored file may have in the groups whom the newest root document does
    not list any more; they hold the groups' keys until they are taken out.
    """
    root = session.directory.root
    return [
        (principal_of_group(group.id), row.principal)
        for group in role_containers(session)
        for row in group.record.accessors
        if role_of(root, row.principal)
        not in _ROLES_IN[group.id == container_of_group(root.owners_group)]
    ]


def plan_role(change: Change, principal: PrincipalId, role: str) -> None:
    """Give a principal a role in a change; the role groups follow.

    Args:
        change: One that has fetched the accessors of `role_containers`.

    Raises:
        ForbiddenError: The caller is not an owner, or it would be the last
            owner who goes, or the caller itself.
    """
    session = change.session
    root = change.ledger.root
    _check_role_change(session, root, principal, role)
    entry = change.entry(principal)
    if entry.kind != PrincipalKind.USER or not entry.is_active:
        message = f"principal {format_id(principal)} is not an active user"
        raise ForbiddenError(message)
    row = RootSigner(principal, entry.current.fp, entry.current.sign_pk)
    owners = {signer.principal: signer for signer in root.owners}
    administrators = {signer.principal: signer for signer in root.administrators}
    for holders, wanted in ((owners, "owner"), (administrators, "administrator")):
        if role == wanted:
            holders[principal] = row
        else:
            holders.pop(principal, None)
    change.ledger.set_root(
        owners=tuple(sorted(owners.values())),
        administrators=tuple(sorted(administrators.values())),
    )
    # Owners do what administrators do, so they are members of both groups.
    _set_member(change, group=root.owners_group, principal=principal, member=role == "owner")
    _set_member(
        change, group=root.administrators_group, principal=principal, member=role != "member"
    )


def _check_role_change(
    session: Session, root: RootDocument, principal: PrincipalId, role: str
) -> None:
    if root.owner(session.principal) is None:
        message = "only an owner can give and take away the roles of owner and administrator"
        raise ForbiddenError(message, hint=ASK_AN_OWNER)
    loses = root.owner(principal) is not None and role != "owner"
    if loses and len(root.owners) == 1:
        message = "an account must keep at least one owner"
        raise ForbiddenError(message, hint="first make somebody else an owner")
    if loses and principal == session.principal:
        message = "an owner cannot take their own role away"
        raise ForbiddenError(message, hint="another owner can take it away")


def _set_member(
    change: Change, *, group: PrincipalId, principal: PrincipalId, member: bool
) -> None:
    key = container_of_group(group)
    container = change.session.containers.get(key)
    if container is None:
        message = "you have no key of a group that this changes"
        raise NotFoundError(message, hint="another owner can give you the role again")
    rights = change.active_rights(container)
    rights.pop(principal, None)
    if member:
        rights[principal] = MANAGER
    if rights != rights_of(container.record):
        change.session.need_container(key, ContainerKind.GROUP)
        change.set_rights(container, rights)
