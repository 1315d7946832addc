"""Changes: directory, access records and revisions, all or nothing.

One request is one transaction. `create_account` is the same change on an
account that does not exist yet.
"""

from __future__ import annotations

from strongroom.errors import ConflictError, IntegrityError, StrongroomError, TooLargeError
from strongroom.ids import format_id
from strongroom.limits import BATCH_MAX
from strongroom.service.authorize import Caller, authenticate, find_entry
from strongroom.service.directory import change_directory, current_head, found_directory
from strongroom.service.purge import purge_containers, purge_objects
from strongroom.service.records import change_record
from strongroom.service.revisions import RevisionWriter
from strongroom.store.session import Session
from strongroom.wire.messages import CommitAnswer, CommitRequest, UserRow

_PUT_ACCOUNT = "INSERT INTO accounts (id, created_ms) VALUES (:id, :now)"
_HAS_ACCOUNT = "SELECT 1 FROM accounts WHERE id = :id"
_PUT_USER = """INSERT INTO users (account, id, email, salt, t, m, lanes, keyset, seed, auth_pk)
    VALUES (:account, :id, :email, :salt, :t, :m, :lanes, :keyset, :seed, :auth_pk)"""


async def commit(session: Session, caller: Caller, request: CommitRequest) -> CommitAnswer:
    """Apply one change of an existing account.

    Raises:
        StrongroomError: The first part that is refused; nothing was written.
    """
    _check_size(request)
    await authenticate(session, caller)
    if request.directory is not None:
        await change_directory(session, caller, request.directory)
    return await _apply(session, caller, request, founding=False)


def _check_size(request: CommitRequest) -> None:
    entries = request.directory.entries if request.directory else ()
    if max(len(request.revisions), len(request.records), len(entries)) > BATCH_MAX:
        message = f"a request holds at most {BATCH_MAX} objects"
        raise TooLargeError(message)


async def create_account(session: Session, caller: Caller, request: CommitRequest) -> CommitAnswer:
    """Make an account: user, root document, groups, directory, first containers.

    Raises:
        ConflictError: The account exists.
        ForbiddenError: The root document does not make the caller the owner.
        IntegrityError: The parts do not belong together.
    """
    _check_size(request)
    directory, user = request.directory, request.user
    if directory is None or directory.root is None or user is None:
        message = "an account needs a user, a root document and a directory"
        raise IntegrityError(message)
    if await session.one(_HAS_ACCOUNT, id=caller.account) is not None:
        message = f"account {format_id(caller.account)} exists already"
        raise ConflictError(message)
    await session.run(_PUT_ACCOUNT, id=caller.account, now=caller.now)
    await found_directory(session, caller, directory, directory.root)
    await _put_user(session, caller, user)
    return await _apply(session, caller, request, founding=True)


async def _put_user(session: Session, caller: Caller, user: UserRow) -> None:
    await session.run(
        _PUT_USER,
        account=caller.account,
        id=caller.principal,
        email=user.email,
        salt=user.salt,
        t=user.t,
        m=user.m,
        lanes=user.lanes,
        keyset=user.keyset,
        seed=user.seed,
        auth_pk=user.auth_pk,
    )


async def _apply(
    session: Session, caller: Caller, request: CommitRequest, *, founding: bool
) -> CommitAnswer:
    for change in request.records:
        await change_record(session, caller, change, founding=founding)
    entry = await find_entry(session, caller.account, caller.principal)
    if entry is None:
        message = "the caller has no entry"
        raise IntegrityError(message)
    head = await current_head(session, caller.account)
    writer = RevisionWriter(session, caller, entry, head)
    results = []
    for stored in request.revisions:
        try:
            await writer.store(stored)
            results.append("")
        except StrongroomError as error:
            # Every check precedes the first statement that writes, so a refused
            # revision has left nothing behind in the transaction.
            if not request.independent:
                raise
            results.append(error.code)
    for container in writer.containers:
        await purge_objects(session, caller, container)
    if request.records:
        await purge_containers(session, caller)
    return CommitAnswer(results=tuple(results))
