"""Invites and the answers to them.

Nothing here decides whose keys are used: an administrator's client opens the
invite, checks the joiner's MAC and signs the entry (specs/formats.md section 11).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from strongroom.crypto.public.costs import KdfParameters, check_parameters
from strongroom.crypto.public.hashes import HASH_BYTES, sha256
from strongroom.crypto.public.principals import (
    PrincipalKind,
    check_sealing_key,
    derive_principal_id,
)
from strongroom.crypto.public.signatures import PUBLIC_KEY_BYTES, is_public_key
from strongroom.errors import ConflictError, ExpiredError, IntegrityError, NotFoundError
from strongroom.ids import ID_BYTES, AccountId, InviteId, PrincipalId
from strongroom.limits import EMAIL_CHARACTERS_MAX, INVITE_LIFETIME_MS
from strongroom.permissions import ROLES
from strongroom.service.audit import audit
from strongroom.service.authorize import Caller, find_entry
from strongroom.service.directory.directory import current_head, roots_from
from strongroom.service.people.credentials import SEALED_SEED_BYTES_MAX
from strongroom.service.people.people import check_free_email, need_listed, put_user
from strongroom.store.protocol import Row, Transaction
from strongroom.wire.operations import Done
from strongroom.wire.people import (
    InviteCreateRequest,
    InviteDeleteRequest,
    InviteOpenAnswer,
    InviteOpenRequest,
    InviteRow,
    InvitesAnswer,
    InvitesRequest,
    JoinRequest,
)

# As many as an account has users; each is one small row.
INVITES_MAX: Final = 2_000
# So that of two administrators who invite none takes all the room.
INVITES_PER_CREATOR_MAX: Final = 1_000
_SEALED_BYTES_MAX: Final = 4_096
_COLUMNS: Final = """id, email, role, expires_ms, created_ms, creator, sealed, joiner, enc_pk,
    sign_pk, mac"""
_PUT_INVITE = f"""INSERT INTO invites (account, {_COLUMNS})
    VALUES (:account, :id, :email, :role, :expires_ms, :created_ms, :creator, :sealed, :joiner,
        :enc_pk, :sign_pk, :mac)"""
_COUNT_INVITES = """SELECT count(*) AS open,
        coalesce(sum(CASE WHEN creator = :creator THEN 1 ELSE 0 END), 0) AS own
    FROM invites WHERE account = :account"""
_INVITES = f"SELECT {_COLUMNS} FROM invites WHERE account = :account ORDER BY created_ms, id"
_INVITE = f"SELECT account, {_COLUMNS} FROM invites WHERE id = :id"
_DROP_USER = "DELETE FROM users WHERE account = :account AND id = :id"
_DROP_INVITE = "DELETE FROM invites WHERE account = :account AND id = :id"
_EXPIRED = "SELECT id, joiner FROM invites WHERE account = :account AND expires_ms <= :now"
_JOIN = """UPDATE invites SET joiner = :joiner, enc_pk = :enc_pk, sign_pk = :sign_pk, mac = :mac
    WHERE account = :account AND id = :id"""


async def create_invite(
    transaction: Transaction, caller: Caller, request: InviteCreateRequest
) -> Done:
    """Store an invite, and drop those that expired.

    Raises:
        ForbiddenError: The caller is not listed, or invites to a role above its own.
        ConflictError: The address belongs to a user, the id to another
            invite, or there are too many invites.
        IntegrityError: The row contradicts itself.
    """
    row = request.invite
    await need_listed(transaction, caller, role=row.role)
    await _drop_expired(transaction, caller)
    count = await transaction.one(_COUNT_INVITES, account=caller.account, creator=caller.principal)
    await check_free_email(transaction, caller.account, row.email)
    # Whoever answers knows the id alone, so it names one invite of all accounts of the file.
    if await transaction.one(_INVITE, id=row.id) is not None:
        message = "there is already an invite with that ID"
        raise ConflictError(message, hint="try again")
    open_ones, own_ones = count or (0, 0)
    if open_ones >= INVITES_MAX or own_ones >= INVITES_PER_CREATOR_MAX:
        message = (
            f"an account has at most {INVITES_MAX} open invites, "
            f"and {INVITES_PER_CREATOR_MAX} of one person"
        )
        raise ConflictError(message, hint="withdraw some of them: op user delete")
    _check_new(row, caller.now)
    values = {name: getattr(row, name) for name in row.__struct_fields__}
    await transaction.run(
        _PUT_INVITE,
        account=caller.account,
        **values | {"creator": caller.principal, "created_ms": caller.now},
    )
    await _note(transaction, caller, "create", row.id, role=row.role)
    return Done()


def _check_new(row: InviteRow, now: int) -> None:
    if (
        row.role not in ROLES
        or not now < row.expires_ms <= now + INVITE_LIFETIME_MS
        or len(row.id) != ID_BYTES
        or not 1 <= len(row.email) <= EMAIL_CHARACTERS_MAX
        or len(row.sealed) > _SEALED_BYTES_MAX
        or any((row.joiner, row.enc_pk, row.sign_pk, row.mac))
    ):
        message = "the parts of the invite contradict each other"
        raise IntegrityError(message)


async def list_invites(
    transaction: Transaction, caller: Caller, _request: InvitesRequest
) -> InvitesAnswer:
    """Return every open invite.

    Raises:
        ForbiddenError: The caller is neither owner nor administrator.
    """
    await need_listed(transaction, caller)
    rows = await transaction.all(_INVITES, account=caller.account)
    return InvitesAnswer(tuple(_invite_row(row) for row in rows))


async def delete_invite(
    transaction: Transaction, caller: Caller, request: InviteDeleteRequest
) -> Done:
    """Drop an invite and what its joiner left.

    Raises:
        ForbiddenError: The caller is neither owner nor administrator.
        NotFoundError: No such invite.
    """
    await need_listed(transaction, caller)
    account, row = await _need_invite(transaction, request.id)
    if account != caller.account:
        raise _no_invite()
    await _drop(transaction, caller.account, row.id, row.joiner)
    await _note(transaction, caller, "delete", row.id)
    return Done()


async def open_invite(
    transaction: Transaction, caller: Caller, request: InviteOpenRequest
) -> InviteOpenAnswer:
    """Return the account behind a link to whoever holds it.

    Raises:
        NotFoundError: No such invite, or it was answered.
        ExpiredError: It has expired.
    """
    account, row = await _find_open(transaction, caller, request.id)
    head = await current_head(transaction, account)
    roots = await roots_from(transaction, account, 0)
    return InviteOpenAnswer(account, row.email, row.expires_ms, tuple(roots), head.signed)


async def join(transaction: Transaction, caller: Caller, request: JoinRequest) -> Done:
    """Keep the answer to an invite until somebody confirms it.

    Raises:
        NotFoundError: No such invite, or it was answered.
        ExpiredError: It has expired.
        ConflictError: Somebody has that e-mail address, or had those keys.
        IntegrityError: The id is not that of the keys, the address another,
            or a part has a length that it cannot have.
        InvalidKeyError: An encryption key to which nothing can be sealed.
        KdfRefusedError: Costs outside the limits.
    """
    account, row = await _find_open(transaction, caller, request.id)
    _check_answer(account, row, request)
    if await find_entry(transaction, account, request.joiner) is not None:
        message = "somebody in this account has or had these keys"
        raise ConflictError(message, hint="answer the invite with new keys")
    await put_user(transaction, account, request.joiner, request.user)
    await transaction.run(
        _JOIN,
        account=account,
        id=request.id,
        joiner=request.joiner,
        enc_pk=request.enc_pk,
        sign_pk=request.sign_pk,
        mac=request.mac,
    )
    joiner = Caller(account, request.joiner, caller.now)
    await _note(transaction, joiner, "join", request.id)
    return Done()


def _check_answer(account: AccountId, row: InviteRow, request: JoinRequest) -> None:
    """Check an answer; its writer is not known here, so what it may store is bounded."""
    user = request.user
    check_parameters(KdfParameters(user.salt, user.t, user.m, user.lanes), remembered=None)
    check_sealing_key(request.enc_pk)
    if len(request.sign_pk) != PUBLIC_KEY_BYTES:
        message = "the answer to the invite has no usable keys"
        raise IntegrityError(message)
    enc_hash = sha256(request.enc_pk)
    proven = derive_principal_id(account, PrincipalKind.USER, enc_hash, request.sign_pk)
    named = (request.joiner, user.email, user.keyset, len(request.mac))
    if (
        named != (proven, row.email, 1, HASH_BYTES)
        or not is_public_key(user.auth_pk)
        or not 0 < len(user.seed) <= SEALED_SEED_BYTES_MAX
    ):
        message = "the parts of the answer to the invite contradict each other"
        raise IntegrityError(message)


async def close_invite(
    transaction: Transaction, account: AccountId, invite: InviteId, added: Collection[PrincipalId]
) -> None:
    """Drop an invite that a change confirms.

    Raises:
        NotFoundError: Somebody else confirmed or dropped it.
        IntegrityError: The change does not add the one who answered.
    """
    found, row = await _need_invite(transaction, invite)
    if found != account or not row.joiner:
        raise _no_invite()
    if row.joiner not in added:
        message = "the change does not add the person who was invited"
        raise IntegrityError(message)
    await transaction.run(_DROP_INVITE, account=account, id=row.id)


async def _note(
    transaction: Transaction, caller: Caller, action: str, invite: InviteId, *, role: str = ""
) -> None:
    """Tell the audit log what became of an invite; its e-mail address does not stand there."""
    await audit.record(
        transaction, caller, action=action, object_type="invite", object=invite, aux_info=role
    )


async def _need_invite(transaction: Transaction, invite: InviteId) -> tuple[AccountId, InviteRow]:
    found = await transaction.one(_INVITE, id=invite)
    if found is None:
        raise _no_invite()
    return found[0], _invite_row(found[1:])


async def _find_open(
    transaction: Transaction, caller: Caller, invite: InviteId
) -> tuple[AccountId, InviteRow]:
    account, row = await _need_invite(transaction, invite)
    if row.joiner:
        raise _no_invite()
    if row.expires_ms <= caller.now:
        message = "the invite has expired"
        raise ExpiredError(message, hint="ask for a new invite")
    return account, row


def _invite_row(row: Row) -> InviteRow:
    names = (name.strip() for name in _COLUMNS.split(","))
    return InviteRow(**dict(zip(names, row, strict=True)))


def _no_invite() -> NotFoundError:
    message = "there is no open invite for this answer"
    hint = "it may have been answered, confirmed or withdrawn; ask for a new invite"
    return NotFoundError(message, hint=hint)


async def _drop_expired(transaction: Transaction, caller: Caller) -> None:
    rows = await transaction.all(_EXPIRED, account=caller.account, now=caller.now)
    for invite, joiner in rows:
        await _drop(transaction, caller.account, invite, joiner)


async def _drop(
    transaction: Transaction, account: AccountId, invite: InviteId, joiner: PrincipalId
) -> None:
    await transaction.run(_DROP_INVITE, account=account, id=invite)
    # Who was confirmed is in the directory and stays.
    if joiner and await find_entry(transaction, account, joiner) is None:
        await transaction.run(_DROP_USER, account=account, id=joiner)
