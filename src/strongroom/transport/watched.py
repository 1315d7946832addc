"""A transport that tells of each call: which operation, how long it took, what became of it.

Requests and answers hold what is sealed, and some of it in clear: nothing of them is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from strongroom.transport.protocol import Transport
from strongroom.wire.operations import Answer, Request

_MS_PER_SECOND: Final = 1000


class WatchedTransport:
    """Another transport, watched."""

    def __init__(self, transport: Transport, tell: Callable[[str], None]) -> None:
        """Take the transport that does the work, and where a line about a call goes."""
        self._transport = transport
        self._tell = tell

    @property
    def url(self) -> str:
        """The address of the account's home."""
        return self._transport.url

    async def call(self, request: Request[Answer]) -> Answer:
        """Run one operation, and tell of it.

        Raises:
            StrongroomError: As the transport.
        """
        begun = time.perf_counter()
        outcome = "done"
        try:
            return await self._transport.call(request)
        except BaseException as error:
            outcome = type(error).__name__
            raise
        finally:
            milliseconds = (time.perf_counter() - begun) * _MS_PER_SECOND
            self._tell(f"call: {request.operation}, {outcome} in {milliseconds:.1f} ms")

    def change_token(self) -> object | None:
        """Return what the transport returns."""
        return self._transport.change_token()

    def close(self) -> None:
        """Release connections."""
        self._transport.close()
