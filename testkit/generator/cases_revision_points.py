"""Revisions in time: gaps, generations, numbers, and groups through which authors act (8)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from generator import records as r
from generator.access import ALL, Access
from generator.case import Case, all_bad, all_good, bad, good
from generator.cases_access_groups import (
    FIRST_OF_2,
    LAST_OF_1,
    dropped_epoch,
    group_entry,
    later_epoch,
    without_group,
)
from generator.cases_access_points import LAST, RESTORED_ROOTS
from generator.cases_path_gaps import aged
from generator.directory import ACTIVE, REMOVED, SUSPENDED, Entry
from generator.limits import NUMBER_END
from generator.path_question import with_entry
from generator.revision_question import Json, ask, by_group, write
from generator.world import MONA, OLGA, ROOT_0, WALT

MONAS, WALTS = 5, 6


def _ask_walt(rev: int, entry: Entry) -> Json:
    written = write(WALT, directory_rev=rev)
    return ask(written, entries=_bodies(with_entry(WALTS, entry)))


def _bodies(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.body.hex() for entry in entries]


def gap_authors() -> Iterator[Case]:
    """Who was suspended at the named rev writes nothing there."""
    once = aged(ACTIVE, 30, (20, 30), index=WALTS)
    twice = aged(ACTIVE, 45, (20, 30), (40, 45), index=WALTS)
    gone = aged(REMOVED, 45, (20, 30), index=WALTS)
    table = {
        "author_before_the_gap": ("a rev before the suspension", _ask_walt(19, once)),
        "author_from_the_return": ("the rev of the return", _ask_walt(30, once)),
        "author_after_a_gap_removed_later": ("back, and removed later", _ask_walt(44, gone)),
    }
    yield from all_good("revision", table)
    faults = {
        "author_in_gap_at_start": ("the rev of the suspension", _ask_walt(20, once)),
        "author_in_gap_at_end": ("a rev before the return", _ask_walt(29, once)),
        "author_in_second_gap": ("in the later of two gaps", _ask_walt(44, twice)),
        "author_in_gap_removed_later": ("in a gap, and removed since", _ask_walt(25, gone)),
    }
    yield from all_bad("revision", "signer", faults, code="forbidden")
    by_mona = replace(r.BY_MONA, directory_rev=25)
    entries = with_entry(MONAS, aged(ACTIVE, 30, (20, 30), index=MONAS))
    known = [(by_mona, MONA), (r.VAULT_1, OLGA)]
    given = ask(write(WALT, record=by_mona), known, entries=_bodies(entries))
    comment = "the named record was signed in a gap"
    yield bad("revision", "record_signed_in_gap", comment, given, "signer", "forbidden")


def _pointed(record: tuple[int, int], revision: tuple[int, int]) -> Json:
    """A revision and its record, each at a point (generation, rev)."""
    named = replace(r.VAULT_1, generation=record[0], directory_rev=record[1])
    point: Json = {"generation": revision[0], "directory_rev": revision[1]}
    return _later(ask(write(WALT, record=named, **point), [(named, OLGA)]))


def _grouped(group: tuple[int, int], revision: tuple[int, int]) -> Json:
    """A revision through a group, and the group's record, each at a point."""
    named = replace(r.EDITORS_1, generation=group[0], directory_rev=group[1])
    point: Json = {"generation": revision[0], "directory_rev": revision[1]}
    written = write(WALT, **by_group(named), **point)
    return _later(ask(written, [(r.VAULT_1, OLGA), (named, OLGA)]))


def _later(given: Json) -> Json:
    roots = [root.body.hex() for root in RESTORED_ROOTS]
    return {**given, "roots": roots, "head_generation": 1}


def revision_generations() -> Iterator[Case]:
    """The generation is at most the head's, and falls from no record that is named."""
    table = {
        "generation_of_record": ("generation 1, 1 again", _pointed((1, 41), (1, 42))),
        "generation_at_equal_rev": ("equal revs, equal generations", _pointed((1, 41), (1, 41))),
        "generation_of_group_record": ("the group's is older", _grouped((0, 39), (1, 45))),
    }
    yield from all_good("revision", table)
    faults = {
        "generation_above_head": (
            "generation 1 under a head of generation 0",
            ask(write(WALT, generation=1)),
        ),
        "generation_falls": ("1 at rev 41, 0 at rev 42", _pointed((1, 41), (0, 42))),
        "generation_lower_at_equal_rev": ("1 and 0 at rev 41", _pointed((1, 41), (0, 41))),
        "generation_higher_at_equal_rev": ("0 and 1 at rev 41", _pointed((0, 41), (1, 41))),
        "generation_below_group_record": ("the group's is 1 at rev 42", _grouped((1, 42), (0, 45))),
        "generation_at_rev_of_group_record": (
            "0 for the group's record and 1 for its member's, at rev 45",
            _grouped((0, 45), (1, 45)),
        ),
    }
    yield from all_bad("revision", "context", faults)


