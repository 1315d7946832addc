"""Access records by somebody who may not sign them (section 6 of specs/formats.md)."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from generator import records as r
from generator.access import (
    ALL,
    MANAGER,
    READ,
    WRITER,
)
from generator.access_question import BASE_ROOTS, OTHER, Json, ask, ask_step
from generator.case import Case, all_bad, all_good, bad
from generator.crypto import sha256
from generator.ids import container_id
from generator.world import (
    ADAM,
    EDITORS,
    MONA,
    OLGA,
    RITA,
    ROOT_0,
    ROOT_1,
    ROOT_2,
    RUNNER,
    WALT,
    make_root,
)

Refusal = Callable[[str, str, Json], Case]


def record_authority() -> Iterator[Case]:
    """Who may sign: one case for every rule that says no."""

    def no(condition: str, comment: str, given: Json) -> Case:
        return bad("access", condition, comment, given, "authority", "forbidden")

    by_mona = r.make_record(r.VAULT, MONA, r.FULL_ROWS, r.VAULT_1)
    yield no("not_the_creator", "kind 1 by a manager", ask(by_mona, MONA))
    first = r.make_record(r.VAULT, ADAM, r.FULL_ROWS, **r.under_root())
    comment = "record 0 knows the creator only"
    yield no("record_0_by_administrator", comment, ask(first, ADAM))
    yield from _role_faults(no)
    yield from _not_by_root(no)
    yield from _root_authority_faults(no)
    yield from _manager_faults(no)
    yield from _group_faults(no)


def _role_faults(no: Refusal) -> Iterator[Case]:
    """Role groups and the account container know only kind 2 after record 0."""
    roles = {
        "owners_group": (r.OWNERS_CONTAINER, r.OWNERS_0),
        "administrators_group": (r.ADMINISTRATORS_CONTAINER, r.ADMINISTRATORS_0),
        "members_group": (r.MEMBERS_CONTAINER, r.MEMBERS_0),
        "account_container": (r.ACCOUNT_CONTAINER, r.ACCOUNT_0),
    }
    for name, (container, before) in roles.items():
        later = r.make_record(container, OLGA, [(OLGA, ALL)], before)
        yield no(f"{name}_by_creator", "only kind 2 after record 0", ask(later, OLGA))
        managed = replace(later, **r.under_record(before))
        given = ask(managed, OLGA, [(before, OLGA)])
        yield no(f"{name}_by_manager", "kind 3 is not known here", given)
    for name in ("owners_group", "administrators_group"):
        container, before = roles[name]
        rows = [(OLGA, ALL), (ADAM, READ)]
        taken = r.make_record(container, ADAM, rows, before, **r.under_root())
        yield no(f"{name}_by_administrator", "only owners sign it", ask(taken, ADAM))


def _not_by_root(no: Refusal) -> Iterator[Case]:
    """Vaults that kind 2 does not reach, and people whom no document lists."""
    rooted = r.under_root()
    closed = r.make_record(r.CLOSED, OLGA, [(OLGA, ALL)], r.CLOSED_0, **rooted)
    comment = "a vault without administrators, kind 2 by an owner"
    yield no("closed_vault_by_owner", comment, ask(closed, OLGA))
    taken = r.make_record(r.PERSONAL, OLGA, [(WALT, ALL), (OLGA, ALL)], r.PERSONAL_0, **rooted)
    yield no("personal_vault_by_owner", "nobody but its user", ask(taken, OLGA))
    by_mona = r.make_record(r.VAULT, MONA, r.FULL_ROWS, r.VAULT_1, **rooted)
    yield no("not_listed", "the root document does not list her", ask(by_mona, MONA))
    adam = replace(ADAM.listed(), fp=sha256(b"else"))
    other_fp = replace(ROOT_1, administrators=(adam,))
    other_keys = r.make_record(r.VAULT, ADAM, r.FULL_ROWS, r.VAULT_1, **r.under_root(other_fp))
    given = ask(other_keys, ADAM, roots=(ROOT_0, other_fp))
    yield no("listed_with_other_fp", "listed with another fingerprint than the signer's", given)


def _root_authority_faults(no: Refusal) -> Iterator[Case]:
    """The root document that is named."""
    roots = (*BASE_ROOTS, ROOT_2)
    late = replace(r.BY_ADAM, directory_rev=45)
    still = make_root(2, 45, [OLGA], [ADAM, MONA], ROOT_1)
    comment = "version 1 at rev 45, when version 2 came; both list him"
    given = ask(late, ADAM, roots=(*BASE_ROOTS, still))
    yield no("root_no_longer_in_force", comment, given)
    first = {**r.under_root(), "directory_rev": 4}
    early = r.make_record(r.VAULT, OLGA, r.FULL_ROWS, r.VAULT_1, **first)
    comment = "version 1 at rev 4, before it came; both list her"
    yield no("root_not_yet_in_force", comment, ask(early, OLGA))
    unlisted = replace(late, **r.under_root(ROOT_2))
    yield no("unlisted_before", "version 2 does not list him", ask(unlisted, ADAM, roots=roots))
    false_root = make_root(1, 5, [OLGA], [ADAM, MONA], ROOT_0)
    by_false = replace(r.BY_ADAM, **r.under_root(false_root))
    yield no("unknown_root", "a root document that nobody accepted", ask(by_false, ADAM))
    other_number = replace(r.BY_ADAM, authority_rev=0)
    yield no("root_version_differs", "version 1 under the number 0", ask(other_number, ADAM))


def _manager_faults(no: Refusal) -> Iterator[Case]:
    """The earlier record that is named."""
    known = [(r.VAULT_0, OLGA), (r.VAULT_1, OLGA)]
    under = {**r.under_record(r.VAULT_1), "directory_rev": 26}
    for who, name in ((WALT, "writer"), (RITA, "reader"), (RUNNER, "outsider")):
        record = r.make_record(r.VAULT, who, r.FULL_ROWS, r.VAULT_1, **under)
        comment = "the earlier record gives no MANAGE"
        yield no(f"{name}_signs", comment, ask(record, who, known))
    comment = "an earlier record that nobody showed"
    yield no("unknown_authority", comment, ask(r.BY_MONA, MONA, known[:1]))
    elsewhere = r.make_record(r.SECOND_VAULT, OLGA, [(OLGA, ALL), (MONA, MANAGER)])
    foreign = replace(r.BY_MONA, **r.under_record(elsewhere))
    given = ask(foreign, MONA, [*known, (elsewhere, OLGA)])
    yield no("authority_of_other_container", "MANAGE in another vault", given)
    other_number = replace(r.BY_MONA, authority_rev=0)
    comment = "names record 1 under the number 0"
    yield no("authority_rev_differs", comment, ask(other_number, MONA, known))
    later = r.make_record(r.VAULT, OLGA, r.FULL_ROWS, r.VAULT_1)
    aside = r.make_record(r.VAULT, MONA, r.FULL_ROWS, r.VAULT_1, **r.under_record(later))
    given = ask(aside, MONA, [*known, (later, OLGA)])
    yield no("authority_of_same_rev", "the authority is not an earlier record", given)
    yield _nine_steps(no)


def _group_faults(no: Refusal) -> Iterator[Case]:
    """Kind 3 through a group."""
    rows = [(OLGA, ALL), (EDITORS, MANAGER)]
    both = r.make_record(r.VAULT, OLGA, rows, r.VAULT_0)
    known = [(r.VAULT_0, OLGA), (r.VAULT_1, OLGA), (both, OLGA), (r.EDITORS_0, OLGA)]
    through = r.through_group(EDITORS, r.EDITORS_0)
    by_rita = r.make_record(r.VAULT, RITA, rows, both, **r.under_record(both), **through)
    comment = "through a group that does not list the signer"
    yield no("not_a_member", comment, ask(by_rita, RITA, known))
    weak = {**r.under_record(r.VAULT_1), **through}
    by_walt = r.make_record(r.VAULT, WALT, r.FULL_ROWS, r.VAULT_1, **weak)
    comment = "the group may write, not manage"
    yield no("group_without_manage", comment, ask(by_walt, WALT, known))
    other = r.make_record(r.MEMBERS_CONTAINER, OLGA, [(OLGA, ALL), (RITA, READ)])
    mixed = {**r.under_record(both), "via": EDITORS.id, "group_record": other.hash}
    by_other = r.make_record(r.VAULT, RITA, rows, both, **mixed)
    given = ask(by_other, RITA, [*known, (other, OLGA)])
    yield no("record_of_other_group", "a member of another group", given)


def _nine_steps(no: Refusal) -> Case:
    """Two managers sign in turn; the tenth record needs nine authorities."""
    rows = [(OLGA, ALL), (MONA, MANAGER), (WALT, MANAGER)]
    chain = [(r.make_record(r.VAULT, OLGA, rows, r.VAULT_0), OLGA)]
    for number in range(9):
        before, who = chain[-1][0], (MONA, WALT)[number % 2]
        chain.append((r.make_record(r.VAULT, who, rows, before, **r.under_record(before)), who))
    last, who = chain[-1]
    return no(
        "nine_authorities",
        "one step more than allowed",
        ask(last, who, [(r.VAULT_0, OLGA), *chain[:-1]]),
    )


def step_cases() -> Iterator[Case]:
    """Walking forward from a remembered record."""
    by_creator = r.make_record(r.VAULT, OLGA, [(OLGA, ALL)], r.VAULT_1)
    table = {
        "step_by_creator": (
            "the creator has MANAGE in the one before",
            ask_step(r.VAULT_1, by_creator, OLGA),
        ),
        "step_by_administrator": ("kind 2 needs no row", ask_step(r.VAULT_1, r.BY_ADAM, ADAM)),
    }
    yield from all_good("access", table)
    yield from _step_authority_faults()
    yield from _step_context_faults()
    fork = r.make_record(r.VAULT, OLGA, r.FULL_ROWS, r.VAULT_0, created=1)
    comment = "names another record 1 than the one remembered"
    given = ask_step(fork, by_creator, OLGA)
    yield bad("access", "step_other_previous", comment, given, "step", "fork")
    gap = ask_step(r.VAULT_1, replace(by_creator, access_rev=3), OLGA)
    yield bad("access", "step_rev_skipped", "record 3 on top of record 1", gap, "step")


def _step_context_faults() -> Iterator[Case]:
    """The next number and the right hash, elsewhere."""
    here = r.make_record(r.VAULT, OLGA, [(OLGA, ALL)], r.VAULT_1)
    there = r.make_record(r.SECOND_VAULT, OLGA, [(OLGA, ALL)], r.VAULT_1)
    foreign_id = container_id(OTHER, 1, 0, OLGA.id, r.VAULT.salt)
    held = replace(r.VAULT_1, account=OTHER, container=foreign_id)
    foreign = replace(here, account=OTHER, container=foreign_id, previous=held.hash)
    table = {
        "step_other_container": (
            "a record of another vault on top",
            ask_step(r.VAULT_1, there, OLGA),
        ),
        "step_other_account": (
            "both records are of another account",
            ask_step(held, foreign, OLGA),
        ),
    }
    yield from all_bad("access", "context", table)


def _step_role_faults() -> dict[str, tuple[str, Json]]:
    """Role groups and the account container know only kind 2, in a walk too."""
    owners = r.make_record(r.OWNERS_CONTAINER, OLGA, [(OLGA, ALL)], r.OWNERS_0)
    rows = [(OLGA, ALL), (MONA, MANAGER)]
    account = replace(r.ACCOUNT_0, accessors=r.make_rows(rows, r.ACCOUNT_CONTAINER))
    by_mona = r.make_record(r.ACCOUNT_CONTAINER, MONA, rows, account, **r.under_record(account))
    return {
        "step_owners_group_by_creator": (
            "the creator, under kind 1",
            ask_step(r.OWNERS_0, owners, OLGA),
        ),
        "step_account_container_by_manager": (
            "MANAGE in the one before, under kind 3",
            ask_step(account, by_mona, MONA, (account, OLGA)),
        ),
    }


def _step_authority_faults() -> Iterator[Case]:
    under = r.under_record(r.VAULT_1)
    alone = r.make_record(r.VAULT, MONA, [(MONA, MANAGER)], r.VAULT_1, **under)
    back = r.make_record(r.VAULT, OLGA, [(OLGA, ALL)], alone)
    demoted = r.make_record(r.VAULT, OLGA, [(OLGA, ALL), (MONA, WRITER)], r.VAULT_1)
    again = r.make_record(r.VAULT, MONA, [(MONA, MANAGER)], demoted, **under)
    table = {
        "step_former_creator": (
            "the creator without a row in the one before",
            ask_step(alone, back, OLGA, (alone, MONA)),
        ),
        "step_demoted_manager": (
            "MANAGE two records ago, none in the one before",
            ask_step(demoted, again, MONA, (demoted, OLGA)),
        ),
        **_step_role_faults(),
    }
    yield from all_bad("access", "authority", table, code="forbidden")
