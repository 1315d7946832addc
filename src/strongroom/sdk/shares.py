"""Calls on share links of items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from strongroom.shares.recipients import parse_recipients

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.sdk.shapes import GivenItemDict, ShareParamsDict
    from strongroom.shares.policy import Policy, RecipientDict


async def get_account_policy(engine: Engine, vault_id: str, item_id: str) -> Policy:
    """Return what the account allows for links to an item."""
    return await engine.shares.policy(vault_id, item_id)


def validate_recipients(policy: Policy, recipients: Sequence[str]) -> list[RecipientDict]:
    """Sort recipients into e-mail addresses and mail domains."""
    return parse_recipients(policy, recipients)


async def create(engine: Engine, item: GivenItemDict, params: ShareParamsDict) -> str:
    """Return a link that shows a copy of an item; the account's own policy is what holds."""
    made = await engine.shares.create(
        item["vaultId"], item["id"], expire_after=params.get("expireAfter")
    )
    return made["link"]
