"""The schemes of addresses: the one file that knows which transport serves which.

Everybody above works with the protocol of transports. An address is a file's, or a server's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from strongroom.addresses import is_server_address, parse_file_address, parse_server_address
from strongroom.crypto.public.digests import NO_FINGERPRINT, Fingerprint
from strongroom.errors import NotAvailableError, StoreBusyError
from strongroom.ids import AccountId, PrincipalId
from strongroom.store.sqlite.store import SqliteStore
from strongroom.transport.embedded import EmbeddedTransport
from strongroom.wire.requests import KeyKind

if TYPE_CHECKING:
    from strongroom.clock import Clock
    from strongroom.runtime import Runtime
    from strongroom.store.protocol import Store
    from strongroom.transport.protocol import Transport


class ServiceAccountKey(NamedTuple):
    """How a service account signs its requests, and for which installation, if its token says."""

    sign: Callable[[bytes], bytes]
    installation: bytes


async def open_transport(
    url: str,
    *,
    account: AccountId,
    principal: PrincipalId,
    runtime: Runtime,
    clock: Clock,
    fp: Fingerprint = NO_FINGERPRINT,
    service_account: ServiceAccountKey | None = None,
) -> Transport:
    """Return the way to an account's home, as one principal.

    Args:
        principal: Whose requests these will be; empty for who has no keys there yet.
        fp: Fingerprint of the principal's keyset, where it may not be the current one.
        service_account: What a service account has to ask a server with.

    Raises:
        InputError: Not an address that this release serves.
        NotAvailableError: A server, and not a service account: people have no keys there yet.
        StoreError: The file cannot be used.
    """
    if is_server_address(url):
        return _to_server(
            url,
            account=account,
            principal=principal,
            runtime=runtime,
            clock=clock,
            key=service_account,
        )
    path = parse_file_address(url)
    try:
        store = SqliteStore.open(path, wait_seconds=0)
    except StoreBusyError:
        # Another process recovers or closes the file just now: wait where that stops nobody.
        store = await runtime.call(partial(SqliteStore.open, path))
    return EmbeddedTransport(
        store, url=url, account=account, principal=principal, runtime=runtime, clock=clock, fp=fp
    )


def _to_server(
    url: str,
    *,
    account: AccountId,
    principal: PrincipalId,
    runtime: Runtime,
    clock: Clock,
    key: ServiceAccountKey | None,
) -> Transport:
    address = parse_server_address(url)
    if key is None:
        message = "people cannot sign in to a server yet; programs with a token can use one"
        raise NotAvailableError(message, hint="use the database file itself, on its computer")
    from strongroom.transport.http import HttpTransport, Signer  # most homes are files

    return HttpTransport(
        url,
        address,
        installation=key.installation,
        signer=Signer(account, principal, KeyKind.SERVICE_ACCOUNT, key.sign),
        runtime=runtime,
        clock=clock,
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


def open_store(url: str) -> Store:
    """Return the database at an address, for who serves it to others.

    Raises:
        InputError: Not an address of a file.
        StoreError: It cannot be used.
    """
    return SqliteStore.open(parse_file_address(url))
