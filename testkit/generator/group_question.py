"""What is signed through a group, with the group's record as evidence (section 6)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from generator import access_question, revision_question
from generator import records as r
from generator.access import ALL, MANAGER, READ, WRITER, Access
from generator.access_question import BASE_ROOTS, Json
from generator.case import Table
from generator.directory import Entry
from generator.roots import Root
from generator.world import ADAM, EDITORS, ENTRIES, MONA, OLGA, RITA, WALT, Principal

# Walt is a member of every group; of the editors, Mona and Rita are managers.
MEMBERS: Sequence[r.Row] = ((OLGA, ALL), (WALT, READ))
MANAGED: Sequence[r.Row] = ((OLGA, ALL), (WALT, READ), (MONA, MANAGER), (RITA, MANAGER))

Signed = tuple[Access, Principal]


@dataclass(frozen=True)
class Shown:
    """A group's record, named at `rev`, the last of a chain of records that rest on each other."""

    rev: int
    chain: tuple[Signed, ...]
    group: Principal = EDITORS
    roots: Sequence[Root] = BASE_ROOTS
    entries: Sequence[Entry] = ENTRIES

    def at(self, rev: int) -> "Shown":
        """The same, named at another rev."""
        return replace(self, rev=rev)


def shown(rev: int, *chain: Signed, **fields: Any) -> Shown:
    """What shows at `rev` that Walt is a member of the group."""
    return Shown(rev, chain, **fields)


def by(who: Principal, **fields: Any) -> Signed:
    """A record of the editors' second epoch, by their creator if nothing else is said."""
    given = {"epoch": 2, "directory_rev": 30, **fields}
    return r.make_record(r.EDITORS_CONTAINER, who, MANAGED, r.EDITORS_1, **given), who


def managed(who: Principal, earlier: Signed, **fields: Any) -> Signed:
    """The next record, by somebody to whom the earlier one gives MANAGE."""
    before = earlier[0]
    given = {"epoch": 2, **r.under_record(before), **fields}
    return r.make_record(r.EDITORS_CONTAINER, who, MANAGED, before, **given), who


BY_CREATOR = by(OLGA)
BY_ADMINISTRATOR = by(ADAM, **r.under_root())
BY_MANAGER = (BY_CREATOR, managed(MONA, BY_CREATOR))
UNDER_ADMINISTRATOR = (BY_ADMINISTRATOR, managed(MONA, BY_ADMINISTRATOR))
TWO_MANAGERS = (*BY_MANAGER, managed(RITA, BY_MANAGER[1]))
TWO_UNDER_ADMINISTRATOR = (*UNDER_ADMINISTRATOR, managed(RITA, UNDER_ADMINISTRATOR[1]))


def _vault_1(group: Principal, bits: int) -> Access:
    return r.make_record(r.VAULT, OLGA, [(OLGA, ALL), (group, bits)], r.VAULT_0)


def signed_through(given: Shown) -> tuple[Access, Access]:
    """A vault's record by which the group manages it, and the next one, by Walt."""
    before = _vault_1(given.group, MANAGER)
    through = r.through_group(given.group, given.chain[-1][0])
    fields = {**r.under_record(before), **through, "directory_rev": given.rev}
    return before, r.make_record(r.VAULT, WALT, r.FULL_ROWS, before, **fields)


def in_record(given: Shown) -> Json:
    """Walt signs a record of a vault that the group manages."""
    before, after = signed_through(given)
    known = [(before, OLGA), *given.chain]
    return access_question.ask(after, WALT, known, roots=given.roots, entries=given.entries)


def in_step(given: Shown) -> Json:
    """The same for who remembers the record before."""
    before, after = signed_through(given)
    later = [(before, OLGA), *given.chain]
    lists: Json = {"roots": given.roots, "entries": given.entries}
    return access_question.ask_step(before, after, WALT, *later, **lists)


def in_revision(given: Shown) -> Json:
    """Walt writes into a vault in which the group may."""
    record = _vault_1(given.group, WRITER)
    through = r.through_group(given.group, given.chain[-1][0])
    written = revision_question.write(WALT, record=record, directory_rev=given.rev, **through)
    return revision_question.ask(
        written,
        [(record, OLGA), *given.chain],
        roots=[root.body.hex() for root in given.roots],
        entries=[entry.body.hex() for entry in given.entries],
    )


def alone(given: Shown, **fields: Any) -> Json:
    """The group's record itself, as the current one of its container."""
    *known, (record, who) = given.chain
    lists: Json = {"roots": given.roots, "entries": given.entries}
    return access_question.ask(record, who, known, **lists, **fields)


Showings = dict[str, tuple[str, Shown]]


def asked(question: Callable[[Shown], Json], showings: Showings, prefix: str = "") -> Table:
    """One question about everything that is shown."""
    return {
        f"{prefix}{condition}": (comment, question(given))
        for condition, (comment, given) in showings.items()
    }
