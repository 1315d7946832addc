"""Groups' records whose signers come and go, and those who stay (section 6, point 4)."""

from dataclasses import replace
from typing import Any

from generator import records as r
from generator.access import ALL, READ
from generator.access_question import BASE_ROOTS
from generator.cases_path_gaps import aged
from generator.crypto import sha256
from generator.directory import ACTIVE, REMOVED, SUSPENDED
from generator.group_question import (
    BY_ADMINISTRATOR,
    BY_CREATOR,
    BY_MANAGER,
    MEMBERS,
    TWO_MANAGERS,
    TWO_UNDER_ADMINISTRATOR,
    UNDER_ADMINISTRATOR,
    Showings,
    Shown,
    by,
    managed,
    shown,
)
from generator.path_question import with_entry
from generator.world import (
    ADAM,
    ADMINISTRATORS,
    ENTRIES,
    HEAD_REV,
    MONA,
    OLGA,
    OWNERS,
    RITA,
    ROOT_0,
    ROOT_1,
    ROOT_2,
    RUNNER,
    RUNNER_CHANGED,
    WALT,
    make_entry,
    make_group,
    make_root,
)
from generator.world import MEMBERS as TEAM

# The rev at which somebody is unlisted, demoted, suspended or removed.
CHANGED = 45
LAST = CHANGED - 1
ADAMS, MONAS = 4, 5

UNLISTED = (*BASE_ROOTS, ROOT_2)
_AWAY = make_root(2, 40, [OLGA], [], ROOT_1)
BACK = (*BASE_ROOTS, _AWAY, make_root(3, CHANGED, [OLGA], [ADAM], _AWAY))
_OTHER_ADAM = replace(ADAM.listed(), fp=sha256(b"else"))
OTHER_FP = (*BASE_ROOTS, replace(ROOT_2, administrators=(_OTHER_ADAM,)))
HANDED_OVER = (*BASE_ROOTS, make_root(2, CHANGED, [ADAM], [], ROOT_1))
STEPPED_DOWN = (*BASE_ROOTS, make_root(2, CHANGED, [ADAM], [OLGA], ROOT_1))
UNLISTED_LATER = (*BASE_ROOTS, make_root(2, 49, [OLGA], [], ROOT_1))
PROMOTED = (*BASE_ROOTS, make_root(2, CHANGED, [OLGA], [ADAM, MONA], ROOT_1))


def crew() -> Shown:
    """A group that Mona made; she is an administrator since."""
    container = r.Container("crew", 3, creator=MONA)
    record = r.make_record(container, MONA, [(MONA, ALL), (WALT, READ)], directory_rev=30)
    group = make_group("crew", MONA)
    entries = (*ENTRIES, make_entry(13, group))
    return shown(CHANGED, (record, MONA), group=group, roots=PROMOTED, entries=entries)


def machines() -> Shown:
    """A group by the runner's first keyset, which is the one that is listed."""
    old = replace(RUNNER, keysets=RUNNER.keysets[:1])
    container = r.Container("machines", 3, creator=RUNNER)
    record = r.make_record(container, old, MEMBERS)
    group = make_group("machines", RUNNER)
    entries = (*ENTRIES, make_entry(13, group))
    given = shown(RUNNER_CHANGED, (record, old), group=group, entries=entries)
    return replace(given, roots=(ROOT_0, make_root(1, 5, [OLGA], [ADAM, old], ROOT_0)))


_ROLE_GROUPS = {
    "owners_group": (OWNERS, r.OWNERS_CONTAINER, r.OWNERS_0),
    "administrators_group": (ADMINISTRATORS, r.ADMINISTRATORS_CONTAINER, r.ADMINISTRATORS_0),
    "members_group": (TEAM, r.MEMBERS_CONTAINER, r.MEMBERS_0),
}


def role_group(name: str) -> Shown:
    """A role group, signed by an owner who is an administrator since."""
    group, container, before = _ROLE_GROUPS[name]
    record = r.make_record(container, OLGA, MEMBERS, before, **r.under_root())
    return shown(CHANGED, (record, OLGA), group=group, roots=STEPPED_DOWN)


