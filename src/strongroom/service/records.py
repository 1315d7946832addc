"""Storing access records: new containers, changed rights, rotations.

Source: specs/formats.md section 6. Who may sign stands in `service.authority`.
"""

from __future__ import annotations

from typing import Final

from strongroom.crypto.hashes import sha256
from strongroom.crypto.principals import PrincipalKind
from strongroom.crypto.signatures import verify
from strongroom.errors import ConflictError, ForbiddenError, IntegrityError
from strongroom.ids import format_id
from strongroom.service.authority import current_record, has_authority, signs_as_creator
from strongroom.service.authorize import Caller, authenticate, find_entry
from strongroom.service.directory import StoredRoot, current_head, newest_root
from strongroom.store.session import Session
from strongroom.wire.access import (
    Accessor,
    AccessRecord,
    ContainerKind,
    Subtype,
    derive_container_id,
    parse_access,
)
from strongroom.wire.entries import MAY_CREATE_VAULTS, Entry
from strongroom.wire.messages import RecordChange
from strongroom.wire.roots import RootDocument

_HAS_CONTAINER = "SELECT 1 FROM containers WHERE account = :account AND id = :container"
_PUT_CONTAINER = """INSERT INTO containers (account, id, kind, access_rev, epoch, deleted_ms,
        active_items, content_version, attribute_version, created_ms, updated_ms)
    VALUES (:account, :id, :kind, 0, 1, 0, 0, 0, 0, :now, :now)"""
_MOVE_CONTAINER = """UPDATE containers SET access_rev = :access_rev, epoch = :epoch,
        updated_ms = :now
    WHERE account = :account AND id = :id"""
_PUT_RECORD = """INSERT INTO access_records (account, container, access_rev, hash, body, signature)
    VALUES (:account, :container, :access_rev, :hash, :body, :signature)"""
_PUT_EPOCH = """INSERT INTO epochs (account, container, epoch, link, live_objects)
    VALUES (:account, :container, :epoch, :link, 0)"""
_SEALED = """SELECT principal, fp, sealed FROM accessors
    WHERE account = :account AND container = :container"""
_DROP_ROWS = "DELETE FROM accessors WHERE account = :account AND container = :container"
_PUT_ROW = """INSERT INTO accessors (account, principal, container, fp, permissions, sealed_hash,
        sealed)
    VALUES (:account, :principal, :container, :fp, :permissions, :sealed_hash, :sealed)"""

_KIND_NAMES: Final = {
    ContainerKind.VAULT: "vaults",
    ContainerKind.ENVIRONMENT: "environments",
    ContainerKind.GROUP: "groups",
    ContainerKind.ACCOUNT: "accounts",
}


async def change_record(
    session: Session, caller: Caller, change: RecordChange, *, founding: bool = False
) -> None:
    """Store a new access record of a new or existing container.

    Args:
        founding: Whether the account is being made, which alone makes the
            container of its names.

    Raises:
        ConflictError: Somebody else changed the container's record first.
        ForbiddenError: The caller may not sign it.
        IntegrityError: The record or its sealed keys contradict themselves.
    """
    record = parse_access(change.record.body)
    entry = await authenticate(session, caller)
    await _check_form(session, caller, entry, change, record)
    root = await newest_root(session, caller.account)
    if record.access_rev == 0:
        await _check_is_new(session, caller, record)
        _check_may_create(entry, root.parsed, record, founding=founding)
        await _create(session, caller, record)
    else:
        before = await current_record(session, caller.account, record.container)
        if before is None or not _follows(record, *before):
            message = "somebody else changed who may use the container at the same time"
            raise ConflictError(message, hint="try again")
        await _check_authority(session, caller, root, before[0], record)
    await _store(session, caller, change, record)


async def _check_form(
    session: Session, caller: Caller, entry: Entry, change: RecordChange, record: AccessRecord
) -> None:
    what = f"access record of container {format_id(record.container)}"
    keyset = entry.keyset(record.signer_fp)
    if record.signer != caller.principal or keyset is None or keyset.until:
        message = f"{what} is not signed by the caller"
        raise ForbiddenError(message)
    verify(keyset.sign_pk, change.record.signature, change.record.body, what=what)
    proven = derive_container_id(
        account=caller.account,
        kind=record.kind,
        subtype=record.subtype,
        creator=record.creator,
        salt=record.salt,
    )
    head = await current_head(session, caller.account)
    named = (record.account, record.container, record.generation, record.directory_rev)
    if named != (caller.account, proven, head.parsed.generation, head.parsed.rev):
        message = f"{what} does not name its own container and the current directory"
        raise ConflictError(message, hint="try again")
    for row in record.accessors:
        await _check_accessor(session, caller.account, record, row)


