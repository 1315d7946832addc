"""How an entry of the directory may change, as far as readers cannot see it.

Readers compare an entry with an older one only if they hold it; the service
always does. Source: specs/formats.md sections 4 and 11.
"""

from __future__ import annotations

from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import IntegrityError
from strongroom.ids import PrincipalId, format_id
from strongroom.trust.directory import check_entry_follows
from strongroom.trust.states import move_state
from strongroom.wire.entries import Entry, EntryKeyset, EntryState


def check_new_entry(entry: Entry, *, creator: PrincipalId, rev: int) -> None:
    """Check the first entry of a principal.

    Raises:
        IntegrityError: Not active since `rev` with one keyset, or made by somebody else.
    """
    _check_rev(entry, rev)
    made = (entry.state, entry.state_rev, entry.creator, entry.gaps)
    keys = [(keyset.number, keyset.since) for keyset in entry.keysets]
    if made != (EntryState.ACTIVE, rev, creator, ()) or keys != [(1, rev)]:
        raise _contradictory(entry)


def check_changed_entry(before: Entry, after: Entry, *, rev: int) -> None:
    """Check the next entry of a principal.

    Raises:
        ForbiddenError: The principal was removed, which cannot be undone, or came
            back from a suspension too often.
        IntegrityError: What cannot change did, or a change does not name `rev`.
    """
    _check_rev(after, rev)
    if before.state == EntryState.REMOVED or after.state != before.state:
        moved = move_state(before, after.state, rev=rev)
    else:
        moved = before
    state = (moved.creator, moved.state_rev, moved.gaps)
    if (after.creator, after.state_rev, after.gaps) != state:
        raise _contradictory(after)
    check_entry_follows(before, after)
    _check_keysets(before, after, rev)


def _check_rev(entry: Entry, rev: int) -> None:
    if entry.entry_rev != rev:
        message = "a directory entry does not name the head with which it was sent"
        raise IntegrityError(message)


def _check_keysets(before: Entry, after: Entry, rev: int) -> None:
    """At most one keyset is new, under the next number, and an end is set once.

    Of a group only the current keyset is open: keys overlap for tokens, while
    an older keyset of a group is one that former members know.
    """
    held = {row.number: row for row in before.keysets}
    kept = {row.number: row for row in after.keysets}
    added = [row for row in after.keysets if row.number not in held]
    added_well = len(added) <= 1 and all(
        (row.number, row.since) == (before.current.number + 1, rev) for row in added
    )
    ended_well = all(_ends_well(held[n], row, rev) for n, row in kept.items() if n in held)
    overlaps = after.kind == PrincipalKind.GROUP and any(
        not row.until for row in after.keysets[:-1]
    )
    if not added_well or not ended_well or overlaps:
        raise _contradictory(after)


def _ends_well(before: EntryKeyset, after: EntryKeyset, rev: int) -> bool:
    return after.until == before.until or (before.until == 0 and after.until == rev)


def _contradictory(entry: Entry) -> IntegrityError:
    return IntegrityError(f"the entry of principal {format_id(entry.principal)} contradicts itself")
