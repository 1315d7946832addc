"""The core as a child of the program that uses it: frames on standard input and output.

It ends with its parent: when standard input does.
"""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Final

from strongroom.client.aio import ThreadRuntime
from strongroom.core.core import Core
from strongroom.core.serving.connection import Connection
from strongroom.core.serving.descriptors import raise_limit
from strongroom.errors import InputError

# How often clients are looked at that nobody uses; exact to a minute is exact enough.
EXPIRE_SECONDS: Final = 60.0
_STDIN: Final = 0
_STDOUT: Final = 1


def serve_stdio(environment: Mapping[str, str]) -> None:
    """Serve until standard input ends or the process is asked to end.

    Raises:
        InputError: Standard input or output is no pipe.
    """
    raise_limit()
    asyncio.run(_serve(environment))


async def expire_regularly(connections: Collection[Connection]) -> None:
    """End clients that nobody uses, also when nobody calls."""
    while True:
        await asyncio.sleep(EXPIRE_SECONDS)
        for connection in list(connections):
            connection.expire()


async def _serve(environment: Mapping[str, str]) -> None:
    if not (_is_pipe(_STDIN) and _is_pipe(_STDOUT)):
        message = "standard input and output must be pipes to the program that uses the core"
        raise InputError(message, hint="people use op; specs/core.md tells programs what to send")
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    # What a writer needs is a protocol that knows when its pipe is closed; it reads nothing.
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), sys.stdout
    )
    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
    connection = Connection(Core(ThreadRuntime(), environment=environment), reader, writer)
    serving = asyncio.create_task(connection.run())
    expiring = asyncio.create_task(expire_regularly([connection]))
    loop.add_signal_handler(signal.SIGTERM, serving.cancel)
    with suppress(asyncio.CancelledError):
        await serving
    expiring.cancel()


def _is_pipe(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:  # whoever started it has closed it
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
