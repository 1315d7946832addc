"""Accepting a restored file: an owner tells every client that the older state is meant.

Source: specs/formats.md section 15.

Rules:

1. The root documents of the file are those that the owner holds, as far as
   both go; where the two part, somebody made another history (`fork`).
2. The head of the file is one that the owner remembers. Otherwise its signer
   stands, under the same key, in the newest root document that the owner
   holds, and the owner was shown what is under it and confirmed it: whoever
   was unlisted can still sign one today that fits an old file.
3. The new root document stands on the newest one that the owner holds, which
   the file may have lost, and lists nobody who is not in the file under the
   same keys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from strongroom.client.change.holders import Holders, fetch_holders
from strongroom.client.change.ledger import Ledger, Restored
from strongroom.client.people.profiles import Listed, list_principals
from strongroom.client.view.containers import Container
from strongroom.client.view.marks import Marks
from strongroom.client.view.session import Session
from strongroom.client.view.view import outrun
from strongroom.crypto.public.digests import NO_HASH, Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import (
    ForbiddenError,
    ForkError,
    IntegrityError,
    NotFoundError,
    RollbackError,
)
from strongroom.errors.refusals import ASK_AN_OWNER
from strongroom.ids import ContainerId, PrincipalId, format_id
from strongroom.transport.protocol import Transport
from strongroom.trust.access import AccessMark
from strongroom.trust.directory import HeadMark, Pin, verify_root_chain
from strongroom.wire.access import ContainerKind
from strongroom.wire.heads import Head
from strongroom.wire.messages import CommitRequest, SyncRequest
from strongroom.wire.roots import RootDocument, RootSigner, parse_root
from strongroom.wire.signed import SignedRoot


class RestoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """What an owner has to look at who does not remember the head of a file.

    The principals are complete and their entries verified; their names and
    addresses are as lists show them (threats T21).

    Attributes:
        root: The newest root document of the file.
        newest: The newest one that the owner holds, which says who has a role.
        seen: The newest head that the owner has seen.
        seen_before: Rev of the newest remembered head before this one, 0 without any.
        contradicts: Whether the owner has seen another head under the same rev.
        newer_access: Containers of which the owner has seen an access record,
            and the file has a newer one, or another under the same number:
            kinds by id.
    """

    head: Head
    hash: Hash
    root: RootDocument
    newest: RootDocument
    principals: list[Listed]
    seen: HeadMark
    seen_before: int
    contradicts: bool
    newer_access: dict[ContainerId, str]


# Shows a file to the owner; returns whether it is what the owner wants.
Confirm = Callable[[RestoredFile], bool]


async def common_pin(transport: Transport, seen: Marks) -> Pin:
    """Return the newest root document that the owner holds and the file has too.

    Raises:
        ForkError: The file has other documents than the owner.
        RollbackError: The newest that the owner trusts is neither in the file nor held.
    """
    answer = await transport.call(SyncRequest(root_version=0))
    for mine, theirs in zip(seen.roots, answer.roots, strict=False):
        if mine.body != theirs.body:
            message = (
                "the root documents of the database are not the ones that this computer has seen"
            )
            raise ForkError(message, layer="pin")
    if len(seen.roots) > len(answer.roots) > 0:
        body = answer.roots[-1].body
        return Pin(parse_root(body).version, sha256(body))
    if not answer.roots or parse_root(answer.roots[-1].body).version < seen.pin.version:
        message = "neither the database nor this computer has the account's newest root document"
        hint = "run this on a computer where an owner has used it since, or restore a newer backup"
        raise RollbackError(message, layer="pin", hint=hint)
    return seen.pin


async def accept_restored(
    session: Session, seen: Marks, *, head: Hash = NO_HASH, confirm: Confirm | None = None
) -> None:
    """Sign a new generation of the directory on top of a restored file.

    Args:
        session: Of an owner, opened without the marks that the file is older than.
        seen: What the owner has seen before.
        head: Hash of the only head that is accepted: one that the owner has
            looked at. Empty if the owner names none.
        confirm: Asked about a head that is neither remembered nor named.

    Raises:
        ForbiddenError: The caller is not an owner, by the newest document it
            holds; or the head is unknown and was signed by somebody who is not
            listed there (layer `signer`).
        IntegrityError: The head is another one than `head`, or unknown and not confirmed (layer
            `mark`); the held documents do not continue those of the file.
        ConflictError: Somebody else changed the directory meanwhile.
    """
    await session.ready()
    newest, lost = _newest(session, seen)
    root = parse_root(newest.body)
    if root.owner(session.principal) is None:
        message = "only an owner can accept a restored database"
        raise ForbiddenError(message, hint=ASK_AN_OWNER)
    accepted = session.marks.head
    await _check_head(session, seen, root, head=head, confirm=confirm)
    _check_records(session, seen)
    listed = [row.principal for row in (*root.owners, *root.administrators)]
    here = [who for who in listed if await _is_here(session, who)]
    groups = (root.owners_group, root.administrators_group)
    holders = await fetch_holders(session, [*here, *groups])
    if session.marks.head != accepted:
        raise outrun()  # what is signed is what was looked at
    ledger = Ledger(session, holders, restored=Restored(seen.head.rev, root, sha256(newest.body)))
    ledger.set_root(
        owners=_still_valid(root.owners, holders),
        administrators=_still_valid(root.administrators, holders),
        owners_group_fp=holders.need(root.owners_group).entry.current.fp,
        administrators_group_fp=holders.need(root.administrators_group).entry.current.fp,
    )
    change, _ = ledger.finish(older_roots=tuple(lost))
    await session.transport.call(CommitRequest(directory=change))
    await session.sync()


def _newest(session: Session, seen: Marks) -> tuple[SignedRoot, Sequence[SignedRoot]]:
    """Return the newest root document known, and those that the file has lost."""
    there = session.marks.roots
    lost = seen.roots[len(there) :]
    pin = Pin(session.directory.root.version, sha256(there[-1].body))
    verify_root_chain(session.account, pin, [there[-1], *lost])
    return (lost[-1] if lost else there[-1]), lost


def _check_records(session: Session, seen: Marks) -> None:
    """Refuse a file with another record than the one that was seen, or one added as if before.

    What is older than what was seen is what the backup had. From the acceptance
    on nobody remembers more, so a record that an owner would have refused yesterday
    would be signed anew tomorrow.

    Raises:
        IntegrityError: And its kinds: a record of a container is such a one.
    """
    for container in session.containers.values():
        mark = seen.containers.get(container.id)
        if mark is not None and container.record.access_rev >= mark.access_rev:
            _check_record(session, container, mark.as_access_mark())


def _check_record(session: Session, container: Container, mark: AccessMark) -> None:
    record, access = container.state.record, session.directory.access
    try:
        access.verify(record, container=container.id, mark=mark)
    except IntegrityError as error:
        message = (
            f"the database holds another history of {container.name} than this computer has seen"
        )
        hint = "restore the backup again, and accept it before anybody changes rights"
        raise type(error)(message, layer=error.layer, hint=hint) from None


async def _check_head(
    session: Session, seen: Marks, newest: RootDocument, *, head: Hash, confirm: Confirm | None
) -> None:
    """Refuse a head that is not remembered, unless it may be confirmed and is (rule 2)."""
    there, signer = session.marks.head, session.directory.head.signer
    if head and head != there.hash:
        message = "the directory head of the database is not the one that --head names"
        raise IntegrityError(message, layer="mark")
    if seen.has_seen(there.hash):
        return
    row = newest.signer(signer)
    if row is None or row != session.directory.root.signer(signer):
        message = (
            f"the directory head of the database was signed by {format_id(signer)}, "
            "who is no longer an owner or administrator"
        )
        hint = "run this on a computer that has seen this head, or restore another backup"
        raise ForbiddenError(message, layer="signer", hint=hint)
    if head or (confirm is not None and confirm(await _look(session, seen, newest))):
        return
    message = "the directory head of the database is not one that this computer has seen"
    raise IntegrityError(
        message, layer="mark", hint="look at what it contains, then give its hash with --head"
    )


async def _look(session: Session, seen: Marks, newest: RootDocument) -> RestoredFile:
    principals = await list_principals(session)
    head = session.directory.head
    known = [
        *((rev, digest) for digest, rev in seen.heads.items()),
        (seen.head.rev, seen.head.hash),
    ]
    return RestoredFile(
        head=head,
        hash=session.marks.head.hash,
        root=session.directory.root,
        newest=newest,
        principals=principals,
        seen=seen.head,
        seen_before=max((rev for rev, _ in known if rev < head.rev), default=0),
        contradicts=any(digest and rev == head.rev for rev, digest in known),
        newer_access=_newer_access(session, seen),
    )


def _newer_access(session: Session, seen: Marks) -> dict[ContainerId, str]:
    found: dict[ContainerId, str] = {}
    for container in session.containers.values():
        record, mark = container.record, seen.containers.get(container.id)
        if mark is None or record.access_rev < mark.access_rev:
            continue
        if container.record_hash != mark.hash:
            found[container.id] = ContainerKind(record.kind).name.lower()
    return found


async def _is_here(session: Session, principal: PrincipalId) -> bool:
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
