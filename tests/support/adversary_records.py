"""Every access record that somebody could sign: the next of each container, and new ones."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

import msgspec

from strongroom.client.change.records import Identity, Recipient, make_container
from strongroom.client.engine import Engine
from strongroom.client.runtime import drive
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import NotFoundError
from strongroom.permissions import ALL_BITS
from strongroom.wire.access import ContainerKind, Subtype
from strongroom.wire.messages import CommitRequest, RecordChange
from strongroom.wire.signed import SignedBody
from support.adversary_arena import Arena
from support.adversary_maker import CLAIMS, LOW, WITNESS, Facts, Maker
from support.adversary_rules import nearly_of_record, of_creation, of_record
from support.adversary_story import KINDS
from support.adversary_sweep import Attempt, Case
from support.adversary_table import (
    AT_ONCE,
    DATES,
    ITSELF,
    MAKERS,
    NO,
    NUMBERS,
    RECORDS,
    ROLES,
    ROWS,
    SIGNERS,
)
from support.faults_people import READER

_PLAINEST = ("by its row of now", "by the root document of now")
# What is changed beside claim and date: rows, or the number, or the signer.
_PLAIN = ("the same", "next", ITSELF)
_VARIANTS = (
    *((rows, "next", ITSELF) for rows in ROWS),
    *(("the same", number, ITSELF) for number in NUMBERS[1:]),
    *(("the same", "next", signer) for signer in SIGNERS[1:]),
)


def record_cases(maker: Maker) -> Iterator[Case]:
    """Return every next record of every container, by everybody, by every right, at every date."""
    for place, role, claim, date in product(RECORDS, ROLES, CLAIMS, DATES):
        # A second thing is wrong only with what could count, and with what is plainest. Rows and
        # numbers are seen by the service alone, which takes one date only.
        could = nearly_of_record(role, place, CLAIMS[claim])
        if CLAIMS[claim].impossible and date != AT_ONCE:
            continue
        more = date == AT_ONCE and (could or claim in _PLAINEST)
        for rows, number, signer in _VARIANTS if more else (_PLAIN,):
            expected = of_record(
                role, place, CLAIMS[claim], date=date, rows=rows, number=number, signer=signer
            )
            axes = (place, claim, date, rows, number, signer)
            make = partial(_next, maker, role, axes)
            reached: tuple[str, ...] = ()
            if expected != NO:
                taken = "may" if expected.service else "keeper"
                right = f"{place} {CLAIMS[claim].right} {role}"
                reached = (right, f"rows {rows} of {place} {taken}", f"{number} {date}")
            plain = axes[2:] == (AT_ONCE, *_PLAIN)
            near = plain or could
            asks = f"{role} {date}" if near and not plain else ""
            asks = claim if role == "reader" and plain else asks
            yield Case("records", role, axes, expected, reached, make, near, asks)


def _next(maker: Maker, role: str, axes: tuple[str, ...], _arena: Arena) -> Attempt | None:
    place, change = axes[0], next_record(maker, role, axes)
    if change is None:
        return None
    return Attempt(
        CommitRequest(records=(change,)),
        lambda file: file.put_record(change),
        WITNESS.get(place, "Ana"),
        partial(believes_record, maker.id(place), KINDS[place], change),
    )


def next_record(maker: Maker, role: str, axes: tuple[str, ...]) -> RecordChange | None:
    """Return the next record of a container, or `None` if its maker lacks the keys for it.

    Args:
        axes: The container, the claim, the date, the rows, the number, the signer.
    """
    place, claim, date, rows, number, signer = axes
    forger = maker.arena.cast.forgers[role]
    signing = maker.signer(forger, signer)
    if signing is None:
        return None
    named, keyset = signing
    before = maker.now(place)
    changed, sealed, link = maker.rows(place, forger, rows)
    numbers: dict[str, Facts] = {
        "left out": {"access_rev": before.parsed.access_rev + 2},
        "another history": {"previous": maker.all(place)[0].hash},
    }
    facts = {"via": forger.principal, **maker.claim(place, claim), **maker.date(date), **changed}
    facts |= numbers.get(number, {})
    if named:
        facts |= named | ({"via": facts["via"]} if facts["via"] != forger.principal else {})
    change = forger.record(maker.arena.file, before, **facts)
    if keyset is not forger.keyset:
        body = change.record.body
        change = msgspec.structs.replace(change, record=SignedBody(body, keyset.sign(body)))
    return msgspec.structs.replace(change, sealed=sealed, link=link)


def believes_record(container: bytes, kind: int, change: RecordChange, engine: Engine) -> None:
    """Ask a reader for a container; it believes in the record that is said to be the current one.

    Raises:
        StrongroomError: It does not.
    """
    drive(engine.connect())
    found = engine.session.need_container(container, kind)
    if found.record_hash != sha256(change.record.body):
        message = "another record is shown"
        raise NotFoundError(message)


# -- new containers ----------------------------------------------------------------------------

_IDENTITIES = {
    "vault": (ContainerKind.VAULT, Subtype.USER_CREATED),
    "private vault": (ContainerKind.VAULT, Subtype.WITHOUT_ADMINISTRATORS),
    "environment": (ContainerKind.ENVIRONMENT, 0),
    "personal vault": (ContainerKind.VAULT, Subtype.PERSONAL),
    "vault for everyone": (ContainerKind.VAULT, Subtype.EVERYONE),
    "group": (ContainerKind.GROUP, 0),
    "names": (ContainerKind.ACCOUNT, 0),
}
# Who gets rows in it, with which bits; `self` is the maker, `cast` a witness.
_GRANTS: dict[str, dict[str, int]] = {
    "itself": {"self": ALL_BITS},
    "and a witness": {"self": ALL_BITS, "Cora": READER},
    "a witness alone": {"Cora": ALL_BITS},
    "and a token": {"self": ALL_BITS, "Cora": READER, "token": READER},
    "nobody manages": {"self": LOW, "Cora": LOW},
}
_FORMS = (
    "right",
    "another creator",
    "by the root document",
    "by its own row",
    "a later number",
    "through a group",
)


def creation_cases(maker: Maker) -> Iterator[Case]:
    """Return record 0 of every kind of container, by everybody, for everybody."""
    for kind, role, rows, date in product(MAKERS, ROLES, _GRANTS, DATES):
        plain = date == AT_ONCE and rows == "and a witness"
        for form, signer in product(_FORMS, SIGNERS) if plain else (("right", ITSELF),):
            expected = of_creation(role, kind, rows=rows, date=date, form=form, signer=signer)
            reached = (f"new {kind} {role}",) if expected != NO else ()
            near = form == "right" or signer == ITSELF
            axes = (kind, rows, date, form, signer)
            make = partial(_new_container, maker, role, *axes)
            yield Case("creations", role, axes, expected, reached, make, near=near)


def _new_container(
    maker: Maker, role: str, kind: str, rows: str, date: str, form: str, signer: str, arena: Arena
) -> Attempt | None:
    forger = arena.cast.forgers[role]
    signing = maker.signer(forger, signer)
    if signing is None:
        return None
    named, keyset = signing
    who = {name if name != "self" else role: bits for name, bits in _GRANTS[rows].items()}
    if role in who and maker.id(role) not in arena.entries:
        del who[role]  # nobody seals to keys that are nowhere
    creator = maker.id("Ana") if form == "another creator" else forger.principal
    identity = Identity(*_IDENTITIES[kind], creator, sha256(f"{role} {kind}".encode()))
    recipients = [_recipient(maker, name, bits) for name, bits in who.items()]
    made = make_container(forger.place(arena.file), identity, recipients, keyset)
    forms: dict[str, Facts] = {
        "by the root document": maker.root(AT_ONCE),
        "by its own row": {"authority": 3, "authority_hash": made.record_hash},
        "a later number": {"access_rev": 1, "previous": bytes(32)},
        "through a group": maker.group("keepers", AT_ONCE),
    }
    facts = maker.date(date) | forms.get(form, {}) | named
    body = msgspec.structs.replace(made.record, **facts).encode()
    change = msgspec.structs.replace(made.change, record=SignedBody(body, keyset.sign(body)))
    return Attempt(
        CommitRequest(records=(change,)),
        lambda file: file.put_container(change),
        "Cora",
        partial(believes_record, made.id, identity.kind, change),
    )


def _recipient(maker: Maker, who: str, bits: int) -> Recipient:
    entry = maker.arena.entries[maker.id(who)]
    enc_pk = maker.arena.encryption_key(entry.principal)
    return Recipient(entry.principal, entry.kind, entry.current.fp, enc_pk, bits)
