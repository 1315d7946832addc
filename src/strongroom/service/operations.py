"""The table of operations: every door to the service, and what goes through it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec

from strongroom.service import reading
from strongroom.service.authorize import Caller
from strongroom.service.sync import sync
from strongroom.store.session import Session
from strongroom.wire.messages import (
    CommitAnswer,
    CommitRequest,
    LookupRequest,
    PrincipalsRequest,
)

UseCase = Callable[[Session, Caller, Any], Coroutine[Any, Any, Any]]


# Up to so many questions are answered in about a millisecond.
_FEW: Final = 16


def _is_small(_request: Any) -> bool:
    return False


def _is_large(_request: Any) -> bool:
    return True


def _asks_much(request: LookupRequest) -> bool:
    return len(request.queries) > _FEW


def _names_many(request: PrincipalsRequest) -> bool:
    return len(request.principals) > _FEW


class Operation(msgspec.Struct, frozen=True):
    """One use case: whether it writes, and whether a request takes long to read for.

    Who serves an event loop answers such a request beside it.
    """

    run: UseCase
    writes: bool = False
    takes_long: Callable[[Any], bool] = _is_small


async def _create_account(session: Session, caller: Caller, request: CommitRequest) -> CommitAnswer:
    # Loaded at the first write, since most programs only read and start often.
    from strongroom.service.commit import create_account

    return await create_account(session, caller, request)


async def _commit(session: Session, caller: Caller, request: CommitRequest) -> CommitAnswer:
    from strongroom.service.commit import commit

    return await commit(session, caller, request)


OPERATIONS: Final[dict[str, Operation]] = {
    "account/create": Operation(_create_account, writes=True),
    "account/unlock": Operation(reading.unlock),
    "sync": Operation(sync),
    "lookup": Operation(reading.lookup, takes_long=_asks_much),
    "objects/list": Operation(reading.list_objects, takes_long=_is_large),
    "objects/history": Operation(reading.history, takes_long=_is_large),
    "principals": Operation(reading.principals, takes_long=_names_many),
    "commit": Operation(_commit, writes=True),
}
