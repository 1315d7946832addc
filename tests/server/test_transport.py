"""The way to a server: what goes wrong on it is one typed error, and the next call starts anew."""

import datetime as dt
import ipaddress
import json
import os
import socket
import threading
from contextlib import contextmanager, suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from strongroom.addresses import ServerAddress, parse_server_address
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.clock import system_clock
from strongroom.crypto.tokens import parse_token
from strongroom.errors import (
    ClockSkewError,
    InputError,
    NotAvailableError,
    StrongroomError,
    UnauthorizedError,
    UnreachableError,
)
from strongroom.server.listening import make_server
from strongroom.server.places import Certificate, Listening
from strongroom.wiring.engines import open_token
from strongroom.wiring.schemes import open_store
from support.servers import serving

REFERENCE = "op://dev/db/password"
DAY_MS = 24 * 60 * 60 * 1000


def connect(served, url, clock=system_clock, token=None):
    """Return the engine of the token, through a server."""
    opening = open_token(
        token or served.token, runtime=InlineRuntime(), url_override=url, clock=clock
    )
    return drive(opening)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://secrets.example.org", ServerAddress(True, "secrets.example.org", 443)),
        ("https://Secrets.Example.org/", ServerAddress(True, "secrets.example.org", 443)),
        ("https://[2001:db8::1]:8443", ServerAddress(True, "2001:db8::1", 8443)),
        ("http://127.0.0.1:8465", ServerAddress(False, "127.0.0.1", 8465)),
        ("http://localhost", ServerAddress(False, "localhost", 80)),
    ],
)
def test_addresses(url, expected):
    """An address is a scheme, a host and perhaps a port."""
    assert parse_server_address(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https://a/b",
        "https://a?x",
        "https://a#x",
        "https://user@a",
        "https://user:secret@a",
        "https://a:0x1",
        "https://a:70000",
        "https://a b",
        "https://a..b",
        "https://-a",
        "https://" + "a" * 254,
        "http://192.0.2.1",
        "http://example.org",
        "http://127.0.0.1.example.org",
        "ftp://a",
        "https:a",
        "https://[::1",
    ],
)
def test_no_addresses(url):
    """Anything more is refused, and so is plain HTTP to another computer."""
    with pytest.raises(InputError) as caught:
        parse_server_address(url)
    assert "secret" not in f"{caught.value} {caught.value.hint}".replace("secrets.example", "")


@contextmanager
def scripted(*answers):
    """Answer one connection after the other with these bytes, whatever is asked."""
    listener = socket.create_server(("127.0.0.1", 0))

    def work():
        for answer in answers:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                received = b""
                while b"\r\n\r\n" not in received:
                    received += connection.recv(65536)
                connection.sendall(answer)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # ends the waiting for one more
        listener.close()
        thread.join()


def reply(body, status="200 OK", more=""):
    head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n{more}\r\n"
    return head.encode() + body


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"", "was not reached"),
        (b"nonsense\r\n\r\n", "was not reached"),
        (reply(b"<html>"), "not one of a Strongroom server"),
        (reply(b"{}"), "not one of a Strongroom server"),
        (reply(b'{"id":"?","timeMs":1}'), "not one of a Strongroom server"),
        (reply(b"", "302 Found", "location: http://192.0.2.1/\r\n"), "status 302"),
        (reply(b"[1]", "500 Internal Server Error"), "status 500"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", "was not reached"),
    ],
    ids=["nothing", "no HTTP", "a page", "no fields", "wrong fields", "moved", "broken", "cut off"],
)
def test_no_answers(served, answer, says):
    """What is no answer of ours is an error that names the server."""
    with scripted(answer, answer) as url, pytest.raises(UnreachableError, match=says):
        connect(served, url)


