"""A program that is to be run, and what carries its output."""

from __future__ import annotations

import errno
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from strongroom.delivery.dumps import AS_IT_IS, CoreLimit
from strongroom.delivery.masking import Masker
from strongroom.delivery.programs import find_program, words_of
from strongroom.delivery.streams import Pump, make_pipe
from strongroom.secret import veil

STDIN: Final = 0
STDOUT: Final = 1
STDERR: Final = 2


class Ended(NamedTuple):
    """How a program ended.

    Attributes:
        status: Its wait status.
        failures: Why some of its output could not be written, but for readers that had gone.
    """

    status: int
    failures: tuple[OSError, ...] = ()


class Job:
    """A program that is to be run."""

    __rich_repr__ = veil

    def __init__(
        self,
        words: Sequence[str],
        variables: Mapping[bytes, bytes],
        secrets: frozenset[bytes],
        *,
        core_limit: CoreLimit = AS_IT_IS,
    ) -> None:
        """Name a program.

        Args:
            words: Its name and arguments.
            variables: Its environment.
            secrets: What is concealed in its output.
            core_limit: How large its core dump may be.

        Raises:
            CannotRunError: There is no such program.
        """
        self.name = words[0]
        self.path = find_program(words[0], variables)
        self.words = words_of(words)
        self.variables = dict(variables)
        self.secrets = secrets
        self.core_limit = core_limit

    def __repr__(self) -> str:
        return f"Job({self.name!r})"


def occupy_standard_streams() -> None:
    """Put something into standard streams that are closed, before another file takes the place.

    A program that has nothing to conceal finds them closed, as it would without us.
    """
    for number in (STDIN, STDOUT, STDERR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def pump_to(target: int, secrets: frozenset[bytes]) -> tuple[Pump, int]:
    """Return what carries to one of our outputs, not started yet, and the program's end of it."""
    reading, writing = make_pipe()
    return Pump(source=reading, target=target, masker=Masker(secrets)), writing


def same_place(one: int, other: int) -> bool:
    """Return whether two descriptors lead to one file, pipe or terminal."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(one), os.fstat(other))
    return False


def start_threads(threads: Sequence[threading.Thread], child: int) -> None:
    """Start what serves a program; where that fails no program may run that nobody serves.

    Raises:
        OSError: The system has no room for another thread; the child was ended.
    """
    try:
        for thread in threads:
            thread.start()
    except RuntimeError:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from None


def with_pumps(pumps: Sequence[Pump], child: int, wait: Callable[[], int]) -> Ended:
    """Carry output until a program has ended.

    Raises:
        OSError: The system has no room for the threads that this needs.
    """
    start_threads(pumps, child)
    status = wait()
    for pump in pumps:
        pump.finish()
    return Ended(status, tuple(pump.failure for pump in pumps if pump.failure is not None))
