"""Moves of a principal between active, suspended and removed.

Source: specs/formats.md section 4. The moves are active to suspended, active
to removed, suspended to active, and suspended to removed; nothing leaves
removed. Each has a directory rev of its own.
"""

from __future__ import annotations

from typing import Final

import msgspec

from strongroom.errors import ForbiddenError
from strongroom.ids import format_id
from strongroom.limits import GAPS_PER_PRINCIPAL_MAX
from strongroom.wire.entries import Entry, EntryState, Gap

_MOVES: Final = frozenset(
    {
        (EntryState.ACTIVE, EntryState.SUSPENDED),
        (EntryState.ACTIVE, EntryState.REMOVED),
        (EntryState.SUSPENDED, EntryState.ACTIVE),
        (EntryState.SUSPENDED, EntryState.REMOVED),
    }
)


def move_state(before: Entry, state: int, *, rev: int) -> Entry:
    """Return an entry after a move to another state at a directory rev.

    A suspension that ends is kept as a gap, so that nothing can be signed "as
    of" a time in it; a removal keeps the rev at which the suspension before it
    began, for the same reason.

    Raises:
        ForbiddenError: There is no such move, or it would be the ninth return.
    """
    name = f"principal {format_id(before.principal)}"
    if (before.state, state) not in _MOVES:
        message = f"{name} was removed, which cannot be undone"
        raise ForbiddenError(
            message, hint="invite the person again, or create another service account or group"
        )
    if before.is_active:
        return msgspec.structs.replace(before, state=state, state_rev=rev)
    if state == EntryState.REMOVED:
        return msgspec.structs.replace(before, state=state)
    if len(before.gaps) == GAPS_PER_PRINCIPAL_MAX:
        message = f"{name} was already suspended {len(before.gaps)} times and cannot be reactivated"
        raise ForbiddenError(message, hint="remove the user and invite the person again")
    gaps = (*before.gaps, Gap(before.state_rev, rev))
    return msgspec.structs.replace(before, state=state, state_rev=rev, gaps=gaps)


def follows(before: Entry, after: Entry) -> bool:
    """Tell whether an entry's state can have come from an earlier one's, in any number of moves.

    For readers, who may not have seen what lies between. Every move has a rev
    above that of the entry before it.
    """
    kept = len(before.gaps)
    if after.gaps[:kept] != before.gaps or after.entry_rev < before.entry_rev:
        return False
    state, state_rev, seen = before.state, before.state_rev, before.entry_rev
    for gap in after.gaps[kept:]:
        left_well = gap.start > seen if state == EntryState.ACTIVE else gap.start == state_rev
        if state == EntryState.REMOVED or not left_well or gap.until <= seen:
            return False
        state, state_rev, seen = EntryState.ACTIVE, gap.until, gap.until
    if state == after.state or (state, after.state) == (EntryState.SUSPENDED, EntryState.REMOVED):
        return after.state_rev == state_rev
    return state == EntryState.ACTIVE and after.state_rev > seen
