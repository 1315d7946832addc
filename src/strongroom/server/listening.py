"""The program that listens: uvicorn with our application, and nothing of a request in its logs."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
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
from strongroom.wire.requests import InstallationRequest, format_authority

# Work that was begun is ended within so many seconds after SIGTERM, as long as containers wait.
DRAIN_SECONDS: Final = 10
# So many requests at a time; more are told to come again. Each can hold 64 MiB.
CONCURRENCY_MAX: Final = 256
# So many connections wait until they are taken.
BACKLOG: Final = 512
# Reading is work for a processor, of which a process uses little more than one.
READERS: Final = 4
_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


def make_server(
    stores: Sequence[Store], listening: Listening, *, clock: Clock, ready: Callable[[str], None]
) -> Server:
    """Return a server that has its address and takes no connections yet.

    Args:
        stores: One database, opened so many times as requests are answered side by side.
        ready: Called with the address when connections are taken.

    Raises:
        InputError: The address cannot be listened at, or the certificate cannot be used.
    """
    taken = _listen(listening)
    host, port = taken.getsockname()[:2]
    addresses = listening.addresses or [format_authority(host, port)]
    installation = stores[0].read(lambda transaction: _installation(transaction, clock))
    home = Home(stores, installation=installation, addresses=addresses, clock=clock)
    scheme = "http" if listening.certificate is None else "https"
    url = f"{scheme}://{format_authority(host, port)}"
    configuration = _configuration(home, listening)
    try:
        configuration.load()
    except (OSError, ValueError):  # what ssl says names no file
        taken.close()
        message = "the TLS certificate and its key cannot be used together"
        raise InputError(message, hint="both are PEM files, the key without a password") from None
    return Server(configuration, taken, lambda: ready(url))


class Server:
    """What listens, until a signal or another thread ends it."""

    def __init__(
        self, configuration: uvicorn.Config, taken: socket.socket, tell: Callable[[], None]
    ) -> None:
        self._uvicorn = _Uvicorn(configuration, tell)
        self._taken = taken

    def run(self) -> None:
        """Serve; in the main thread until SIGTERM or SIGINT, too."""
        with self._taken:
            asyncio.run(self._uvicorn.serve(sockets=[self._taken]))

    def end(self) -> None:
        """End from another thread: what was begun is answered first."""
        self._uvicorn.should_exit = True


class _Uvicorn(uvicorn.Server):
    """Tells when it is ready, and has no line in any log about it."""

    def __init__(self, configuration: uvicorn.Config, tell: Callable[[], None]) -> None:
        super().__init__(configuration)
        self._tell = tell

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals that end us; uvicorn would raise them again at the end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
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
        taken = socket.create_server(
            (listening.host, listening.port),
            family=socket.AF_INET6 if ":" in listening.host else socket.AF_INET,
            backlog=BACKLOG,
        )
    except OSError as error:
        reason = (error.strerror or "it is no address").lower()
        message = f"cannot listen at {listening.host}, port {listening.port}: {reason}"
        raise InputError(message) from None
    # Connections inherit it. asyncio sets it only where a socket names its protocol, which these do
    # not; without it an answer in two parts waits for the client's acknowledgement, 40 ms.
    taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return taken


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
