"""What may become of an entry that the client holds (section 4 of specs/formats.md)."""

from collections.abc import Iterator
from dataclasses import replace

from generator.bytestream import derive_bytes
from generator.case import Case, bad, good
from generator.cases_path_gaps import EDITORS_INDEX, RITAS, RUNNERS, aged, ask_entry, gaps
from generator.crypto import sha256
from generator.directory import ACTIVE, REMOVED, SUSPENDED, Entry, EntryKeyset
from generator.keys import Keyset
from generator.world import ENTRIES

Change = tuple[str, Entry, Entry]
JOINED = ENTRIES[RITAS]
PAUSED, RETURNED = aged(SUSPENDED, 20), aged(ACTIVE, 30, (20, 30))
LEFT = aged(REMOVED, 20)
SEVEN = tuple((n, n + 1) for n in range(2, 16, 2))
EIGHT = (*SEVEN, (16, 17))
EDITED, RUNNING = ENTRIES[EDITORS_INDEX], ENTRIES[RUNNERS]


def _keyset(number: int, since: int) -> EntryKeyset:
    """A further keyset of which the case shows no encryption key."""
    sign_pk = Keyset(derive_bytes(f"seed/further/{number}")).sign_pk
    return EntryKeyset(number, sha256(b"fp%d" % number), sha256(b"e%d" % number), sign_pk, since, 0)


def _allowed_moves() -> dict[str, Change]:
    back_with_eight = aged(ACTIVE, 45, *SEVEN, (40, 45))
    return {
        "same": ("the entry that is held", JOINED, JOINED),
        "flags_changed": ("only the flags are others", JOINED, aged(ACTIVE, 1, entry_rev=40)),
        "suspended": ("1 to 2", JOINED, PAUSED),
        "removed": ("1 to 3", JOINED, LEFT),
        "returned": ("2 to 1 appends the gap", PAUSED, RETURNED),
        "removed_while_suspended": (
            "2 to 3 keeps state_rev",
            PAUSED,
            aged(REMOVED, 20, entry_rev=40),
        ),
        "still_suspended": ("2 as before, other flags", PAUSED, _flagged(PAUSED)),
        "still_removed": ("3 as before, other flags", LEFT, _flagged(LEFT)),
        "suspended_and_back": ("two moves were missed", JOINED, RETURNED),
        "back_and_suspended": (
            "2 to 1 to 2, two moves were missed",
            PAUSED,
            aged(SUSPENDED, 40, (20, 30)),
        ),
        "back_and_removed": (
            "2 to 1 to 3, two moves were missed",
            PAUSED,
            aged(REMOVED, 40, (20, 30)),
        ),
        "two_returns": ("four moves were missed", JOINED, aged(ACTIVE, 40, (20, 30), (35, 40))),
        "eighth_return": (
            "the last that there is room for",
            aged(SUSPENDED, 40, *SEVEN),
            back_with_eight,
        ),
        "removed_with_eight_gaps": (
            "who cannot return can be removed",
            aged(SUSPENDED, 40, *EIGHT),
            aged(REMOVED, 40, *EIGHT, entry_rev=45),
        ),
    }


def _flagged(entry: Entry) -> Entry:
    return replace(entry, entry_rev=40, flags=1)


def _allowed_keysets() -> dict[str, Change]:
    """Overlap, end of an overlap, rotation of a group that forgets."""
    first, second = RUNNING.keysets
    alone = replace(RUNNING, entry_rev=1, keysets=(replace(first, until=0),))
    overlap = replace(RUNNING, keysets=(replace(first, until=0), second))
    ended = replace(RUNNING, entry_rev=40, keysets=(replace(first, until=40), second))
    one, two = EDITED.keysets
    held = replace(EDITED, entry_rev=1, keysets=(replace(one, until=0),))
    return {
        "keyset_added": ("a service account gets a second keyset", alone, overlap),
        "keyset_ended": ("the overlap is over", overlap, ended),
        "group_rotated": ("a group of epoch 2", held, EDITED),
        "group_dropped_oldest": (
            "a group drops its first keyset",
            EDITED,
            replace(EDITED, entry_rev=40, keysets=(two,)),
        ),
    }