def revision_numbers() -> Iterator[Case]:
    """Numbers that leave room for the ones that follow."""
    most = replace(r.VAULT_1, access_rev=LAST, generation=LAST, directory_rev=LAST)
    written = write(WALT, LAST, record=most, generation=LAST, directory_rev=LAST)
    given = ask(written, [(most, OLGA)], head_rev=LAST, head_generation=LAST)
    comment = "version, access_rev, generation and rev of 2^48 - 1"
    yield good("revision", "last_numbers", comment, given)
    over = replace(r.VAULT_1, access_rev=NUMBER_END)
    far = write(WALT, directory_rev=NUMBER_END)
    late = write(WALT, generation=NUMBER_END)
    table = {
        "version_without_end": ("a version of 2^48", ask(write(WALT, NUMBER_END))),
        "access_rev_without_end": (
            "an access_rev of 2^48",
            ask(write(WALT, record=over), [(over, OLGA)]),
        ),
        "rev_without_end": ("a directory rev of 2^48", ask(far, head_rev=NUMBER_END)),
        "generation_without_end": (
            "a generation of 2^48",
            ask(late, head_generation=NUMBER_END),
        ),
    }
    yield from all_bad("revision", "context", table)


def revision_account() -> Iterator[Case]:
    """The names of everybody come from one container."""
    second = r.Container("second account container", 4, creator=MONA, own_salt=ROOT_0.hash)
    record = r.make_record(second, MONA, [(MONA, ALL)])
    profile: Json = {"overview": b'{"name":"Walt"}', "tag": bytes(16)}
    given = ask(
        write(MONA, 1, container=second, record=record, item=WALT.id, **profile), [(record, MONA)]
    )
    comment = "a profile in a second container of kind 4"
    yield bad("revision", "second_account_container", comment, given, "context")


def _ask_group(rev: int, group: Access = r.EDITORS_0, entries: tuple[Entry, ...] = ()) -> Json:
    written = write(WALT, directory_rev=rev, **by_group(group))
    fields: dict[str, Any] = {"entries": _bodies(entries)} if entries else {}
    return ask(written, [(r.VAULT_1, OLGA), (group, OLGA)], **fields)


def revision_group_good() -> Iterator[Case]:
    """Groups through which somebody wrote in time."""
    at_15 = replace(r.EDITORS_0, directory_rev=15)
    table = {
        "group_epoch_1_to_its_last_rev": ("a rev before epoch 2", _ask_group(LAST_OF_1)),
        "group_epoch_2_from_its_since": (
            "the first rev of epoch 2",
            _ask_group(FIRST_OF_2, r.EDITORS_1),
        ),
        "group_record_of_equal_rev": ("both name rev 15", _ask_group(15, at_15)),
        "group_epoch_dropped": (
            "the entry has dropped epoch 1, and the rev is below what it kept",
            _ask_group(LAST_OF_1, entries=dropped_epoch()),
        ),
        "group_suspended_a_rev_later": (
            "suspended at 16, written at 15",
            _ask_group(15, entries=group_entry(SUSPENDED, 16)),
        ),
        "group_removed_a_rev_later": (
            "removed at 16, written at 15",
            _ask_group(15, entries=group_entry(REMOVED, 16)),
        ),
        "group_from_its_return": (
            "suspended at 12, back at 15, written at 15",
            _ask_group(15, entries=group_entry(ACTIVE, 15, (12, 15))),
        ),
    }
    yield from all_good("revision", table)


def revision_group_bad() -> Iterator[Case]:
    """The group's record or the group itself is not of the named rev."""
    at_15 = replace(r.EDITORS_0, directory_rev=15)
    table = {
        "former_member_writes": (
            "a record of the group that ended long ago, under today's directory",
            _ask_group(45),
        ),
        "group_epoch_1_at_its_end": ("epoch 1 at the first rev of epoch 2", _ask_group(FIRST_OF_2)),
        "group_epoch_2_before_its_since": (
            "epoch 2 at the last rev of epoch 1",
            _ask_group(LAST_OF_1, r.EDITORS_1),
        ),
        "group_epoch_dropped_too_late": (
            "the entry has dropped epoch 1, and the rev is the first that it kept",
            _ask_group(FIRST_OF_2, entries=dropped_epoch()),
        ),
        "group_epoch_unknown": ("epoch 3 of a group of epoch 2", _ask_group(45, later_epoch())),
        "group_record_later": ("the group's record names a later rev", _ask_group(14, at_15)),
        "group_without_entry": (
            "nobody showed the entry of the group",
            _ask_group(15, entries=without_group()),
        ),
        "group_suspended": (
            "the rev at which the group was suspended",
            _ask_group(15, entries=group_entry(SUSPENDED, 15)),
        ),
        "group_removed": (
            "the rev at which the group was removed",
            _ask_group(15, entries=group_entry(REMOVED, 15)),
        ),
        "group_removed_before": (
            "the group was removed long before",
            _ask_group(18, entries=group_entry(REMOVED, 15)),
        ),
        "group_in_gap_at_start": (
            "the rev at which the group was suspended; it is back",
            _ask_group(15, entries=group_entry(ACTIVE, 18, (15, 18))),
        ),
        "group_in_gap_at_end": (
            "a rev before the group was back",
            _ask_group(17, entries=group_entry(ACTIVE, 18, (15, 18))),
        ),
    }
    yield from all_bad("revision", "permission", table, code="forbidden")
