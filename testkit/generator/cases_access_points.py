"""Access records in time: gaps, generations, numbers, the account's container (section 6)."""

from collections.abc import Iterator
from dataclasses import replace

from generator import records as r
from generator.access import ALL, MANAGER, Access
from generator.access_question import BASE_ROOTS, Json, ask, ask_step, ask_through_group
from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, all_good, bad, good
from generator.cases_path_gaps import aged
from generator.directory import ACTIVE, REMOVED, SUSPENDED, Entry
from generator.limits import NUMBER_END
from generator.path_question import with_entry
from generator.world import ADAM, MONA, OLGA, ROOT_0, ROOT_1, Principal, make_root

MONAS = 5
LAST = NUMBER_END - 1
# A restore was accepted at rev 40; the world of these cases goes on in generation 1.
RESTORED = make_root(2, 40, [OLGA], [ADAM], ROOT_1, generation=1)
RESTORED_ROOTS = (*BASE_ROOTS, RESTORED)


def _by_mona(rev: int) -> Access:
    under = r.under_record(r.VAULT_1)
    return r.make_record(r.VAULT, MONA, r.FULL_ROWS, r.VAULT_1, **under, directory_rev=rev)


def _ask_mona(rev: int, entry: Entry) -> Json:
    entries = with_entry(MONAS, entry)
    return ask(_by_mona(rev), MONA, [(r.VAULT_1, OLGA)], entries=entries)


def gap_signers() -> Iterator[Case]:
    """Who was suspended at the named rev signs nothing there, whatever came later."""
    once = aged(ACTIVE, 30, (20, 30), index=MONAS)
    twice = aged(ACTIVE, 45, (20, 30), (40, 45), index=MONAS)
    gone = aged(REMOVED, 45, (20, 30), index=MONAS)
    away = aged(SUSPENDED, 45, (20, 30), index=MONAS)
    table = {
        "before_the_gap": ("a rev before the suspension", _ask_mona(19, once)),
        "from_the_return": ("the rev of the return", _ask_mona(30, once)),
        "between_two_gaps": ("active between two suspensions", _ask_mona(39, twice)),
        "after_a_gap_removed_later": ("back, and removed later", _ask_mona(44, gone)),
    }
    yield from all_good("access", table)
    faults = {
        "signer_in_gap_at_start": ("the rev of the suspension", _ask_mona(20, once)),
        "signer_in_gap_at_end": ("a rev before the return", _ask_mona(29, once)),
        "signer_in_second_gap": ("in the later of two gaps", _ask_mona(40, twice)),
        "signer_in_gap_removed_later": ("in a gap, and removed since", _ask_mona(25, gone)),
        "signer_in_gap_suspended_again": ("in a gap, and away again", _ask_mona(25, away)),
    }
    yield from all_bad("access", "signer", faults, code="forbidden")
    earlier = _by_mona(25)
    later = r.make_record(r.VAULT, MONA, r.FULL_ROWS, earlier, **r.under_record(earlier))
    later = replace(later, directory_rev=35)
    known = [(r.VAULT_1, OLGA), (earlier, MONA)]
    given = ask(later, MONA, known, entries=with_entry(MONAS, once))
    comment = "active now; the authority was signed in the gap"
    yield bad("access", "authority_signed_in_gap", comment, given, "signer", "forbidden")


def _given(generation: int, rev: int) -> Access:
    """Record 1 by the creator, at a point."""
    return r.make_record(
        r.VAULT, OLGA, r.FULL_ROWS, r.VAULT_0, generation=generation, directory_rev=rev
    )


def _managed(authority: Access, generation: int, rev: int) -> Json:
    """A record by a manager of `authority`, at a point."""
    point = {"generation": generation, "directory_rev": rev}
    under = {**r.under_record(authority), **point}
    record = r.make_record(r.VAULT, MONA, r.FULL_ROWS, authority, **under)
    known = [(authority, OLGA)]
    return ask(record, MONA, known, roots=RESTORED_ROOTS, head_generation=1)


def _grouped(group: tuple[int, int], point: tuple[int, int]) -> Json:
    """A record through a group whose record names a point of its own."""
    return ask_through_group(
        replace(r.EDITORS_1, generation=group[0], directory_rev=group[1]),
        {"generation": point[0], "directory_rev": point[1]},
        roots=RESTORED_ROOTS,
        head_generation=1,
    )


def _walked(before: tuple[int, int], after: tuple[int, int], head_generation: int = 1) -> Json:
    """One step by the creator, from point to point."""
    first = _given(*before)
    point = {"generation": after[0], "directory_rev": after[1]}
    second = r.make_record(r.VAULT, OLGA, r.FULL_ROWS, first, **point)
    roots = RESTORED_ROOTS if head_generation else BASE_ROOTS
    return ask_step(first, second, OLGA, roots=roots, head_generation=head_generation)


