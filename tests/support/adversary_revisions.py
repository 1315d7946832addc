"""Every revision that somebody could sign, of every kind of object, under every record."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product

import msgspec

from strongroom.client.engine import Engine
from strongroom.client.runtime import drive
from strongroom.client.view.containers import Acting, Container
from strongroom.client.view.objects import Draft, Opened, seal_revision
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import NotFoundError
from strongroom.permissions import ALL_BITS
from strongroom.wire.messages import CommitRequest, ContainerState, StoredRevision
from strongroom.wire.revisions import State, parse_revision
from support.adversary_arena import Arena
from support.adversary_maker import WITNESS, Facts, Maker
from support.adversary_rules import nearly_of_revision, of_revision
from support.adversary_story import KINDS
from support.adversary_sweep import Attempt, Case
from support.adversary_table import (
    AT_ONCE,
    DATES,
    ITSELF,
    NO,
    PAST,
    ROLES,
    SIGNERS,
    THEN,
    Claim,
)

_OF_AUTHORS = {"signer": "author", "signer_fp": "author_fp"}
_STATES = {
    "edit": State.ACTIVE,
    "archive": State.ARCHIVED,
    "delete": State.DELETED,
}
# What may be done to an object that is there: the state that is written, and the version.
_CHANGES = (
    *((act, "next") for act in _STATES),
    ("edit", "left out"),
    ("edit", "the same again"),
    ("edit", "first again"),
)
# Objects by container; of those that are not in `_CHANGED`, the newest version is the first.
OBJECTS = {
    "vault": ("new", "item", "archived", "deleted", "own"),
    "environment": ("own",),
    "private": ("new", "item", "own"),
    "personal": ("new", "item", "own"),
    "machine": ("new", "item", "own"),
    "still": ("new", "item", "own"),
    "quiet": ("new", "item", "own"),
    "names": ("new", "profile"),
}
_CHANGED = (("vault", "item"), ("vault", "archived"), ("vault", "deleted"))

CLAIMS = {
    "itself": Claim(ITSELF),
    "the owner's row": Claim(ITSELF, impossible=True),
    "a group without its record": Claim("keepers", impossible=True),
    "a group with another's record": Claim("keepers", impossible=True),
    "itself, with a group's record": Claim(ITSELF, impossible=True),
}
CLAIMS |= {
    f"{group} of {time}": Claim(group, group=time)
    for group, time in product(
        ("keepers", "Administrators", "crew", "Team Members", "Owners"), (AT_ONCE, THEN)
    )
}
# Containers of one person have no groups in them: one stands for all.
_FEW = ("itself", "the owner's row", "keepers of now")
# The access record and the directory that are named. One thing that nobody may ever say is enough.
_NAMED = (
    *product((AT_ONCE, THEN), (AT_ONCE, *PAST)),
    *((AT_ONCE, date) for date in DATES if date not in (AT_ONCE, *PAST)),
    ("another container's", AT_ONCE),
    ("another container's", THEN),
)


def revision_cases(maker: Maker) -> Iterator[Case]:
    """Return every revision of every object, by everybody, through everybody, at every date."""
    for place, role in product(OBJECTS, ROLES):
        claims = _FEW if place in ("private", "personal", "still", "quiet") else CLAIMS
        for what, claim, (record, date) in product(OBJECTS[place], claims, _NAMED):
            plain = record == AT_ONCE and date == AT_ONCE
            if CLAIMS[claim].impossible and date != AT_ONCE:
                continue
            for act, number in _changes(place, what):
                needed = _needed(what, act)
                could = nearly_of_revision(role, place, what, needed, CLAIMS[claim])
                if number != "next" and not could and claim != "itself":
                    continue  # a second thing is wrong only with what could count
                for signer in SIGNERS if plain and number == "next" else (ITSELF,):
                    axes = (place, what, act, number, claim, record, date, signer)
                    yield _case(maker, role, *axes)


def _needed(what: str, act: str) -> str:
    return {"new": "create", "own": "own"}.get(what, act)


def _changes(place: str, what: str) -> Iterator[tuple[str, str]]:
    if what == "new":
        yield "edit", "next"
        return
    for act, number in _CHANGES:
        if number != "first again" or (place, what) in _CHANGED:
            yield act, number


def _case(
    maker: Maker,
    role: str,
    place: str,
    what: str,
    act: str,
    number: str,
    claim: str,
    record: str,
    date: str,
    signer: str,
) -> Case:
    needed = _needed(what, act)
    claimed = CLAIMS[claim]
    expected = NO
    if record in (AT_ONCE, THEN):
        expected = of_revision(
            role,
            place,
            what,
            needed,
            claimed,
            record=record,
            date=date,
            number=number,
            signer=signer,
            gone=act == "delete",
        )
    axes = (place, what, act, number, claim, record, date, signer)
    reached: tuple[str, ...] = ()
    if expected != NO:
        reached = (
            f"{place} {claimed.right} {needed} {role}",
            f"{what} {number}",
            f"{record} {date}",
        )
    make = partial(_revision, maker, role, *axes)
    odd = (number != "next", record != AT_ONCE, date != AT_ONCE, signer != ITSELF)
    near = not any(odd) or nearly_of_revision(role, place, what, needed, claimed)
    asks = ""
    if near and (number, signer) == ("next", ITSELF):
        # The times of everybody who has a right; and all that somebody active has none to.
        asks = f"{role} {record} {date}" if any(odd) else asks
        asks = f"{place} {claim}" if role == "reader" and not any(odd) else asks
    return Case("revisions", role, axes, expected, reached, make, near, asks)


def _revision(
    maker: Maker,
    role: str,
    place: str,
    what: str,
    act: str,
    number: str,
    claim: str,
    record: str,
    date: str,
    signer: str,
    arena: Arena,
) -> Attempt | None:
    forger = arena.cast.forgers[role]
    signing = maker.signer(forger, signer)
    if signing is None:
        return None
    named, keyset = signing
    object_id = sha256(role.encode())[:16] if what == "new" else arena.cast.objects[place, what]
    other = "private" if place != "private" else "vault"
    under = maker.now(other) if record == "another container's" else maker.at(place, record)
    facts = _through(maker, claim) | maker.date(date)
    # The place stays as it is where the record that is named is another's.
    facts |= {"container": maker.id(place), "kind": int(KINDS[place])}
    facts |= {_OF_AUTHORS.get(name, name): value for name, value in named.items()}
    draft = Draft(
        object=object_id,
        overview={} if act == "delete" else {"title": "item", "category": "Login"},
        details={} if act == "delete" else {"fields": []},
        state=_STATES[act],
        before=_before(arena, object_id, number),
    )
    container = Container.with_key(
        ContainerState(id=under.parsed.container, record=under.signed, sealed=()),
        forger.key(under),
    )
    acting = Acting(forger.principal, b"", ALL_BITS)
    place_of_now = forger.place(arena.file)
    stored = seal_revision(place_of_now, container, acting, draft, forger.keyset)
    body = msgspec.structs.replace(parse_revision(stored.body), **facts).encode()
    stored = msgspec.structs.replace(stored, body=body, signature=keyset.sign(body))
    return Attempt(
        CommitRequest(revisions=(stored,)),
        lambda file: file.put_revision(stored),
        WITNESS.get(place, "Ana"),
        partial(believes_revision, maker.id(place), int(KINDS[place]), stored),
    )


def _through(maker: Maker, claim: str) -> Facts:
    """Return through whom a revision says that it was written."""
    claimed = CLAIMS[claim]
    keepers = maker.group("keepers", AT_ONCE)
    odd: dict[str, Facts] = {
        "itself": {},
        "the owner's row": {"via": maker.id("Ana")},
        "a group without its record": keepers | {"group_hash": b""},
        "a group with another's record": keepers | {"group_hash": maker.now("crew").hash},
        "itself, with a group's record": {"group_hash": keepers["group_hash"]},
    }
    return odd[claim] if claim in odd else maker.group(claimed.right, claimed.group)


def _before(arena: Arena, object_id: bytes, number: str) -> Opened | None:
    """Return what the new version says that it follows."""
    newest = arena.file.newest(object_id)
    if newest is None or number == "first again":
        return None
    revision, body = newest
    if number == "the same again":
        if revision.version == 1:
            return None
        earlier = msgspec.structs.replace(revision, version=revision.version - 1)
        return Opened(earlier, revision.previous, {}, {})
    skipped = msgspec.structs.replace(revision, version=revision.version + (number == "left out"))
    return Opened(skipped, sha256(body), {}, {})


def believes_revision(container: bytes, kind: int, stored: StoredRevision, engine: Engine) -> None:
    """Ask a reader for an object; a container whose deletion it believes is gone.

    Raises:
        StrongroomError: It does not believe the revision.
    """
    drive(engine.connect())
    revision, session = parse_revision(stored.body), engine.session
    if revision.is_container_object and revision.state == State.DELETED:
        if container in session.containers:
            message = "the container is shown"
            raise NotFoundError(message)
        return
    opened = drive(session.fetch(container, revision.object, kind=kind))
    if opened.body_hash != sha256(stored.body):
        message = "another revision is shown"
        raise NotFoundError(message)
