"""Access records through a group: its record is dated by its entry (section 6)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from generator import records as r
from generator.access import Access
from generator.access_question import (
    EDITORS_MANAGE,
    Json,
    ask,
    ask_step,
    ask_through_group,
    through_group_record,
)
from generator.case import Case, all_bad, all_good
from generator.cases_path_gaps import EDITORS_INDEX, aged
from generator.directory import ACTIVE, REMOVED, SUSPENDED, Entry
from generator.path_question import with_entry
from generator.world import EDITORS_CHANGED, ENTRIES, MONA, OLGA, WALT

# The last rev of epoch 1, and the first of epoch 2.
LAST_OF_1, FIRST_OF_2 = EDITORS_CHANGED - 1, EDITORS_CHANGED


def group_entry(state: int, state_rev: int, *edges: tuple[int, int]) -> tuple[Entry, ...]:
    """All entries, the editors' with another history."""
    return with_entry(EDITORS_INDEX, aged(state, state_rev, *edges, index=EDITORS_INDEX))


def dropped_epoch() -> tuple[Entry, ...]:
    """All entries, the editors' without its first keyset."""
    entry = ENTRIES[EDITORS_INDEX]
    return with_entry(EDITORS_INDEX, replace(entry, keysets=entry.keysets[1:]))


def without_group() -> tuple[Entry, ...]:
    """All entries but the editors'."""
    return ENTRIES[:EDITORS_INDEX]


def later_epoch() -> Access:
    """A record of an epoch that the entry does not know."""
    rows = r.MEMBER_ROWS
    return r.make_record(r.EDITORS_CONTAINER, OLGA, rows, r.EDITORS_1, epoch=3, directory_rev=21)


def _ask(rev: int, group: Access = r.EDITORS_0, **fields: Any) -> Json:
    return ask_through_group(group, {"directory_rev": rev}, **fields)


def group_good() -> Iterator[Case]:
    """Groups through which somebody acted in time."""
    at_15 = replace(r.EDITORS_0, directory_rev=15)
    table = {
        "group_epoch_1_to_its_last_rev": ("a rev before epoch 2", _ask(LAST_OF_1)),
        "group_epoch_2_from_its_since": ("the first rev of epoch 2", _ask(FIRST_OF_2, r.EDITORS_1)),
        "group_record_of_equal_rev": ("both name rev 15", _ask(15, at_15)),
        "group_epoch_dropped": (
            "the entry has dropped epoch 1, and the rev is below what it kept",
            _ask(LAST_OF_1, entries=dropped_epoch()),
        ),
        "group_suspended_a_rev_later": (
            "suspended at 16, signed at 15",
            _ask(15, entries=group_entry(SUSPENDED, 16)),
        ),
        "group_removed_a_rev_later": (
            "removed at 16, signed at 15",
            _ask(15, entries=group_entry(REMOVED, 16)),
        ),
        "group_before_its_gap": (
            "suspended at 16, back at 18, signed at 15",
            _ask(15, entries=group_entry(ACTIVE, 18, (16, 18))),
        ),
        "group_from_its_return": (
            "suspended at 12, back at 15, signed at 15",
            _ask(15, entries=group_entry(ACTIVE, 15, (12, 15))),
        ),
        "authority_through_group_of_then": (
            "the authority was signed in epoch 1, the record long after",
            _authority_of_then(),
        ),
        "step_through_group_of_then": ("a step in epoch 1", _step(LAST_OF_1)),
    }
    yield from all_good("access", table)


def _authority_of_then() -> Json:
    then = through_group_record(r.EDITORS_0, {"directory_rev": 15})
    now = r.make_record(r.VAULT, MONA, r.FULL_ROWS, then, **r.under_record(then))
    known = [(EDITORS_MANAGE, OLGA), (r.EDITORS_0, OLGA), (then, WALT)]
    return ask(replace(now, directory_rev=45), MONA, known)


def _step(rev: int, group: Access = r.EDITORS_0, **fields: Any) -> Json:
    after = through_group_record(group, {"directory_rev": rev})
    return ask_step(EDITORS_MANAGE, after, WALT, (group, OLGA), **fields)


def _former_member() -> Json:
    """Walt, whom epoch 2 does not list, rotates a vault under today's directory."""
    fields = {"epoch": 2, "directory_rev": 45}
    return ask_through_group(r.EDITORS_0, fields)


def group_bad() -> Iterator[Case]:
    """The group's record or the group itself is not of the named rev."""
    at_15 = replace(r.EDITORS_0, directory_rev=15)
    table = {
        "former_member_rotates": (
            "a record of the group that ended long ago, under today's directory",
            _former_member(),
        ),
        "group_epoch_1_at_its_end": ("epoch 1 at the first rev of epoch 2", _ask(FIRST_OF_2)),
        "group_epoch_2_before_its_since": (
            "epoch 2 at the last rev of epoch 1",
            _ask(LAST_OF_1, r.EDITORS_1),
        ),
        "group_epoch_dropped_too_late": (
            "the entry has dropped epoch 1, and the rev is the first that it kept",
            _ask(FIRST_OF_2, entries=dropped_epoch()),
        ),
        "group_epoch_unknown": ("epoch 3 of a group of epoch 2", _ask(45, later_epoch())),
        "group_record_later": ("the group's record names a later rev", _ask(14, at_15)),
        "group_without_entry": (
            "nobody showed the entry of the group",
            _ask(15, entries=without_group()),
        ),
        "group_suspended": (
            "the rev at which the group was suspended",
            _ask(15, entries=group_entry(SUSPENDED, 15)),
        ),
        "group_suspended_before": (
            "the group was suspended long before",
            _ask(18, entries=group_entry(SUSPENDED, 15)),
        ),
        "group_removed": (
            "the rev at which the group was removed",
            _ask(15, entries=group_entry(REMOVED, 15)),
        ),
        "group_in_gap_at_start": (
            "the rev at which the group was suspended; it is back",
            _ask(15, entries=group_entry(ACTIVE, 18, (15, 18))),
        ),
        "group_in_gap_at_end": (
            "a rev before the group was back",
            _ask(17, entries=group_entry(ACTIVE, 18, (15, 18))),
        ),
        "step_group_epoch_over": ("epoch 1 at the first rev of epoch 2", _step(FIRST_OF_2)),
        "step_group_suspended": (
            "the rev at which the group was suspended",
            _step(15, entries=group_entry(SUSPENDED, 15)),
        ),
        "step_group_record_later": ("the group's record names a later rev", _step(14, at_15)),
    }
    yield from all_bad("access", "permission", table, code="forbidden")
    later = {
        "authority_of_later_rev": (
            "the record that gives MANAGE names a later head",
            _authority_of_later_rev(),
        ),
    }
    yield from all_bad("access", "authority", later, code="forbidden")


def _authority_of_later_rev() -> Json:
    given = replace(r.VAULT_1, directory_rev=16)
    early = r.make_record(r.VAULT, MONA, r.FULL_ROWS, given, **r.under_record(given))
    return ask(replace(early, directory_rev=15), MONA, [(given, OLGA)])
