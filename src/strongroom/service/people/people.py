"""Users' rows, confirming a joiner, and the list of principals.

Source: specs/formats.md section 11.
"""

from __future__ import annotations

from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.public.signatures import is_public_key
from strongroom.errors import ConflictError, ForbiddenError, IntegrityError, NotFoundError
from strongroom.errors.refusals import ASK_AN_OWNER, ASK_LISTED
from strongroom.ids import AccountId, PrincipalId, format_id
from strongroom.limits import PAGE_OBJECTS_MAX
from strongroom.permissions import ROLES
from strongroom.service.authorize import Caller, find_entry
from strongroom.service.directory.directory import current_head, newest_root
from strongroom.service.directory.evidence import EvidenceCollector
from strongroom.service.directory.tree import prove_page
from strongroom.store.protocol import Transaction
from strongroom.wire.entries import parse_entry
from strongroom.wire.messages import EntryProof, KeysetEnd, UserRow
from strongroom.wire.people import (
    KeysetEndRow,
    PeopleAnswer,
    PeopleRequest,
    PrincipalRow,
    RecordAnswer,
    RecordRequest,
)
from strongroom.wire.signed import SignedBody

_PUT_USER = """INSERT INTO users (account, id, email, salt, t, m, lanes, keyset, seed, auth_pk)
    VALUES (:account, :id, :email, :salt, :t, :m, :lanes, :keyset, :seed, :auth_pk)"""
_BY_EMAIL = "SELECT id FROM users WHERE account = :account AND lower(email) = lower(:email)"
_BY_ID = "SELECT id FROM users WHERE account = :account AND id = :id"
_ANYWHERE = "SELECT account, id FROM users WHERE lower(email) = lower(:email) ORDER BY account, id"
_EMAIL = "SELECT email FROM users WHERE account = :account AND id = :id"
_RECORD = """SELECT r.body, r.signature FROM containers c JOIN access_records r
    ON r.account = c.account AND r.container = c.id AND r.access_rev = c.access_rev
    WHERE c.account = :account AND c.id = :container"""
_ENDS = "SELECT fp, ends_ms FROM keyset_ends WHERE account = :account AND principal = :principal"
_PUT_END = """INSERT INTO keyset_ends (account, principal, fp, ends_ms)
    VALUES (:account, :principal, :fp, :ends_ms)
    ON CONFLICT (account, principal, fp) DO UPDATE SET ends_ms = excluded.ends_ms
    WHERE excluded.ends_ms < keyset_ends.ends_ms"""


async def put_user(
    transaction: Transaction, account: AccountId, user_id: PrincipalId, user: UserRow
) -> None:
    """Store what lets a user unlock.

    Raises:
        ConflictError: Somebody in the account has that e-mail address, or those keys.
        IntegrityError: An auth key under which nobody signs, or anybody.
    """
    if not is_public_key(user.auth_pk):
        message = "the auth key of a user is not a valid public key for signatures"
        raise IntegrityError(message)
    await check_free_email(transaction, account, user.email)
    if await transaction.one(_BY_ID, account=account, id=user_id) is not None:
        message = "somebody in this account has these keys already"
        raise ConflictError(message)
    await transaction.run(
        _PUT_USER,
        account=account,
        id=user_id,
        email=user.email,
        salt=user.salt,
        t=user.t,
        m=user.m,
        lanes=user.lanes,
        keyset=user.keyset,
        seed=user.seed,
        auth_pk=user.auth_pk,
    )


async def check_free_email(transaction: Transaction, account: AccountId, email: str) -> None:
    """Refuse an e-mail address that somebody has.

    Raises:
        ConflictError: A user of the account, or somebody who waits to be confirmed.
    """
    if await transaction.one(_BY_EMAIL, account=account, email=email) is not None:
        message = "somebody in this account has that e-mail address already"
        raise ConflictError(message)


