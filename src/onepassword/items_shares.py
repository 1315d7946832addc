"""Share links of items: what is allowed, for whom. Making one needs a server."""

from typing import TYPE_CHECKING, cast

from onepassword._facade.handle import EngineHandle
from onepassword.types import (
    Item,
    ItemShareAccountPolicy,
    ItemShareParams,
    ValidRecipient,
    ValidRecipientDomain,
    ValidRecipientEmail,
)
from strongroom.sdk import shares as calls

if TYPE_CHECKING:
    from strongroom.sdk.shapes import GivenItemDict, ShareParamsDict
    from strongroom.shares.policy import Policy

__all__ = ["ItemsShares"]


class ItemsShares:
    """Makes share links; found as `client.items.shares`."""

    def __init__(self, handle: EngineHandle) -> None:
        self._handle = handle

    async def get_account_policy(self, vault_id: str, item_id: str) -> ItemShareAccountPolicy:
        """Return what the account allows for links to an item.

        Raises:
            NotFoundError: There is no such item.
            ForbiddenError: The caller may not share items of the vault.
        """
        found = await calls.get_account_policy(self._handle.engine, vault_id, item_id)
        return ItemShareAccountPolicy.model_validate(found)

    async def validate_recipients(
        self,
        policy: ItemShareAccountPolicy,
        recipients: list[str],
    ) -> list[ValidRecipient]:
        """Sort recipients into e-mail addresses and mail domains.

        Raises:
            InputError: Some are neither, or of a kind that the policy does not allow.
        """
        allowed = cast("Policy", policy.model_dump(mode="json", by_alias=True))
        return [
            ValidRecipientEmail.model_validate(row)
            if row["type"] == "Email"
            else ValidRecipientDomain.model_validate(row)
            for row in calls.validate_recipients(allowed, recipients)
        ]

    async def create(
        self,
        item: Item,
        policy: ItemShareAccountPolicy,  # noqa: ARG002  (the account's own is what holds)
        params: ItemShareParams,
    ) -> str:
        """Make a link that shows a copy of an item.

        Raises:
            NotAvailableError: The account lives in a file; links need a server.
            NotFoundError: There is no such item.
            ForbiddenError: The caller may not share items of the vault.
            InputError: A duration that the account does not allow.
        """
        return await calls.create(
            self._handle.engine,
            cast("GivenItemDict", item.model_dump(mode="json", by_alias=True)),
            cast("ShareParamsDict", params.model_dump(mode="json", by_alias=True)),
        )
