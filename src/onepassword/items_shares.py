"""Share links of items. They need a server, which this release does not have."""

# ruff: noqa: ARG002  (methods that only refuse still have the SDK's parameters)

from collections.abc import Sequence

from onepassword._failures import refuse_unavailable
from onepassword._handle import EngineHandle
from onepassword.types import Item, ItemShareAccountPolicy, ItemShareParams, ValidRecipient

__all__ = ["ItemsShares"]

_PART = "sharing items needs a Strongroom server"


class ItemsShares:
    """Makes share links; found as `client.items.shares`.

    Every method raises an `NotAvailableError`: not available yet.
    """

    def __init__(self, handle: EngineHandle) -> None:
        self._handle = handle

    async def get_account_policy(self, vault_id: str, item_id: str) -> ItemShareAccountPolicy:
        """Return what the account allows for links to an item. Not available yet."""
        raise refuse_unavailable(_PART)

    async def validate_recipients(
        self,
        policy: ItemShareAccountPolicy,
        recipients: Sequence[str],
    ) -> list[ValidRecipient]:
        """Sort recipients into addresses and domains. Not available yet."""
        raise refuse_unavailable(_PART)

    async def create(
        self,
        item: Item,
        policy: ItemShareAccountPolicy,
        params: ItemShareParams,
    ) -> str:
        """Make a link that shows a copy of an item. Not available yet."""
        raise refuse_unavailable(_PART)
