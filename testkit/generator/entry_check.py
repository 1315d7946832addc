"""What may become of an entry that a client holds (section 4 of specs/formats.md)."""

from generator.directory import ACTIVE, REMOVED, Entry, EntryKeyset, Gap
from generator.errors import require

LAYER = "entry"


def check_entry_step(before: Entry, after: Entry) -> None:
    """An entry follows from an older one of the same principal, by allowed moves only.

    Several changes may lie between the two; each of them leaves its trace in the
    gaps, in `state_rev`, or in the list of keysets.
    """
    fixed = ("account", "index", "principal", "kind")
    same = all(getattr(before, name) == getattr(after, name) for name in fixed)
    require(same, LAYER)
    if after.body == before.body:
        return
    require(after.entry_rev > before.entry_rev, LAYER)
    _check_keysets(before, after)
    _check_moves(before, after)


def _stays(keyset: EntryKeyset) -> tuple[int, bytes, bytes, bytes, int]:
    """All of a keyset but its end."""
    return keyset.number, keyset.fp, keyset.enc_pk_hash, keyset.sign_pk, keyset.since


def _check_keysets(before: Entry, after: Entry) -> None:
    """Older keysets stay as they were; new ones come behind, as numbers ascend.

    Only a group drops its oldest: an id shows that keyset 1 of others is there.
    """
    oldest = after.keysets[0].number
    kept = [k for k in before.keysets if k.number >= oldest]
    found = after.keysets[: len(kept)]
    require([_stays(k) for k in kept] == [_stays(k) for k in found], LAYER)
    # An end is set once, and not in the past of who looked.
    ends = [(old.until, new.until) for old, new in zip(kept, found, strict=True)]
    require(
        all(old == new or (old == 0 and new > before.entry_rev) for old, new in ends),
        LAYER,
    )


def _check_moves(before: Entry, after: Entry) -> None:
    """1 to 2, 1 to 3, 2 to 1 and 2 to 3; a return leaves a gap, nothing leaves 3."""
    count = len(before.inactive)
    require(after.inactive[:count] == before.inactive, LAYER)
    added = after.inactive[count:]
    if before.state == REMOVED:
        still = (after.state, after.state_rev, added) == (REMOVED, before.state_rev, ())
        require(still, LAYER)
        return
    if added:
        _check_returns(before, added)
        returned = added[-1].until
        # Active since the last return, or gone again after it (the shape sees to that).
        right = after.state_rev == returned or after.state != ACTIVE
    elif before.state == ACTIVE and after.state != ACTIVE:
        right = after.state_rev > before.entry_rev
    else:
        # 2 to 1 without a gap is no move; 2 to 3 keeps the rev at which it left.
        returned_alone = before.state != ACTIVE and after.state == ACTIVE
        right = not returned_alone and after.state_rev == before.state_rev
    require(right, LAYER)


def _check_returns(before: Entry, added: tuple[Gap, ...]) -> None:
    """The first new gap begins where the older entry says that it had left, or later."""
    first = added[0]
    if before.state == ACTIVE:
        require(first.start > before.entry_rev, LAYER)
    else:
        require(first.start == before.state_rev and first.until > before.entry_rev, LAYER)