def entry_good() -> Iterator[Case]:
    """Entries that follow from the one that is held."""
    for name, (comment, before, after) in {**_allowed_moves(), **_allowed_keysets()}.items():
        yield good("path", f"before_{name}", comment, ask_entry(after, before=before.body.hex()))


def _wrong_gaps() -> dict[str, Change]:
    two = aged(ACTIVE, 40, (20, 30), (35, 40))
    full = aged(SUSPENDED, 40, *EIGHT)
    return {
        "gap_dropped": ("the gap is gone", RETURNED, aged(ACTIVE, 30, entry_rev=40)),
        "first_gap_dropped": (
            "the first of two gaps is gone",
            two,
            aged(ACTIVE, 40, (35, 40), entry_rev=41),
        ),
        "gap_begins_later": (
            "the gap begins a rev later than it did",
            RETURNED,
            aged(ACTIVE, 30, (21, 30), entry_rev=40),
        ),
        "gap_ends_earlier": (
            "the gap ends a rev earlier than it did",
            RETURNED,
            aged(ACTIVE, 30, (20, 29), entry_rev=40),
        ),
        "gap_put_in_front": (
            "a gap before the one that was known",
            RETURNED,
            aged(ACTIVE, 30, (10, 15), (20, 30), entry_rev=40),
        ),
        "ninth_return_drops_gap": (
            "the ninth return takes the place of the first",
            full,
            aged(ACTIVE, 45, *EIGHT[1:], (40, 45)),
        ),
        "ninth_return_without_gap": (
            "the ninth return leaves no gap",
            full,
            aged(ACTIVE, 45, *EIGHT),
        ),
        "gap_in_the_past": (
            "active at rev 35, and now said to have been away from 20 to 30",
            aged(ACTIVE, 1, entry_rev=35),
            aged(ACTIVE, 30, (20, 30), entry_rev=45),
        ),
        "return_in_the_past": (
            "suspended at rev 35, and now said to have been back at 30",
            aged(SUSPENDED, 20, entry_rev=35),
            aged(ACTIVE, 30, (20, 30), entry_rev=45),
        ),
    }


def _wrong_moves() -> dict[str, Change]:
    return {
        "suspended_moved": ("2 to 2 with another state_rev", PAUSED, aged(SUSPENDED, 40)),
        "removed_returned": ("3 to 1 with a gap", LEFT, RETURNED),
        "removed_active": ("3 to 1, the same state_rev", LEFT, aged(ACTIVE, 20, entry_rev=40)),
        "removed_suspended": ("3 to 2", LEFT, aged(SUSPENDED, 20, entry_rev=40)),
        "removed_moved": ("3 to 3 with another state_rev", LEFT, aged(REMOVED, 40)),
        "removed_with_gap": ("3 to 1 to 3", LEFT, aged(REMOVED, 40, (20, 30))),
        "removal_moved": (
            "2 to 3 moves state_rev: the time of the suspension opens",
            PAUSED,
            aged(REMOVED, 40),
        ),
        "returned_without_gap": ("2 to 1 leaves no gap", PAUSED, aged(ACTIVE, 30)),
        "returned_in_silence": (
            "2 to 1, nothing but the state",
            PAUSED,
            aged(ACTIVE, 20, entry_rev=40),
        ),
        "returned_from_elsewhere": (
            "the gap begins after the suspension did",
            PAUSED,
            aged(ACTIVE, 30, (25, 30)),
        ),
        "returned_at_another_rev": (
            "state_rev is not the end of the last gap",
            PAUSED,
            aged(ACTIVE, 35, (20, 30)),
        ),
        "suspended_in_silence": (
            "1 to 2, state_rev as before",
            JOINED,
            aged(SUSPENDED, 1, entry_rev=40),
        ),
        "removed_in_silence": (
            "1 to 3, state_rev as before",
            JOINED,
            aged(REMOVED, 1, entry_rev=40),
        ),
        "suspended_in_the_past": (
            "active at rev 35, and now said to have left at 20",
            aged(ACTIVE, 1, entry_rev=35),
            aged(SUSPENDED, 20, entry_rev=45),
        ),
        "active_moved": ("1 to 1 with another state_rev", JOINED, aged(ACTIVE, 30)),
    }


