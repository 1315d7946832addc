"""The public keys of open keysets, beside the directory that names them by hash.

A row comes with its keyset and goes when the keyset ends or its principal is
removed. Source: specs/formats.md sections 4 and 11.
"""

from __future__ import annotations

from typing import Final

from strongroom.crypto.public.principals import PrincipalKind, check_sealing_key
from strongroom.crypto.public.signatures import is_public_key
from strongroom.errors import IntegrityError
from strongroom.ids import format_id
from strongroom.store.protocol import Transaction
from strongroom.trust.directory import check_encryption_key
from strongroom.wire.entries import Entry, EntryState
from strongroom.wire.messages import EntryWrite, KeyRow

_PUT: Final = """INSERT INTO keysets (account, principal, fp, enc_pk, auth_pk)
    VALUES (:account, :principal, :fp, :enc_pk, :auth_pk)"""
_FPS: Final = "SELECT fp FROM keysets WHERE account = :account AND principal = :principal"
_DROP: Final = """DELETE FROM keysets
    WHERE account = :account AND principal = :principal AND fp = :fp"""
_KEYS: Final = """SELECT k.fp, k.enc_pk, e.ends_ms FROM keysets k LEFT JOIN keyset_ends e
    ON e.account = k.account AND e.principal = k.principal AND e.fp = k.fp
    WHERE k.account = :account AND k.principal = :principal"""


async def store_keys(
    transaction: Transaction, before: Entry | None, entry: Entry, write: EntryWrite
) -> None:
    """Keep the keys of a keyset that is new in an entry, and drop those of what has ended.

    Args:
        before: The entry as it is stored, `None` for a new principal.

    Raises:
        IntegrityError: Not the keys of the keyset, no auth key of a service
            account or one of anybody else, or keys without a new keyset.
        InvalidKeyError: An encryption key to which nothing can be sealed.
    """
    current = entry.current
    where = {"account": entry.account, "principal": entry.principal}
    if before is None or before.current.number != current.number:
        _check_keys(entry, write)
        await transaction.run(
            _PUT, **where, fp=current.fp, enc_pk=write.enc_pk, auth_pk=write.auth_pk
        )
    elif write.enc_pk or write.auth_pk:
        message = f"the keys of principal {format_id(entry.principal)} come without a new keyset"
        raise IntegrityError(message)
    is_open = {row.fp for row in entry.keysets if not row.until}
    for (fp,) in await transaction.all(_FPS, **where):
        if fp not in is_open or entry.state == EntryState.REMOVED:
            await transaction.run(_DROP, **where, fp=fp)


def _check_keys(entry: Entry, write: EntryWrite) -> None:
    check_encryption_key(entry, write.enc_pk)
    check_sealing_key(write.enc_pk)
    if any(row.fp == entry.current.fp for row in entry.keysets[:-1]):
        message = f"the new keys of principal {format_id(entry.principal)} are not new"
        raise IntegrityError(message)
    signs_requests = entry.kind == PrincipalKind.SERVICE_ACCOUNT
    if not (is_public_key(write.auth_pk) if signs_requests else not write.auth_pk):
        message = f"principal {format_id(entry.principal)} lacks the auth key that its kind needs"
        raise IntegrityError(message)


async def open_keys(transaction: Transaction, entry: Entry) -> tuple[KeyRow, ...]:
    """Return the encryption keys of a principal's open keysets, ascending by number.

    What is not stored is left out: the entry tells the reader that it lacks.
    """
    rows = await transaction.all(_KEYS, account=entry.account, principal=entry.principal)
    by_fp = {fp: KeyRow(fp, enc_pk, ends_ms or 0) for fp, enc_pk, ends_ms in rows}
    return tuple(by_fp[row.fp] for row in entry.keysets if not row.until and row.fp in by_fp)
