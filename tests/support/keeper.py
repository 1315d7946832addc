"""Direct talk with the service on a home's file, as any principal, at any time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from strongroom.client.engine import Engine
from strongroom.client.view.containers import Acting, Container
from strongroom.client.view.objects import Draft, Opened, seal_revision
from strongroom.client.view.session import Session
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.ids import format_id, parse_id
from strongroom.permissions import ALL_BITS
from strongroom.service.authorize import Caller, find_entry
from strongroom.service.operations import dispatch, find_operation
from strongroom.store.protocol import Store, Transaction
from strongroom.trust.signers import SignedBody
from strongroom.wire.access import Accessor
from strongroom.wire.entries import Entry
from strongroom.wire.messages import (
    CommitRequest,
    ContainerState,
    DirectoryChange,
    EntryWrite,
    Query,
    RecordChange,
    SealedRow,
    StoredRevision,
    SyncAnswer,
    SyncRequest,
    UserRow,
)
from strongroom.wire.operations import Answer, Request
from strongroom.wire.revisions import State, parse_revision

from .homes import Home
from .stores import open_store

NOW = 1_800_000_000_000


class _TakenBackError(Exception):
    """Raised to roll back."""


@dataclass
class Keeper:
    """The service on one file."""

    store: Store
    account: bytes

    def call(self, request: Request[Answer], principal: bytes, *, now: int = NOW) -> Answer:
        """Run one operation as a principal, a service account with its current keyset."""

        async def work(session: Transaction) -> Answer:
            caller = await self.caller(session, principal, now)
            return await dispatch(session, caller, request)

        return self.store.write(work) if find_operation(request).writes else self.store.read(work)

    def user_row(self, user: bytes) -> UserRow | None:
        """Return all that is stored of what lets a user unlock; no operation answers with it."""
        names = ", ".join(UserRow.__struct_fields__)

        async def work(session: Transaction) -> UserRow | None:
            sql = f"SELECT {names} FROM users WHERE account = :account AND id = :user"
            row = await session.one(sql, account=self.account, user=user)
            return UserRow(*row) if row else None

        return self.store.read(work)

    async def caller(self, session: Transaction, principal: bytes, now: int = NOW) -> Caller:
        """Return a principal as its transport names it."""
        entry = await find_entry(session, self.account, principal)
        is_token = entry is not None and entry.kind == PrincipalKind.SERVICE_ACCOUNT
        fp = entry.current.fp if entry is not None and is_token else b""
        return Caller(self.account, principal, now, fp)

    def synced(self, principal: bytes) -> list[SyncAnswer]:
        """Return the pages of a sync: every test of the service adds vaults to its one account."""
        answers = [self.call(SyncRequest(root_version=0), principal)]
        while answers[-1].next:
            request = SyncRequest(root_version=0, after=answers[-1].next)
            answers.append(self.call(request, principal))
        return answers

    def state(self, hand: Hand) -> ContainerState | None:
        """Return a hand's vault as a sync answers it, `None` if it does not."""
        rows = [row for answer in self.synced(hand.me) for row in answer.containers]
        return next((row for row in rows if row.id == hand.vault), None)

    def rehearse(self, request: Request[Answer], principal: bytes) -> None:
        """Run one operation and take it back: what is wrongly accepted harms no other test."""

        async def work(session: Transaction) -> None:
            await dispatch(session, await self.caller(session, principal), request)
            raise _TakenBackError

        with contextlib.suppress(_TakenBackError):
            self.store.write(work)

    def close(self) -> None:
        """Close the file."""
        self.store.close()


def keeper_of(home: Home) -> Keeper:
    """Return the service of a home."""
    return Keeper(open_store(home.path), parse_id(home.account.account_id))


def session_of(engine: Engine) -> Session:
    """Return an engine's session, to seal what its areas would never seal."""
    return engine._session


