"""The table of operations: every door to the service, and what goes through it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec

from strongroom.service import reading
from strongroom.service.authorize import Caller
from strongroom.service.sync import sync
from strongroom.store.session import Session
from strongroom.wire.messages import CommitAnswer, CommitRequest

UseCase = Callable[[Session, Caller, Any], Coroutine[Any, Any, Any]]


class Operation(msgspec.Struct, frozen=True):
    """One use case and whether it writes."""

    run: UseCase
    writes: bool = False


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
    "lookup": Operation(reading.lookup),
    "objects/list": Operation(reading.list_objects),
    "objects/history": Operation(reading.history),
    "principals": Operation(reading.principals),
    "commit": Operation(_commit, writes=True),
}
