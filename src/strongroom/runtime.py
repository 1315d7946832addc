"""How an engine waits: the part of a program that knows about threads and loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Runtime(Protocol):
    """What the engine needs from the program that it runs in."""

    async def call(self, work: Callable[[], T]) -> T:
        """Run a blocking function where it does not stop the program."""

    async def pause(self, seconds: float) -> None:
        """Let time pass."""

    async def load(self, module: str) -> None:
        """Import a module without stopping the rest of the program."""
