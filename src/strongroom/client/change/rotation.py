"""Rotations that are due: which containers need a new record, and signing it.

Source: specs/formats.md section 6, "Changing permissions, rotation, writers".
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from strongroom.client.change.authority import choose_authority
from strongroom.client.change.change import Change, commit
from strongroom.client.change.dues import GONE, UNMANAGED, UNSEALABLE, UNSIGNED, Due, Dues
from strongroom.client.change.outside_groups import list_others, settle_others
from strongroom.client.change.owners import need_listed
from strongroom.client.change.plans import Rights
from strongroom.client.change.roles import MANAGER
from strongroom.client.view.containers import Container
from strongroom.client.view.names import need_id
from strongroom.client.view.objects import verify_container
from strongroom.client.view.session import Session
from strongroom.client.view.view import retrying
from strongroom.errors import (
    ForbiddenError,
    IntegrityError,
    NotFoundError,
    RotationDueError,
    StoreError,
    StrongroomError,
    UnauthorizedError,
)
from strongroom.ids import ContainerId, container_of_group, format_id
from strongroom.permissions import MANAGE_VAULT
from strongroom.trust.signers import only_by_root
from strongroom.wire.access import ContainerKind


async def list_due(session: Session) -> Dues:
    """Return every container that needs a new record, and why, as far as the caller can tell.

    Those are the containers in which it has rights, and for owners and
    administrators all groups.
    """
    return [*await _list_held(session), *await list_others(session)]


async def _list_held(session: Session) -> Dues:
    await session.ready()
    await session.sync()

    async def once() -> Dues:
        return await _judge(session, _in_order(session.containers.values()))

    return await retrying(once, meanwhile=session.catch_up)


async def _judge(session: Session, containers: list[Container]) -> Dues:
    try:
        change = await Change.begin(session, containers=containers, keys=False)
    except (NotFoundError, IntegrityError) as error:
        if len(containers) == 1:
            return [_due(containers[0], f"it could not be checked: {error}")]
        # One damaged entry must not keep the others from being rotated.
        return [due for row in containers for due in await _judge(session, [row])]
    return [due for row in containers if (due := _judge_one(change, row)) is not None]


def _judge_one(change: Change, container: Container) -> Due | None:
    reason = due_reason(change, container)
    if not reason:
        return None
    # Whoever renews the keys of a group manages it; of anything else nobody can.
    stuck = (
        reason == GONE
        and container.record.kind != ContainerKind.GROUP
        and _is_unmanaged(change.session, container, change.active_rights(container))
    )
    return msgspec.structs.replace(_due(container, reason), hint=UNMANAGED if stuck else "")


async def settle(session: Session) -> Dues:
    """Sign new records for containers that need one, groups first; tell what was done.

    What the caller may not sign stays due, for the next writer who may.
    """
    report: dict[str, Due] = {}
    while True:
        # Rotating a group makes the containers due in which it has rights, so it is asked again.
        todo = [due for due in await _list_held(session) if due.container not in report]
        if not todo:
            return [*report.values(), *await settle_others(session)]
        for due in todo:
            report[due.container] = await _settle_one(session, due)


async def _settle_one(session: Session, due: Due) -> Due:
    container, kind = (
        need_id(due.container, ContainerId, label="container"),
        ContainerKind[due.kind.upper()],
    )
    try:
        change = await renew(session, container, kind)
    except (StoreError, UnauthorizedError):
        raise  # which concerns all of them
    except StrongroomError as error:
        return msgspec.structs.replace(due, hint=error.message)
    told = left_out(change) if change is not None else []
    hints = [one.hint for one in told if one.container == due.container]
    return msgspec.structs.replace(due, done=True, hint="".join(hints))


def left_out(change: Change) -> Dues:
    """Return the containers whose new key could not be sealed to all who had rights there."""
    left = []
    for container, kind, principals in change.unsealable():
        who = ", ".join(map(format_id, sorted(principals)))
        hint = f"no new key for {who}: {UNSEALABLE}"
        name = ContainerKind(kind).name.lower()
        left.append(Due(format_id(container), name, GONE, done=True, hint=hint))
    return left


async def renew(session: Session, container_id: ContainerId, kind: int) -> Change | None:
    """Sign a container's next record with those who are still active; rotate where one left.

    Returns:
        The change that was stored, `None` if somebody else was faster.

    Raises:
        ForbiddenError: The caller may not sign it, or nobody is left in it.
    """

    async def build() -> Change | None:
        container = session.need_container(container_id, kind)
        change = await Change.begin(session, containers=[container])
        if not due_reason(change, container):
            return None  # somebody else was faster
        if kind == ContainerKind.GROUP:
            need_listed(session)  # its keys are in its entry, and a manager stands for nobody else
            container.key()  # a record that names the caller without giving the key is not its own
        rights = change.active_rights(container)
        managed = any(bits & MANAGE_VAULT for bits in rights.values())
        if kind == ContainerKind.GROUP and not managed:
            rights[session.principal] = MANAGER  # who renews its keys manages it
        if _is_unmanaged(session, container, rights):
            raise ForbiddenError(UNMANAGED)
        change.set_rights(container, rights)
        return change

    return await commit(session, build)


async def renew_if_due(session: Session, container: Container) -> None:
    """Sign a container's next record before a write, if one is due and the caller may.

    Its groups come first: whoever left one of them still holds what is sealed to
    it. What the caller may not sign waits for somebody who may; if it may and
    fails, it must not write, or whoever left would open that.

    Raises:
        RotationDueError: A rotation that the caller may sign failed.
        ConflictError: The account kept changing.
    """
    waiting: set[ContainerId] = set()

    async def once() -> None:
        # All of them are one attempt: a vault may have any number of groups that are due.
        while (due := await _next_due(session, container, waiting)) is not None:
            if not await _renewed(session, due):
                waiting.add(due.id)

    await retrying(once, meanwhile=session.catch_up)


async def _next_due(
    session: Session, container: Container, waiting: set[ContainerId]
) -> Container | None:
    """Return the first of a container's groups, or itself, that the caller may and must renew.

    Args:
        waiting: Those that wait for somebody else.
    """
    target = session.need_container(container.id, container.record.kind)
    groups = session.view.groups
    keys = [container_of_group(row.principal) for row in target.record.accessors]
    rows = [groups[key] for key in keys if key in groups]
    judged = [row for row in (*rows, target) if row.id not in waiting and _may_renew(session, row)]
    if not judged:
        return None
    change = await Change.begin(session, containers=judged, keys=False)
    return next((row for row in judged if due_reason(change, row)), None)


async def _renewed(session: Session, due: Container) -> bool:
    """Renew a container; tell whether that was still for the caller to do.

    Raises:
        RotationDueError: It was, and failed.
    """
    try:
        await renew(session, due.id, due.record.kind)
    except (StoreError, UnauthorizedError):
        raise  # the write would fail in the same way, and this says why
    except StrongroomError as error:
        held = session.containers.get(due.id)
        if isinstance(error, ForbiddenError) and (held is None or not _may_renew(session, held)):
            return False
        message = f"{due.name} must get a new key before anything is written: {error.message}"
        raise RotationDueError(
            message, hint="run `strongroom doctor` to see what is due"
        ) from error
    return True


def _may_renew(session: Session, container: Container) -> bool:
    """Tell whether a container's renewal is this principal's; what is not waits for others."""
    groups = session.view.groups
    try:
        chosen = choose_authority(session, session.place(), container, groups)
    except ForbiddenError:
        return False
    through = groups.get(container_of_group(chosen.via))
    if through is not None and not session.directory.access.has_standing(through.record):
        return False
    if container.record.kind != ContainerKind.GROUP:
        return True
    # As `renew` says.
    return session.directory.root.signer(session.principal) is not None and _opens(container)


def _opens(container: Container) -> bool:
    try:
        container.key()
    except StrongroomError:
        return False
    return True


def due_reason(change: Change, container: Container) -> str:
    """Return why a container needs a new record, empty if it does not (section 6).

    Args:
        change: One that has fetched the container's accessors.
    """
    session, record = change.session, container.record
    try:
        verify_container(session.directory, container, session.marks)
        if change.is_stale(record, change.active_rights(container)):
            return GONE
    except StrongroomError as error:
        return f"it could not be checked: {error}"
    return "" if session.directory.access.has_standing(container.record) else UNSIGNED


def check_managed(session: Session, container: Container, rights: Rights) -> None:
    """Refuse to leave a container to nobody who may manage it.

    Role groups and the account's names are managed by whom the root document lists.

    Raises:
        ForbiddenError: No row has MANAGE.
    """
    if _is_unmanaged(session, container, rights):
        message = f"nobody who may manage {container.name} would be left"
        raise ForbiddenError(message, hint="first give somebody else the right to manage it")


def _is_unmanaged(session: Session, container: Container, rights: Rights) -> bool:
    needed = 0 if only_by_root(session.directory.root, container.record) else MANAGE_VAULT
    return not any(bits & needed == needed for bits in rights.values())


def _in_order(containers: Iterable[Container]) -> list[Container]:
    """Groups come first: what they hold is sealed to their keys."""
    return sorted(containers, key=lambda row: (row.record.kind != ContainerKind.GROUP, row.id))


def _due(container: Container, reason: str) -> Due:
    return Due(format_id(container.id), ContainerKind(container.record.kind).name.lower(), reason)