@dataclass
class Hand:
    """A principal's own hand: seals and signs whatever a test wants in one vault."""

    engine: Engine
    vault: bytes

    @property
    def session(self) -> Session:
        """The session of the engine."""
        return session_of(self.engine)

    @property
    def me(self) -> bytes:
        """The principal's id."""
        return self.session.principal

    @property
    def container(self) -> Container:
        """The vault as the engine knows it."""
        return self.session.containers[self.vault]

    def seal(
        self,
        object_id: bytes,
        *,
        before: Opened | None = None,
        state: int = State.ACTIVE,
        title: str = "title",
        via: bytes | None = None,
        **facts: Any,
    ) -> StoredRevision:
        """Seal a revision; no permission is asked, and signed facts may be changed."""
        gone = state == State.DELETED
        draft = Draft(
            object=object_id,
            overview={} if gone else {"title": title, "category": "Login"},
            details={} if gone else {"fields": []},
            state=state,
            before=before,
        )
        acting = Acting(via or self.me, b"", ALL_BITS)
        session = self.session
        sealed = seal_revision(session.place(), self.container, acting, draft, session.keyset)
        if not facts:
            return sealed
        body = msgspec.structs.replace(parse_revision(sealed.body), **facts).encode()
        return msgspec.structs.replace(sealed, body=body, signature=session.keyset.sign(body))

    def query(self, object_id: bytes, **options: Any) -> Query:
        """Return a look-up of an object."""
        return Query(container=self.vault, object=object_id, **options)


def make_robot(home: Home, owner: Hand, mask: int, **options: Any) -> Hand:
    """Return the hand of a new service account with these bits on the owner's vault."""
    masks = {format_id(owner.vault): mask}
    token = home.run(owner.engine.service_accounts.create("robot", masks, **options))
    robot = home.by_token(token.expose())
    home.run(owner.session.sync())
    return Hand(robot, owner.vault)


def next_record(hand: Hand, **facts: Any) -> RecordChange:
    """Return a change that signs the vault's next record as its creator, with facts changed."""
    session, container = hand.session, hand.container
    usual = {
        "access_rev": container.record.access_rev + 1,
        "previous": container.record_hash,
        "directory_rev": session.place().directory_rev,
        "authority": 1,
        "authority_rev": 0,
        "authority_hash": b"",
        "signer": session.principal,
        "signer_fp": session.fp,
        "via": session.principal,
    }
    body = msgspec.structs.replace(container.record, **(usual | facts)).encode()
    return RecordChange(record=SignedBody(body, session.keyset.sign(body)))


def resealed(rows: Iterable[Accessor]) -> tuple[tuple[Accessor, ...], tuple[SealedRow, ...]]:
    """Return rows with new sealed keys, as far as a service can tell, and those keys."""
    rows = tuple(rows)
    sealed = {(row.principal, row.fp): b"new" + row.fp for row in rows}
    changed = [
        msgspec.structs.replace(row, sealed_hash=sha256(sealed[row.principal, row.fp]))
        for row in rows
    ]
    return tuple(changed), tuple(SealedRow(*who, key) for who, key in sealed.items())


def rotation(hand: Hand, rows: Iterable[Accessor] | None = None, **facts: Any) -> RecordChange:
    """Return a change that begins the next epoch with some of the rows there are."""
    record = hand.container.record
    accessors, sealed = resealed(record.accessors if rows is None else rows)
    new_epoch = {
        "epoch": record.epoch + 1,
        "key_id": b"k" * 16,
        "link_hash": sha256(b"link"),
        "accessors": accessors,
    }
    change = next_record(hand, **(new_epoch | facts))
    return msgspec.structs.replace(change, sealed=sealed, link=b"link")


def next_head(
    hand: Hand, entry: Entry, enc_pk: bytes = b"", auth_pk: bytes = b"", **facts: Any
) -> DirectoryChange:
    """Return a change that stores one entry under the next head, with facts changed.

    The keys are those of a new keyset.
    """
    session = hand.session
    before = session.directory.head
    usual = {
        "rev": before.rev + 1,
        "previous": sha256(before.encode()),
        "signer": session.principal,
    }
    head = msgspec.structs.replace(before, **(usual | facts))
    body = head.encode()
    write = EntryWrite(
        msgspec.structs.replace(entry, entry_rev=before.rev + 1).encode(), enc_pk, auth_pk
    )
    return DirectoryChange(entries=(write,), head=SignedBody(body, session.keyset.sign(body)))


def opened(stored: StoredRevision) -> Opened:
    """Return a sealed revision as what the next one follows."""
    return Opened(parse_revision(stored.body), sha256(stored.body), {}, {})


def commit(*revisions: StoredRevision, independent: bool = False) -> CommitRequest:
    """Return a request that stores revisions."""
    return CommitRequest(revisions=revisions, independent=independent)


def counter() -> Callable[[], bytes]:
    """Return a maker of object ids that are never the same twice."""
    numbers = iter(range(1, 1 << 32))
    return lambda: next(numbers).to_bytes(16, "big")
