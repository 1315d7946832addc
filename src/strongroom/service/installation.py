"""Which installation a database is."""

from __future__ import annotations

from typing import Final

from strongroom.errors import IntegrityError
from strongroom.service.authorize import Caller
from strongroom.store.protocol import Transaction
from strongroom.wire.requests import InstallationAnswer, InstallationRequest

_ID: Final = "SELECT id FROM installation"


async def read_installation(
    transaction: Transaction, caller: Caller, _request: InstallationRequest
) -> InstallationAnswer:
    """Tell the installation's id, which is no secret, and the time.

    Raises:
        IntegrityError: The database has none.
    """
    row = await transaction.one(_ID)
    if row is None:
        message = "the database lacks the id that every installation has"
        raise IntegrityError(message)
    return InstallationAnswer(id=row[0], time_ms=caller.now)
