"""The program that listens: uvicorn with our application, and nothing of a request in its logs."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn

from strongroom.clock import Clock
from strongroom.errors import InputError
from strongroom.ids import NO_ACCOUNT, NO_PRINCIPAL
from strongroom.server.app import Home, make_app
from strongroom.server.places import Listening
from strongroom.service.authorize import Caller
from strongroom.service.installation import read_installation
from strongroom.store.protocol import Store, Transaction
from strongroom.wire.installation import InstallationRequest
from strongroom.wire.requests import format_authority

# Work that was begun is ended within so many seconds after SIGTERM, as long as containers wait.
DRAIN_SECONDS: Final = 10
# So many requests at a time; more are told to come again. Each can hold 64 MiB.
CONCURRENCY_MAX: Final = 256
# So many connections wait until they are taken.
BACKLOG: Final = 512
_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


def serve(
    store: Store, listening: Listening, *, clock: Clock, ready: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        ready: Called with the address when connections are taken.

    Raises:
        InputError: The address cannot be listened at.
    """
    taken = _listen(listening)
    host, port = taken.getsockname()[:2]
    addresses = listening.addresses or [format_authority(host, port)]
    installation = store.read(lambda transaction: _installation(transaction, clock))
    home = Home(store, installation=installation, addresses=addresses, clock=clock)
    server = _Server(_configuration(home, listening), lambda: ready(_url(listening, host, port)))
    with taken:
        asyncio.run(server.serve(sockets=[taken]))


class _Server(uvicorn.Server):
    """Tells when it is ready, and has no line in any log about it."""

    def __init__(self, configuration: uvicorn.Config, tell: Callable[[], None]) -> None:
        super().__init__(configuration)
        self._tell = tell

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals that end us; uvicorn would raise them again at the end."""
        before = {one: signal.signal(one, self.handle_exit) for one in _ENDING}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take connections."""
        await super().startup(sockets)
        if self.started:
            self._tell()


def _listen(listening: Listening) -> socket.socket:
    try:
        return socket.create_server(
            (listening.host, listening.port),
            family=socket.AF_INET6 if ":" in listening.host else socket.AF_INET,
            backlog=BACKLOG,
        )
    except OSError as error:
        reason = (error.strerror or "it is no address").lower()
        message = f"cannot listen at {listening.host}, port {listening.port}: {reason}"
        raise InputError(message) from None


def _configuration(home: Home, listening: Listening) -> uvicorn.Config:
    files = listening.certificate
    return uvicorn.Config(
        make_app(home),
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        ws="none",
        limit_concurrency=CONCURRENCY_MAX,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        ssl_certfile=None if files is None else files.chain,
        ssl_keyfile=None if files is None else files.key,
    )


async def _installation(transaction: Transaction, clock: Clock) -> bytes:
    caller = Caller(NO_ACCOUNT, NO_PRINCIPAL, clock())
    return (await read_installation(transaction, caller, InstallationRequest())).id


def _url(listening: Listening, host: str, port: int) -> str:
    scheme = "http" if listening.certificate is None else "https"
    return f"{scheme}://{format_authority(host, port)}"
