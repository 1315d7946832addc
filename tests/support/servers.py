"""Our server in a thread of the test, with its own event loop and a real socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from strongroom.clock import Clock, system_clock
from strongroom.server.listening import READERS, make_server
from strongroom.server.places import Certificate, Listening
from strongroom.wiring.schemes import open_store

READY_SECONDS = 30


@contextmanager
def serving(
    path: Path,
    *,
    port: int = 0,
    certificate: Certificate | None = None,
    addresses: tuple[str, ...] = (),
    clock: Clock = system_clock,
) -> Iterator[str]:
    """Serve a database file; give the address."""
    stores = [open_store(path.as_uri()) for _ in range(READERS)]
    told: list[str] = []
    ready = threading.Event()

    def tell(url: str) -> None:
        told.append(url)
        ready.set()

    listening = Listening("127.0.0.1", port, addresses, certificate)
    server = make_server(stores, listening, clock=clock, ready=tell)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert ready.wait(READY_SECONDS)
        yield told[0]
    finally:
        server.end()
        thread.join()
        for store in stores:
            store.close()
