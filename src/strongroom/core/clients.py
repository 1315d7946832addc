"""The clients of a core: numbered, one engine each, forgotten when nobody uses them.

Wrappers do not release all that they make: after a new approval the ids of
earlier ones stay behind, and a program that is killed releases none. So an id
expires by itself. A wrapper that uses an id without a client is told so by the name on
which all three of them make a new client and repeat the call: the client may have
expired, or lived in a core that has ended.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from strongroom.clock import Clock
from strongroom.crypto.public.randomness import make_bytes
from strongroom.errors import DesktopSessionExpiredException, StrongroomError

if TYPE_CHECKING:
    from strongroom.client.engine import Engine

# As long as a pause in work may be; a program that sleeps longer opens its account again, which
# costs some milliseconds, and until then its keys are in no memory.
CLIENT_IDLE_MS: Final = 60 * 60 * 1000
# A program has a handful. This many are a leak, and each holds keys and a connection.
CLIENTS_MAX: Final = 1_000
# Of 48 bits: two cores in a row give out the same id by no likely chance, and no program makes
# so many clients that an id leaves what JavaScript's numbers hold exactly (2^53).
_FIRST_ID_BYTES: Final = 6

_GONE_TEXT: Final = (
    "the client is not here any more: it was not used for a long time, or its core has ended"
)


def idle_clock() -> int:
    """Return milliseconds that pass also while the computer sleeps, where it can tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(clock) // 1_000_000


@dataclass(slots=True, repr=False)
class CoreClient:
    """One client: its engine, and what is going on with it."""

    engine: Engine
    reads_base64: bool
    used_ms: int
    calls: int = 0
    ended: bool = False

    def close_if_unused(self) -> None:
        """Close the engine of an ended client, unless a call is still at work."""
        if self.ended and not self.calls:
            self.engine.close()


class Clients:
    """Clients by id. Ids are never used twice."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._clients: dict[int, CoreClient] = {}
        self._next_id = int.from_bytes(make_bytes(_FIRST_ID_BYTES))

    def add(self, engine: Engine, *, reads_base64: bool) -> int:
        """Take an engine, and return the id of its client."""
        self.expire()
        while len(self._clients) >= CLIENTS_MAX:
            self._drop(min(self._clients, key=lambda one: self._clients[one].used_ms))
        client_id, self._next_id = self._next_id, self._next_id + 1
        self._clients[client_id] = CoreClient(engine, reads_base64, self._clock())
        return client_id

    @contextmanager
    def use(self, client_id: int) -> Iterator[CoreClient]:
        """Lend a client for one call; it is not closed before the call has ended.

        Raises:
            DesktopSessionExpiredException: There is none of that id, or no longer.
        """
        self.expire()
        client = self._clients.get(client_id)
        if client is None:
            raise DesktopSessionExpiredException(_GONE_TEXT, hint="authenticate again")
        client.calls += 1
        try:
            yield client
        finally:
            client.calls -= 1
            client.used_ms = self._clock()
            with suppress(StrongroomError):  # the answer is there; who released it was told nothing
                client.close_if_unused()

    def release(self, client_id: int) -> None:
        """End a client; one that is not known is none any more.

        Raises:
            StrongroomError: What it has seen cannot be kept.
        """
        client = self._clients.pop(client_id, None)
        if client is not None:
            client.ended = True
            client.close_if_unused()

    def expire(self) -> None:
        """End the clients that were not used for too long."""
        oldest = self._clock() - CLIENT_IDLE_MS
        for client_id, client in list(self._clients.items()):
            if client.used_ms < oldest and not client.calls:
                self._drop(client_id)

    def close(self) -> None:
        """End all clients."""
        for client_id in list(self._clients):
            self._drop(client_id)

    def _drop(self, client_id: int) -> None:
        with suppress(StrongroomError):  # nobody is left who could be told
            self.release(client_id)
