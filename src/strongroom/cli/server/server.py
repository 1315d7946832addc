"""`strongroom server …`: an account's file for programs on other computers."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack, closing
from functools import partial
from importlib.util import find_spec
from typing import Final

import click

from strongroom.addresses import parse_server_address
from strongroom.cli.account.addresses import address_of
from strongroom.cli.program.files import absolute
from strongroom.cli.program.framework import Noun, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.errors import InputError, NotAvailableError, NotFoundError
from strongroom.server.places import Certificate, Listening
from strongroom.wire.requests import format_authority
from strongroom.wiring.schemes import open_store

_PORT: Final = re.compile(r"[0-9]{1,5}")
_PORT_MAX: Final = 65535
_DEFAULT: Final = "127.0.0.1:8465"


@click.group("server", cls=Noun)
def server() -> None:
    """Serve an account to programs on other computers."""


@server.command("run")
@click.option("--database", required=True, metavar="FILE", help="The database, by path or address.")
@click.option(
    "--listen",
    default=_DEFAULT,
    metavar="HOST:PORT",
    help=f"Where to listen; {_DEFAULT} by default, port 0 for a free one.",
)
@click.option(
    "--public-url",
    "public_urls",
    multiple=True,
    metavar="URL",
    help="An address by which clients know this server; may be given several times.",
)
@click.option("--tls-certificate", "chain", metavar="FILE", help="The certificate and its chain.")
@click.option("--tls-key", "key", metavar="FILE", help="The key of the certificate.")
@pass_invocation
def run(
    invocation: Invocation,
    *,
    database: str,
    listen: str,
    public_urls: tuple[str, ...],
    chain: str | None,
    key: str | None,
) -> None:
    """Serve one database until SIGTERM; print the address when ready.

    Programs with a token read by it, with STRONGROOM_URL set to its address. It
    holds no key and opens nothing. Changes and people are not served yet.
    """
    if find_spec("uvicorn") is None or find_spec("starlette") is None:
        message = "the server needs two more packages"
        raise NotAvailableError(message, hint="pip install 'strongroom[server]'")
    from strongroom.server.listening import READERS, make_server  # an extra, and only here

    host, port = _parse_listen(listen)
    certificate = _certificate(chain, key=key)
    if certificate is None and host not in ("127.0.0.1", "::1", "localhost"):
        message = "without TLS a server listens on this computer only"
        raise InputError(message, hint="add --tls-certificate and --tls-key")
    addresses = [
        format_authority(one.host, one.port) for one in map(parse_server_address, public_urls)
    ]
    address = address_of(database)
    listening = Listening(host, port, addresses, certificate)
    tell = partial(_tell, invocation)
    with ExitStack() as opened:
        stores = [opened.enter_context(closing(open_store(address))) for _ in range(READERS)]
        make_server(stores, listening, clock=invocation.clock, ready=tell).run()


def _tell(invocation: Invocation, url: str) -> None:
    invocation.output.line(url)
    sys.stdout.flush()  # whoever waits for the line reads it now


def _parse_listen(text: str) -> tuple[str, int]:
    """Read `HOST:PORT`; an IPv6 address stands in brackets.

    Raises:
        InputError: Not of that form.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not _PORT.fullmatch(port) or int(port) > _PORT_MAX:
        message = f'invalid argument "{text}" for "--listen" flag: write HOST:PORT'
        raise InputError(message, hint=f"for example {_DEFAULT}")
    return host, int(port)


def _certificate(chain: str | None, *, key: str | None) -> Certificate | None:
    if chain is None and key is None:
        return None
    if chain is None or key is None:
        message = "--tls-certificate and --tls-key belong together"
        raise InputError(message)
    files = Certificate(absolute(chain), absolute(key))
    for path in files:
        if not path.is_file():
            message = f"there is no file {path}"
            raise NotFoundError(message)
    return files
