"""The runtime of programs without an event loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import TypeVar

from strongroom.coroutines import drive

__all__ = ["InlineRuntime", "drive"]

T = TypeVar("T")


class InlineRuntime:
    """Runs everything on the caller's thread, so that `drive` meets no wait."""

    async def call(self, work: Callable[[], T]) -> T:
        """Run a blocking function at once."""
        return work()

    async def pause(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)  # noqa: ASYNC251  (there is no loop: `drive` runs this)

    async def load(self, module: str) -> None:
        """Import a module."""
        import_module(module)