async def find_by_email(
    transaction: Transaction, email: str
) -> list[tuple[AccountId, PrincipalId]]:
    """Return the ids that an e-mail address has in each account of a store.

    This is no operation, and must not become one: it is for whoever has the store itself, and
    over a network it would tell anybody who has an account.
    """
    return [
        (AccountId(row[0]), PrincipalId(row[1]))
        for row in await transaction.all(_ANYWHERE, email=email)
    ]


async def need_listed(transaction: Transaction, caller: Caller, *, role: str = "") -> None:
    """Refuse a caller who is neither owner nor administrator, or gives a role without being owner.

    Raises:
        ForbiddenError: Not listed, or not as an owner.
    """
    root = (await newest_root(transaction, caller.account)).parsed
    may = root.owner(caller.principal) if role in ROLES[1:] else root.signer(caller.principal)
    if may is None:
        message, hint = "only owners and administrators can do this", ASK_LISTED
        if role in ROLES[1:]:
            message, hint = "only owners can give that role", ASK_AN_OWNER
        raise ForbiddenError(message, hint=hint)


async def note_end(transaction: Transaction, account: AccountId, end: KeysetEnd) -> None:
    """Note when the service stops accepting an older keyset; an end never moves to later.

    Raises:
        IntegrityError: No open keyset of a service account, or its current one.
    """
    entry = await find_entry(transaction, account, end.principal)
    is_token = entry is not None and entry.kind == PrincipalKind.SERVICE_ACCOUNT
    older = entry.keysets[:-1] if entry is not None and is_token else ()
    if not any(row.fp == end.fp and not row.until for row in older):
        message = (
            f"principal {format_id(end.principal)} has no older keyset that could end at that time"
        )
        raise IntegrityError(message)
    await transaction.run(
        _PUT_END, account=account, principal=end.principal, fp=end.fp, ends_ms=end.ends_ms
    )


# -- the directory ---------------------------------------------------------------------


async def list_people(
    transaction: Transaction, caller: Caller, request: PeopleRequest
) -> PeopleAnswer:
    """Return a page of the directory's entries; service accounts learn no e-mail address."""
    head = await current_head(transaction, caller.account)
    proofs = await prove_page(
        transaction, caller.account, first=request.first, most=PAGE_OBJECTS_MAX
    )
    rows = [await _principal_row(transaction, caller, proof) for proof in proofs]
    more = len(rows) == PAGE_OBJECTS_MAX
    return PeopleAnswer(head.signed, tuple(rows), request.first + len(rows) if more else 0)


async def _principal_row(
    transaction: Transaction, caller: Caller, proof: EntryProof
) -> PrincipalRow:
    entry, account = parse_entry(proof.body), caller.account
    person = entry.kind == PrincipalKind.USER
    # Tokens are stolen, and need no addresses (docs/adr/0017).
    if entry.kind == PrincipalKind.GROUP or (person and not caller.is_user):
        return PrincipalRow(proof)
    if entry.kind == PrincipalKind.SERVICE_ACCOUNT:
        ends = await transaction.all(_ENDS, account=account, principal=entry.principal)
        return PrincipalRow(proof, ends=tuple(KeysetEndRow(fp, ms) for fp, ms in ends))
    found = await transaction.one(_EMAIL, account=account, id=entry.principal)
    return PrincipalRow(proof, email=found[0] if found else "")


async def read_record(
    transaction: Transaction, caller: Caller, request: RecordRequest
) -> RecordAnswer:
    """Return who has which rights in a container.

    Raises:
        ForbiddenError: The caller is neither owner nor administrator.
        NotFoundError: No such container.
    """
    await need_listed(transaction, caller)
    row = await transaction.one(_RECORD, account=caller.account, container=request.container)
    if row is None:
        message = f"there is no container {format_id(request.container)}"
        raise NotFoundError(message)
    head = await current_head(transaction, caller.account)
    collector = EvidenceCollector(
        transaction, caller.account, request.known, head_rev=head.parsed.rev
    )
    await collector.add_record(row[0])
    if request.access_rev is not None:
        await collector.add_walk(request.container, request.access_rev)
    record = SignedBody(row[0], row[1])
    return RecordAnswer(head.signed, record, await collector.collect())
