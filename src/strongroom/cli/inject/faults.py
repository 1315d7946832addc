"""What `op inject` says of a template that cannot be filled in: all of it, each with its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from strongroom.delivery.templates import Place
from strongroom.errors import ResolveError, StrongroomError

# More than anybody reads; a file that is no template at all can have one in every line.
FAILURES_TOLD_MAX: Final = 1_000


class Failure(NamedTuple):
    """What is wrong at one place."""

    place: Place
    error: StrongroomError


def refuse(failures: Iterable[Failure]) -> None:
    """Raise one error that tells all failures; nothing happens if there are none.

    Raises:
        StrongroomError: Of the kind of the failure, if there is one only.
    """
    rows = sorted(failures, key=lambda one: one.place)
    if not rows:
        return
    if len(rows) == 1:
        [row] = rows
        error = row.error
        raise type(error)(
            f"{row.place}: {error.message}",
            hint=error.hint,
            candidates=error.candidates,
            reference=error.reference,
            tag=error.tag,
        )
    lines = [f"\n\t* {row.place}: {row.error.message}" for row in rows[:FAILURES_TOLD_MAX]]
    if len(rows) > FAILURES_TOLD_MAX:
        lines.append(f"\n\t* and {len(rows) - FAILURES_TOLD_MAX} more")
    hints = {row.error.hint for row in rows}
    tags = {row.error.tag for row in rows}
    raise ResolveError(
        f"{len(rows)} places of the template cannot be filled in, so nothing is written:"
        + "".join(lines),
        hint=hints.pop() if len(hints) == 1 else None,
        tag=tags.pop() if len(tags) == 1 else None,
    )
