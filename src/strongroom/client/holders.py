"""Principals with the keys that something may be sealed to, verified under the current head.

Source: specs/formats.md section 4 ("Client rule"): no key is used that is not
in an entry with a verified path, and the encryption key beside it is checked.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from strongroom.client.entries import list_entries
from strongroom.client.session import Session
from strongroom.client.view import contradictory, outrun
from strongroom.errors import ConflictError, NotFoundError
from strongroom.ids import format_id
from strongroom.limits import BATCH_MAX
from strongroom.trust.directory import check_encryption_key
from strongroom.wire.entries import Entry
from strongroom.wire.messages import EntryProof, PrincipalsAnswer, PrincipalsRequest


class KeyHolder(msgspec.Struct, frozen=True):
    """A principal: its verified entry with its path, and its current encryption key."""

    entry: Entry
    path: tuple[bytes, ...]
    enc_pk: bytes


class Holders(msgspec.Struct, frozen=True):
    """Some principals, and the directory's last entry, all under one head.

    `unknown` are accessors of records who are proven not to be in the directory.
    """

    by_id: dict[bytes, KeyHolder]
    last: EntryProof
    unknown: frozenset[bytes] = frozenset()

    def need(self, principal: bytes) -> KeyHolder:
        """Return a principal that was asked for.

        Raises:
            ConflictError: It was not, because somebody changed what needs it meanwhile.
        """
        found = self.by_id.get(principal)
        if found is None:
            message = f"principal {format_id(principal)} came into it at the same time"
            raise ConflictError(message, hint="try again")
        return found


async def fetch_holders(
    session: Session, principals: Iterable[bytes], *, accessors: Iterable[bytes] = ()
) -> Holders:
    """Return principals with their keys, under the head of the current view.

    Args:
        accessors: Who stands in some record. Whoever may sign one can put
            anybody there (T15), which must not stop others from rotating.

    Raises:
        ConflictError: The directory has moved on since the last sync.
        NotFoundError: One of the principals is not in the directory.
        IntegrityError: An entry or key is not to be trusted.
    """
    wanted, listed = set(principals), set(accessors)
    try:
        return await _fetch(session, wanted | listed)
    except NotFoundError:
        # The service's word is not enough to take somebody's rights: the whole list is.
        there = {entry.principal for entry, _ in await list_entries(session)}
        unknown = listed - wanted - there
        if not unknown:
            raise
    holders = await _fetch(session, (wanted | listed) - unknown)
    return msgspec.structs.replace(holders, unknown=frozenset(unknown))


async def _fetch(session: Session, principals: Iterable[bytes]) -> Holders:
    wanted = sorted(principals)
    by_id: dict[bytes, KeyHolder] = {}
    last: EntryProof | None = None
    for start in range(0, len(wanted) or 1, BATCH_MAX):
        part = tuple(wanted[start : start + BATCH_MAX])
        answer: PrincipalsAnswer = await session.transport.call(
            "principals", PrincipalsRequest(principals=part)
        )
        directory = session.directory
        if not directory.is_at(answer.head):
            raise outrun()
        if not len(part) == len(answer.proofs) == len(answer.enc_pks):
            raise contradictory()
        for principal, proof, enc_pk in zip(part, answer.proofs, answer.enc_pks, strict=True):
            entry = directory.add_entry(proof)
            if entry.principal != principal:
                raise outrun()
            check_encryption_key(entry, enc_pk)
            by_id[principal] = KeyHolder(entry, proof.path, enc_pk)
        last = answer.last
        if directory.add_entry(last).index != directory.head.count - 1:
            raise outrun()
    if last is None:
        raise outrun()
    return Holders(by_id, last)
