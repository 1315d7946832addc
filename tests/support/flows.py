"""Programs that follow the SDK's documentation: what they share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from onepassword import READ_ITEMS, REVEAL_ITEM_PASSWORD, Client, Item
from onepassword._facade.handle import EngineHandle
from strongroom.client.engine import Engine
from support.homes import Home

READ = READ_ITEMS | REVEAL_ITEM_PASSWORD
SEED = "GEZDGNBVGY3TQOJQ"


@dataclass
class Account:
    """An account with two people, and the engine that reads back."""

    home: Home
    vault_id: str
    ben: str

    def engine(self) -> Engine:
        """A new engine, which knows nothing but the account."""
        return self.home.owner()

    def read(self, work: Callable[[Engine], Any]) -> Any:
        """Return what a new engine reads."""
        return self.home.run(work(self.engine()))

    def item(self, item: Item) -> dict[str, Any]:
        """Return an item as a new engine reads it."""
        found = self.read(lambda engine: engine.items.get(item.vault_id, item.id))
        assert Item.model_validate(found) == item
        return dict(found)


def owner(account: Account) -> Client:
    """Return a client of the account's owner, as the desktop agent opens it."""
    client = Client()
    client._handle = EngineHandle(account.engine())
    return client


Flow = Callable[[Client, Account], Awaitable[None]]
FLOWS: dict[str, Flow] = {}


def flow(work: Flow) -> Flow:
    """Keep a flow under its name."""
    FLOWS[work.__name__] = work
    return work
