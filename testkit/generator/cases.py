"""All cases, and the promise that no name is given twice."""

from collections.abc import Iterator
from pathlib import Path

from generator.case import Case
from generator.cases_plain import plain_cases
from generator.cases_sealed import sealed_cases


def all_cases(folder: Path) -> Iterator[Case]:
    """Every case that the generator makes."""
    yield from plain_cases()
    yield from sealed_cases(folder)
