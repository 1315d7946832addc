"""Changes: directory, access records and revisions, all or nothing.

One request is one transaction. `create_account` is the same change on an
account that does not exist yet.
"""

from __future__ import annotations

from collections.abc import Sized

import msgspec

from strongroom.errors import ConflictError, IntegrityError, StrongroomError, TooLargeError
from strongroom.ids import format_id
from strongroom.limits import BATCH_MAX
from strongroom.service.audit import audit
from strongroom.service.authorize import Caller, find_entry
from strongroom.service.directory.directory import change_directory, current_head, found_directory
from strongroom.service.objects.purge import purge_containers, purge_objects
from strongroom.service.objects.records import change_record, check_group_epochs
from strongroom.service.objects.revisions import RevisionWriter
from strongroom.service.people.invites import close_invite
from strongroom.service.people.people import need_listed, note_end, put_user
from strongroom.service.stamps import move_stamp, read_stamp
from strongroom.store.protocol import Transaction
from strongroom.wire.entries import parse_entry
from strongroom.wire.messages import CommitAnswer, CommitRequest, CreateAccountRequest

_PUT_ACCOUNT = "INSERT INTO accounts (id, created_ms) VALUES (:id, :now)"
_HAS_ACCOUNT = "SELECT 1 FROM accounts WHERE id = :id"


async def commit(transaction: Transaction, caller: Caller, request: CommitRequest) -> CommitAnswer:
    """Apply one change of an existing account.

    Raises:
        StrongroomError: The first part that is refused; nothing was written.
    """
    _check_size(request)
    before = await read_stamp(transaction, caller.account)
    trail = await audit.begin(transaction, caller, request)
    if request.directory is not None:
        await change_directory(transaction, caller, request.directory)
        caller = await _with_entry(transaction, caller)
    answer = await _apply(transaction, caller, request, founding=False)
    if request.directory is not None:
        await check_group_epochs(transaction, caller, request.directory)
    if request.invite or request.ends:
        await _finish_people(transaction, caller, request)
    await trail.write(answer.codes(len(request.revisions)))
    after = await move_stamp(transaction, caller.account)
    return msgspec.structs.replace(answer, before=before, after=after)


def _check_size(request: CommitRequest) -> None:
    directory = request.directory
    parts: list[Sized] = [request.revisions, request.records, request.ends]
    parts += [directory.entries, directory.roots] if directory else []
    if max(map(len, parts)) > BATCH_MAX:
        message = f"a request holds at most {BATCH_MAX} objects"
        raise TooLargeError(message)


async def create_account(
    transaction: Transaction, caller: Caller, request: CreateAccountRequest
) -> CommitAnswer:
    """Make an account: user, root document, groups, directory, first containers.

    Raises:
        ConflictError: The account exists.
        ForbiddenError: The root document does not make the caller the owner.
        IntegrityError: The parts do not belong together.
    """
    _check_size(request.change)
    directory, user = request.change.directory, request.user
    if directory is None or not directory.roots:
        message = "an account needs a root document and a directory"
        raise IntegrityError(message)
    if await transaction.one(_HAS_ACCOUNT, id=caller.account) is not None:
        message = f"account {format_id(caller.account)} exists already"
        raise ConflictError(message)
    trail = await audit.begin(transaction, caller, request.change)
    await transaction.run(_PUT_ACCOUNT, id=caller.account, now=caller.now)
    await found_directory(transaction, caller, directory, directory.roots[0])
    if user is not None:  # without one the account is for tests: nobody unlocks it
        await put_user(transaction, caller.account, caller.principal, user)
    caller = await _with_entry(transaction, caller)
    answer = await _apply(transaction, caller, request.change, founding=True)
    await check_group_epochs(transaction, caller, directory)
    await trail.write(answer.codes(len(request.change.revisions)))
    after = await move_stamp(transaction, caller.account)
    return msgspec.structs.replace(answer, after=after)


async def _with_entry(transaction: Transaction, caller: Caller) -> Caller:
    """Return the caller as the directory has it after a change, which may be one of the caller."""
    entry = await find_entry(transaction, caller.account, caller.principal)
    return msgspec.structs.replace(caller, entry=entry)


async def _finish_people(transaction: Transaction, caller: Caller, request: CommitRequest) -> None:
    """Close the invite that a change confirms, and note when older keysets end."""
    await need_listed(transaction, caller)
    writes = request.directory.entries if request.directory else ()
    names = {parse_entry(write.body).principal for write in writes}
    if request.invite:
        await close_invite(transaction, caller.account, request.invite, names)
    for end in request.ends:
        if end.principal not in names:
            message = "only a keyset that was replaced can end"
            raise IntegrityError(message)
        await note_end(transaction, caller.account, end)


async def _apply(
    transaction: Transaction, caller: Caller, request: CommitRequest, *, founding: bool
) -> CommitAnswer:
    for change in request.records:
        await change_record(transaction, caller, change, founding=founding)
    if caller.entry is None:
        message = "the caller has no entry"
        raise IntegrityError(message)
    head = await current_head(transaction, caller.account)
    writer = RevisionWriter(transaction, caller, caller.entry, head)
    refused: dict[str, list[int]] = {}
    for position, stored in enumerate(request.revisions):
        try:
            await writer.store(stored)
        except StrongroomError as error:
            # Every check precedes the first statement that writes, so a refused
            # revision has left nothing behind in the transaction.
            if not request.independent:
                raise
            refused.setdefault(error.code, []).append(position)
    for container in writer.containers:
        await purge_objects(transaction, caller, container)
    if request.records:
        await purge_containers(transaction, caller)
    return CommitAnswer(refused={code: tuple(places) for code, places in refused.items()})
