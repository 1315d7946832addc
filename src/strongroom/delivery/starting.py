"""From a process of ours that was forked to the program, and what kept it from there.

`posix_spawn` would be less work, but gives the program our limits, and ours forbid core dumps.
"""

from __future__ import annotations

import errno
import os
import signal
import struct
from collections.abc import Callable, Mapping
from typing import Final, NoReturn

from strongroom.delivery.dumps import set_core_limit
from strongroom.delivery.job import Job
from strongroom.delivery.signals import RESTORED, Mask

_NUMBER: Final = struct.Struct("i")


def become(
    job: Job,
    mask: Mask,
    streams: Mapping[int, int],
    report: int,
    *,
    prepare: Callable[[], None] = lambda: None,
) -> NoReturn:
    """Become the program in a process that was forked for it, and never return.

    Args:
        job: The program.
        mask: The signals that are blocked for it.
        streams: Its standard streams by number; the others are ours.
        report: Where the reason goes if it cannot be started.
        prepare: What is done first.
    """
    number = errno.ENOEXEC
    try:
        prepare()
        for target, end in streams.items():
            os.dup2(end, target)
        for one in RESTORED:
            signal.signal(one, signal.SIG_DFL)
        if callable(signal.getsignal(signal.SIGINT)):
            # Python's own: what is pending would be an exception here, and not the program's end.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        set_core_limit(job.core_limit)
        os.execve(job.path, job.words, job.variables)  # noqa: S606
    except OSError as error:
        number = error.errno or number
    finally:
        tell_why_not(report, number=number)
        os._exit(1)


def tell_why_not(report: int, *, number: int) -> None:
    """Say why the program cannot be started (`errno`), to whoever hears of its start."""
    os.write(report, _NUMBER.pack(number))


def hear_of_start(child: int, *, reading: int) -> None:
    """Wait until a program has started: then nobody can write to `report` any more.

    Args:
        child: The process that was forked; it is waited for if it started nothing.
        reading: The other end of `report`; it is closed.

    Raises:
        OSError: The system did not start the program.
    """
    with os.fdopen(reading, "rb") as told:
        raw = told.read()
    if raw:
        os.waitpid(child, 0)
        [number] = _NUMBER.unpack(raw)
        raise OSError(number, os.strerror(number))
