"""Who may sign an access record, and what a container's current one is.

The service refuses what honest readers would refuse, and demands standing in
the *current* record, which readers of a later one cannot see.
Source: specs/formats.md section 6, "Who may sign".
"""

from __future__ import annotations

from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import RotationDueError, StaleEpochError
from strongroom.ids import AccountId, ContainerId, container_of_group, format_id
from strongroom.limits import AUTHORITY_STEPS_MAX
from strongroom.permissions import MANAGE_VAULT
from strongroom.service.authorize import Caller, find_entry
from strongroom.service.directory.directory import StoredRoot, newest_root
from strongroom.store.protocol import Transaction
from strongroom.trust.memberships import ThroughGroup, acts_for_group, could_sign_at, reaches
from strongroom.trust.signers import only_by_root, signer_by_root
from strongroom.wire.access import (
    AccessRecord,
    Authority,
    ContainerKind,
    parse_access,
)
from strongroom.wire.roots import RootDocument

_CURRENT = """SELECT r.body, c.deleted_ms FROM containers c JOIN access_records r
    ON r.account = c.account AND r.container = c.id AND r.access_rev = c.access_rev
    WHERE c.account = :account AND c.id = :container"""
_BY_HASH = """SELECT body FROM access_records
    WHERE account = :account AND container = :container AND hash = :hash"""


async def current_record(
    transaction: Transaction, account: AccountId, container: ContainerId
) -> tuple[AccessRecord, Hash] | None:
    """Return a live container's current record and its hash."""
    row = await transaction.one(_CURRENT, account=account, container=container)
    if row is None or row[1]:
        return None
    return parse_access(row[0]), sha256(row[0])


async def has_authority(
    transaction: Transaction,
    caller: Caller,
    root: StoredRoot,
    before: AccessRecord,
    record: AccessRecord,
) -> bool:
    """Tell whether readers would accept the signer, now and when they come to know of it later."""
    if record.authority == Authority.ROOT:
        return _has_root_authority(root, record)
    # Authority from an earlier record is not enough: who lost it since has none.
    if only_by_root(root.parsed, record) or not before.permissions(record.via) & MANAGE_VAULT:
        return False
    if record.authority == Authority.CREATOR:
        return signs_as_creator(record)
    return await _has_manager_authority(transaction, caller, record)


def signs_as_creator(record: AccessRecord) -> bool:
    """Tell whether a record has the form in which a creator signs (authority kind 1)."""
    named = record.authority_rev or record.authority_hash
    own = record.signer == record.creator
    return record.authority == Authority.CREATOR and own and not named and _acts_plainly(record)


def _acts_plainly(record: AccessRecord) -> bool:
    """Tell whether a signer acts for itself, not through a group."""
    return record.via == record.signer and not record.group_hash


def _has_root_authority(root: StoredRoot, record: AccessRecord) -> bool:
    document = root.parsed
    row = signer_by_root(document, record, record.signer)
    return (
        row is not None
        and row.fp == record.signer_fp
        and (record.authority_rev, record.authority_hash) == (document.version, root.hash)
        and _acts_plainly(record)
    )


async def _has_manager_authority(
    transaction: Transaction, caller: Caller, record: AccessRecord
) -> bool:
    earlier = await _record_by_hash(
        transaction, caller.account, record.container, record.authority_hash
    )
    return (
        earlier is not None
        and earlier.access_rev == record.authority_rev
        and earlier.access_rev < record.access_rev
        and earlier.directory_rev <= record.directory_rev
        and reaches(earlier, record)
        and bool(earlier.permissions(record.via) & MANAGE_VAULT)
        and await _acts_as(transaction, caller, record)
        and await _rests_on_few(transaction, caller.account, record, AUTHORITY_STEPS_MAX)
    )


async def _rests_on_few(
    transaction: Transaction, account: AccountId, record: AccessRecord, steps_left: int
) -> bool:
    """Tell whether a record's chains of authority end before a reader stops walking them."""
    if record.authority != Authority.MANAGER:
        return True
    found = await _record_by_hash(transaction, account, record.container, record.authority_hash)
    if not steps_left or found is None:
        return False
    if not await _rests_on_few(transaction, account, found, steps_left - 1):
        return False
    if not record.group_hash:
        return True
    # A group's record has a chain of its own.
    group = await _record_by_hash(
        transaction, account, container_of_group(record.via), record.group_hash
    )
    return group is not None and await _rests_on_few(
        transaction, account, group, AUTHORITY_STEPS_MAX
    )


async def _record_by_hash(
    transaction: Transaction, account: AccountId, container: ContainerId, record_hash: Hash
) -> AccessRecord | None:
    row = await transaction.one(_BY_HASH, account=account, container=container, hash=record_hash)
    return parse_access(row[0]) if row else None


async def _acts_as(transaction: Transaction, caller: Caller, record: AccessRecord) -> bool:
    if record.via == caller.principal:
        return not record.group_hash
    if record.kind == ContainerKind.GROUP:
        return False  # nobody acts in a group through another one
    return await is_current_member(transaction, caller, record)


async def is_current_member(transaction: Transaction, caller: Caller, signed: ThroughGroup) -> bool:
    """Tell whether what is signed through a group names its current record, which lists the caller.

    Raises:
        StaleEpochError: It lists the caller, and is another one than was
            named, or it or the root document is younger than the named directory.
        RotationDueError: Readers would not take it, since nobody stands for it
            any more; whoever may sign it writes a new one first.
    """
    found = await current_record(transaction, caller.account, container_of_group(signed.via))
    if found is None or found[0].kind != ContainerKind.GROUP:
        return False
    if found[0].row(caller.principal) is None:
        return False
    entry = await find_entry(transaction, caller.account, signed.via)
    root = (await newest_root(transaction, caller.account)).parsed
    dated = acts_for_group(entry, found[0], signed) and root.from_rev <= signed.directory_rev
    if found[1] != signed.group_hash or not dated:
        message = f"group {format_id(signed.via)} was changed by somebody else at the same time"
        raise StaleEpochError(message, hint="try again")
    await check_stood_for(transaction, caller, found[0], root, signed.directory_rev)
    return True


async def check_stood_for(
    transaction: Transaction, caller: Caller, record: AccessRecord, root: RootDocument, rev: int
) -> None:
    """Refuse a group's record that readers would not take for a membership at a rev.

    Raises:
        RotationDueError: Who signed it, or something that it rests on, could not do so then.
    """
    if not await _is_stood_for(transaction, caller, record, root, rev):
        message = (
            f"group {format_id(record.container)} was changed by somebody who had lost the right"
        )
        hint = "an owner or administrator must sign it again: strongroom doctor --fix"
        raise RotationDueError(message, hint=hint)


async def _is_stood_for(
    transaction: Transaction, caller: Caller, record: AccessRecord, root: RootDocument, rev: int
) -> bool:
    """Tell whether a group's record, and what it rests on, could be signed at a rev as well."""
    current: AccessRecord | None = record
    while current is not None:
        signer = await find_entry(transaction, caller.account, current.signer)
        if not could_sign_at(current, signer, root, rev):
            return False
        if current.authority != Authority.MANAGER:
            return True
        current = await _record_by_hash(
            transaction, caller.account, current.container, current.authority_hash
        )
    return False
