"""The schemes of addresses: the one file that knows which transport serves which.

Everybody above works with the protocol of transports. Today an address is a file's.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from strongroom.addresses import parse_file_address
from strongroom.crypto.public.digests import NO_FINGERPRINT, Fingerprint
from strongroom.errors import StoreBusyError
from strongroom.ids import AccountId, PrincipalId
from strongroom.store.sqlite.store import SqliteStore
from strongroom.transport.embedded import EmbeddedTransport

if TYPE_CHECKING:
    from strongroom.clock import Clock
    from strongroom.runtime import Runtime
    from strongroom.transport.protocol import Transport


async def open_transport(
    url: str,
    *,
    account: AccountId,
    principal: PrincipalId,
    runtime: Runtime,
    clock: Clock,
    fp: Fingerprint = NO_FINGERPRINT,
) -> Transport:
    """Return the way to an account's home, as one principal.

    Args:
        principal: Whose requests these will be; empty for who has no keys there yet.
        fp: Fingerprint of the principal's keyset, where it may not be the current one.

    Raises:
        InputError: Not an address that this release serves.
        StoreError: The file cannot be used.
    """
    path = parse_file_address(url)
    try:
        store = SqliteStore.open(path, wait_seconds=0)
    except StoreBusyError:
        # Another process recovers or closes the file just now: wait where that stops nobody.
        store = await runtime.call(partial(SqliteStore.open, path))
    return EmbeddedTransport(
        store, url=url, account=account, principal=principal, runtime=runtime, clock=clock, fp=fp
    )


def make_home(
    url: str, *, account: AccountId, principal: PrincipalId, runtime: Runtime, clock: Clock
) -> Transport:
    """Return the way to a home in which an account is to be made; its file is made if need be.

    Raises:
        InputError: Not an address where this release can make an account.
        StoreError: The file cannot be made or used.
    """
    store = SqliteStore.create(parse_file_address(url))
    return EmbeddedTransport(
        store, url=url, account=account, principal=principal, runtime=runtime, clock=clock
    )
