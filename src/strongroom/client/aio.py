"""The runtime of asyncio programs; the only engine module that imports asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
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

    async def load(self, module: str) -> None:
        """Import a module, which may take longer than an event loop may stand still.

        A program that does nothing else yet has nothing to stall, and starts
        sooner without a thread.
        """
        if len(asyncio.all_tasks()) > 1:
            await asyncio.to_thread(import_module, module)
        else:
            import_module(module)