def generation_cases() -> Iterator[Case]:
    """The generation is at most the head's, and never falls while the rev grows."""
    table = {
        "generation_of_authority": ("generation 1, 1 again", _managed(_given(1, 41), 1, 42)),
        "generation_at_equal_rev": (
            "equal revs, equal generations",
            _managed(_given(1, 41), 1, 41),
        ),
        "generation_of_group_record": ("the group's is older", _grouped((0, 39), (1, 45))),
        "step_generation_grows": ("0 at rev 39, 1 at rev 41", _walked((0, 39), (1, 41))),
        "step_at_equal_rev": ("equal revs, equal generations", _walked((1, 41), (1, 41))),
    }
    yield from all_good("access", table)
    above = ask(_given(1, 45), OLGA)
    faults = {
        "generation_above_head": ("generation 1 under a head of generation 0", above),
        "generation_falls": ("1 at rev 41, 0 at rev 42", _managed(_given(1, 41), 0, 42)),
        "generation_lower_at_equal_rev": ("1 and 0 at rev 41", _managed(_given(1, 41), 0, 41)),
        "generation_higher_at_equal_rev": ("0 and 1 at rev 41", _managed(_given(0, 41), 1, 41)),
        "generation_below_group_record": ("the group's is 1 at rev 42", _grouped((1, 42), (0, 45))),
        "generation_at_rev_of_group_record": (
            "0 for the group's record and 1 for its member's, at rev 45",
            _grouped((0, 45), (1, 45)),
        ),
        "step_generation_above_head": (
            "generation 1 under a head of generation 0",
            _walked((0, 39), (1, 41), 0),
        ),
        "step_generation_falls": ("1 at rev 41, 0 at rev 42", _walked((1, 41), (0, 42))),
        "step_generation_lower_at_equal_rev": ("1 and 0 at rev 41", _walked((1, 41), (0, 41))),
        "step_generation_higher_at_equal_rev": ("0 and 1 at rev 41", _walked((0, 41), (1, 41))),
    }
    yield from all_bad("access", "context", faults)
    yield from _seen_cases()


def _seen_cases() -> Iterator[Case]:
    """A record that was not there at a head is not signed under an older one."""
    step = _walked((1, 41), (1, 42))
    yield from all_good("access", {"step_at_seen_rev": ("seen at rev 42", step | {"seen_rev": 42})})
    faults = {
        "step_before_seen_rev": ("seen at rev 43 without it", step | {"seen_rev": 43}),
        "step_under_older_head": ("rev 42, then 41", _walked((1, 42), (1, 41))),
    }
    yield from all_bad("access", "step", faults, code="rollback")


def number_cases() -> Iterator[Case]:
    """Numbers that leave room for the ones that follow."""
    most = replace(r.VAULT_1, access_rev=LAST, generation=LAST, directory_rev=LAST)
    given = ask(most, OLGA, head_rev=LAST, head_generation=LAST)
    yield good("access", "last_numbers", "access_rev, generation and rev of 2^48 - 1", given)
    one = r.VAULT_1
    steps = {"access_rev": NUMBER_END}
    step_before = replace(one, access_rev=LAST)
    step = r.make_record(r.VAULT, OLGA, r.FULL_ROWS, step_before, **steps)
    far = ask(replace(one, directory_rev=NUMBER_END), OLGA, head_rev=NUMBER_END)
    late = ask(replace(one, generation=NUMBER_END), OLGA, head_generation=NUMBER_END)
    table = {
        "access_rev_without_end": (
            "an access_rev of 2^48",
            ask(replace(one, access_rev=NUMBER_END), OLGA),
        ),
        "rev_without_end": ("a directory rev of 2^48", far),
        "generation_without_end": ("a generation of 2^48", late),
        "step_access_rev_without_end": (
            "an access_rev of 2^48, one above the last",
            ask_step(step_before, step, OLGA),
        ),
    }
    yield from all_bad("access", "context", table)


def _account_container(creator: Principal, salt: bytes) -> r.Container:
    return r.Container("second account container", 4, creator=creator, own_salt=salt)


def _first_record(container: r.Container) -> Json:
    rows = [(container.creator, ALL), (MONA, MANAGER)]
    unique = rows[:1] if container.creator is MONA else rows
    return ask(r.make_record(container, container.creator, unique), container.creator)


def account_container_cases() -> Iterator[Case]:
    """An account has one container of kind 4."""
    pair = make_root(0, 1, [OLGA, MONA], [], None)
    first, second = sorted((OLGA, MONA), key=lambda who: who.id)
    by_first = r.make_record(_account_container(first, pair.hash), first, [(first, ALL)])
    by_second = r.make_record(_account_container(second, pair.hash), second, [(second, ALL)])
    comment = "the first of two owners of document 0"
    given = ask(by_first, first, roots=(pair,))
    yield good("access", "account_container_of_first_owner", comment, given)
    only_1 = ask(r.ACCOUNT_0, OLGA, roots=(ROOT_1,))
    later = _account_container(OLGA, ROOT_1.hash)
    other_salt = _account_container(OLGA, derive_bytes("salt/second account"))
    table = {
        "account_container_other_creator": (
            "a second one, by somebody else",
            _first_record(_account_container(MONA, ROOT_0.hash)),
        ),
        "account_container_other_salt": (
            "a second one by the same owner",
            _first_record(other_salt),
        ),
        "account_container_of_document_1": (
            "its salt is the hash of a later document",
            _first_record(later),
        ),
        "account_container_of_second_owner": (
            "the second of two owners of document 0",
            ask(by_second, second, roots=(pair,)),
        ),
        "account_container_without_document_0": (
            "nobody showed document 0",
            only_1,
        ),
    }
    yield from all_bad("access", "context", table)
