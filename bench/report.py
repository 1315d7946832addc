"""Rows: a name, a ratio, a goal."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured ratio: of medians, and of 90th percentiles."""

    name: str
    ratio: float
    p90: float
    goal: float | None = None


def compare(name: str, ours: list[float], theirs: list[float], goal: float | None) -> Row:
    """Return the row of two lists of seconds."""
    ratio = statistics.median(ours) / statistics.median(theirs)
    return Row(name, ratio, percentile(ours) / percentile(theirs), goal)


def percentile(values: list[float], share: float = 0.9) -> float:
    """Return the value below which a share of all values lies."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def alternate(
    ours: Callable[[], object], theirs: Callable[[], object], *, rounds: int, calls: int = 1
) -> tuple[list[float], list[float]]:
    """Time two functions in turn, so that a drift of the machine meets both."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for function, kept in ((ours, times[0]), (theirs, times[1])):
            start = time.perf_counter()
            for _ in range(calls):
                function()
            kept.append((time.perf_counter() - start) / calls)
    return times
