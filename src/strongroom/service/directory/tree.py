"""Storing directory entries and answering with their Merkle paths."""

from __future__ import annotations

from strongroom.crypto.public.digests import Hash
from strongroom.errors import IntegrityError
from strongroom.ids import AccountId, PrincipalId
from strongroom.store.protocol import Transaction
from strongroom.trust.merkle import hash_leaf, hash_node
from strongroom.wire.messages import EntryProof

_COUNT = "SELECT count(*) FROM entries WHERE account = :account"
_NODE = """SELECT hash FROM tree
    WHERE account = :account AND height = :height AND position = :position"""
_PUT_NODE = """INSERT INTO tree (account, height, position, hash)
    VALUES (:account, :height, :position, :hash)
    ON CONFLICT (account, height, position) DO UPDATE SET hash = excluded.hash"""
_PUT_ENTRY = """INSERT INTO entries (account, position, principal, body)
    VALUES (:account, :position, :principal, :body)
    ON CONFLICT (account, position) DO UPDATE SET body = excluded.body"""
_ENTRY = """SELECT position, body FROM entries
    WHERE account = :account AND principal = :principal"""
_PAGE = """SELECT position, body FROM entries
    WHERE account = :account AND position >= :first ORDER BY position LIMIT :most"""
_LAST = """SELECT position, body FROM entries
    WHERE account = :account ORDER BY position DESC LIMIT 1"""


async def count_entries(transaction: Transaction, account: AccountId) -> int:
    """Return how many entries the directory has."""
    row = await transaction.one(_COUNT, account=account)
    return row[0] if row else 0


async def root_of_tree(transaction: Transaction, account: AccountId) -> Hash:
    """Return the root of the stored tree."""
    height, count = 0, await count_entries(transaction, account)
    while count > 1:
        height, count = height + 1, (count + 1) // 2
    return await _node(transaction, account, height=height, position=0)


async def store_entry(
    transaction: Transaction,
    account: AccountId,
    *,
    position: int,
    principal: PrincipalId,
    body: bytes,
) -> Hash:
    """Store an entry and return the new root of the tree."""
    await transaction.run(
        _PUT_ENTRY, account=account, position=position, principal=principal, body=body
    )
    node, height = hash_leaf(body), 0
    count = await count_entries(transaction, account)
    while True:
        await transaction.run(
            _PUT_NODE, account=account, height=height, position=position, hash=node
        )
        if count == 1:
            return node
        sibling = position ^ 1
        if sibling < count:
            other = await _node(transaction, account, height=height, position=sibling)
            node = hash_node(other, node) if position % 2 else hash_node(node, other)
        position, height, count = position // 2, height + 1, (count + 1) // 2


async def prove(
    transaction: Transaction, account: AccountId, principal: PrincipalId
) -> EntryProof | None:
    """Return an entry with its path, or `None` if there is none."""
    row = await transaction.one(_ENTRY, account=account, principal=principal)
    return await _proof(transaction, account, row[0], row[1]) if row else None


async def prove_last(transaction: Transaction, account: AccountId) -> EntryProof:
    """Return the last entry with its path."""
    row = await transaction.one(_LAST, account=account)
    if row is None:
        message = "the account has no directory entries"
        raise IntegrityError(message)
    return await _proof(transaction, account, row[0], row[1])


async def prove_page(
    transaction: Transaction, account: AccountId, *, first: int, most: int
) -> list[EntryProof]:
    """Return entries with their paths, in order, from an index on."""
    rows = await transaction.all(_PAGE, account=account, first=first, most=most)
    return [await _proof(transaction, account, row[0], row[1]) for row in rows]


async def _proof(
    transaction: Transaction, account: AccountId, position: int, body: bytes
) -> EntryProof:
    path: list[Hash] = []
    height, count = 0, await count_entries(transaction, account)
    while count > 1:
        if position ^ 1 < count:
            path.append(await _node(transaction, account, height=height, position=position ^ 1))
        position, height, count = position // 2, height + 1, (count + 1) // 2
    return EntryProof(body=body, path=tuple(path))


async def _node(
    transaction: Transaction, account: AccountId, *, height: int, position: int
) -> Hash:
    row = await transaction.one(_NODE, account=account, height=height, position=position)
    if row is None:
        message = f"the directory's tree has no node {position} at height {height}"
        raise IntegrityError(message)
    node: Hash = row[0]
    return node
