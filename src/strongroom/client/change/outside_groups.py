"""Groups of which an owner or administrator is no member: what is due in them, and signing it.

Their new keys are sealed with the old ones, which only members have, and stand
in their entry, which only owners and administrators change. To sign their
record anew takes no key; but whoever does that vouches for the rows in it.

Rules:

1. A record that somebody stands for is remembered when it is seen.
2. One that nobody stands for is signed anew only if it is the very record that
   was remembered: whoever lost the right to sign could write what it likes, and
   date it to the time before.
3. Otherwise somebody looks at the members first, which remembers the record too.
"""

from __future__ import annotations

from functools import partial

import msgspec

from strongroom.client.change.change import Change, commit
from strongroom.client.change.dues import FIRST_LOOK, GONE, NOT_A_MEMBER, UNSIGNED, Due, Dues
from strongroom.client.view.containers import Container
from strongroom.client.view.entries import list_entries
from strongroom.client.view.names import need_id
from strongroom.client.view.objects import verify_container
from strongroom.client.view.session import Session
from strongroom.client.view.view import retrying
from strongroom.client.view.who import group_container
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    IntegrityError,
    NotFoundError,
    StoreError,
    StrongroomError,
    UnauthorizedError,
)
from strongroom.ids import PrincipalId, container_of_group, format_id, principal_of_group
from strongroom.wire.entries import Entry


async def list_others(session: Session) -> Dues:
    """Return what is due in groups of which an owner or administrator is no member."""
    if session.directory.root.signer(session.principal) is None:
        return []
    entries = {entry.principal: entry for entry, _ in await list_entries(session)}
    dues = [await _judge(session, group, entries) for group in _others(session, entries)]
    return [due for due in dues if due is not None]


async def remember_groups(session: Session) -> None:
    """See those groups, before somebody loses the right to sign their records."""
    await list_others(session)


async def settle_others(session: Session) -> Dues:
    """Sign anew what nobody stands for any more, as far as the rules above allow."""
    dues = [await _settle(session, due) for due in await list_others(session)]
    if not any(due.done for due in dues):
        return dues
    return [*dues, *await list_others(session)]  # a new signature is no new key


def _others(session: Session, entries: dict[PrincipalId, Entry]) -> list[PrincipalId]:
    return [
        principal
        for principal, entry in entries.items()
        if entry.kind == PrincipalKind.GROUP
        and entry.is_active
        and container_of_group(principal) not in session.containers
    ]


async def _judge(
    session: Session, group: PrincipalId, entries: dict[PrincipalId, Entry]
) -> Due | None:
    hint = ""
    try:
        container = await _see(session, group)
        reason = _reason(session, container, entries)
        if reason == GONE:
            hint = NOT_A_MEMBER
        elif reason == UNSIGNED and not _is_remembered(session, container):
            hint = FIRST_LOOK
    except (ForbiddenError, NotFoundError, IntegrityError, ConflictError) as error:
        reason = f"it could not be checked: {error}"
    return Due(format_id(group), "group", reason, hint=hint) if reason else None


async def _see(session: Session, group: PrincipalId) -> Container:
    see = partial(group_container, session, group, remember=False)
    container = await retrying(see, meanwhile=session.catch_up)
    if session.directory.access.has_standing(container.record):
        verify_container(session.directory, container, session.marks)
    return container


def _reason(session: Session, group: Container, entries: dict[PrincipalId, Entry]) -> str:
    if not session.directory.access.has_standing(group.record):
        return UNSIGNED
    members = [entries.get(row.principal) for row in group.record.accessors]
    gone = any(entry is None or not entry.is_active for entry in members)
    # A restore brings back an epoch of which the members since may know the key.
    old = entries[principal_of_group(group.id)].current.since < session.directory.generation_rev()
    return GONE if gone or old else ""


def _is_remembered(session: Session, container: Container) -> bool:
    mark = session.marks.containers.get(container.id)
    return mark is not None and mark.hash == container.record_hash


async def _settle(session: Session, due: Due) -> Due:
    """Sign one record anew; rows of people who are gone stay as they are."""
    group = need_id(due.container, PrincipalId, label="group")

    async def build() -> Change | None:
        container = await group_container(session, group, remember=False)
        change = await Change.begin(session, containers=[container], keys=False)
        if session.directory.access.has_standing(container.record):
            return None  # somebody else was faster
        if not _is_remembered(session, container):
            raise ForbiddenError(FIRST_LOOK)
        change.carry_on(container)
        return change

    if due.reason != UNSIGNED or due.hint:
        return due
    try:
        await commit(session, build)
    except (StoreError, UnauthorizedError):
        raise  # which concerns all of them
    except StrongroomError as error:
        return msgspec.structs.replace(due, hint=error.message)
    return msgspec.structs.replace(due, done=True)
