"""From a signed request to its caller: whose key it was, and with which keyset.

What a network needs between a request and `operations.dispatch`; on a file the
transport names the caller. Source: specs/formats.md sections 11 and 13.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import msgspec

from strongroom.errors import IntegrityError
from strongroom.service.authorize import Caller
from strongroom.store.protocol import Transaction
from strongroom.trust.requests import verify_request
from strongroom.wire.requests import KeyKind, SignatureBase

# One row per key that may sign as this principal: the fingerprint of its keyset, and the key.
_USER: Final = "SELECT auth_pk FROM users WHERE account = :account AND id = :principal"
_KEYSETS: Final = """SELECT fp, auth_pk FROM keysets
    WHERE account = :account AND principal = :principal ORDER BY fp"""


async def identify(
    transaction: Transaction, request: SignatureBase, signature: bytes, *, now: int
) -> Caller:
    """Return the caller of a request that `trust.requests.check_request` has passed.

    It says who signed, not whether that one may do anything: the dispatcher
    authenticates the caller.

    Args:
        now: The service's time in milliseconds.

    Raises:
        IntegrityError: Signed by none of the principal's keys, or by whoever
            has none here; the same words after the same work (layer `signature`).
    """
    *others, (last_fp, last_key) = await _keys(transaction, request) or [(b"", None)]
    caller = Caller(request.account, request.principal, now, key_kind=int(request.key_kind))
    for fp, public_key in others:
        with suppress(IntegrityError):
            verify_request(request, signature=signature, public_key=public_key)
            return msgspec.structs.replace(caller, fp=fp)
    verify_request(request, signature=signature, public_key=last_key)
    return msgspec.structs.replace(caller, fp=last_fp)


async def _keys(
    transaction: Transaction, request: SignatureBase
) -> Sequence[tuple[bytes, bytes | None]]:
    """Return the keys that may sign; no version of this service enrols devices yet."""
    where = {"account": request.account, "principal": request.principal}
    if request.key_kind == KeyKind.USER:
        return [(b"", row[0]) for row in await transaction.all(_USER, **where)]
    rows = await transaction.all(_KEYSETS, **where)
    if request.key_kind != KeyKind.SERVICE_ACCOUNT:
        return []
    # Users and groups have rows there too, without a key that signs requests.
    return [(fp, auth_pk) for fp, auth_pk in rows if auth_pk]
