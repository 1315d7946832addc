"""One home on a file for all tests of this folder, and clients that work on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from onepassword import Client, Item
from strongroom.sync import SyncClient
from support.homes import Home, login, make_home
from support.network_errors import carry_errors

AsyncProgram = Callable[[Client], Awaitable[Any]]


@pytest.fixture(autouse=True)
def network_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the SDK says must not depend on where the account lives."""
    carry_errors(monkeypatch)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A new account; the tests here leave what others look at as it is."""
    made = make_home(tmp_path_factory.mktemp("home"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def vault_id(home: Home) -> str:
    """The id of a vault titled `vault`."""
    vault = home.run(home.owner().vaults.create("vault", description="for programs"))
    return str(vault["id"])


@pytest.fixture(scope="session")
def item_id(home: Home, vault_id: str) -> str:
    """The id of an item titled `item` in it, with the fields `field` and `username`."""
    draft = login("item", field="fixture-value", username="wendy")
    return str(home.run(home.owner().items.create(vault_id, draft))["id"])


@pytest.fixture(scope="session")
def token(home: Home, vault_id: str, item_id: str) -> str:
    """The token of a service account that may write items there and make vaults."""
    return home.token(vault_id, "write_items", can_create_vaults=True)


@pytest.fixture
def client(token: str) -> Iterator[SyncClient]:
    """A client without an event loop."""
    with SyncClient.authenticate(token, "tests", "1.0") as opened:
        yield opened


@pytest.fixture
def item(client: SyncClient, vault_id: str, item_id: str) -> Item:
    """The item as a client sees it."""
    return client.items.get(vault_id, item_id)


@pytest.fixture
def run(token: str) -> Callable[[AsyncProgram], Any]:
    """Run an async program on a client of its own, and return its result."""

    async def connect(program: AsyncProgram) -> Any:
        async with await Client.authenticate(token, "tests", "1.0") as opened:
            return await program(opened)

    return lambda program: asyncio.run(connect(program))
