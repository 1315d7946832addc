"""Kept revisions of one object: their signed facts, each verified.

Source: specs/formats.md section 8. The keeper's list says which versions there
are (what it hides stays hidden, threats T7); what they say is checked.
"""

from __future__ import annotations

from functools import partial

from strongroom.client.view.session import Session
from strongroom.errors import StrongroomError
from strongroom.ids import ContainerId, ObjectId
from strongroom.wire.access import ContainerKind
from strongroom.wire.messages import HistoryRequest, Query
from strongroom.wire.revisions import Revision, parse_revision


async def kept_versions(
    session: Session,
    container: ContainerId,
    object_id: ObjectId,
    *,
    kind: int = ContainerKind.VAULT,
) -> list[Revision]:
    """Return the signed facts of an object's kept revisions, newest first, verified."""
    request = HistoryRequest(container=container, object=object_id)
    answer = await session.transport.call(request)
    queries = [
        Query(container=container, object=object_id, version=parse_revision(row.body).version)
        for row in answer.revisions
    ]
    return await session.fresh(partial(verified_facts, session, container, queries, kind=kind))


async def verified_facts(
    session: Session,
    container: ContainerId,
    queries: list[Query],
    *,
    kind: int = ContainerKind.VAULT,
) -> list[Revision]:
    """Return the signed facts of revisions that are there, verified.

    Raises:
        ViewChangedError: As `Session.lookup`.
    """
    session.need_container(container, kind)
    found: list[Revision] = []
    for rows in await session.lookup(queries, details=False):
        if isinstance(rows, StrongroomError):
            raise rows
        found += [row.revision for row in rows]
    return found
