"""Records of groups for who reads or writes in the group itself (section 6)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from generator import records as r
from generator.access import ALL, GROUP_CONTAINER, MANAGER, Access
from generator.access_check import AUTHORITY_STEPS_MAX
from generator.access_question import Json, ask, ask_step
from generator.case import Case, Table, all_bad, all_good
from generator.cases_path_gaps import aged
from generator.directory import ACTIVE, REMOVED, SUSPENDED, USER
from generator.group_question import (
    BY_ADMINISTRATOR,
    BY_CREATOR,
    BY_MANAGER,
    TWO_MANAGERS,
    UNDER_ADMINISTRATOR,
    Showings,
    Shown,
    Signed,
    alone,
    asked,
    by,
    in_record,
    in_step,
    managed,
    shown,
)
from generator.group_showings import (
    BACK,
    HANDED_OVER,
    MONAS,
    OTHER_FP,
    STEPPED_DOWN,
    UNLISTED,
    crew,
    epochs_bad,
    epochs_good,
    machines,
    new_role_group,
    role_group,
)
from generator.path_question import with_entry
from generator.world import ADAM, EDITORS, HEAD_REV, MONA, OLGA, WALT

# Their signers could not sign them today.
_READABLE = ("group_of_unlisted_administrator", "group_of_creator_never_listed")
EPOCH_1 = by(OLGA, epoch=1, directory_rev=12)


def _write(given: Shown) -> Json:
    return alone(given, for_writing=True)


def _today(*chain: Signed, **fields: Any) -> Shown:
    return shown(HEAD_REV, *chain, **fields)


def _mona(state: int, rev: int, *gaps: tuple[int, int]) -> Json:
    return {"entries": with_entry(MONAS, aged(state, rev, *gaps, index=MONAS))}


def _still(name: str) -> Shown:
    return replace(role_group(name), roots=_today().roots)


def _write_good() -> Showings:
    return {
        "group_of_administrator": ("an administrator of today", _today(BY_ADMINISTRATOR)),
        "group_of_administrator_listed_again": (
            "an administrator who left the list and is back on it",
            _today(BY_ADMINISTRATOR, roots=BACK),
        ),
        "group_of_demoted_creator": (
            "the creator was an owner and is an administrator",
            _today(BY_CREATOR, roots=STEPPED_DOWN),
        ),
        "group_of_creator_listed_since": ("the creator came on the list later", crew()),
        "group_of_manager": ("a manager of this epoch", _today(*BY_MANAGER)),
        "group_of_manager_who_is_back": (
            "a manager who was suspended and is back",
            _today(*BY_MANAGER, **_mona(ACTIVE, 48, (45, 48))),
        ),
        "group_of_two_managers": ("two managers in a row", _today(*TWO_MANAGERS)),
        "owners_group_of_owner": ("an owner of today", _still("owners_group")),
        "administrators_group_of_owner": ("an owner of today", _still("administrators_group")),
        "members_group_of_demoted_owner": (
            "an administrator is enough for this role group",
            role_group("members_group"),
        ),
    }


def _write_bad() -> Showings:
    demoted = "signed by an owner who is an administrator since"
    return {
        "group_of_unlisted_administrator": (
            "the administrator has left the list since",
            _today(BY_ADMINISTRATOR, roots=UNLISTED),
        ),
        "group_of_administrator_with_other_fp": (
            "the newest document lists another fingerprint",
            _today(BY_ADMINISTRATOR, roots=OTHER_FP),
        ),
        "group_of_unlisted_creator": (
            "the creator has left the list since",
            _today(BY_CREATOR, roots=HANDED_OVER),
        ),
        "group_of_creator_never_listed": (
            "a creator whom no document lists",
            replace(crew(), roots=_today().roots),
        ),
        "group_of_ended_keyset": ("the keyset that signed has ended since", machines()),
        "group_of_suspended_manager": (
            "the manager is suspended since",
            _today(*BY_MANAGER, **_mona(SUSPENDED, HEAD_REV)),
        ),
        "group_of_manager_under_unlisted": (
            "on a record by an administrator who has left the list since",
            _today(*UNDER_ADMINISTRATOR, roots=UNLISTED),
        ),
        "group_of_manager_under_removed": (
            "on a record by a manager who is removed since",
            _today(*TWO_MANAGERS, **_mona(REMOVED, HEAD_REV)),
        ),
        "owners_group_of_demoted_owner": (demoted, role_group("owners_group")),
        "owners_group_of_demoted_creator": (
            f"the first record, {demoted}",
            new_role_group("owners_group"),
        ),
        "administrators_group_of_demoted_owner": (demoted, role_group("administrators_group")),
    }


def _other_containers() -> Table:
    """Vaults do not ask at the head's rev for what their records rest on."""
    on_adams = r.make_record(r.VAULT, MONA, r.FULL_ROWS, r.BY_ADAM, **r.under_record(r.BY_ADAM))
    known = [(r.BY_ADAM, ADAM)]
    return {
        "write_vault_of_unlisted_creator": (
            "a creator whom no document lists",
            ask(r.PERSONAL_0, WALT, for_writing=True),
        ),
        "write_vault_of_manager_under_unlisted": (
            "on a record by an administrator who has left the list since",
            ask(on_adams, MONA, known, roots=UNLISTED, for_writing=True),
        ),
    }


