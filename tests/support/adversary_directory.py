"""Every entry, head and root document that somebody could sign."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import msgspec

from strongroom.client.change.holders import fetch_holders
from strongroom.client.change.ledger import make_row
from strongroom.client.engine import Engine
from strongroom.client.runtime import drive
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import (
    PrincipalKind,
    derive_fingerprint,
    derive_principal_id,
)
from strongroom.errors import NotFoundError
from strongroom.wire.entries import Entry, EntryState, Gap
from strongroom.wire.messages import CommitRequest, DirectoryChange, EntryWrite
from strongroom.wire.roots import RootDocument, RootSigner, parse_root
from strongroom.wire.signed import SignedBody, SignedRoot
from support.adversary_arena import Arena, HeldFile
from support.adversary_maker import Facts, Maker
from support.adversary_sweep import Attempt, Case
from support.adversary_table import LISTED, NO, ROLES
from support.adversary_table_directory import (
    ENTRIES,
    HEADS,
    ROOT_SIGNATURES,
    ROOTS,
    of_entry,
    of_head,
    of_head_then,
    of_root,
)
from support.faults_forgers import Forger

TARGETS = {
    "user": "editor",
    "token": "token",
    "rotated token": "old token",
    "group": "keepers",
    "role group": "Team Members",
    "listed user": "Ana",
    "listed group": "Owners",
    "suspended": "suspended editor",
    "removed": "removed editor",
    "returned": "returned manager",
}
_KINDS = {
    "new user": PrincipalKind.USER,
    "new token": PrincipalKind.SERVICE_ACCOUNT,
    "new group": PrincipalKind.GROUP,
}
# Keys that somebody brings; one for all cases, since making them takes long.
_KEYS, _OTHER_KEYS = Keyset(b"\1" * 32), Keyset(b"\2" * 32)
_STRANGER = b"\7" * 16

# An entry, and the new keys that come with it, if any.
Told = tuple[Entry, Keyset | None]
replace = msgspec.structs.replace


def _moved(entry: Entry, rev: int, state: EntryState) -> Facts:
    """Return a move of state as section 4 writes it down, allowed or not."""
    facts: Facts = {"state": state, "state_rev": rev}
    if entry.state == EntryState.SUSPENDED and state == EntryState.REMOVED:
        facts["state_rev"] = entry.state_rev
    if not entry.is_active and state == EntryState.ACTIVE:
        facts["gaps"] = (*entry.gaps, Gap(entry.state_rev, rev))
    return facts


def _more_keys(entry: Entry, rev: int) -> Facts:
    row = make_row(
        number=entry.current.number + 1,
        principal=entry.principal,
        kind=entry.kind,
        enc_pk=_KEYS.enc_pk,
        sign_pk=_KEYS.sign_pk,
        since=rev,
    )
    ends = entry.kind == PrincipalKind.GROUP
    older = tuple(replace(old, until=old.until or rev) if ends else old for old in entry.keysets)
    return {"keysets": (*older, row)}


def _other_keys(entry: Entry, _rev: int) -> Facts:
    first = entry.keysets[0]
    row = make_row(
        number=first.number,
        principal=entry.principal,
        kind=entry.kind,
        enc_pk=_KEYS.enc_pk,
        sign_pk=_KEYS.sign_pk,
        since=first.since,
    )
    return {"keysets": (*entry.keysets[1:-1], replace(row, number=entry.current.number))}


def _first_keyset(**facts: Any) -> Callable[[Entry, int], Facts]:
    return lambda entry, _: {"keysets": (replace(entry.keysets[0], **facts), *entry.keysets[1:])}


def _kind(entry: Entry, _rev: int) -> Facts:
    group = entry.kind == PrincipalKind.GROUP
    return {"kind": PrincipalKind.SERVICE_ACCOUNT if group else PrincipalKind.GROUP}


CHANGES: dict[str, Callable[[Entry, int], Facts]] = {
    "suspended": lambda e, rev: _moved(e, rev, EntryState.SUSPENDED),
    "removed": lambda e, rev: _moved(e, rev, EntryState.REMOVED),
    "active again": lambda e, rev: _moved(e, rev, EntryState.ACTIVE),
    "active again without a gap": lambda _, rev: {"state": EntryState.ACTIVE, "state_rev": rev},
    "removed since then": lambda e, _: {"state": EntryState.REMOVED, "state_rev": e.entry_rev + 1},
    "a gap that never was": lambda e, _: {
        "state_rev": e.entry_rev + 2,
        "gaps": (Gap(e.entry_rev + 1, e.entry_rev + 2),),
    },
    "a gap dropped": lambda *_: {"gaps": ()},
    "a gap moved": lambda e, _: {"gaps": (replace(e.gaps[0], start=e.gaps[0].start - 1),)},
    "left in the future": lambda _, rev: {"state": EntryState.REMOVED, "state_rev": rev + 1},
    "may create vaults": lambda e, _: {"flags": e.flags ^ 1},
    "an end": lambda *_: {"expires_ms": 2_000_000_000_000},
    "another creator": lambda *_: {"creator": _STRANGER},
    "a second keyset": _more_keys,
    "another first keyset": _other_keys,
    "keys since earlier": _first_keyset(since=0),
    "an older keyset reopened": _first_keyset(until=0),
    "an older keyset dropped": lambda e, _: {"keysets": e.keysets[1:]},
    "an older keyset ended later": lambda e, _: _first_keyset(until=e.keysets[0].until + 1)(e, 0),
    "another index": lambda e, _: {"index": e.index - 1},
    "another kind": _kind,
    "another account": lambda *_: {"account": _STRANGER},
    "an entry of the future": lambda _, rev: {"entry_rev": rev + 1},
    "an entry of before": lambda e, _: {"entry_rev": e.entry_rev, "flags": e.flags ^ 2},
}


def entry_cases(maker: Maker) -> Iterator[Case]:
    """Return every change of every entry, every new one, and every head, by everybody."""
    for role, change in product(ROLES, ENTRIES):
        for target in ENTRIES[change]:
            expected = of_entry(role, change, target)
            rows = (f"entry {change} {target}",) if expected != NO else ()
            make = partial(_entry, maker, role, change, target)
            near = role in LISTED
            yield Case("entries", role, (change, target), expected, rows, make, near=near)
    for role, change in product(ROLES, HEADS):
        expected = of_head(role, change)
        rows = (f"head {change}",) if expected != NO else ()
        heads = partial(_head, maker, role, change)
        yield Case("heads", role, (change,), expected, rows, heads, near=role in LISTED)


def then_cases(maker: Maker) -> Iterator[Case]:
    """Return what follows an older file, which the keeper shows, by those who could sign then."""
    for role in ROLES:
        expected = of_head_then(role)
        rows = (f"then {role}",) if expected != NO else ()
        for change, target in (
            ("may create vaults", "user"),
            ("removed", "token"),
            ("new", "new user"),
        ):
            make = partial(_of_then, partial(_entry, maker, role, change, target))
            yield Case("heads of then", role, (change, target), expected, rows, make)
        make = partial(_of_then, partial(_head, maker, role, "the next"))
        yield Case("heads of then", role, ("the next",), expected, rows, make)
        for change in ROOTS:
            expected = of_root(role, change, then=True)
            rows = (f"root of then {role}",) if expected != NO else ()
            make = partial(_of_then, partial(_root, maker, role, change, "its own"))
            yield Case("roots of then", role, (change,), expected, rows, make)


def _of_then(make: Callable[[Arena], Attempt | None], arena: Arena) -> Attempt | None:
    attempt = make(arena)
    return attempt and attempt._replace(request=None, at_work=False)


def _entry(maker: Maker, role: str, change: str, target: str, arena: Arena) -> Attempt | None:
    forger = arena.cast.forgers[role]
    told = _told(maker, forger, role, change, target)
    if told is None:
        return None
    entry, keyset = told
    enc_pk = keyset.enc_pk if keyset else b""
    token = entry.kind == PrincipalKind.SERVICE_ACCOUNT
    auth_pk = keyset.auth_pk if keyset and token else b""
    place = arena.file.count_entries() if target in _KINDS else _index(maker, role, target)
    with arena.taken_back():
        tree_root = arena.file.put_entry(entry, enc_pk, position=place)
        count = arena.file.count_entries()
    head = forger.head(arena.file, tree_root=tree_root, count=count)

    def put(file: HeldFile) -> None:
        file.put_entry(entry, enc_pk, position=place)
        file.put_head(head)

    write = EntryWrite(entry.encode(), enc_pk, auth_pk)
    return Attempt(
        CommitRequest(directory=DirectoryChange((write,), head)),
        put,
        "Cora",
        partial(_believes_entry, entry),
        at_work=True,
    )


def _index(maker: Maker, role: str, target: str) -> int:
    return maker.arena.entries[maker.id(TARGETS.get(target, role))].index


def _told(maker: Maker, forger: Forger, role: str, change: str, target: str) -> Told | None:
    rev = maker.arena.head.rev + 1
    if target in _KINDS:
        return _new_entry(maker, forger, change, target, rev)
    who = maker.id(TARGETS.get(target, role))
    if who not in maker.arena.entries:
        return None
    if change == "the entry of then":
        return maker.arena.old_entries[who], None
    entry = maker.arena.entries[who]
    told = replace(entry, **{"entry_rev": rev, **CHANGES[change](entry, rev)})
    if change == "another kind":
        enc_pk = maker.arena.encryption_key(who)
        fp = derive_fingerprint(who, told.kind, enc_pk=enc_pk, sign_pk=entry.current.sign_pk)
        told = replace(told, keysets=(*told.keysets[:-1], replace(told.current, fp=fp)))
    return told, _KEYS if change in ("a second keyset", "another first keyset") else None


def _new_entry(maker: Maker, forger: Forger, change: str, target: str, rev: int) -> Told:
    kind, account = _KINDS[target], maker.arena.file.account
    who = derive_principal_id(account, kind, sha256(_KEYS.enc_pk), _KEYS.sign_pk)
    if change == "new, with another's id":
        who = _STRANGER
    since = 1 if change == "new, since earlier" else rev
    keysets = [
        make_row(
            number=1,
            principal=who,
            kind=kind,
            enc_pk=_KEYS.enc_pk,
            sign_pk=_KEYS.sign_pk,
            since=since,
        )
    ]
    if change == "new, with two keysets":
        keysets.append(
            make_row(
                number=2,
                principal=who,
                kind=kind,
                enc_pk=_OTHER_KEYS.enc_pk,
                sign_pk=_OTHER_KEYS.sign_pk,
                since=rev,
            )
        )
    entry = Entry(
        account=account,
        index=maker.arena.file.count_entries(),
        principal=who,
        kind=kind,
        entry_rev=rev,
        state=EntryState.REMOVED if change == "new, removed" else EntryState.ACTIVE,
        state_rev=rev,
        flags=0,
        creator=_STRANGER if change == "new, by another" else forger.principal,
        expires_ms=0,
        keysets=tuple(keysets),
    )
    return entry, _OTHER_KEYS if len(keysets) > 1 else _KEYS


def _believes_entry(entry: Entry, engine: Engine) -> None:
    """Ask a reader for a principal.

    Raises:
        StrongroomError: It does not believe what the entry says.
    """
    drive(engine.session.sync())
    found = drive(fetch_holders(engine.session, [entry.principal]))
    if found.need(entry.principal).entry != entry:
        message = "another entry is shown"
        raise NotFoundError(message)


# -- heads -------------------------------------------------------------------------------------


def _head(maker: Maker, role: str, change: str, arena: Arena) -> Attempt:
    forger, head = arena.cast.forgers[role], arena.head
    older = parse_root(arena.roots[-2][0])
    facts: dict[str, Facts] = {
        "the next": {},
        "one left out": {"rev": head.rev + 2},
        "another history": {"previous": bytes(32)},
        "the number of the newest": {"rev": head.rev, "previous": head.previous},
        "another generation": {"generation": head.generation + 1},
        "an older root document": {
            "root_version": older.version,
            "root_hash": sha256(arena.roots[-2][0]),
        },
        "another count": {"count": head.count - 1},
        "another tree": {"tree_root": bytes(32)},
        "in the owner's name": {"signer": maker.id("Ana")},
    }
    signed = forger.head(arena.file, **facts[change])
    return Attempt(
        CommitRequest(directory=DirectoryChange((), signed)),
        lambda file: file.put_head(signed),
        "Cora",
        partial(_believes_head, signed),
    )


def _believes_head(signed: SignedBody, engine: Engine) -> None:
    """Let a reader come, and look whom it finds in the directory.

    Raises:
        StrongroomError: It does not believe the head.
    """
    drive(engine.connect())
    drive(engine.users.list())
    if engine.session.directory.head.encode() != signed.body:
        message = "another head is shown"
        raise NotFoundError(message)


# -- root documents ----------------------------------------------------------------------------


def root_cases(maker: Maker) -> Iterator[Case]:
    """Return every root document that somebody could sign, with a head that names it."""
    for role, change, signature in product(ROLES, ROOTS, ROOT_SIGNATURES):
        axes = (change, signature)
        make = partial(_root, maker, role, *axes)
        expected = of_root(role, change, then=False)
        yield Case("roots", role, axes, expected, (), make, near=role in LISTED)


def _root(maker: Maker, role: str, change: str, signature: str, arena: Arena) -> Attempt:
    forger, body = arena.cast.forgers[role], arena.roots[-1][0]
    root = _next_root(maker, forger, parse_root(body), change, sha256(body))
    made, ana = root.encode(), maker.id("Ana")
    own = forger.keyset.sign(made)
    rows = {
        "its own": ((forger.principal, own),),
        "in the owner's name": ((ana, own),),
        "none": (),
        "the owner's older one beside": ((forger.principal, own), arena.root_signature),
    }
    signed = SignedRoot(made, rows[signature])
    head = forger.head(
        arena.file,
        root_version=root.version,
        root_hash=sha256(made),
        generation=root.generation,
    )

    def put(file: HeldFile) -> None:
        file.put_root(signed)
        file.put_head(head)

    return Attempt(
        CommitRequest(directory=DirectoryChange((), head, (signed,))),
        put,
        "Cora",
        partial(_believes_head, head),
    )


def _next_root(
    maker: Maker, forger: Forger, root: RootDocument, change: str, previous: bytes
) -> RootDocument:
    rev = maker.arena.head.rev + 1
    own = RootSigner(forger.principal, forger.fp, forger.keyset.sign_pk)
    owners = tuple(sorted({*root.owners, own}))
    administrators = tuple(sorted({*root.administrators, own}))
    facts: dict[str, Facts] = {
        "lists itself as owner": {"owners": owners},
        "lists itself as administrator": {"administrators": administrators},
        "drops the owner": {"owners": (own,), "administrators": ()},
        "names its keys as the owners'": {"owners_group_fp": forger.fp, "owners": owners},
        "another policy": {"policy": b"{}"},
        "another generation": {"generation": root.generation + 1},
        "in force since earlier": {"from_rev": root.from_rev + 1},
        "nothing": {},
    }
    usual = {"version": root.version + 1, "previous": previous, "from_rev": rev}
    return replace(root, **usual | facts[change])
