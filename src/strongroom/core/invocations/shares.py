"""Messages about share links of items."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, cast

from strongroom.core.invocations.base import ClientInvocation
from strongroom.sdk import shares as calls
from strongroom.sdk.shapes import GivenItemDict, ShareParamsDict

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.shares.policy import Policy


class SentPolicyDict(TypedDict):
    """What is read of a policy that comes back."""

    maxExpiry: str
    defaultExpiry: str
    allowedTypes: list[str]
    allowedRecipientTypes: list[str]


class ItemsSharesGetAccountPolicy(ClientInvocation, frozen=True):
    """What the account allows for links to an item."""

    vault_id: str
    item_id: str

    async def answer(self, engine: Engine) -> object:
        """Return the policy."""
        return await calls.get_account_policy(engine, self.vault_id, self.item_id)


class ItemsSharesValidateRecipients(ClientInvocation, frozen=True):
    """Who is to open a link."""

    policy: SentPolicyDict
    recipients: list[str]

    async def answer(self, engine: Engine) -> object:  # noqa: ARG002  (it asks nobody)
        """Return recipients by kind."""
        return calls.validate_recipients(cast("Policy", self.policy), self.recipients)


class ItemsSharesCreate(ClientInvocation, frozen=True):
    """A link that shows a copy of an item."""

    item: GivenItemDict
    policy: SentPolicyDict
    params: ShareParamsDict

    async def answer(self, engine: Engine) -> str:
        """Return the link."""
        return await calls.create(engine, self.item, self.params)