def new_role_group(name: str) -> Shown:
    """The first record of a role group, by an owner who is an administrator since."""
    group, container, _ = _ROLE_GROUPS[name]
    record = r.make_record(container, OLGA, MEMBERS)
    return shown(CHANGED, (record, OLGA), group=group, roots=STEPPED_DOWN)


def listed_good() -> Showings:
    """Signers by the root document, and creators."""
    administrator = shown(LAST, BY_ADMINISTRATOR)
    creator = shown(LAST, BY_CREATOR)
    return {
        "group_signer_listed": ("an administrator, today", administrator.at(HEAD_REV)),
        "group_signer_unlisted_a_rev_later": (
            "by an administrator whom the next rev's document does not list",
            replace(administrator, roots=UNLISTED),
        ),
        "group_signer_listed_again": (
            "unlisted at 40, listed again at 45, named at 45",
            shown(CHANGED, BY_ADMINISTRATOR, roots=BACK),
        ),
        "group_signer_other_fp_a_rev_later": (
            "the next rev's document lists another fingerprint",
            replace(administrator, roots=OTHER_FP),
        ),
        "group_creator_unlisted_a_rev_later": (
            "by the creator, whom the next rev's document does not list",
            replace(creator, roots=HANDED_OVER),
        ),
        "group_creator_demoted": (
            "the creator was an owner and is an administrator",
            replace(creator.at(CHANGED), roots=STEPPED_DOWN),
        ),
        "group_creator_listed_since": ("the rev at which the creator came on the list", crew()),
        "group_keyset_ends_a_rev_later": (
            "the last rev of the keyset that signed",
            machines().at(RUNNER_CHANGED - 1),
        ),
        "members_group_signer_demoted": (
            "an administrator is enough for this role group",
            role_group("members_group"),
        ),
        **_role_groups(LAST, "_a_rev_later", "named a rev before"),
    }


def _role_groups(rev: int, when: str, named: str) -> Showings:
    comment = "by an owner who became an administrator"
    table: Showings = {}
    for name in ("owners_group", "administrators_group"):
        table[f"{name}_signer_demoted{when}"] = (f"{comment}, {named}", role_group(name).at(rev))
        first = f"the first record, {comment}, {named}"
        table[f"{name}_creator_demoted{when}"] = (first, new_role_group(name).at(rev))
    return table


def listed_bad() -> Showings:
    """The root document of the named rev does not list the signer."""
    administrator = shown(CHANGED, BY_ADMINISTRATOR)
    as_of_then = by(ADAM, **r.under_root(), directory_rev=LAST)
    return {
        "group_signer_unlisted": (
            "by an administrator whom that rev's document does not list",
            replace(administrator, roots=UNLISTED),
        ),
        "group_signer_as_of_then": (
            "a former administrator signs as of the last rev on the list, named today",
            shown(HEAD_REV, as_of_then, roots=UNLISTED),
        ),
        "group_signer_not_listed_again_yet": (
            "unlisted at 40, listed again at 45, named at 44",
            shown(LAST, BY_ADMINISTRATOR, roots=BACK),
        ),
        "group_signer_listed_with_other_fp": (
            "that rev's document lists another fingerprint",
            replace(administrator, roots=OTHER_FP),
        ),
        "group_creator_unlisted": (
            "by the creator, whom that rev's document does not list",
            shown(CHANGED, BY_CREATOR, roots=HANDED_OVER),
        ),
        "group_creator_not_listed_yet": (
            "a rev before the creator came on the list",
            crew().at(LAST),
        ),
        "group_creator_never_listed": (
            "a creator whom no document lists",
            replace(crew(), roots=BASE_ROOTS),
        ),
        "group_keyset_ended": ("the keyset that signed has ended at that rev", machines()),
        **_role_groups(CHANGED, "", "named at that rev"),
    }


