"""One request of a network: from its bytes and headers to the bytes of its answer.

Nothing of a request is believed before its signature was verified, and the body is read after
that. What goes wrong with it is one answer for strangers: they learn neither who is known here
nor which check has refused. Source: specs/formats.md section 13.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from strongroom.errors import (
    ClockSkewError,
    IntegrityError,
    StrongroomError,
    UnauthorizedError,
)
from strongroom.ids import NO_ACCOUNT, NO_PRINCIPAL
from strongroom.service.authorize import Caller
from strongroom.service.callers import identify
from strongroom.service.operation import RequestType
from strongroom.service.operations import all_operations, dispatch
from strongroom.store.protocol import Transaction
from strongroom.trust.requests import check_request
from strongroom.wire.codec import answer_codec, request_codec
from strongroom.wire.requests import (
    InstallationRequest,
    Received,
    Refusal,
    SignatureBase,
    parse_headers,
    route_of,
)


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came, and what is known of it without a database.

    Attributes:
        kind: Which operation its path names.
        signed: What its headers say, with the signature; `None` where nobody has to sign.
        now: The service's time in milliseconds, once for all of it.
    """

    kind: RequestType
    body: bytes
    signed: tuple[SignatureBase, bytes] | None
    now: int

    async def answer(self, transaction: Transaction) -> bytes:
        """Return the answer, as it travels.

        Raises:
            UnauthorizedError: Not signed by a key of somebody who may ask here.
            StrongroomError: What the operation refused.
        """
        caller = Caller(NO_ACCOUNT, NO_PRINCIPAL, self.now)
        if self.signed is not None:
            request, signature = self.signed
            try:
                caller = await identify(transaction, request, signature, now=self.now)
            except IntegrityError:
                raise _stranger() from None
        message = request_codec(self.kind).decode(self.body)
        return answer_codec(self.kind).encode(await dispatch(transaction, caller, message))


def routes() -> dict[str, RequestType]:
    """Return the operations that a network offers, by their paths.

    Today these are the ones that read, of callers who sign: changes wait for nonces, and people
    for keys of their devices.
    """
    return {
        route_of(kind): kind
        for kind, operation in all_operations().items()
        if kind is InstallationRequest or not (operation.anybody or operation.writes)
    }


def receive(
    kind: RequestType,
    received: Received,
    *,
    headers: Iterable[tuple[str, str]],
    addresses: Collection[str],
    now: int,
) -> Exchange:
    """Check all of a request that needs neither a key nor its body.

    Args:
        addresses: The public addresses of this service, as host:port.

    Raises:
        ClockSkewError: Made over 90 seconds before or after `now`.
        UnauthorizedError: Not signed, malformed, or made for another address.
    """
    if kind is InstallationRequest:
        return Exchange(kind=kind, body=received.body, signed=None, now=now)
    try:
        request, signature = parse_headers(headers, received)
        check_request(request, addresses=addresses, now=now)
    except IntegrityError:
        raise _stranger() from None
    return Exchange(kind=kind, body=received.body, signed=(request, signature), now=now)


def format_failure(error: StrongroomError, *, now: int) -> bytes:
    """Return the body of an answer that refuses; one about clocks has the service's time."""
    time_ms = now if isinstance(error, ClockSkewError) else 0
    refusal = Refusal(code=error.code, message=error.message, hint=error.hint, time_ms=time_ms)
    return msgspec.json.encode(refusal)


def _stranger() -> UnauthorizedError:
    message = "this account or token is not valid here"
    hint = "it may have been removed, or the address is not one that the service knows as its own"
    return UnauthorizedError(message, hint=hint)
