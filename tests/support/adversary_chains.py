"""Records that rest on each other, what is sealed under them, and what the keeper shows again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import product

import msgspec

from strongroom.client.engine import Engine
from strongroom.client.runtime import drive
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.ids import format_id
from strongroom.wire.access import parse_access
from strongroom.wire.messages import CommitRequest, RecordChange
from strongroom.wire.roots import parse_root
from support.adversary_arena import Arena, HeldFile
from support.adversary_maker import CLAIMS, CONTENT, KNOWN_KEY, WITNESS, Maker
from support.adversary_records import believes_record, next_record
from support.adversary_revisions import believes_revision
from support.adversary_rules import (
    nearly_of_record,
    of_chain,
    of_membership,
    of_own_rule,
    writes_under,
    writes_under_chain,
)
from support.adversary_story import KINDS
from support.adversary_sweep import Attempt, Case
from support.adversary_table import (
    ACCOMPLICE,
    ALONE,
    AT_ONCE,
    CREATOR,
    ITSELF,
    LAST,
    LISTED,
    NO,
    NOW,
    OUTSIDER,
    PAST,
    ROLES,
    ROOT,
    ROW,
    THEN,
)
from support.adversary_table_directory import REPLAYS
from support.faults_file import Record
from support.homes import login

_PLACES = (*CONTENT, "crew", "keepers")
# Claims that no record could ever make are tried one at a time, with the records.
_POSSIBLE = {name: claim for name, claim in CLAIMS.items() if not claim.impossible}
_DATES = (AT_ONCE, *PAST)


def chain_cases(maker: Maker) -> Iterator[Case]:
    """Return pairs of records: a right that is claimed, and a second step that rests on it."""
    axes = product(_PLACES, ROLES, _POSSIBLE, _DATES, (ALONE, ACCOMPLICE))
    for place, role, claim, date, second in axes:
        expected = of_chain(role, place, CLAIMS[claim], date=date, second=second)
        rows = (f"{place} {CLAIMS[claim].right} {role} {second}",) if expected != NO else ()
        words = (place, claim, date, f"then {second}")
        make = partial(_chain, maker, role, place, claim, date, second)
        near = nearly_of_record(role, place, CLAIMS[claim])
        yield Case("chains", role, words, expected, rows, make, near=near)


def _second(
    maker: Maker, role: str, place: str, claim: str, date: str, second: str
) -> tuple[RecordChange, RecordChange] | None:
    """Return a record that gives somebody every right, and the next one, which that one signs."""
    cast = maker.arena.cast
    forger = cast.forgers[role]
    accomplice = forger if second == ALONE else cast.forgers["member"]
    if place not in CONTENT and accomplice.kind != PrincipalKind.USER:
        return None  # no member of a group
    first = next_record(maker, role, (place, claim, date, "the same", "next", ITSELF))
    if first is None:
        return None
    rows, sealed, _ = maker.rows(place, accomplice, "its own raised")
    body = msgspec.structs.replace(parse_access(first.record.body), **rows).encode()
    first = RecordChange(forger.sign(body), sealed)
    before = Record(parse_access(body), sha256(body), first.record)
    return first, accomplice.record(maker.arena.file, before)


def _chain(
    maker: Maker, role: str, place: str, claim: str, date: str, second: str, _arena: Arena
) -> Attempt | None:
    made = _second(maker, role, place, claim, date, second)
    if made is None:
        return None
    first, last = made
    return Attempt(
        CommitRequest(records=made) if second == ALONE else None,
        partial(_put_both, first, last),
        WITNESS.get(place, "Ana"),
        partial(believes_record, maker.id(place), KINDS[place], last),
    )


def _put_both(first: RecordChange, last: RecordChange, file: HeldFile) -> None:
    file.put_record(first)
    file.put_record(last)


# Containers, and the groups that have rights in them.
_THROUGH = (
    ("vault", "keepers"),
    ("vault", "Administrators"),
    ("environment", "keepers"),
    ("machine", "Administrators"),
)
_OWN_RIGHTS = [name for name, claim in _POSSIBLE.items() if claim.right in (CREATOR, ROW, ROOT)]


def membership_cases(maker: Maker) -> Iterator[Case]:
    """Return records that are signed through a group by who was made its member for that."""
    past = (AT_ONCE, THEN)
    times = (*product(past, past, past), (LAST, AT_ONCE, AT_ONCE))
    axes = product(_THROUGH, ROLES, _OWN_RIGHTS, times, (ALONE, ACCOMPLICE))
    for (place, group), role, claim, when, second in axes:
        signed, epoch, date = when
        claimed = CLAIMS[claim]
        if signed == LAST and (claimed.right != ROOT or LISTED.get(role) == NOW):
            continue  # who may sign today as well, or never has to say when
        expected = of_membership(
            role, group, claimed, signed=signed, epoch=epoch, date=date, second=second
        )
        rows = (f"member {group} {claimed.right} {role}",) if expected != NO else ()
        words = (place, group, claim, f"signed {signed}", f"epoch of {epoch}", date, second)
        make = partial(_as_member, maker, role, (place, group, claim, second), when)
        near = nearly_of_record(role, group, claimed)
        yield Case("memberships", role, words, expected, rows, make, near=near)


def _as_member(
    maker: Maker,
    role: str,
    claimed: tuple[str, str, str, str],
    when: tuple[str, str, str],
    arena: Arena,
) -> Attempt | None:
    place, group, claim, second = claimed
    signed, epoch, date = when
    forger = arena.cast.forgers[role]
    member = forger if second == ALONE else arena.cast.forgers["member"]
    if member.kind != PrincipalKind.USER:
        return None  # no member of a group
    first = next_record(maker, role, (group, claim, signed, "the same", "next", ITSELF))
    if first is None:
        return None
    rows, sealed, _ = maker.rows(group, member, "its own raised")
    body = msgspec.structs.replace(parse_access(first.record.body), **rows)
    if signed == LAST:
        unlisted = parse_root(arena.roots[-1][0]).from_rev
        body = msgspec.structs.replace(body, directory_rev=unlisted - 1)
    if epoch == THEN:
        then = maker.then(group).parsed
        facts = {"epoch": then.epoch, "key_id": then.key_id, "link_hash": then.link_hash}
        body = msgspec.structs.replace(body, **facts)
    made = [RecordChange(forger.sign(body.encode()), sealed)]
    if second == ACCOMPLICE:
        before = Record(body, sha256(made[0].record.body), made[0].record)
        made.append(member.record(arena.file, before, **maker.date(date)))
    facts = maker.row(place, date) | {"via": maker.id(group)} | maker.date(date)
    facts["group_hash"] = sha256(made[-1].record.body)
    last = member.record(arena.file, maker.now(place), **facts)

    def put(file: HeldFile) -> None:
        for change in made:
            file.put_aside(change)
        file.put_record(last)

    believes = partial(believes_record, maker.id(place), KINDS[place], last)
    request = CommitRequest(records=(*made, last)) if second == ALONE else None
    return Attempt(request, put, WITNESS[place], believes)


def own_rule_cases(maker: Maker) -> Iterator[Case]:
    """Return new items under records with which their makers gave themselves every right."""
    places = [place for place in CONTENT if place != "environment"]
    for place, role, claim, date in product(places, ROLES, _POSSIBLE, _DATES):
        expected = of_own_rule(role, place, CLAIMS[claim], date=date)
        rows = (f"own {place} {CLAIMS[claim].right} {role}",) if expected != NO else ()
        make = partial(_own_rule, maker, role, place, claim, date)
        near = nearly_of_record(role, place, CLAIMS[claim])
        yield Case("own rules", role, (place, claim, date), expected, rows, make, near=near)


def _own_rule(
    maker: Maker, role: str, place: str, claim: str, date: str, arena: Arena
) -> Attempt | None:
    forger = arena.cast.forgers[role]
    change = next_record(maker, role, (place, claim, date, "the same", "next", ITSELF))
    if change is None:
        return None
    rows, sealed, link = maker.taken_over(place, forger)
    body = msgspec.structs.replace(parse_access(change.record.body), **rows).encode()
    change = RecordChange(forger.sign(body), sealed, link)
    record = Record(parse_access(body), sha256(body), change.record)
    knows = replace(forger, keys=forger.keys | {record.parsed.key_id: KNOWN_KEY})
    stored = knows.revision(arena.file, record, sha256(role.encode())[:16], **maker.date(date))

    def put(file: HeldFile) -> None:
        file.put_record(change)
        file.put_revision(stored)

    believes = partial(believes_revision, maker.id(place), int(KINDS[place]), stored)
    request = CommitRequest(records=(change,), revisions=(stored,))
    return Attempt(request, put, WITNESS[place], believes)


# -- what is sealed under them -----------------------------------------------------------------


def writer_cases(maker: Maker) -> Iterator[Case]:
    """Return what an honest writer does under one record, or two, that somebody signed."""
    places = [place for place in CONTENT if place != "environment"]
    for place, role, claim, date in product(places, ROLES, _POSSIBLE, _DATES):
        words = (place, claim, date)
        expected = writes_under(role, place, CLAIMS[claim], date=date)
        right = f"writes {place} {CLAIMS[claim].right} {role}"
        near = nearly_of_record(role, place, CLAIMS[claim])
        rows = (right,) if expected != NO else ()
        make = partial(_written, maker, role, place, claim, date, None)
        yield Case("writers", role, words, expected, rows, make, near=near)
        for second in (ALONE, ACCOMPLICE):
            expected = writes_under_chain(role, place, CLAIMS[claim], date=date, second=second)
            rows = (f"{right} {second}",) if expected != NO else ()
            make = partial(_written, maker, role, place, claim, date, second)
            more = (*words, f"then {second}")
            yield Case("writers", role, more, expected, rows, make, near=near)


def _written(
    maker: Maker, role: str, place: str, claim: str, date: str, second: str | None, _arena: Arena
) -> Attempt | None:
    vault = format_id(maker.id(place))
    put: Callable[[HeldFile], object]
    if second is None:
        change = next_record(maker, role, (place, claim, date, "the same", "next", ITSELF))
        if change is None:
            return None
        put = partial(_put_one, change)
    else:
        made = _second(maker, role, place, claim, date, second)
        if made is None:
            return None
        put = partial(_put_both, *made)

    def write(engine: Engine) -> None:
        drive(engine.items.create(vault, login("new", field="secret")))

    return Attempt(None, put, "Dan", write, keeper=True)


def _put_one(change: RecordChange, file: HeldFile) -> None:
    file.put_record(change)


# -- what the keeper shows again ---------------------------------------------------------------


def replay_cases(maker: Maker) -> Iterator[Case]:
    """Return what somebody who holds the file shows again, without any key."""
    for (what, place), expected in REPLAYS.items():
        rows = (f"replay {what} {place}",) if expected != NO else ()
        make = partial(_REPLAYS[what], maker, place)
        yield Case("replays", OUTSIDER, (what, place), expected, rows, make)


def _older_record(maker: Maker, place: str, arena: Arena) -> Attempt:
    then = maker.then(place)
    return Attempt(
        None,
        lambda file: file.put_back(arena.cast.old, maker.id(place)),
        WITNESS.get(place, "Ana"),
        partial(believes_record, maker.id(place), KINDS[place], RecordChange(then.signed)),
    )


def _record_of_another(maker: Maker, place: str, _arena: Arena) -> Attempt:
    other = maker.now("private" if place != "private" else "vault").signed
    signed = maker.now(place).signed

    def put(file: HeldFile) -> None:
        file.run("DELETE FROM access_records WHERE hash = ?", sha256(other.body))
        file.run(
            "UPDATE access_records SET body = ?, signature = ?, hash = ? WHERE hash = ?",
            other.body,
            other.signature,
            sha256(other.body),
            sha256(signed.body),
        )

    return Attempt(
        None,
        put,
        WITNESS.get(place, "Ana"),
        partial(believes_record, maker.id(place), KINDS[place], RecordChange(other)),
    )


def _older_revision(maker: Maker, place: str, arena: Arena) -> Attempt:
    item = arena.cast.objects[place, "item"]
    sql = "SELECT body, version FROM revisions WHERE object = ? ORDER BY version DESC LIMIT 2"
    (_, (body, version)) = arena.file.all(sql, item)

    def believes(engine: Engine) -> None:
        drive(engine.connect())
        opened = drive(engine.session.fetch(maker.id(place), item))
        assert opened.body_hash == sha256(body)

    def put(file: HeldFile) -> None:
        file.run("UPDATE objects SET version = ? WHERE id = ?", version, item)

    return Attempt(None, put, WITNESS[place], believes)


def _revision_of_another(maker: Maker, place: str, arena: Arena) -> Attempt:
    item, other = (arena.cast.objects[place, name] for name in ("item", "archived"))
    columns = "body, signature, overview, details"
    sql = f"SELECT {columns} FROM revisions WHERE object = ? ORDER BY version DESC LIMIT 1"
    row = arena.file.all(sql, other)[0]

    def put(file: HeldFile) -> None:
        changes = "body = ?, signature = ?, overview = ?, details = ?"
        file.run(f"UPDATE revisions SET {changes} WHERE object = ?", *row, item)

    def believes(engine: Engine) -> None:
        drive(engine.connect())
        drive(engine.session.fetch(maker.id(place), item))

    return Attempt(None, put, WITNESS[place], believes)


def _older_entry(maker: Maker, who: str, arena: Arena) -> Attempt:
    entry = arena.old_entries[maker.id(who)]

    def believes(engine: Engine) -> None:
        drive(engine.session.sync())
        drive(engine.users.list(deleted=True))
        assert engine.session.directory.entry(entry.principal) == entry

    return Attempt(None, lambda file: file.put_entry(entry, b""), "Cora", believes)


_REPLAYS: dict[str, Callable[[Maker, str, Arena], Attempt]] = {
    "its record of then": _older_record,
    "another container's record": _record_of_another,
    "an item's version of before": _older_revision,
    "another item's revision": _revision_of_another,
    "an entry of then": _older_entry,
}
