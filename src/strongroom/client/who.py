"""Records of containers in which the caller has no row, for who administers the account.

A record says who has which rights; it opens nothing. Source: specs/formats.md
section 0 (9): the service sees it, so an administrator may as well.
"""

from __future__ import annotations

from strongroom.client.containers import Container
from strongroom.client.session import Session
from strongroom.client.view import outrun
from strongroom.trust.access import AccessMark
from strongroom.wire.access import AccessRecord, ContainerKind
from strongroom.wire.people import RecordRequest


async def member_record(session: Session, group: bytes) -> AccessRecord:
    """Return a group's current record, verified.

    Raises:
        StrongroomError: As `group_container`.
    """
    return (await group_container(session, group)).record


async def group_container(session: Session, group: bytes) -> Container:
    """Return a group with its current record, verified; without keys, if the caller has none.

    Raises:
        ForbiddenError: The caller is neither a member nor listed.
        ConflictError: The directory changed meanwhile.
        IntegrityError: The record is not to be trusted.
    """
    await session.sync_fresh()
    if group in session.containers:
        return session.need_container(group, ContainerKind.GROUP)
    answer = await session.transport.call(RecordRequest(group, session.directory.known()))
    if not session.directory.is_at(answer.head):
        raise outrun()
    session.directory.add(answer.evidence)
    held = session.marks.containers.get(group)
    mark: AccessMark | None = held.as_access_mark() if held else None
    session.directory.access.verify(answer.record, container=group, mark=mark)
    return Container.of_record(answer.record)
