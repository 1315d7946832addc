"""Who may use a container: lists, grants, revocations, and rotations that are due.

Source: specs/formats.md section 6, "Changing permissions, rotation, writers".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from strongroom.client.change.change import Change, commit
from strongroom.client.change.dues import Dues
from strongroom.client.change.holders import list_unusable
from strongroom.client.change.plans import rights_of
from strongroom.client.change.rotation import check_managed, left_out, list_due, settle
from strongroom.client.view.names import current_container, need_id
from strongroom.client.view.session import Session
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import (
    ForbiddenError,
    InputError,
    NotFoundError,
)
from strongroom.ids import ContainerId, PrincipalId, format_id
from strongroom.permissions import check_permissions
from strongroom.wire.access import ContainerKind

if TYPE_CHECKING:
    from strongroom.client.people.models import AccessorDict

Ids = list[str]
_KIND_NAMES = {
    PrincipalKind.USER: "user",
    PrincipalKind.GROUP: "group",
    PrincipalKind.SERVICE_ACCOUNT: "serviceAccount",
}


# Rights of one principal in one container: container id, principal id, permission bits.
Grant = tuple[str, str, int]


class Rights:
    """Rights of people, groups and service accounts in containers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def list(
        self, container_id: str, *, kind: int = ContainerKind.VAULT
    ) -> list[AccessorDict]:
        """Return who may use a container: id, kind and permissions of each."""
        container = await current_container(self._session, container_id, kind)
        entries = {row.principal: row.kind for row in container.record.accessors}
        return [
            {
                "id": format_id(principal),
                "kind": _KIND_NAMES[PrincipalKind(entries[principal])],
                "permissions": bits,
            }
            for principal, bits in rights_of(container.record).items()
        ]

    async def grant(
        self,
        container_id: str,
        principals: Mapping[str, int],
        *,
        kind: int = ContainerKind.VAULT,
        replace: bool = False,
        of: str = "",
    ) -> Dues:
        """Give principals rights, beside those that they have.

        Args:
            principals: Permission bits by id.
            replace: Whether the bits replace those that they have.
            of: user, group or serviceAccount, where they must all be of one kind.

        Returns:
            Containers that got a new key which could not be sealed to everybody
            who had rights there (`hint` names them); they lost those rights.

        Raises:
            ForbiddenError: The caller may not manage the container.
            InputError: A mask lacks bits that it needs; the message lists them.
            NotFoundError: No such container or principal.
        """
        grants = [(container_id, who, bits) for who, bits in principals.items()]
        return await self.set_all(grants, kind=kind, replace=replace, of=of)

    async def set_all(
        self,
        grants: Iterable[Grant],
        *,
        kind: int = ContainerKind.VAULT,
        replace: bool = True,
        of: str = "",
    ) -> Dues:
        """Give rights in several containers, all or none; otherwise as `grant`."""
        masks: dict[ContainerId, dict[PrincipalId, int]] = {}
        for container_id, principal_id, bits in grants:
            container = need_id(container_id, ContainerId, label=_name(kind))
            principal = need_id(principal_id, PrincipalId, label="principal")
            masks.setdefault(container, {})[principal] = bits

        def edit(change: Change, container: ContainerId, rights: dict[PrincipalId, int]) -> None:
            for principal, bits in masks[container].items():
                _check_kind(change, principal, of)
                before = 0 if replace else rights.get(principal, 0)
                rights[principal] = check_permissions(before | bits)

        added = {principal for rows in masks.values() for principal in rows}
        return await self._change(masks, kind, edit, added=added)

    async def revoke(
        self,
        container_id: str,
        principal_id: str,
        *,
        permissions: int | None = None,
        kind: int = ContainerKind.VAULT,
    ) -> Dues:
        """Take rights from a principal, all of them by default.

        Whoever loses the last one loses the key: the container rotates.

        Returns:
            As `grant`.

        Raises:
            ForbiddenError: The caller may not manage the container, or nobody
                would be left who may.
            InputError: Other rights of the principal need those that are taken.
            NotFoundError: It has no rights there.
        """
        principal = need_id(principal_id, PrincipalId, label="principal")

        def edit(_change: Change, _container: ContainerId, rights: dict[PrincipalId, int]) -> None:
            if principal not in rights:
                message = f"principal {principal_id} has no rights in {container_id}"
                raise NotFoundError(message)
            rest = 0 if permissions is None else rights[principal] & ~permissions
            if rest:
                rights[principal] = _check_rest(rest)
            else:
                del rights[principal]

        return await self._change(
            [need_id(container_id, ContainerId, label=_name(kind))], kind, edit, added=()
        )

    async def _change(
        self,
        container_ids: Iterable[ContainerId],
        kind: int,
        edit: Callable[[Change, ContainerId, dict[PrincipalId, int]], None],
        *,
        added: Iterable[PrincipalId],
    ) -> Dues:
        session = self._session
        await session.ready()
        wanted = list(container_ids)

        async def build() -> Change:
            containers = [session.need_container(one, kind) for one in wanted]
            if any(container.record.is_personal for container in containers):
                message = "a personal vault can have only one user"
                raise ForbiddenError(message)
            root = session.directory.root
            if {root.owners_group, root.administrators_group} & set(wanted):
                message = (
                    "members of the groups Owners and Administrators come and go with their role"
                )
                raise ForbiddenError(message, hint="op group user grant --group Administrators …")
            change = await Change.begin(session, principals=added, containers=containers)
            for container in containers:
                rights = change.active_rights(container)
                edit(change, container.id, rights)
                check_managed(session, container, rights)
                change.set_rights(container, rights)
            return change

        change = await commit(session, build)
        return left_out(change) if change is not None else []

    # -- what is due ------------------------------------------------------------------

    async def due(self) -> Dues:
        """Return every container of the caller's that needs a new record, and why."""
        return await list_due(self._session)

    async def unusable_keys(self) -> Ids:
        """Return the ids of active principals whose keys are false, missing or unusable.

        Nothing new can be sealed to them: they lose every container with its
        next rotation.

        Raises:
            ConflictError: The directory changed at every attempt.
        """
        return [format_id(principal) for principal in await list_unusable(self._session)]

    async def settle(self) -> Dues:
        """Sign new records for containers that need one; see `rotation.settle`."""
        return await settle(self._session)


def _check_rest(mask: int) -> int:
    try:
        return check_permissions(mask)
    except InputError as error:
        message = f"other permissions depend on what is taken away: {error}"
        raise InputError(message, hint="take those permissions away too") from None


def _name(kind: int) -> str:
    return ContainerKind(kind).name.lower()


def _check_kind(change: Change, principal: PrincipalId, label: str) -> None:
    """Refuse a principal of another kind than was meant."""
    if label and _KIND_NAMES[PrincipalKind(change.entry(principal).kind)] != label:
        message = f"there is no {label} {format_id(principal)}"
        raise NotFoundError(message, tag=f"{label}NotFound")
