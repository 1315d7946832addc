"""Dropping what was deleted long enough ago.

Source: specs/formats.md section 8: deleted objects are purged after 30 days.
It happens with the next write to the same container, so that no reader and no
stranger causes a write.
"""

from __future__ import annotations

from typing import Final

from strongroom.limits import DELETED_KEPT_MS
from strongroom.service.authorize import Caller
from strongroom.store.session import Session
from strongroom.wire.revisions import State

_DELETED_OBJECTS: Final = """SELECT id FROM objects
    WHERE account = :account AND container = :container AND state = :state
        AND updated_ms <= :before AND id <> container LIMIT :most"""
_DELETED_CONTAINERS: Final = """SELECT id FROM containers
    WHERE account = :account AND deleted_ms > 0 AND deleted_ms <= :before LIMIT :most"""
_OBJECT_TABLES: Final = (
    "DELETE FROM revisions WHERE account = :account AND container = :container AND object = :id",
    "DELETE FROM objects WHERE account = :account AND container = :container AND id = :id",
)
_CONTAINER_TABLES: Final = (
    *(
        f"DELETE FROM {table} WHERE account = :account AND container = :id"
        for table in ("revisions", "objects", "accessors", "epochs", "access_records")
    ),
    "DELETE FROM containers WHERE account = :account AND id = :id",
)

# So that one write after a long pause stays short; the rest goes with the next ones.
PURGE_MAX: Final = 100


async def purge_objects(session: Session, caller: Caller, container: bytes) -> None:
    """Drop a container's objects that were deleted 30 days ago or more."""
    rows = await session.all(
        _DELETED_OBJECTS,
        account=caller.account,
        container=container,
        state=int(State.DELETED),
        before=caller.now - DELETED_KEPT_MS,
        most=PURGE_MAX,
    )
    for (object_id,) in rows:
        for statement in _OBJECT_TABLES:
            await session.run(statement, account=caller.account, container=container, id=object_id)


async def purge_containers(session: Session, caller: Caller) -> None:
    """Drop the account's containers that were deleted 30 days ago or more."""
    rows = await session.all(
        _DELETED_CONTAINERS,
        account=caller.account,
        before=caller.now - DELETED_KEPT_MS,
        most=PURGE_MAX,
    )
    for (container,) in rows:
        for statement in _CONTAINER_TABLES:
            await session.run(statement, account=caller.account, id=container)
