"""Storing access records: new containers, changed rights, rotations.

Source: specs/formats.md section 6. Who may sign stands in `service.authority`.
"""

from __future__ import annotations

from typing import Final

from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.public.signatures import verify
from strongroom.errors import ConflictError, ForbiddenError, InputError, IntegrityError
from strongroom.errors.refusals import ASK_LISTED, CREATE_ANOTHER
from strongroom.ids import AccountId, container_of_group, format_id, principal_of_group
from strongroom.permissions import MANAGE_VAULT, check_permissions
from strongroom.service.authority import (
    check_stood_for,
    current_record,
    has_authority,
    signs_as_creator,
)
from strongroom.service.authorize import Caller, find_entry, may_create_vaults, need_active
from strongroom.service.directory.directory import StoredRoot, current_head, newest_root
from strongroom.store.protocol import Transaction
from strongroom.trust.access import derive_names_container
from strongroom.trust.memberships import managers
from strongroom.trust.signers import only_by_root
from strongroom.wire.access import (
    Accessor,
    AccessRecord,
    ContainerKind,
    Subtype,
    derive_container_id,
    parse_access,
)
from strongroom.wire.entries import Entry, parse_entry
from strongroom.wire.messages import DirectoryChange, RecordChange
from strongroom.wire.roots import RootDocument

_HAS_CONTAINER = "SELECT 1 FROM containers WHERE account = :account AND id = :container"
_OWN_VAULTS = """SELECT r.body FROM accessors a
    JOIN containers c ON c.account = a.account AND c.id = a.container AND c.deleted_ms = 0
    JOIN access_records r ON r.account = c.account AND r.container = c.id
        AND r.access_rev = c.access_rev
    WHERE a.account = :account AND a.principal = :caller AND c.kind = 1"""
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
    transaction: Transaction, caller: Caller, change: RecordChange, *, founding: bool = False
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
    entry = need_active(caller.entry)
    await _check_form(transaction, caller, entry, change, record)
    _check_is_alone(record)
    root = await newest_root(transaction, caller.account)
    before: tuple[AccessRecord, Hash] | None = None
    if record.access_rev == 0:
        await _check_is_new(transaction, caller, record)
        _check_may_create(entry, root, record, founding=founding)
        if record.is_personal:
            await _check_first_personal(transaction, caller)
        await _create(transaction, caller, record)
    else:
        before = await current_record(transaction, caller.account, record.container)
        if before is None or not _follows(record, before=before[0], before_hash=before[1]):
            message = "somebody else changed who may use the container at the same time"
            raise ConflictError(message, hint="try again")
        await _check_authority(transaction, caller, root, before[0], record)
        _check_rotation(change, root.parsed, record, before=before[0])
    await _check_accessors(transaction, caller, root.parsed, record, before=before and before[0])
    await _store(transaction, caller, change, record)


