"""The engine: one session and its API areas.

`secrets.resolve` is all that most programs need, so the other areas are loaded
at first use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from strongroom.client.secrets import Secrets
from strongroom.client.session import Session
from strongroom.crypto.principals import PrincipalKind
from strongroom.ids import format_id

if TYPE_CHECKING:
    from strongroom.client.items import Items
    from strongroom.client.marks import Marks
    from strongroom.client.service_accounts import ServiceAccounts
    from strongroom.client.vaults import Vaults

T = TypeVar("T")
R = TypeVar("R")


class Engine:
    """Everything that one credential can do. Ids are 26-character texts here."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.secrets = Secrets(session)

    @cached_property
    def items(self) -> Items:
        """Items and their history."""
        from strongroom.client.items import Items

        return Items(self._session)

    @cached_property
    def vaults(self) -> Vaults:
        """Vaults."""
        from strongroom.client.vaults import Vaults

        return Vaults(self._session)

    @cached_property
    def service_accounts(self) -> ServiceAccounts:
        """Service accounts."""
        from strongroom.client.service_accounts import ServiceAccounts

        return ServiceAccounts(self._session)

    @property
    def marks(self) -> Marks:
        """What this client has seen, for the state file."""
        return self._session.marks

    async def connect(self) -> None:
        """Read the directory once, so that a false credential is refused now.

        Raises:
            StrongroomError: The home was not reached, refuses the credential,
                or is not to be trusted.
        """
        await self._session.ready()

    async def each(self, rows: Iterable[T], work: Callable[[T], R]) -> list[R]:
        """Do some work on many rows, giving an event loop its turns in between."""
        return await self._session.each(rows, work)

    def identity(self) -> dict[str, str]:
        """Return who this is: url, accountId, principalId, userType."""
        service_account = self._session.kind == PrincipalKind.SERVICE_ACCOUNT
        return {
            "url": self._session.transport.url,
            "accountId": format_id(self._session.account),
            "principalId": format_id(self._session.principal),
            "userType": "SERVICE_ACCOUNT" if service_account else "USER",
        }

    def close(self) -> None:
        """Release the connection; the engine cannot be used afterwards."""
        self._session.transport.close()