def test_nobody_listens(served):
    """A server that is not there is told with its address and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(UnreachableError, match="connection refused") as caught:
        connect(served, url)
    assert url in str(caught.value)
    assert "whether the server runs" in caught.value.hint


def test_another_home(served, tmp_path):
    """A server of another account knows nobody of this one."""
    from support.homes import make_home

    other = make_home(tmp_path)
    with serving(other.path) as url, pytest.raises(UnauthorizedError, match="not valid here"):
        connect(served, url)


def test_an_unknown_code(served):
    """A code of a newer server counts as the class of its status."""
    body = json.dumps({"code": "new", "message": "no"}).encode()
    with scripted(reply(body, "403 Forbidden")) as url, pytest.raises(StrongroomError) as caught:
        connect(served, url)
    assert caught.value.code == "forbidden"


def test_clocks(served):
    """A clock that is hours wrong is put right by the service's, one that is days wrong is not."""
    for hours in (-7, 7):
        offset = hours * DAY_MS // 24
        engine = connect(served, served.url, lambda offset=offset: system_clock() + offset)
        assert drive(engine.secrets.resolve(REFERENCE)) == "hunter"
        engine.close()
    with pytest.raises(ClockSkewError, match="over 24 hours apart"):
        connect(served, served.url, lambda: system_clock() - 2 * DAY_MS)


def test_a_server_that_comes_again(served):
    """After an outage the next call works, on the same client."""
    with serving(served.home.path) as url:
        engine = connect(served, url)
        assert drive(engine.secrets.resolve(REFERENCE)) == "hunter"
    with pytest.raises(UnreachableError):
        drive(engine.secrets.resolve(REFERENCE))
    with serving(served.home.path, port=int(url.rpartition(":")[2])):
        assert drive(engine.secrets.resolve(REFERENCE)) == "hunter"
    engine.close()


def test_answers_do_not_wait(served):
    """An answer in several parts is not held back until the client has acknowledged the first."""
    stores = [open_store(served.home.path.as_uri())]
    listening = Listening("127.0.0.1", 0, ())
    server = make_server(stores, listening, clock=system_clock, ready=lambda _: None)
    with server._taken as taken, socket.create_connection(taken.getsockname()):
        accepted, _ = taken.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    stores[0].close()


def test_after_a_fork(served):
    """A child has connections of its own, and leaves those of its parent as they are."""
    engine = connect(served, served.url)
    assert drive(engine.secrets.resolve(REFERENCE)) == "hunter"
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            right = drive(engine.secrets.resolve("op://dev/i3/password")) == "3"
            os._exit(0 if right else 1)
        children.append(child)
    assert drive(engine.secrets.resolve(REFERENCE)) == "hunter"
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    engine.close()


def test_people(served):
    """People have no keys at a server yet, and are told so."""
    from strongroom.wiring.schemes import open_transport

    parsed = parse_token(served.token)
    with pytest.raises(NotAvailableError, match="people cannot sign in"):
        drive(
            open_transport(
                served.url,
                account=parsed.account,
                principal=parsed.principal,
                runtime=InlineRuntime(),
                clock=system_clock,
            )
        )


def make_certificate(folder, name):
    """Make a certificate of its own for 127.0.0.1 or for another name."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    names = (
        [x509.IPAddress(ipaddress.ip_address(name))] if name[0].isdigit() else [x509.DNSName(name)]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Certificate(chain, private)


def test_certificates(served, tmp_path, monkeypatch):
    """A certificate that nobody vouches for, or of another name, is refused; a known one is not."""
    right = make_certificate(tmp_path, "127.0.0.1")
    with serving(served.home.path, certificate=right) as url:
        assert url.startswith("https://")
        with pytest.raises(UnreachableError, match="self-signed certificate"):
            connect(served, url)
        monkeypatch.setenv("SSL_CERT_FILE", str(right.chain))
        engine = connect(served, url)
        assert drive(engine.secrets.resolve(REFERENCE)) == "hunter"
        engine.close()
    wrong = make_certificate(tmp_path, "other.example.org")
    monkeypatch.setenv("SSL_CERT_FILE", str(wrong.chain))
    with (
        serving(served.home.path, certificate=wrong) as url,
        pytest.raises(UnreachableError, match=r"not valid for '127\.0\.0\.1'"),
    ):
        connect(served, url)