async def _check_form(
    transaction: Transaction,
    caller: Caller,
    entry: Entry,
    change: RecordChange,
    record: AccessRecord,
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
    head = await current_head(transaction, caller.account)
    named = (record.account, record.container, record.generation, record.directory_rev)
    if named != (caller.account, proven, head.parsed.generation, head.parsed.rev):
        message = f"{what} does not name its own container and the current directory"
        raise ConflictError(message, hint="try again")
    if record.kind == ContainerKind.GROUP:
        await _check_group_epoch(transaction, caller, record)


async def _check_group_epoch(
    transaction: Transaction, caller: Caller, record: AccessRecord
) -> None:
    """A group's epochs are its keysets, so a rotation comes with its entry (section 6)."""
    group = await find_entry(transaction, caller.account, principal_of_group(record.container))
    if group is None or not group.is_active or group.current.number != record.epoch:
        message = f"the epoch of group {format_id(record.container)} is not the one of its keys"
        raise IntegrityError(message)


async def check_group_epochs(
    transaction: Transaction, caller: Caller, change: DirectoryChange
) -> None:
    """Refuse a group's new keys without the record that gives them to its members.

    Raises:
        IntegrityError: A group's entry and record name different epochs.
    """
    for write in change.entries:
        entry = parse_entry(write.body)
        if entry.kind != PrincipalKind.GROUP or not entry.is_active:
            continue
        found = await current_record(
            transaction, caller.account, container_of_group(entry.principal)
        )
        if found is None or found[0].epoch != entry.current.number:
            message = f"the keys of group {format_id(entry.principal)} come without their record"
            raise IntegrityError(message)


async def _check_accessors(
    transaction: Transaction,
    caller: Caller,
    root: RootDocument,
    record: AccessRecord,
    *,
    before: AccessRecord | None,
) -> None:
    """Check every row: its principal, keyset and bits; somebody must be left who manages."""
    for row in record.accessors:
        held = before.row(row.principal, row.fp) if before is not None else None
        if before is None or held != row or not _is_carried_on(caller, before, record):
            await _check_accessor(transaction, caller.account, row, is_new=held is None)
        # A mask that stays as it was is no fault of who takes somebody else out.
        own = before.row(row.principal) if before is not None else None
        kept = own is not None and own.permissions == row.permissions
        if record.kind != ContainerKind.GROUP and not kept:
            _check_mask(row)
        if row.kind == PrincipalKind.SERVICE_ACCOUNT and not kept:
            _check_gives_to_token(caller, root, record, row)
    needed = 0 if only_by_root(root, record) else MANAGE_VAULT
    if not any(row.permissions & needed == needed for row in record.accessors):
        message = f"container {format_id(record.container)} needs somebody who may manage it"
        raise ForbiddenError(message)


def _is_carried_on(caller: Caller, before: AccessRecord, record: AccessRecord) -> bool:
    """Tell whether an owner or administrator signs a group's record anew without being in it.

    It has no key to rotate with, so the rows of people who are gone stay where they are.
    """
    outside = record.kind == ContainerKind.GROUP and record.row(caller.principal) is None
    return outside and record.epoch == before.epoch


def _check_gives_to_token(
    caller: Caller, root: RootDocument, record: AccessRecord, row: Accessor
) -> None:
    """Refuse to give a service account what its makers did not choose (section 6).

    With one more vault, a member could answer the names that a program asks for.
    """
    own = caller.principal == row.principal == record.creator
    if not own and root.signer(caller.principal) is None:
        message = f"only owners and administrators can give {format_id(row.principal)} its rights"
        raise ForbiddenError(message, hint="it is a service account: ask an owner or administrator")


def _check_mask(row: Accessor) -> None:
    if check_permissions(row.permissions) != row.permissions:
        message = f"accessor {format_id(row.principal)} has permissions that need others too"
        raise InputError(message)


async def _check_accessor(
    transaction: Transaction, account: AccountId, row: Accessor, *, is_new: bool
) -> None:
    """A key is sealed to current keysets of active principals, and stays until a keyset ends."""
    entry = await find_entry(transaction, account, row.principal)
    keyset = entry.keyset(row.fp) if entry is not None and entry.kind == row.kind else None
    usable = entry is not None and entry.is_active and keyset is not None and not keyset.until
    if entry is None or not usable or (is_new and entry.current.fp != row.fp):
        message = f"accessor {format_id(row.principal)} cannot be given that key"
        raise IntegrityError(message)


def _check_rotation(
    change: RecordChange, root: RootDocument, record: AccessRecord, *, before: AccessRecord
) -> None:
    """Whoever loses a row could have held the key; a new one replaces all that was sealed."""
    if record.epoch > before.epoch:
        sealed = {(row.accessor, row.fp) for row in change.sealed}
        if any((row.principal, row.fp) not in sealed for row in record.accessors):
            message = "a new key must be sealed to everybody who has access"
            raise IntegrityError(message)
        return
    kept = {(row.principal, row.fp): row.sealed_hash for row in record.accessors}
    if any((row.principal, row.fp) not in kept for row in before.accessors):
        message = f"access to container {format_id(record.container)} ends only with a new key"
        raise IntegrityError(message)
    # Whoever signs holds the key, and could shut out the others with another one.
    if any(kept[row.principal, row.fp] != row.sealed_hash for row in before.accessors):
        message = f"the keys of container {format_id(record.container)} need a new epoch to change"
        raise IntegrityError(message)
    if managers(root, before) - managers(root, record):
        message = f"nobody can stop managing group {format_id(record.container)} without a new key"
        raise IntegrityError(message)


async def _check_is_new(transaction: Transaction, caller: Caller, record: AccessRecord) -> None:
    where = {"account": caller.account, "container": record.container}
    if await transaction.one(_HAS_CONTAINER, **where) is not None:
        message = f"container {format_id(record.container)} already exists"
        raise ConflictError(message)
    if record.epoch != 1 or not signs_as_creator(record):
        message = "the first access record of a container must be signed by its creator"
        raise IntegrityError(message)


def _check_is_alone(record: AccessRecord) -> None:
    """Refuse others in a personal vault, whose owner's client would not open it any more."""
    others = any(row.principal != record.creator for row in record.accessors)
    if record.is_personal and others:
        message = "a personal vault can have only one user"
        raise ForbiddenError(message)


async def _check_first_personal(transaction: Transaction, caller: Caller) -> None:
    """Refuse a second personal vault: of two devices that make one at once, one is late."""
    where = {"account": caller.account, "caller": caller.principal}
    for (body,) in await transaction.all(_OWN_VAULTS, **where):
        held = parse_access(body)
        if held.is_personal and held.creator == caller.principal:
            message = "you already have a personal vault"
            raise ConflictError(message)


def _check_may_create(
    entry: Entry, root: StoredRoot, record: AccessRecord, *, founding: bool
) -> None:
    """Refuse a container of a kind that its maker may not make (sections 6 and 7)."""
    if record.kind == ContainerKind.ACCOUNT:
        names = derive_names_container([root.parsed], lambda _version: root.hash)
        may = founding and record.container == names
    elif record.is_personal:
        may = entry.kind == PrincipalKind.USER
    elif record.kind == ContainerKind.GROUP or record.subtype == Subtype.EVERYONE:
        may = root.parsed.signer(entry.principal) is not None
    else:
        may = may_create_vaults(entry, root.parsed)
    if not may:
        message = f"you may not create {_KIND_NAMES[ContainerKind(record.kind)]}"
        is_person = entry.kind == PrincipalKind.USER
        hint = ASK_LISTED if is_person else CREATE_ANOTHER.format(need="--can-create-vaults")
        raise ForbiddenError(message, hint=hint)


async def _check_authority(
    transaction: Transaction,
    caller: Caller,
    root: StoredRoot,
    before: AccessRecord,
    record: AccessRecord,
) -> None:
    if not await has_authority(transaction, caller, root, before, record):
        message = f"you may not change who uses container {format_id(record.container)}"
        raise ForbiddenError(message)
    if record.kind == ContainerKind.GROUP:
        await check_stood_for(transaction, caller, record, root.parsed, record.directory_rev)


def _follows(record: AccessRecord, *, before: AccessRecord, before_hash: Hash) -> bool:
    key = (record.key_id, record.link_hash)
    return (
        (record.access_rev, record.previous) == (before.access_rev + 1, before_hash)
        and before.epoch <= record.epoch <= before.epoch + 1
        and (record.epoch > before.epoch or key == (before.key_id, before.link_hash))
    )


async def _create(transaction: Transaction, caller: Caller, record: AccessRecord) -> None:
    await transaction.run(
        _PUT_CONTAINER,
        account=caller.account,
        id=record.container,
        kind=record.kind,
        now=caller.now,
    )


async def _store(
    transaction: Transaction, caller: Caller, change: RecordChange, record: AccessRecord
) -> None:
    where: dict[str, object] = {"account": caller.account, "container": record.container}
    await transaction.run(
        _PUT_RECORD,
        **where,
        access_rev=record.access_rev,
        hash=sha256(change.record.body),
        body=change.record.body,
        signature=change.record.signature,
    )
    known = await transaction.one(
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
            message = "a container with a new key needs the link to its older key"
            raise IntegrityError(message)
        await transaction.run(_PUT_EPOCH, **where, epoch=record.epoch, link=change.link)
    await _store_rows(transaction, change, record, where)
    await transaction.run(
        _MOVE_CONTAINER,
        account=caller.account,
        id=record.container,
        access_rev=record.access_rev,
        epoch=record.epoch,
        now=caller.now,
    )


async def _store_rows(
    transaction: Transaction, change: RecordChange, record: AccessRecord, where: dict[str, object]
) -> None:
    sealed = {(row[0], row[1]): row[2] for row in await transaction.all(_SEALED, **where)}
    sealed |= {(row.accessor, row.fp): row.sealed for row in change.sealed}
    await transaction.run(_DROP_ROWS, **where)
    for row in record.accessors:
        key = sealed.get((row.principal, row.fp), b"")
        if sha256(key) != row.sealed_hash:
            message = f"the key sealed to {format_id(row.principal)} is not the one that was signed"
            raise IntegrityError(message)
        await transaction.run(
            _PUT_ROW,
            **where,
            principal=row.principal,
            fp=row.fp,
            permissions=row.permissions,
            sealed_hash=row.sealed_hash,
            sealed=key,
        )
