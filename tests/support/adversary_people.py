"""Every operation of the service, asked by everybody; and invites that somebody sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

from strongroom.client.engine import Engine
from strongroom.client.runtime import drive
from strongroom.crypto.invites import (
    InviteKeys,
    InviteTerms,
    derive_invite_id,
    join_mac,
    seal_invite,
)
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind, derive_principal_id
from strongroom.crypto.sealing import sealed_key_id
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import NotFoundError
from strongroom.ids import format_id
from strongroom.limits import CHUNK_BYTES
from strongroom.permissions import ROLES as INVITE_ROLES
from strongroom.wire.audit import AuditLinkRequest, AuditListRequest
from strongroom.wire.files import FileReadRequest, FileUploadRequest
from strongroom.wire.messages import (
    CommitRequest,
    CostsRequest,
    CredentialsRequest,
    DirectoryChange,
    HistoryRequest,
    KeysetEnd,
    Known,
    ListRequest,
    LookupRequest,
    PrincipalsRequest,
    Query,
    SeedRequest,
    SyncRequest,
    UserRow,
)
from strongroom.wire.people import (
    InviteCreateRequest,
    InviteDeleteRequest,
    InviteOpenRequest,
    InviteRow,
    InvitesRequest,
    JoinRequest,
    PeopleRequest,
    RecordRequest,
)
from strongroom.wire.requests import InstallationRequest
from strongroom.wire.signed import SignedRoot
from support.adversary_arena import NOW_MS, Arena, HeldFile
from support.adversary_maker import Maker
from support.adversary_sweep import Attempt, Case
from support.adversary_table import AT_ONCE, LISTED, NO, ROLES, THEN
from support.adversary_table_service import (
    ANSWERS,
    KEYS,
    OPERATIONS_MAY,
    SHOWN,
    of_invite,
    of_operation,
    of_terms,
)
from support.faults_forgers import Forger

_SECRET, _EMAIL = b"\5" * 32, "mia@example.org"
_KEYS = Keyset(b"\6" * 32)
_HOUR_MS = 60 * 60 * 1000

# A request, and what an answer must hold for it to have been answered.
Asked = tuple[Any, Callable[[Any], Any]]


def _anything(_answer: Any) -> bool:
    return True


def operation_cases(maker: Maker) -> Iterator[Case]:
    """Return every operation, asked for everything, by everybody."""
    for role, (operation, target) in product(ROLES, OPERATIONS_MAY):
        expected = of_operation(role, operation, target)
        rows = (f"{operation} {target}",) if expected != NO else ()
        make = partial(_operation, maker, role, operation, target)
        yield Case("operations", role, (operation, target), expected, rows, make)


def _operation(maker: Maker, role: str, operation: str, target: str, arena: Arena) -> Attempt:
    forger = arena.cast.forgers[role]
    asked: dict[str, Callable[[Maker, Forger, str], Asked]] = {
        "account": _account,
        "installation": _installation,
        "sync": _sync,
        "lookup": _lookup,
        "objects": _objects,
        "principals": _principals,
        "people": _people,
        "commit": _commit,
        "files": _files,
        "invites": _invites,
        "invite": _invite_link,
        "audit": _audit,
    }
    part, _, verb = operation.partition("/")
    request, answered = asked[part](maker, forger, f"{verb} {target}".strip())
    return Attempt(request, None, "", lambda _: None, answered=answered)


def _account(maker: Maker, forger: Forger, what: str) -> Asked:
    arena, account = maker.arena, maker.arena.file.account
    if what.startswith("create"):
        head = forger.head(arena.file)
        root = SignedRoot(arena.roots[0][0], (arena.root_signature,))
        change = DirectoryChange((), head, (root,))
        return CommitRequest(directory=change), _anything
    if what.startswith("costs"):
        user = maker.id("member" if "without" in what else "reader")
        return CostsRequest(account, user), _anything
    if what.startswith("seed"):
        return SeedRequest(), _anything
    salts = dict(arena.file.all("SELECT id, salt FROM users"))
    whose = forger.principal if what.endswith("its own") else maker.id("Ana")
    request = CredentialsRequest(
        replaces=salts.get(whose, b"s" * 16),
        salt=b"n" * 16,
        t=3,
        m=65_536,
        lanes=4,
        keyset=1,
        seed=b"sealed",
        auth_pk=forger.keyset.sign_pk,
    )
    return request, _anything


def _installation(_maker: Maker, _forger: Forger, _what: str) -> Asked:
    return InstallationRequest(), lambda answer: answer.id


def _sync(maker: Maker, _forger: Forger, what: str) -> Asked:
    if what == "all":
        return SyncRequest(root_version=0), _anything
    arena = maker.arena
    known = Known(arena.head.rev, frozenset(arena.entries), frozenset())
    return SyncRequest(root_version=1, known=known), _anything


def _query(maker: Maker, what: str) -> Query:
    cast = maker.arena.cast
    vault, item = cast.places["vault"], cast.objects["vault", "item"]
    newest = maker.arena.file.newest(item)
    tag = newest[0].tag if newest else b""
    return {
        "an item": Query(vault, item),
        "its details": Query(vault, item),
        "an older version": Query(vault, item, version=1),
        "by its title": Query(vault, tags=(tag,)),
        "the private vault": Query(cast.places["private"], cast.objects["private", "item"]),
        "the personal vault": Query(cast.places["personal"], cast.objects["personal", "item"]),
        "variables": Query(cast.places["environment"], cast.places["environment"]),
        "a name": Query(cast.places["names"], maker.id("member")),
        "the title of a group": Query(cast.places["crew"], cast.places["crew"]),
    }[what]


def _lookup(maker: Maker, _forger: Forger, what: str) -> Asked:
    def answered(answer: Any) -> Any:
        rows = answer.results[0]
        return rows and (what != "its details" or rows[0].details is not None)

    return LookupRequest(queries=(_query(maker, what),)), answered


def _objects(maker: Maker, _forger: Forger, what: str) -> Asked:
    verb, _, target = what.partition(" ")
    cast = maker.arena.cast
    places = {"the vault": "vault", "the private vault": "private", "the names": "names"}
    places |= {"an item": "vault", "variables": "environment", "the personal vault": "personal"}
    place = places[target]
    if verb == "list":
        return ListRequest(cast.places[place], states=(1, 2, 3)), lambda a: a.revisions
    what = "own" if place == "environment" else "item"
    return HistoryRequest(cast.places[place], cast.objects[place, what]), lambda a: a.revisions


def _principals(maker: Maker, _forger: Forger, what: str) -> Asked:
    who = maker.id("Ana") if what == "the owner" else bytes(16)
    return PrincipalsRequest(principals=(who,)), lambda a: a.proofs


def _people(maker: Maker, _forger: Forger, what: str) -> Asked:
    if what == "list all":
        return PeopleRequest(), lambda a: a.rows
    places = {"the vault": "vault", "the personal vault": "personal", "a group": "crew"}
    return RecordRequest(maker.id(places[what.removeprefix("record ")])), _anything


def _commit(maker: Maker, _forger: Forger, what: str) -> Asked:
    if what == "nothing":
        return CommitRequest(), _anything
    if what == "an invite":
        return CommitRequest(invite=derive_invite_id(maker.arena.cast.invite)), _anything
    token = maker.id("token")
    end = KeysetEnd(token, maker.arena.entries[token].current.fp, 1)
    return CommitRequest(ends=(end,)), _anything


def _files(maker: Maker, forger: Forger, what: str) -> Asked:
    verb, _, target = what.partition(" ")
    cast = maker.arena.cast
    there = cast.stored_file
    if verb == "read":
        place = "vault" if target == "the vault" else "private"
        return FileReadRequest(cast.places[place], there, 0), lambda a: a.sealed
    places = {"the private vault": "private", "the environment": "environment"}
    file = there if target.startswith("over") else sha256(forger.principal)[:16]
    container = cast.places[places.get(target, "vault")]
    return FileUploadRequest(container, file, 1, 0, bytes(CHUNK_BYTES // 1024)), _anything


def _invites(maker: Maker, _forger: Forger, what: str) -> Asked:
    verb, _, target = what.partition(" ")
    if verb == "list":
        return InvitesRequest(), lambda a: a.invites
    if verb == "delete":
        secret = maker.arena.cast.invite if target == "an invite" else _SECRET
        return InviteDeleteRequest(derive_invite_id(secret)), _anything
    role = {"an administrator": "administrator", "an owner": "owner"}.get(target, "member")
    email = "ana@example.org" if target == "somebody who is there" else _EMAIL
    return InviteCreateRequest(_row(role, bytes(200), email)), _anything


def _invite_link(maker: Maker, forger: Forger, what: str) -> Asked:
    verb, _, target = what.partition(" ")
    invite = derive_invite_id(_SECRET if target == "none" else maker.arena.cast.invite)
    if verb == "open":
        return InviteOpenRequest(invite), _anything
    keyset = _KEYS
    if target == "with somebody's keys":
        keyset = maker.arena.cast.people["editor"].keyset
    joiner = _joiner(maker, keyset)
    user = UserRow("open@example.org", b"s" * 16, 3, 65_536, 4, 1, b"sealed", forger.keyset.sign_pk)
    request = JoinRequest(
        id=invite,
        joiner=joiner,
        enc_pk=keyset.enc_pk,
        sign_pk=keyset.sign_pk,
        mac=bytes(32),
        user=user,
    )
    return request, _anything


def _audit(_maker: Maker, _forger: Forger, what: str) -> Asked:
    return (AuditLinkRequest() if what.startswith("link") else AuditListRequest()), _anything


# -- invites -----------------------------------------------------------------------------------


def invite_cases(maker: Maker) -> Iterator[Case]:
    """Return invites of every role in row and terms, under every key that somebody ever held."""
    axes = product(ROLES, INVITE_ROLES, INVITE_ROLES, KEYS, ANSWERS, SHOWN)
    for role, row, terms, key, answer, shown in axes:
        expected = of_invite(role, row=row, terms=terms, key=key, answer=answer, shown=shown)
        words = (f"row {row}", f"terms {terms}", key, answer, shown)
        rows = (f"invite {row} {terms}",) if expected.fresh else ()
        make = partial(_sealed_invite, maker, role, row, terms, key, answer, shown)
        # What of it could count, if one rule were missing.
        near = role in LISTED and row == terms and (key.endswith("now") or shown == SHOWN[1])
        yield Case("invites", role, words, expected, rows, make, near=near)
    for role, invited, shown in product(ROLES, INVITE_ROLES, SHOWN):
        expected = of_terms(role, invited, shown=shown)
        rows = (f"terms of {invited}",) if expected.fresh else ()
        asked = (f"reads the terms of {invited}", shown)
        reads = partial(_read_terms, role, invited, shown)
        yield Case("invites", role, asked, expected, rows, reads, near=role in LISTED)


def _show(arena: Arena, file: HeldFile, shown: str) -> None:
    """Let the keeper show the groups of roles as they were before others left them."""
    if shown == "the groups of then":
        for group in ("Owners", "Administrators"):
            file.put_back(arena.cast.old, arena.cast.places[group])


def _read_terms(role: str, invited: str, shown: str, arena: Arena) -> Attempt:
    keys = arena.cast.forgers[role].keys

    def invites(engine: Engine) -> None:
        drive(engine.invites.create(_EMAIL, role=invited))
        sealed = arena.file.all("SELECT sealed FROM invites WHERE email = ?", _EMAIL)[0][0]
        if sealed_key_id(sealed) not in keys:
            message = "the forger cannot read it"
            raise NotFoundError(message)

    return Attempt(None, lambda file: _show(arena, file, shown), "Ana", invites)


def _joiner(maker: Maker, keyset: Keyset) -> bytes:
    account, kind = maker.arena.file.account, PrincipalKind.USER
    return derive_principal_id(account, kind, sha256(keyset.enc_pk), keyset.sign_pk)


def _row(role: str, sealed: bytes, email: str = _EMAIL) -> InviteRow:
    return InviteRow(
        id=derive_invite_id(_SECRET),
        email=email,
        role=role,
        expires_ms=NOW_MS + _HOUR_MS,
        sealed=sealed,
    )


def _key(maker: Maker, forger: Forger, name: str) -> SymmetricKey | None:
    if name == "its own":
        return SymmetricKey(sha256(forger.principal))
    group, _, time = name.partition(" of ")
    record = maker.at(group, {"now": AT_ONCE, "then": THEN}[time])
    return forger.keys.get(record.parsed.key_id)


def _sealed_invite(
    maker: Maker,
    role: str,
    row_role: str,
    terms_role: str,
    key_name: str,
    answer: str,
    shown: str,
    arena: Arena,
) -> Attempt | None:
    forger, account = arena.cast.forgers[role], arena.file.account
    key = _key(maker, forger, key_name)
    if key is None:
        return None
    terms = InviteTerms(_SECRET, _EMAIL, terms_role, NOW_MS + _HOUR_MS)
    invite = derive_invite_id(_SECRET)
    row = _row(row_role, seal_invite(InviteKeys(key, key), account, invite, terms))
    joiner = _joiner(maker, _KEYS)
    mac = join_mac(
        _SECRET if answer == "under its link" else arena.cast.invite,
        account=account,
        user=joiner,
        email=_EMAIL,
        enc_pk=_KEYS.enc_pk,
        sign_pk=_KEYS.sign_pk,
    )

    def put(file: HeldFile) -> None:
        _show(arena, file, shown)
        file.run(
            "INSERT INTO invites VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)",
            account,
            row.id,
            row.email,
            row.role,
            row.expires_ms,
            forger.principal,
            row.sealed,
            joiner,
            _KEYS.enc_pk,
            _KEYS.sign_pk,
            mac,
        )

    return Attempt(
        InviteCreateRequest(row),
        put,
        "Ana",
        partial(_takes_in, joiner, row_role),
        keeper=True,
    )


def _takes_in(joiner: bytes, role: str, engine: Engine) -> None:
    """Let the owner confirm an invite, naming the role that its row says, for a keeper to store.

    Raises:
        StrongroomError: It signs nothing, or takes in somebody else.
    """
    invite = drive(engine.invites.find(_EMAIL))
    if drive(engine.invites.confirm(invite, role=role)) != format_id(joiner):
        message = "somebody else came in"
        raise NotFoundError(message)
