"""Rotations that are due: which containers need a new record, and signing it.

Source: specs/formats.md section 6, "Changing permissions, rotation, writers".
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from strongroom.client.authority import choose_authority
from strongroom.client.change import Change, commit
from strongroom.client.containers import Container
from strongroom.client.entries import list_entries
from strongroom.client.ledger import need_listed
from strongroom.client.names import need_id
from strongroom.client.objects import verify_container
from strongroom.client.plans import Rights
from strongroom.client.roles import MANAGER
from strongroom.client.session import ATTEMPTS_MAX, Session
from strongroom.client.view import kept_changing
from strongroom.client.who import group_container
from strongroom.crypto.principals import PrincipalKind
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    IntegrityError,
    NotFoundError,
    RotationDueError,
    StoreError,
    StrongroomError,
    UnauthorizedError,
)
from strongroom.ids import format_id
from strongroom.permissions import MANAGE_VAULT
from strongroom.trust.signers import only_by_root
from strongroom.wire.access import ContainerKind
from strongroom.wire.entries import Entry

_GONE = "somebody who held its key is gone or has new keys, or a restored database was accepted"
_UNSIGNED = "its record was signed by somebody who no longer could"
_UNSEALABLE = "nothing can be sealed to that key (remove and invite anew, or make a new token)"
_NOT_A_MEMBER = (
    "an administrator who is a member can settle it: make one of its members an administrator, or "
    "delete it (op group delete)"
)
_FIRST_LOOK = (
    "this client sees the group for the first time: look who is in it (op group user list), then "
    "run strongroom doctor --fix"
)


class Due(msgspec.Struct, frozen=True):
    """A container that needs a new record, why, and whether the caller could sign it."""

    container: str
    kind: str
    reason: str
    done: bool = False
    hint: str = ""


Dues = list[Due]


async def list_due(session: Session) -> Dues:
    """Return every container that needs a new record, and why, as far as the caller can tell.

    Those are the containers in which it has rights, and for owners and
    administrators all groups.
    """
    return [*await _list_held(session), *await _list_other_groups(session)]


async def _list_held(session: Session) -> Dues:
    await session.ready()
    for attempts in range(ATTEMPTS_MAX):
        await session.sync()
        try:
            return await _judge(session, _in_order(session.containers.values()))
        except ConflictError:
            await session.back_off(attempts)
    raise kept_changing()


async def _judge(session: Session, containers: list[Container]) -> Dues:
    try:
        change = await Change.begin(session, containers=containers, keys=False)
    except (NotFoundError, IntegrityError) as error:
        if len(containers) == 1:
            return [_due(containers[0], f"it cannot be judged: {error}")]
        # One damaged entry must not keep the others from being rotated.
        return [due for row in containers for due in await _judge(session, [row])]
    reasons = [(row, due_reason(change, row)) for row in containers]
    return [_due(row, reason) for row, reason in reasons if reason]


async def _list_other_groups(session: Session) -> Dues:
    """Return groups of which the caller is no member, as far as their members or signers are gone.

    Their new keys are sealed with the old ones, which only members have, and
    stand in their entry, which only owners and administrators change. To sign
    their record anew takes no key.
    """
    if session.directory.root.signer(session.principal) is None:
        return []
    entries = {entry.principal: entry for entry, _ in await list_entries(session)}
    found: Dues = []
    for group in entries.values():
        held = group.principal in session.containers
        if group.kind != PrincipalKind.GROUP or not group.is_active or held:
            continue
        seen = group.principal in session.marks.containers
        try:
            container = await _see_group(session, group.principal)
            reason = _group_reason(session, container, entries)
        except (ForbiddenError, NotFoundError, IntegrityError, ConflictError) as error:
            reason = f"it cannot be judged: {error}"
        if reason:
            hints = {_GONE: _NOT_A_MEMBER, _UNSIGNED: "" if seen else _FIRST_LOOK}
            hint = hints.get(reason, "")
            found.append(Due(format_id(group.principal), "group", reason, hint=hint))
    return found


async def _see_group(session: Session, group: bytes) -> Container:
    for attempts in range(ATTEMPTS_MAX):
        try:
            return await group_container(session, group)
        except ConflictError:
            await session.back_off(attempts)
            await session.sync()
    raise kept_changing()


async def remember_groups(session: Session) -> None:
    """See the groups of which the caller is no member, before somebody loses the right to sign.

    A record that nobody stands for any more is signed anew only where it
    continues one that was seen: its signer could write what it likes into it.
    """
    await _list_other_groups(session)


def _group_reason(session: Session, group: Container, entries: dict[bytes, Entry]) -> str:
    if not session.directory.access.has_standing(group.record):
        return _UNSIGNED
    members = [entries.get(row.principal) for row in group.record.accessors]
    gone = any(entry is None or not entry.is_active for entry in members)
    # A restore brings back an epoch of which the members since may know the key.
    old = entries[group.id].current.since < session.directory.generation_rev()
    return _GONE if gone or old else ""


async def settle(session: Session) -> Dues:
    """Sign new records for containers that need one, groups first; tell what was done.

    What the caller may not sign stays due, for the next writer who may.
    """
    report: dict[str, Due] = {}
    while True:
        # Rotating a group makes the containers due in which it has rights.
        todo = [due for due in await _list_held(session) if due.container not in report]
        if not todo:
            return [*report.values(), *await _settle_others(session)]
        report[todo[0].container] = await _settle_one(session, todo[0])


async def _settle_one(session: Session, due: Due) -> Due:
    container, kind = need_id(due.container, what="container"), ContainerKind[due.kind.upper()]
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
    found = []
    for container, kind, principals in change.unsealable():
        who = ", ".join(map(format_id, sorted(principals)))
        hint = f"no new key for {who}: {_UNSEALABLE}"
        name = ContainerKind(kind).name.lower()
        found.append(Due(format_id(container), name, _GONE, done=True, hint=hint))
    return found


async def _settle_others(session: Session) -> Dues:
    found = [await _settle_other(session, due) for due in await _list_other_groups(session)]
    if not any(due.done for due in found):
        return found
    return [*found, *await _list_other_groups(session)]  # a new signature is no new key


async def _settle_other(session: Session, due: Due) -> Due:
    """Sign the record of a group anew without being its member, if that is what it needs.

    Rows of people who are gone stay as they are: only members make new keys.
    """
    group = need_id(due.container, what="group")

    async def build() -> Change | None:
        container = await group_container(session, group)
        change = await Change.begin(session, containers=[container], keys=False)
        if session.directory.access.has_standing(container.record):
            return None  # somebody else was faster
        change.carry_on(container)
        return change

    if due.reason != _UNSIGNED or due.hint:
        return due
    try:
        await commit(session, build)
    except (StoreError, UnauthorizedError):
        raise  # which concerns all of them
    except StrongroomError as error:
        return msgspec.structs.replace(due, hint=error.message)
    return msgspec.structs.replace(due, done=True)


async def renew(session: Session, container_id: bytes, kind: int) -> Change | None:
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
        rights = change.active_rights(container)
        managed = any(bits & MANAGE_VAULT for bits in rights.values())
        if kind == ContainerKind.GROUP and not managed:
            rights[session.principal] = MANAGER  # who renews its keys manages it
        check_managed(session, container, rights)
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
    waiting: set[bytes] = set()
    attempts = 0
    while attempts < ATTEMPTS_MAX:
        try:
            due = await _next_due(session, container, waiting)
        except ConflictError:
            # Only this is an attempt: a vault may have any number of groups that are due.
            await session.back_off(attempts)
            await session.sync()
            attempts += 1
            continue
        if due is None:
            return
        if not await _renewed(session, due):
            waiting.add(due.id)
    raise kept_changing()


async def _next_due(
    session: Session, container: Container, waiting: set[bytes]
) -> Container | None:
    """Return the first of a container's groups, or itself, that the caller may and must renew.

    Args:
        waiting: Those that wait for somebody else.
    """
    target = session.need_container(container.id, container.record.kind)
    groups = session.view.groups
    rows = [groups[row.principal] for row in target.record.accessors if row.principal in groups]
    judged = [row for row in (*rows, target) if row.id not in waiting and _may_sign(session, row)]
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
        if isinstance(error, ForbiddenError) and (held is None or not _may_sign(session, held)):
            return False
        message = f"{due.name} must get a new key before anything is written: {error.message}"
        raise RotationDueError(message, hint="see: strongroom doctor") from error
    return True


def _may_sign(session: Session, container: Container) -> bool:
    try:
        choose_authority(session, session.place(), container, session.view.groups)
    except ForbiddenError:
        return False
    # As `renew` says.
    is_group = container.record.kind == ContainerKind.GROUP
    return not is_group or session.directory.root.signer(session.principal) is not None


def due_reason(change: Change, container: Container) -> str:
    """Return why a container needs a new record, empty if it does not (section 6).

    Args:
        change: One that has fetched the container's accessors.
    """
    session, record = change.session, container.record
    try:
        verify_container(session.directory, container, session.marks)
        if change.is_stale(record, change.active_rights(container)):
            return _GONE
    except StrongroomError as error:
        return f"it cannot be judged: {error}"
    return "" if session.directory.access.has_standing(container.record) else _UNSIGNED


def check_managed(session: Session, container: Container, rights: Rights) -> None:
    """Refuse to leave a container to nobody who may manage it.

    Role groups and the account's names are managed by whom the root document lists.

    Raises:
        ForbiddenError: No row has MANAGE.
    """
    needed = 0 if only_by_root(session.directory.root, container.record) else MANAGE_VAULT
    if not any(bits & needed == needed for bits in rights.values()):
        message = f"nobody would be left who may manage {container.name}"
        raise ForbiddenError(message, hint="give somebody else the right to manage it first")


def _in_order(containers: Iterable[Container]) -> list[Container]:
    """Groups come first: what they hold is sealed to their keys."""
    return sorted(containers, key=lambda row: (row.record.kind != ContainerKind.GROUP, row.id))


def _due(container: Container, reason: str) -> Due:
    return Due(format_id(container.id), ContainerKind(container.record.kind).name.lower(), reason)
