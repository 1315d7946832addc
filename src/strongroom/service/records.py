"""Storing access records: new containers, changed rights, rotations.

The service refuses what honest readers would refuse, and demands standing in
the *current* record, which readers of a later one cannot see.
Source: specs/formats.md section 6.
"""

from __future__ import annotations

from typing import Final

from strongroom.crypto.hashes import sha256
from strongroom.crypto.principals import PrincipalKind
from strongroom.crypto.signatures import verify
from strongroom.errors import ConflictError, ForbiddenError, IntegrityError
from strongroom.ids import format_id
from strongroom.permissions import MANAGE_VAULT
from strongroom.service.authorize import Caller, authenticate, find_entry
from strongroom.service.directory import current_head, newest_root
from strongroom.store.session import Session
from strongroom.wire.access import (
    Accessor,
    AccessRecord,
    Authority,
    ContainerKind,
    Subtype,
    derive_container_id,
    parse_access,
)
from strongroom.wire.entries import MAY_CREATE_VAULTS, Entry
from strongroom.wire.messages import RecordChange
from strongroom.wire.roots import RootDocument

_CURRENT = """SELECT r.body, c.deleted_ms FROM containers c JOIN access_records r
    ON r.account = c.account AND r.container = c.id AND r.access_rev = c.access_rev
    WHERE c.account = :account AND c.id = :container"""
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

# Vaults that no administrator may take over (section 6).
_PRIVATE_SUBTYPES: Final = (Subtype.PERSONAL, Subtype.WITHOUT_ADMINISTRATORS)


async def current_record(
    session: Session, account: bytes, container: bytes
) -> tuple[AccessRecord, bytes] | None:
    """Return a live container's current record and its hash."""
    row = await session.one(_CURRENT, account=account, container=container)
    if row is None or row[1]:
        return None
    return parse_access(row[0]), sha256(row[0])


async def change_record(session: Session, caller: Caller, change: RecordChange) -> None:
    """Store a new access record of a new or existing container.

    Raises:
        ConflictError: Somebody else changed the container's record first.
        ForbiddenError: The caller may not sign it.
        IntegrityError: The record or its sealed keys contradict themselves.
    """
    record = parse_access(change.record.body)
    entry = await authenticate(session, caller)
    await _check_form(session, caller, entry, change, record)
    root = await newest_root(session, caller.account)
    before = await current_record(session, caller.account, record.container)
    if record.access_rev == 0:
        _check_may_create(entry, root, record, exists=before is not None)
        await _create(session, caller, record)
    else:
        _check_follows(before, record)
        await _check_authority(session, caller, root, before[0] if before else None, record)
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


def _check_may_create(
    entry: Entry, root: RootDocument, record: AccessRecord, *, exists: bool
) -> None:
    may = entry.flags & MAY_CREATE_VAULTS or root.signer(entry.principal) is not None
    if entry.kind == PrincipalKind.USER and not may:
        may = root.members_create_vaults
    own_vault = record.kind == ContainerKind.VAULT and record.subtype == Subtype.PERSONAL
    if not (may or (own_vault and entry.kind == PrincipalKind.USER)):
        message = "you may not create vaults"
        raise ForbiddenError(message, hint="an administrator can allow it")
    creator = record.creator == record.via == entry.principal and not record.group_hash
    if exists or record.epoch != 1 or record.authority != Authority.CREATOR or not creator:
        message = "the first access record of a container is its creator's"
        raise IntegrityError(message)


def _check_follows(before: tuple[AccessRecord, bytes] | None, record: AccessRecord) -> None:
    if (
        before is None
        or record.access_rev != before[0].access_rev + 1
        or record.previous != before[1]
        or not before[0].epoch <= record.epoch <= before[0].epoch + 1
        or (record.epoch == before[0].epoch and record.key_id != before[0].key_id)
    ):
        message = "somebody else changed who may use the container at the same time"
        raise ConflictError(message, hint="try again")


async def _check_authority(
    session: Session,
    caller: Caller,
    root: RootDocument,
    before: AccessRecord | None,
    record: AccessRecord,
) -> None:
    if record.authority == Authority.ROOT:
        role_group = record.container in (root.owners_group, root.administrators_group)
        row = root.owner(caller.principal) if role_group else root.signer(caller.principal)
        private = record.kind == ContainerKind.VAULT and record.subtype in _PRIVATE_SUBTYPES
        allowed = row is not None and not private
    else:
        only_root = record.kind == ContainerKind.ACCOUNT or record.container in root.role_groups
        manages = before is not None and before.permissions(record.via) & MANAGE_VAULT
        allowed = bool(manages) and not only_root and await _acts_as(session, caller, record)
    if not allowed:
        message = f"you may not change who uses container {format_id(record.container)}"
        raise ForbiddenError(message)


async def _acts_as(session: Session, caller: Caller, record: AccessRecord) -> bool:
    if record.via == caller.principal:
        return True
    return await is_current_member(session, caller, record.via, record.group_hash)


async def is_current_member(
    session: Session, caller: Caller, group: bytes, group_hash: bytes
) -> bool:
    """Tell whether a group's current record has that hash and lists the caller."""
    found = await current_record(session, caller.account, group)
    return (
        found is not None
        and found[1] == group_hash
        and found[0].kind == ContainerKind.GROUP
        and found[0].row(caller.principal) is not None
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