def _wrong_identity() -> dict[str, Change]:
    younger = aged(ACTIVE, 1, entry_rev=30)
    return {
        "other_index": ("it had another place", replace(JOINED, index=6), younger),
        "other_kind": (
            "the group was a service account",
            replace(EDITED, kind=3),
            _flagged(EDITED),
        ),
        "other_principal": (
            "another principal had this place",
            replace(JOINED, principal=derive_bytes("id/else", 16)),
            younger,
        ),
        "entry_rev_falls": (
            "older than the entry that is held",
            aged(ACTIVE, 1, entry_rev=40, flags=1),
            younger,
        ),
        "entry_rev_equal": (
            "another body of the same rev",
            replace(JOINED, flags=1),
            JOINED,
        ),
    }


def _wrong_keysets() -> dict[str, Change]:
    one, two = EDITED.keysets
    others = {
        "fp": replace(one, fp=sha256(b"else")),
        "enc_pk": replace(one, enc_pk_hash=sha256(b"else")),
        "sign_pk": replace(one, sign_pk=ENTRIES[0].keysets[0].sign_pk),
        "since": replace(one, since=2),
    }
    table = {
        f"other_{name}": (
            "the first keyset of a group is another",
            EDITED,
            replace(EDITED, entry_rev=40, keysets=(keyset, two)),
        )
        for name, keyset in others.items()
    }
    first, second = RUNNING.keysets
    between = replace(_keyset(2, 10), until=25)
    three = replace(RUNNING, keysets=(first, between, replace(second, number=3)))
    group_three = replace(
        EDITED, keysets=(one, replace(_keyset(2, 10), until=20), replace(two, number=3))
    )
    overlap = replace(RUNNING, entry_rev=30, keysets=(replace(first, until=0), second))
    over = replace(RUNNING, entry_rev=30)
    return {
        **table,
        "keyset_opened_again": (
            "a keyset that had ended has no end",
            over,
            replace(overlap, entry_rev=40),
        ),
        "group_keyset_opened_again": (
            "the epoch of former members holds again",
            EDITED,
            replace(EDITED, entry_rev=40, keysets=(replace(one, until=0), two)),
        ),
        "end_moved": (
            "a keyset ends later than it did",
            over,
            replace(over, entry_rev=40, keysets=(replace(first, until=35), second)),
        ),
        "ended_before_the_look": (
            "an end at the rev of the entry that is held",
            overlap,
            replace(overlap, entry_rev=40, keysets=(replace(first, until=30), second)),
        ),
        "keyset_dropped": (
            "a service account loses its second of three keysets",
            three,
            replace(three, entry_rev=40, keysets=(first, replace(second, number=3))),
        ),
        "keyset_inserted": (
            "a keyset between two that were known",
            replace(three, keysets=(first, replace(second, number=3))),
            replace(three, entry_rev=40),
        ),
        "inner_keyset_dropped": (
            "a group loses its second of three keysets",
            group_three,
            replace(group_three, entry_rev=40, keysets=(one, replace(two, number=3))),
        ),
    }


def entry_bad() -> Iterator[Case]:
    """Entries that cannot follow from the one that is held."""
    faults = {**_wrong_gaps(), **_wrong_moves(), **_wrong_identity(), **_wrong_keysets()}
    for name, (comment, before, after) in faults.items():
        given = ask_entry(after, before=before.body.hex())
        yield bad("path", f"before_{name}", comment, given, "entry")
    ninth = replace(aged(ACTIVE, 45), inactive=gaps(*EIGHT, (40, 45)))
    given = ask_entry(ninth, before=aged(SUSPENDED, 40, *EIGHT).body.hex())
    comment = "there is no room for a ninth gap: remove and invite anew"
    yield bad("path", "before_ninth_return", comment, given, "form")
