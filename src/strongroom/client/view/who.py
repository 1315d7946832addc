"""Records of containers in which the caller has no row, for who administers the account.

A record says who has which rights; it opens nothing. Source: specs/formats.md
section 0 (9): the service sees it, so an administrator may as well.
"""

from __future__ import annotations

from strongroom.client.view.containers import Container
from strongroom.client.view.objects import check_container, verify_container
from strongroom.client.view.session import Session
from strongroom.client.view.view import outrun
from strongroom.ids import PrincipalId, container_of_group
from strongroom.trust.signers import damaged
from strongroom.wire.access import AccessRecord, ContainerKind
from strongroom.wire.people import RecordRequest


async def member_record(session: Session, group: PrincipalId) -> AccessRecord:
    """Return a group's current record, verified.

    Raises:
        StrongroomError: As `group_container`.
    """
    return (await group_container(session, group)).record


async def group_container(
    session: Session, group: PrincipalId, *, remember: bool = True
) -> Container:
    """Return a group with its current record, verified; without keys, if the caller has none.

    It is walked, and remembered if that is wanted, like the records of one's own containers.

    Raises:
        ForbiddenError: The caller is neither a member nor listed.
        ConflictError: The directory, or the caller's membership, changed meanwhile.
        IntegrityError: The record is not to be trusted.
    """
    await session.sync_fresh()
    wanted = container_of_group(group)
    if wanted in session.containers:
        return session.need_container(wanted, ContainerKind.GROUP)
    mark = session.marks.containers.get(wanted)
    request = RecordRequest(wanted, session.directory.known(), mark.access_rev if mark else None)
    answer = await session.transport.call(request)
    if not session.directory.is_at(answer.head):
        raise outrun()
    session.directory.add(answer.evidence)
    session.directory.add_record(answer.record)
    container = Container.of_record(answer.record)
    if container.id != wanted:
        raise damaged(container.name, layer="context")
    if container.record.row(session.principal) is not None:
        raise outrun()  # a sync brings a group to its members, unless somebody leaves it out
    check = verify_container if remember else check_container
    check(session.directory, container, session.marks)
    return container
