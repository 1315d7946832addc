"""Running a coroutine that never waits for an event loop."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end without an event loop.

    Raises:
        RuntimeError: It wanted to wait, which is a fault of Strongroom's own.
    """
    try:
        coroutine.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    coroutine.close()
    message = "a coroutine waited where waiting is not possible"
    raise RuntimeError(message)