_SIGNERS = {"signer": (ADAMS, (BY_ADMINISTRATOR,)), "manager": (MONAS, BY_MANAGER)}
_BACK = (ACTIVE, 48, (CHANGED, 48))
History = tuple[Any, ...]
# What became of a signer, and the rev at which the record is named.
STAYED: dict[str, tuple[str, int, History]] = {
    "suspended_a_rev_later": ("is suspended at the next rev", LAST, (SUSPENDED, CHANGED)),
    "removed_a_rev_later": ("is removed at the next rev", LAST, (REMOVED, CHANGED)),
    "before_the_gap": ("is suspended at the next rev, and back since", LAST, _BACK),
    "from_the_return": ("is back at that rev", 48, _BACK),
}
LEFT: dict[str, tuple[str, int, History]] = {
    "suspended": ("is suspended at that rev", CHANGED, (SUSPENDED, CHANGED)),
    "removed": ("is removed at that rev", CHANGED, (REMOVED, CHANGED)),
    "in_gap_at_start": ("was suspended at that rev, and is back since", CHANGED, _BACK),
    "in_gap_at_end": ("is back at the next rev", 47, _BACK),
}


def histories(table: dict[str, tuple[str, int, History]]) -> Showings:
    """An administrator and a manager who signed a group's record, and what became of them."""
    found: Showings = {}
    for name, (index, chain) in _SIGNERS.items():
        for condition, (comment, rev, history) in table.items():
            entries = with_entry(index, aged(*history, index=index))
            # Who is away now is not listed now.
            given = shown(rev, *chain, entries=entries, roots=UNLISTED_LATER)
            found[f"group_{name}_{condition}"] = (
                f"the {name} of the group's record {comment}",
                given,
            )
    return found


def chains(rev: int, name: str) -> Showings:
    """What a manager's record rests on is lost at `CHANGED`."""
    removed = with_entry(MONAS, aged(REMOVED, CHANGED, index=MONAS))
    return {
        f"group_manager_under_unlisted{name}": (
            "a manager's record on one by an administrator who is unlisted at 45",
            shown(rev, *UNDER_ADMINISTRATOR, roots=UNLISTED),
        ),
        f"group_manager_under_creator_unlisted{name}": (
            "a manager's record on one by the creator, who is unlisted at 45",
            shown(rev, *BY_MANAGER, roots=HANDED_OVER),
        ),
        f"group_manager_under_removed{name}": (
            "a manager's record on one by a manager who is removed at 45",
            shown(rev, *TWO_MANAGERS, entries=removed),
        ),
        f"group_two_managers_under_unlisted{name}": (
            "two managers' records on one by an administrator who is unlisted at 45",
            shown(rev, *TWO_UNDER_ADMINISTRATOR, roots=UNLISTED),
        ),
    }


def epochs_good() -> Showings:
    """Managers' records that rest on records of their own epoch."""
    earlier = by(OLGA, epoch=1, directory_rev=12)
    then = managed(MONA, earlier, epoch=1)
    return {
        "group_manager": ("a manager's record of the epoch of today", shown(HEAD_REV, *BY_MANAGER)),
        "group_manager_of_then": (
            "both records are of epoch 1, which holds at that rev",
            shown(15, earlier, then),
        ),
        "group_two_managers": ("two managers in a row", shown(HEAD_REV, *TWO_MANAGERS)),
    }


def epochs_bad() -> Showings:
    """Managers' records that rest on a record of an older epoch."""
    earlier = by(OLGA, epoch=1, directory_rev=12)
    carried = managed(MONA, earlier, directory_rev=30)
    return {
        "group_manager_of_older_epoch": (
            "a record of epoch 2 rests on one of epoch 1",
            shown(HEAD_REV, earlier, carried),
        ),
        "group_manager_under_older_epoch": (
            "a record rests on one of its epoch, and that one on one of the epoch before",
            shown(HEAD_REV, earlier, carried, managed(RITA, carried)),
        ),
    }