def group_writing() -> Iterator[Case]:
    """Nothing is written in a group whose record could not be signed today."""
    yield from all_good("access", asked(_write, _write_good(), "write_"))
    yield from all_good("access", _other_containers())
    due = asked(_write, _write_bad(), "write_")
    yield from all_bad("access", "writing", due, code="rotation_due")
    # Who reads the group's own record asks no such thing.
    for_reading = {name: _write_bad()[name] for name in _READABLE}
    yield from all_good("access", asked(alone, for_reading, "read_"))


def _rotated_vault() -> Json:
    under = r.under_record(r.VAULT_1)
    turned = r.make_record(r.VAULT, MONA, r.FULL_ROWS, r.VAULT_1, epoch=2, **under)
    return ask(turned, MONA, [(r.VAULT_1, OLGA)])


def _rotated_environment() -> Json:
    rows = [(OLGA, ALL), (MONA, MANAGER)]
    first = r.make_record(r.ENVIRONMENT, OLGA, rows)
    turned = r.make_record(r.ENVIRONMENT, MONA, rows, first, epoch=2, **r.under_record(first))
    return ask(turned, MONA, [(first, OLGA)])


def group_epochs() -> Iterator[Case]:
    """In a group, MANAGE ends with the epoch; elsewhere managers rotate."""
    turned, _ = managed(MONA, EPOCH_1)
    table = {
        **asked(alone, epochs_good(), "record_of_"),
        "vault_rotated_by_manager": ("epoch 2 of a vault rests on epoch 1", _rotated_vault()),
        "environment_rotated_by_manager": (
            "epoch 2 of an environment rests on epoch 1",
            _rotated_environment(),
        ),
        "step_group_rotated_by_manager": (
            "in the walk, MANAGE in the record before is enough",
            ask_step(EPOCH_1[0], turned, MONA, EPOCH_1),
        ),
    }
    yield from all_good("access", table)
    back = managed(MONA, BY_CREATOR, epoch=1)
    later = ("a record of epoch 1 rests on one of epoch 2", shown(HEAD_REV, BY_CREATOR, back))
    faults = {**epochs_bad(), "group_manager_of_later_epoch": later}
    own = asked(alone, faults, "record_of_")
    yield from all_bad("access", "authority", own, code="forbidden")


# A row of a group says that it is a user's, whosever id stands in it.
_POSING = replace(EDITORS, kind=USER)


def _through_another(bits: int) -> tuple[Access, Access]:
    """Walt, as one of the editors, for a group in which their id has a row."""
    crew_container = r.Container("crew", GROUP_CONTAINER)
    rows = [(OLGA, ALL), (_POSING, bits), (WALT, MANAGER)]
    before = r.make_record(crew_container, OLGA, rows)
    through = r.through_group(EDITORS, BY_CREATOR[0])
    after = r.make_record(crew_container, WALT, rows, before, **r.under_record(before), **through)
    return before, replace(after, directory_rev=HEAD_REV)


def group_through_group() -> Iterator[Case]:
    """Nobody acts in a group through another one."""
    before, after = _through_another(MANAGER)
    itself = replace(after, via=WALT.id, group_record=b"")
    known = [(before, OLGA), BY_CREATOR]
    good = {
        "record_of_group_beside_a_group": ("by a manager itself", ask(itself, WALT, known)),
        "step_group_beside_a_group": (
            "by a manager itself",
            ask_step(before, itself, WALT, *known),
        ),
    }
    yield from all_good("access", good)
    comment = "by a member of another group, whose id has a row with MANAGE"
    bad = {
        "record_of_group_through_a_group": (comment, ask(after, WALT, known)),
        "step_group_through_a_group": (comment, ask_step(before, after, WALT, *known)),
    }
    yield from all_bad("access", "authority", bad, code="forbidden")


def _in_a_row(count: int) -> tuple[Signed, ...]:
    """The first record of an epoch, and managers' records in a row."""
    chain = [BY_CREATOR]
    for _ in range(count):
        chain.append(managed(MONA, chain[-1]))
    return tuple(chain)


def group_chains() -> Iterator[Case]:
    """What a group's record rests on is a chain of its own, of at most 8 steps."""
    most = _today(*_in_a_row(AUTHORITY_STEPS_MAX))
    comment = "a group's record that rests on 8 records in a row"
    good = {
        "group_of_8_steps": (comment, in_record(most)),
        "step_group_of_8_steps": (comment, in_step(most)),
        "record_of_group_of_8_steps": (comment, alone(most)),
    }
    yield from all_good("access", good)
    more = _today(*_in_a_row(AUTHORITY_STEPS_MAX + 1))
    comment = "a group's record that rests on 9 records in a row"
    bad = {
        "group_of_9_steps": (comment, in_record(more)),
        "step_group_of_9_steps": (comment, in_step(more)),
        "record_of_group_of_9_steps": (comment, alone(more)),
    }
    yield from all_bad("access", "authority", bad, code="forbidden")
