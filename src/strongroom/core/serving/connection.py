"""One peer: its frames, its clients, its calls at work.

Each peer has a core of its own, so no peer can name, see or release a client
of another. Calls run side by side and are answered as they end. A frame that
is no request is refused and the next one read; where frames end cannot be
known any more, the connection does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Final

from strongroom.core.core import Core
from strongroom.core.failures import CoreError, describe
from strongroom.core.serving.frames import (
    CoreReply,
    CoreRequest,
    find_id,
    read_frame,
    read_request,
    write_frame,
)
from strongroom.errors import InputError

# Further frames of a peer wait: each may hold 100 MiB, and more would only stand in line.
CALLS_MAX: Final = 64
# A call that takes longer waits for somebody; whoever ends the core does not wait as long.
DRAIN_SECONDS: Final = 10.0
# Of frames and what is in them (specs/core.md section 8). Whoever greets with another one is told.
PROTOCOL_VERSION: Final = "1"
# For replies that were written and not sent yet: a peer that reads takes them at once.
FLUSH_SECONDS: Final = 2.0


def greet(version: str) -> str:
    """Answer a peer that says which version it speaks.

    Raises:
        CoreError: It is another one.
    """
    if version != PROTOCOL_VERSION:
        text = f"this core speaks version {PROTOCOL_VERSION} of the protocol; the program does not"
        raise describe(InputError(text))
    return version


async def _to_its_end(ending: Coroutine[None, None, None]) -> None:
    """Run what may not be cut short, however often this task is asked to end meanwhile.

    A parent that ends its core closes the pipes and sends SIGTERM too; who stops a whole group of
    processes sends it twice. Calls at work get their time all the same.
    """
    task = asyncio.ensure_future(ending)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    task.result()


class Connection:
    """Serves one peer until it ends, or until the task that runs this is cancelled."""

    def __init__(
        self, core: Core, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._core = core
        self._reader = reader
        self._writer = writer
        self._slots = asyncio.Semaphore(CALLS_MAX)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Answer frames; at the end let calls at work finish, and close all clients."""
        try:
            while (frame := await read_frame(self._reader)) is not None:
                await self._slots.acquire()
                task = asyncio.create_task(self._answer(frame))
                self._tasks.add(task)
                task.add_done_callback(self._finished)
        except InputError as error:
            await self._send(CoreReply(None, success=False, payload=describe(error).msg))
        except ConnectionError:
            pass  # the peer is away
        finally:
            await _to_its_end(self._end())

    def expire(self) -> None:
        """End the clients that the peer has not used for long."""
        self._core.expire()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._slots.release()

    async def _end(self) -> None:
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
        self._core.close()
        self._writer.close()
        try:
            await asyncio.wait_for(self._writer.wait_closed(), FLUSH_SECONDS)
        except (TimeoutError, ConnectionError):
            self._writer.transport.abort()  # the peer reads nothing, or is away

    async def _answer(self, frame: bytes) -> None:
        try:
            request = read_request(frame)
        except InputError as error:
            await self._send(CoreReply(find_id(frame), success=False, payload=describe(error).msg))
            return
        try:
            reply = CoreReply(request.id, success=True, payload=await self._call(request))
        except CoreError as error:
            reply = CoreReply(request.id, success=False, payload=error.msg)
        await self._send(reply)

    async def _call(self, request: CoreRequest) -> str:
        match request.call:
            case "hello":
                return greet(request.payload)
            case "init_client":
                return await self._core.init_client(request.payload)
            case "invoke":
                return await self._core.invoke(request.payload)
            case "invoke_sync":
                return self._core.invoke_sync(request.payload)
            case "release_client":
                self._core.release_client(request.payload)
                return ""

    async def _send(self, reply: CoreReply) -> None:
        # A peer that is away needs no answer.
        with suppress(ConnectionError):
            self._writer.write(write_frame(reply))
            await self._writer.drain()
