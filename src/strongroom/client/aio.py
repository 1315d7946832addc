"""The runtime of asyncio programs; the only engine module that imports asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class ThreadRuntime:
    """Sends blocking work to the running loop's own pool of threads."""

    async def call(self, work: Callable[[], T]) -> T:
        """Run a blocking function in a worker thread."""
        return await asyncio.to_thread(work)

    async def pause(self, seconds: float) -> None:
        """Give the loop back for a while."""
        await asyncio.sleep(seconds)
