"""Storing root documents, heads and entries.

A head is compared and swapped on its rev: of two administrators who change
the directory at once, the second gets `conflict`, syncs and tries again.
"""

from __future__ import annotations

import msgspec

from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.public.signatures import verify
from strongroom.errors import ConflictError, ForbiddenError, IntegrityError
from strongroom.errors.refusals import ASK_LISTED
from strongroom.ids import AccountId, format_id
from strongroom.limits import RESTORE_REV_STEP
from strongroom.service.authorize import Caller, find_entry
from strongroom.service.directory.entries import check_changed_entry, check_new_entry
from strongroom.service.directory.keysets import store_keys
from strongroom.service.directory.tree import count_entries, root_of_tree, store_entry
from strongroom.store.protocol import Transaction
from strongroom.trust.directory import Pin, check_entry, verify_root_chain
from strongroom.trust.signers import check_numbers
from strongroom.wire.entries import EntryState, parse_entry
from strongroom.wire.heads import Head, parse_head
from strongroom.wire.messages import DirectoryChange, EntryWrite
from strongroom.wire.roots import RootDocument, parse_root
from strongroom.wire.signed import SignedBody, SignedRoot

_HEAD = "SELECT body, signature FROM heads WHERE account = :account ORDER BY rev DESC LIMIT 1"
_PUT_HEAD = """INSERT INTO heads (account, rev, body, signature)
    VALUES (:account, :rev, :body, :signature)"""
_ROOTS = """SELECT version, body FROM roots
    WHERE account = :account AND version >= :version ORDER BY version"""
_NEWEST_ROOT = "SELECT body FROM roots WHERE account = :account ORDER BY version DESC LIMIT 1"
_SIGNATURES = """SELECT signer, signature FROM root_signatures
    WHERE account = :account AND version = :version"""
_PUT_ROOT = "INSERT INTO roots (account, version, body) VALUES (:account, :version, :body)"
_PUT_SIGNATURE = """INSERT INTO root_signatures (account, version, signer, signature)
    VALUES (:account, :version, :signer, :signature)"""
_DROP_USER = "DELETE FROM users WHERE account = :account AND id = :user"
_CLOSE_GROUP = """UPDATE containers SET deleted_ms = :now
    WHERE account = :account AND id = :group"""


class StoredHead(msgspec.Struct, frozen=True):
    """The newest head: as stored and as read."""

    signed: SignedBody
    parsed: Head


class StoredRoot(msgspec.Struct, frozen=True):
    """The newest root document: its body, the body's hash, and as read."""

    body: bytes
    hash: Hash
    parsed: RootDocument


async def current_head(transaction: Transaction, account: AccountId) -> StoredHead:
    """Return the newest head of an account that exists."""
    row = await transaction.one(_HEAD, account=account)
    if row is None:
        message = "the account has no directory"
        raise IntegrityError(message)
    return StoredHead(SignedBody(row[0], row[1]), parse_head(row[0]))


async def newest_root(transaction: Transaction, account: AccountId) -> StoredRoot:
    """Return the newest root document of an account that exists."""
    row = await transaction.one(_NEWEST_ROOT, account=account)
    if row is None:
        message = "the account has no root document"
        raise IntegrityError(message)
    return StoredRoot(row[0], sha256(row[0]), parse_root(row[0]))


async def roots_from(
    transaction: Transaction, account: AccountId, version: int
) -> list[SignedRoot]:
    """Return the root documents from a version on."""
    found = []
    for number, body in await transaction.all(_ROOTS, account=account, version=version):
        rows = await transaction.all(_SIGNATURES, account=account, version=number)
        found.append(SignedRoot(body, tuple((signer, sig) for signer, sig in rows)))
    return found


async def _store_root(
    transaction: Transaction, account: AccountId, version: int, root: SignedRoot
) -> None:
    await transaction.run(_PUT_ROOT, account=account, version=version, body=root.body)
    for signer, signature in root.signatures:
        await transaction.run(
            _PUT_SIGNATURE, account=account, version=version, signer=signer, signature=signature
        )


async def change_directory(
    transaction: Transaction, caller: Caller, change: DirectoryChange
) -> None:
    """Store root documents, entries, and the head that names them.

    Raises:
        ConflictError: The head does not follow the current one.
        ForbiddenError: The caller is neither owner nor administrator, or not
            an owner where there is a new root document.
        IntegrityError: A root document, an entry, the tree or a signature is wrong.
        InvalidKeyError: An encryption key to which nothing can be sealed.
    """
    before = await current_head(transaction, caller.account)
    root = await newest_root(transaction, caller.account)
    head = parse_head(change.head.body)
    if head.previous != sha256(before.signed.body):
        raise _outrun()
    for signed in change.roots:
        root = await _change_root(transaction, caller, root, signed)
    restored = root.parsed.generation > before.parsed.generation
    if len(change.roots) > 1 and not restored:
        # The earlier one would come into force at a rev that is past, under which others signed.
        message = "a head must come with one new root document, unless a restore is accepted"
        raise IntegrityError(message)
    least = before.parsed.rev + (RESTORE_REV_STEP if restored else 1)
    if head.rev < least or (head.rev > least and not restored):
        raise _outrun()
    await _store_directory(transaction, caller, change, head, root)
    if change.roots:
        _check_signed_by(caller, change.roots[-1])
        await _check_new_root(transaction, root.parsed, head)


def _outrun() -> ConflictError:
    message = "somebody else changed the directory at the same time"
    return ConflictError(message, hint="try again")


