"""Running a program: no shell, its own words, its own ends of pipes or of a terminal.

Three ways, by what there is to conceal and where the output goes:

- Nothing to conceal: the program has our input and output themselves.
- Our standard output is a terminal: the program gets a terminal of its own, which we carry to
  ours (`terminal`). Standard error goes with it if it is the same terminal, else by a pipe.
- Otherwise both go by pipes; by one if both of ours lead to the same place, so that their order
  stays.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from strongroom.delivery.job import (
    STDERR,
    STDOUT,
    Ended,
    Job,
    pump_to,
    same_place,
    with_pumps,
)
from strongroom.delivery.programs import cannot_run
from strongroom.delivery.signals import (
    Came,
    Mask,
    block_signals,
    follow,
    stop_like_child,
)
from strongroom.delivery.starting import become, hear_of_start
from strongroom.delivery.streams import Pump
from strongroom.delivery.terminal import run_on_terminal


def run_job(job: Job) -> Ended:
    """Run a program to its end.

    Raises:
        CannotRunError: The system did not start it.
    """
    mask = block_signals()
    try:
        if not job.secrets:
            return Ended(_follow_beside(_spawn(job, mask, {})))
        return run_on_terminal(job, mask) if os.isatty(STDOUT) else _run_on_pipes(job, mask)
    except OSError as error:
        raise cannot_run(job.name, error.errno or 0, job.variables) from None


def _run_on_pipes(job: Job, mask: Mask) -> Ended:
    pumps: list[Pump] = []
    ends: dict[int, int] = {}
    for target in (STDOUT, STDERR):
        if target == STDERR and same_place(STDOUT, STDERR):
            ends[STDERR] = ends[STDOUT]
            continue
        pump, ends[target] = pump_to(target, job.secrets)
        pumps.append(pump)
    child = _spawn(job, mask, ends)
    for end in set(ends.values()):
        os.close(end)
    return with_pumps(pumps, child, lambda: _follow_beside(child))


def _spawn(job: Job, mask: Mask, ends: Mapping[int, int]) -> int:
    reading, report = os.pipe()
    child = os.fork()
    if child == 0:
        become(job, mask, ends, report)
    os.close(report)
    hear_of_start(child, reading=reading)
    return child


def _follow_beside(child: int) -> int:
    """Follow a child that is in our process group, and so has what the terminal sent already."""

    def pass_on(came: Came) -> None:
        if not came.from_terminal:
            os.kill(child, came.number)

    def stopped() -> None:
        # Whoever lets us go on is passed on to the child.
        stop_like_child(whole_group=False)

    return follow(child, pass_on=pass_on, stopped=stopped)
