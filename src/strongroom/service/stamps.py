"""The stamp of an account: what is replaced whenever something in it changes.

By it a client learns in a few bytes that nobody else changed anything. It is
random and no number: a file that was restored and went on from there would
count to a number that some client knows already.
Source: specs/formats.md section 13 ("Sync").
"""

from __future__ import annotations

from typing import Final

from strongroom.crypto.public.randomness import make_bytes
from strongroom.ids import NO_STAMP, AccountId, Stamp
from strongroom.store.protocol import Transaction

STAMP_BYTES: Final = 16

_READ = "SELECT stamp FROM account_stamps WHERE account = :account"
_PUT = """INSERT INTO account_stamps (account, stamp) VALUES (:account, :stamp)
    ON CONFLICT (account) DO UPDATE SET stamp = excluded.stamp"""


async def read_stamp(transaction: Transaction, account: AccountId) -> Stamp:
    """Return an account's stamp; empty if nothing changed since it was made by an older release."""
    row = await transaction.one(_READ, account=account)
    return row[0] if row else NO_STAMP


async def move_stamp(transaction: Transaction, account: AccountId) -> Stamp:
    """Give an account a new stamp, and return it."""
    stamp = Stamp(make_bytes(STAMP_BYTES))
    await transaction.run(_PUT, account=account, stamp=stamp)
    return stamp
