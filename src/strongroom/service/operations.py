"""The table of operations, and the one way to them: every caller is authenticated first."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import Any, Final

import msgspec

from strongroom.errors import NotFoundError
from strongroom.service import reading
from strongroom.service.authorize import Caller, authenticate
from strongroom.service.sync import sync
from strongroom.store.session import Session
from strongroom.wire.messages import (
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


def _later(module: str, name: str) -> UseCase:
    """Return a use case that is loaded at its first call: most programs only read."""

    async def run(session: Session, caller: Caller, request: Any) -> Any:
        use_case = getattr(import_module(f"strongroom.service.{module}"), name)
        return await use_case(session, caller, request)

    return run


OPERATIONS: Final[dict[str, Operation]] = {
    "account/create": Operation(_later("commit", "create_account"), writes=True),
    "account/costs": Operation(_later("credentials", "read_costs")),
    "account/seed": Operation(_later("credentials", "read_seed")),
    "account/credentials": Operation(_later("credentials", "change_credentials"), writes=True),
    "sync": Operation(sync),
    "lookup": Operation(reading.lookup, takes_long=_asks_much),
    "objects/list": Operation(reading.list_objects, takes_long=_is_large),
    "objects/history": Operation(reading.history, takes_long=_is_large),
    "principals": Operation(reading.principals, takes_long=_names_many),
    "commit": Operation(_later("commit", "commit"), writes=True),
    "files/upload": Operation(_later("files", "upload"), writes=True),
    "files/read": Operation(_later("files", "read"), takes_long=_is_large),
    "people/list": Operation(_later("people", "list_people"), takes_long=_is_large),
    "people/record": Operation(_later("people", "read_record")),
    "invites/create": Operation(_later("invites", "create_invite"), writes=True),
    "invites/list": Operation(_later("invites", "list_invites")),
    "invites/delete": Operation(_later("invites", "delete_invite"), writes=True),
    "invite/open": Operation(_later("invites", "open_invite")),
    "invite/join": Operation(_later("invites", "join"), writes=True),
    "audit/link": Operation(_later("audit_chain", "link"), writes=True),
    "audit/list": Operation(_later("audit_chain", "list_rows"), takes_long=_is_large),
}

# Nobody has an entry yet who makes an account or answers an invite, and nobody a key to sign with
# who asks what the derivation of it takes. Whatever is not named here needs a caller.
WITHOUT_CALLER: Final = frozenset(
    ("account/create", "account/costs", "account/seed", "invite/open", "invite/join")
)


def find_operation(name: str) -> Operation:
    """Return an operation by its name.

    Raises:
        NotFoundError: There is none of that name.
    """
    try:
        return OPERATIONS[name]
    except KeyError:
        message = "the service has no operation of that name"
        raise NotFoundError(message, hint="update strongroom") from None


async def dispatch(session: Session, caller: Caller, name: str, request: Any) -> Any:
    """Run one operation as a caller, who is authenticated before anything else happens.

    Raises:
        UnauthorizedError: And its kin, as `authorize.authenticate`.
        StrongroomError: What the operation refused.
    """
    chosen = find_operation(name)
    if name not in WITHOUT_CALLER:
        entry = await authenticate(session, caller)
        caller = msgspec.structs.replace(caller, entry=entry)
    return await chosen.run(session, caller, request)
