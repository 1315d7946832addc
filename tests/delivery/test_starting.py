"""What happens where a program cannot be started, or not be served: by a system without room."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from strongroom.delivery.job import Job
from strongroom.delivery.starting import become

SECONDS_MAX = 60
# Each `fork` tells the process that it made; then what the test takes away.
SCRIPT = """
import errno, os, sys, threading
from strongroom.delivery.child import run_job
from strongroom.delivery.job import Job
from strongroom.delivery.programs import CannotRunError

forks, fork = [], os.fork

def told():
    forks.append(0)
    if len(forks) > {forks}:
        raise BlockingIOError(errno.EAGAIN, "no room")
    child = fork()
    if child:
        os.write(2, f"{{child}}\\n".encode())
    return child

def no_thread(self):
    raise RuntimeError("can't start new thread")

os.fork = told
if {threads} == 0:
    threading.Thread.start = no_thread
try:
    run_job(Job(["sleep", "600"], dict(os.environb), frozenset({{b"secret"}})))
except CannotRunError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""


def start(*, forks, threads, output):
    """Run a program where so much can be forked; return exit code, error and what was forked."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(forks=forks, threads=threads)],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.PIPE,
        check=False,
        timeout=SECONDS_MAX,
        start_new_session=True,
    )
    *children, error = done.stderr.decode().splitlines()
    return done.returncode, error, [int(one) for one in children]


def is_running(child):
    """Return whether a process is there, and not only waited for by nobody."""
    try:
        return Path(f"/proc/{child}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


ROOM = {
    "no process for a pipe": ("pipe", 0, 1),
    "no thread for a pipe": ("pipe", 9, 0),
    "no process for a terminal": ("terminal", 0, 1),
    "no process for its keeper": ("terminal", 1, 1),
    "no thread for a terminal": ("terminal", 9, 0),
}


@pytest.mark.parametrize(("place", "forks", "threads"), ROOM.values(), ids=ROOM.keys())
def test_no_room(place, forks, threads):
    """A program that cannot be started, or not be served, does not run, and that is said."""
    leader, follower = pty.openpty()
    try:
        output = subprocess.PIPE if place == "pipe" else follower
        code, error, children = start(forks=forks, threads=threads, output=output)
    finally:
        os.close(leader)
        os.close(follower)
    assert (code, error) == (126, "cannot run sleep: Resource temporarily unavailable")
    end = time.monotonic() + SECONDS_MAX / 4
    while any(map(is_running, children)):
        assert time.monotonic() < end, "a program that nobody serves runs on"
        time.sleep(0.05)


def test_interrupt_before_the_program():
    """Ctrl-C that comes before the program is there ends what would have become it."""
    reading, report = os.pipe()
    job = Job(["true"], {b"PATH": os.environb[b"PATH"]}, frozenset())
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        become(
            job,
            frozenset(),
            {},
            report,
            prepare=lambda: os.kill(os.getpid(), signal.SIGINT),
        )
    os.close(report)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGINT
    assert os.read(reading, 9) == b""
    os.close(reading)
