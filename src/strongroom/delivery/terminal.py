"""A terminal of its own for a program whose output goes to ours.

Between us and the program stands a keeper, a process of ours that leads the new terminal's
session: a program whose parent is in another session could not be stopped by Ctrl-Z. It passes
signals on, stops when the program stops, and ends as the program ends; so for us the keeper is
the program.

While our process group is in the foreground, our terminal hands its keys over raw, and the
program's own terminal decides what Ctrl-C means. Where standard input is no terminal, somebody
before us in a pipeline may need Ctrl-C: our terminal goes on to make signals then, and we type
the key for the program.
"""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import select
import signal
import termios
import threading
import tty
from contextlib import suppress
from typing import Final, NamedTuple, NoReturn

from strongroom.delivery.job import (
    STDERR,
    STDIN,
    STDOUT,
    Ended,
    Job,
    pump_to,
    same_place,
    start_threads,
    with_pumps,
)
from strongroom.delivery.masking import Masker
from strongroom.delivery.signals import (
    Came,
    Mask,
    end_like,
    follow,
    stop_like_child,
)
from strongroom.delivery.starting import become, hear_of_start, tell_why_not
from strongroom.delivery.streams import Pump, write_all

# So often a job in the background looks whether it has come to the foreground, of which a shell
# says nothing to one that runs.
LOOK_SECONDS: Final = 0.3
_MILLISECONDS: Final = 1000
_KEYS_BYTES: Final = 4096
# Which of a terminal's keys makes a signal.
_KEYS: Final = {
    signal.SIGINT: termios.VINTR,
    signal.SIGQUIT: termios.VQUIT,
    signal.SIGTSTP: termios.VSUSP,
}
_LFLAG: Final = 3
_CC: Final = 6


class _Ours:
    """The terminal that we have: its keys, its size, its settings."""

    def __init__(self) -> None:
        self._is_input = os.isatty(STDIN)
        self.keys = STDIN if self._is_input else _open_terminal()
        self.settings = termios.tcgetattr(STDOUT)
        self._lock = threading.Lock()
        self._taken = False

    def take(self) -> bool:
        """Let keys come raw, if we are in the foreground; return whether they do."""
        with self._lock:
            return self._claim()

    def give_back(self) -> None:
        """Put the settings back, if they are ours to put."""
        with self._lock:
            self._let_go()

    def stop(self) -> bool:
        """Give the terminal back, stop, and take it again; return whether we were stopped."""
        with self._lock:
            self._let_go()
            was_stopped = stop_like_child(whole_group=True)
            self._claim()
            return was_stopped

    def is_foreground(self) -> bool:
        """Return whether the terminal's keys are for us."""
        try:
            return self.keys is not None and os.tcgetpgrp(self.keys) == os.getpgrp()
        except OSError:
            # It controls no session, so nobody is stopped for reading it.
            return self._is_input

    def size(self) -> bytes | None:
        """Return the size of the window, as the system has it."""
        with suppress(OSError):
            return fcntl.ioctl(STDOUT, termios.TIOCGWINSZ, bytes(8))
        return None

    def _claim(self) -> bool:
        if not self.is_foreground():
            self._taken = False
        elif not self._taken and self.keys is not None:
            with suppress(termios.error):
                self.settings = termios.tcgetattr(self.keys)
                tty.setraw(self.keys, termios.TCSADRAIN)
                if not self._is_input:
                    self._keep_signals(self.keys)
                self._taken = True
        return self._taken

    def _let_go(self) -> None:
        if self._taken and self.keys is not None and self.is_foreground():
            with suppress(termios.error):
                termios.tcsetattr(self.keys, termios.TCSADRAIN, self.settings)
        self._taken = False

    @staticmethod
    def _keep_signals(keys: int) -> None:
        settings = termios.tcgetattr(keys)
        settings[_LFLAG] |= termios.ISIG
        termios.tcsetattr(keys, termios.TCSANOW, settings)


class _Keys(threading.Thread):
    """Carries keys to the program's terminal; ends with the process."""

    def __init__(self, ours: _Ours, leader: int) -> None:
        super().__init__(daemon=True)
        self._ours = ours
        self._leader = leader

    def run(self) -> None:
        """Carry while we are in the foreground."""
        keys = self._ours.keys
        if keys is None:
            return
        poller = select.poll()
        poller.register(keys, select.POLLIN)
        with suppress(OSError):
            while True:
                # Who reads in the background is stopped.
                if not self._ours.take():
                    select.poll().poll(LOOK_SECONDS * _MILLISECONDS)
                elif poller.poll(LOOK_SECONDS * _MILLISECONDS) and self._ours.is_foreground():
                    data = os.read(keys, _KEYS_BYTES)
                    if not data:
                        return
                    write_all(self._leader, data)


