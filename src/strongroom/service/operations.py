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
from strongroom.wire import audit, files, messages, people
from strongroom.wire.messages import LookupRequest, PrincipalsRequest
from strongroom.wire.operations import Answer, Request

# Of the request type beside which it stands, with the answer that this type names: a table
# cannot say so to the type checker, so a test compares the annotations.
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


OPERATIONS: Final[dict[type[Request[msgspec.Struct]], Operation]] = {
    messages.CreateAccountRequest: Operation(_later("commit", "create_account"), writes=True),
    messages.CostsRequest: Operation(_later("credentials", "read_costs")),
    messages.SeedRequest: Operation(_later("credentials", "read_seed")),
    messages.CredentialsRequest: Operation(
        _later("credentials", "change_credentials"), writes=True
    ),
    messages.SyncRequest: Operation(sync),
    LookupRequest: Operation(reading.lookup, takes_long=_asks_much),
    messages.ListRequest: Operation(reading.list_objects, takes_long=_is_large),
    messages.HistoryRequest: Operation(reading.history, takes_long=_is_large),
    PrincipalsRequest: Operation(reading.principals, takes_long=_names_many),
    messages.CommitRequest: Operation(_later("commit", "commit"), writes=True),
    files.FileUploadRequest: Operation(_later("files", "upload"), writes=True),
    files.FileReadRequest: Operation(_later("files", "read"), takes_long=_is_large),
    people.PeopleRequest: Operation(_later("people", "list_people"), takes_long=_is_large),
    people.RecordRequest: Operation(_later("people", "read_record")),
    people.InviteCreateRequest: Operation(_later("invites", "create_invite"), writes=True),
    people.InvitesRequest: Operation(_later("invites", "list_invites")),
    people.InviteDeleteRequest: Operation(_later("invites", "delete_invite"), writes=True),
    people.InviteOpenRequest: Operation(_later("invites", "open_invite")),
    people.JoinRequest: Operation(_later("invites", "join"), writes=True),
    audit.AuditLinkRequest: Operation(_later("audit_chain", "link"), writes=True),
    audit.AuditListRequest: Operation(_later("audit_chain", "list_rows"), takes_long=_is_large),
}

# Nobody has an entry yet who makes an account or answers an invite, and nobody a key to sign with
# who asks what the derivation of it takes. Whatever is not named here needs a caller.
WITHOUT_CALLER: Final[frozenset[type[Request[msgspec.Struct]]]] = frozenset(
    (
        messages.CreateAccountRequest,
        messages.CostsRequest,
        messages.SeedRequest,
        people.InviteOpenRequest,
        people.JoinRequest,
    )
)


def find_operation(request: Request[msgspec.Struct]) -> Operation:
    """Return the operation that a request is for.

    Raises:
        NotFoundError: There is none.
    """
    try:
        return OPERATIONS[type(request)]
    except KeyError:
        message = "the service has no operation of that name"
        raise NotFoundError(message, hint="update strongroom") from None


async def dispatch(session: Session, caller: Caller, request: Request[Answer]) -> Answer:
    """Run one operation as a caller, who is authenticated before anything else happens.

    Raises:
        UnauthorizedError: And its kin, as `authorize.authenticate`.
        StrongroomError: What the operation refused.
    """
    chosen = find_operation(request)
    if type(request) not in WITHOUT_CALLER:
        entry = await authenticate(session, caller)
        caller = msgspec.structs.replace(caller, entry=entry)
    answer: Answer = await chosen.run(session, caller, request)
    return answer
