"""Waiting for somebody else who uses a database just now, in a thread that may wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from strongroom.errors import StoreBusyError
from strongroom.store.protocol import T

# As the transport's: a checkpoint takes some of these.
_RETRY_SECONDS: Final = 0.005


def repeat_while_busy(work: Callable[[], T], wait_seconds: float) -> T:
    """Do something again until nobody changed the file meanwhile, or the time is over.

    Raises:
        StoreBusyError: It is over.
    """
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            return work()
        except StoreBusyError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(_RETRY_SECONDS)