class _Ends(NamedTuple):
    """What the program gets, and our own ends of it.

    Attributes:
        terminal: Its terminal.
        streams: What stands for its standard streams.
        leader: Our end of the terminal.
        pumps: What carries its output.
    """

    terminal: int
    streams: dict[int, int]
    leader: int
    pumps: list[Pump]


def run_on_terminal(job: Job, mask: Mask) -> Ended:
    """Run a program on a terminal of its own.

    Raises:
        OSError: The system did not start it.
    """
    ours = _Ours()
    leader, terminal = pty.openpty()
    with suppress(termios.error):
        termios.tcsetattr(terminal, termios.TCSANOW, ours.settings)
    _resize(ours, leader)
    # The pump closes its own; keys and sizes go by another.
    masker = Masker(job.secrets)
    pumps = [Pump(source=os.dup(leader), target=STDOUT, masker=masker, goes_on=True)]
    streams = {STDOUT: terminal}
    if os.isatty(STDIN):
        streams[STDIN] = terminal
    if same_place(STDOUT, STDERR):
        streams[STDERR] = terminal
    else:
        pump, streams[STDERR] = pump_to(STDERR, job.secrets)
        pumps.append(pump)
    # Before anything is shown: the program's terminal makes the line ends, and ours none.
    ours.take()
    try:
        keeper = _start_keeper(job, mask, _Ends(terminal, streams, leader, pumps))
        for end in {terminal, *streams.values()}:
            os.close(end)
        start_threads([_Keys(ours, leader)], keeper)
        return with_pumps(pumps, keeper, lambda: _follow_keeper(keeper, ours, leader=leader))
    finally:
        ours.give_back()


def _follow_keeper(keeper: int, ours: _Ours, *, leader: int) -> int:
    def pass_on(came: Came) -> None:
        if came.number == signal.SIGWINCH:
            _resize(ours, leader)
        elif came.from_terminal and came.number in _KEYS:
            _type(_KEYS[signal.Signals(came.number)], leader=leader)
        else:
            if came.number == signal.SIGCONT:
                ours.take()
                _resize(ours, leader)
            os.kill(keeper, came.number)

    def stopped() -> None:
        if not ours.stop():
            os.kill(keeper, signal.SIGCONT)

    return follow(keeper, pass_on=pass_on, stopped=stopped)


def _resize(ours: _Ours, leader: int) -> None:
    """Give the program's terminal the size of ours; the system tells the program."""
    size = ours.size()
    if size is not None:
        with suppress(OSError):
            fcntl.ioctl(leader, termios.TIOCSWINSZ, size)


def _type(key: int, *, leader: int) -> None:
    """Type the key that makes a signal."""
    with suppress(OSError, termios.error):
        write_all(leader, termios.tcgetattr(leader)[_CC][key])


def _start_keeper(job: Job, mask: Mask, ends: _Ends) -> int:
    """Start the keeper, and the program under it.

    Raises:
        OSError: The system did not start the program.
    """
    reading, report = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        os.close(reading)
        # If we are killed nobody may hold our ends, or the program would never be told.
        os.close(ends.leader)
        for pump in ends.pumps:
            pump.close()
        _keep(job, mask, ends, report)
    os.close(report)
    hear_of_start(keeper, reading=reading)
    return keeper


def _keep(job: Job, mask: Mask, ends: _Ends, report: int) -> NoReturn:
    """Be the keeper: never return, and never raise into the program that was forked."""
    try:
        os.setsid()
        fcntl.ioctl(ends.terminal, termios.TIOCSCTTY, 0)
        program = os.fork()
    except OSError as error:
        tell_why_not(report, number=error.errno or errno.EAGAIN)
        os._exit(1)
    status = os.EX_SOFTWARE << 8
    try:
        if program == 0:
            become(job, mask, ends.streams, report, prepare=lambda: _take_foreground(ends.terminal))
        os.close(report)
        for end in set(ends.streams.values()) - {ends.terminal}:
            os.close(end)

        def pass_on(came: Came) -> None:
            if came.number == signal.SIGCONT:
                os.killpg(program, signal.SIGCONT)
            else:
                os.kill(program, came.number)

        status = follow(
            program,
            pass_on=pass_on,
            stopped=lambda: os.kill(os.getpid(), signal.SIGSTOP),
        )
    finally:
        end_like(status)


def _take_foreground(terminal: int) -> None:
    """Be a job of its own, in the foreground of a terminal."""
    os.setpgid(0, 0)
    # From the background this would stop us otherwise.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    os.tcsetpgrp(terminal, os.getpgrp())


def _open_terminal() -> int | None:
    with suppress(OSError):
        return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    return None
