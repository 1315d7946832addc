"""Share links of items, as far as they go without a server."""

from __future__ import annotations

from strongroom.client.items.items import Items
from strongroom.client.view.names import need_id
from strongroom.client.view.session import Session
from strongroom.errors import NotAvailableError
from strongroom.ids import ContainerId
from strongroom.permissions import SEND_ITEMS
from strongroom.shares.policy import Policy, ShareDict, choose_duration, default_policy


class Shares:
    """Links that show a copy of an item to people outside the account."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def policy(self, vault_id: str, item_id: str) -> Policy:
        """Return what the account allows for links to an item.

        Raises:
            NotFoundError: There is no such item.
            ForbiddenError: The caller may not share items of the vault.
        """
        item = await Items(self._session).get(vault_id, item_id)
        container = self._session.need_container(
            need_id(item["vaultId"], ContainerId, label="vault")
        )
        self._session.act(container, SEND_ITEMS)
        return default_policy()

    async def create(
        self, vault_id: str, item_id: str, *, expire_after: str | None = None
    ) -> ShareDict:
        """Refuse to make a link: somebody has to answer for it when it is opened.

        Raises:
            NotAvailableError: Always, after everything else was found right.
            NotFoundError: There is no such item.
            ForbiddenError: The caller may not share items of the vault.
            InputError: A duration that the policy does not allow.
        """
        choose_duration(await self.policy(vault_id, item_id), expire_after)
        message = "share links need a server; this account lives in a file"
        raise NotAvailableError(message, hint="nobody could open a link to a file")
