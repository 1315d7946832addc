"""How entries of the directory may change: every rule with what it lets through."""

import msgspec
import pytest

from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import ForbiddenError, IntegrityError
from strongroom.limits import KEYSETS_PER_PRINCIPAL_MAX
from strongroom.service.directory.entries import check_changed_entry, check_new_entry
from strongroom.wire.entries import EntryKeyset, EntryState, Gap
from support.trust_world import ANA, BOB, ROBOT

REV = 7
SINCE = 3


def row(number, *, since=SINCE, until=0):
    """Return a keyset's row; its keys follow from its number."""
    return EntryKeyset(number, bytes([number]) * 32, b"e" * 32, b"s" * 32, since, until)


def entry(**changes):
    """Return a service account's entry with one keyset, as it stood before `REV`."""
    usual = {
        "creator": ANA.id,
        "entry_rev": SINCE,
        "state_rev": SINCE,
        "keysets": (row(1),),
    }
    return ROBOT.entry(**(usual | changes))


def changed(before, **changes):
    return msgspec.structs.replace(before, entry_rev=REV, **changes)


# -- new entries -----------------------------------------------------------------------

FRESH = {"entry_rev": REV, "state_rev": REV, "keysets": (row(1, since=REV),)}


def test_new_entry():
    """A new entry is active since its head, with one keyset, made by who stores it."""
    check_new_entry(entry(**FRESH), creator=ANA.id, rev=REV)


FALSE_NEW = {
    "another head": {"entry_rev": REV - 1},
    "suspended": {"state": EntryState.SUSPENDED},
    "removed": {"state": EntryState.REMOVED},
    "active since before": {"state_rev": REV - 1},
    "made by another": {"creator": BOB.id},
    "two keysets": {"keysets": (row(1, since=REV), row(2, since=REV))},
    "a later keyset": {"keysets": (row(2, since=REV),)},
    "keys since before": {"keysets": (row(1, since=REV - 1),)},
}


@pytest.mark.parametrize("facts", FALSE_NEW.values(), ids=FALSE_NEW.keys())
def test_false_new_entries(facts):
    """A new entry with a past of its own is refused."""
    with pytest.raises(IntegrityError):
        check_new_entry(entry(**(FRESH | facts)), creator=ANA.id, rev=REV)


# -- changed entries -------------------------------------------------------------------


def test_unchanged():
    """An entry may be stored anew as it was, under its new head."""
    check_changed_entry(entry(), changed(entry()), rev=REV)


def test_flags_and_end():
    """Flags and the end of a token may change."""
    check_changed_entry(entry(), changed(entry(), flags=1, expires_ms=9), rev=REV)


@pytest.mark.parametrize("state", [EntryState.SUSPENDED, EntryState.REMOVED])
def test_leaving(state):
    """Who leaves the active state does so at the head that says it."""
    check_changed_entry(entry(), changed(entry(), state=state, state_rev=REV), rev=REV)


def test_coming_back():
    """A suspended principal becomes active again, or is removed."""
    before = entry(state=EntryState.SUSPENDED)
    back = {"state": EntryState.ACTIVE, "state_rev": REV, "gaps": (Gap(before.state_rev, REV),)}
    check_changed_entry(before, changed(before, **back), rev=REV)
    check_changed_entry(before, changed(before, state=EntryState.REMOVED), rev=REV)


FALSE_RETURNS = {
    "without a gap": {"state": EntryState.ACTIVE, "state_rev": REV},
    "with a shorter gap": {
        "state": EntryState.ACTIVE,
        "state_rev": REV,
        "gaps": (Gap(SINCE + 1, REV),),
    },
    "a removal that reopens it": {"state": EntryState.REMOVED, "state_rev": REV},
    "a gap out of nothing": {"gaps": (Gap(1, 2),)},
}


@pytest.mark.parametrize("changes", FALSE_RETURNS.values(), ids=FALSE_RETURNS.keys())
def test_false_returns(changes):
    """A suspension ends with a gap that says when it was, or with a removal that keeps its rev."""
    before = entry(state=EntryState.SUSPENDED)
    with pytest.raises(IntegrityError):
        check_changed_entry(before, changed(before, **changes), rev=REV)


@pytest.mark.parametrize("state", list(EntryState))
def test_removed_for_good(state):
    """Nothing of a removed principal's entry changes any more."""
    before = entry(state=EntryState.REMOVED)
    after = changed(before, state=state)
    with pytest.raises(ForbiddenError):
        check_changed_entry(before, after, rev=REV)


