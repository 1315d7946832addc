"""Entries that were suspended and came back, and revs from the future (section 4)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, all_good, bad
from generator.directory import ACTIVE, REMOVED, SUSPENDED, Entry, Gap
from generator.keys import Keyset
from generator.limits import NUMBER_END
from generator.pae import encode
from generator.path_question import Json, RawEntry, ask_path, with_entry
from generator.world import (
    EDITORS,
    ENTRIES,
    HEAD_REV,
    RITA,
    RUNNER,
    Principal,
    make_entry,
    make_head,
)

Edges = Sequence[tuple[int, int]]
RITAS, RUNNERS, EDITORS_INDEX = 7, 8, 12
WHO = {RITAS: RITA, RUNNERS: RUNNER, EDITORS_INDEX: EDITORS}


def gaps(*edges: tuple[int, int]) -> tuple[Gap, ...]:
    """Gaps from pairs (from, until)."""
    return tuple(Gap(start, until) for start, until in edges)


def aged(
    state: int, state_rev: int, *edges: tuple[int, int], index: int = RITAS, **fields: Any
) -> Entry:
    """An entry that was in this state since `state_rev`, with these gaps before."""
    entry = ENTRIES[index]
    last = max(state_rev, entry.entry_rev)
    inactive = gaps(*edges)
    changed = replace(entry, entry_rev=last, state=state, state_rev=state_rev, inactive=inactive)
    return replace(changed, **fields)


def ask_entry(entry: Entry, enc_pk: bytes = b"", **fields: Any) -> Json:
    """The question about an entry in the place of the one with its index."""
    current = enc_pk or WHO[entry.index].keys.enc_pk
    return ask_path(entry.index, with_entry(entry.index, entry), current, **fields)


def gap_good() -> Iterator[Case]:
    """Entries with a history."""
    last = NUMBER_END - 1
    late = aged(SUSPENDED, last, (20, last - 1))
    head = make_head(entries=with_entry(RITAS, late), rev=last)
    table = {
        "returned": ("suspended at 20, back at 30", ask_entry(aged(ACTIVE, 30, (20, 30)))),
        "gap_of_one_rev": ("suspended at 20, back at 21", ask_entry(aged(ACTIVE, 21, (20, 21)))),
        "gaps_a_rev_apart": (
            "back at 30, suspended again at 31",
            ask_entry(aged(ACTIVE, 40, (20, 30), (31, 40))),
        ),
        "removed_after_return": (
            "a gap, and removed for good at 45",
            ask_entry(aged(REMOVED, 45, (20, 30))),
        ),
        "group_returned": (
            "a group has gaps as people have",
            ask_entry(aged(ACTIVE, 30, (22, 30), index=EDITORS_INDEX)),
        ),
        "service_account_returned": (
            "a service account with a gap and two keysets",
            ask_entry(aged(ACTIVE, 30, (10, 30), index=RUNNERS)),
        ),
        "changed_at_the_head": (
            "all revs are the head's",
            ask_entry(aged(SUSPENDED, HEAD_REV)),
        ),
        "last_number": ("revs up to 2^48 - 1", ask_entry(late, head=head.body.hex())),
    }
    yield from all_good("path", table)


def _wrong_gaps() -> dict[str, tuple[str, Entry]]:
    nine: Edges = [(n, n + 1) for n in range(2, 20, 2)]
    return {
        "nine_gaps": ("one gap more than an entry can hold", aged(ACTIVE, 40, *nine)),
        "gaps_overlap": ("the second begins in the first", aged(ACTIVE, 30, (10, 20), (15, 30))),
        "gaps_touch": (
            "the second begins where the first ends",
            aged(ACTIVE, 30, (10, 20), (20, 30)),
        ),
        "gaps_unsorted": ("the later gap comes first", aged(ACTIVE, 30, (20, 30), (10, 15))),
        "gap_twice": ("one gap twice", aged(ACTIVE, 30, (20, 30), (20, 30))),
        "gap_empty": ("a gap that ends where it begins", aged(ACTIVE, 30, (30, 30))),
        "gap_backwards": ("a gap that ends before it begins", aged(ACTIVE, 30, (29, 20))),
        "gap_after_state_rev": (
            "a gap that ends after the last change of state",
            aged(ACTIVE, 30, (20, 31), entry_rev=31),
        ),
        "gap_in_suspension": (
            "suspended since 40, and a gap that ends at 45",
            aged(SUSPENDED, 40, (20, 45), entry_rev=45),
        ),
    }


def _wrong_users() -> dict[str, tuple[str, Json]]:
    """Keysets that a user cannot have."""
    second = Keyset(derive_bytes("seed/rita/2"))
    twice = Principal("rita", 1, RITA.id, (*RITA.keysets, second))
    both = make_entry(RITAS, twice, 40)
    (only,) = ENTRIES[RITAS].keysets
    overlap = replace(both, keysets=(replace(both.keysets[0], until=0), both.keysets[1]))
    renumbered = replace(ENTRIES[RITAS], keysets=(replace(only, number=2),))
    closed = replace(ENTRIES[RITAS], entry_rev=40, keysets=(replace(only, until=40),))
    return {
        "user_keyset_added": (
            "an administrator adds a keyset beside the user's own",
            ask_entry(overlap, second.enc_pk),
        ),
        "user_keyset_replaced": (
            "the user's own keyset has ended",
            ask_entry(both, second.enc_pk),
        ),
        "user_keyset_number_2": ("the one keyset has number 2", ask_entry(renumbered)),
        "user_keyset_closed": ("the one keyset has an until", ask_entry(closed)),
    }


def _wrong_ends() -> Iterator[Case]:
    """Gaps that are cut or announced wrongly."""
    parts = aged(ACTIVE, 30, (20, 30)).parts()
    tails = {
        "gap_without_until": ("the last until is missing", encode(*parts[:-1])),
        "gap_left_over": ("two revs behind the gaps", encode(*parts, 40, 41)),
        "gap_count_too_high": ("announces two gaps of one", encode(*parts[:-3], 2, *parts[-2:])),
    }
    for condition, (comment, body) in tails.items():
        entries: Any = with_entry(RITAS, RawEntry(body))  # type: ignore[arg-type]
        given = ask_path(RITAS, entries, RITA.keys.enc_pk)
        yield bad("path", condition, comment, given, "form")


def _from_the_future() -> dict[str, tuple[str, Entry]]:
    runner = ENTRIES[RUNNERS]
    first, second = runner.keysets
    (only,) = ENTRIES[RITAS].keysets
    return {
        "entry_rev_above_head": ("an entry of rev 51 under a head of rev 50", aged(SUSPENDED, 51)),
        "state_rev_above_entry_rev": (
            "suspended a rev after the entry was written",
            aged(SUSPENDED, 41, entry_rev=40),
        ),
        "return_above_entry_rev": (
            "back a rev after the entry was written",
            aged(ACTIVE, 41, (20, 41), entry_rev=40),
        ),
        "gap_above_entry_rev": (
            "a gap a rev after the entry was written, and gone again",
            aged(SUSPENDED, 42, (20, 41), entry_rev=40),
        ),
        "since_above_entry_rev": (
            "a keyset that is not in use yet",
            replace(runner, keysets=(first, replace(second, since=26))),
        ),
        "since_of_user_above_entry_rev": (
            "a user's keyset that is not in use yet",
            replace(ENTRIES[RITAS], keysets=(replace(only, since=2),)),
        ),
        "until_above_entry_rev": (
            "a keyset whose end lies ahead",
            replace(runner, keysets=(replace(first, until=26), second)),
        ),
    }


def gap_bad() -> Iterator[Case]:
    """Gaps, keysets of users, and revs that nobody has reached."""
    for condition, (comment, entry) in _wrong_gaps().items():
        yield bad("path", condition, comment, ask_entry(entry), "form")
    yield from all_bad("path", "form", _wrong_users())
    yield from _wrong_ends()
    table = {
        condition: (comment, ask_entry(entry))
        for condition, (comment, entry) in _from_the_future().items()
    }
    yield from all_bad("path", "context", table)
