"""Telling of open invites that a change made void.

The terms of an invite are sealed to the keys of the administrators, or of the owners. When one of
them leaves, these get new keys, and nobody can confirm the invites of before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from strongroom.cli.program.invocation import Invocation
from strongroom.client.runtime import drive
from strongroom.errors import ForbiddenError, NotFoundError

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.people.models import InviteDict

_VOID = "VOID"


@contextmanager
def telling_voids(invocation: Invocation, engine: Engine) -> Iterator[None]:
    """Write, for people, which invites became void meanwhile; JSON has no place for them."""
    if invocation.output.wants_json:
        yield
        return
    before = {one["id"] for one in _invites(engine) if one["state"] != _VOID}
    yield
    if not before:
        return
    gone = [one for one in _invites(engine) if one["state"] == _VOID and one["id"] in before]
    if gone:
        invocation.output.line(
            "These invites became void, because owners or administrators have new keys. "
            "Invite again:"
        )
        rows = [(one["id"], one["email"], one["role"]) for one in gone]
        invocation.output.table(("ID", "EMAIL", "ROLE"), rows)


def _invites(engine: Engine) -> list[InviteDict]:
    try:
        return [one.as_dict() for one in drive(engine.invites.list())]
    except (ForbiddenError, NotFoundError):  # whoever may not see invites, or lost their keys
        return []
