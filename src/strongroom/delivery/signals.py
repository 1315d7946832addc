"""Standing between a program and whoever sends us signals.

What comes is passed on, and how the program ends is how we end.

All signals of `WATCHED` are blocked and taken one by one, so nothing is missed and no handler
runs in between. The program gets the mask back that we were started with.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Final, NamedTuple, NoReturn

from strongroom.delivery.programs import SIGNAL_BASE

PASSED_ON: Final = frozenset(
    {
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
        signal.SIGQUIT,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGTSTP,
        signal.SIGCONT,
        signal.SIGWINCH,
    }
)
WATCHED: Final = PASSED_ON | {signal.SIGCHLD}
# Python ignores these; a program expects the system's default.
RESTORED: Final = frozenset({signal.SIGPIPE, signal.SIGXFSZ})


class Came(NamedTuple):
    """A signal that came.

    Attributes:
        from_terminal: Sent by the system to everything in the foreground, not by a program to us.
    """

    number: int
    from_terminal: bool


Mask = frozenset[int]


def block_signals() -> Mask:
    """Block what is watched; return the mask that was there before.

    They stay blocked: what comes after the program's end must not end us in another way.
    """
    # One that ignores its children would never learn how they end.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    return frozenset(signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED))


def follow(child: int, *, pass_on: Callable[[Came], None], stopped: Callable[[], None]) -> int:
    """Wait until a child ends; return its wait status.

    Args:
        child: Its process id.
        pass_on: Called with each signal that comes meanwhile.
        stopped: Called when the child has stopped.
    """
    while True:
        came = _next_signal()
        if came.number != signal.SIGCHLD:
            pass_on(came)
            continue
        # Several ends and stops may have become one signal.
        while True:
            done, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
            if done == 0:
                break
            if not os.WIFSTOPPED(status):
                return status
            stopped()


def _next_signal() -> Came:
    if sys.platform == "darwin":  # which does not tell who sent a signal
        number = signal.sigwait(WATCHED)
        keyboard = {signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGWINCH}
        return Came(number, number in keyboard)
    told = signal.sigwaitinfo(WATCHED)
    return Came(told.si_signo, told.si_code > 0)


def stop_like_child(*, whole_group: bool) -> bool:
    """Stop as a keyboard would stop us; return whether we were stopped, and go on again.

    Nothing happens where nobody could let us go on: a group without a shell above it.

    Args:
        whole_group: Whether the others of our process group have to be stopped, too.
    """
    os.kill(0 if whole_group else os.getpid(), signal.SIGTSTP)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTSTP})
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
    # What let us go on is still there to be passed on.
    return signal.SIGCONT in signal.sigpending()


def end_like(status: int) -> NoReturn:
    """End as a child did: with its exit code, or by its signal.

    The first process of a container is ended by no signal; its exit code is 128 + N then.
    """
    if os.WIFEXITED(status):
        os._exit(os.WEXITSTATUS(status))
    number = os.WTERMSIG(status)
    # A core file of ours would hold secrets; the child has made its own, if it was to.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if number not in {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os._exit(SIGNAL_BASE + number)