async def _change_root(
    transaction: Transaction, caller: Caller, newest: StoredRoot, signed: SignedRoot
) -> StoredRoot:
    """Store the root document that follows the newest one."""
    pin = Pin(newest.parsed.version, newest.hash)
    chain = [SignedRoot(newest.body, ()), signed]
    before, after = verify_root_chain(caller.account, pin, chain)
    if after.role_groups != before.role_groups or after.generation > before.generation + 1:
        message = "a root document changes something that it may not change"
        raise IntegrityError(message)
    await _store_root(transaction, caller.account, after.version, signed)
    return StoredRoot(signed.body, sha256(signed.body), after)


def _check_signed_by(caller: Caller, signed: SignedRoot) -> None:
    if [signer for signer, _ in signed.signatures] != [caller.principal]:
        message = "a root document must be signed by the owner who stores it"
        raise ForbiddenError(message)


async def _check_new_root(transaction: Transaction, root: RootDocument, head: Head) -> None:
    """Refuse a root document whose people are not active under the keys that it lists."""
    people = {row.principal: row for row in (*root.owners, *root.administrators)}
    for principal in (*sorted(people), root.owners_group, root.administrators_group):
        entry = await find_entry(transaction, root.account, principal)
        if entry is None:
            message = f"the root document lists {format_id(principal)}, who is not in the directory"
            raise IntegrityError(message)
        check_entry(head, root, entry)
        row = people.get(principal)
        # Readers verify under the key in the list, and never look whether it is the person's.
        if row and (entry.kind, entry.current.sign_pk) != (PrincipalKind.USER, row.sign_pk):
            message = f"the root document lists {format_id(principal)}, who cannot sign like that"
            raise IntegrityError(message)
    if root.from_rev != head.rev:
        message = "a root document does not name the head with which it was sent"
        raise IntegrityError(message)


async def found_directory(
    transaction: Transaction, caller: Caller, change: DirectoryChange, signed: SignedRoot
) -> None:
    """Store the first root document of an account, its entries and its first head.

    Raises:
        ForbiddenError: The root document does not make the caller the owner.
        IntegrityError: A part is wrong, or not signed by its owner.
    """
    pin = Pin(0, sha256(signed.body))
    (root,) = verify_root_chain(caller.account, pin, [signed])
    owner = root.owner(caller.principal)
    if owner is None or root.generation != 0:
        message = "the first root document must belong to its creator"
        raise ForbiddenError(message)
    if [signer for signer, _ in signed.signatures] != [caller.principal]:
        message = "the first root document must be signed by its owner alone"
        raise IntegrityError(message)
    verify(owner.sign_pk, signed.signatures[0][1], signed.body, what="the first root document")
    head = parse_head(change.head.body)
    if head.previous or head.rev != root.from_rev:
        message = "the first directory head is not the one that the root document names"
        raise IntegrityError(message)
    await _store_root(transaction, caller.account, root.version, signed)
    await _store_directory(
        transaction, caller, change, head, StoredRoot(signed.body, pin.hash, root)
    )


async def _store_directory(
    transaction: Transaction, caller: Caller, change: DirectoryChange, head: Head, root: StoredRoot
) -> None:
    """Check and store entries and head under a root document."""
    signer = root.parsed.signer(caller.principal)
    if signer is None or head.signer != caller.principal:
        message = "only owners and administrators can change the directory"
        raise ForbiddenError(message, hint=ASK_LISTED)
    what = "the directory head"
    verify(signer.sign_pk, change.head.signature, change.head.body, what=what)
    check_numbers(what, head.rev)
    named = (head.account, head.root_version, head.root_hash, head.generation)
    if named != (caller.account, root.parsed.version, root.hash, root.parsed.generation):
        message = "the directory head does not name the newest root document"
        raise IntegrityError(message)
    # Without an entry the tree is that of the head before, to which the head must keep.
    tree_root = b"" if change.entries else await root_of_tree(transaction, caller.account)
    for write in change.entries:
        tree_root = await _store_entry(transaction, caller, root.parsed, write, head)
    if (head.count, head.tree_root) != (
        await count_entries(transaction, caller.account),
        tree_root,
    ):
        message = "the directory head does not match its entries"
        raise IntegrityError(message)
    await transaction.run(
        _PUT_HEAD,
        account=caller.account,
        rev=head.rev,
        body=change.head.body,
        signature=change.head.signature,
    )


async def _store_entry(
    transaction: Transaction, caller: Caller, root: RootDocument, write: EntryWrite, head: Head
) -> Hash:
    entry = parse_entry(write.body)
    check_entry(head, root, entry)
    before = await find_entry(transaction, head.account, entry.principal)
    if before is not None:
        check_changed_entry(before, entry, rev=head.rev)
    else:
        check_new_entry(entry, creator=caller.principal, rev=head.rev)
        if entry.index != await count_entries(transaction, head.account):
            message = "a new directory entry is not at the end"
            raise IntegrityError(message)
    if entry.principal in root.role_groups and not entry.is_active:
        message = "the built-in groups cannot be suspended or removed"
        raise ForbiddenError(message)
    if entry.kind == PrincipalKind.GROUP and entry.state == EntryState.REMOVED:
        # Nobody acts through the group any more; its records stay, since old revisions name them.
        await transaction.run(
            _CLOSE_GROUP, account=head.account, group=entry.principal, now=caller.now
        )
    if entry.kind == PrincipalKind.USER and entry.state == EntryState.REMOVED:
        # What unlocked the user goes, and the e-mail address is free for another invite.
        await transaction.run(_DROP_USER, account=head.account, user=entry.principal)
    await store_keys(transaction, before, entry, write)
    return await store_entry(
        transaction,
        head.account,
        position=entry.index,
        principal=entry.principal,
        body=write.body,
    )
