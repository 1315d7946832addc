"""Routes: one for each operation that a network offers, and whether the server is there.

Requests wait for the database in threads, so that one that takes long stops no other. A body is
read up to its limit and no further, and nothing of a request is logged but its path and outcome.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from strongroom.clock import Clock
from strongroom.errors import (
    ClockSkewError,
    StrongroomError,
    TooLargeError,
    UnauthorizedError,
)
from strongroom.limits import REQUEST_BYTES_MAX
from strongroom.service.exchange import format_failure, receive, routes
from strongroom.service.operation import RequestType
from strongroom.store.protocol import Store, T, Work
from strongroom.store.waiting import repeat_while_busy
from strongroom.wire.requests import PATH_PREFIX, Received

_JSON: Final = "application/json"
# What nobody has signed says nothing but `{}`.
UNSIGNED_BYTES_MAX: Final = 64
# Longer than a checkpoint, and shorter than clients wait.
READ_WAIT_SECONDS: Final = 5.0
_NO_ANSWER: Final = 499  # nobody is there any more who could read it


class Home:
    """What all requests share: the database, the installation, and its public addresses."""

    def __init__(
        self,
        stores: Collection[Store],
        *,
        installation: bytes,
        addresses: Collection[str],
        clock: Clock,
    ) -> None:
        """Take the same database, opened several times: each reads for one request at a time."""
        self.installation = installation
        self.addresses = frozenset(addresses)
        self.clock = clock
        self._idle = asyncio.Queue[Store]()
        for store in stores:
            self._idle.put_nowait(store)

    async def read(self, work: Work[T]) -> T:
        """Run work that reads, in a thread, when its turn comes."""
        store = await self._idle.get()
        once = partial(store.read, work)
        # Another process may recover or close the file just now.
        reading = asyncio.ensure_future(
            asyncio.to_thread(repeat_while_busy, once, READ_WAIT_SECONDS)
        )
        # Also when nobody waits for the answer any more, it is free only when the work has ended.
        reading.add_done_callback(lambda _: self._idle.put_nowait(store))
        return await asyncio.shield(reading)


def make_app(home: Home) -> Starlette:
    """Return the application of one home."""
    operations = [
        Route(path, _endpoint(home, kind), methods=["POST"]) for path, kind in routes().items()
    ]
    return Starlette(
        routes=[*operations, Route("/healthz", _healthy, methods=["GET"])],
        exception_handlers={404: _unknown, 405: _unknown},
    )


def _endpoint(home: Home, kind: RequestType) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        now = home.clock()
        try:
            raw = await _answer(home, kind, request, now)
        except ClientDisconnect:
            return Response(status_code=_NO_ANSWER)
        except StrongroomError as error:
            raw = format_failure(error, now=now)
            # What is left of a body is not to be read.
            ending = {"connection": "close"} if _may_be_left(error) else None
            return Response(raw, error.http_status, ending, _JSON)
        return Response(raw, media_type=_JSON)

    return endpoint


def _may_be_left(error: StrongroomError) -> bool:
    return isinstance(error, TooLargeError | UnauthorizedError | ClockSkewError)


async def _answer(home: Home, kind: RequestType, request: Request, now: int) -> bytes:
    received = Received(
        srv=home.installation,
        authority=request.headers.get("host", "").lower(),
        method=request.method,
        path=_raw_path(request),
        body=b"",
    )
    check = partial(
        receive, kind, headers=request.headers.items(), addresses=home.addresses, now=now
    )
    # Of whom the headers are refused no body is read.
    most = UNSIGNED_BYTES_MAX if check(received).signed is None else REQUEST_BYTES_MAX
    body = await _read_body(request, most)
    return await home.read(check(msgspec.structs.replace(received, body=body)).answer)


def _raw_path(request: Request) -> str:
    """Return path and query as they came: what is signed is not what somebody made of it."""
    raw: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return (raw + b"?" + query if query else raw).decode("latin-1")


async def _read_body(request: Request, most: int) -> bytes:
    """Return the body.

    Raises:
        TooLargeError: It has more bytes than it may; the rest is not read.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            message = f"this request has at most {most} bytes"
            raise TooLargeError(message)
        parts.append(part)
    return b"".join(parts)


async def _healthy(_request: Request) -> Response:
    return Response(b"{}", media_type=_JSON)


async def _unknown(request: Request, _error: Exception) -> Response:
    what = "operation" if request.url.path.startswith(PATH_PREFIX) else "page"
    raw = b'{"code":"not_found","message":"there is no such %s here"}' % what.encode()
    return Response(raw, status_code=404, media_type=_JSON)