async def _check_accessor(
    session: Session, account: bytes, record: AccessRecord, row: Accessor
) -> None:
    entry = await find_entry(session, account, row.principal)
    group_of_users = record.kind != ContainerKind.GROUP or row.kind == PrincipalKind.USER
    if (
        entry is None
        or not entry.is_active
        or entry.kind != row.kind
        or entry.keyset(row.fp) is None
        or not group_of_users
    ):
        message = f"accessor {format_id(row.principal)} cannot be given that key"
        raise IntegrityError(message)


async def _check_is_new(session: Session, caller: Caller, record: AccessRecord) -> None:
    where = {"account": caller.account, "container": record.container}
    if await session.one(_HAS_CONTAINER, **where) is not None:
        message = f"there is a container {format_id(record.container)} already"
        raise ConflictError(message)
    if record.epoch != 1 or not signs_as_creator(record):
        message = "the first access record of a container is its creator's"
        raise IntegrityError(message)


def _check_may_create(
    entry: Entry, root: RootDocument, record: AccessRecord, *, founding: bool
) -> None:
    """Refuse a container of a kind that its maker may not make (sections 6 and 7)."""
    if record.kind == ContainerKind.ACCOUNT:
        may = founding
    elif record.is_personal:
        alone = all(row.principal == entry.principal for row in record.accessors)
        may = entry.kind == PrincipalKind.USER and alone
    elif record.kind == ContainerKind.GROUP or record.subtype == Subtype.EVERYONE:
        may = root.signer(entry.principal) is not None
    else:
        may = _may_create_vaults(entry, root)
    if not may:
        message = f"you may not create {_KIND_NAMES[ContainerKind(record.kind)]}"
        raise ForbiddenError(message, hint="an administrator can allow it")


def _may_create_vaults(entry: Entry, root: RootDocument) -> bool:
    if entry.flags & MAY_CREATE_VAULTS:
        return True
    listed = root.signer(entry.principal) is not None
    return entry.kind == PrincipalKind.USER and (listed or root.members_create_vaults)


async def _check_authority(
    session: Session, caller: Caller, root: StoredRoot, before: AccessRecord, record: AccessRecord
) -> None:
    if not await has_authority(session, caller, root, before, record):
        message = f"you may not change who uses container {format_id(record.container)}"
        raise ForbiddenError(message)


def _follows(record: AccessRecord, before: AccessRecord, before_hash: bytes) -> bool:
    key = (record.key_id, record.link_hash)
    return (
        (record.access_rev, record.previous) == (before.access_rev + 1, before_hash)
        and before.epoch <= record.epoch <= before.epoch + 1
        and (record.epoch > before.epoch or key == (before.key_id, before.link_hash))
    )


async def _create(session: Session, caller: Caller, record: AccessRecord) -> None:
    await session.run(
        _PUT_CONTAINER,
        account=caller.account,
        id=record.container,
        kind=record.kind,
        now=caller.now,
    )


async def _store(
    session: Session, caller: Caller, change: RecordChange, record: AccessRecord
) -> None:
    where: dict[str, object] = {"account": caller.account, "container": record.container}
    await session.run(
        _PUT_RECORD,
        **where,
        access_rev=record.access_rev,
        hash=sha256(change.record.body),
        body=change.record.body,
        signature=change.record.signature,
    )
    known = await session.one(
        "SELECT 1 FROM epochs WHERE account = :account AND container = :container"
        " AND epoch = :epoch",
        **where,
        epoch=record.epoch,
    )
    if known is None:
        if change.link != b"" and sha256(change.link) != record.link_hash:
            message = "the link to the older key is not the one that was signed"
            raise IntegrityError(message)
        if bool(change.link) != (record.epoch > 1):
            message = "a rotated container needs the link to its older key"
            raise IntegrityError(message)
        await session.run(_PUT_EPOCH, **where, epoch=record.epoch, link=change.link)
    await _store_rows(session, change, record, where)
    await session.run(
        _MOVE_CONTAINER,
        account=caller.account,
        id=record.container,
        access_rev=record.access_rev,
        epoch=record.epoch,
        now=caller.now,
    )


async def _store_rows(
    session: Session, change: RecordChange, record: AccessRecord, where: dict[str, object]
) -> None:
    sealed = {(row[0], row[1]): row[2] for row in await session.all(_SEALED, **where)}
    sealed |= {(row.accessor, row.fp): row.sealed for row in change.sealed}
    await session.run(_DROP_ROWS, **where)
    for row in record.accessors:
        key = sealed.get((row.principal, row.fp), b"")
        if sha256(key) != row.sealed_hash:
            message = f"the key sealed to {format_id(row.principal)} is not the one that was signed"
            raise IntegrityError(message)
        await session.run(
            _PUT_ROW,
            **where,
            principal=row.principal,
            fp=row.fp,
            permissions=row.permissions,
            sealed_hash=row.sealed_hash,
            sealed=key,
        )
