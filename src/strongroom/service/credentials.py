"""Replacing what opens a user's own keys: a new salt, sealed seed and auth key, at once.

Source: specs/formats.md section 11. The service cannot tell a new password from
a new Secret Key; it keeps what the user sealed, and the user says which it was.
"""

from __future__ import annotations

from typing import Final

from strongroom.crypto.costs import KdfParameters, check_parameters
from strongroom.crypto.principals import PrincipalKind
from strongroom.crypto.signatures import is_small_order
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    IntegrityError,
    KdfDowngradeError,
    TooLargeError,
    UnauthorizedError,
)
from strongroom.service import audit
from strongroom.service.authorize import Caller, authenticate
from strongroom.store.session import Session
from strongroom.wire.messages import CommitAnswer, CredentialsRequest

# A seed with its pin is some 200 characters of JSON; sealed and padded it stays below 400 bytes.
SEALED_SEED_BYTES_MAX: Final = 1024
AUTH_KEY_BYTES: Final = 32

_CURRENT = "SELECT salt, t, m, keyset FROM users WHERE account = :account AND id = :caller"
# The old salt is in the condition: of two devices that change at once, one changes no row.
_SWAP = """UPDATE users SET salt = :salt, t = :t, m = :m, lanes = :lanes, seed = :seed,
    auth_pk = :auth_pk WHERE account = :account AND id = :caller AND salt = :replaces"""


async def change_credentials(
    session: Session, caller: Caller, request: CredentialsRequest
) -> CommitAnswer:
    """Replace the caller's salt, costs, sealed seed and auth key; nothing else of the row.

    Raises:
        ForbiddenError: The caller is not a person.
        KdfRefusedError: Costs outside the limits.
        KdfDowngradeError: Costs below those that they replace.
        ConflictError: The row is not the one that the caller has seen.
        IntegrityError: Parts that cannot belong to a user's row.
    """
    entry = await authenticate(session, caller)
    if entry.kind != PrincipalKind.USER:
        message = "only a person has a password and a Secret Key"
        raise ForbiddenError(message)
    _check_form(request)
    where = {"account": caller.account, "caller": caller.principal}
    row = await session.one(_CURRENT, **where)
    if row is None:
        message = "this account is not known here"
        raise UnauthorizedError(message, hint="check the address of the account")
    salt, t, m, keyset = row
    if salt != request.replaces:
        raise _overtaken()
    if request.t < t or request.m < m:
        # Devices remember what they have seen; with less they would refuse the account.
        message = "the new key derivation parameters are weaker than those that they replace"
        raise KdfDowngradeError(message, layer="remembered")
    if request.keyset != keyset:
        message = "the new credentials are not for the user's keyset"
        raise IntegrityError(message)
    changed = await session.run(
        _SWAP,
        **where,
        replaces=request.replaces,
        salt=request.salt,
        t=request.t,
        m=request.m,
        lanes=request.lanes,
        seed=request.seed,
        auth_pk=request.auth_pk,
    )
    if changed != 1:
        raise _overtaken()
    await _note(session, caller, request)
    return CommitAnswer()


def _check_form(request: CredentialsRequest) -> None:
    """Check all that can be said of a request without the row that it replaces."""
    parameters = KdfParameters(request.salt, request.t, request.m, request.lanes)
    check_parameters(parameters, remembered=None)
    if request.salt == request.replaces:
        # With the same salt nobody could tell the new row from the old one.
        message = "new credentials need a new salt"
        raise IntegrityError(message)
    if len(request.seed) > SEALED_SEED_BYTES_MAX:
        message = f"a sealed seed has at most {SEALED_SEED_BYTES_MAX} bytes"
        raise TooLargeError(message)
    if not request.seed:
        message = "new credentials without a sealed seed would lock the user out"
        raise IntegrityError(message)
    if len(request.auth_pk) != AUTH_KEY_BYTES or is_small_order(request.auth_pk):
        message = "the new auth key is not a public key under which somebody signs"
        raise IntegrityError(message)


def _overtaken() -> ConflictError:
    message = "the password or the Secret Key was changed elsewhere at the same time"
    return ConflictError(message, hint="nothing was changed here; sign in with the new one first")


async def _note(session: Session, caller: Caller, request: CredentialsRequest) -> None:
    """Tell the audit log of a change: the one place where it is done."""
    await audit.record(
        session,
        caller,
        action="update",
        object_type="user",
        object=caller.principal,
        aux_info="secret-key" if request.renews_secret_key else "password",
    )
