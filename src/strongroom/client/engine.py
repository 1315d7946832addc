"""The engine: one session and its API areas.

`secrets.resolve` is all that most programs need, so the other areas are loaded
at first use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from strongroom.client.secrets import Secrets
from strongroom.client.view.session import Session
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.ids import format_id

if TYPE_CHECKING:
    from strongroom.client.account.credentials import Credentials
    from strongroom.client.audit import Audit
    from strongroom.client.environments import Environments
    from strongroom.client.items.files import Files
    from strongroom.client.items.items import Items
    from strongroom.client.items.shares import Shares
    from strongroom.client.models import IdentityDict
    from strongroom.client.people.groups import Groups
    from strongroom.client.people.invites import Invites
    from strongroom.client.people.rights import Rights
    from strongroom.client.people.service_accounts import ServiceAccounts
    from strongroom.client.people.users import Users
    from strongroom.client.vaults import Vaults
    from strongroom.client.view.containers import Container
    from strongroom.client.view.marks import Marks

T = TypeVar("T")
R = TypeVar("R")


async def _renew(session: Session, container: Container) -> None:
    from strongroom.client.change.rotation import renew_if_due

    await renew_if_due(session, container)


class Engine:
    """Everything that one credential can do. Ids are 26-character texts here."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._session.renewal = _renew
        self.secrets = Secrets(session)

    @cached_property
    def items(self) -> Items:
        """Items and their history."""
        from strongroom.client.items.items import Items

        return Items(self._session)

    @cached_property
    def files(self) -> Files:
        """Files of items."""
        from strongroom.client.items.files import Files

        return Files(self._session, self.items)

    @cached_property
    def vaults(self) -> Vaults:
        """Vaults."""
        from strongroom.client.vaults import Vaults

        return Vaults(self._session)

    @cached_property
    def service_accounts(self) -> ServiceAccounts:
        """Service accounts."""
        from strongroom.client.people.service_accounts import ServiceAccounts

        return ServiceAccounts(self._session)

    @cached_property
    def access(self) -> Rights:
        """Who may use a container, and what is due."""
        from strongroom.client.people.rights import Rights

        return Rights(self._session)

    @cached_property
    def users(self) -> Users:
        """The people of the account."""
        from strongroom.client.people.users import Users

        return Users(self._session)

    @cached_property
    def groups(self) -> Groups:
        """Groups of users."""
        from strongroom.client.people.groups import Groups

        return Groups(self._session)

    @cached_property
    def invites(self) -> Invites:
        """Open invites."""
        from strongroom.client.people.invites import Invites

        return Invites(self._session)

    @cached_property
    def environments(self) -> Environments:
        """Environments and their variables."""
        from strongroom.client.environments import Environments

        return Environments(self._session)

    @cached_property
    def shares(self) -> Shares:
        """Share links of items."""
        from strongroom.client.items.shares import Shares

        return Shares(self._session)

    @cached_property
    def credentials(self) -> Credentials:
        """The user's own password and Secret Key."""
        from strongroom.client.account.credentials import Credentials

        return Credentials(self._session)

    @cached_property
    def audit(self) -> Audit:
        """The audit log."""
        from strongroom.client.audit import Audit

        return Audit(self._session)

    @property
    def session(self) -> Session:
        """What the areas share, for what is wired beside them."""
        return self._session

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

    async def ensure_personal(self) -> None:
        """Make a user's personal vault at the first unlock (section 7)."""
        personal = (row.record.is_personal for row in self._session.containers.values())
        if self._session.kind == PrincipalKind.USER and not any(personal):
            await self.vaults.ensure_personal()

    async def each(self, rows: Iterable[T], work: Callable[[T], R]) -> list[R]:
        """Do some work on many rows, giving an event loop its turns in between."""
        return await self._session.each(rows, work)

    def identity(self) -> IdentityDict:
        """Return who this is: url, accountId, principalId, userType."""
        service_account = self._session.kind == PrincipalKind.SERVICE_ACCOUNT
        return {
            "url": self._session.transport.url,
            "accountId": format_id(self._session.account),
            "principalId": format_id(self._session.principal),
            "userType": "SERVICE_ACCOUNT" if service_account else "USER",
        }

    def close(self) -> None:
        """Release the connection; the engine cannot be used afterwards.

        Raises:
            ForkError: Another process with the same state folder has seen another truth.
            LocalFileError: What was seen cannot be stored there.
        """
        self._session.close()
