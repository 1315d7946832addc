"""What `op inject` says of a template that cannot be filled in: all of it, each with its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from strongroom.cli.program.ui import join_errors, place_error
from strongroom.delivery.templates import Spot
from strongroom.errors import StrongroomError

# More than anybody reads; a file that is no template at all can have one in every line.
FAILURES_TOLD_MAX: Final = 1_000


class Failure(NamedTuple):
    """What is wrong at one place."""

    spot: Spot
    error: StrongroomError


def refuse(failures: Iterable[Failure]) -> None:
    """Raise one error that tells all failures; nothing happens if there are none.

    Raises:
        StrongroomError: Of the kind of the failure, if there is one only.
    """
    rows = sorted(failures, key=lambda one: one.spot)
    if rows:
        placed = [place_error(row.error, str(row.spot)) for row in rows]
        message = "places of the template cannot be filled in, so nothing is written"
        raise join_errors(placed, message, told_max=FAILURES_TOLD_MAX)
