"""Work in a forked child process; its answer comes back as JSON."""

from __future__ import annotations

import json
import os
import select
import signal
import traceback
from collections.abc import Callable
from typing import Any

_ANSWER_SECONDS_MAX = 30


def fork(
    work: Callable[[], Any], *, uid: int | None = None, groups: tuple[int, ...] = ()
) -> Callable[[], Any]:
    """Start `work` in a forked child, as another user if asked.

    Args:
        groups: The groups of that user beside the one of the same number.

    Returns:
        A function that waits for the child and returns what `work` returned; it raises
        `AssertionError` with the child's traceback where `work` raised.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _be_child(work, writing, uid, groups)
    os.close(writing)

    def answer() -> Any:
        poll = select.poll()
        poll.register(reading, select.POLLIN | select.POLLHUP)
        if not poll.poll(_ANSWER_SECONDS_MAX * 1000):
            os.kill(pid, signal.SIGKILL)
        with os.fdopen(reading, "rb") as stream:
            raw = stream.read()
        os.waitpid(pid, 0)
        assert raw, "the child did not answer"
        told = json.loads(raw)
        assert "failed" not in told, told["failed"]
        return told["answer"]

    return answer


def _be_child(
    work: Callable[[], Any], writing: int, uid: int | None, groups: tuple[int, ...]
) -> None:
    try:
        if uid is not None:
            os.setgroups(groups)
            os.setgid(uid)
            os.setuid(uid)
        told = {"answer": work()}
    except BaseException:  # noqa: BLE001  (whatever it is, the parent tells it)
        told = {"failed": traceback.format_exc()}
    os.write(writing, json.dumps(told).encode())
    os._exit(0)
