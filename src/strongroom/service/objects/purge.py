"""Dropping what was deleted long enough ago, and files that no revision names.

Source: specs/formats.md sections 8 and 10: deleted objects are purged after 30
days, uploads that were given up after 24 hours, and a file with the last kept
revision that names it. It happens with the next write to the same container,
so that no reader and no stranger causes a write.
"""

from __future__ import annotations

from typing import Final

from strongroom.ids import ContainerId, FileId, ObjectId
from strongroom.limits import DELETED_KEPT_MS, INTEGER_MAX
from strongroom.service.authorize import Caller
from strongroom.store.protocol import Transaction
from strongroom.wire.revisions import State

_DELETED_OBJECTS: Final = """SELECT id FROM objects
    WHERE account = :account AND container = :container AND state = :state
        AND updated_ms <= :before AND id <> container LIMIT :most"""
_DELETED_CONTAINERS: Final = """SELECT id FROM containers
    WHERE account = :account AND kind <> 3 AND deleted_ms > 0 AND deleted_ms <= :before
    LIMIT :most"""
_OBJECT_TABLES: Final = (
    "DELETE FROM revisions WHERE account = :account AND container = :container AND object = :id",
    "DELETE FROM objects WHERE account = :account AND container = :container AND id = :id",
)
_CONTAINER_TABLES: Final = (
    *(
        f"DELETE FROM {table} WHERE account = :account AND container = :id"
        for table in (
            "object_files",
            "revisions",
            "objects",
            "accessors",
            "epochs",
            "access_records",
        )
    ),
    "DELETE FROM containers WHERE account = :account AND id = :id",
)

_NAMED_UP_TO: Final = """SELECT file FROM object_files WHERE account = :account
    AND container = :container AND object = :object AND version <= :version"""
_FORGET: Final = """DELETE FROM object_files WHERE account = :account
    AND container = :container AND object = :object AND file = :file"""
_NAMED_STILL: Final = """SELECT 1 FROM object_files WHERE account = :account
    AND container = :container AND file = :file"""
_END: Final = """UPDATE files SET expires_ms = :ended
    WHERE account = :account AND container = :container AND id = :file"""
_ENDED_FILES: Final = """SELECT id FROM files WHERE account = :account
    AND container = :container AND expires_ms > 0 AND expires_ms <= :now LIMIT :most"""
_ALL_FILES: Final = """SELECT id FROM files
    WHERE account = :account AND container = :container LIMIT :most"""
_LAST_CHUNK: Final = """SELECT position FROM file_chunks WHERE account = :account
    AND container = :container AND file = :file ORDER BY position DESC LIMIT 1"""
_DROP_CHUNKS: Final = """DELETE FROM file_chunks WHERE account = :account
    AND container = :container AND file = :file AND position >= :first"""
_DROP_FILE: Final = """DELETE FROM files
    WHERE account = :account AND container = :container AND id = :file"""

# So that one write after a long pause stays short; the rest goes with the next ones.
PURGE_MAX: Final = 100
# 256 MiB, whose pages a database has to visit one by one.
PURGE_CHUNKS_MAX: Final = 256
# The end of a file that was named and is not any more: long ago.
_ENDED_MS: Final = 1


async def purge_objects(transaction: Transaction, caller: Caller, container: ContainerId) -> None:
    """Drop a container's objects that were deleted 30 days ago or more."""
    rows = await transaction.all(
        _DELETED_OBJECTS,
        account=caller.account,
        container=container,
        state=int(State.DELETED),
        before=caller.now - DELETED_KEPT_MS,
        most=PURGE_MAX,
    )
    for (object_id,) in rows:
        await forget_files(transaction, caller, container, object_id, up_to=INTEGER_MAX)
        for statement in _OBJECT_TABLES:
            await transaction.run(
                statement, account=caller.account, container=container, id=object_id
            )
    await purge_files(transaction, caller, container)


async def purge_containers(transaction: Transaction, caller: Caller) -> None:
    """Drop the account's containers that were deleted 30 days ago or more.

    Groups (kind 3) stay: what their members wrote names the groups' records.
    """
    rows = await transaction.all(
        _DELETED_CONTAINERS,
        account=caller.account,
        before=caller.now - DELETED_KEPT_MS,
        most=PURGE_MAX,
    )
    for (container,) in rows:
        where = {"account": caller.account, "container": container}
        files = await transaction.all(_ALL_FILES, **where, most=PURGE_MAX)
        await _drop_files(transaction, where, [row[0] for row in files])
        if await transaction.one(_ALL_FILES, **where, most=1) is not None:
            continue
        for statement in _CONTAINER_TABLES:
            await transaction.run(statement, account=caller.account, id=container)


async def forget_files(
    transaction: Transaction,
    caller: Caller,
    container: ContainerId,
    object_id: ObjectId,
    *,
    up_to: int,
) -> None:
    """End the files of which no kept revision is left when an object's oldest ones go."""
    where = {"account": caller.account, "container": container}
    named = await transaction.all(_NAMED_UP_TO, **where, object=object_id, version=up_to)
    for (file,) in named:
        await transaction.run(_FORGET, **where, object=object_id, file=file)
        if await transaction.one(_NAMED_STILL, **where, file=file) is None:
            await transaction.run(_END, **where, file=file, ended=_ENDED_MS)


async def purge_files(transaction: Transaction, caller: Caller, container: ContainerId) -> None:
    """Drop a container's files that no revision names, once they are over."""
    where = {"account": caller.account, "container": container}
    rows = await transaction.all(_ENDED_FILES, **where, now=caller.now, most=PURGE_MAX)
    await _drop_files(transaction, where, [row[0] for row in rows])


async def _drop_files(
    transaction: Transaction, where: dict[str, bytes], files: list[FileId]
) -> None:
    """Drop files from their ends on, as many chunks as one write may."""
    left = PURGE_CHUNKS_MAX
    for file in files:
        row = await transaction.one(_LAST_CHUNK, **where, file=file)
        chunks = 0 if row is None else row[0] + 1
        first = max(0, chunks - left)
        if chunks:
            left -= await transaction.run(_DROP_CHUNKS, **where, file=file, first=first)
        if first:
            return
        await transaction.run(_DROP_FILE, **where, file=file)
