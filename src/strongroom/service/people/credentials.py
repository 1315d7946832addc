"""What opens a user's own keys: costs for anybody, the sealed seed for its user, and new ones.

Costs come first, because the key that asks for the seed is derived with them.
Whoever asks for those of somebody who is not there gets invented ones, always
the same. The service cannot tell a new password from a new Secret Key; it keeps
what the user sealed, and the user says which it was.
Source: specs/formats.md sections 2, 11 and 13.
"""

from __future__ import annotations

from typing import Final

from strongroom.crypto.public.costs import KDF_SALT_BYTES, KdfParameters, check_parameters
from strongroom.crypto.public.hashes import hmac_sha256
from strongroom.crypto.public.signatures import is_public_key
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    IntegrityError,
    KdfDowngradeError,
    TooLargeError,
    UnauthorizedError,
)
from strongroom.pae import pae
from strongroom.service.audit import audit
from strongroom.service.authorize import Caller, find_entry
from strongroom.store.protocol import Transaction
from strongroom.wire.messages import (
    CostsAnswer,
    CostsRequest,
    CredentialsRequest,
    SeedAnswer,
    SeedRequest,
)
from strongroom.wire.operations import Done
from strongroom.wire.requests import KeyKind

# A seed with its pin is some 200 characters of JSON; sealed and padded it stays below 400 bytes.
SEALED_SEED_BYTES_MAX: Final = 1024
# In the process nothing is signed; over a network a device's key is not enough.
_SEED_KEYS: Final = (0, KeyKind.USER)

_INSTALLATION = "SELECT secret FROM installation"
_COSTS = "SELECT salt, t, m, lanes FROM users WHERE account = :account AND id = :user"
_SEED = "SELECT salt, keyset, seed FROM users WHERE account = :account AND id = :caller"

_CURRENT = "SELECT salt, t, m, keyset FROM users WHERE account = :account AND id = :caller"
# The old salt is in the condition: of two devices that change at once, one changes no row.
_SWAP = """UPDATE users SET salt = :salt, t = :t, m = :m, lanes = :lanes, seed = :seed,
    auth_pk = :auth_pk WHERE account = :account AND id = :caller AND salt = :replaces"""


async def read_costs(
    transaction: Transaction, caller: Caller, request: CostsRequest
) -> CostsAnswer:
    """Return what deriving a user's keys takes; of whoever is not there, what it might.

    Everything is read and computed for everybody, so that the time tells nothing
    either. The costs are those of a new account; the salt follows from both ids
    and a secret of this installation.
    """
    del caller
    installation = await transaction.one(_INSTALLATION)
    if installation is None:
        message = "the database lacks the secret that every installation has"
        raise IntegrityError(message)
    row = await transaction.one(_COSTS, account=request.account, user=request.user)
    name = pae("sr/v1/nobody", request.account, request.user)
    invented = KdfParameters(hmac_sha256(installation[0], name)[:KDF_SALT_BYTES])
    salt, t, m, lanes = row or (invented.salt, invented.t, invented.m, invented.lanes)
    return CostsAnswer(salt, t, m, lanes)


async def read_seed(transaction: Transaction, caller: Caller, request: SeedRequest) -> SeedAnswer:
    """Return the caller's own sealed seed.

    Who answered an invite and waits to be confirmed has no entry in the
    directory, and unlocks all the same.

    Raises:
        UnauthorizedError: No such user, suspended, removed, or signed by
            another key than the user's auth key; never said which.
    """
    del request
    entry = await find_entry(transaction, caller.account, caller.principal)
    row = await transaction.one(_SEED, account=caller.account, caller=caller.principal)
    is_out = entry is not None and not entry.is_active
    if row is None or is_out or caller.key_kind not in _SEED_KEYS:
        raise _unknown()
    return SeedAnswer(*row)


def _unknown() -> UnauthorizedError:
    message = "this account is not known at this address"
    hint = "check the address of the account; if you were deleted, ask for a new invite"
    return UnauthorizedError(message, hint=hint)


async def change_credentials(
    transaction: Transaction, caller: Caller, request: CredentialsRequest
) -> Done:
    """Replace the caller's salt, costs, sealed seed and auth key; nothing else of the row.

    Raises:
        ForbiddenError: The caller is not a person.
        KdfRefusedError: Costs outside the limits.
        KdfDowngradeError: Costs below those that they replace.
        ConflictError: The row is not the one that the caller has seen.
        IntegrityError: Parts that cannot belong to a user's row.
    """
    if not caller.is_user:
        message = "only a user has a password and a Secret Key"
        raise ForbiddenError(message)
    _check_form(request)
    where = {"account": caller.account, "caller": caller.principal}
    row = await transaction.one(_CURRENT, **where)
    if row is None:
        raise _unknown()
    salt, t, m, keyset = row
    if salt != request.replaces:
        raise _overtaken()
    if request.t < t or request.m < m:
        # Devices remember what they have seen; with less they would refuse the account.
        message = "the new key derivation parameters are weaker than the ones that they replace"
        raise KdfDowngradeError(message, layer="remembered")
    if request.keyset != keyset:
        message = "the new credentials are not for the user's keyset"
        raise IntegrityError(message)
    changed = await transaction.run(
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
    await _note(transaction, caller, request)
    return Done()


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
    if not is_public_key(request.auth_pk):
        message = "the new auth key is not a valid public key for signatures"
        raise IntegrityError(message)


def _overtaken() -> ConflictError:
    message = "the password or the Secret Key was changed elsewhere at the same time"
    return ConflictError(message, hint="nothing was changed here; sign in with the new one first")


async def _note(transaction: Transaction, caller: Caller, request: CredentialsRequest) -> None:
    """Tell the audit log of a change: the one place where it is done."""
    await audit.record(
        transaction,
        caller,
        action="update",
        object_type="user",
        object=caller.principal,
        aux_info="secret-key" if request.renews_secret_key else "password",
    )