FALSE_CHANGES = {
    "another place": {"index": 9},
    "another kind": {"kind": PrincipalKind.USER},
    "another creator": {"creator": BOB.id},
    "another time of the same state": {"state_rev": REV},
    "suspended before": {"state": EntryState.SUSPENDED},
    "suspended later": {"state": EntryState.SUSPENDED, "state_rev": REV + 1},
    "keyset 1 rewritten": {"keysets": (msgspec.structs.replace(row(1), sign_pk=b"x" * 32),)},
    "keyset 1 since before": {"keysets": (row(1, since=SINCE - 1),)},
    "keyset 1 dropped": {"keysets": (row(2, since=REV),)},
    "a number left out": {"keysets": (row(1), row(3, since=REV))},
    "new keys since before": {"keysets": (row(1), row(2, since=REV - 1))},
    "new keys since later": {"keysets": (row(1), row(2, since=REV + 1))},
    "two new keysets": {"keysets": (row(1), row(2, since=REV), row(3, since=REV))},
    "ended before": {"keysets": (row(1, until=REV - 1), row(2, since=REV))},
    "ended later": {"keysets": (row(1, until=REV + 1), row(2, since=REV))},
}


@pytest.mark.parametrize("facts", FALSE_CHANGES.values(), ids=FALSE_CHANGES.keys())
def test_false_changes(facts):
    """What cannot change, or does not name the head that changes it, is refused."""
    with pytest.raises(IntegrityError):
        check_changed_entry(entry(), changed(entry(), **facts), rev=REV)


def test_entry_of_another_head():
    """A changed entry names the head that it comes with."""
    with pytest.raises(IntegrityError):
        check_changed_entry(entry(), changed(entry()), rev=REV + 1)


def test_new_keys():
    """A token's new keyset follows the last one, which ends or overlaps."""
    for until in (0, REV):
        keysets = (row(1, until=until), row(2, since=REV))
        check_changed_entry(entry(), changed(entry(), keysets=keysets), rev=REV)


def test_ends_are_set_once():
    """An end that is set stays; an open one is set to this head."""
    before = entry(keysets=(row(1), row(2), row(3)))
    check_changed_entry(
        before, changed(before, keysets=(row(1, until=REV), row(2), row(3))), rev=REV
    )
    ended = entry(keysets=(row(1, until=5), row(2)))
    check_changed_entry(ended, changed(ended), rev=REV)
    for until in (0, 4, REV):
        after = changed(ended, keysets=(row(1, until=until), row(2)))
        with pytest.raises(IntegrityError):
            check_changed_entry(ended, after, rev=REV)


# -- groups ------------------------------------------------------------------------------


def group(*keysets, **changes):
    return entry(kind=PrincipalKind.GROUP, keysets=keysets, **changes)


def ended(first, last):
    """Return keysets of a group of which the last alone is open."""
    return [row(number, until=0 if number == last else 5) for number in range(first, last + 1)]


def test_groups_drop_the_oldest():
    """A group's oldest keysets go, but none out of the middle, and a token's never."""
    *older, last = ended(1, KEYSETS_PER_PRINCIPAL_MAX)
    fresh = (msgspec.structs.replace(last, until=REV), row(last.number + 1, since=REV))
    before = group(*older, last)
    for dropped in (1, 5):
        after = changed(before, keysets=(*older[dropped:], *fresh))
        check_changed_entry(before, after, rev=REV)
    gap = changed(before, keysets=(*older[:3], *older[5:], *fresh))
    with pytest.raises(IntegrityError):
        check_changed_entry(before, gap, rev=REV)
    token = entry(keysets=(*older, last))
    with pytest.raises(IntegrityError):
        check_changed_entry(token, changed(token, keysets=(*older[1:], *fresh)), rev=REV)


def test_groups_keep_the_current_one():
    """A group is never left with new keys alone that follow nothing."""
    before = group(row(1, until=5), row(2))
    after = changed(before, keysets=(row(4, since=REV),))
    with pytest.raises(IntegrityError):
        check_changed_entry(before, after, rev=REV)


def test_older_keys_of_groups_end():
    """Of a group only the current keyset is open: former members know the older ones."""
    before = group(row(1))
    sound = changed(before, keysets=(row(1, until=REV), row(2, since=REV)))
    check_changed_entry(before, sound, rev=REV)
    overlap = changed(before, keysets=(row(1), row(2, since=REV)))
    with pytest.raises(IntegrityError):
        check_changed_entry(before, overlap, rev=REV)
