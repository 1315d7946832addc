"""What goes over the wire, and what the server's process holds, has no secret and no title."""

import json
import re
import socket
import threading
from contextlib import contextmanager, suppress

import pytest

from strongroom.base64url import decode_base64url
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.tokens import parse_token
from strongroom.wiring.engines import open_token
from support.servers import serving

HIDDEN = ("hunter", "dev", "password", "username")
_BINARY = re.compile(r"[A-Za-z0-9_-]{8,}")


@contextmanager
def recorded(path):
    """Serve a file behind a forwarder that writes down both directions; give address and record."""
    listener = socket.create_server(("127.0.0.1", 0))
    host, port = listener.getsockname()
    record, threads, sockets = [], [], []

    def forward(source, target):
        while data := source.recv(65536):
            record.append(data)
            target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def accept(to):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(to)
            sockets.extend((near, far))
            for ends in ((near, far), (far, near)):
                threads.append(threading.Thread(target=forward, args=ends))
                threads[-1].start()

    with serving(path, addresses=(f"{host}:{port}",)) as url:
        there = ("127.0.0.1", int(url.rpartition(":")[2]))
        accepting = threading.Thread(target=accept, args=(there,))
        accepting.start()
        yield f"http://{host}:{port}", record
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
    for thread in threads:
        thread.join()
    for one in sockets:
        one.close()


def decoded(record):
    """Return what went by, and every binary in it as it is inside."""
    text = b"".join(record).decode("latin-1")
    parts = [text]
    for word in _BINARY.findall(text):
        try:
            parts.append(decode_base64url(word).decode("latin-1"))
        except ValueError:
            continue
    return "\n".join(parts)


@pytest.fixture(scope="module")
def traffic(served):
    with recorded(served.home.path) as (url, record):
        opening = open_token(served.token, runtime=InlineRuntime(), url_override=url)
        engine = drive(opening)
        assert drive(engine.secrets.resolve("op://dev/db/password")) == "hunter"
        drive(engine.items.get(served.vault, served.item["id"]))
        drive(engine.items.list(served.vault))
        engine.close()
        yield decoded(record)


def test_traffic(traffic, served):
    """No value, no title, no name of a field, and not the token: neither plain nor in base64url."""
    assert "POST /v1/lookup" in traffic
    for hidden in HIDDEN:
        assert not re.search(rf"(?<![a-z]){hidden}(?![a-z])", traffic), hidden
    assert served.token[8:40] not in traffic


def test_objects(served):
    """Neither the transport nor what signs for it shows a seed."""
    engine = drive(open_token(served.token, runtime=InlineRuntime(), url_override=served.url))
    transport = engine._session.transport
    keyset = Keyset(parse_token(served.token).seed)
    shown = f"{transport!r} {vars(transport)!r}"
    assert "sign=" in shown
    for seed in (keyset.auth_seed, keyset.expose_seed()):
        assert repr(seed)[2:-1] not in shown
    engine.close()


def test_mutant_traffic(traffic):
    """The search finds a value that is sent plain, and one that is sent as binary."""
    for body in ({"value": "hunter"}, {"value": "aHVudGVyaHVudGVy"}):
        sent = decoded([traffic.encode("latin-1"), json.dumps(body).encode()])
        assert "hunter" in sent
