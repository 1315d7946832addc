"""The transport without a network: the service in the engine's own process.

No signatures and no nonces: whoever opened the token or the account is the
principal, and whoever can write the file is outside the service's rules
(docs/reference/threats.md, T15).
"""

from __future__ import annotations

import time
from functools import partial
from typing import Final

from strongroom.clock import Clock
from strongroom.crypto.public.digests import NO_FINGERPRINT, Fingerprint
from strongroom.errors import StoreBusyError
from strongroom.ids import AccountId, PrincipalId
from strongroom.runtime import Runtime
from strongroom.service.authorize import Caller
from strongroom.service.operations import dispatch, find_operation
from strongroom.store.protocol import WRITE_WAIT_SECONDS, Store, Transaction
from strongroom.wire.operations import Answer, Request

# A reader meets a lock while another process recovers or closes the file, or another thread
# reads at length.
_RETRY_SECONDS: Final = 0.005


class EmbeddedTransport:
    """One principal's way into one database file."""

    def __init__(
        self,
        store: Store,
        *,
        url: str,
        account: AccountId,
        principal: PrincipalId,
        runtime: Runtime,
        clock: Clock,
        fp: Fingerprint = NO_FINGERPRINT,
    ) -> None:
        """Take an open file.

        Args:
            fp: Fingerprint of the keyset in use, which a token always has.
        """
        self._fp = fp
        self._store = store
        self._url = url
        self._account = account
        self._principal = principal
        self._runtime = runtime
        self._clock = clock

    @property
    def url(self) -> str:
        """The address of the file."""
        return self._url

    async def call(self, request: Request[Answer]) -> Answer:
        """Run one operation on the file: small reads at once, the rest where it may block."""
        chosen = find_operation(request)

        async def work(transaction: Transaction) -> Answer:
            caller = Caller(self._account, self._principal, self._clock(), self._fp)
            return await dispatch(transaction, caller, request)

        if chosen.writes:
            return await self._runtime.call(lambda: self._store.write(work))
        takes_long = chosen.takes_long(request)
        deadline = time.monotonic() + WRITE_WAIT_SECONDS
        while True:
            try:
                if takes_long:
                    return await self._runtime.call(partial(self._store.read, work))
                return self._store.read(work)
            except StoreBusyError:
                if time.monotonic() >= deadline:
                    raise
            await self._runtime.pause(_RETRY_SECONDS)

    def change_token(self) -> object | None:
        """Return the store's token, or `None` while another process holds the file."""
        try:
            return self._store.change_token()
        except StoreBusyError:
            return None

    def close(self) -> None:
        """Close the file."""
        self._store.close()
