"""The table of operations, and the one way to them: every caller is authenticated first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from strongroom.errors import NotFoundError
from strongroom.service.authorize import Caller, authenticate
from strongroom.service.objects import reading
from strongroom.service.operation import Operation, RequestType, is_large, later
from strongroom.service.sync import sync
from strongroom.store.protocol import Transaction
from strongroom.wire import messages
from strongroom.wire.messages import LookupRequest, PrincipalsRequest
from strongroom.wire.operations import Answer, Request

# Up to so many questions are answered in about a millisecond.
_FEW: Final = 16


def _asks_much(request: LookupRequest) -> bool:
    return len(request.queries) > _FEW


def _names_many(request: PrincipalsRequest) -> bool:
    return len(request.principals) > _FEW


# What a program asks that resolves secrets and writes items. The others stand in
# `service.seldom`, since to load the types of their requests takes a program's start longer.
_OFTEN: Final[Mapping[RequestType, Operation]] = {
    messages.SyncRequest: Operation(sync),
    LookupRequest: Operation(reading.lookup, takes_long=_asks_much),
    messages.ListRequest: Operation(reading.list_objects, takes_long=is_large),
    messages.HistoryRequest: Operation(reading.history, takes_long=is_large),
    PrincipalsRequest: Operation(reading.principals, takes_long=_names_many),
    messages.CommitRequest: Operation(later(module="commit", name="commit"), writes=True),
}


def all_operations() -> dict[RequestType, Operation]:
    """Return the whole table."""
    from strongroom.service.seldom import SELDOM  # most programs only read

    return {**_OFTEN, **SELDOM}


def find_operation(request: Request[msgspec.Struct]) -> Operation:
    """Return the operation that a request is for.

    Raises:
        NotFoundError: There is none.
    """
    found = _OFTEN.get(type(request)) or all_operations().get(type(request))
    if found is None:
        message = "the service has no operation with that name"
        raise NotFoundError(message, hint="update strongroom")
    return found


async def dispatch(transaction: Transaction, caller: Caller, request: Request[Answer]) -> Answer:
    """Run one operation as a caller, who is authenticated before anything else happens.

    Raises:
        UnauthorizedError: And its kin, as `authorize.authenticate`.
        StrongroomError: What the operation refused.
    """
    chosen = find_operation(request)
    if not chosen.anybody:
        entry = await authenticate(transaction, caller)
        caller = msgspec.structs.replace(caller, entry=entry)
    answer: Answer = await chosen.run(transaction, caller, request)
    return answer
