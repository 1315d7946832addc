"""Every entry of the directory, verified, and none left out.

The head names how many entries there are, so a list that lacks one is noticed
(specs/formats.md section 4): a keeper hides objects, but no principal.
"""

from __future__ import annotations

from functools import partial

from strongroom.client.view.session import Session
from strongroom.client.view.view import outrun, retrying
from strongroom.errors import IntegrityError
from strongroom.wire.entries import Entry
from strongroom.wire.people import PeopleRequest, PrincipalRow

Rows = list[tuple[Entry, PrincipalRow]]


async def list_entries(session: Session) -> Rows:
    """Return all entries under the current head, with what the service says beside each.

    Raises:
        ConflictError: The directory changed at every attempt.
        IntegrityError: An entry is missing, or not to be trusted.
    """
    await session.ready()
    await session.sync_fresh()
    return await retrying(partial(_read_all, session), meanwhile=session.catch_up)


async def _read_all(session: Session) -> Rows:
    found: Rows = []
    directory, first = session.directory, 0
    while True:
        answer = await session.transport.call(PeopleRequest(first))
        if not directory.is_at(answer.head):
            raise outrun()
        found += [(directory.add_entry(row.proof), row) for row in answer.rows]
        if answer.next <= first:
            break
        first = answer.next
    if [entry.index for entry, _ in found] != list(range(directory.head.count)):
        message = "the list of principals is not complete"
        raise IntegrityError(message, hint="the database may be damaged; restore a backup")
    return found
