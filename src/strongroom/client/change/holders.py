"""Principals with the keys that something may be sealed to, verified under the current head.

Source: specs/formats.md section 4 ("Client rule"): no key is used that is not
in an entry with a verified path, and the encryption key beside it is checked.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from strongroom.client.view.entries import list_entries
from strongroom.client.view.session import Session
from strongroom.client.view.view import contradictory, outrun, retrying
from strongroom.crypto.grants import try_sealing
from strongroom.crypto.public.digests import Fingerprint, Hash
from strongroom.errors import ConflictError, IntegrityError, InvalidKeyError, NotFoundError
from strongroom.ids import PrincipalId, format_id
from strongroom.limits import PRINCIPALS_PER_REQUEST_MAX
from strongroom.trust.directory import check_encryption_key
from strongroom.wire.entries import Entry
from strongroom.wire.messages import EntryProof, KeyRow, PrincipalsRequest


class KeyHolder(msgspec.Struct, frozen=True):
    """A principal: its verified entry with its path, and the keys of its open keysets.

    `rows` are those that the entry names. `fault` says of an open keyset that
    its key is forged or missing, which harms only who seals something to it.
    """

    entry: Entry
    path: tuple[Hash, ...]
    rows: tuple[KeyRow, ...] = ()
    fault: str = ""

    @property
    def enc_pk(self) -> bytes:
        """The encryption key of the current keyset.

        Raises:
            IntegrityError: It is forged or missing (layer `key-hash`).
        """
        return self.row(self.entry.current.fp).enc_pk

    def ends_ms(self, fp: Fingerprint) -> int:
        """Return the agreed end of a keyset, which is the service's word; 0 for none."""
        return next((row.ends_ms for row in self.rows if row.fp == fp), 0)

    def row(self, fp: Fingerprint) -> KeyRow:
        """Return the key of an open keyset.

        Raises:
            IntegrityError: It is forged or missing (layer `key-hash`).
        """
        for row in self.rows:
            if row.fp == fp:
                return row
        message = self.fault or _fault(self.entry)
        raise IntegrityError(message, layer="key-hash")


class Holders(msgspec.Struct, frozen=True):
    """Some principals, and the directory's last entry, all under one head.

    `unknown` are accessors of records who are proven not to be in the directory.
    """

    by_id: dict[PrincipalId, KeyHolder]
    last: EntryProof
    unknown: frozenset[PrincipalId] = frozenset()

    def need(self, principal: PrincipalId) -> KeyHolder:
        """Return a principal that was asked for.

        Raises:
            ConflictError: It was not, because somebody changed what needs it meanwhile.
        """
        holder = self.by_id.get(principal)
        if holder is None:
            message = f"principal {format_id(principal)} was added at the same time"
            raise ConflictError(message, hint="try again")
        return holder


async def fetch_holders(
    session: Session,
    principals: Iterable[PrincipalId],
    *,
    accessors: Iterable[PrincipalId] = (),
    keys: bool = True,
) -> Holders:
    """Return principals with their keys, under the head of the current view.

    Args:
        accessors: Who stands in some record. Whoever may sign one can put
            anybody there (T15), which must not stop others from rotating.
        keys: Whether something is to be sealed to them; else entries do.

    Raises:
        ConflictError: The directory has moved on since the last sync.
        NotFoundError: One of the principals is not in the directory.
        IntegrityError: An entry is not to be trusted.
    """
    wanted, listed = set(principals), set(accessors)
    try:
        return await _fetch(session, wanted | listed, keys=keys)
    except NotFoundError:
        # The service's word is not enough to take somebody's rights: the whole list is.
        there = {entry.principal for entry, _ in await list_entries(session)}
        unknown = listed - wanted - there
        if not unknown:
            raise
    holders = await _fetch(session, (wanted | listed) - unknown, keys=keys)
    return msgspec.structs.replace(holders, unknown=frozenset(unknown))


async def list_unusable(session: Session) -> list[PrincipalId]:
    """Return the active principals to which nothing can be sealed, in the directory's order.

    Raises:
        ConflictError: The directory changed at every attempt.
    """
    await session.sync_fresh()

    async def once() -> list[PrincipalId]:
        active = [entry.principal for entry, _ in await list_entries(session) if entry.is_active]
        holders = await _fetch(session, active, keys=True)
        return [principal for principal in active if _is_unusable(holders.by_id[principal])]

    return await retrying(once, meanwhile=session.catch_up)


def _is_unusable(holder: KeyHolder) -> bool:
    try:
        try_sealing(holder.enc_pk)
    except (IntegrityError, InvalidKeyError):
        return True
    return bool(holder.fault)


async def _fetch(session: Session, principals: Iterable[PrincipalId], *, keys: bool) -> Holders:
    wanted = sorted(principals)
    by_id: dict[PrincipalId, KeyHolder] = {}
    last: EntryProof | None = None
    for start in range(0, len(wanted) or 1, PRINCIPALS_PER_REQUEST_MAX):
        part = tuple(wanted[start : start + PRINCIPALS_PER_REQUEST_MAX])
        answer = await session.transport.call(PrincipalsRequest(principals=part, keys=keys))
        directory = session.directory
        if not directory.is_at(answer.head):
            raise outrun()
        rows = answer.keys if keys else ((),) * len(part)
        if not len(part) == len(answer.proofs) == len(rows):
            raise contradictory()
        for principal, proof, given in zip(part, answer.proofs, rows, strict=True):
            entry = directory.add_entry(proof)
            if entry.principal != principal:
                raise outrun()
            by_id[principal] = (
                _holder(entry, proof.path, given) if keys else KeyHolder(entry, proof.path)
            )
        last = answer.last
        if directory.add_entry(last).index != directory.head.count - 1:
            raise outrun()
    if last is None:
        raise outrun()
    return Holders(by_id, last)


def _holder(entry: Entry, path: tuple[Hash, ...], given: tuple[KeyRow, ...]) -> KeyHolder:
    """Keep of the rows that a service gives those that the entry names."""
    rows = {row.fp: row for row in given if _is_true(entry, row)}
    is_open = {row.fp for row in entry.keysets if not row.until}
    fault = "" if is_open == rows.keys() and len(given) == len(rows) else _fault(entry)
    return KeyHolder(entry, path, tuple(rows.values()), fault)


def _is_true(entry: Entry, row: KeyRow) -> bool:
    try:
        check_encryption_key(entry, row.enc_pk, row.fp)
    except IntegrityError:
        return False
    return True


def _fault(entry: Entry) -> str:
    return f"an encryption key of principal {format_id(entry.principal)} is forged or missing"
