"""Accepting a restored file: an owner tells every client that the older state is meant.

Source: specs/formats.md section 15. The new root document stands on the newest
one that this owner holds, which the file may have lost, and lists nobody who is
not in the file under the same keys.
"""

from __future__ import annotations

from collections.abc import Sequence

from strongroom.client.holders import Holders, fetch_holders
from strongroom.client.ledger import Ledger, Restored
from strongroom.client.session import Session
from strongroom.crypto.hashes import sha256
from strongroom.errors import ForbiddenError, NotFoundError
from strongroom.transport.protocol import Transport
from strongroom.trust.directory import HeadMark, Pin, verify_root_chain
from strongroom.wire.messages import CommitRequest, SyncAnswer, SyncRequest
from strongroom.wire.roots import RootSigner, parse_root
from strongroom.wire.signed import SignedRoot


async def common_pin(transport: Transport, held: Sequence[SignedRoot], pin: Pin) -> Pin:
    """Return the newest root document that the owner holds and the file has too.

    Args:
        held: The documents that the owner has seen, from the first on.
        pin: What to start from where none are held.
    """
    answer: SyncAnswer = await transport.call("sync", SyncRequest(root_version=0))
    shared = [
        mine.body
        for mine, theirs in zip(held, answer.roots, strict=False)
        if mine.body == theirs.body
    ]
    if not shared:
        return pin
    return Pin(parse_root(shared[-1]).version, sha256(shared[-1]))


async def accept_restored(session: Session, held: Sequence[SignedRoot], seen: HeadMark) -> None:
    """Sign a new generation of the directory on top of a restored file.

    Args:
        session: Of an owner, opened without the marks that the file is older than.
        held: The root documents that the owner has seen, from the first on.
        seen: The newest head that the owner has seen.

    Raises:
        ForbiddenError: The caller is not an owner, by the newest document it holds.
        ConflictError: Somebody else changed the directory meanwhile.
        IntegrityError: The held documents do not continue those of the file.
    """
    await session.ready()
    newest, lost = _newest(session, held)
    if parse_root(newest.body).owner(session.principal) is None:
        message = "only an owner accepts a restored database"
        raise ForbiddenError(message)
    root = parse_root(newest.body)
    listed = [row.principal for row in (*root.owners, *root.administrators)]
    here = [who for who in listed if await _is_here(session, who)]
    groups = (root.owners_group, root.administrators_group)
    holders = await fetch_holders(session, [*here, *groups])
    ledger = Ledger(session, holders, restored=Restored(seen.rev, root, sha256(newest.body)))
    ledger.set_root(
        owners=_still_valid(root.owners, holders),
        administrators=_still_valid(root.administrators, holders),
        owners_group_fp=holders.need(root.owners_group).entry.current.fp,
        administrators_group_fp=holders.need(root.administrators_group).entry.current.fp,
    )
    change, _ = ledger.finish(older_roots=tuple(lost))
    await session.transport.call("commit", CommitRequest(directory=change))
    await session.sync()


def _newest(
    session: Session, held: Sequence[SignedRoot]
) -> tuple[SignedRoot, Sequence[SignedRoot]]:
    """Return the newest root document known, and those that the file has lost."""
    there = session.marks.roots
    lost = held[len(there) :]
    pin = Pin(session.directory.root.version, sha256(there[-1].body))
    verify_root_chain(session.account, pin, [there[-1], *lost])
    return (lost[-1] if lost else there[-1]), lost


async def _is_here(session: Session, principal: bytes) -> bool:
    try:
        await fetch_holders(session, [principal])
    except NotFoundError:
        return False
    return True


def _still_valid(rows: tuple[RootSigner, ...], holders: Holders) -> tuple[RootSigner, ...]:
    """Return those who are in the file, active, and under the keys that are listed."""
    return tuple(
        row
        for row in rows
        if row.principal in holders.by_id
        and holders.need(row.principal).entry.is_active
        and holders.need(row.principal).entry.current.fp == row.fp
    )
